"""Silence between frames, as a line's boards see it."""

from __future__ import annotations

import pytest

from firmware_mocks.relay_board.silence import LONGEST_KEPT, SilenceWatch, needed_s


@pytest.mark.parametrize(
    ("baudrate", "needed_ms"),
    [(9600, 3.646), (19200, 1.823), (38400, 1.75), (115200, 1.75), (None, 1.75)],
)
def test_silence_is_of_characters_up_to_19200_baud_and_fixed_above(
    baudrate: int | None, needed_ms: float
) -> None:
    assert round(1000 * needed_s(baudrate), 3) == needed_ms


@pytest.mark.parametrize(("heard_s", "noted"), [(1.0036, [(3.6, 3.646)]), (1.0037, []), (9.0, [])])
def test_a_request_too_soon_after_an_answer_is_noted(
    heard_s: float, noted: list[tuple[float, float]]
) -> None:
    watch = SilenceWatch()
    watch.heard(0.9, 1, 9600)  # nobody has answered yet: nothing to keep silent after
    watch.answered(1.0)
    watch.heard(heard_s, 1, 9600)
    watch.heard(heard_s + 0.001, 0, 9600)  # more of the same request
    assert [(v.gap_ms, v.needed_ms) for v in watch.violations] == noted
    assert watch.shortest_ms == pytest.approx(1000 * (heard_s - 1.0))


def test_two_requests_in_one_piece_are_noted() -> None:
    watch = SilenceWatch()
    watch.heard(1.0, 2, 115200)
    assert watch.report() == {
        "shortest_ms": 0.0,
        "violations": [{"gap_ms": 0.0, "needed_ms": 1.75}],
    }


def test_not_more_than_so_many_are_kept() -> None:
    watch = SilenceWatch()
    for _ in range(LONGEST_KEPT + 1):
        watch.heard(1.0, 2, 9600)
    assert len(watch.violations) == LONGEST_KEPT
