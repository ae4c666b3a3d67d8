"""StatusNotifications: in order, only changes, with the delays a station may have.

Source: OCPP 1.6, 4.9; MinimumStatusDuration; errata v4.0 3.19 and 3.22; rules S and D3.
"""

from __future__ import annotations

from collections.abc import Mapping

from firmware_mocks.charging_station.availability import STATION, Availability
from firmware_mocks.charging_station.board import Board
from firmware_mocks.charging_station.connector import bridge
from firmware_mocks.charging_station.socket import Socket
from firmware_mocks.charging_station.storage import Json
from rig.ocppj.endpoint import Lost
from rig.ocppj.flag import Flag

SETTLING_S = 2.0
"""Manufacturer's delay: how long SuspendedEV at the start of a transaction is held back."""

EXPLAINED = ("Finishing", "SuspendedEV")
"""Statuses that may have a text."""
MOST_ERRORS = 20
"""That came and went while the station was offline; older ones are forgotten."""

Key = tuple[str, str, str]
Change = tuple[str, str, float]
"""Status and error code that a connector has come to, and when (POSIX s)."""


class StatusReporter:
    """Sends what changed.

    Args:
        board: of the station.
        sockets: the connectors.
        availability: of the station as a whole.

    Attributes:
        info: text to go with the next report of a connector.
        skip_once: (connector, status) that a defect leaves out once.
    """

    __slots__ = (
        "_availability",
        "_board",
        "_changes",
        "_errors",
        "_idle",
        "_is_sending",
        "_passed",
        "_reported",
        "_sockets",
        "_waiting",
        "info",
        "skip_once",
    )

    def __init__(
        self, board: Board, sockets: Mapping[int, Socket], availability: Availability
    ) -> None:
        self._board = board
        self._sockets = sockets
        self._availability = availability
        self.info: dict[int, str] = {}
        self.skip_once: frozenset[tuple[int, str]] = frozenset()
        self._reported: dict[int, Key] = {}
        self._changes: dict[int, Change] = {}  # that are not reported yet
        self._passed: tuple[tuple[int, Change], ...] = ()  # errors that nobody was told of
        self._errors: dict[int, Key] = {}  # reported last, beside the status
        self._waiting: list[tuple[int, Key, float]] = []
        self._idle = Flag(True)
        self._is_sending = False

    def clear(self) -> None:
        """Forget what was reported: after a boot everything is reported anew."""
        self._reported.clear()
        self._changes.clear()
        self._passed = ()

    def current(self, number: int) -> str:
        """Status of a connector now, or of the station (0)."""
        if number == STATION:
            if self._board.defects.has("station-reserved") and self._is_reserved:
                return "Reserved"
            return "Available" if self._availability.station_operative else "Unavailable"
        return self._sockets[number].status

    @property
    def _is_reserved(self) -> bool:
        return any(socket.reserved for socket in self._sockets.values())

    def report_all(self) -> None:
        """Report connector 0 and every connector, changed or not."""
        defects = self._board.defects
        for number in (STATION, *self._sockets):
            left_out = {0: "skip-boot-status-zero", 1: "skip-boot-status"}.get(number)
            if left_out is not None and defects.has(left_out):
                self._reported[number] = self._key(number)  # as if: only changes follow
                continue
            self._put(number, self._key(number))

    def report_changed(self) -> None:
        """Report what changed while the station was offline, in the order of the changes.

        Only the present status of each connector, and errors that came and went.
        """
        for number in (STATION, *self._sockets):
            self._notice(number)
        now = [(number, change) for number, change in self._changes.items()]
        passed, self._passed = self._passed, ()
        for number, change in sorted((*passed, *now), key=lambda news: news[1][2]):
            last, is_current = self._reported.get(number), (number, change) in now
            if not is_current:
                change = self._told_late(number, change)  # as it is told
            repeats = last is not None and last[:2] == change[:2] and number not in self.info
            if repeats and is_current:
                del self._changes[number]  # it was the last to be told: D3
            elif is_current:
                self._report(number, final=True)
            elif not repeats:
                self._reported[number] = (*change[:2], "")
                self._enqueue(number, (*change[:2], ""), change[2])

    def _told_late(self, number: int, passed: Change) -> Change:
        """An error that is over, as it is told now.

        A warning goes with the present status: with the one that it came with it might follow
        what cannot come before it (OCPP 1.6, 4.9), and that status is not to be told (S11).
        """
        status, error, since = passed
        present, last = self.current(number), self._reported.get(number)
        if status != "Faulted" and present != "Faulted":
            status = present
        elif status != "Faulted" and last is not None and last[0] != "Faulted":
            status = last[0]
        return status, error, since

    def update_station(self) -> None:
        """Report connector 0 if it has changed."""
        self._report(STATION)

    def update(self, socket: Socket) -> None:
        """Report a connector if it has changed and the change has lasted long enough."""
        board, number = self._board, socket.connector_id
        if board.defects.has("station-reserved"):
            self._report(STATION)
        transaction = socket.transaction
        delay_s = float(board.configuration.number("MinimumStatusDuration"))
        if transaction is not None and socket.status == "SuspendedEV":
            delay_s += max(0.0, transaction.started_s + SETTLING_S - board.clock.now())
        if delay_s <= 0:
            self._report(number)
        elif (change := self._notice(number)) is not None:
            board.tasks.spawn(self._later(number, change, delay_s))

    def _notice(self, number: int) -> Change | None:
        """Look at a connector: a change that was not seen before, to be reported."""
        status, error, _ = self._key(number)
        if status not in EXPLAINED:
            self.info.pop(number, None)
        before, last = self._changes.get(number), self._reported.get(number)
        if before is not None and before[:2] != (status, error):
            del self._changes[number]
            online = self._board.uplink.online.is_set()
            if before[1] not in ("NoError", error) and not online:
                self._passed = (*self._passed[1 - MOST_ERRORS :], (number, before))
            if any(of == number for of, _ in self._passed):
                last = None  # by then another status will have been told
        elif before is not None:
            return None
        explained = number in self.info and status == "SuspendedEV"
        if last is not None and last[:2] == (status, error) and not explained:
            return None
        self._changes[number] = change = (status, error, self._board.rtc.posix())
        return change

    async def _later(self, number: int, change: Change, delay_s: float) -> None:
        await self._board.clock.sleep(delay_s)
        if self._changes.get(number) is change:
            self._report(number)

    def report(self, socket: Socket, status: str) -> None:
        """Report a status that is not the present one."""
        self._put(socket.connector_id, (status, "NoError", self._info(socket.connector_id, status)))

    def explain(self, number: int, text: str) -> None:
        """Give the next report this text; a status that was told without it is told again."""
        reported = self._reported.get(number)
        if reported is None or reported[2] != text:
            self.info[number] = text

    def report_error(self, number: int, error_code: str) -> None:
        """Tell of something that does not change the status, unless it was the last to be told."""
        key = self.current(number), error_code, ""
        if self._errors.get(number) != key:
            self._enqueue(number, key)
            self._errors[number] = key

    def send_now(self, number: int, status: str | None = None) -> None:
        """Report at once, whatever the registration says; another status is a defect."""
        current, error, info = self._key(number)
        self._put(number, (status or current, error, info), force=True)

    async def flushed(self) -> None:
        """Return once every report has been answered."""
        await self._idle.wait()

    def _key(self, number: int) -> Key:
        socket = self._sockets.get(number)
        error = ((socket.fault or socket.warning) if socket else None) or "NoError"
        return self.current(number), error, ""

    def _report(self, number: int, *, final: bool = False) -> None:
        """Report a change; `final`: not what must have been between."""
        self._notice(number)
        change = self._changes.get(number)
        if change is None or not self._board.uplink.online.is_set():
            return  # the boot reports it, or the reconnect
        status, error, since = change
        last = self._reported.get(number)
        between = None if last is None or final else bridge(last[0], status)
        if between is not None:
            self._put(number, (between, "NoError", ""), since)
        self._put(number, (status, error, self._info(number, status)), since)

    def _info(self, number: int, status: str) -> str:
        return self.info.pop(number, "") if status in EXPLAINED else ""

    def _put(
        self, number: int, key: Key, since: float | None = None, *, force: bool = False
    ) -> None:
        if not self._board.uplink.online.is_set() and not force:
            return
        defects = self._board.defects
        self._reported[number] = key
        if (change := self._changes.get(number)) is not None and change[:2] == key[:2]:
            del self._changes[number]
        status = key[0]
        if defects.has("skip-status", status) or (number, status) in self.skip_once:
            self.skip_once -= {(number, status)}
            if status == "Finishing" and defects.has("finishing-skipped-on-unplug"):
                self._enqueue(number, ("Available", "NoError", ""))
                self._reported[number] = ("Available", "NoError", "")
            return
        if defects.has("extra-status", status):
            self._enqueue(number, ("Faulted", "OtherError", ""))
        self._enqueue(number, key, since)
        if defects.has("repeat-status", status):
            self._enqueue(number, key, since)

    def _enqueue(self, number: int, key: Key, since: float | None = None) -> None:
        self._errors.pop(number, None)
        self._waiting.append((number, key, self._board.rtc.posix() if since is None else since))
        self._idle.clear()
        if not self._is_sending:
            self._is_sending = True
            self._board.tasks.spawn(self._send_all())

    async def _send_all(self) -> None:
        try:
            while self._waiting:
                await self._send(*self._waiting.pop(0))
        finally:
            self._is_sending = False
        self._idle.set()

    async def _send(self, number: int, key: Key, changed_posix: float) -> None:
        status, error, info = key
        payload: dict[str, Json] = {
            "connectorId": number,
            "errorCode": error,
            "status": status,
            "timestamp": self._board.rtc.stamp(changed_posix),  # not of the sending: S13
        }
        if info:
            payload["info"] = info
        outcome = await self._board.uplink.call("StatusNotification", payload)
        if isinstance(outcome, Lost):
            self._reported.pop(number, None)  # reported anew after the reconnect
            if info:
                self.info.setdefault(number, info)
            if number not in self._changes or self._changes[number][2] <= changed_posix:
                self._changes[number] = (status, error, changed_posix)
