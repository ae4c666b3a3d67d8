"""Rules D4 and D2-b: what checks and findings of a case come to."""

from __future__ import annotations

import pytest

from rig.clock import Clock
from rig.conformance.evidence import Evidence
from rig.conformance.guarded import Ended
from rig.conformance.runner import judge
from rig.conformance.verdict import Verdict
from rig.events import EventBus

OWN, OTHER = 7, 8
"""Places of a report of the station itself (D2-b), and of another message."""


def evidence(*failed: tuple[int, ...], d2_b: bool = True, broken: tuple[int, ...] = ()) -> Evidence:
    """A case in which checks failed that show these messages, and rules that show those."""
    clock = Clock()
    found = Evidence("003", EventBus(clock), clock)
    for seqs in failed:
        found.check("nothing is sent", False, "a test", seqs=seqs)
    for seq in broken:
        found.finding("M3.1", "fail", "a test", (seq,))
    if d2_b:
        found.finding("D2-b", "info", "a test", (OWN,))
    return found


@pytest.mark.parametrize(
    ("found", "result"),
    [
        pytest.param(evidence(), "success", id="nothing failed"),
        pytest.param(evidence((OWN,)), "retest", id="only its own reports made it fail"),
        pytest.param(evidence((OWN,), broken=(OWN,)), "retest", id="a rule about them, too"),
        pytest.param(evidence((OWN,), d2_b=False), "failed", id="no such report"),
        pytest.param(evidence((OWN, OTHER)), "failed", id="another message as well"),
        pytest.param(evidence((OWN,), (OTHER,)), "failed", id="another check as well"),
        pytest.param(evidence((OWN,), ()), "failed", id="something that did not come"),
        pytest.param(evidence((OWN,), broken=(OTHER,)), "failed", id="another rule as well"),
    ],
)
def test_d2_b_makes_a_retest_of_what_it_alone_has_spoilt(found: Evidence, result: str) -> None:
    outcome = judge(found, Ended())
    assert outcome.result.value == result
    wanted = {"success": Verdict.PASS, "retest": Verdict.INCONCLUSIVE, "failed": Verdict.FAIL}
    assert outcome.verdict is wanted[result]


def test_d2_b_does_not_excuse_a_device_that_strayed() -> None:
    found = evidence((OWN,))
    found.strayed = True
    assert judge(found, Ended()).result.value == "failed"
    assert judge(evidence((OWN,)), Ended(None, "no StartTransaction")).result.value == "failed"


def test_what_the_laboratory_has_spoilt_is_a_retest() -> None:
    outcome = judge(evidence(d2_b=False), Ended(Verdict.INCONCLUSIVE, "the relay board is gone"))
    assert (outcome.verdict, outcome.result.value) == (Verdict.INCONCLUSIVE, "retest")
