"""`rig station`: the emulated charging station alone, for those who test a CSMS."""

from __future__ import annotations

import json
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

import click

from rig.cli.emulator import emulator, run_emulator
from rig.cli.output import talk
from rig.cli.station_file import read_options
from rig.client.errors import ExitCode, UsageProblem

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _list_defects(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        ctx.exit(run_emulator("station-defects"))


def _list_personas(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        ctx.exit(run_emulator("personas"))


@click.command()
@click.option("--csms", metavar="URL", help="Endpoint of the CSMS, without identity (ws or wss).")
@click.option("--id", "identity", metavar="ID", help="Identity of the station.")
@click.option("--config", type=FILE, metavar="FILE", help="These options in a YAML file.")
@click.option("--persona", metavar="NAME|FILE", help="What kind of station; see --list-personas.")
@click.option(
    "--defect", "defects", multiple=True, metavar="NAME", help="Wrong on purpose; repeatable."
)
@click.option("--password-file", type=FILE, help="Password; or in RIG_STATION_PASSWORD.")
@click.option("--root-certificate", type=FILE, multiple=True, help="PEM that signs the CSMS.")
@click.option("--certificate", type=FILE, help="PEM of the station, leaf first.")
@click.option("--key", type=FILE, help="PEM, key of that certificate.")
@click.option("--security-profile", type=click.IntRange(1, 3), help="From the start.")
@click.option("--disk", type=click.Path(file_okay=False, path_type=Path), help="What survives.")
@click.option("--seed", type=int, help="Of everything that is random.  [default: 1]")
@click.option("--time-scale", type=float, help="Lab seconds per second.  [default: 1]")
@click.option("--api", metavar="PORT|unix:PATH", help="Serve the control API; port 0: any.")
@click.option("--api-token-file", type=FILE, help="Its token; or in RIG_STATION_TOKEN.")
@click.option("--json-lines", is_flag=True, help="Operations on stdin, answers on stdout.")
@click.option("--json", "as_json", is_flag=True, help="Print the line that says it is ready.")
@click.option("--wire", is_flag=True, help="Show every frame.")
@click.option("--quiet", is_flag=True, help="Do not say what the station does.")
@click.option("--list-defects", is_flag=True, is_eager=True, expose_value=False,
              callback=_list_defects, help="Every defect, with a sentence.")  # fmt: skip
@click.option("--list-personas", is_flag=True, is_eager=True, expose_value=False,
              callback=_list_personas, help="Every persona that is shipped.")  # fmt: skip
def station(config: Path | None, quiet: bool, as_json: bool, **given: object) -> int:
    """Emulate one OCPP 1.6 charging station, until Ctrl-C.

    It connects, boots and stays; what it does is told on stderr. Test authors work it through
    the control API (--api) or from a parent process (--json-lines).

    \b
    rig station --csms ws://localhost:9000/ocpp --id CP-1
    rig station --csms wss://csms.example/ocpp --id CP-1 --api 0 --persona minimal
    """  # noqa: D301 (\b is click's mark for "do not rewrap")
    options = read_options(config) if config else {}
    options |= {name: value for name, value in given.items() if value not in (None, (), False)}
    return _run(options, Manner(quiet, as_json, bool(options.pop("json_lines", False))))


@dataclass(frozen=True, slots=True)
class Manner:
    """How the command speaks."""

    quiet: bool
    as_json: bool
    json_lines: bool


def _run(options: dict[str, object], manner: Manner) -> int:
    for name, option in (("csms", "--csms URL"), ("identity", "--id ID")):
        if not options.get(name):
            raise UsageProblem(f"where and as whom? {option} is missing")
    command = emulator("charging-station", "--no-control", *_arguments(options))
    if not manner.quiet:
        command.append("--talk")
    # Its stdin is ours to hold: the emulator ends with us, also after kill -9.
    command.append("--json-lines" if manner.json_lines else "--follow-stdin")
    spoken = manner.as_json or manner.json_lines
    with subprocess.Popen(  # noqa: S603  # ourselves
        command,
        stdin=None if manner.json_lines else subprocess.PIPE,
        stdout=None if spoken else subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for us, and passed on
    ) as process:
        interrupted = _Forward(process)
        if process.stdout is not None:
            _tell_ready(process.stdout, manner)
        code = process.wait()
    if interrupted.by == signal.SIGINT:
        return ExitCode.INTERRUPTED
    return code if code >= 0 else ExitCode.INTERNAL


class _Forward:
    """Passes SIGINT and SIGTERM on to a process; remembers which."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.by = 0
        self._process = process
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._pass_on)

    def _pass_on(self, number: int, _: FrameType | None) -> None:
        self.by = number
        self._process.send_signal(signal.SIGTERM)


_NAMES = {"identity": "--identity", "defects": "--defect"}


def _arguments(options: dict[str, object]) -> list[str]:
    arguments: list[str] = []
    for name, value in options.items():
        option = _NAMES.get(name, f"--{name.replace('_', '-')}")
        if value is True:
            arguments.append(option)
        elif isinstance(value, list | tuple):
            arguments += [f"{option}={one}" for one in value]
        elif value is not False:
            arguments.append(f"{option}={value}")
    return arguments


def _tell_ready(stdout: IO[bytes], manner: Manner) -> None:
    line = stdout.readline()
    if not line or manner.quiet:
        return
    ready = json.loads(line)
    talk(f"station {ready['identity']} is up; Ctrl-C ends it")
    api = ready.get("api", {})
    if "url" in api:
        talk(f"control API  {api['url']}/v1  (description: {api['url']}/openapi.json)")
    if "path" in api:
        talk(f"control API  unix:{api['path']}")
    if "token" in api:
        talk(f"token        {api['token']}")
