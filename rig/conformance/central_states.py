"""Reusable states of the played station towards a CSMS under test."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from rig.conformance.central_steps import CentralCase
from rig.conformance.evidence import StepFailed, Unprepared


async def booted(s: CentralCase) -> None:
    """The common start: a fresh power-up, registered, every connector reported.

    A power cycle is the one way back that works whatever the case before has left.
    """
    await s.do("unplug", connector=1)
    await s.do("power", on=False)
    await s.do("power", on=True)
    await s.connected()
    boot = await s.sent("BootNotification")
    if boot.field("status") != "Accepted":
        raise StepFailed(f"BootNotification answered {boot.field('status')}")
    for number in (0, 1, 2):
        await s.sent("StatusNotification", connectorId=number)


async def charging(s: CentralCase) -> None:
    """A transaction runs on connector 1, started with a card."""
    await s.do("plug_in", connector=1)
    await s.sent("StatusNotification", connectorId=1, status="Preparing")
    await s.do("card", id_tag=s.valid_id_tag)
    start = await s.sent("StartTransaction")
    number = start.field("transactionId")
    if not isinstance(number, int):
        raise StepFailed("StartTransaction was not answered with a transactionId")
    s.transaction_id = number
    await s.do("ev_request", connector=1)
    await s.sent("StatusNotification", connectorId=1, status="Charging")


_STATES: Mapping[str, Callable[[CentralCase], Awaitable[None]]] = {"Charging": charging}


async def reach(s: CentralCase, name: str) -> None:
    """Reach a reusable state by name.

    Raises:
        Unprepared: there is no such state.
    """
    if name not in _STATES:
        raise Unprepared(f"no reusable state {name!r}")
    await _STATES[name](s)
