"""Which BootNotification shows that a station has crashed: a table."""

from __future__ import annotations

import pytest

from rig.conformance.boots import BootLog
from rig.ocppj.frames import Call, CallResult
from rig.ocppj.wirelog import WireEntry

BOOT = ("in", Call("b", "BootNotification", {}))
ACCEPTED = ("out", CallResult("b", {"status": "Accepted"}))


def order(action: str, **payload: str) -> tuple[str, Call]:
    return "out", Call("o", action, {**payload})


def said(action: str, **payload: str) -> tuple[str, Call]:
    return "in", Call("s", action, {**payload})


def answered(status: str, direction: str = "out") -> tuple[str, CallResult]:
    return direction, CallResult("b", {"status": status})


def log(*frames: tuple[str, Call | CallResult]) -> list[WireEntry]:
    return [
        WireEntry(n, float(n), way, 1, "", frame, "", {}) for n, (way, frame) in enumerate(frames)
    ]


@pytest.mark.parametrize(
    "frames",
    [
        pytest.param([order("Reset", type="Soft"), BOOT, ACCEPTED], id="it was reset"),
        pytest.param(
            [order("TriggerMessage", requestedMessage="BootNotification"), BOOT], id="triggered"
        ),
        pytest.param(
            [order("Reset"), BOOT, answered("Rejected"), BOOT, ACCEPTED], id="it was refused"
        ),
        pytest.param([order("Reset"), BOOT, BOOT, ACCEPTED], id="it has got no answer"),
        pytest.param([answered("RebootRequired", "in"), BOOT], id="a key that needs a reboot"),
        pytest.param([order("ChangeConfiguration", key="SecurityProfile"), BOOT], id="profile"),
        pytest.param(
            [order("UpdateFirmware"), BOOT, ACCEPTED, BOOT, ACCEPTED,
             said("FirmwareStatusNotification", status="Installed"), BOOT, ACCEPTED],
            id="firmware, with a boot before and one after Installed",
        ),
    ],
)  # fmt: skip
def test_a_boot_with_a_reason(frames: list[tuple[str, Call | CallResult]]) -> None:
    assert BootLog().take(log(*frames), []) == []


@pytest.mark.parametrize(
    ("frames", "at"),
    [
        pytest.param([BOOT, ACCEPTED], 0, id="out of nothing"),
        pytest.param([order("Reset"), BOOT, ACCEPTED, BOOT, ACCEPTED], 3, id="once more"),
        pytest.param(
            [order("TriggerMessage", requestedMessage="Heartbeat"), BOOT], 1, id="other trigger"
        ),
        pytest.param([order("ChangeConfiguration", key="Other"), BOOT], 1, id="other key"),
        pytest.param(
            [order("UpdateFirmware"), said("FirmwareStatusNotification", status="Installed"),
             BOOT, ACCEPTED, BOOT, ACCEPTED], 4, id="a second one after the update",
        ),
    ],
)  # fmt: skip
def test_a_boot_without_one(frames: list[tuple[str, Call | CallResult]], at: int) -> None:
    assert [entry.seq for entry in BootLog().take(log(*frames), [])] == [at]


def test_a_station_boots_when_it_gets_power() -> None:
    boots = BootLog()
    assert boots.take([], [7]) == []
    assert boots.take(log(BOOT, ACCEPTED), []) == []
    assert len(boots.take(log(BOOT, ACCEPTED), [1])) == 1, "the power went after it"
    assert boots.take(log(BOOT, ACCEPTED), []) == []


def test_an_order_counts_for_the_next_look_too() -> None:
    boots = BootLog()
    assert boots.take(log(order("Reset")), []) == []
    assert boots.take(log(BOOT, ACCEPTED), []) == []
    assert len(boots.take(log(BOOT, ACCEPTED), [])) == 1
