"""A CALL to a station, also over a change of its connection.

A station may connect anew at any time; what was under way then is void (rule M1.7), and is said
again once. One that does not come back has lost it.
"""

from __future__ import annotations

from rig.clock import Clock, DeadlineExceeded
from rig.conformance.evidence import Evidence
from rig.csms.server import CentralSystem
from rig.ocppj.endpoint import Lost, Outcome
from rig.ocppj.frames import Payload


async def ask(
    csms: CentralSystem,
    clock: Clock,
    evidence: Evidence,
    action: str,
    payload: Payload,
    *,
    timeout_s: float,
    reconnect_s: float,
) -> Outcome:
    """What becomes of a CALL.

    Args:
        csms: with the station.
        clock: lab time.
        evidence: of the case.
        action: of the CALL.
        payload: of the CALL.
        timeout_s: lab seconds for the answer.
        reconnect_s: lab seconds for another connection, when there is none any more.
    """
    connection = csms.connection
    outcome = await csms.call(action, payload, timeout_s)
    if not isinstance(outcome, Lost):
        return outcome
    with evidence.step(f"the connection was lost: wait for another, and send {action} again"):
        try:
            async with clock.deadline(reconnect_s, "connection"):
                await csms.wait_other_connection(connection)
        except DeadlineExceeded:
            return outcome
    return await csms.call(action, payload, timeout_s) if csms.station.is_registered else outcome
