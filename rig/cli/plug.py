"""`rig plug`."""

from __future__ import annotations

import click

from rig.cli.options import json_option
from rig.cli.output import echo_json, records_json, table
from rig.cli.session import running
from rig.client.api import RigClient
from rig.client.errors import UsageProblem
from rig.client.plug import MoveTimes, PilotInfo, PlugInfo
from rig.client.results import to_json
from rig.client.words import CP_WORDS, FAULTS
from rig.jsontypes import Json

YES_NO = {True: "● yes", False: "○ no", None: "not measured"}
FAULT_TABLE = "\b\n" + "\n".join(f"{name:24} {text}" for name, text in FAULTS.items())
plug_argument = click.argument("name", metavar="[PLUG]", default="")


@click.group()
def plug() -> None:
    """Work a tester plug by hand.

    PLUG is its name in the bench file; a bench with one plug needs none.
    """


@plug.command("list")
@json_option
def list_plugs(as_json: bool) -> None:
    """Show every plug as the bench last saw it; asks no device."""
    plugs = running().plugs()
    if as_json:
        echo_json({"plugs": records_json(plugs)})
        return
    rows = [
        (
            p.name,
            str(p.connector_id),
            CP_WORDS.get(p.cp_state, p.cp_state),
            "in" if p.cable_in_station else "out",
            YES_NO[p.voltage_present],
            YES_NO[p.plug_locked],
            p.fault or "",
        )
        for p in plugs
    ]
    head = ("plug", "connector", "pilot", "cable", "voltage", "locked", "fault")
    for line in table(head, rows):
        click.echo(line)


@plug.command("in")
@plug_argument
@click.option(
    "--cable",
    type=click.Choice(["13A", "20A", "32A", "63A"]),
    help="Proximity code of the cable; default: that of the bench file.",
)
@click.option("--side", type=click.Choice(["both", "station"]), default="both",
              help="The station's side only: proximity, no vehicle yet.")  # fmt: skip
@json_option
def insert(name: str, cable: str | None, side: str, as_json: bool) -> None:
    """Put the plug into the station and connect the vehicle side (state B)."""
    action = "insert" if side == "both" else "insert-station"
    _do(name, action, as_json, **({"cable": cable} if cable else {}))


@plug.command("out")
@plug_argument
@click.option("--side", type=click.Choice(["both", "ev", "station"]), default="both")
@json_option
def out(name: str, side: str, as_json: bool) -> None:
    """Unplug: both sides in the safe order, or only one."""
    _do(name, "unplug" if side == "both" else f"unplug-{side}", as_json)


@plug.command()
@plug_argument
@json_option
def state(name: str, as_json: bool) -> None:
    """Show what the plug presents, sees and measures, and how fast it obeys."""
    _do(name, "", as_json)


@plug.command()
@click.argument("switch", type=click.Choice(["on", "off"]), default="on")
@plug_argument
@click.option("--ventilation", is_flag=True, help="The vehicle needs ventilation: state D.")
@json_option
def energy(switch: str, name: str, ventilation: bool, as_json: bool) -> None:
    """Request energy (state C, or D), or stop requesting it (state B)."""
    if switch == "off":
        _do(name, "stop-energy", as_json)
    else:
        _do(name, "energy", as_json, ventilation=ventilation)


@plug.command(
    help="Put a fault in; it takes itself out after a time. FAULT is `none` to take it out now, "
    f"or one of\n\n{FAULT_TABLE}"
)
@click.argument("fault", type=click.Choice([*FAULTS, "none"]), metavar="FAULT")
@plug_argument
@click.option(
    "--for",
    "seconds",
    type=click.FloatRange(0, 600, min_open=True),
    default=10.0,
    show_default=True,
    help="Lab seconds until it is taken out.",
)
@json_option
def fault(fault: str, name: str, seconds: float, as_json: bool) -> None:
    """Put a fault in, see above."""
    if fault == "none":
        _do(name, "clear-fault", as_json)
    else:
        _do(name, "fault", as_json, fault=fault, seconds=seconds)


@plug.command()
@click.argument("phases", type=click.IntRange(0, 3))
@plug_argument
@json_option
def load(phases: int, name: str, as_json: bool) -> None:
    """Have 0 to 3 phases of the load on. Needs state C or D and a closed contactor."""
    _do(name, "load", as_json, phases=phases)


@plug.command()
@click.argument("action", type=click.Choice(["press", "release"]))
@plug_argument
@json_option
def button(action: str, name: str, as_json: bool) -> None:
    """Press or let go the release button of a Type 1 connector (S3)."""
    _do(name, "button", as_json, pressed=action == "press")


def _do(name: str, action: str, as_json: bool, **given: Json) -> None:
    client = running()
    seen = client.plug(name or _only(client), action, **given)
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
    """A plug as lines of label and text; what it does not have is left out."""
    cable = YES_NO[seen.cable_in_station] + (f", coded {seen.cable}" if seen.cable else "")
    rows = [
        ("plug", f"{seen.name} ({seen.plug_type}, connector {seen.connector_id})"),
        ("pilot", CP_WORDS.get(seen.cp_state, seen.cp_state)),
        ("cable in station", cable),
        ("voltage at the plug", YES_NO[seen.voltage_present]),
        ("locked by station", YES_NO[seen.plug_locked]),
    ]
    if seen.fault is not None:
        rows.append(("fault", f"✗ {seen.fault}: {FAULTS.get(seen.fault, '')}"))
    if seen.latch is not None:
        rows.append(("connector", seen.latch))
    if seen.load_phases:
        rows.append(("load", f"● {seen.load_phases} phase{'s' * (seen.load_phases > 1)}"))
    if seen.measured is not None:
        rows += _measured(seen.measured)
    if seen.readback is not None:
        rows.append(("order to read-back", f"{_times(seen.readback)} ({seen.moves} moves)"))
    if seen.pilot is not None:
        rows.append(("order to pilot", _times(seen.pilot)))
    return table(("", ""), rows)[1:]


def _measured(seen: PilotInfo) -> list[tuple[str, str]]:
    pilot = f"{seen.cp_high_v:+.1f} / {seen.cp_low_v:+.1f} V"
    if seen.duty_percent is None:
        pilot += ", no PWM"
    else:
        pilot += f", {seen.duty_percent:.1f} % of {seen.frequency_hz or 0:.0f} Hz"
    rows = [("pilot measured", pilot)]
    if seen.offered_current_a is not None:
        rows.append(("offered current", f"{seen.offered_current_a:.1f} A"))
    if seen.pp_v is not None:
        rows.append(("proximity", f"{seen.pp_v:.2f} V"))
    phases = zip(seen.voltages_v, seen.currents_a, strict=False)
    lines = ", ".join(f"{volts:.0f} V {amperes:.1f} A" for volts, amperes in phases)
    return [*rows, ("L1, L2, L3", lines)] if lines else rows


def _times(seen: MoveTimes) -> str:
    least, median, most = (_ms(ms) for ms in (seen.least_ms, seen.median_ms, seen.most_ms))
    return f"{_ms(seen.last_ms)} ms; least {least}, median {median}, most {most} ms"


def _ms(ms: float) -> str:
    return f"{ms:.1f}" if ms < 10 else f"{ms:.0f}"
