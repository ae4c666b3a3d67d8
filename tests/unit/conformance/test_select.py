"""Which rows apply, and the reason in words for every one."""

from __future__ import annotations

import re

import pytest

from firmware_mocks.charging_station.persona_files import load_persona, shipped
from firmware_mocks.charging_station.persona_pics import pics as declared_by
from rig.conformance.cases import implemented
from rig.conformance.catalogue import Catalogue, Obligation, Role, Row, load
from rig.conformance.expressions import ConfigKey, Configuration
from rig.conformance.pics import Pics, default_pics
from rig.conformance.select import Selection, select

FACTS: dict[str, object] = {"yes": True, "no": False, "security_certificate": False}
M, C, O, NONE = Obligation.MANDATORY, Obligation.CONDITIONAL, Obligation.OPTIONAL, Obligation.NONE  # noqa: E741


def row(
    obligation: Obligation = M,
    when: str = "true",
    requires: str = "true",
    *,
    feature: str = "core",
    number: int = 1,
) -> Row:
    """A row that asks this of a station and nothing of a CSMS."""
    return Row(
        number, number, "001", "title", feature, "group",
        {Role.STATION: obligation, Role.CSMS: NONE},
        {Role.STATION: when, Role.CSMS: "no"},
        {Role.STATION: requires, Role.CSMS: "no"},
    )  # fmt: skip


def judge(one: Row, configuration: Configuration = None, role: Role = Role.STATION) -> Selection:
    (found,) = select(Catalogue((one,)), role, FACTS, configuration)
    assert found.row is one
    return found


@pytest.mark.parametrize(
    ("one", "applies", "decided", "executable", "reason"),
    [
        pytest.param(row(M), True, True, True, "applies: mandatory", id="mandatory"),
        pytest.param(
            row(C, "yes"), True, True, True,
            "applies: conditional, and the condition holds", id="conditional",
        ),
        pytest.param(row(O), True, True, True, "applies: optional", id="optional"),
        pytest.param(
            row(C, "yes and no"), False, True, True,
            "not applicable: no is false", id="condition does not hold",
        ),
        pytest.param(
            row(O, "no"), False, True, True,
            "not applicable: no is false", id="optional row with a condition",
        ),
        pytest.param(
            row(C, "cfg_readwrite('K')"), False, False, True,
            "undecided: K has not been read from the device", id="condition undecided",
        ),
        pytest.param(
            row(M, requires="no"), True, True, False,
            "prerequisite not met: no is false", id="prerequisite not met",
        ),
        pytest.param(
            row(M, requires="cfg_readwrite('K')"), False, False, True,
            "undecided: K has not been read from the device", id="prerequisite undecided",
        ),
        pytest.param(
            row(C, "no", "cfg_readwrite('K')"), False, True, True,
            "not applicable: no is false", id="condition goes before prerequisite",
        ),
        pytest.param(
            row(M, "yess", feature="security"), False, True, True,
            "not applicable: no security certificate is asked for",
            id="security goes before the condition",
        ),
        pytest.param(
            row(NONE, "yess", feature="security"), False, True, True,
            "not part of the programme for a charging station",
            id="the programme goes before everything",
        ),
    ],
)  # fmt: skip
def test_row_is_judged_with_a_reason(
    one: Row, applies: bool, decided: bool, executable: bool, reason: str
) -> None:
    found = judge(one)
    assert (found.applies, found.decided, found.executable) == (applies, decided, executable)
    assert found.reason == reason
    assert found.obligation is one.obligation[Role.STATION]


@pytest.mark.parametrize(
    ("configuration", "applies", "reason"),
    [
        ({"k": ConfigKey("", False)}, True, "applies: conditional, and the condition holds"),
        ({"k": ConfigKey("x", True)}, False, "not applicable: K is 'x', read-only"),
        ({}, False, "not applicable: the device has no key K"),
    ],
)
def test_configuration_decides(configuration: Configuration, applies: bool, reason: str) -> None:
    found = judge(row(C, "cfg_readwrite('K')"), configuration)
    assert (found.applies, found.decided, found.reason) == (applies, True, reason)


def test_each_role_has_its_own_column() -> None:
    assert judge(row(M), role=Role.CSMS).reason == "not part of the programme for a CSMS"


def test_utilities_are_no_cases() -> None:
    rows = Catalogue((row(Obligation.UTILITY), row(M, number=0), row(M, number=7)))
    assert [s.row.row for s in select(rows, Role.STATION, FACTS, None)] == [7]


# --- the real catalogue ---------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_every_row_has_a_reason(role: Role) -> None:
    found = select(load(), role, default_pics(role).facts(), None)
    assert len(found) == 102
    assert [s.row.octt_id for s in found if not s.reason or s.reason.endswith(": ")] == []


@pytest.mark.parametrize("role", Role)
def test_without_configuration_nothing_that_was_decided_is_decided_otherwise(role: Role) -> None:
    facts = default_pics(role).facts()
    before = select(load(), role, facts, None)
    after = select(load(), role, facts, {})
    changed = [b.row.octt_id for b, a in zip(before, after, strict=True) if b.decided and b != a]
    assert changed == []
    assert all(s.decided for s in after)


def test_station_that_can_do_everything_has_no_row_of_a_missing_profile() -> None:
    pics = Pics.model_validate(
        {
            "profiles": {"certificate": "Full"},
            "security": {"security_certificate": True, "security_profiles": ["1", "2", "3"]},
        }
    )
    found = select(load(), Role.STATION, pics.facts(), None)
    missing = re.compile(r"no profile \w+ \(|is not among security.security_profiles")
    assert [s.reason for s in found if missing.search(s.reason)] == []
    basic = select(load(), Role.STATION, default_pics(Role.STATION).facts(), None)
    assert len([s for s in basic if missing.search(s.reason)]) > 30


def test_no_security_row_applies_without_the_certificate() -> None:
    for role in Role:
        found = select(load(), role, default_pics(role).facts(), {})
        security = [s for s in found if s.row.feature == "security"]
        assert len(security) == 9
        assert not any(s.applies for s in security)


def test_unsigned_firmware_is_not_asked_of_a_station_whose_firmware_has_to_be_signed() -> None:
    pics = Pics.model_validate(
        {
            "profiles": {"certificate": "Full"},
            "security": {"security_certificate": True, "security_profiles": ["2"]},
        }
    )
    found = {s.row.octt_id: s for s in select(load(), Role.STATION, pics.facts(), None)}
    assert [found[i].applies for i in ("044_1", "044_2", "044_3", "080", "081")] == [
        False, False, False, True, True,
    ]  # fmt: skip
    assert found["044_1"].reason.startswith("not applicable: 080 and 081 take its place (")
    plain = select(load(), Role.STATION, default_pics(Role.STATION).facts(), None)
    assert not any("take its place" in s.reason for s in plain)


@pytest.mark.parametrize("name", shipped())
def test_every_row_of_a_persona_has_a_case_or_a_reason_that_people_can_read(name: str) -> None:
    pics = Pics.model_validate(declared_by(load_persona(shipped()[name])))
    found = select(load(), Role.STATION, pics.facts(), None, pics.keys_on_paper())
    asked = [s for s in found if s.obligation is not Obligation.NONE]
    assert len(asked) == 93
    assert {s.row.octt_id for s in asked} <= implemented(Role.STATION)
    raw = re.compile(r"cfg_|==| is (true|false)$|profile_|>=")
    assert [s.reason for s in found if not s.reason or raw.search(s.reason)] == []


def test_the_utilities_have_cases_too() -> None:
    assert {"000_RESET", "000_STOPTX"} <= {row.octt_id for row in load().rows}
    assert implemented(Role.STATION) >= {r.octt_id for r in load().of(Role.STATION)}
