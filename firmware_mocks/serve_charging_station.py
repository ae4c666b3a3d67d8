"""`python -m firmware_mocks charging-station`."""

from __future__ import annotations

import argparse
import sys
from contextlib import AsyncExitStack

from firmware_mocks.charging_station.answer_control import AnswerControl
from firmware_mocks.charging_station.certificates import CertificateType
from firmware_mocks.charging_station.control import StationControl
from firmware_mocks.charging_station.controller import GOING_AWAY
from firmware_mocks.charging_station.endpoint_url import check_endpoint
from firmware_mocks.charging_station.journal import Journal
from firmware_mocks.charging_station.json_lines import JsonLines
from firmware_mocks.charging_station.narrator import Narrator
from firmware_mocks.charging_station.pem_texts import read_pem, root_certificates
from firmware_mocks.charging_station.persona_files import load_persona
from firmware_mocks.charging_station.security import KEY, Delivered, lacking
from firmware_mocks.charging_station.station import ChargingStation, StationOptions
from firmware_mocks.charging_station.uplink import Account
from firmware_mocks.charging_station.waiting import Waiting
from firmware_mocks.charging_station.wire_events import WireEvents
from firmware_mocks.charging_station.x509_checks import parsed, parsed_crl, parsed_key, parsed_root
from firmware_mocks.clock import MockClock
from firmware_mocks.control import Control
from firmware_mocks.evse_tester.virtual_plug import VirtualPlug
from firmware_mocks.operations import Operation
from firmware_mocks.process import serve_until_stopped
from firmware_mocks.station_options import password_of, token_of
from rig.ocppj.link import WireObserver


def make_station(
    args: argparse.Namespace, clock: MockClock, observer: WireObserver
) -> ChargingStation:
    """The station that the options describe.

    Raises:
        ValueError: an option, or a file that it names, is wrong.
    """
    for url in (args.csms, *dict(args.endpoint).values()):
        check_endpoint(url)
    options = StationOptions(
        account=Account(
            args.csms, args.identity, password_of(args), dict(args.endpoint), args.security_profile
        ),
        persona=load_persona(args.persona),
        defects=tuple(args.defect),
        disk=args.disk,
        seed=args.seed,
        delivered=_delivered(args),
    )
    return ChargingStation(options, clock, observer)


def _delivered(args: argparse.Namespace) -> Delivered:
    if (args.certificate is None) != (args.key is None):
        raise ValueError("--certificate and --key go together")
    manufacturer = [
        (str(CertificateType.MANUFACTURER), read_pem("--manufacturer-root", file, parsed_root))
        for file in args.manufacturer_root
    ]
    return Delivered(
        roots=(*root_certificates(args.root_certificate), *manufacturer),
        chain=read_pem("--certificate", args.certificate, parsed) if args.certificate else "",
        key=read_pem("--key", args.key, parsed_key) if args.key else "",
        crls=tuple(read_pem("--crl", file, parsed_crl) for file in args.crl),
    )


class Alone:
    """A station that stands alone, with everything by which it can be worked.

    Args:
        args: options of the command line.
        clock: lab time.

    Attributes:
        operations: the one table of what can be done.
    """

    def __init__(self, args: argparse.Namespace, clock: MockClock) -> None:
        self.journal = Journal(clock)
        self.control = Control()
        self.station = make_station(args, clock, Both(self.journal, WireEvents(self.control)))
        commands = StationControl(self.station)
        fixed = self.station.persona.fixed_cable
        plug = VirtualPlug(self.station, clock, fixed_cable=fixed)
        self.operations: list[Operation] = [
            *commands.operations(),
            *plug.operations(),
            *AnswerControl(self.station.uplink.wire.answers).operations(),
            *Waiting(self.journal, commands.state, clock).operations(),
        ]
        for operation in self.operations:
            self.control.register(operation.name, operation)
        self.control.register("station", commands.state)


class Both:
    """Shows the wire to two observers."""

    def __init__(self, one: WireObserver, other: WireObserver) -> None:
        self._observers = (one, other)

    def frame(self, direction: str, connection: int, raw: str | bytes) -> None:
        """Show a frame."""
        for observer in self._observers:
            observer.frame(direction, connection, raw)

    def transport(self, what: str, connection: int, detail: dict[str, object]) -> None:
        """Show an event of the connection."""
        for observer in self._observers:
            observer.transport(what, connection, detail)


async def serve(args: argparse.Namespace) -> None:
    """Serve a station with the mains on."""
    alone = Alone(args, MockClock(args.time_scale, args.epoch))
    if args.talk or args.wire:
        alone.journal.listeners.append(Narrator(_say, wire=args.wire).take)
        for sentence in _lacking(alone.station):
            _say(f"note: {sentence}")
    ready: dict[str, object] = {"kind": "charging-station", "identity": args.identity}
    async with AsyncExitStack() as stack:
        if not args.no_control:
            await stack.enter_async_context(alone.control)
            ready["control"] = alone.control.address
        if args.api is not None:
            from firmware_mocks.http_api import HttpApi, read_place

            api = HttpApi(alone.operations, alone.journal, read_place(args.api), token_of(args))
            await stack.enter_async_context(api)
            ready["api"] = api.ready
        stack.push_async_callback(alone.station.aclose)
        stack.push_async_callback(alone.station.uplink.close, GOING_AWAY)
        alone.station.set_power(True)
        if not args.json_lines:
            await serve_until_stopped(ready, args.follow_stdin)
            return
        lines = JsonLines(alone.operations, alone.journal)
        await stack.enter_async_context(lines)
        lines.begin()  # its first line follows that of being ready
        await serve_until_stopped(ready, True, lines.take)


def _lacking(station: ChargingStation) -> list[str]:
    controller = station.controller
    return lacking(
        controller.access.profile,
        password=bool(controller.board.configuration.values[KEY]),
        root=bool(controller.certificates.roots(CertificateType.CENTRAL_SYSTEM)),
        certificate=bool(controller.own_certificates.usable()),
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201  # stderr is talk
