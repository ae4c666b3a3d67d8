"""Defects of messages and of the feature profiles: each shows as its sentence says, only then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.wire import station_observations as session
from tests.wire import station_profile_observations as profiles
from tests.wire import station_wire_observations as see
from tests.wire.emulated_station import PERSONA, Lab, laboratory

SCALE = 80.0
NO_CACHE = PERSONA + "authorization_cache: false\n"
CORE_ONLY = PERSONA + "profiles: [Core]\n"


@dataclass(frozen=True, slots=True)
class Case:
    """A defect, what to look at, and what is there without it and with it."""

    defect: str
    observe: Callable[[Lab], Awaitable[object]]
    right: object
    wrong: object
    persona: str = PERSONA


CASES = [
    Case("skip:Authorize", session.first_message_after_card, "Authorize", "Heartbeat"),
    Case("duplicate:StartTransaction", see.starts, 1, 2),
    Case(
        "reorder:StartTransaction",
        see.what_follows_authorize,
        "StartTransaction",
        "StatusNotification",
    ),
    Case("delay:StartTransaction=8", see.pause_before_start, 0, 8),
    Case(
        "field:BootNotification.chargePointModel=Odd",
        see.boot_fields,
        ("RigModel", 9),
        ("Odd", 9),
    ),
    Case(
        "drop-field:BootNotification.chargePointModel",
        see.boot_fields,
        ("RigModel", 9),
        (None, 9),
    ),
    Case("string-too-long:BootNotification", see.boot_fields, ("RigModel", 9), ("RigModel", 21)),
    Case("timestamp-local", see.clock_difference, 0, 7200),
    Case("answer-late:GetConfiguration=10", see.answer_takes, 0, 10),
    Case(
        "answer-callerror:GetConfiguration",
        see.answer_to_get_configuration,
        "Result",
        "InternalError",
    ),
    Case(
        "answer-callerror:GetConfiguration=SecurityError",
        see.answer_to_get_configuration,
        "Result",
        "SecurityError",
    ),
    Case("answer-field:GetLocalListVersion.listVersion=99", see.list_version, 0, 99),
    Case("answer-wrong-id:GetConfiguration", see.violations, 0, 1),
    Case("callerror-for-rejected", see.answer_to_a_bad_value, "Rejected", "GenericError"),
    Case("close-in-exchange:Heartbeat", see.what_follows_a_heartbeat, "Heartbeat", "close"),
    Case("close-in-exchange:GetConfiguration", see.answer_to_get_configuration, "Result", "Lost"),
    Case("retry-at-once", see.pause_before_retry, 20, 0),
    Case("queue-out-of-order", see.first_of_the_queue, "StopTransaction", "StartTransaction"),
    Case("transaction-data-unasked", see.has_transaction_data, False, True),
    Case("list-version-confused", see.list_version, 0, -1),
    Case("list-version-confused", see.list_version, -1, 0, CORE_ONLY),
    Case(
        "station-reserved",
        profiles.statuses_of_the_station,
        ["Available"],
        ["Available", "Reserved", "Available"],
    ),
    Case("clear-cache-without-cache", profiles.clear_cache, "Rejected", "Accepted", NO_CACHE),
    Case("accepts-old-differential", profiles.old_differential, "VersionMismatch", "Accepted"),
    Case("composite-start-schedule", profiles.has_start_schedule, False, True),
    Case("composite-absolute-offsets", profiles.begins_with_zero, True, False),
    Case("lower-stack-level-wins", profiles.limit_of_two_levels, 20.0, 10.0),
    Case("tx-profile-kept", profiles.limit_of_the_next_transaction, 32.0, 8.0),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.defect)
async def test_defect_shows_and_only_then(case: Case, tmp_path: Path) -> None:
    async def run(folder: Path, *defects: str) -> object:
        async with laboratory(folder, SCALE) as lab:
            async with lab.station(*defects, persona=case.persona):
                return await case.observe(lab)

    right, wrong = await asyncio.gather(
        run(tmp_path / "right"), run(tmp_path / "wrong", case.defect)
    )
    assert right == case.right
    assert wrong == case.wrong
