"""`rig persona`: kinds of emulated station."""

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
