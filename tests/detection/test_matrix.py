"""Every validation of every case fails on a station that is wrong in just that."""

from __future__ import annotations

import pytest

from tests.detection import found_rows, lab, matrix
from tests.detection.found_rows import Found
from tests.detection.search import laboratories, names_of, rows_of_appendix_c, run
from tests.detection.validations import first_failure

RENEW = "renew it: make matrix CASES="


def name_of(row: Found) -> str:
    return f"{row.case}-{row.validation[:60]}"


@pytest.mark.parametrize("row", found_rows.load_all(), ids=name_of)
def test_a_station_fails_the_validation_that_is_meant(row: Found) -> None:
    record = run(row.case, row.setup, *row.station).case(row.case)
    assert (record.verdict, first_failure(record)) == ("FAIL", row.validation), record.cause


@pytest.mark.parametrize("case", rows_of_appendix_c())
def test_a_correct_station_passes_and_the_page_has_all_its_validations(case: str) -> None:
    made = []
    for setup in laboratories(case):
        ran = run(case, setup)
        lab.assert_clean(ran)
        made.append(names_of(case, ran.case(case)))
    section = matrix.section(case, matrix.in_order(made), found_rows.load(case))
    assert section in matrix.PAGE.read_text(), RENEW + case


def test_the_page_tells_the_share_and_the_rules() -> None:
    text = matrix.PAGE.read_text()
    assert matrix.summary(matrix.sections_of(text)) in text, RENEW
    assert matrix.rules_section() in text, RENEW


def test_no_validation_is_left_that_no_station_has_been_seen_to_fail() -> None:
    """`make matrix CASES=...` looks for a station; what none can fail is no check, and goes."""
    assert matrix.NONE not in "".join(matrix.sections_of(matrix.PAGE.read_text()))
