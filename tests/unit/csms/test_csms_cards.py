"""The card registry."""

from __future__ import annotations

import pytest

from rig.csms.cards import UNKNOWN, CardRegistry, IdTagInfo

ACCEPTED = IdTagInfo("Accepted")
BLOCKED = IdTagInfo("Blocked")
EXPIRED = IdTagInfo("Expired")


def test_unknown_identifier_is_invalid() -> None:
    assert CardRegistry().info("04AA").status == "Invalid"


def test_known_identifier_has_its_status() -> None:
    cards = CardRegistry()
    cards.put("04AA", BLOCKED)
    assert cards.info("04AA") == BLOCKED
    assert cards.info("04AB") == UNKNOWN


@pytest.mark.parametrize(
    ("put", "asked"), [("04aa", "04AA"), ("04AA", "04aa"), ("StraSSe", "sTRAsse")]
)
def test_identifiers_compare_without_case(put: str, asked: str) -> None:
    cards = CardRegistry()
    cards.put(put, ACCEPTED)
    assert cards.info(asked) == ACCEPTED


def test_later_status_replaces_the_earlier() -> None:
    cards = CardRegistry()
    cards.put("04AA", ACCEPTED)
    cards.put("04aa", EXPIRED)
    assert cards.info("04AA") == EXPIRED


@pytest.mark.parametrize("before", [None, ACCEPTED], ids=["unknown", "known"])
def test_instead_lasts_for_the_block(before: IdTagInfo | None) -> None:
    cards = CardRegistry()
    if before is not None:
        cards.put("04AA", before)
    with cards.instead("04aa", BLOCKED):
        assert cards.info("04AA") == BLOCKED
    assert cards.info("04AA") == (before or UNKNOWN)


def test_instead_ends_when_the_block_fails() -> None:
    cards = CardRegistry()
    with pytest.raises(LookupError):
        with cards.instead("04AA", BLOCKED):
            raise LookupError
    assert cards.info("04AA") == UNKNOWN


def test_nested_instead_uncovers_the_outer_one() -> None:
    cards = CardRegistry()
    with cards.instead("04AA", BLOCKED):
        with cards.instead("04AA", EXPIRED):
            assert cards.info("04AA") == EXPIRED
        assert cards.info("04AA") == BLOCKED
    assert cards.info("04AA") == UNKNOWN


def test_parent_is_sent_only_when_there_is_one() -> None:
    assert IdTagInfo("Accepted").payload() == {"status": "Accepted"}
    with_parent = IdTagInfo("Accepted", "GROUP").payload()
    assert with_parent == {"status": "Accepted", "parentIdTag": "GROUP"}
