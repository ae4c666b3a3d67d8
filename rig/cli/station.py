"""`rig station`: the emulated charging station alone, for those who test a CSMS."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from rig.cli.emulator import arguments, emulator, hold, run_emulator
from rig.cli.output import talk
from rig.cli.station_file import read_options
from rig.client.errors import UsageProblem

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


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
@click.option("--manufacturer-root", type=FILE, multiple=True, help="PEM of signed firmware.")
@click.option("--crl", type=FILE, multiple=True, help="PEM of revoked certificates.")
@click.option("--certificate", type=FILE, help="PEM of the station, leaf first.")
@click.option("--key", type=FILE, help="PEM, key of that certificate.")
@click.option("--security-profile", type=click.IntRange(1, 3), help="From the start.")
@click.option("--endpoint", multiple=True, metavar="PROFILE=URL",
              help="Endpoint of one security profile; repeatable.")  # fmt: skip
@click.option("--disk", type=click.Path(file_okay=False, path_type=Path), help="What survives.")
@click.option("--seed", type=int, help="Of everything that is random.  [default: 1]")
@click.option("--time-scale", type=click.FloatRange(0, min_open=True),
              help="Lab seconds per second.  [default: 1]")  # fmt: skip
@click.option("--api", metavar="[HOST:]PORT|unix:PATH",
              help="Serve the control API; port 0: any.")  # fmt: skip
@click.option("--api-token-file", type=FILE, help="Its token; or in RIG_STATION_TOKEN.")
@click.option("--json-lines", is_flag=True, help="Operations on stdin, answers on stdout.")
@click.option("--json", "as_json", is_flag=True, help="Print the line that says it is ready.")
@click.option("--wire", is_flag=True, help="Show every frame.")
@click.option("--quiet", is_flag=True, help="Do not say what the station does.")
@click.option("--list-defects", "listing", flag_value="station-defects",
              help="Every defect, with a sentence.")  # fmt: skip
@click.option("--list-personas", "listing", flag_value="personas",
              help="Every persona that is shipped.")  # fmt: skip
def station(
    config: Path | None, quiet: bool, as_json: bool, listing: str | None, **given: object
) -> int:
    """Emulate one OCPP 1.6 charging station, until Ctrl-C.

    It connects, boots and stays; what it does is told on stderr. Test authors work it through
    the control API (--api) or from a parent process (--json-lines).

    \b
    rig station --csms ws://localhost:9000/ocpp --id CP-1
    rig station --csms wss://csms.example/ocpp --id CP-1 --root-certificate ca.pem --api 0
    """  # noqa: D301 (\b is click's mark for "do not rewrap")
    if listing:
        return run_emulator(listing, *(["--json"] if as_json else []))
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
    command = emulator("charging-station", "--no-control", *arguments(options, _NAMES))
    if not manner.quiet:
        command.append("--talk")
    if manner.json_lines:
        return hold([*command, "--json-lines"], None, owns_stdin=True)
    return hold(command, None if manner.as_json else partial(_tell_ready, quiet=manner.quiet))


_NAMES = {"identity": "--identity", "defects": "--defect"}


def _tell_ready(ready: dict[str, Any], *, quiet: bool) -> None:
    if quiet:
        return
    talk(f"station {ready['identity']} is up; Ctrl-C ends it")
    api = ready.get("api", {})
    if "url" in api:
        talk(f"control API  {api['url']}/v1  (description: {api['url']}/openapi.json)")
    if "path" in api:
        talk(f"control API  unix:{api['path']}")
    if "token" in api:
        talk(f"token        {api['token']}")
