"""`rig pics`: what is declared about a device under test."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click

from rig.cli.emulator import emulator
from rig.cli.options import json_option
from rig.cli.output import echo_json, records_json, talk
from rig.cli.session import running
from rig.client.errors import ExitCode
from rig.client.results import PicsDifference

CHECKER = [sys.executable, "-m", "rig.conformance.pics_check"]


@click.group()
def pics() -> None:
    """PICS: what is declared about a device under test, and what that decides."""


@pics.command()
@click.option("--dut", type=click.Choice(["station", "csms"]), default="station",
              show_default=True, help="What is under test.")  # fmt: skip
@click.option("--persona", "name", metavar="NAME|FILE", help="Of this emulated station, filled in.")
@json_option
def template(dut: str, name: str | None, as_json: bool) -> int:
    """Print a PICS file to fill in: every item, its default, and what it decides.

    \b
    rig pics template > my-station.yaml
    rig pics template --persona minimal > minimal.yaml
    rig run --dut station --all --pics minimal.yaml
    """  # noqa: D301 (\b is click's mark for "do not rewrap")
    order = [*CHECKER, "--template", dut] if name is None else emulator("persona-pics", name)
    done = subprocess.run(order, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if as_json and done.returncode == 0:
        echo_json({"pics": done.stdout})
    else:
        click.echo(done.stdout, nl=False)
    return done.returncode


@pics.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--against", type=click.Choice(["station"]),
              help="Ask the connected station, too, and show where it differs.")  # fmt: skip
@json_option
def check(file: Path, against: str | None, as_json: bool) -> int:
    """Check FILE: every mistake with its place, which rows apply, and why the others do not.

    With `--against station` the daemon asks the station that is connected. Exit codes: 0 the
    file can be used and nothing differs, 1 the station differs in something that has to be
    corrected first, 2 the file cannot be used.
    """
    command = [*CHECKER, str(file), *(["--json"] if as_json else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    said = json.loads(done.stdout) if as_json else {}
    if not as_json:
        click.echo(done.stdout, nl=False)
    if done.returncode == 0 and against:
        found = running().pics_differences(file)
        said["differences"] = records_json(found)
        if not as_json:
            _tell(found)
        code: int = ExitCode.CHECK_FAILED if any(d.blocks for d in found) else ExitCode.OK
    else:
        code = done.returncode
    if as_json:
        echo_json(said)
    return code


def _tell(found: tuple[PicsDifference, ...]) -> None:
    for difference in found:
        click.echo(f"{'✗' if difference.blocks else '!'} {difference.item}: declared "
                   f"{difference.declared}, the station says {difference.observed}")  # fmt: skip
        click.echo(f"  {difference.consequence}")
    talk(f"{len(found)} differences" if found else "the station says the same")
