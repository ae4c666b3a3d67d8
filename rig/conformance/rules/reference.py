"""The page docs/reference/rules.md, made of what the rules say about themselves.

python -m rig.conformance.rules.reference docs/reference/rules.md
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rig.conformance.catalogue import Role
from rig.conformance.missing_status import EXCEPTIONS, exception
from rig.conformance.rules.not_judged import NOT_JUDGED
from rig.conformance.rules.registry import order, rules
from rig.conformance.status_rules import REASONS, STATUS_RULES
from rig.conformance.verdict import decide

CHAPTERS = {
    "D": "Appendix D: reports of the station",
    "S": "Connector statuses",
    "M1": "Connection",
    "M2": "Frames",
    "M3": "Call discipline",
    "M4": "Payloads and errors",
    "M5": "Boot, heartbeat, clock",
    "M6": "Authorisation",
    "M7": "Transactions",
    "M8": "Metering",
    "M9": "Queue and retries",
    "M10": "Configuration",
    "M11": "Commands",
}
ROLES = {(Role.STATION,): "station", (Role.CSMS,): "CSMS", (Role.STATION, Role.CSMS): "both"}
HEAD = """# Rules over the log

Made by `python -m rig.conformance.rules.reference docs/reference/rules.md`; do not edit.

Every rule is judged in every case, over preparation and steps, whatever the case is about. A
breach of class *fail* fails the case, *warn* is reported, *info* is only mentioned; where a rule
says so, a milder breach has a milder class. Rules D and those of S that look at single reports
count during the steps only. What a log cannot tell stands at the end, with the reason.

How times are compared: two moments agree within `max_time_deviation`, plus a second where a time
stamp has no fractions. Intervals are measured between arrivals, on the monotonic clock. A rule
about an interval says nothing where the station was busy with itself: a connection, a boot, a
reset or the mains came or went.

With `strictness: octt` in the edition of a bench file, or `rig run --strictness octt`, these are
failures or warnings that the standard does not ask for: M6.5 (an Authorize for a card that list or
cache knows) fails, M4.4 warns of CALLERROR NotSupported for reservations, and checks of cases that
only the reference tool makes (068: no Authorize for a card that cannot stop) fail.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule as the page shows it."""

    id: str
    severity: str
    about: str
    sentence: str
    looks_at: str

    @property
    def chapter(self) -> str:
        """Key of `CHAPTERS`."""
        return self.id[0] if self.id[0] in "DS" else self.id.partition(".")[0]


def entries() -> list[Entry]:
    """All rules that are judged, in order."""
    found = [
        Entry(r.id, r.severity, ROLES[r.roles], r.sentence, r.looks_at) for r in rules().values()
    ]
    found += [_described(id, cls, judge) for id, (cls, judge) in STATUS_RULES.items()]
    found += [_described("D1", "fail", exception), _described("D4", "fail", decide)]
    return sorted(found, key=lambda e: order(e.id))


def _described(id: str, severity: str, function: object) -> Entry:
    text = (inspect.getdoc(function) or "").partition("\nArgs:")[0]
    sentence, _, looks_at = text.partition("Looks at:")
    return Entry(id, severity, "station", " ".join(sentence.split()), " ".join(looks_at.split()))


def page() -> str:
    """The page."""
    return "\n".join([HEAD, *_chapters(), *_exceptions(), *_not_judged()])


def _chapters() -> Iterator[str]:
    listed = entries()
    for key, title in CHAPTERS.items():
        yield f"## {title}\n"
        yield "| Id | Class | Under test | Rule | Looks at |"
        yield "|---|---|---|---|---|"
        for e in listed:
            if e.chapter == key:
                yield f"| {e.id} | {e.severity} | {e.about} | {e.sentence} | {e.looks_at} |"
        yield ""


def _exceptions() -> Iterator[str]:
    yield "## Exceptions of D1 and D2\n"
    yield "| Id | Exception |"
    yield "|---|---|"
    for e in EXCEPTIONS:
        when = f", where the PICS declares `{e.fact}`" if e.fact else ""
        when += f", where {e.instead} comes in its place" if e.instead else ""
        yield f"| {e.rule} | {e.status} may be missing in {', '.join(e.cases)}{when} |"
    for id, reason in REASONS.items():
        yield f"| {id} | an unexpected report is valid: {reason} |"
    yield ""


def _not_judged() -> Iterator[str]:
    yield "## Not decidable on a log\n"
    yield "| Id | Why |"
    yield "|---|---|"
    for id, reason in NOT_JUDGED.items():
        yield f"| {id} | {reason} |"
    yield ""


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page())
