"""MeterValues during a transaction, and what goes into StopTransaction.

Source: OCPP 1.6, 3.16 and 4.7; rules M8.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from firmware_mocks.charging_station.storage import Json
from firmware_mocks.clock import stamp

if TYPE_CHECKING:
    from firmware_mocks.charging_station.socket import Socket, Transaction
    from firmware_mocks.charging_station.station import ChargingStation

OFF_POLL_S = 3600.0


class Sampler:
    """Takes samples in the rhythm of the configuration."""

    def __init__(self, station: ChargingStation) -> None:
        self._station = station
        self._changed = asyncio.Event()
        self._restarted_s = 0.0
        self._data: dict[int, list[Json]] = {}

    def restart(self) -> None:
        """The interval was written: the rhythm begins anew."""
        self._restarted_s = self._station.clock.now()
        self._changed.set()
        self._changed = asyncio.Event()

    async def sample(self, socket: Socket, transaction: Transaction) -> None:
        """Sample a transaction until it ends."""
        clock = self._station.clock
        self._collect(socket, transaction, "Transaction.Begin")
        next_s = self._next(transaction.started_s)
        while socket.transaction is transaction:
            changed = self._changed
            wait_s = OFF_POLL_S if next_s is None else next_s - clock.now()
            try:
                async with asyncio.timeout(clock.real(max(0.0, wait_s))):
                    await changed.wait()
                next_s = self._next(self._restarted_s)
            except TimeoutError:
                if next_s is not None and socket.transaction is transaction:
                    self._send(socket, transaction)
                    next_s = self._next(next_s)

    def _next(self, last_s: float) -> float | None:
        interval_s = self._station.configuration.number("MeterValueSampleInterval")
        if self._station.defects.has("slow-meter-values"):
            interval_s *= 2
        return last_s + interval_s if interval_s > 0 else None

    def _values(self, socket: Socket, key: str, context: str) -> list[Json]:
        names = self._station.configuration.names(key)
        return socket.meter.sample(names, context, float(socket.max_current_a))

    def _send(self, socket: Socket, transaction: Transaction) -> None:
        self._collect(socket, transaction, "Sample.Periodic")
        values = self._values(socket, "MeterValuesSampledData", "Sample.Periodic")
        if not values or self._station.defects.has("no-meter-values"):
            return
        payload: dict[str, Json] = {
            "connectorId": socket.connector_id,
            "meterValue": [{"timestamp": stamp(self._station.utc()), "sampledValue": values}],
        }
        if transaction.transaction_id is not None:
            payload["transactionId"] = transaction.transaction_id
        self._station.queue.put("MeterValues", payload, transaction.local_id)

    def _collect(self, socket: Socket, transaction: Transaction, context: str) -> None:
        values = self._values(socket, "StopTxnSampledData", context)
        if values:
            entry: Json = {"timestamp": stamp(self._station.utc()), "sampledValue": values}
            self._data.setdefault(transaction.local_id, []).append(entry)

    def transaction_data(self, socket: Socket, transaction: Transaction) -> list[Json]:
        """The samples of a transaction that ends now; first and last are never thinned out."""
        self._collect(socket, transaction, "Transaction.End")
        data = self._data.pop(transaction.local_id, [])
        most = self._station.configuration.number("StopTransactionMaxMeterValues")
        return data if len(data) <= most else [*data[: most - 1], data[-1]]
