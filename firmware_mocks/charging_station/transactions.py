"""Transactions from StartTransaction to StopTransaction, also over a loss of power.

Source: OCPP 1.6, 4.8 and 4.10; errata v4.0 3.17 and 3.18; station behaviour 6 and 15.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from firmware_mocks.charging_station.authorisation import parent_of
from firmware_mocks.charging_station.availability import Availability
from firmware_mocks.charging_station.board import Board
from firmware_mocks.charging_station.queue import NEVER_ANSWERED, TransactionQueue
from firmware_mocks.charging_station.reservations import Reservations
from firmware_mocks.charging_station.sampling import Sampler
from firmware_mocks.charging_station.smart_charging import SmartCharging
from firmware_mocks.charging_station.socket import Socket
from firmware_mocks.charging_station.storage import Json, StoredTransaction
from firmware_mocks.charging_station.transaction import Session, Transaction
from firmware_mocks.clock import MockClock


class Transactions:
    """Begins and ends the transactions of every connector.

    Args:
        board: of the station.
        sockets: the connectors.
        queue: takes the messages.
        sampler: takes the samples.
        availability: takes a connector out of service once nobody charges there any more.
        reservations: one ends where its transaction starts.
        smart_charging: profiles come and go with a transaction.
        next_local_id: of the next transaction.
        changed: told of the connector whose transaction has ended or lost its permission.
    """

    __slots__ = (
        "_availability",
        "_board",
        "_changed",
        "_queue",
        "_reservations",
        "_sampler",
        "_smart_charging",
        "_sockets",
        "next_local_id",
    )

    def __init__(
        self,
        board: Board,
        sockets: Mapping[int, Socket],
        queue: TransactionQueue,
        sampler: Sampler,
        availability: Availability,
        reservations: Reservations,
        smart_charging: SmartCharging,
        next_local_id: int,
        changed: Callable[[Socket], None],
    ) -> None:
        self.next_local_id = next_local_id
        self._board = board
        self._sockets = sockets
        self._queue = queue
        self._sampler = sampler
        self._availability = availability
        self._reservations = reservations
        self._smart_charging = smart_charging
        self._changed = changed

    def start(self, socket: Socket, session: Session) -> None:
        """Make a session a transaction."""
        board = self._board
        transaction = Transaction(
            self.next_local_id, session.id_tag, session.parent_id_tag,
            round(socket.meter.wh), board.clock.now(), board.rtc.posix(),
        )  # fmt: skip
        self.next_local_id += 1
        socket.transaction = transaction
        socket.used = False
        self._sampler.begin(socket, transaction)
        wrong_tag = board.defects.has("wrong-id-tag")
        payload: dict[str, Json] = {
            "connectorId": socket.connector_id,
            "idTag": "SOMEBODY-ELSE" if wrong_tag else session.id_tag,
            "meterStart": transaction.meter_start,
            "timestamp": board.rtc.stamp(transaction.started_posix),
        }
        if (
            reservation_id := self._reservations.use(socket, session.id_tag, session.parent_id_tag)
        ) is not None:
            payload["reservationId"] = reservation_id
        self._queue.put("StartTransaction", payload, transaction.local_id)
        if session.profile is not None and not self._board.defects.has("ignores-profiles"):
            self._smart_charging.install(replace(session.profile, connector_id=socket.connector_id))
        self._smart_charging.touch()
        self._sampler.follow(socket, transaction)

    def start_answered(self, local_id: int, conf: dict[str, Json] | None) -> None:
        """The Central System answered StartTransaction; None when it never will."""
        number = NEVER_ANSWERED if conf is None else conf["transactionId"]
        if not isinstance(number, int):
            return
        self._queue.assign(local_id, number)
        for socket in self._sockets.values():
            transaction = socket.transaction
            if transaction is None or transaction.local_id != local_id:
                continue
            transaction.transaction_id = number
            info = (conf or {}).get("idTagInfo")
            if isinstance(info, dict):
                transaction.parent_id_tag = parent_of(info) or transaction.parent_id_tag
                if info.get("status") != "Accepted":
                    self._deauthorise(socket)

    def _deauthorise(self, socket: Socket) -> None:
        configuration, transaction = self._board.configuration, socket.transaction
        if self._board.defects.has("invalid-id-goes-on"):
            return
        if configuration.flag("StopTransactionOnInvalidId"):
            if transaction is not None:
                socket.keep_plug(transaction.id_tag, transaction.parent_id_tag)
            self.stop(socket, "DeAuthorized")
        elif transaction is not None:
            limit_wh = socket.meter.wh + configuration.number("MaxEnergyOnInvalidId")
            transaction.limit_wh = limit_wh
            self._board.save()
            self._board.tasks.spawn(self._end_offer(socket, transaction, limit_wh))

    async def _end_offer(self, socket: Socket, transaction: Transaction, limit_wh: float) -> None:
        """Offer energy until the register has reached a limit, then none any more."""
        meter, clock = socket.meter, self._board.clock
        while (left_s := meter.seconds_until(limit_wh)) != 0:
            load_changed = meter.load_changed
            try:
                async with asyncio.timeout(None if left_s is None else clock.real(left_s)):
                    await load_changed.wait()
            except TimeoutError:
                pass  # the limit may be reached: see above
        if socket.transaction is transaction:
            transaction.offering = False
            self._changed(socket)

    def stop(self, socket: Socket, reason: str, id_tag: str | None = None) -> None:
        """End the transaction of a connector; the message goes into the queue."""
        transaction, socket.transaction = socket.transaction, None
        if transaction is None:
            return
        socket.cut_energy()  # the register stands still from here on
        self._queue_stop(socket, transaction, reason, id_tag)
        self._smart_charging.transaction_ended(socket.connector_id)
        socket.used = socket.cable
        self._availability.transaction_ended(socket)
        self._board.save()
        self._changed(socket)

    def stop_all(self, reason: str) -> None:
        """End every transaction."""
        for socket in self._sockets.values():
            self.stop(socket, reason)

    def clock_stepped(self, by_s: float) -> None:
        """The clock was set: what runs has not run any longer for it."""
        for socket in self._sockets.values():
            if socket.transaction is not None:
                socket.transaction.started_posix += by_s

    def _queue_stop(
        self,
        socket: Socket,
        transaction: Transaction,
        reason: str,
        id_tag: str | None = None,
        posix: float | None = None,
    ) -> None:
        rtc, defects = self._board.rtc, self._board.defects
        posix = rtc.posix() if posix is None else posix
        number = transaction.transaction_id
        if number is not None and defects.has("wrong-transaction-id"):
            number += 1000
        meter_stop = round(socket.meter.wh)
        if defects.has("meter-stop-below-start"):
            meter_stop = transaction.meter_start - 1
        payload: dict[str, Json] = {
            "transactionId": NEVER_ANSWERED if number is None else number,
            "meterStop": meter_stop,
            "timestamp": rtc.stamp(posix),
            "reason": defects.argument("wrong-stop-reason") or reason,
        }
        if id_tag is not None:
            payload["idTag"] = id_tag
        if data := self._sampler.transaction_data(socket, transaction, posix):
            payload["transactionData"] = data
        self._queue.put("StopTransaction", payload, transaction.local_id)

    # --- over a loss of power ---------------------------------------------------------------

    def stored(self) -> list[StoredTransaction]:
        """What runs now, for the disk."""
        running = [(n, s.transaction) for n, s in self._sockets.items() if s.transaction]
        return [_stored(number, transaction) for number, transaction in running]

    def settle(
        self, interrupted: Iterable[StoredTransaction], lost_at: float | None, reason: str
    ) -> None:
        """Resume or end what was running when the power went or the station restarted itself.

        Args:
            interrupted: from the disk.
            lost_at: when that was, by the station's own clock.
            reason: of StopTransaction.
        """
        persona, defects = self._board.persona, self._board.defects
        for item in interrupted:
            socket = self._sockets[item["connector_id"]]
            transaction = _restored(item, self._board.clock)
            lost = defects.has("loses-transaction-on-reset")
            resumes = persona.power_failure_mode == "resume" or defects.has("resumes-after-reset")
            if resumes and not lost:
                self._resume(socket, transaction)
                continue
            socket.used = True
            if not lost:
                self._queue_stop(socket, transaction, reason, posix=lost_at)
            self._smart_charging.transaction_ended(socket.connector_id)
            self._availability.transaction_ended(socket)

    def _resume(self, socket: Socket, transaction: Transaction) -> None:
        socket.transaction = transaction
        self._sampler.follow(socket, transaction)
        if transaction.limit_wh is not None:
            self._board.tasks.spawn(self._end_offer(socket, transaction, transaction.limit_wh))


def _stored(connector_id: int, t: Transaction) -> StoredTransaction:
    return {
        "local_id": t.local_id, "connector_id": connector_id, "id_tag": t.id_tag,
        "transaction_id": t.transaction_id, "meter_start": t.meter_start,
        "started": t.started_posix, "parent_id_tag": t.parent_id_tag,
        "limit_wh": t.limit_wh,
    }  # fmt: skip


def _restored(item: StoredTransaction, clock: MockClock) -> Transaction:
    return Transaction(
        item["local_id"], item["id_tag"], item["parent_id_tag"], item["meter_start"],
        clock.now(), item["started"], item["transaction_id"], limit_wh=item["limit_wh"],
    )  # fmt: skip
