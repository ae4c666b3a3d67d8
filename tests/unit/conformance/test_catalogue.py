"""Appendix C as data: numbers, look-up, and agreement with the conformance reference."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.conformance import cases, catalogue
from rig.conformance.catalogue import Obligation, Role, Row, UnknownCase, load, normal_id
from rig.conformance.pics import default_pics
from rig.conformance.select import select

REFERENCE = Path(catalogue.__file__).parents[4] / "shared" / "conformance"
SCENARIOS = sorted(REFERENCE.glob("scenarios_*.toml"))
COLUMN = {Role.STATION: "charging_station", Role.CSMS: "csms"}
ROWS = load().rows
IDS = [row.octt_id for row in ROWS]


@pytest.mark.parametrize(
    ("role", "mandatory", "conditional", "optional"),
    [(Role.STATION, 57, 31, 5), (Role.CSMS, 48, 5, 20)],
)
def test_numbers_are_those_of_the_appendix(
    role: Role, mandatory: int, conditional: int, optional: int
) -> None:
    counted = Counter(row.obligation[role] for row in load().of(role))
    assert counted == {
        Obligation.MANDATORY: mandatory,
        Obligation.CONDITIONAL: conditional,
        Obligation.OPTIONAL: optional,
    }


def test_rows_are_numbered_1_to_102_in_order_after_the_utilities() -> None:
    assert [row.row for row in ROWS] == [0, 0, *range(1, 103)]


def test_ids_and_printed_numbers_are_unique() -> None:
    printed = [row.no for row in ROWS if row.no]
    assert len(set(IDS)) == len(ROWS)
    assert len(set(printed)) == len(printed)
    unused = {15, 40, 47, 56, 75, 80, 83}
    assert set(printed).isdisjoint(unused)


def test_every_row_concerns_somebody() -> None:
    nobody = [row.octt_id for row in ROWS if set(row.obligation.values()) == {Obligation.NONE}]
    assert nobody == []


@pytest.mark.parametrize("role", Role)
def test_conditional_rows_have_a_condition(role: Role) -> None:
    rows = [r for r in ROWS if r.obligation[role] is Obligation.CONDITIONAL]
    assert [r.octt_id for r in rows if r.when[role] == "true"] == []


@pytest.mark.parametrize("configuration", [None, {}], ids=["before reading", "nothing read"])
@pytest.mark.parametrize("role", Role)
def test_every_condition_uses_facts_that_exist(
    role: Role, configuration: dict[str, object] | None
) -> None:
    facts = default_pics(role).facts() | {"security_certificate": True}
    found = select(load(), role, facts, {} if configuration is not None else None)
    assert [s.row.row for s in found] == list(range(1, 103))


# --- the reference --------------------------------------------------------------------------------


@pytest.mark.skipif(not SCENARIOS, reason=f"the conformance reference is not in {REFERENCE}")
def test_every_row_is_that_of_the_reference() -> None:
    scenarios = [s for f in SCENARIOS for s in tomllib.loads(f.read_text())["scenario"]]
    ours = {row.octt_id: described(row) for row in ROWS}
    theirs = {normal_id(s["id"]): reference_row(s) for s in scenarios}
    assert set(ours) == set(theirs)
    assert {i: row for i, row in ours.items() if row != theirs[i]} == {}


@pytest.mark.skipif(not SCENARIOS, reason=f"the conformance reference is not in {REFERENCE}")
def test_variants_are_those_of_the_reference() -> None:
    """Those of which each is run have names; one of "local" and "remote" follows from the PICS."""
    scenarios = [s for f in SCENARIOS for s in tomllib.loads(f.read_text())["scenario"]]
    theirs = {normal_id(s["id"]): s for s in scenarios if s["variants"]}
    assert {i for i, s in theirs.items() if s["variant_mode"] == "one"} == {"007", "008", "053"}
    each = {i: set(s["variants"]) for i, s in theirs.items() if s["variant_mode"] == "each"}
    assert each
    assert {i: set(cases.find(Role.STATION, i).variants) for i in each} == each


def described(row: Row) -> dict[str, object]:
    """A row as far as the reference has it."""
    found: dict[str, object] = {
        "row": row.row, "no": row.no, "title": row.title, "feature": row.feature,
        "group": row.group,
    }  # fmt: skip
    for role in Role:
        if row.obligation[role] is not Obligation.NONE:
            found[f"{role} obligation"] = row.obligation[role].value
            found[f"{role} when"] = row.when[role]
            found[f"{role} requires"] = row.requires[role]
    return found


def reference_row(scenario: dict[str, object]) -> dict[str, object]:
    """The same of a scenario. Its groups name the Core profile again, ours do not."""
    found = {key: scenario[key] for key in ("row", "no", "title", "feature")}
    found["group"] = str(scenario["group"]).removeprefix("Core Profile - ")
    when, requires = scenario["applies_when"], scenario["requires"]
    assert isinstance(when, dict)
    assert isinstance(requires, dict)
    for role, column in COLUMN.items():
        if scenario[column]:
            found[f"{role} obligation"] = scenario[column]
            found[f"{role} when"] = when[column]
            found[f"{role} requires"] = requires[column] or "true"
    return found


# --- looking up -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "octt_id"),
    [
        ("001", "001"),
        ("_001", "001"),
        ("TC_001_CS", "001"),
        ("TC_004_1_CSMS", "004_1"),
        (" 004_1 ", "004_1"),
        ("000_boot", "000_BOOT"),
        ("_000_BOOT", "000_BOOT"),
    ],
)
def test_row_is_found_under_the_spellings_of_other_documents(asked: str, octt_id: str) -> None:
    (row,) = load().find([asked])
    assert row.octt_id == octt_id


def test_rows_come_in_the_order_in_which_they_were_asked_for() -> None:
    assert [r.octt_id for r in load().find(["004_1", "001", "004_1"])] == ["004_1", "001", "004_1"]


@given(st.sampled_from(IDS), st.sampled_from(["", "_", "TC_"]), st.sampled_from(["", "_CS"]))
def test_every_row_is_found_with_any_decoration(octt_id: str, before: str, after: str) -> None:
    (row,) = load().find([before + octt_id.lower() + after])
    assert row.octt_id == octt_id


@pytest.mark.parametrize(
    ("asked", "near"),
    [("1", "001"), ("04_1", "004_1"), ("004_11", "004_1"), ("0041", "004_1"), ("boot", "000_BOOT")],
)
def test_unknown_id_is_reported_with_the_nearest(asked: str, near: str) -> None:
    with pytest.raises(UnknownCase) as raised:
        load().find([asked])
    assert near in raised.value.asked[asked]
    first, *_ = raised.value.asked[asked]
    assert str(raised.value).startswith(f"no case {asked!r}; did you mean {first}")


def test_id_like_no_other_is_reported_with_a_way_to_the_list() -> None:
    with pytest.raises(UnknownCase) as raised:
        load().find(["xyz"])
    assert str(raised.value) == "no case 'xyz'; list them with: rig case list"


def test_every_unknown_id_is_reported_at_once() -> None:
    with pytest.raises(UnknownCase) as raised:
        load().find(["001", "xyz", "zyx"])
    assert list(raised.value.asked) == ["xyz", "zyx"]
    assert len(str(raised.value).splitlines()) == 2


@given(st.text(max_size=12))
def test_any_text_is_found_or_reported(asked: str) -> None:
    try:
        found = [row.octt_id for row in load().find([asked])]
    except UnknownCase as error:
        found = [] if list(error.asked) == [asked] else ["?"]
    assert found in ([], [i for i in IDS if i.casefold() == normal_id(asked).casefold()])


def test_roles_have_words_for_sentences() -> None:
    assert [role.words for role in Role] == ["charging station", "CSMS"]
