"""stdout is data, stderr is talk: JSON, columns that fit the terminal, and errors."""

from __future__ import annotations

import itertools
import json
import shutil
import sys
import textwrap
from collections.abc import Sequence

import click

from rig.client.errors import ClientError
from rig.client.results import to_json
from rig.client.words import VERDICT_SIGNS
from rig.jsontypes import Json

SEVERITY = ("NOT APPLICABLE", "PASS", "INCONCLUSIVE", "FAIL", "ABORTED", "ERROR")
"""Verdicts from harmless to worst."""

MINIMUM_WIDTH = 40
PIPE_WIDTH = 100_000
LONG_WORD = 12
"""A column is made narrower than its words only if they are longer than this."""


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
    """Columns for a table on stdout; when it is no terminal, a row is one whole line."""
    if not sys.stdout.isatty():
        return PIPE_WIDTH
    return max(MINIMUM_WIDTH, shutil.get_terminal_size((80, 24)).columns)


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    cut: int | None = None,
    limit: int | None = None,
) -> list[str]:
    """Aligned columns that fit into `limit`; one string a row, of several lines if it must be.

    Args:
        head: titles of the columns.
        rows: cells, which may carry ANSI styles: those are never shortened.
        cut: index of a column that is cut off with "…" instead of anything being wrapped; for
            what is repeated elsewhere, or too long a list for more than a line each.
        limit: characters per line; None for the terminal's.
    """
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(_length, column)) for column in zip(head, *cells, strict=True)]
    over = sum(widths) + 2 * (len(widths) - 1) - (width() if limit is None else limit)
    if cut is not None:
        widths[cut] = max(8, widths[cut] - max(0, over))
        cells = [[*row[:cut], _shortened(row[cut], widths[cut]), *row[cut + 1 :]] for row in cells]
    else:
        _narrow(widths, [_floor(column) for column in zip(head, *cells, strict=True)], over)
    lines = [_line([click.style(title, bold=True) for title in head], widths)]
    return lines + [_line(row, widths) for row in cells]


def _floor(column: Sequence[str]) -> int:
    """The least width of a column: of a long word, or of everything where a style is."""
    if any(click.unstyle(cell) != cell for cell in column):
        return max(map(_length, column))
    longest = max((len(word) for cell in column for word in cell.split()), default=0)
    return max(min(longest, LONG_WORD), len(column[0]))


def _narrow(widths: list[int], floors: Sequence[int], over: int) -> None:
    """Take from the widest column what is too much, one by one, as far as it goes."""
    for _ in range(over):
        room = [i for i, size in enumerate(widths) if size > floors[i]]
        if not room:
            return
        widths[max(room, key=widths.__getitem__)] -= 1


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    columns = [_wrapped(cell, size) for cell, size in zip(cells, widths, strict=True)]
    return "\n".join(
        "  ".join(
            text + " " * (size - _length(text)) for text, size in zip(texts, widths, strict=True)
        ).rstrip()
        for texts in itertools.zip_longest(*columns, fillvalue="")
    )


def _wrapped(cell: str, size: int) -> list[str]:
    return [cell] if _length(cell) <= size else textwrap.wrap(cell, size) or [""]


def _shortened(cell: str, size: int) -> str:
    return cell[: size - 1] + "…" if _length(cell) > size else cell


def _length(cell: str) -> int:
    return len(click.unstyle(cell))
