"""`rig mains`."""

from __future__ import annotations

import click

from rig.cli.options import json_option
from rig.cli.output import echo_json
from rig.cli.session import running
from rig.client.results import BenchInfo


@click.group()
def mains() -> None:
    """Switch the station's supply."""


@mains.command("on")
@json_option
def on(as_json: bool) -> None:
    """Give power to the station."""
    _show(running().mains("on"), as_json)


@mains.command("off")
@json_option
def off(as_json: bool) -> None:
    """Take power from the station."""
    _show(running().mains("off"), as_json)


@mains.command("cycle")
@json_option
def cycle(as_json: bool) -> None:
    """Take power from the station for a few seconds."""
    _show(running().mains("cycle"), as_json)


@mains.command("state")
@json_option
def state(as_json: bool) -> None:
    """Show whether the station has power."""
    _show(running().bench(), as_json)


def _show(bench: BenchInfo, as_json: bool) -> None:
    if as_json:
        echo_json({"mains": bench.mains})
    else:
        click.echo(f"mains {'●' if bench.mains == 'on' else '○'} {bench.mains}")
