"""Which readings of a coil are right while the board times a pulse."""

from __future__ import annotations

import pytest

from drivers.relay.pulses import Pulses

OPEN, CLOSED = (False, False), (False, True)


@pytest.fixture
def pulses() -> Pulses:
    pulses = Pulses()
    pulses.begin(1, until=10.0)
    return pulses


@pytest.mark.parametrize("got", [OPEN, CLOSED], ids=["open", "closed"])
@pytest.mark.parametrize("known", [OPEN, CLOSED], ids=["was open", "was closed"])
def test_a_live_pulse_may_be_either(
    pulses: Pulses, known: tuple[bool, ...], got: tuple[bool, ...]
) -> None:
    assert pulses.expect(known, got, 9.9) == got
    assert pulses.live(9.9) == {1}


def test_a_pulse_that_is_over_has_opened(pulses: Pulses) -> None:
    assert pulses.live(10.0) == set()
    assert pulses.expect(CLOSED, CLOSED, 10.0) == OPEN
    assert pulses.expect(CLOSED, CLOSED, 10.1) == CLOSED  # forgotten: closed by an order since


def test_a_coil_that_was_opened_stays_open_until_the_timer_is_over(pulses: Pulses) -> None:
    pulses.cut(1)
    assert pulses.live(9.0) == {1}
    assert pulses.expect(OPEN, CLOSED, 9.0) == OPEN


def test_other_coils_read_what_they_were(pulses: Pulses) -> None:
    assert pulses.expect((True, False), (False, True), 9.0) == (True, True)
    pulses.cut(0)  # not in a pulse: nothing to cut


def test_after_entering_anew_nothing_is_known(pulses: Pulses) -> None:
    pulses.forget()
    assert pulses.live(0.0) == set()
    assert pulses.expect(OPEN, CLOSED, 0.0) == OPEN
