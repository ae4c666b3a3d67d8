"""`rig persona` and `rig pics`: kinds of emulated station, and what they declare."""

from __future__ import annotations

import click

from rig.cli.emulator import run_emulator
from rig.cli.options import json_option

JSON = {True: ("--json",), False: ()}


@click.group()
def persona() -> None:
    """Kinds of emulated charging station: shipped ones, and files of your own."""


@persona.command("list")
@json_option
def list_personas(as_json: bool) -> int:
    """List the personas that are shipped."""
    return run_emulator("personas", *JSON[as_json])


@persona.command()
@click.argument("name", metavar="NAME|FILE")
@json_option
def show(name: str, as_json: bool) -> int:
    """Show every property of a persona."""
    return run_emulator("persona", name, *JSON[as_json])


@persona.command()
@click.argument("names", metavar="NAME|FILE...", nargs=-1, required=True)
def check(names: tuple[str, ...]) -> int:
    """Check persona files; every problem is told with its place."""
    codes = [run_emulator("persona", name, "--quiet") for name in names]
    return max(codes)


@click.group()
def pics() -> None:
    """PICS: what is declared about a device under test."""


@pics.command()
@click.option("--persona", "name", metavar="NAME|FILE", help="Kind of emulated station.")
def template(name: str | None) -> int:
    """Print the PICS of an emulated station, to use as it is or to begin with.

    \b
    rig pics template --persona minimal > minimal.yaml
    rig run --dut station --all --pics minimal.yaml
    """  # noqa: D301 (\b is click's mark for "do not rewrap")
    return run_emulator("persona-pics", *([name] if name else []))
