"""`rig net`."""

from __future__ import annotations

import click

from rig.cli.options import json_option
from rig.cli.output import echo_json
from rig.cli.session import running
from rig.client.results import BenchInfo


@click.group("net")
def net() -> None:
    """Cut the station's network, and restore it."""


@net.command("up")
@json_option
def up(as_json: bool) -> None:
    """Let the station reach its Central System again."""
    _show(running().network("up"), as_json)


@net.command("down")
@json_option
def down(as_json: bool) -> None:
    """Take the network from the station."""
    _show(running().network("down"), as_json)


@net.command("state")
@json_option
def state(as_json: bool) -> None:
    """Show whether the station has its network."""
    _show(running().bench(), as_json)


def _show(bench: BenchInfo, as_json: bool) -> None:
    if as_json:
        echo_json({"network": bench.network})
    elif bench.network == "none":
        click.echo("network ? not known: the bench is not open, or has no network switch")
    else:
        click.echo(f"network {'●' if bench.network == 'up' else '○'} {bench.network}")
