"""What stations make of a UID. The variants are those that were met in the field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.config.id_tag import COMMON, LONGEST, IdTagRule, render, renderings, rules_that_give

FOUR, SEVEN, TEN = "DEADBEEF", "04A1B2C3D4E5F6", "04A1B2C3D4E5F6A7B8C9"


@pytest.mark.parametrize(
    ("uid", "rule", "id_tag"),
    [
        (FOUR, IdTagRule(), "DEADBEEF"),
        (SEVEN, IdTagRule(), "04A1B2C3D4E5F6"),
        (TEN, IdTagRule(), "04A1B2C3D4E5F6A7B8C9"),
        (SEVEN, IdTagRule(case="lower"), "04a1b2c3d4e5f6"),
        (FOUR, IdTagRule(order="reversed"), "EFBEADDE"),
        (SEVEN, IdTagRule(order="reversed"), "F6E5D4C3B2A104"),
        (FOUR, IdTagRule(pad=8), "00000000DEADBEEF"),
        (FOUR, IdTagRule(pad=6, side="right"), "DEADBEEF0000"),
        (FOUR, IdTagRule(order="reversed", pad=6), "0000EFBEADDE"),
        (SEVEN, IdTagRule(length=6), "04A1B2C3D4E5"),
        (SEVEN, IdTagRule(length=4, order="reversed"), "C3B2A104"),
        (SEVEN, IdTagRule(separator=":"), "04:A1:B2:C3:D4:E5:F6"),
        (FOUR, IdTagRule(separator="-"), "DE-AD-BE-EF"),
        (FOUR, IdTagRule(prefix="0x"), "0xDEADBEEF"),
        (FOUR, IdTagRule(prefix="RFID", case="lower"), "RFIDdeadbeef"),
        (FOUR, IdTagRule(base="decimal"), "3735928559"),
        (FOUR, IdTagRule(base="decimal", order="reversed"), "4022250974"),
        ("00000001", IdTagRule(base="decimal"), "0000000001"),
        (SEVEN, IdTagRule(base="decimal"), "01303689068602870"),
        (SEVEN, IdTagRule(cascade=True), "8804A1B2"),
    ],
)
def test_rendering(uid: str, rule: IdTagRule, id_tag: str) -> None:
    assert render(bytes.fromhex(uid), rule) == id_tag


@pytest.mark.parametrize(
    ("uid", "rule", "why"),
    [
        (TEN, IdTagRule(prefix="0"), "21 characters"),
        (TEN, IdTagRule(separator=":"), "29 characters"),
        (TEN, IdTagRule(base="decimal"), "25 characters"),
        (FOUR, IdTagRule(cascade=True), "4 bytes is not cut"),
    ],
)
def test_no_such_id_tag(uid: str, rule: IdTagRule, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        render(bytes.fromhex(uid), rule)


def test_what_is_shown_for_a_card() -> None:
    assert [text for _, text in renderings(bytes.fromhex(FOUR))] == [
        "DEADBEEF", "deadbeef", "EFBEADDE", "3735928559", "4022250974"
    ]  # fmt: skip
    assert [text for _, text in renderings(bytes.fromhex("11111111"))] == ["11111111", "0286331153"]
    assert len(renderings(bytes.fromhex(TEN))) == 3


@pytest.mark.parametrize(
    ("uid", "seen", "simplest"),
    [
        (SEVEN, SEVEN, IdTagRule()),
        (SEVEN, SEVEN.lower(), IdTagRule(case="lower")),
        (SEVEN, "8804A1B2", IdTagRule(cascade=True)),
        (SEVEN, "04A1B2C3D4E5", IdTagRule(length=6)),
        (FOUR, "00000000DEADBEEF", IdTagRule(pad=8)),
        (FOUR, "EF:BE:AD:DE", IdTagRule(order="reversed", separator=":")),
        (FOUR, "4022250974", IdTagRule(base="decimal", order="reversed")),
        (FOUR, "0xDEADBEEF", IdTagRule(prefix="0x")),
    ],
)
def test_the_rule_is_learned_from_one_card(uid: str, seen: str, simplest: IdTagRule) -> None:
    assert rules_that_give(bytes.fromhex(uid), seen)[0] == simplest


def test_letters_count_only_where_they_can() -> None:
    assert rules_that_give(bytes.fromhex(FOUR), "DeadBeef")[0] == IdTagRule()
    assert rules_that_give(bytes.fromhex(FOUR), "CAFE") == []


uids = st.sampled_from([4, 7, 10]).flatmap(lambda size: st.binary(min_size=size, max_size=size))


@given(uids, st.sampled_from(COMMON))
def test_a_rendered_id_tag_fits_and_gives_its_rule(uid: bytes, rule: IdTagRule) -> None:
    try:
        text = render(uid, rule)
    except ValueError:
        assert len(uid) == 10
        return
    assert len(text) <= LONGEST
    assert text in {render(uid, found) for found in rules_that_give(uid, text)}
    assert rule in rules_that_give(uid, text)


@given(uids, st.text(max_size=25))
def test_no_seen_text_breaks_it(uid: bytes, seen: str) -> None:
    for rule in rules_that_give(uid, seen):
        assert render(uid, rule).casefold() == seen.casefold()


def test_a_rule_says_what_it_does() -> None:
    rule = IdTagRule(case="lower", order="reversed", length=6, pad=8, separator=":", prefix="0x")
    assert str(rule) == (
        "hex, lower case, reversed, first 6 bytes, zeros on the left to 8 bytes, "
        "separated by ':', after '0x'"
    )
    assert str(IdTagRule(base="decimal", cascade=True)) == (
        "decimal, as-read, cascade tag and 3 bytes"
    )
