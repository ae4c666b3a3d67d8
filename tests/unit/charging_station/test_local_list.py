"""The local authorisation list: the table of the specification, and what no update may do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_mocks.charging_station.local_list import Info, LocalList, UpdateStatus

OK: Info = {"status": "Accepted"}
BLOCKED: Info = {"status": "Blocked"}
ACCEPTED, FAILED, MISMATCH = UpdateStatus


def listed(version: int = 5, **entries: Info) -> LocalList:
    return LocalList(version, dict(entries))


@pytest.mark.parametrize(
    ("version", "kind", "sent", "status", "after"),
    [
        (6, "Full", [("A", OK)], ACCEPTED, (6, {"a": OK})),
        (2, "Full", [("A", OK)], ACCEPTED, (2, {"a": OK})),  # any version, also an older one
        (6, "Full", [], ACCEPTED, (0, {})),
        (0, "Full", [], ACCEPTED, (0, {})),
        (0, "Full", [("A", OK)], FAILED, None),
        (-1, "Full", [], ACCEPTED, (0, {})),
        (0, "Differential", [], FAILED, None),
        (6, "Full", [("A", None)], FAILED, None),
        (6, "Full", [("A", OK), ("a", OK)], FAILED, None),
        (6, "Full", [(f"T{n}", OK) for n in range(4)], FAILED, None),
        (5, "Differential", [("A", OK)], MISMATCH, None),
        (4, "Differential", [("A", OK)], MISMATCH, None),
        (6, "Differential", [("A", OK)], ACCEPTED, (6, {"x": BLOCKED, "a": OK})),
        (9, "Differential", [], ACCEPTED, (9, {"x": BLOCKED})),
        (6, "Differential", [("X", None)], ACCEPTED, (6, {})),
        (6, "Differential", [("nobody", None)], ACCEPTED, (6, {"x": BLOCKED})),
        (6, "Differential", [("X", OK)], ACCEPTED, (6, {"x": OK})),
        (6, "Differential", [("A", OK), ("B", OK), ("C", OK)], FAILED, None),
        (6, "Full", [(f"T{n}", OK) for n in range(6)], FAILED, None),
    ],
)  # fmt: skip
def test_update(
    version: int,
    kind: str,
    sent: list[tuple[str, Info | None]],
    status: UpdateStatus,
    after: tuple[int, dict[str, Info]] | None,
) -> None:
    entries = listed(x=BLOCKED)
    assert entries.update(version, kind, sent, room=3, most=5) is status
    assert (entries.version, entries.entries) == (after or (5, {"x": BLOCKED}))


TAGS = st.sampled_from(["A", "a", "B", "C", "D"])
UPDATES = st.tuples(
    st.integers(-1, 9),
    st.sampled_from(["Full", "Differential"]),
    st.lists(st.tuples(TAGS, st.sampled_from([OK, BLOCKED, None])), max_size=6),
)


@given(st.lists(UPDATES, max_size=12))
def test_whatever_is_sent_the_list_is_whole(
    updates: list[tuple[int, str, list[tuple[str, Info | None]]]],
) -> None:
    entries = LocalList(0, {})
    for version, kind, sent in updates:
        before = entries.version, dict(entries.entries)
        status = entries.update(version, kind, sent, room=3, most=5)
        if status is not ACCEPTED:
            assert (entries.version, entries.entries) == before
        assert len(entries.entries) <= 3
        assert entries.version >= 0
        assert all(name == name.casefold() for name in entries.entries)


def test_cards_are_found_whatever_the_case() -> None:
    assert listed(ab=OK).get("AB") == OK
    assert listed(ab=OK).get("other") is None
