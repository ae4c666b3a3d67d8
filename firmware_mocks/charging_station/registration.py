"""Boot, registration, heartbeats: the life of the station's logical connection.

Source: OCPP 1.6, 4.2 (BootNotification), 4.6 (Heartbeat); station behaviour 4; rules M5.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from firmware_mocks.charging_station.board import Board
from firmware_mocks.charging_station.chore import Chore
from firmware_mocks.charging_station.date_times import moment, unreadable
from firmware_mocks.charging_station.status import StatusReporter
from firmware_mocks.charging_station.storage import Json
from rig.ocppj.endpoint import Result
from rig.ocppj.flag import Flag

NORMAL = 1000
"""Close code of WebSocket."""
OWN_INTERVAL_S = 60.0
FIRST_RETRY_S, LONGEST_RETRY_S = 10.0, 300.0


class Registration:
    """Registers after each boot and keeps the heart beating.

    Args:
        board: of the station.
        reporter: reports the connectors after the registration.
        evaluate_all: looks at every connector anew.
        settled: told when everything else may go out, too.
        accepted_by: URL of the Central System that has accepted the station last, from the disk.

    Attributes:
        accepted_by: as given.
        leaving: the station is about to go down: nobody begins anything any more.
        status: last answer since the boot: "", Pending, Rejected or Accepted.
        heart: beats.
    """

    __slots__ = (
        "_before_pending",
        "_board",
        "_boot_now",
        "_evaluate_all",
        "_not_before_s",
        "_reporter",
        "_retry_s",
        "_settled",
        "accepted_by",
        "heart",
        "leaving",
        "status",
    )

    def __init__(
        self,
        board: Board,
        reporter: StatusReporter,
        evaluate_all: Callable[[], None],
        settled: Callable[[], None],
        accepted_by: str,
    ) -> None:
        self.accepted_by = accepted_by
        self._board = board
        self._reporter = reporter
        self._evaluate_all = evaluate_all
        self._settled = settled
        self.leaving = False
        self.status = ""
        self.heart = Chore(board.clock, self._mind_the_heart)
        self._boot_now = Flag()
        self._not_before_s, self._retry_s = 0.0, FIRST_RETRY_S
        self._before_pending: dict[str, str] | None = None

    @property
    def serves_drivers(self) -> bool:
        """Whether somebody may charge: accepted, since the boot or by the same system before it."""
        before = bool(self.accepted_by) and self.accepted_by == self._board.uplink.account.csms_url
        registered = self.status == "Accepted" or (self.status == "" and before)
        return registered and not self.leaving

    def boot_now(self) -> None:
        """Do not wait for the interval: BootNotification was triggered."""
        self._boot_now.set()

    def wake(self) -> None:
        """Look at the configuration anew."""
        self.heart.touch()

    async def session(self) -> None:
        """What happens once per connection."""
        board = self._board
        booting = self.status != "Accepted" or board.defects.has("boot-on-reconnect")
        if booting:
            await self._boot()
            self._reporter.clear()
        board.uplink.online.set()
        if booting:
            self._reporter.report_all()
        else:
            self._reporter.report_changed()
        self._evaluate_all()
        await self._reporter.flushed()
        board.uplink.settled.set()
        self._settled()
        self.heart.touch()

    async def _boot(self) -> None:
        board = self._board
        if board.defects.has("status-before-boot"):
            self._reporter.send_now(0)
            await self._reporter.flushed()
        while True:
            await self._wait_for_the_next()
            pause_s, self._retry_s = self._retry_s, min(2 * self._retry_s, LONGEST_RETRY_S)
            self._not_before_s = board.clock.now() + pause_s  # the connection may be lost meanwhile
            outcome = await board.uplink.call("BootNotification", self._fields())
            answered_s = board.clock.now()
            if not isinstance(outcome, Result) or outcome.problems:
                self._not_before_s = answered_s + pause_s
                continue
            self._not_before_s, self._retry_s = answered_s, FIRST_RETRY_S
            if await self._answered(outcome.payload):
                return
            given = _number(outcome.payload["interval"])
            wait_s = OWN_INTERVAL_S if given <= 0 else given
            if self.status == "Rejected" and board.defects.has("ignore-interval-when-rejected"):
                wait_s = 2.0
            if self.status == "Pending" and board.defects.has("ignore-interval-when-pending"):
                wait_s = 2.0
            self._not_before_s = answered_s + wait_s
            if self.status == "Pending" and board.defects.has("hangs-up-while-pending"):
                await self._wait_for_the_next()
                await board.uplink.close(NORMAL)  # and with it this session

    async def _wait_for_the_next(self) -> None:
        """Wait until BootNotification may be sent, which a new connection does not hasten."""
        wait_s = self._not_before_s - self._board.clock.now()
        if wait_s <= 0:
            return
        self._boot_now.clear()
        try:
            async with asyncio.timeout(self._board.clock.real(wait_s)):
                await self._boot_now.wait()
        except TimeoutError:
            pass

    async def _answered(self, conf: dict[str, Json]) -> bool:
        board = self._board
        pending_before = self.status == "Pending"
        self.status = str(conf["status"])
        if self.status == "Accepted":
            self.accepted_by = board.uplink.account.csms_url
            if _is_readable(conf):
                board.rtc.set(moment(conf["currentTime"]))
            if pending_before and board.defects.has("drops-config-written-while-pending"):
                board.configuration.values.update(self._before_pending or {})
                self._before_pending = None
            if (interval := _number(conf["interval"])) > 0:
                board.configuration.values["HeartbeatInterval"] = f"{interval:.0f}"
            board.save()
            return True
        if self.status == "Pending":
            if self._before_pending is None:
                self._before_pending = dict(board.configuration.values)
            if board.defects.has("chatter-while-pending"):
                self._reporter.send_now(1)
        if self.status == "Rejected" and board.defects.has("calls-while-rejected"):
            board.tasks.spawn(self.beat())
        return False

    def _fields(self) -> dict[str, Json]:
        persona = self._board.persona
        optional = {
            "chargePointSerialNumber": persona.serial_number,
            "firmwareVersion": self._board.firmware_version,
            "iccid": persona.iccid,
            "imsi": persona.imsi,
            "meterType": persona.meter_type,
            "meterSerialNumber": persona.meter_serial_number,
        }
        return {
            "chargePointVendor": persona.vendor,
            "chargePointModel": persona.model,
            **{name: text for name, text in optional.items() if text},
        }

    def _mind_the_heart(self) -> float | None:
        """Heartbeat when no CALL was sent for HeartbeatInterval."""
        board = self._board
        if not board.uplink.settled.is_set():
            return None  # the reports after a boot go first
        interval_s = float(board.configuration.number("HeartbeatInterval"))
        interval_s *= 2.0 if board.defects.has("heartbeat-too-slow") else 1.0
        interval_s *= 0.5 if board.defects.has("heartbeat-too-fast") else 1.0
        left_s = board.uplink.last_call_s + interval_s - board.clock.now()
        if left_s > 0:
            return left_s
        board.tasks.spawn(self._beat_and_go_on())
        return None

    async def _beat_and_go_on(self) -> None:
        await self.beat()
        self.heart.touch()

    async def beat(self) -> None:
        """Send one Heartbeat, and take over the time."""
        outcome = await self._board.uplink.call("Heartbeat", {})
        if not isinstance(outcome, Result) or outcome.problems:
            return
        if _is_readable(outcome.payload):
            self._board.rtc.set(moment(outcome.payload["currentTime"]))


def _number(value: Json) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _is_readable(conf: dict[str, Json]) -> bool:
    return not any(unreadable(conf))
