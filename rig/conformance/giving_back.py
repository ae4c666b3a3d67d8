"""Gives a station back as it came: configuration keys that cases have written, reservations.

What was written stands in the wire log of the run, and what was there before in the
configuration that was read before the first case. So even a run whose daemon was killed can be
cleaned up after, by the next one with the same station.
"""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from rig.conformance.dut_watch import read_configuration
from rig.csms.server import CentralSystem
from rig.ocppj.endpoint import Result
from rig.ocppj.frames import Call, Payload, parse
from rig.runs import RunRecord
from rig.runs.configuration import Configuration

NEVER = frozenset({"authorizationkey", "securityprofile", "cponame"})
"""Keys that a case of the security certificate changes for good, or gives back by itself."""

log = structlog.get_logger()


def written_in(record: RunRecord) -> tuple[set[str], set[int]]:
    """Keys that a run has written, in lower case, and the reservations it has made."""
    keys: set[str] = set()
    reservations: set[int] = set()
    for event in record.frames():
        if event.data.get("direction") != "out" or event.data.get("type") != "CALL":
            continue
        call = parse(str(event.data.get("raw", "")))
        if not isinstance(call, Call):
            continue
        if call.action == "ChangeConfiguration":
            keys.add(str(call.payload.get("key", "")).casefold())
        elif call.action == "ReserveNow":
            number = call.payload.get("reservationId")
            reservations |= {number} if isinstance(number, int) else set()
    return keys, reservations


async def give_back(
    csms: CentralSystem, before: Configuration, written: Iterable[str], timeout_s: float
) -> list[str]:
    """Write back what was there before.

    Args:
        csms: the Central System that the station is connected to.
        before: the configuration as the station came.
        written: names of the keys that were written since.
        timeout_s: lab seconds for each answer.

    Returns:
        What could not be given back, in words.
    """
    touched = {name.casefold() for name in written} - NEVER
    if not touched:
        return []
    now = await read_configuration(csms, timeout_s)
    if now is None:
        return ["the station does not tell its configuration"]
    left = []
    for name, key in before.keys.items():
        if name.casefold() not in touched or key.value is None or key.readonly:
            continue
        if now.value(name) == key.value:
            continue
        payload: Payload = {"key": name, "value": key.value}
        outcome = await csms.call("ChangeConfiguration", payload, timeout_s)
        status = outcome.payload.get("status") if isinstance(outcome, Result) else "no answer"
        if status not in ("Accepted", "RebootRequired"):
            left.append(f"{name} = {now.value(name)}, was {key.value}: {status}")
    return left
