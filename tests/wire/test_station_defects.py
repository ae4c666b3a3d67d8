"""Every defect of the emulated station shows in the way its sentence says, and only then."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware_mocks.charging_station.defects import DEFECTS
from rig.csms.replies import Answer
from rig.jsontypes import Json
from tests.detection import found_rows
from tests.detection import rows as of_cases
from tests.detection.rows.rules import WRONG as BROKEN
from tests.detection.rows.warned import WARNED
from tests.wire import station_message_observations as messages
from tests.wire import station_observations as see
from tests.wire import test_station_diagnostics as of_uploads
from tests.wire import test_station_firmware as of_updates
from tests.wire.emulated_station import GOOD, Lab, laboratory, registration
from tests.wire.test_station_message_defects import CASES as MESSAGE_CASES
from tests.wire.test_station_security_defects import CASES as SECURITY_CASES

SCALE = 80.0


@dataclass(frozen=True, slots=True)
class Case:
    """A defect, what to look at, and what is there without it and with it."""

    defect: str
    observe: Callable[[Lab], Awaitable[object]]
    right: object
    wrong: object
    boot: tuple[Answer, ...] = ()


SESSION: list[Json] = ["Preparing", "Charging", "Finishing", "Available"]
PENDING, REJECTED = (registration("Pending", 8),), (registration("Rejected", 60),)
LONG_PENDING = (registration("Pending", 60),)

CASES = [
    Case("ignore-interval-when-rejected", see.pause_after_rejection, 60, 2, REJECTED),
    Case("calls-while-rejected", see.heartbeat_between_boots, False, True, REJECTED),
    Case("chatter-while-pending", see.status_between_boots, False, True, PENDING),
    Case(
        "refuse-config-while-pending",
        see.change_while_pending,
        "Accepted",
        "Rejected",
        LONG_PENDING,
    ),
    Case("drops-config-written-while-pending", see.written_while_pending, "17", "60", 2 * PENDING),
    Case("skip-boot-status", see.reported_after_boot, [0, 1, 2], [0, 2]),
    Case("skip-boot-status-zero", see.reported_after_boot, [0, 1, 2], [1, 2]),
    Case("status-before-boot", see.first_message, "BootNotification", "StatusNotification"),
    Case("heartbeat-too-slow", see.heartbeat_interval, 12, 24),
    Case("heartbeat-too-fast", see.heartbeat_interval, 12, 6),
    Case("boot-on-reconnect", see.first_message_after_reconnect, "Heartbeat", "BootNotification"),
    Case("start-without-authorize", see.first_message_after_card, "Authorize", "StartTransaction"),
    Case("start-for-refused-card", see.refused_card_starts, False, True),
    Case("skip-status:Charging", see.statuses_of_a_session, SESSION, [SESSION[0], *SESSION[2:]]),
    Case(
        "repeat-status:Charging",
        see.statuses_of_a_session,
        SESSION,
        ["Preparing", "Charging", "Charging", "Finishing", "Available"],
    ),
    Case(
        "extra-status:Charging",
        see.statuses_of_a_session,
        SESSION,
        ["Preparing", "Faulted", "Charging", "Finishing", "Available"],
    ),
    Case(
        "preparing-twice",
        see.statuses_of_card_then_cable,
        ["Preparing", "Charging"],
        ["Preparing", "Preparing", "Charging"],
    ),
    Case("never-times-out", see.card_without_cable, ["Preparing", "Available"], ["Preparing"]),
    Case("late-timeout", see.connection_timeout, 15, 30),
    Case("session-outlives-timeout", see.cable_after_timeout_starts, False, True),
    Case("wrong-stop-reason:Other", see.stop_reason, "Local", "Other"),
    Case(
        "finishing-skipped-on-unplug", see.reported_when_ev_side_unplugged, "Finishing", "Available"
    ),
    Case("lock-stays-closed", see.locked_after_stop, False, True),
    Case("no-stop-on-ev-disconnect", see.unplugged_ev_stops, True, False),
    Case("wrong-transaction-id", see.stops_its_own_transaction, True, False),
    Case("wrong-id-tag", see.starting_card, GOOD, "SOMEBODY-ELSE"),
    Case("meter-stop-below-start", see.meter_difference_is_negative, False, True),
    Case("no-meter-values", see.samples, True, False),
    Case("slow-meter-values", see.sample_interval, 15, 30),
    Case("consequence-before-answer", see.answers_remote_stop_first, True, False),
    Case("remote-start-needs-cable", see.remote_start_without_cable, "Accepted", "Rejected"),
    Case("ignores-remote-start", see.remote_start, ("Accepted", True), ("Accepted", False)),
    Case("ignores-remote-stop", see.remote_stop, ("Accepted", True), ("Accepted", False)),
    Case("rejects-remote-stop", see.remote_stop, ("Accepted", True), ("Rejected", False)),
    Case("remote-authorize-missing", see.authorises_remote_start, ("true", True), ("true", False)),
    Case(
        "availability-forgotten-on-reset", see.unavailable_after_reset, "Unavailable", "Available"
    ),
    Case(
        "no-boot-after-reset",
        see.first_message_after_reset,
        "BootNotification",
        "StatusNotification",
    ),
    Case(
        "loses-transaction-on-reset",
        see.transaction_over_reset,
        (["HardReset"], "Finishing"),
        ([], "Finishing"),
    ),
    Case(
        "resumes-after-reset",
        see.transaction_over_reset,
        (["HardReset"], "Finishing"),
        ([], "Charging"),
    ),
    Case("config-not-applied", see.change_is_applied, "17", "60"),
    Case("config-lists-all", see.lists_more_than_asked, False, True),
    Case(
        "energy-without-authorization",
        see.energy_for_refused_card,
        (False, "Available"),
        (True, "Available"),
    ),
    Case("contactor-never-closes", see.energy_while_charging, True, False),
    Case("contactor-stays-closed", see.energy_after_stop, False, True),
    Case("second-call-while-open", messages.call_while_open, False, True),
    Case("reuse-message-id", messages.ids_are_unique, True, False),
    Case("no-answer:GetConfiguration", messages.answers_get_configuration, True, False),
    Case("unknown-field:StatusNotification", messages.fields_of_status, [], ["rigDefect"]),
    Case("wrong-type:StatusNotification", messages.type_of_connector_id, int, str),
    Case("malformed-json", messages.malformed_messages, 0, 3),
    Case("timestamp-without-zone", messages.zones, {"Z"}, {""}),
    Case("timestamp-wrong-minutes", messages.clock_difference, 0, 600),
    Case(
        "crash-in-mid-test",
        messages.message_after_authorised_start,
        "StartTransaction",
        "BootNotification",
    ),
    Case(
        "wrong-subprotocol",
        messages.connection_attempt,
        ("connect", "CP1", ["ocpp1.6"]),
        ("refused", "CP1", ["ocpp2.0.1"]),
    ),
    Case(
        "wrong-identity",
        messages.connection_attempt,
        ("connect", "CP1", ["ocpp1.6"]),
        ("refused", "CP1-wrong", ["ocpp1.6"]),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.defect)
async def test_defect_shows_and_only_then(case: Case, tmp_path: Path) -> None:
    async def run(folder: Path, *defects: str) -> object:
        async with laboratory(folder, SCALE, boot=case.boot) as lab:
            async with lab.station(*defects):
                return await case.observe(lab)

    right, wrong = await asyncio.gather(
        run(tmp_path / "right"), run(tmp_path / "wrong", case.defect)
    )
    assert right == case.right
    assert wrong == case.wrong


def test_every_defect_has_a_case() -> None:
    shown = [case.defect for case in CASES]
    shown += [case.defect for case in SECURITY_CASES]
    shown += [case.defect for case in MESSAGE_CASES]
    shown += [defect for defect, _, _ in of_updates.DEFECTS]
    shown += [*of_updates.DEFECTS_BESIDE, *of_uploads.DEFECTS]
    # The campaign against a station with the defect, and without, shows it as well.
    shown += [name for _, defects, _, _ in of_cases.WRONG for name in defects.split("+")]
    shown += [name for _, defects, *_ in BROKEN for name in defects.split("+")]
    shown += [name for _, defects, _, _ in WARNED for name in defects.split("+")]
    shown += [defect for row in found_rows.load_all() for defect in row.station]
    shown += ["unasked", "forgets-lost-messages"]  # by test_station_selected_messages
    shown.append("local-list-storage-full")  # case 043_3 puts it in, and expects its effect
    assert {re.split("[:@]", name)[0] for name in shown} == set(DEFECTS)
