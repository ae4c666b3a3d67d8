"""Lists for people and programs: `python -m firmware_mocks station-defects`, `... personas`."""

from __future__ import annotations

import argparse
import importlib
import json
import textwrap

from firmware_mocks.charging_station.defects import DEFECTS
from firmware_mocks.charging_station.persona_files import sentence, shipped
from firmware_mocks.openapi import description
from firmware_mocks.operations import Operation
from rig.jsontypes import Json

LISTINGS = {
    "station-defects": "what the charging station can do wrong on purpose",
    "personas": "kinds of charging station that are shipped",
    "station-openapi": "OpenAPI description of the station's HTTP interface",
}
WIDTH = 100


def listed(args: argparse.Namespace) -> None:
    """Print a list; as a JSON object with --json."""
    if args.kind == "station-openapi":
        print(json.dumps(station_openapi(), indent=2))  # noqa: T201  # stdout is data
        return
    if args.kind == "personas":
        entries = {name: sentence(file) for name, file in shipped().items()}
    else:
        entries = dict(DEFECTS)
    if args.json:
        print(json.dumps(entries, indent=2))  # noqa: T201  # stdout is data
        return
    column = max(map(len, entries), default=0) + 2
    for name, text in entries.items():
        lines = textwrap.wrap(text, WIDTH - column)
        print(f"{name:{column}}" + f"\n{'':{column}}".join(lines))  # noqa: T201  # stdout is data


def station_operations() -> list[Operation]:
    """Everything that can be done with a station, from one that is never switched on."""
    main = importlib.import_module("firmware_mocks.__main__")
    serve = importlib.import_module("firmware_mocks.serve_charging_station")
    arguments = ["charging-station", "--csms", "ws://localhost", "--identity", "CP-1"]
    operations: list[Operation] = serve.Alone(main.parser().parse_args(arguments)).operations
    return operations


def station_openapi() -> dict[str, Json]:
    """The description of its HTTP interface."""
    return description(station_operations())
