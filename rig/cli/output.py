"""stdout is data, stderr is talk: JSON, columns that fit the terminal, and errors."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence

import click

from rig.client.errors import ClientError
from rig.client.results import to_json
from rig.client.words import VERDICT_SIGNS
from rig.jsontypes import Json

SEVERITY = ("NOT APPLICABLE", "PASS", "INCONCLUSIVE", "FAIL", "ABORTED", "ERROR")
"""Verdicts from harmless to worst."""

MINIMUM_WIDTH = 40
PIPE_WIDTH = 200


def verdict_text(verdict: str) -> str:
    """A verdict with its sign, e.g. "✓ PASS"; "…" for a run that goes on."""
    sign, colour = VERDICT_SIGNS.get(verdict, ("…", "cyan"))
    return click.style(f"{sign} {verdict}".rstrip(), fg=colour)


def echo_json(data: Json) -> None:
    """Print JSON values on stdout."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


def records_json(records: Sequence[object]) -> list[Json]:
    """JSON values of several records."""
    return [to_json(record) for record in records]


def talk(text: str = "") -> None:
    """Say something to the person, on stderr."""
    click.echo(text, err=True)


def wants_json(args: Sequence[str]) -> bool:
    """Whether a command line asks for JSON, also when it could not be parsed further."""
    return "--json" in args


def fail(error: ClientError, *, as_json: bool) -> int:
    """Tell an error on stderr, and as JSON on stdout when data was asked for; the exit code."""
    first, *rest = str(error).splitlines() or [""]
    talk(click.style("error: ", fg="red", bold=True) + first)
    for line in rest:
        talk(line)
    if as_json:
        problems: list[Json] = [*error.problems]
        echo_json({"error": error.message, "kind": error.kind, "problems": problems})
    return error.exit_code


def width() -> int:
    """Columns for a table on stdout; plenty when stdout is not a terminal."""
    if not sys.stdout.isatty():
        return PIPE_WIDTH
    return max(MINIMUM_WIDTH, shutil.get_terminal_size((80, 24)).columns)


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], flexible: int, limit: int | None = None
) -> list[str]:
    """Aligned columns; the column `flexible` is shortened until a row fits into `limit`.

    Args:
        head: titles of the columns.
        rows: cells, which may carry ANSI styles.
        flexible: index of the column that may be shortened.
        limit: characters per line; None for the terminal's.
    """
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(_length, column)) for column in zip(head, *cells, strict=True)]
    spare = (width() if limit is None else limit) - sum(widths) - 2 * (len(widths) - 1)
    if spare < 0:
        widths[flexible] = max(8, widths[flexible] + spare)
    lines = [_line([click.style(title, bold=True) for title in head], widths)]
    return lines + [_line(row, widths) for row in cells]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    fitted = [_fit(cell, size) for cell, size in zip(cells, widths, strict=True)]
    return "  ".join(fitted).rstrip()


def _fit(cell: str, size: int) -> str:
    if _length(cell) > size:
        return cell[: size - 1] + "…"
    return cell + " " * (size - _length(cell))


def _length(cell: str) -> int:
    return len(click.unstyle(cell))
