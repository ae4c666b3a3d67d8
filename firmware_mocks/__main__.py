"""Any mock alone: `python -m firmware_mocks KIND [options]`.

Prints one JSON line, `{"ready": true, ...}` with where it is reached, and serves until it gets
SIGTERM or SIGINT, or until its stdin ends with `--follow-stdin`.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from firmware_mocks import firmware_tool
from firmware_mocks.listings import LISTINGS, add_listings, listed
from firmware_mocks.process import Busy
from firmware_mocks.station_options import add_options

BUSY = 4
"""Exit code: what it wants to listen on is taken."""

KINDS = {
    "relay-board": "Modbus relay board on a pty (RTU) and on TCP",
    "evse-tester": "tester plug with its own controller, Modbus registers",
    "charging-station": "OCPP 1.6 charging station, its EV driven by control commands",
    "fleet": "many charging stations, with drivers who come and go",
    "central-system": "small OCPP 1.6 Central System",
    "e3372h": "Huawei E3372h LTE dongle, AT commands on a pty",
    "hilink": "Huawei E3372h LTE dongle, web interface on TCP",
    "pn532": "PN532 contactless reader on a pty, cards on a table beside it",
    "world": "relay board, tester plug, cables and charging station in one",
}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m firmware_mocks", description=__doc__)
    kinds = top.add_subparsers(dest="kind", required=True, metavar="KIND")
    add_listings(kinds)
    firmware_tool.add_options(kinds)
    sub = {
        kind: kinds.add_parser(kind, help=text, description=text) for kind, text in KINDS.items()
    }
    for one in sub.values():
        one.add_argument("--follow-stdin", action="store_true", help="stop when stdin ends")
        one.add_argument("--time-scale", type=_scale, default=1.0, help="lab s per real s")
        one.add_argument("--epoch", type=float, default=None, help="POSIX s of lab time 0")
    sub["world"].add_argument("--unit", type=int, default=1)
    board = sub["relay-board"]
    board.add_argument(
        "--unit", action="append", default=[], metavar="N[:DIALECT]", help="several on one line"
    )
    board.add_argument("--link", type=Path, default=None, help="stable name of the pty")
    board.add_argument(
        "--dialect", default="waveshare-8", help="make of the board, as in a bench file"
    )
    board.add_argument("--rtu-over-tcp", action="store_true", help="RTU frames on the TCP port")
    tester = sub["evse-tester"]
    tester.add_argument("--type", choices=["type1", "type2"], default="type2", help="of plug")
    tester.add_argument("--unit", type=int, default=1)
    tester.add_argument("--seed", type=int, default=1, help="of the instruments' noise")
    for one in (board, tester):
        one.add_argument("--transport", choices=["rtu", "tcp", "both"], default="both")
        one.add_argument(
            "--fault", action="append", default=[], metavar="NAME[=VALUE]", help="from the start"
        )
    for kind in ("relay-board", "evse-tester", "central-system"):
        sub[kind].add_argument("--bind", type=_address, default=("127.0.0.1", 0))
    for kind in ("charging-station", "world", "fleet"):
        one = sub[kind]
        one.add_argument("--csms", required=True, help="endpoint URL without identity")
        one.add_argument("--password", type=bytes.fromhex, default=None, help="hex of the key")
        one.add_argument("--persona", type=Path, default=None, help="name of one, or a file")
        one.add_argument("--seed", type=int, default=1, help="of everything that is random")
    for kind in ("charging-station", "world"):
        one = sub[kind]
        one.add_argument("--identity", required=True, help="of the station")
        one.add_argument("--disk", type=Path, default=None, help="folder that survives")
        _secure(one)
    add_options(sub["charging-station"])
    fleet = sub["fleet"]
    fleet.add_argument("--password-file", type=Path, metavar="FILE", help="password of all")
    fleet.add_argument(
        "--root-certificate", type=Path, default=[], action="append", metavar="FILE",
        help="of the Central System",
    )  # fmt: skip
    fleet.add_argument("--no-control", action="store_true", help="without the control channel")
    fleet.add_argument("--stations", type=int, required=True, metavar="N")
    fleet.add_argument("--identity", default="FLEET{:05}", help="pattern; {} is the number")
    fleet.add_argument("--id-tag", default="DRIVER{:05}", help="of the drivers' cards, a pattern")
    fleet.add_argument("--ramp", type=float, default=100.0, help="stations switched on in a second")
    fleet.add_argument("--pause", type=float, default=600.0, help="mean lab s between two visits")
    fleet.add_argument("--stay", type=float, default=1800.0, help="mean lab s of a visit; 0: none")
    fleet.add_argument("--tell", type=float, default=5.0, help="s between lines of talk; 0: none")
    sub["world"].add_argument("--modem", action="append", default=[], choices=["at", "web"])
    sub["world"].add_argument("--nfc", action="store_true", help="with a card writer")
    sub["world"].add_argument(
        "--relay-plug", action="store_true", help="connector 1 has a fully wired plug"
    )
    sub["world"].add_argument(
        "--tester",
        choices=["type1", "type2"],
        default=None,
        help="testers with their own controllers",
    )
    sub["world"].add_argument(
        "--tester-at",
        action="append",
        default=[],
        metavar="UNIT:CONNECTOR",
        help="Modbus unit and connector of one of them; without, unit 1 is on connector 1",
    )
    reader = sub["pn532"]
    reader.add_argument("--card", action="append", default=[], metavar="MODEL:UID")
    reader.add_argument("--link", type=Path, default=None, help="stable name of the port")
    reader.add_argument("--baudrate", type=int, default=115200, help="as the chip was left")
    ills = ["mute", "garble", "split", "double", "noise", "nack", "error_frame", "foreign"]
    reader.add_argument("--fault", action="append", default=[], choices=ills)
    sub["world"].add_argument("--no-station", action="store_true")
    for kind in ("charging-station", "world", "fleet", "central-system"):
        sub[kind].add_argument(
            "--defect", action="append", default=[], metavar="NAME", help="wrong on purpose"
        )
    for kind in ("e3372h", "hilink"):
        one = sub[kind]
        one.add_argument("--seed", type=int, default=1)
        one.add_argument("--order", choices=["00", "01", "02", "03"], default="00")
        sims = ["ready", "pin", "puk", "missing", "failure", "busy"]
        one.add_argument("--sim", choices=sims, default="ready")
        for option in ("--without", "--denied"):
            one.add_argument(option, action="append", default=[], choices=["2g", "3g", "4g"])
    stick = sub["e3372h"]
    stick.add_argument("--firmware", choices=["21.200", "21.110", "21.315", "11.001"],
                       default="21.200", help="dialect")  # fmt: skip
    stick.add_argument("--link", type=Path, default=None, help="stable name of the port")
    faults = ["mute", "garble", "split", "double", "echo", "storm", "foreign"]
    stick.add_argument("--fault", action="append", default=[], choices=faults)
    web = sub["hilink"]
    web.add_argument("--bind", type=_address, default=("127.0.0.1", 0))
    web.add_argument("--login", default=None, metavar="USER:PASSWORD")
    return top


def _secure(one: argparse.ArgumentParser) -> None:
    """Options of what a station is delivered with, files as PEM."""
    for name, what in (
        ("--root-certificate", "of the Central System"),
        ("--manufacturer-root", "of signed firmware"),
        ("--crl", "revoked certificates"),
    ):
        one.add_argument(name, type=Path, default=[], action="append", metavar="FILE", help=what)
    one.add_argument("--certificate", type=Path, metavar="FILE", help="of the station, leaf first")
    one.add_argument("--key", type=Path, metavar="FILE", help="of that certificate")
    one.add_argument("--security-profile", type=int, choices=[1, 2, 3], help="from the start")
    one.add_argument(
        "--endpoint", type=_endpoint, default=[], action="append", metavar="PROFILE=URL",
        help="of one security profile; the usual one with another scheme by default",
    )  # fmt: skip


def _endpoint(text: str) -> tuple[int, str]:
    profile, _, url = text.partition("=")
    if profile not in ("0", "1", "2", "3"):
        raise argparse.ArgumentTypeError(f"{text}: want PROFILE=URL, with a profile from 0 to 3")
    return int(profile), url


def _scale(text: str) -> float:
    scale = float(text)
    if not 0 < scale < math.inf:  # NaN is neither
        raise argparse.ArgumentTypeError(f"{text}: want a number above 0; 1 is real time")
    return scale


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host or "127.0.0.1", int(port)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a mock; returns the exit code."""
    args = parser().parse_args(arguments)
    try:
        if args.kind in LISTINGS:
            listed(args)
            return 0
        if args.kind == firmware_tool.KIND:
            firmware_tool.write_image(args)
            return 0
        module = importlib.import_module(f"firmware_mocks.serve_{args.kind.replace('-', '_')}")
        asyncio.run(module.serve(args))
    except BrokenPipeError:  # whoever read our output has enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (ValueError, OSError) as error:
        print(f"{args.kind}: {error}", file=sys.stderr)  # noqa: T201  # stderr is talk
        return 2
    except Busy as error:
        print(f"{args.kind}: {error}", file=sys.stderr)  # noqa: T201  # stderr is talk
        return BUSY
    return 0


if __name__ == "__main__":
    sys.exit(main())
