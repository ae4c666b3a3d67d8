"""What a case validates, by name: each check that it records, and the how many-th of its name.

Checks of the preparation by 000_RESET are those of 000_RESET, whatever case they come before.
Numbers that change from run to run (times, servers, certificates) have no part in a name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from rig.runs.records import CaseRecord, CheckRecord

RESET = "000_RESET: "
LAST_OF_RESET = "no transaction is open"
CHANGING = (
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "<time>"),
    (re.compile(r"://[^/\s]*@?[\d.]+:\d+"), "://<server>"),
    (re.compile(r"(certificate(?:Chain)?) -----BEGIN.*?-----\.*"), r"\1 <certificate>"),
    (re.compile(r"certificateHashData \{.*\}?(?=\))"), "certificateHashData <hash>"),
    (re.compile(r"\b[0-9a-f]{16,}\b"), "<hash>"),
)


def normalised(name: str) -> str:
    """The name of a check without what changes from run to run."""
    for pattern, word in CHANGING:
        name = pattern.sub(word, name)
    return name


def validations(record: CaseRecord) -> Iterator[tuple[str, CheckRecord]]:
    """Each check of severity error with its name, e.g. "Authorize received (2)"."""
    seen: Counter[str] = Counter()
    prefix = RESET if record.dut == "station" else ""
    for check in record.checks:
        name = prefix + normalised(check.name)
        if check.severity != "error":
            continue
        seen[name] += 1
        yield (name if seen[name] == 1 else f"{name} ({seen[name]})"), check
        if prefix and check.name == LAST_OF_RESET:
            prefix = ""


def first_failure(record: CaseRecord) -> str | None:
    """The first validation that failed."""
    return next((name for name, check in validations(record) if not check.ok), None)
