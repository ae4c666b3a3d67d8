"""Brings a station into the start state from any other: what a tester does when 000_RESET fails.

A transaction of somebody else's, a cable left in, a reservation whose number nobody knows, a
socket that is half-open, a station that hangs: in the end a hard reset helps, and then power off.
Not judged; 000_RESET is, after it.
"""

from __future__ import annotations

from rig.clock import DeadlineExceeded
from rig.conformance.evidence import StepFailed
from rig.conformance.steps import StationCase
from rig.conformance.utilities import (
    cancel_reservations,
    statuses_in_the_end,
    stop_transactions,
    take_cables_out,
)
from rig.ocppj.endpoint import Result
from rig.ocppj.frames import Payload

LIKELY_RESERVATIONS = range(1, 33)
"""Nobody can ask a station which reservations it has; a daemon numbers its own from 1."""


async def bring_to_rest(s: StationCase) -> None:
    """Do what can be done; whether it was enough is for 000_RESET to say.

    Raises:
        BenchError: a device of the bench failed.
    """
    muted, s.evidence.muted = s.evidence.muted, True
    try:
        with s.evidence.step("000_RESET failed: bring the station to rest, then once more"):
            if not await _answers(s):
                await _reconnect(s)
            await _clear_up(s)
            if set((await statuses_in_the_end(s)).values()) != {"Available"}:
                await _restart(s)
                await statuses_in_the_end(s)
    except StepFailed:
        pass  # it will fail 000_RESET, which says so
    finally:
        s.evidence.muted = muted
        s.inbox.skip()


async def _answers(s: StationCase) -> bool:
    """Whether there is a station behind the connection: a half-open one looks open."""
    if not s.csms.connected:
        return False
    wanted: Payload = {"key": ["HeartbeatInterval"]}
    outcome = await s.csms.call("GetConfiguration", wanted, s.parameters.message_timeout)
    return isinstance(outcome, Result)


async def _reconnect(s: StationCase) -> None:
    """Let go of the connection; a station that does not come back is switched off and on."""
    await s.csms.drop()
    if not await _registers(s, s.parameters.reconnect_timeout):
        await _power_cycle(s)


async def _clear_up(s: StationCase) -> None:
    if s.csms.station.transactions:
        await stop_transactions(s)
    await take_cables_out(s)
    await cancel_reservations(s)
    for number in LIKELY_RESERVATIONS:
        if "Reserved" not in s.csms.station.statuses.values():
            break
        conf = await s.call("CancelReservation", reservationId=number)
        if conf.get("status") == "Accepted":
            await statuses_in_the_end(s)


async def _restart(s: StationCase) -> None:
    """A hard reset, or the mains where it does not follow that."""
    boots = s.csms.station.boots
    outcome = await s.csms.call("Reset", {"type": "Hard"}, s.parameters.message_timeout)
    if isinstance(outcome, Result) and outcome.payload.get("status") == "Accepted":
        try:
            async with s.clock.deadline(s.parameters.long_operation_timeout, "reboot"):
                await s.csms.wait_boots(boots + 1)
            return
        except DeadlineExceeded:
            pass
    await _power_cycle(s)


async def _power_cycle(s: StationCase) -> None:
    if not s.bench.mains.has_switch:
        return
    await s.power_cycle()
    await _registers(s, s.parameters.long_operation_timeout)


async def _registers(s: StationCase, timeout_s: float) -> bool:
    try:
        async with s.clock.deadline(timeout_s, "registration"):
            await s.csms.wait_registered()
    except DeadlineExceeded:
        return False
    return True
