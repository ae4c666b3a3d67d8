"""Security events: every one goes to the log, those that matter to the Central System as well.

Events on their way have a queue of their own on the disk: none is lost, none overtakes another.

Source: OCPP security white paper, table of security events; station behaviour 14.8; rule M9.8.
"""

from __future__ import annotations

import asyncio

from firmware_mocks.charging_station.board import Board
from firmware_mocks.charging_station.security_log import SecurityLog
from firmware_mocks.charging_station.storage import Json, StoredEvent
from rig.ocppj.endpoint import Error, Lost, Result
from rig.ocppj.flag import Flag

CRITICAL = frozenset(
    {
        "FirmwareUpdated", "MemoryExhaustion", "ResetOrReboot", "SecurityLogWasCleared",
        "SettingSystemTime", "StartupOfTheDevice", "TamperDetectionActivated",
    }
)  # fmt: skip
DEMANDED = frozenset(
    {
        "InvalidCentralSystemCertificate", "InvalidChargePointCertificate",
        "InvalidFirmwareSignature", "InvalidFirmwareSigningCertificate",
        "InvalidTLSCipherSuite", "InvalidTLSVersion",
    }
)  # fmt: skip
"""Not critical in the table, yet requirements or test cases want them pushed."""

LOGGED_ONLY = frozenset(
    {
        "AttemptedReplayAttacks", "CentralSystemFailedToAuthenticate",
        "FailedToAuthenticateAtCentralSystem", "InvalidMessages",
        "ReconfigurationOfSecurityParameters",
    }
)  # fmt: skip
EVENT_TYPES = CRITICAL | DEMANDED | LOGGED_ONLY

RETRY_S = 10.0
LONGEST_TECH_INFO = 255


class SecurityEvents:
    """Log and delivery of security events.

    Args:
        board: of the station.
        log: takes every event.
        waiting: events on their way, from the disk; changed in place.
    """

    __slots__ = ("_board", "_more", "log", "waiting")

    def __init__(self, board: Board, log: SecurityLog, waiting: list[StoredEvent]) -> None:
        self.log = log
        self.waiting = waiting
        self._board = board
        self._more = Flag()

    def raised(self, event_type: str, tech_info: str = "") -> None:
        """Something has happened; `tech_info` must hold no secret.

        A station without the security extension keeps no log of it.

        Raises:
            ValueError: no such event.
        """
        if event_type not in EVENT_TYPES:
            raise ValueError(f"no security event {event_type!r}")
        board = self._board
        if not board.persona.security_extension or board.defects.has(
            "no-security-event", event_type
        ):
            return
        now = board.rtc.stamp()
        event = StoredEvent(timestamp=now, type=event_type, tech_info=tech_info[:LONGEST_TECH_INFO])
        if event_type in CRITICAL | DEMANDED:
            self.waiting.append(event)
            self._more.set()
        self.log.append(event)  # saves both

    async def deliver(self, settled: Flag) -> None:
        """Push events for ever, one at a time, while `settled`."""
        while True:
            await settled.wait()
            if not self.waiting:
                self._more.clear()
                await self._more.wait()
                continue
            await self._deliver(self.waiting[0])

    async def _deliver(self, event: StoredEvent) -> None:
        payload: dict[str, Json] = {"type": event["type"], "timestamp": event["timestamp"]}
        if event["tech_info"]:
            payload["techInfo"] = event["tech_info"]
        outcome = await self._board.uplink.call("SecurityEventNotification", payload)
        if isinstance(outcome, Lost):
            await asyncio.sleep(0)  # offline; `settled` is clear by now
        elif isinstance(outcome, Result | Error):  # any answer is a delivery
            self.waiting.pop(0)
            self._board.save()
        else:
            await self._board.clock.sleep(RETRY_S)
