"""`rig plug`."""

from __future__ import annotations

import click

from rig.cli.options import json_option
from rig.cli.output import echo_json, table
from rig.cli.session import running
from rig.client.api import RigClient
from rig.client.errors import UsageProblem
from rig.client.results import PlugInfo, to_json

CP_WORDS = {
    "A": "○ A unplugged",
    "B": "◐ B plugged in",
    "C": "● C energy requested",
    "D": "● D energy requested, ventilation",
    "E": "✗ E fault",
    "F": "✗ F not available",
}


@click.group()
def plug() -> None:
    """Work a tester plug by hand.

    PLUG is its name in the bench file; a bench with one plug needs none.
    """


@plug.command("in")
@click.argument("name", metavar="[PLUG]", default="")
@json_option
def insert(name: str, as_json: bool) -> None:
    """Put the plug into the station and connect the vehicle side (state B)."""
    _do(name, "insert", as_json)


@plug.command("out")
@click.argument("name", metavar="[PLUG]", default="")
@click.option("--side", type=click.Choice(["both", "ev", "station"]), default="both")
@json_option
def out(name: str, side: str, as_json: bool) -> None:
    """Unplug: both sides in the safe order, or only one."""
    _do(name, "unplug" if side == "both" else f"unplug-{side}", as_json)


@plug.command()
@click.argument("name", metavar="[PLUG]", default="")
@json_option
def state(name: str, as_json: bool) -> None:
    """Show what the plug presents and sees."""
    _do(name, "", as_json)


@plug.command()
@click.argument("switch", type=click.Choice(["on", "off"]), default="on")
@click.argument("name", metavar="[PLUG]", default="")
@json_option
def energy(switch: str, name: str, as_json: bool) -> None:
    """Request energy (state C), or stop requesting it (state B)."""
    _do(name, "energy" if switch == "on" else "stop-energy", as_json)


def _do(name: str, action: str, as_json: bool) -> None:
    client = running()
    seen = client.plug(name or _only(client), action)
    if as_json:
        echo_json(to_json(seen))
        return
    for line in plug_lines(seen):
        click.echo(line)


def _only(client: RigClient) -> str:
    plugs = client.bench().plugs
    if len(plugs) != 1:
        raise UsageProblem(
            f"this bench has {len(plugs)} plugs; name one of them: {', '.join(plugs)}"
            if plugs
            else "this bench has no plug"
        )
    return plugs[0]


def plug_lines(seen: PlugInfo) -> list[str]:
    """A plug as lines of label and text."""
    told = {True: "● yes", False: "○ no", None: "not measured"}
    rows = [
        ("plug", f"{seen.name} ({seen.plug_type}, connector {seen.connector_id})"),
        ("pilot", CP_WORDS.get(seen.cp_state, seen.cp_state)),
        ("cable in station", told[seen.cable_in_station]),
        ("voltage at the plug", told[seen.voltage_present]),
        ("locked by station", told[seen.plug_locked]),
    ]
    return table(("", ""), rows, flexible=1)[1:]
