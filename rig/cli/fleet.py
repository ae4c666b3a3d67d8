"""`rig fleet`: many emulated charging stations in one process, to load a CSMS with."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from rig.cli.emulator import arguments, emulator, hold
from rig.cli.output import talk

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--stations", type=click.IntRange(1), required=True, metavar="N", help="How many.")
@click.option("--csms", metavar="URL", required=True, help="Endpoint of the CSMS (ws or wss).")
@click.option("--id", "identity", metavar="PATTERN", help="Identities.  [default: FLEET{:05}]")
@click.option("--id-tag", metavar="PATTERN", help="Cards of the drivers.  [default: DRIVER{:05}]")
@click.option("--persona", metavar="NAME|FILE", help="What kind of station; `rig persona list`.")
@click.option(
    "--defect", "defects", multiple=True, metavar="NAME", help="Wrong on purpose; repeatable."
)
@click.option("--password-file", type=FILE, help="Password of all; or in RIG_STATION_PASSWORD.")
@click.option("--root-certificate", type=FILE, multiple=True, help="PEM that signs the CSMS.")
@click.option("--ramp", type=float, help="Stations switched on in a second.  [default: 100]")
@click.option("--pause", type=float, help="Mean s between two drivers.  [default: 600]")
@click.option("--stay", type=float, help="Mean s of a driver; 0: nobody comes.  [default: 1800]")
@click.option(
    "--tell", type=click.FloatRange(0), help="Real s between two lines of talk.  [default: 5]"
)
@click.option("--seed", type=int, help="Of everything that is random.  [default: 1]")
@click.option("--time-scale", type=click.FloatRange(0, min_open=True),
              help="Lab seconds per second.  [default: 1]")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the ready line and the last numbers.")
@click.option("--quiet", is_flag=True, help="Do not say how it goes.")
def fleet(as_json: bool, quiet: bool, **given: object) -> int:
    """Emulate many OCPP 1.6 charging stations, until Ctrl-C.

    Drivers come, charge and go at random. Every few seconds a line on stderr tells how it goes;
    at the end there is a summary. In a pattern, {} or {:05} is the number of the station.

    \b
    rig fleet --stations 500 --csms ws://localhost:9000/ocpp
    rig fleet --stations 50 --csms ws://localhost:9000/ocpp --id "LOAD{:03}" --time-scale 60
    """  # noqa: D301 (\b is click's mark for "do not rewrap")
    options = {name: value for name, value in given.items() if value not in (None, ())}
    if quiet:
        options["tell"] = 0
    command = emulator("fleet", "--no-control", *arguments(options, {"defects": "--defect"}))
    return hold(command, None if as_json else partial(_tell, quiet=quiet))


def _tell(line: dict[str, Any], *, quiet: bool) -> None:
    if quiet:
        return
    if not line.pop("ended", False):
        talk(f"{line['stations']} stations are being switched on; Ctrl-C ends them")
        return
    latency: dict[str, dict[str, object]] = line.pop("latency")
    for name, value in line.items():
        talk(f"{name.replace('_', ' '):24}{_shown(value)}")
    for action, numbers in latency.items():
        talk(f"answer to {action:24}{_shown(numbers)}")


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(one)}" for name, one in value.items()) or "none"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
