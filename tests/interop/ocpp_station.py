"""A charging station that shares no code with the rig: the `ocpp` package's own ChargePoint.

One connector. It does the usual things right, and some things wrong that its author forgot:
it retries a refused BootNotification after its own pause, knows no ConnectionTimeOut, samples
no meter, and forgets everything at a reset.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from ocpp.routing import after, on
from ocpp.v16 import ChargePoint, call, call_result
from ocpp.v16.datatypes import KeyValue
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

logging.getLogger("ocpp").setLevel(logging.CRITICAL)

OWN_PAUSE_S = 0.3
KEYS = {
    "AuthorizeRemoteTxRequests": "false",
    "ClockAlignedDataInterval": "0",
    "ConnectionTimeOut": "60",
    "ConnectorPhaseRotation": "NotApplicable",
    "GetConfigurationMaxKeys": "20",
    "HeartbeatInterval": "60",
    "LocalAuthorizeOffline": "false",
    "LocalPreAuthorize": "false",
    "MeterValueSampleInterval": "0",
    "MeterValuesAlignedData": "",
    "MeterValuesSampledData": "",
    "NumberOfConnectors": "1",
    "ResetRetries": "0",
    "StopTransactionOnEVSideDisconnect": "true",
    "StopTransactionOnInvalidId": "true",
    "StopTxnAlignedData": "",
    "StopTxnSampledData": "",
    "SupportedFeatureProfiles": "Core",
    "TransactionMessageAttempts": "1",
    "TransactionMessageRetryInterval": "1",
    "UnlockConnectorOnEVSideDisconnect": "true",
}


class IndependentStation(ChargePoint):  # type: ignore[misc]  # the package has no type hints
    """Built on the package; one object per connection."""

    def __init__(self, identity: str, connection: Any) -> None:
        super().__init__(identity, connection, response_timeout=5)
        self.keys = dict(KEYS)
        self.plugged = self.wants_energy = self.energy = False
        self.operative = True
        self.card: str | None = None
        self.transaction: int | None = None
        self.status = ""
        self.reset_wanted = asyncio.Event()
        self._meter = 1000
        self._one_at_a_time = asyncio.Lock()

    async def life(self) -> None:
        while True:
            conf = await self.call(
                call.BootNotification(charge_point_model="Other", charge_point_vendor="Elsewhere")
            )
            if conf.status == "Accepted":
                break
            await asyncio.sleep(OWN_PAUSE_S if conf.status == "Rejected" else conf.interval)
        self.keys["HeartbeatInterval"] = str(conf.interval)
        await self._report(0, "Available")
        await self.refresh()
        while True:
            await asyncio.sleep(conf.interval)
            await self.call(call.Heartbeat())

    async def refresh(self) -> None:
        """Start what can start, and report what changed."""
        async with self._one_at_a_time:
            await self._refresh()

    async def _refresh(self) -> None:
        if self.card and self.plugged and self.transaction is None:
            await self._start(self.card)
        self.energy = self.transaction is not None and self.wants_energy
        status = "Available"
        if not self.operative:
            status = "Unavailable"
        elif self.transaction is not None:
            status = "Charging" if self.wants_energy else "SuspendedEV"
        elif self.status in ("Charging", "SuspendedEV", "Finishing") and self.plugged:
            status = "Finishing"
        elif self.plugged or self.card:
            status = "Preparing"
        if status == "SuspendedEV" and self.status != "Charging":
            return  # the EV gets a moment to ask for energy
        if status != self.status:
            self.status = status
            await self._report(1, status)

    async def swipe(self, id_tag: str) -> None:
        if self.transaction is not None:
            await self.stop("Local", id_tag)
            return
        conf = await self.call(call.Authorize(id_tag=id_tag))
        if conf.id_tag_info["status"] == "Accepted":
            self.card = id_tag
        await self.refresh()

    async def stop(self, reason: str, id_tag: str | None = None) -> None:
        number, self.transaction, self.card = self.transaction, None, None
        self.energy = False
        await self.call(
            call.StopTransaction(
                meter_stop=self._meter, timestamp=_now(), transaction_id=number or 0,
                reason=reason, id_tag=id_tag,
            )
        )  # fmt: skip
        if self.status in ("Preparing", "Charging", "SuspendedEV"):
            self.status = "Finishing"
            await self._report(1, "Finishing")

    async def _start(self, id_tag: str) -> None:
        conf = await self.call(
            call.StartTransaction(
                connector_id=1, id_tag=id_tag, meter_start=self._meter, timestamp=_now()
            )
        )
        self.transaction = conf.transaction_id

    async def _report(self, connector: int, status: str) -> None:
        await self.call(
            call.StatusNotification(connector_id=connector, error_code="NoError", status=status)
        )

    @on("GetConfiguration")
    def on_get(self, key: list[str] | None = None) -> Any:
        asked = key or list(self.keys)
        return call_result.GetConfiguration(
            configuration_key=[
                KeyValue(key=k, readonly=False, value=self.keys[k]) for k in asked if k in self.keys
            ],
            unknown_key=[k for k in asked if k not in self.keys],
        )

    @on("ChangeConfiguration")
    def on_change(self, key: str, value: str) -> Any:
        if key not in self.keys:
            return call_result.ChangeConfiguration(status="NotSupported")
        self.keys[key] = value
        return call_result.ChangeConfiguration(status="Accepted")

    @on("ChangeAvailability")
    def on_availability(self, connector_id: int, type: str) -> Any:
        self.operative = type == "Operative"
        return call_result.ChangeAvailability(status="Accepted")

    @after("ChangeAvailability")
    async def after_availability(self, **_: Any) -> None:
        await self.refresh()

    @on("ClearCache")
    def on_clear(self) -> Any:
        return call_result.ClearCache(status="Accepted")

    @on("RemoteStartTransaction")
    def on_start(self, id_tag: str, connector_id: int = 1, **_: Any) -> Any:
        return call_result.RemoteStartTransaction(status="Accepted")

    @after("RemoteStartTransaction")
    async def after_start(self, id_tag: str, **_: Any) -> None:
        self.card = id_tag
        await self.refresh()

    @on("RemoteStopTransaction")
    def on_stop(self, transaction_id: int) -> Any:
        known = transaction_id == self.transaction
        return call_result.RemoteStopTransaction(status="Accepted" if known else "Rejected")

    @after("RemoteStopTransaction")
    async def after_stop(self, **_: Any) -> None:
        if self.transaction is not None:
            await self.stop("Remote")

    @on("Reset")
    def on_reset(self, type: str) -> Any:
        return call_result.Reset(status="Accepted")

    @after("Reset")
    async def after_reset(self, **_: Any) -> None:
        self.reset_wanted.set()


class Site:
    """The station on its wall, with a person in front of it: an `Operator` for the rig."""

    def __init__(self, identity: str, id_tags: dict[str, str]) -> None:
        self._identity = identity
        self._id_tags = id_tags
        self._life: asyncio.Task[None] | None = None
        self._cable = False
        self._energy_wanted = False
        self.station: IndependentStation | None = None
        self.url = ""

    def power_on(self) -> None:
        self._life = asyncio.create_task(self._run())

    async def power_off(self) -> None:
        if self._life is not None:
            self._life.cancel()
            await asyncio.wait({self._life})
            self._life = None

    async def _run(self) -> None:
        while True:
            async with connect(f"{self.url}/{self._identity}", subprotocols=["ocpp1.6"]) as ws:  # type: ignore[list-item]
                station = self.station = IndependentStation(self._identity, ws)
                station.plugged, station.wants_energy = self._cable, self._energy_wanted
                tasks = {
                    asyncio.create_task(station.start()),
                    asyncio.create_task(station.life()),
                    asyncio.create_task(station.reset_wanted.wait()),
                }
                try:
                    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for task in tasks:
                        task.cancel()
                    with suppress(ConnectionClosed):
                        await asyncio.gather(*tasks, return_exceptions=True)

    async def ask(self, question: str, choices: Any, timeout_s: float, **_: str) -> str:
        """What a person does who can read."""
        station = self.station
        if "get energy" in question:
            return "yes" if station is not None and station.energy else "no"
        if "pulled out" in question:
            return "yes"
        if "mains" in question:
            await self.power_off()
            if "switch the mains of the charging station on" in question:
                self.power_on()
            return "done"
        card = next((tag for name, tag in self._id_tags.items() if repr(name) in question), None)
        if card is None:
            self._move(question)
        if station is not None:
            station.plugged, station.wants_energy = self._cable, self._energy_wanted
            if card is not None:
                await station.swipe(card)
            elif "EV's side only" in question and station.transaction is not None:
                await station.stop("EVDisconnected")
            else:
                await station.refresh()
        return "done"

    def _move(self, question: str) -> None:
        if "put the" in question or "connect the type2 cable" in question:
            self._cable = True
        elif "request energy (set" in question:
            self._energy_wanted = True
        elif "stop charging" in question or "EV's side only" in question:
            self._energy_wanted = False
        elif "pull the plug" in question:
            self._cable = False
        else:
            raise AssertionError(f"what does this want of me? {question}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
