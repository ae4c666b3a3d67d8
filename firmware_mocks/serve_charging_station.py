"""`python -m firmware_mocks charging-station`."""

from __future__ import annotations

import argparse

from firmware_mocks.charging_station.certificates import CertificateType
from firmware_mocks.charging_station.control import StationControl, WireEvents
from firmware_mocks.charging_station.persona import load_persona
from firmware_mocks.charging_station.security import Delivered
from firmware_mocks.charging_station.station import ChargingStation, StationOptions
from firmware_mocks.charging_station.uplink import Account
from firmware_mocks.clock import MockClock
from firmware_mocks.control import Control
from firmware_mocks.evse_tester.virtual_plug import VirtualPlug
from firmware_mocks.process import serve_until_stopped


def make_station(args: argparse.Namespace, control: Control) -> ChargingStation:
    """The station that the options describe, with its commands on the control channel."""
    options = StationOptions(
        account=Account(
            args.csms, args.identity, args.password, dict(args.endpoint), args.security_profile
        ),
        persona=load_persona(args.persona),
        defects=tuple(args.defect),
        disk=args.disk,
        seed=args.seed,
        delivered=_delivered(args),
    )
    clock = MockClock(args.time_scale, args.epoch)
    station = ChargingStation(options, clock, WireEvents(control))
    StationControl(station).register(control)
    return station


def _delivered(args: argparse.Namespace) -> Delivered:
    if (args.certificate is None) != (args.key is None):
        raise ValueError("--certificate and --key go together")
    roots = [(CertificateType.CENTRAL_SYSTEM, file) for file in args.root_certificate]
    roots += [(CertificateType.MANUFACTURER, file) for file in args.manufacturer_root]
    return Delivered(
        roots=tuple((str(kind), file.read_text()) for kind, file in roots),
        chain="" if args.certificate is None else args.certificate.read_text(),
        key="" if args.key is None else args.key.read_text(),
        crls=tuple(file.read_text() for file in args.crl),
    )


async def serve(args: argparse.Namespace) -> None:
    """Serve a station with the mains on."""
    control = Control()
    station = make_station(args, control)
    VirtualPlug(station, station.clock).register(control)
    control.register("state", StationControl(station).state)
    async with control:
        station.set_power(True)
        ready: dict[str, object] = {"kind": "charging-station", "control": control.address}
        try:
            await serve_until_stopped(ready, args.follow_stdin)
        finally:
            await station.aclose()
