"""The page of rules is that of the code, and the rules are those of the conformance reference."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rig.conformance.missing_status import EXCEPTIONS
from rig.conformance.rules import reference
from rig.conformance.rules.not_judged import NOT_JUDGED
from rig.conformance.rules.registry import rules
from rig.conformance.status_rules import REASONS, STATUS_RULES

ROOT = Path(reference.__file__).parents[3]
PAGE = ROOT / "docs" / "reference" / "rules.md"
RULES = ROOT.parent / "shared" / "conformance" / "rules.md"
WITH_REFERENCE = pytest.mark.skipif(
    not RULES.exists(), reason=f"the conformance reference is not in {RULES}"
)
TIMES = "M12"


def theirs() -> dict[str, str]:
    """Class of each rule of the reference; "" where its table has none."""
    text = RULES.read_text()
    tables = re.findall(
        r"^\| ([SM]\d+(?:\.\d+)?) \| (?:\w+ \| )?(fail|warn|info) \|", text, re.MULTILINE
    )
    found: dict[str, str] = dict(tables)
    return found | dict.fromkeys(re.findall(r"^## (D\d|M12)\b", text, re.MULTILINE), "")


def test_page_is_up_to_date() -> None:
    made_by = "run: python -m rig.conformance.rules.reference docs/reference/rules.md"
    assert PAGE.read_text() == reference.page(), made_by


@pytest.mark.parametrize("entry", reference.entries(), ids=lambda e: e.id)
def test_each_rule_says_what_it_demands_and_where_it_looks(entry: reference.Entry) -> None:
    assert entry.sentence.endswith(".")
    assert entry.looks_at.endswith(".")
    assert "|" not in entry.sentence + entry.looks_at


@WITH_REFERENCE
def test_rules_are_those_of_the_reference() -> None:
    judged = {e.id for e in reference.entries()}
    assert judged & set(NOT_JUDGED) == set()
    assert judged | set(NOT_JUDGED) == set(theirs())


@WITH_REFERENCE
def test_classes_are_those_of_the_reference() -> None:
    ours: dict[str, str] = {id: rule.severity for id, rule in rules().items()}
    ours |= {id: severity for id, (severity, _) in STATUS_RULES.items() if id[0] == "S"}
    reference_classes = theirs()
    assert ours == {id: reference_classes[id] for id in ours}


@WITH_REFERENCE
def test_exceptions_are_those_of_the_reference() -> None:
    text = RULES.read_text()
    named = set(re.findall(r"\b(D[12]-[a-f])\b", text))
    assert {e.rule for e in EXCEPTIONS} | set(REASONS) == named | {"D2-g"}  # ours: ADR 0033


@pytest.mark.parametrize("id", NOT_JUDGED)
def test_what_is_not_judged_has_a_reason(id: str) -> None:
    assert len(NOT_JUDGED[id]) > 30
