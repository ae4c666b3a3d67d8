"""Defects by name: switched, combined, refused when there is no such thing."""

from __future__ import annotations

import pytest

from firmware_mocks.charging_station.defects import DEFECTS, Defects


def test_unknown_name_is_refused_and_all_are_named() -> None:
    with pytest.raises(ValueError, match="no defect 'nonsense'") as caught:
        Defects(["nonsense"])
    assert all(name in str(caught.value) for name in DEFECTS)


def test_unknown_name_with_argument_is_refused_by_its_name() -> None:
    with pytest.raises(ValueError, match="no defect 'nonsense'"):
        Defects().switch("nonsense:Charging", True)


@pytest.mark.parametrize("name", DEFECTS)
def test_defect_is_off_until_switched_on(name: str) -> None:
    defects = Defects()
    assert not defects.has(name)
    defects.switch(name, True)
    assert defects.has(name)
    defects.switch(name, False)
    assert not defects.has(name)
    assert defects.names() == []


def test_arguments_of_one_name_combine_and_go_one_by_one() -> None:
    defects = Defects(["skip-status:Charging", "skip-status:Finishing", "reuse-message-id"])
    assert defects.has("skip-status", "Charging")
    assert defects.has("skip-status", "Finishing")
    assert not defects.has("skip-status", "Available")
    assert not defects.has("skip-status")
    assert defects.names() == [
        "reuse-message-id", "skip-status:Charging", "skip-status:Finishing",
    ]  # fmt: skip
    defects.switch("skip-status:Charging", False)
    assert not defects.has("skip-status", "Charging")
    assert defects.has("skip-status", "Finishing")


def test_argument_is_told_while_the_defect_is_on() -> None:
    defects = Defects(["wrong-stop-reason:Other"])
    assert defects.argument("wrong-stop-reason") == "Other"
    assert defects.argument("skip-status") is None


def test_switching_off_what_is_off_does_nothing() -> None:
    defects = Defects(["skip-status:Charging"])
    defects.switch("skip-status:Finishing", False)
    defects.switch("reuse-message-id", False)
    assert defects.names() == ["skip-status:Charging"]
