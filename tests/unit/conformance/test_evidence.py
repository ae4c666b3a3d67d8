"""What a case found out, on the time line and in its record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from rig.clock import Clock
from rig.conformance.evidence import Evidence, Phase
from rig.events import Event, EventBus, Kind

CLOCK = Clock()


def evidence() -> Evidence:
    return Evidence("003", EventBus(CLOCK), CLOCK)


@contextmanager
def told(e: Evidence) -> Iterator[list[Event]]:
    """Events that come onto the time line inside the block."""
    seen: list[Event] = []
    with e._bus.listen(seen.append):
        yield seen


@pytest.mark.parametrize("ok", [True, False])
def test_check_is_recorded_and_told(ok: bool) -> None:
    e = evidence()
    with told(e) as events:
        returned = e.check("a claim", ok, "OCPP 1.6, 6.45", expected=1, seen=None, seqs=[3, 4])
    assert returned is ok
    (record,) = e.checks
    assert (record.name, record.requirement, record.ok) == ("a claim", "OCPP 1.6, 6.45", ok)
    assert (record.expected, record.seen, record.seqs) == ("1", "None", (3, 4))
    assert (record.severity, record.kind) == ("error", "tool")
    (event,) = events
    assert event.kind == Kind.CHECK
    assert event.data == {
        "octt_id": "003", "name": "a claim", "requirement": "OCPP 1.6, 6.45", "ok": ok,
        "expected": "1", "seen": "None", "severity": "error",
    }  # fmt: skip


def test_muted_check_is_judged_and_not_recorded() -> None:
    e = evidence()
    e.muted = True
    with told(e) as events:
        assert e.check("a claim", False, "") is False
    assert (e.checks, events, e.failed, e.first_failure()) == ([], [], 0, "")


def test_variant_stands_before_the_name() -> None:
    e = evidence()
    e.variant = "remote"
    e.check("a claim", True, "")
    assert e.checks[0].name == "[remote] a claim"


def test_finding_is_recorded_and_told() -> None:
    e = evidence()
    with told(e) as events:
        e.finding("D3", "fail", "twice", (5,))
    (record,) = e.findings
    assert (record.rule, record.severity, record.detail, record.seqs) == (
        "D3",
        "fail",
        "twice",
        (5,),
    )
    (event,) = events
    assert (event.kind, event.data["rule"], event.data["detail"]) == (Kind.FINDING, "D3", "twice")


# --- failures -------------------------------------------------------------------------------------


def test_first_failed_check_is_the_cause() -> None:
    e = evidence()
    e.finding("D3", "fail", "twice")
    e.check("fine", True, "")
    e.check("only a warning", False, "", severity="warn")
    e.check("broken", False, "", expected="x", seen="y")
    e.check("broken too", False, "")
    assert e.first_failure() == "broken: expected x, seen y"
    assert e.failed == 2


def test_first_finding_that_fails_is_the_cause_when_every_check_held() -> None:
    e = evidence()
    e.check("fine", True, "")
    e.finding("S4", "warn", "odd")
    e.finding("D3", "fail", "twice")
    assert e.first_failure() == "rule D3: twice"
    assert e.failed == 0


def test_without_failure_there_is_no_cause() -> None:
    e = evidence()
    e.check("only a warning", False, "", severity="warn")
    e.finding("S4", "warn", "odd")
    assert e.first_failure() == ""


# --- phases and steps -----------------------------------------------------------------------------


def test_phase_of_an_event_is_the_one_it_came_in() -> None:
    e = evidence()
    before = e.seq
    e.enter(Phase.STEPS)
    steps = e.seq
    e.enter(Phase.CLEANUP)
    assert e.phase is Phase.CLEANUP
    assert [e.phase_at(seq) for seq in (before, steps, steps + 1, steps + 99)] == [
        Phase.PREPARATION, Phase.STEPS, Phase.CLEANUP, Phase.CLEANUP,
    ]  # fmt: skip


def test_case_begins_with_preparation() -> None:
    e = evidence()
    assert (e.phase, e.phase_at(99)) == (Phase.PREPARATION, Phase.PREPARATION)


def test_phase_is_told() -> None:
    e = evidence()
    with told(e) as events:
        e.enter(Phase.STEPS)
    assert [(ev.kind, ev.data) for ev in events] == [
        (Kind.CASE, {"octt_id": "003", "phase": "steps"})
    ]


def test_step_is_shown_while_it_goes_on() -> None:
    e = evidence()
    with told(e) as events:
        with e.step("plug in"):
            assert [ev.data["state"] for ev in events] == ["waiting"]
    assert [ev.data["state"] for ev in events] == ["waiting", "done"]
    assert {ev.data["text"] for ev in events} == {"plug in"}


@pytest.mark.parametrize("error", [LookupError, KeyboardInterrupt])
def test_step_that_fails_is_shown_and_fails(error: type[BaseException]) -> None:
    e = evidence()
    with told(e) as events:
        with pytest.raises(error):
            with e.step("plug in"):
                raise error
    assert [ev.data["state"] for ev in events] == ["waiting", "failed"]
