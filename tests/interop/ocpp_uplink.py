"""One connection of the independent station, and what it makes of the requests that come."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ocpp.routing import after, on
from ocpp.v16 import ChargePoint, call, call_result
from ocpp.v16.datatypes import KeyValue
from websockets.exceptions import ConnectionClosed

if TYPE_CHECKING:
    from tests.interop.ocpp_station import Firmware

ANSWER_S = 10.0
ENERGY = "Energy.Active.Import.Register"
MEASURANDS = frozenset({ENERGY, "Power.Active.Import"})
READ_ONLY = {
    "GetConfigurationMaxKeys": "40",
    "NumberOfConnectors": "1",
    "SupportedFeatureProfiles": "Core,RemoteTrigger",
    "MeterValuesSampledDataMaxLength": "2",
    "MeterValuesAlignedDataMaxLength": "2",
}
BOOLEANS = {
    "AllowOfflineTxForUnknownId": "true",
    "AuthorizeRemoteTxRequests": "false",
    "LocalAuthorizeOffline": "true",
    "LocalPreAuthorize": "false",
    "StopTransactionOnEVSideDisconnect": "true",
    "StopTransactionOnInvalidId": "true",
    "UnlockConnectorOnEVSideDisconnect": "true",
}
NUMBERS = {
    "ClockAlignedDataInterval": "0",
    "ConnectionTimeOut": "60",
    "HeartbeatInterval": "60",
    "MeterValueSampleInterval": "0",
    "ResetRetries": "0",
    "TransactionMessageAttempts": "3",
    "TransactionMessageRetryInterval": "5",
    "WebSocketPingInterval": "0",
}
LISTS = {
    "MeterValuesAlignedData": ENERGY,
    "MeterValuesSampledData": ENERGY,
    "StopTxnAlignedData": "",
    "StopTxnSampledData": "",
}


class Uplink(ChargePoint):  # type: ignore[misc]  # the package has no type hints
    """One connection: requests of the Central System."""

    def __init__(self, firmware: Firmware, connection: Any) -> None:
        super().__init__("station", connection, response_timeout=ANSWER_S)
        self.firmware = firmware
        self.asked_to_boot = asyncio.Event()
        self._ws = connection

    async def leave(self) -> None:
        """Say goodbye before a boot."""
        await self._ws.close(1001)

    def vanish(self) -> None:
        """Leave without a word."""
        self._ws.transport.abort()

    async def boot(self) -> Any:
        return await self.call(
            call.BootNotification(
                charge_point_model="Other", charge_point_vendor="Elsewhere", firmware_version="1"
            )
        )

    @on("GetConfiguration")
    def on_get(self, key: list[str] | None = None) -> Any:
        keys = self.firmware.disk.keys
        known = {name.casefold(): name for name in keys}
        asked = [known.get(k.casefold(), k) for k in key] if key else list(keys)
        return call_result.GetConfiguration(
            configuration_key=[
                KeyValue(key=k, readonly=k in READ_ONLY, value=keys[k]) for k in asked if k in keys
            ],
            unknown_key=[k for k in asked if k not in keys],
        )

    @on("ChangeConfiguration")
    def on_change(self, key: str, value: str) -> Any:
        keys = self.firmware.disk.keys
        name = {k.casefold(): k for k in keys}.get(key.casefold())
        if name is None:
            return call_result.ChangeConfiguration(status="NotSupported")
        text = value.casefold() if name in BOOLEANS else value
        wrong = (
            name in READ_ONLY
            or (name in BOOLEANS and text not in ("true", "false"))
            or (name in NUMBERS and not text.isdecimal())
            or (name in LISTS and not {v for v in text.split(",") if v} <= MEASURANDS)
        )
        if not wrong:
            keys[name] = text
        return call_result.ChangeConfiguration(status="Rejected" if wrong else "Accepted")

    @on("ChangeAvailability")
    def on_availability(self, connector_id: int, type: str) -> Any:
        firmware = self.firmware
        if connector_id > 1:
            return call_result.ChangeAvailability(status="Rejected")
        numbers = {0, 1} if connector_id == 0 else {connector_id}
        if type == "Operative":
            firmware.disk.inoperative -= numbers
            firmware.scheduled = False
            return call_result.ChangeAvailability(status="Accepted")
        firmware.disk.inoperative |= numbers
        firmware.scheduled = firmware.transaction is not None
        return call_result.ChangeAvailability(
            status="Scheduled" if firmware.scheduled else "Accepted"
        )

    @after("ChangeAvailability")
    async def after_availability(self, **_: Any) -> None:
        await self.firmware.refresh()

    @on("ClearCache")
    def on_clear(self) -> Any:
        return call_result.ClearCache(status="Rejected")

    @on("DataTransfer")
    def on_data(self, **_: Any) -> Any:
        return call_result.DataTransfer(status="UnknownVendorId")

    @on("GetLocalListVersion")
    def on_version(self) -> Any:
        return call_result.GetLocalListVersion(list_version=-1)

    @on("SendLocalList")
    def on_list(self, **_: Any) -> Any:
        return call_result.SendLocalList(status="NotSupported")

    @on("ReserveNow")
    def on_reserve(self, **_: Any) -> Any:
        return call_result.ReserveNow(status="Rejected")

    @on("RemoteStartTransaction")
    def on_start(self, id_tag: str, connector_id: int = 1, **_: Any) -> Any:
        firmware = self.firmware
        free = firmware.accepted and firmware.transaction is None and connector_id == 1
        fine = free and firmware.card is None and firmware.status(1) in ("Available", "Preparing")
        self.takes = fine
        return call_result.RemoteStartTransaction(status="Accepted" if fine else "Rejected")

    @after("RemoteStartTransaction")
    async def after_start(self, id_tag: str, **_: Any) -> None:
        if not self.takes:
            return
        fine, parent = True, None
        if self.firmware.flag("AuthorizeRemoteTxRequests"):
            fine, parent = await self.firmware.authorize(id_tag)
        if fine:
            await self.firmware.take(id_tag, parent)

    @on("RemoteStopTransaction")
    def on_stop(self, transaction_id: int) -> Any:
        running = self.firmware.transaction
        known = running is not None and running.number == transaction_id
        self.stops = known
        return call_result.RemoteStopTransaction(status="Accepted" if known else "Rejected")

    @after("RemoteStopTransaction")
    async def after_stop(self, **_: Any) -> None:
        if self.stops:
            await self.firmware.stop("Remote")

    @on("UnlockConnector")
    async def on_unlock(self, connector_id: int) -> Any:
        if connector_id != 1:
            return call_result.UnlockConnector(status="NotSupported")
        if self.firmware.transaction is not None:
            self.firmware.run(self.firmware.stop("UnlockCommand"))
        if self.firmware.bolt is True:
            return call_result.UnlockConnector(status="UnlockFailed")
        self.firmware.locked = False
        return call_result.UnlockConnector(status="Unlocked")

    @on("Reset")
    def on_reset(self, type: str) -> Any:
        return call_result.Reset(status="Accepted")

    @after("Reset")
    async def after_reset(self, type: str) -> None:
        # not one of the tasks that a boot ends
        await self.firmware.reboot(f"{type}Reset")

    @on("TriggerMessage")
    def on_trigger(self, requested_message: str, connector_id: int | None = None) -> Any:
        known = ("BootNotification", "Heartbeat", "MeterValues", "StatusNotification")
        status = "Accepted" if requested_message in known else "NotImplemented"
        if connector_id is not None and not 0 <= connector_id <= 1:
            status = "Rejected"
        self.triggers = status == "Accepted"
        return call_result.TriggerMessage(status=status)

    @after("TriggerMessage")
    async def after_trigger(
        self, requested_message: str, connector_id: int | None = None, **_: Any
    ) -> None:
        if not self.triggers:
            return
        firmware = self.firmware
        with suppress(ConnectionClosed, TimeoutError):
            if requested_message == "Heartbeat":
                await self.call(call.Heartbeat())
            elif requested_message == "BootNotification":
                self.asked_to_boot.set()
                if firmware.accepted:
                    await self.boot()
            elif requested_message == "MeterValues":
                values = firmware.values("MeterValuesSampledData", "Trigger")
                await self.call(call.MeterValues(connector_id=1, meter_value=values))
            else:
                for number in (0, 1) if connector_id is None else (connector_id,):
                    await firmware.tell(number)
