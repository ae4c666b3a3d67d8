"""Defects by name: switched, combined, refused when there is no such thing."""

from __future__ import annotations

import pytest

from firmware_mocks.charging_station.defects import DEFECTS, Defects
from firmware_mocks.charging_station.wire_defect_names import WIRE_DEFECTS


def test_unknown_name_is_refused_and_the_nearest_is_named() -> None:
    with pytest.raises(ValueError, match="no defect 'nonsense'; `rig station --list-defects`"):
        Defects(["nonsense"])
    with pytest.raises(ValueError, match="no defect 'skip-statu'; did you mean 'skip-status'"):
        Defects(["skip-statu"])


def test_unknown_name_with_argument_is_refused_by_its_name() -> None:
    with pytest.raises(ValueError, match="no defect 'nonsense'"):
        Defects().switch("nonsense:Charging", True)


EXAMPLES = {
    "": "",
    "Action": "Authorize",
    "Action=seconds": "Authorize=2.5",
    "Action[=Code]": "Authorize=GenericError",
    "Action.field": "Authorize.idTag",
    "Action.field=value": "Authorize.idTag=X=Y",
    "Action>text": "Authorize>[5]",
    "Action>Action=payload": "Authorize#2+>Heartbeat={}",
}


def argument_of(name: str) -> str:
    """An argument that this defect can have."""
    if name in WIRE_DEFECTS:
        return EXAMPLES[WIRE_DEFECTS[name][0]]
    if name == "accepts-bad-certificate":
        return "station"
    return "Charging" if DEFECTS[name].startswith("(:") else ""


@pytest.mark.parametrize("name", DEFECTS)
def test_defect_is_off_until_switched_on(name: str) -> None:
    defects, argument = Defects(), argument_of(name)
    text = f"{name}:{argument}" if argument else name
    assert not defects.any
    defects.switch(text, True)
    assert defects.any
    assert defects.has(name, argument)
    assert defects.arguments(name) == [argument]
    defects.switch(text, False)
    assert not defects.has(name, argument)
    assert defects.names() == []
    assert not defects.any


@pytest.mark.parametrize(
    "text",
    [
        "skip", "skip:", "skip:Authorize.idTag", "delay:Authorize", "delay:Authorize=soon",
        "field:Authorize", "field:Authorize.idTag", "field:Authorize=3", "drop-field:Authorize",
        "answer-callerror", "answer-callerror:Reset=", "malformed-json:Authorize",
        "skip:Authorize[idTag]", "skip:Authorize#0", "unasked:Reset", "unasked:Reset>Heartbeat",
    ],
)  # fmt: skip
def test_a_defect_of_the_wire_says_what_it_wants(text: str) -> None:
    name = text.partition(":")[0]
    form = WIRE_DEFECTS[name][0]
    wanted = f"want {name}:{form}" if form else f"want {name}"
    with pytest.raises(ValueError, match=r"^defect") as caught:
        Defects([text])
    assert str(caught.value).endswith(wanted)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("skip-status", "want skip-status:Status"),
        ("skip-status:Chargin", "no status; there are Available, "),
        ("skip-boot-status:1", "it has no argument; want skip-boot-status"),
        ("accepts-bad-certificate:roots", "want accepts-bad-certificate:server, :root"),
        ("keeps-profiles:some", "want keeps-profiles:all"),
    ],
)
def test_an_argument_without_effect_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"^defect {text}: .*{said}"):
        Defects([text])
    Defects().switch(text, False)


def test_an_argument_may_be_optional() -> None:
    assert Defects(["keeps-profiles", "keeps-profiles:all", "ignores-trigger:Heartbeat"]).any


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


def test_a_defect_begins_with_the_message_that_it_names() -> None:
    defects = Defects(["lock-stays-closed@Reset[type=Hard]#2", "skip:Heartbeat@Reset"])
    assert defects.any
    assert defects.names() == []
    defects.passes("Heartbeat", {})
    defects.passes("Reset", {"type": "Hard"})
    assert defects.names() == ["skip:Heartbeat"]
    defects.passes("Reset", {"type": "Soft"})
    assert not defects.has("lock-stays-closed")
    defects.passes("Reset", {"type": "Hard"})
    assert defects.has("lock-stays-closed")


def test_a_defect_that_waits_for_its_message_can_be_switched_off() -> None:
    defects = Defects(["lock-stays-closed@Reset"])
    defects.switch("lock-stays-closed@Reset", False)
    assert not defects
    defects.passes("Reset", {})
    assert not defects.has("lock-stays-closed")


def test_a_sign_in_a_value_names_no_message() -> None:
    text = 'field:DataTransfer.data="a@b"'
    assert Defects([text]).names() == [text]
