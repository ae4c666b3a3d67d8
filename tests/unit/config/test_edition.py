"""Editions: a name for what is different, and switches of one's own."""

from __future__ import annotations

import pytest

from rig.config.edition import OF_EDITION, Edition, edition_named
from rig.errors import ConfigError

from .test_bench_file import LAB, Load


def test_the_default_is_the_programme_of_2020(load: Load) -> None:
    edition = load(LAB).edition
    assert edition == Edition() == edition_named("2020")
    assert edition.told == "2020"


@pytest.mark.parametrize("name", OF_EDITION)
def test_each_edition_can_be_had_by_its_name_alone(name: str, load: Load) -> None:
    edition = load(f"{LAB}edition: {name}\n").edition
    assert edition == edition_named(name)
    assert (edition.name, edition.told) == (name, name)
    assert {k: getattr(edition, k) for k in OF_EDITION[name]} == OF_EDITION[name]


def test_a_switch_of_ones_own_is_laid_over_the_edition(load: Load) -> None:
    edition = load(LAB + "edition: {name: 2024, session_tail: on, strictness: octt}\n").edition
    assert (edition.session_tail, edition.cached_start, edition.strict) == (True, "remote", True)
    assert edition.told == "2024, session_tail on, strictness octt"


@pytest.mark.parametrize(
    ("edition", "octt_id", "by_card", "named"),
    [
        ("2020", "007", True, "007"), ("2024", "023", False, "023"),
        ("2025", "007", True, "007_1"), ("2025", "007", False, "007_2"),
        ("2025", "023", True, "023_4"), ("2025", "023", False, "023_5"),
        ("2025", "003", True, "003"),
    ],
)  # fmt: skip
def test_what_an_edition_calls_a_case(
    edition: str, octt_id: str, by_card: bool, named: str
) -> None:
    assert edition_named(edition).id_of(octt_id, by_card=by_card) == named


def test_an_edition_that_does_not_exist_is_said_with_its_place(load: Load) -> None:
    with pytest.raises(ConfigError, match=r":\d+:10: edition: '2019'.*'2024' or '2025'"):
        load(LAB + "edition: 2019\n")
