"""`rig persona`: kinds of emulated station."""

from __future__ import annotations

import subprocess
from pathlib import Path

import click

from rig.cli.emulator import emulator, run_emulator
from rig.cli.options import json_option
from rig.cli.output import echo_json
from rig.client.errors import ClientError
from rig.client.paths import state_dir

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
@json_option
def check(names: tuple[str, ...], as_json: bool) -> int:
    """Check persona files; every problem is told with its place."""
    done = {name: _captured("persona", name, "--quiet") for name in names}
    for checked in done.values():
        click.echo(checked.stderr, err=True, nl=False)
    if as_json:
        echo_json({name: {"ok": d.returncode == 0, "problems": [*d.stderr.splitlines()]}
                   for name, d in done.items()})  # fmt: skip
    return max(checked.returncode for checked in done.values())


@persona.command()
@click.argument("name", metavar="NAME|FILE")
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option("--security-profile", type=click.IntRange(0, 3), default=0, show_default=True,
              help="That the station is run with.")  # fmt: skip
@json_option
def bench(name: str, folder: Path | None, security_profile: int, as_json: bool) -> None:
    """Write a virtual laboratory for a persona into FOLDER: bench file, PICS, firmware.

    There is a tester plug for each connector. FOLDER is named as the persona when absent.

    \b
    rig persona bench minimal
    rig run --dut station --all --bench minimal/bench.yaml
    """  # noqa: D301 (\b is click's mark for "do not rewrap")
    written = _written(name, folder, security_profile)
    if as_json:
        echo_json({"bench": str(written)})
    else:
        click.echo(str(written))


def bench_of(name: str) -> Path:
    """The bench file of a persona's laboratory, below the state folder; made anew.

    Raises:
        ClientError: there is no such persona, or it is wrong.
    """
    return _written(name, state_dir() / "personas" / Path(name).stem, 0)


def _written(name: str, folder: Path | None, security_profile: int) -> Path:
    place = [] if folder is None else [str(folder)]
    done = _captured("persona-bench", name, *place, "--security-profile", str(security_profile))
    if done.returncode != 0:
        raise ClientError(done.stderr.strip().removeprefix("persona-bench: "), "config")
    return Path(done.stdout.strip())


def _captured(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # ourselves
        emulator(*arguments), capture_output=True, text=True, check=False
    )
