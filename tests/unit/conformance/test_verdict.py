"""Verdicts only get worse; rule D4; exit codes."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.conformance.verdict import EXIT_CODES, Outcome, Result, Verdict, decide, exit_code, worst
from rig.runs.records import STRAYED, VALIDATION, VERDICTS

PASS, FAIL, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE
ABORTED, ERROR, NOT_APPLICABLE = Verdict.ABORTED, Verdict.ERROR, Verdict.NOT_APPLICABLE
ORDER = [PASS, INCONCLUSIVE, FAIL, ABORTED, ERROR]
some = st.lists(st.sampled_from(Verdict), max_size=6)


@pytest.mark.parametrize(("better", "worse"), list(itertools.combinations(ORDER, 2)))
def test_worse_of_two(better: Verdict, worse: Verdict) -> None:
    assert worst([better, worse]) is worst([worse, better]) is worse


@pytest.mark.parametrize("verdict", Verdict)
def test_verdict_alone_stays(verdict: Verdict) -> None:
    assert worst([verdict]) is verdict
    assert worst([verdict, verdict]) is verdict


@pytest.mark.parametrize("verdict", Verdict)
def test_not_applicable_never_counts(verdict: Verdict) -> None:
    assert worst([NOT_APPLICABLE, verdict]) is worst([verdict, NOT_APPLICABLE]) is verdict


def test_of_nothing_nothing_is_applicable() -> None:
    assert worst([]) is NOT_APPLICABLE


@given(some, some)
def test_parts_may_be_judged_first(one: list[Verdict], other: list[Verdict]) -> None:
    assert worst([*one, *other]) is worst([worst(one), worst(other)])


@given(some, st.sampled_from(ORDER))
def test_one_more_verdict_never_makes_it_better(before: list[Verdict], more: Verdict) -> None:
    after = worst([*before, more])
    assert after in (worst(before), more)
    if worst(before) is not NOT_APPLICABLE:
        assert ORDER.index(after) >= ORDER.index(worst(before))


def test_store_and_lattice_have_the_same_order() -> None:
    assert [v.value for v in ORDER] == list(VERDICTS)


# --- rule D4 --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("checks", "strayed", "frames", "status", "retest", "verdict", "tool", "result"),
    [
        pytest.param(True, False, True, True, False, PASS, PASS, "success", id="all well"),
        pytest.param(False, False, True, True, False, FAIL, FAIL, "failed", id="a check"),
        pytest.param(True, True, True, True, False, FAIL, FAIL, "failed", id="strayed"),
        pytest.param(True, False, False, True, False, FAIL, FAIL, "failed", id="a frame"),
        pytest.param(True, False, True, False, False, FAIL, PASS, "failed", id="a status"),
        pytest.param(False, True, False, False, False, FAIL, FAIL, "failed", id="everything"),
        pytest.param(
            False, False, True, True, True, INCONCLUSIVE, FAIL, "retest", id="a check, D2-b"
        ),
        pytest.param(
            True, False, True, False, True, INCONCLUSIVE, PASS, "retest", id="a status, D2-b"
        ),
        pytest.param(True, False, True, True, True, PASS, PASS, "success", id="well, with D2-b"),
    ],
)
def test_parts_of_a_run_become_one_verdict(
    checks: bool,
    strayed: bool,
    frames: bool,
    status: bool,
    retest: bool,
    verdict: Verdict,
    tool: Verdict,
    result: str,
) -> None:
    outcome = decide(
        checks_ok=checks,
        strayed=strayed,
        frame_rules_ok=frames,
        status_rules_ok=status,
        retest=retest,
    )
    assert (outcome.verdict, outcome.tool_verdict) == (verdict, tool)
    assert outcome.result == Result(result)


@pytest.mark.parametrize(
    ("wrong", "failed_as"),
    [
        pytest.param({"checks_ok": False}, VALIDATION, id="a check"),
        pytest.param({"frame_rules_ok": False}, VALIDATION, id="a frame"),
        pytest.param({"status_rules_ok": False}, VALIDATION, id="a status"),
        pytest.param({"strayed": True}, STRAYED, id="a call that no step has"),
        pytest.param(
            {"checks_ok": False, "only_absent": True, "strayed": True}, STRAYED, id="no call"
        ),
        pytest.param({"checks_ok": False, "strayed": True}, VALIDATION, id="a check, and strayed"),
        pytest.param(
            {"checks_ok": False, "only_absent": True, "frame_rules_ok": False}, VALIDATION,
            id="no call, and a frame",
        ),
        pytest.param({}, "", id="all well"),
        pytest.param({"checks_ok": False, "retest": True}, "", id="retest"),
    ],
)  # fmt: skip
def test_a_failure_is_one_of_the_two_of_appendix_d(wrong: dict[str, bool], failed_as: str) -> None:
    well = {"checks_ok": True, "strayed": False, "frame_rules_ok": True, "status_rules_ok": True}
    given: dict[str, Any] = {**well, **wrong}
    assert decide(**given).failed_as == failed_as


@pytest.mark.parametrize("override", [INCONCLUSIVE, ABORTED, ERROR])
def test_run_that_went_wrong_says_nothing_about_the_device(override: Verdict) -> None:
    for parts in itertools.product((False, True), repeat=5):
        checks, strayed, frames, status, retest = parts
        outcome = decide(
            checks_ok=checks,
            strayed=strayed,
            frame_rules_ok=frames,
            status_rules_ok=status,
            retest=retest,
            override=override,
        )
        assert outcome == Outcome(override, override, Result.RETEST)


@given(st.tuples(*[st.booleans()] * 5), st.integers(0, 3))
def test_one_more_fault_never_helps(parts: tuple[bool, bool, bool, bool, bool], which: int) -> None:
    good, bad = list(parts), list(parts)
    good[which], bad[which] = True, False
    one, other = (
        decide(
            checks_ok=p[0],
            strayed=not p[1],
            frame_rules_ok=p[2],
            status_rules_ok=p[3],
            retest=p[4],
        )
        for p in (good, bad)
    )
    assert ORDER.index(other.verdict) >= ORDER.index(one.verdict)
    assert ORDER.index(other.tool_verdict) >= ORDER.index(one.tool_verdict)


# --- exit codes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "code"),
    [(PASS, 0), (FAIL, 1), (INCONCLUSIVE, 3), (NOT_APPLICABLE, 5), (ERROR, 70), (ABORTED, 130)],
)
def test_exit_code_is_a_contract(verdict: Verdict, code: int) -> None:
    assert exit_code(verdict) == code


def test_every_verdict_has_an_exit_code_of_its_own() -> None:
    assert set(EXIT_CODES) == set(Verdict)
    assert len(set(EXIT_CODES.values())) == len(EXIT_CODES)
