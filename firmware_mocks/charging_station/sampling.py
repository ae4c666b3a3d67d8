"""MeterValues, in a transaction and on the clock, and what goes into StopTransaction.

Source: OCPP 1.6, 3.16 and 4.7; rules M8.
"""

from __future__ import annotations

from collections.abc import Mapping

from firmware_mocks.charging_station.board import Board
from firmware_mocks.charging_station.chore import Chore
from firmware_mocks.charging_station.queue import TransactionQueue
from firmware_mocks.charging_station.registration import Registration
from firmware_mocks.charging_station.socket import Socket
from firmware_mocks.charging_station.storage import Json
from firmware_mocks.charging_station.transaction import Transaction

DAY_S = 86400.0
REGISTER = "Energy.Active.Import.Register"
NO_TRANSACTION = 0
"""Local id of samples without a transaction; transactions count from 1."""


def next_grid_instant(posix: float, interval_s: float) -> float:
    """First instant after `posix` on the grid 00:00:00 + k interval of its day (UTC)."""
    midnight = posix - posix % DAY_S
    steps = (posix - midnight) // interval_s + 1
    return min(midnight + steps * interval_s, midnight + DAY_S)


def thinned(data: list[Json], most: int) -> list[Json]:
    """At most so many samples: first and last stay, the others are thinned out evenly."""
    if len(data) <= most:
        return data
    return [data[i * (len(data) - 1) // max(1, most - 1)] for i in range(most)]


OFF_GRID_S = 3
"""Of the defect off-grid."""


class Sampler:
    """Takes samples in the rhythm of the configuration.

    Args:
        board: of the station.
        sockets: the connectors.
        registration: no sample without a transaction before it is Accepted.
        queue: takes MeterValues.
        stored: samples for StopTransaction from the disk, by local id of the transaction.

    Attributes:
        grid: samples every connector at the instants of the grid.
    """

    __slots__ = (
        "_backwards",
        "_board",
        "_due",
        "_last_wh",
        "_next_s",
        "_queue",
        "_registration",
        "_rhythms",
        "_sockets",
        "data",
        "grid",
    )

    def __init__(
        self,
        board: Board,
        sockets: Mapping[int, Socket],
        registration: Registration,
        queue: TransactionQueue,
        stored: dict[str, list[Json]],
    ) -> None:
        self.data = stored
        self._board = board
        self._sockets = sockets
        self._registration = registration
        self._queue = queue
        self._rhythms: dict[int, Chore] = {}
        self._next_s: dict[int, float | None] = {}
        self.grid = Chore(board.clock, self._on_the_grid)
        self._due: float | None = None
        self._backwards = 0
        # Register at the last sample of either kind: the beginning of the present interval.
        self._last_wh = {
            (number, kind): round(socket.meter.wh)
            for number, socket in sockets.items()
            for kind in ("Sampled", "Aligned")
        }

    def restart(self) -> None:
        """MeterValueSampleInterval was written: the rhythm begins anew."""
        now_s = self._board.clock.now()
        for number, rhythm in self._rhythms.items():
            self._next_s[number] = self._next(now_s)
            rhythm.touch()

    def regrid(self) -> None:
        """ClockAlignedDataInterval was written: the next instant of the new grid is next."""
        self._due = None
        self.grid.touch()

    def begin(self, socket: Socket, transaction: Transaction) -> None:
        """Take the first sample of a transaction."""
        self._last_wh[socket.connector_id, "Sampled"] = transaction.meter_start
        self._collect(socket, transaction, "Transaction.Begin", transaction.started_posix, 0)

    def follow(self, socket: Socket, transaction: Transaction) -> None:
        """Sample a transaction until it ends."""
        number = socket.connector_id
        self._next_s[number] = self._next(transaction.started_s)
        rhythm = Chore(self._board.clock, lambda: self._sample(socket, transaction))
        self._rhythms[number] = rhythm
        rhythm.start()

    def outage(self, socket: Socket, out: bool) -> None:
        """The meter fails or works again; a running transaction tells its last and first value."""
        if out is socket.meter.is_out:
            return
        if out:
            self._interrupt(socket, "Interruption.Begin")
        socket.meter.fail(out)
        if not out:
            self._interrupt(socket, "Interruption.End")

    def _interrupt(self, socket: Socket, context: str) -> None:
        if socket.transaction is not None:
            self._take(socket, "Sampled", context, self._board.rtc.posix())

    def stop(self) -> None:
        """Take no sample any more."""
        for rhythm in self._rhythms.values():
            rhythm.stop()

    def _sample(self, socket: Socket, transaction: Transaction) -> float | None:
        if socket.transaction is not transaction:
            return None
        next_s, now_s = self._next_s[socket.connector_id], self._board.clock.now()
        if next_s is not None and next_s <= now_s:
            self._take(socket, "Sampled", "Sample.Periodic", self._board.rtc.posix())
            next_s = self._next_s[socket.connector_id] = self._next(next_s)
        return None if next_s is None else next_s - now_s

    def _on_the_grid(self) -> float | None:
        now, due = self._board.rtc.posix(), self._due
        interval_s = self._interval_s("ClockAlignedDataInterval")
        # The clock may have been set meanwhile: then `due` is gone or still to come.
        if due is not None and 0 <= now - due < interval_s:
            for socket in self._sockets.values():
                late_s = OFF_GRID_S if self._board.defects.has("off-grid") else 0
                self._take(socket, "Aligned", "Sample.Clock", due + late_s)
        self._due = next_grid_instant(now, interval_s) if interval_s else None
        return None if self._due is None else self._due - now

    def _next(self, last_s: float) -> float | None:
        interval_s = self._interval_s("MeterValueSampleInterval")
        return last_s + interval_s if interval_s > 0 else None

    def _interval_s(self, key: str) -> int:
        slow = self._board.defects.has("slow-meter-values")
        return self._board.configuration.number(key) * (2 if slow else 1)

    def _values(
        self, socket: Socket, names: tuple[str, ...], context: str, interval_wh: int
    ) -> list[Json]:
        load = socket.inputs.load
        soc = load.soc_percent if load is not None and self._board.persona.tells_soc else None
        offer = socket.offer_a, socket.phases
        values = socket.meter.reading(offer, interval_wh, soc).values(names, context)
        return self._wrong(values) if self._board.defects.any else values

    def _wrong(self, values: list[Json]) -> list[Json]:
        """What defects make of sampled values."""
        defects = self._board.defects
        wrong: list[Json] = []
        for value in values:
            if not isinstance(value, dict) or defects.has(
                "lacks-measurand", str(value.get("measurand"))
            ):
                continue
            if (context := defects.argument("wrong-context")) is not None:
                value = {**value, "context": context}
            if defects.has("meter-runs-back") and value.get("measurand") == REGISTER:
                self._backwards += 10
                value = {**value, "value": str(max(0, 100_000 - self._backwards))}
            wrong.append(value)
        return wrong

    def _end_interval(self, socket: Socket, kind: str) -> int:
        """Energy since the last sample of this kind; the next interval begins."""
        before_wh, now_wh = self._last_wh[socket.connector_id, kind], round(socket.meter.wh)
        self._last_wh[socket.connector_id, kind] = now_wh
        return now_wh - before_wh

    def _take(self, socket: Socket, kind: str, context: str, posix: float) -> None:
        """Send and collect one sample; `kind` is Sampled or Aligned, as in the keys."""
        if socket.meter.is_out:
            return
        board, transaction = self._board, socket.transaction
        interval_wh = self._end_interval(socket, kind)
        if transaction is not None:
            self._collect(socket, transaction, context, posix, interval_wh)
            board.save()
        names = board.configuration.names(f"MeterValues{kind}Data")
        if not names or (transaction is None and self._registration.status != "Accepted"):
            return
        if board.defects.has("no-meter-values"):
            return
        if board.defects.has("queue-forgets-samples") and not board.uplink.online.is_set():
            return
        values = self._values(socket, names, context, interval_wh)
        if not values:
            return  # only what is not known was asked for, and an empty list is no message
        payload: dict[str, Json] = {
            "connectorId": socket.connector_id,
            "meterValue": [{"timestamp": board.rtc.stamp(posix), "sampledValue": values}],
        }
        if transaction is not None and transaction.transaction_id is not None:
            payload["transactionId"] = transaction.transaction_id
        local_id = NO_TRANSACTION if transaction is None else transaction.local_id
        self._queue.put("MeterValues", payload, local_id)

    async def send_triggered(self, socket: Socket) -> None:
        """Present values because the Central System asked: fresh, not queued."""
        if (payload := self._triggered(socket)) is not None:
            sent = self._board.uplink.call("MeterValues", payload)
            del payload  # thousands that wait for an answer would keep theirs
            await sent

    def _triggered(self, socket: Socket) -> dict[str, Json] | None:
        board, transaction = self._board, socket.transaction
        names = board.configuration.names("MeterValuesSampledData")
        values = self._values(socket, names, "Trigger", 0)
        if not values:
            return None
        payload: dict[str, Json] = {
            "connectorId": socket.connector_id,
            "meterValue": [{"timestamp": board.rtc.stamp(), "sampledValue": values}],
        }
        if transaction is not None and transaction.transaction_id is not None:
            payload["transactionId"] = transaction.transaction_id
        return payload

    def _collect(
        self,
        socket: Socket,
        transaction: Transaction,
        context: str,
        posix: float,
        interval_wh: int,
    ) -> None:
        values = self._values(socket, self._stop_names(context), context, interval_wh)
        if values:
            entry: Json = {
                "timestamp": self._board.rtc.stamp(posix),
                "sampledValue": values,
            }
            self.data.setdefault(str(transaction.local_id), []).append(entry)

    def _stop_names(self, context: str) -> tuple[str, ...]:
        """Measurands for transactionData; first and last sample have those of both lists."""
        sampled = self._board.configuration.names("StopTxnSampledData")
        aligned = self._board.configuration.names("StopTxnAlignedData")
        if self._board.defects.has("transaction-data-unasked"):
            return (REGISTER,)
        if context == "Sample.Periodic":
            return sampled
        return aligned if context == "Sample.Clock" else tuple(dict.fromkeys((*sampled, *aligned)))

    def transaction_data(
        self, socket: Socket, transaction: Transaction, posix: float
    ) -> list[Json]:
        """The samples of a transaction that ended at `posix`."""
        interval_wh = self._end_interval(socket, "Sampled")
        self._collect(socket, transaction, "Transaction.End", posix, interval_wh)
        data = self.data.pop(str(transaction.local_id), [])
        return thinned(data, self._board.configuration.number("StopTransactionMaxMeterValues"))
