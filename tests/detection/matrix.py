"""The page of what has been seen to fail: every case, its validations, a station that fails each.

    .venv/bin/python -m tests.detection.matrix        # renews docs/reference/detection-matrix.md

Validations come from runs of the correct station, stations from the rows. `test_matrix` keeps the
page in step, case by case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from rig.conformance.catalogue import load
from tests.detection import found_rows
from tests.detection.found_rows import Found
from tests.detection.rows.rules import NOT_SEEN
from tests.detection.rows.rules import WRONG as BROKEN
from tests.detection.search import laboratories, names_of, rows_of_appendix_c, run

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "detection-matrix.md"
NONE = "**none yet**"
LINE = re.compile(r"^\| (?P<validation>.+) \| (?P<station>.+) \|$", re.MULTILINE)

HEAD = """# What a PASS is worth: the detection matrix

Each validation of each case with a station under test, and an emulated station that is wrong in
one respect and fails exactly this one first. Stations are described by
[the emulator's defects](station-emulator.md#defects), joined by `+`; in brackets is the laboratory,
where it is not the usual one. `(2)` is the second check of that name in the case. `tests/detection`
runs all of them, and the correct station, which passes everything without a finding.

This page is made by `make matrix` from the rows in `tests/detection/found`; a test keeps it in
step.

"""


def validations_of(case: str) -> list[str]:
    """Validations of a case, from runs of the correct station in each of its laboratories."""
    return in_order(names_of(case, run(case, setup).case(case)) for setup in laboratories(case))


def in_order(laboratories: Iterable[list[str]]) -> list[str]:
    """Validations of several laboratories, each once."""
    return list(dict.fromkeys(name for names in laboratories for name in names))


def section(case: str, names: Iterable[str], rows: Iterable[Found]) -> str:
    """The part of the page about a case."""
    (row,) = load().find([case])
    stations = {row.validation: row for row in rows}
    lines = [
        f"## {case} {row.title}",
        "",
        "| Validation | Station that fails it |",
        "| --- | --- |",
    ]
    for name in names:
        station = stations.get(name)
        shown = NONE if station is None else f"`{_cell(station.defects)}`"
        if station is not None and station.setup:
            shown += f" ({station.setup})"
        lines.append(f"| {_cell(name)} | {shown} |")
    return "\n".join(lines) + "\n"


def rules_section() -> str:
    """The part of the page about the rules that hold in every case."""
    lines = [
        f"## Rules of class fail: {len(BROKEN)} have been seen broken",
        "",
        "| Rule | Case, and station that breaks it there |",
        "| --- | --- |",
    ]
    for row in BROKEN:
        case, station, rule, setup = (*row, "")[:4]
        where = f" ({setup})" if setup else ""
        lines.append(f"| {rule} | {case}: `{_cell(station)}`{where} |")
    lines += [f"| {rule} | none: {_cell(reason)} |" for rule, reason in NOT_SEEN.items()]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def summary(sections: Iterable[str]) -> str:
    """How many validations there are, and how many have been seen to fail."""
    cells = [m for text in sections for m in LINE.finditer(text)]
    cells = [m for m in cells if m["validation"] not in ("Validation", "---")]
    seen = sum(m["station"] != NONE for m in cells)
    share = 100 * seen / len(cells) if cells else 0.0
    return f"**{seen} of {len(cells)} validations have been seen to fail: {share:.1f} %.**\n\n"


def sections_of(text: str) -> list[str]:
    """The parts of a page about cases."""
    return [f"## {part}" for part in text.split("\n## ")[1:] if not part.startswith("Rules")]


def page(sections: list[str]) -> str:
    """The whole page."""
    return HEAD + summary(sections) + "\n".join([*sections, rules_section()])


def main() -> None:
    """Renew the page."""
    sections = [
        section(case, validations_of(case), found_rows.load(case)) for case in rows_of_appendix_c()
    ]
    PAGE.write_text(page(sections))
    print(summary(sections).strip())


if __name__ == "__main__":
    main()
