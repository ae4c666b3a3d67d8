"""What the emulator knows, for people and programs: defects, personas, their PICS, its API."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import textwrap
from collections.abc import Callable
from pathlib import Path

import yaml

from firmware_mocks.charging_station.defects import DEFECTS
from firmware_mocks.charging_station.persona_bench import write_lab
from firmware_mocks.charging_station.persona_files import find, load_persona, sentence, shipped
from firmware_mocks.charging_station.persona_pics import pics_text
from firmware_mocks.clock import MockClock
from firmware_mocks.openapi import description
from firmware_mocks.operations import Operation
from rig.jsontypes import Json

WIDTH = 100


def _table(entries: dict[str, str], args: argparse.Namespace) -> str:
    if args.json:
        return json.dumps(entries, indent=2)
    column = max(map(len, entries), default=0) + 2
    return "\n".join(
        f"{name:{column}}" + f"\n{'':{column}}".join(textwrap.wrap(text, WIDTH - column))
        for name, text in entries.items()
    )


def _defects(args: argparse.Namespace) -> str:
    return _table(dict(DEFECTS), args)


def _personas(args: argparse.Namespace) -> str:
    return _table({name: sentence(file) for name, file in shipped().items()}, args)


def _persona(args: argparse.Namespace) -> str:
    values = dataclasses.asdict(load_persona(args.persona))
    for section in ("limits", "configuration"):
        values[section] = dict(values[section])
    plain = json.loads(json.dumps(values))
    return json.dumps(plain, indent=2) if args.json else yaml.safe_dump(plain, sort_keys=False)


def _pics(args: argparse.Namespace) -> str:
    name = args.persona or Path("default")
    return pics_text(load_persona(name), name.stem)


def _bench(args: argparse.Namespace) -> str:
    name = args.persona or Path("default")
    folder = args.folder or Path(name.stem)
    return str(write_lab(load_persona(name), find(name), folder, args.security_profile))


def _openapi(_: argparse.Namespace) -> str:
    return json.dumps(station_openapi(), indent=2)


LISTINGS: dict[str, tuple[str, Callable[[argparse.Namespace], str]]] = {
    "station-defects": ("what the charging station can do wrong on purpose", _defects),
    "personas": ("kinds of charging station that are shipped", _personas),
    "persona": ("all properties of one of them, or of a file, which is checked", _persona),
    "persona-pics": ("PICS file of a persona", _pics),
    "persona-bench": ("writes a virtual bench for a persona, with its PICS, into a folder", _bench),
    "station-openapi": ("OpenAPI description of the station's HTTP interface", _openapi),
}
OF_PERSONAS = ("persona", "persona-pics", "persona-bench")


def add_listings(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer them on the command line."""
    for kind, (text, _) in LISTINGS.items():
        listing = kinds.add_parser(kind, help=text, description=text)
        listing.add_argument("--json", action="store_true", help="as JSON")
        listing.add_argument("--quiet", action="store_true", help="check, and print nothing")
        if kind in OF_PERSONAS:
            listing.add_argument("persona", nargs="?", type=Path, metavar="NAME|FILE")
        if kind == "persona-bench":
            listing.add_argument("folder", nargs="?", type=Path, help="named as the persona")
            profiles = [0, 1, 2, 3]
            listing.add_argument("--security-profile", type=int, choices=profiles, default=0)


def listed(args: argparse.Namespace) -> None:
    """Print what was asked for.

    Raises:
        ValueError: there is no such persona, or it is wrong.
    """
    text = LISTINGS[args.kind][1](args).rstrip()
    if not args.quiet:
        print(text)  # noqa: T201  # stdout is data


def station_operations() -> list[Operation]:
    """Everything that can be done with a station, from one that is never switched on."""
    main = importlib.import_module("firmware_mocks.__main__")
    serve = importlib.import_module("firmware_mocks.serve_charging_station")
    arguments = ["charging-station", "--csms", "ws://localhost", "--identity", "CP-1"]
    operations: list[Operation] = serve.Alone(
        main.parser().parse_args(arguments), MockClock()
    ).operations
    return operations


def station_openapi() -> dict[str, Json]:
    """The description of its HTTP interface."""
    return description(station_operations())
