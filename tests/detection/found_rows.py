"""Rows of the matrix on disk: a file per case, a line per validation and station that fails it.

    [two-plugs]
    Authorize received  <=  skip:Authorize

A line in brackets names the laboratory of those below it; before the first it is the usual one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("found")
ARROW = "  <=  "


@dataclass(frozen=True, slots=True)
class Found:
    """A station that fails a validation.

    Attributes:
        case: id.
        validation: as `validations` names it.
        defects: of the station, joined by " + ".
        setup: laboratory.
    """

    case: str
    validation: str
    defects: str
    setup: str = ""

    @property
    def station(self) -> list[str]:
        """Its defects."""
        return self.defects.split(" + ")


def load(case: str) -> list[Found]:
    """The rows of a case; none, if there is no file."""
    file, setup, rows = FOLDER / f"{case}.txt", "", []
    for line in file.read_text().splitlines() if file.exists() else []:
        if line.startswith("[") and line.endswith("]") and ARROW not in line:
            setup = line[1:-1]
        elif line.strip():
            validation, _, defects = line.partition(ARROW)
            rows.append(Found(case, validation, defects, setup))
    return rows


def load_all() -> list[Found]:
    """The rows of all cases."""
    return [row for file in sorted(FOLDER.glob("*.txt")) for row in load(file.stem)]


def save(case: str, rows: Iterable[Found]) -> None:
    """Write the rows of a case, laboratory by laboratory."""
    lines, setup = [], ""
    for row in sorted(rows, key=lambda row: row.setup):  # a stable sort
        if row.setup != setup:
            lines.append(f"[{row.setup}]")
            setup = row.setup
        lines.append(f"{row.validation}{ARROW}{row.defects}")
    (FOLDER / f"{case}.txt").write_text("\n".join(lines) + "\n" if lines else "")
