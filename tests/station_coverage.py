"""Which test covers which key, message and transition of the emulated station: a table.

A test says what it covers with the marker `rig_covers`; `python -m tests.station_coverage` prints
docs/reference/station-coverage.md. What nothing covers is a hole, and an error.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from firmware_mocks.charging_station.configuration import Access, keys_of
from firmware_mocks.charging_station.persona import Persona
from rig.conformance.status_rules import STATUSES, TRANSITIONS
from rig.ocppj.schemas import FROM_CENTRAL_SYSTEM, FROM_STATION

TESTS = Path(__file__).parent
TABLE = TESTS.parent / "docs" / "reference" / "station-coverage.md"
MARKER = "rig_covers"

REGISTRATION = {
    "OFF-CONNECTING": "power comes",
    "CONNECTING-UNREGISTERED": "the upgrade is accepted",
    "UNREGISTERED-ACCEPTED": "BootNotification.conf Accepted",
    "UNREGISTERED-PENDING": "BootNotification.conf Pending",
    "UNREGISTERED-REJECTED": "BootNotification.conf Rejected",
    "UNREGISTERED-again": "no answer, or a CALLERROR: wait, again",
    "PENDING-BootNotification": "the interval is over, or it was triggered",
    "REJECTED-BootNotification": "the interval is over",
    "ACCEPTED-OFFLINE": "the connection is lost",
    "OFFLINE-ACCEPTED": "connected again, without BootNotification",
    "any-OFF": "power goes",
}
WITH_FINISHING = "not by itself: Finishing is reported in between"
WITH_PREPARING = (
    "after a safety fault no car is seen without pilot: Preparing is reported in between"
)
NOTES: Mapping[str, str] = {
    **{f"transition:{t}": WITH_FINISHING for t in ("C1", "D1", "E1", "C8", "D8", "E8")},
    **{f"transition:{t}": WITH_PREPARING for t in ("I3", "I4", "I5")},
    "transition:I7": "not by itself: a fault ends the reservation",
    "key:ResetRetries": "kept; a reset of the emulator works at the first attempt",
    "key:BlinkRepeat": "kept; there is no lamp",
    "key:LightIntensity": "kept; there is no lamp",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """Something to be covered: its name in markers, and what the table says of it."""

    name: str
    cells: tuple[str, ...]


def keys() -> list[Row]:
    """Configuration keys of a station that has everything."""
    words = {Access.READ: "R", Access.READ_WRITE: "RW", Access.WRITE: "W"}
    found = {key.name: words[key.access] for key in keys_of(Persona(security_extension=True))}
    return [Row(f"key:{name}", (f"`{name}`", found[name])) for name in sorted(found)]


def messages() -> list[Row]:
    """Messages of OCPP 1.6 and the security white paper, with who sends them."""
    rows = []
    for name in sorted(FROM_STATION | FROM_CENTRAL_SYSTEM):
        ways = [
            way
            for way, names in (("sent", FROM_STATION), ("received", FROM_CENTRAL_SYSTEM))
            if name in names
        ]
        rows.append(Row(f"message:{name}", (name, " and ".join(ways))))
    return rows


def registration() -> list[Row]:
    """Transitions between the states of the connection."""
    return [
        Row(f"registration:{name}", (name.replace("-", " → "), what))
        for name, what in REGISTRATION.items()
    ]


def transitions() -> list[Row]:
    """Transitions between the statuses of a connector, OCPP 1.6, 4.9."""
    return [
        Row(f"transition:{letter}{number}", (f"{letter}{number}", f"{before} → {after}"))
        for letter, before in zip("ABCDEFGHI", STATUSES, strict=True)
        for number, after in enumerate(STATUSES, 1)
        if after in TRANSITIONS[before]
    ]


SECTIONS: tuple[tuple[str, tuple[str, str], Callable[[], list[Row]]], ...] = (
    ("Configuration keys", ("Key", "Access"), keys),
    ("Messages", ("Message", "By the station"), messages),
    ("States of the registration", ("Transition", "When"), registration),
    ("Statuses of a connector", ("Transition", "Statuses"), transitions),
)


def _marks(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for mark in function.decorator_list:
        if not isinstance(mark, ast.Call):
            continue
        called = mark.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name in (MARKER, "covers"):
            yield from (ast.literal_eval(argument) for argument in mark.args)


def covering(folder: Path = TESTS) -> dict[str, list[str]]:
    """Tests by what their markers say."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in sorted(folder.rglob("test_*.py")):
        text = file.read_text()
        if MARKER not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for name in _marks(node):
                    found[name].append(f"{file.relative_to(folder.parent)}::{node.name}")
    return found


def problems(found: Mapping[str, list[str]]) -> list[str]:
    """Holes, and markers that name nothing."""
    rows = {row.name for _, _, make in SECTIONS for row in make()}
    return [
        *(f"no test covers {name}" for name in sorted(rows - found.keys())),
        *(f"there is no {name}: {found[name][0]}" for name in sorted(found.keys() - rows)),
        *(f"there is no {name}, but a note about it" for name in sorted(NOTES.keys() - rows)),
    ]


def table(found: Mapping[str, list[str]]) -> str:
    """The page."""
    lines = [
        "# What tests cover of the emulated station",
        "",
        "Each configuration key, message and transition, and the tests that are about it. Read a",
        "test to know how much of its row it proves. The page is kept true by a test, and renewed",
        "by `python -m tests.station_coverage > docs/reference/station-coverage.md`.",
    ]
    for title, heads, make in SECTIONS:
        lines += [
            "",
            f"## {title}",
            "",
            f"| {' | '.join(heads)} | Note | Tests |",
            "|---|---|---|---|",
        ]
        for row in make():
            tests = "<br>".join(_link(test) for test in sorted(found.get(row.name, ())))
            lines.append(f"| {' | '.join(row.cells)} | {NOTES.get(row.name, '')} | {tests} |")
    return "\n".join(lines) + "\n"


def _link(test: str) -> str:
    file, _, name = test.partition("::")
    return f"[{name.removeprefix('test_')}](../../{file})"


def main() -> int:
    """Print the page; holes go to stderr."""
    found = covering()
    print(table(found), end="")
    for problem in (wrong := problems(found)):
        print(problem, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
