"""The controller of a station from one boot to the next: its parts, and how they are joined."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from firmware_mocks.charging_station.authorisation import Authorisation, Cache
from firmware_mocks.charging_station.availability import STATION, Availability
from firmware_mocks.charging_station.board import Board
from firmware_mocks.charging_station.certificate_renewal import CertificateRenewal
from firmware_mocks.charging_station.certificates import CertificateStore, StoreRules
from firmware_mocks.charging_station.chore import Chore
from firmware_mocks.charging_station.local_list import LocalList
from firmware_mocks.charging_station.meter import Meter
from firmware_mocks.charging_station.own_certificates import OwnCertificates
from firmware_mocks.charging_station.queue import TransactionQueue
from firmware_mocks.charging_station.registration import Registration
from firmware_mocks.charging_station.reservations import Reservations
from firmware_mocks.charging_station.sampling import Sampler
from firmware_mocks.charging_station.secure_access import SecureAccess
from firmware_mocks.charging_station.security import Delivered, deliver
from firmware_mocks.charging_station.security_events import SecurityEvents
from firmware_mocks.charging_station.security_log import SecurityLog
from firmware_mocks.charging_station.sequence import ChargingSequence
from firmware_mocks.charging_station.sessions import Sessions
from firmware_mocks.charging_station.smart_charging import SmartCharging
from firmware_mocks.charging_station.socket import Socket
from firmware_mocks.charging_station.status import StatusReporter
from firmware_mocks.charging_station.storage import (
    Content,
    Json,
    StoredFirmware,
    StoredMessage,
    StoredSecurity,
)
from firmware_mocks.charging_station.transactions import Transactions
from firmware_mocks.electrical import ConnectorOutputs
from rig.ocppj.endpoint import Outcome

if TYPE_CHECKING:
    from firmware_mocks.charging_station.maintenance import Maintenance

NORMAL, GOING_AWAY = 1000, 1001
BIG_STEP_S = 10.0
SLOW_S = 60.0
NEARLY_FULL = 0.9


class Controller:
    """Everything that a boot begins anew, with what was on the disk.

    Args:
        board: of the station.
        content: of the disk.
        output: told when an output of a connector has changed.
    """

    def __init__(
        self, board: Board, content: Content, output: Callable[[int, ConnectorOutputs], None]
    ) -> None:
        self.board = board
        self._output = output
        self._interrupted, self._lost_at = content["transactions"], content["written_at"]
        self._nearly_full = False
        self._firmware = content["firmware"]
        self.queue = TransactionQueue(
            content["queue"], board.clock, board.configuration, self._deliver,
            self.message_answered, self._queue_changed, board.defects,
            board.persona.queue_capacity,
        )  # fmt: skip
        self._secure(content["security"])
        self.sockets = {
            number: self._socket(number, content["meters"].get(str(number), 0.0))
            for number in range(1, board.persona.connectors + 1)
        }
        for number in content["finishing"]:
            self.sockets[number].used = True
        forgotten = board.defects.has("availability-forgotten-on-reset")
        self.availability = Availability(
            [] if forgotten else content["inoperative"],
            [] if forgotten else content["scheduled"],
            self.sockets,
            board.save,
        )
        self._conflict: tuple[str, int] | None = None
        self.reporter = StatusReporter(board, self.sockets, self.availability)
        self.registration = Registration(
            board, self.reporter, self.evaluate_all, self.queue.wake, content["accepted_by"]
        )
        self.sampler = Sampler(
            board, self.sockets, self.registration, self.queue, content["samples"]
        )
        self.authorisation = Authorisation(
            board, Cache(content["cache"], board.persona.cache_capacity),
            LocalList(content["list_version"], content["local_list"]),
        )  # fmt: skip
        self.reservations = Reservations(
            board, self.sockets, content["reservations"], self.evaluate
        )
        self.smart_charging = SmartCharging(board, self.sockets, content["profiles"], self.evaluate)
        self.transactions = Transactions(
            board, self.sockets, self.queue, self.sampler, self.availability,
            self.reservations, self.smart_charging, content["next_local_id"], self.evaluate,
        )  # fmt: skip
        self.sessions = Sessions(
            board, self.sockets, self.registration, self.authorisation, self.reservations,
            self.transactions.stop, self.evaluate,
        )  # fmt: skip
        self._sequence = ChargingSequence(
            board, self.registration, self.transactions, self.reservations, self.reporter
        )

    @cached_property
    def maintenance(self) -> Maintenance:
        """Firmware, diagnostics and logs."""
        from firmware_mocks.charging_station.maintenance import Maintenance  # see there

        return Maintenance(self)

    @property
    def firmware_memory(self) -> StoredFirmware:
        """What survives of the firmware; changed in place."""
        if self._firmware is None:
            self._firmware = StoredFirmware(version="", update=None)
        return self._firmware

    @property
    def is_installing(self) -> bool:
        """Whether firmware is being written, which nothing may interrupt."""
        return self._firmware is not None and not self.maintenance.firmware.may_begin

    def _secure(self, stored: StoredSecurity) -> None:
        board, persona = self.board, self.board.persona
        self._delivered = stored["delivered"]
        self.security_log = SecurityLog(stored["log"], board.save)
        self.security_events = SecurityEvents(board, self.security_log, stored["events"])
        rules = StoreRules(
            persona.certificate_store_max_length, persona.additional_root_certificate_check
        )
        self.certificates = CertificateStore(stored["roots"], stored["crls"], rules, board.save)
        self.own_certificates = OwnCertificates(board, stored["keys"], self.certificates)
        self.renewal = CertificateRenewal(board, self.own_certificates)
        self.access = SecureAccess(
            board, self.security_events, self.certificates, self.own_certificates, stored["trial"]
        )
        board.rtc.stepped = self._clock_stepped

    def deliver(self, delivered: Delivered) -> None:
        """Install what the maker has put in, at the first boot only.

        Raises:
            ValueError: something cannot be read or is bad.
        """
        if not self._delivered:
            self._delivered = True
            now = self.board.rtc.utc()
            deliver(delivered, self.certificates, self.own_certificates, now)

    def _clock_stepped(self, by_s: float) -> None:
        """Dates are sooner or later than was thought."""
        self.sampler.regrid()
        self.reservations.expiry.touch()
        self.transactions.clock_stepped(by_s)
        self.smart_charging.clock_stepped(by_s)
        self.renewal.look_again()
        if abs(by_s) > BIG_STEP_S:
            self.security_events.raised("SettingSystemTime", f"by {by_s:+.0f} s")

    def _queue_changed(self) -> None:
        used = len(self.queue.messages) / self.board.persona.queue_capacity
        if used >= NEARLY_FULL and not self._nearly_full:
            self.security_events.raised("MemoryExhaustion", f"queue {used:.0%} full")
        self._nearly_full = used >= NEARLY_FULL
        self.board.save()

    def _socket(self, number: int, wh: float) -> Socket:
        persona, clock = self.board.persona, self.board.clock
        return Socket(
            number,
            Meter(clock.now, wh, persona.phases),
            clock,
            self.board.defects,
            fixed_cable=persona.fixed_cable,
            max_current_a=persona.max_current_a,
            ventilation=persona.ventilation,
            changed=self.evaluate,
            output=self._output,
        )

    def content(self, written_at: float | None) -> Content:
        """What survives, for the disk."""
        sockets = self.sockets.items()
        return {
            "configuration": dict(self.board.configuration.values),
            "inoperative": sorted(self.availability.inoperative),
            "scheduled": sorted(self.availability.scheduled),
            "finishing": [n for n, s in sockets if s.used],
            "meters": {str(n): s.meter.wh for n, s in sockets},
            "transactions": self.transactions.stored(),
            "queue": self.queue.messages,
            "cache": self.authorisation.cache.entries,
            "local_list": self.authorisation.local_list.entries,
            "list_version": self.authorisation.local_list.version,
            "profiles": self.smart_charging.stored(),
            "reservations": self.reservations.stored(),
            "next_local_id": self.transactions.next_local_id,
            "samples": self.sampler.data,
            "written_at": written_at,
            "accepted_by": self.registration.accepted_by,
            "firmware": self._firmware,
            "security": {
                "log": self.security_log.stored,
                "events": self.security_events.waiting,
                "roots": self.certificates.stored,
                "crls": self.certificates.stored_crls,
                "keys": self.own_certificates.stored,
                "trial": self.access.trial,
                "delivered": self._delivered,
            },
        }

    def settle_interrupted(self, reason: str) -> None:
        """Resume or end what was running before the boot, which has the given `reason`."""
        self.transactions.settle(self._interrupted, self._lost_at, reason)
        self._interrupted = []

    async def run(self) -> None:
        """Connect, deliver, keep the heart beating and sample, until cancelled."""
        uplink = self.board.uplink
        for chore in self._chores:
            chore.start()
        self.queue.start(uplink.settled, self.board.tasks.spawn)
        if self.board.persona.security_extension:
            self.board.tasks.spawn(self.security_events.deliver(uplink.settled))
            self.board.tasks.spawn(self.renewal.run(uplink.settled))
        if self._firmware is not None:
            self.maintenance.firmware.resume()
        try:
            await uplink.run(self.registration.session, self.access)
        finally:
            self.stop()

    @property
    def _chores(self) -> tuple[Chore, ...]:
        return (
            self.registration.heart, self.sampler.grid, self.reservations.expiry,
            self.smart_charging.limits,
        )  # fmt: skip

    def stop(self) -> None:
        """Do nothing any more; there may be something to stop before the first `run`."""
        for chore in self._chores:
            chore.stop()
        self.sampler.stop()
        self._sequence.stop()
        for socket in self.sockets.values():
            socket.stop()

    def evaluate(self, socket: Socket) -> None:
        """Draw the consequences of whatever has changed at a connector."""
        self.sessions.plugged_in(socket)
        self._sequence.evaluate(socket)

    def evaluate_all(self) -> None:
        """The same for every connector."""
        for socket in self.sockets.values():
            self.evaluate(socket)

    def configuration_changed(self, key: str) -> None:
        """A key was written: what depends on it takes it over now."""
        self.board.save()
        self.registration.wake()
        self.board.uplink.keep_alive.interval_changed()
        if key.casefold() == "metervaluesampleinterval":
            self.sampler.restart()
        elif key.casefold() == "clockaligneddatainterval":
            self.sampler.regrid()
        elif key.casefold() == "connectiontimeout":
            self._sequence.timeout_changed()
        elif key.casefold() == "cponame":
            self.renewal.look_again()

    async def _deliver(self, action: str, payload: dict[str, Json]) -> Outcome:
        """Send a queued message."""
        if self.board.defects.has("late-time-stamps") and "timestamp" in payload:
            payload["timestamp"] = self.board.rtc.stamp()
        return await self.board.uplink.call(action, payload)

    def message_answered(self, message: StoredMessage, conf: dict[str, Json] | None) -> None:
        """A queued message was answered; None when it is given up."""
        info, id_tag = (conf or {}).get("idTagInfo"), message["payload"].get("idTag")
        if isinstance(info, dict) and isinstance(id_tag, str):
            listed = self.authorisation.listed(id_tag) or {}
            if listed.get("status") == "Accepted" != info.get("status"):
                self._tell_conflict(id_tag)
            self.authorisation.remember(id_tag, info)
        if message["action"] == "StartTransaction":
            self.transactions.start_answered(message["local_id"], conf)

    def _tell_conflict(self, id_tag: str) -> None:
        """The list and the Central System disagree about a card; told once for each list."""
        conflict = (id_tag.casefold(), self.authorisation.local_list.version)
        if conflict != self._conflict:
            self._conflict = conflict
            self.reporter.report_error(STATION, "LocalListConflict")

    async def wind_down(self, reason: str, within_s: float) -> None:
        """End every transaction and have everything delivered, as far as there is time.

        Meanwhile nobody begins anything, not even who waits for a cable or an answer.

        Args:
            reason: of StopTransaction.
            within_s: lab seconds; what is left then goes out after the boot.
        """
        self.registration.leaving = True
        self.transactions.stop_all(reason)
        try:
            async with asyncio.timeout(self.board.clock.real(within_s)):
                await self.queue.drained()
                await self.reporter.flushed()
        except TimeoutError:
            pass  # the rest is on the disk

    def stay(self) -> None:
        """Serve drivers again: what `wind_down` was for does not happen."""
        self.registration.leaving = False
        self.evaluate_all()

    async def reconnect(self) -> None:
        """Say goodbye and come back as the configuration says now; no BootNotification."""
        if self.board.defects.has("stays-connected"):
            return
        if self.board.defects.has("slow-goodbye"):
            await self.board.clock.sleep(SLOW_S)
        await self.board.uplink.close(NORMAL)

    async def reset(self, *, hard: bool) -> None:
        """What follows an accepted Reset."""
        board = self.board
        lost = board.defects.has("loses-transaction-on-reset")
        resumed = board.defects.has("resumes-after-reset")
        if not (hard and (lost or resumed)):
            timeout_s = float(board.configuration.number("MessageTimeout"))
            await self.wind_down("HardReset" if hard else "SoftReset", timeout_s)
        board.save()
        if board.defects.has("boots-without-restart"):
            self.registration.status = ""
            self.registration.leaving = False
            await self.registration.session()
            return
        await board.uplink.close(GOING_AWAY)
        board.restart()
