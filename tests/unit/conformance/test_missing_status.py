"""Rule D1: which reports may be missing, table by table of appendix D."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rig.conformance import missing_status
from rig.conformance.missing_status import EXCEPTIONS, exception

RULES = Path(missing_status.__file__).parents[3] / "shared" / "conformance" / "rules.md"
UPDATES = {"updates_firmware_during_transaction": True}


@pytest.mark.parametrize(
    ("octt_id", "status", "facts", "reported", "rule"),
    [
        pytest.param("044_1", "Unavailable", UPDATES, (), "D1-a", id="D1-a"),
        pytest.param("080", "Unavailable", UPDATES, (), "D1-a", id="D1-a signed"),
        pytest.param("044_1", "Unavailable", {}, (), None, id="D1-a not declared"),
        pytest.param("044_2", "Unavailable", UPDATES, (), None, id="D1-a another case"),
        pytest.param("037_1", "Charging", {}, (), "D1-b", id="D1-b"),
        pytest.param("037_1", "Preparing", {}, (), None, id="D1-b another status"),
        pytest.param("036", "Charging", {}, (), None, id="D1-b another case"),
        pytest.param("039", "Finishing", {}, (), "D1-c", id="D1-c"),
        pytest.param("015", "Finishing", {}, ("Unavailable",), "D1-d", id="D1-d"),
        pytest.param("015", "Finishing", {}, (), None, id="D1-d nothing in its place"),
        pytest.param("016", "Finishing", {}, (), "D1-e", id="D1-e"),
    ],
)
def test_exception(
    octt_id: str, status: str, facts: dict[str, object], reported: tuple[str, ...], rule: str | None
) -> None:
    found = exception(octt_id, status, facts, reported)
    assert (found.rule if found else None) == rule


@pytest.mark.skipif(not RULES.exists(), reason=f"the conformance reference is not in {RULES}")
def test_exceptions_are_those_of_the_reference() -> None:
    table = re.findall(r"^\| (D1-\w) \| (.*?) \| (\w+) ", RULES.read_text(), re.MULTILINE)
    theirs = {
        rule: (set(re.findall(r"`_([0-9_]+)`", cases)), status) for rule, cases, status in table
    }
    assert theirs == {e.rule: (set(e.cases), e.status) for e in EXCEPTIONS}
