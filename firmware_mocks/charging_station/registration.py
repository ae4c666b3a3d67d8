"""Boot, registration, heartbeats: the life of the station's logical connection.

Source: OCPP 1.6, 4.2 (BootNotification), 4.6 (Heartbeat); station behaviour 4; rules M5.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from firmware_mocks.charging_station.storage import Json
from rig.ocppj.endpoint import Result

if TYPE_CHECKING:
    from firmware_mocks.charging_station.station import ChargingStation

OWN_INTERVAL_S = 60.0
FIRST_RETRY_S, LONGEST_RETRY_S = 10.0, 300.0


class Registration:
    """Registers after each boot and keeps the heart beating.

    Attributes:
        status: last answer since the boot: "", Pending, Rejected or Accepted.
    """

    def __init__(self, station: ChargingStation) -> None:
        self._station = station
        self.status = ""
        self._wake = asyncio.Event()
        self._before_pending: dict[str, str] | None = None

    def wake(self) -> None:
        """Look at the configuration anew."""
        self._wake.set()

    async def session(self) -> None:
        """What happens once per connection."""
        s = self._station
        booting = self.status != "Accepted" or s.defects.has("boot-on-reconnect")
        if booting:
            await self._boot()
            s.status.clear()
        s.uplink.online.set()
        self._wake.set()
        if booting:
            s.status.report_all()
        else:
            s.status.report_changed()
        for socket in s.sockets.values():
            s.evaluate(socket)
        await s.status.flushed()
        s.uplink.settled.set()

    async def _boot(self) -> None:
        s = self._station
        retry_s = FIRST_RETRY_S
        if s.defects.has("status-before-boot"):
            s.status.send_now(0)
            await s.status.flushed()
        while True:
            outcome = await s.uplink.call("BootNotification", self._fields())
            if not isinstance(outcome, Result) or outcome.problems:
                await s.clock.sleep(retry_s)
                retry_s = min(2 * retry_s, LONGEST_RETRY_S)
                continue
            retry_s = FIRST_RETRY_S
            answered_s = s.clock.now()
            if await self._answered(outcome.payload):
                return
            given = _number(outcome.payload["interval"])
            wait_s = OWN_INTERVAL_S if given <= 0 else given
            if self.status == "Rejected" and s.defects.has("ignore-interval-when-rejected"):
                wait_s = 2.0
            await s.clock.sleep(answered_s + wait_s - s.clock.now())

    async def _answered(self, conf: dict[str, Json]) -> bool:
        s = self._station
        pending_before = self.status == "Pending"
        self.status = str(conf["status"])
        if self.status == "Accepted":
            s.set_clock(_moment(conf["currentTime"]))
            if pending_before and s.defects.has("drops-config-written-while-pending"):
                s.configuration.values.update(self._before_pending or {})
                self._before_pending = None
            if (interval := _number(conf["interval"])) > 0:
                s.configuration.values["HeartbeatInterval"] = f"{interval:.0f}"
            s.save()
            return True
        if self.status == "Pending":
            if self._before_pending is None:
                self._before_pending = dict(s.configuration.values)
            if s.defects.has("chatter-while-pending"):
                s.status.send_now(1)
        if self.status == "Rejected" and s.defects.has("calls-while-rejected"):
            s.spawn(self._beat())
        return False

    def _fields(self) -> dict[str, Json]:
        persona = self._station.persona
        return {
            "chargePointVendor": persona.vendor,
            "chargePointModel": persona.model,
            "chargePointSerialNumber": persona.serial_number,
            "firmwareVersion": persona.firmware_version,
        }

    async def heartbeats(self) -> None:
        """Heartbeat when no CALL was sent for HeartbeatInterval."""
        s = self._station
        while True:
            await s.uplink.settled.wait()  # the reports after a boot go first
            interval_s = float(s.configuration.number("HeartbeatInterval"))
            interval_s *= 2.0 if s.defects.has("heartbeat-too-slow") else 1.0
            interval_s *= 0.5 if s.defects.has("heartbeat-too-fast") else 1.0
            due_s = s.uplink.last_call_s + interval_s
            self._wake.clear()
            if due_s > s.clock.now():
                try:
                    async with asyncio.timeout(s.clock.real(due_s - s.clock.now())):
                        await self._wake.wait()
                except TimeoutError:
                    pass
                continue
            await self._beat()

    async def _beat(self) -> None:
        outcome = await self._station.uplink.call("Heartbeat", {})
        if isinstance(outcome, Result) and not outcome.problems:
            self._station.set_clock(_moment(outcome.payload["currentTime"]))


def _number(value: Json) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _moment(value: Json) -> datetime:
    moment = datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
