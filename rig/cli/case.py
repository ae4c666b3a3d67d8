"""`rig case`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import cast

import click

from rig.cli.options import (
    bench_option,
    chosen_bench,
    dut_option,
    json_option,
    persona_option,
    pics_option,
)
from rig.cli.output import echo_json, records_json, table, talk
from rig.cli.session import any_daemon
from rig.client.results import CaseLine
from rig.jsontypes import Json

AUTHOR = [sys.executable, "-m", "rig.conformance.case_author"]
_JSON = {True: ("--json",), False: ()}


@click.group()
def case() -> None:
    """The catalogue of cases: every row of appendix C of the test procedure."""


@case.command("list")
@dut_option(required=False)
@pics_option
@bench_option
@persona_option
@json_option
def list_cases(
    dut: str | None, pics: Path | None, bench: Path | None, persona: str | None, as_json: bool
) -> None:
    """List every case, whether it applies, and why not.

    Without --dut both roles are listed. The obligation is M(andatory), C(onditional) or
    O(ptional).
    """
    bench = chosen_bench(bench, persona)
    roles = [dut] if dut else ["station", "csms"]
    with any_daemon(bench, offline=True) as client:
        found = {role: client.cases(role, pics) for role in roles}
    if as_json:
        echo_json({role: records_json(lines) for role, lines in found.items()})
        return
    for role, lines in found.items():
        click.echo(click.style(f"{'charging station' if role == 'station' else role} under test",
                               underline=True))  # fmt: skip
        for text in case_lines(lines):
            click.echo(text)
        click.echo()
    for role, lines in found.items():
        ready = sum(c.implemented and c.applies for c in lines)
        applies = sum(c.applies for c in lines)
        talk(f"{role}: {len(lines)} rows, {applies} apply, {ready} of them can be run")


@case.command()
@click.argument("octt_id", metavar="CASE")
@dut_option(required=False)
@json_option
def show(octt_id: str, dut: str | None, as_json: bool) -> None:
    """Show what CASE is about and what it does."""
    with any_daemon(None, offline=True) as client:
        said = client.case(octt_id, dut or "")
    if as_json:
        echo_json(said)
        return
    for line in description(said):
        click.echo(line)


def case_lines(lines: tuple[CaseLine, ...]) -> list[str]:
    """A table of cases. ● can be run, ○ applies but has no case yet, – does not apply."""
    rows = []
    for c in lines:
        sign = "–" if not c.applies else "●" if c.implemented else "○"
        why = c.reason if not c.applies else "" if c.implemented else "no case yet"
        rows.append((sign, c.octt_id, c.obligation or "-", c.title, why))
    return table(("", "case", "", "title", "why not"), rows)


def description(said: dict[str, Json]) -> list[str]:
    """A case as text: fields first, the steps last."""
    lines = [click.style(f"{said.get('octt_id', '')}  {said.get('title', '')}", bold=True)]
    steps = cast("str", said.get("steps") or "")
    for key, value in said.items():
        if key in {"octt_id", "title", "steps"} or value in (None, "", [], {}):
            continue
        lines.append(f"{key.replace('_', ' ')}: {_plain(value)}")
    return [*lines, *(["", *steps.rstrip().splitlines()] if steps else [])]


def _plain(value: Json) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(_plain, value)) if isinstance(value, list) else str(value)


@case.command()
@click.argument("octt_id", metavar="CASE")
@dut_option(required=True)
@click.option("--write", type=click.Path(dir_okay=False, path_type=Path),
              help="A new module for it; an existing file is never touched.")  # fmt: skip
@json_option
def new(octt_id: str, dut: str, write: Path | None, as_json: bool) -> int:
    """Begin CASE, for its author: function, detection row, and where they go.

    Without --write it is printed. A case that exists is not begun again.
    """
    file = [] if write is None else ["--write", str(write)]
    return _author("new", octt_id, "--dut", dut, *file, *_JSON[as_json])


@case.command()
@click.argument("octt_ids", metavar="[CASE...]", nargs=-1)
@json_option
def lint(octt_ids: tuple[str, ...], as_json: bool) -> int:
    """Check the source of cases: claims with their sources, known words, no sleep.

    Exit code 1 when something is wrong, with place and remedy.
    """
    return _author("lint", *octt_ids, *_JSON[as_json])


def _author(*arguments: str) -> int:
    return subprocess.run([*AUTHOR, *arguments], check=False).returncode  # noqa: S603  # ourselves
