"""One vocabulary of faults for every mock."""

from __future__ import annotations

from dataclasses import fields

import pytest

from firmware_mocks.faults import Faults

VALUES = {
    "mute": True, "late_s": 0.5, "garble": True, "stuck": 3, "foreign_unit": True, "exception": 6,
    "split": True, "double": True, "noise": True,
}  # fmt: skip


def test_vocabulary_is_known() -> None:
    assert {f.name for f in fields(Faults)} == set(VALUES)


@pytest.mark.parametrize("name", VALUES)
def test_fault_is_set_by_its_name_alone(name: str) -> None:
    faults, expected = Faults(), Faults()
    faults.set(name, VALUES[name])
    assert getattr(faults, name) == VALUES[name]
    setattr(expected, name, VALUES[name])
    assert faults == expected


def test_clear_ends_every_fault() -> None:
    faults = Faults()
    for name, value in VALUES.items():
        faults.set(name, value)
    faults.clear()
    assert faults == Faults()


def test_unknown_fault_is_refused_and_all_are_named() -> None:
    with pytest.raises(ValueError, match="no fault 'deaf'") as caught:
        Faults().set("deaf", True)
    assert all(name in str(caught.value) for name in VALUES)
