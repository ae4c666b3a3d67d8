"""Diagnostics and logs on their way to a server.

Source: OCPP 1.6, 5.9 and 7.24; OCPP security white paper, N01 (GetLog); station behaviour 13.2
and 14.9.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware_mocks.charging_station.storage import Json
from firmware_mocks.charging_station.transfer import Manner, TransferFailed, upload
from rig.ocppj.endpoint import Lost

if TYPE_CHECKING:
    from firmware_mocks.charging_station.board import Board

IDLE = "Idle"


@dataclass(frozen=True, slots=True)
class Order:
    """One upload.

    Attributes:
        location: directory of the server.
        name, data: of the file.
        retries: further attempts.
        retry_interval_s: lab seconds before each.
        request_id: of GetLog.
    """

    location: str
    name: str
    data: bytes
    retries: int
    retry_interval_s: float
    request_id: int | None = None


class Uploader:
    """Uploads one file at a time, and tells of it; a new order replaces the one that runs.

    Args:
        board: of the station.
        action: of the messages.
        manner: asked how files are transferred now.

    Attributes:
        status: last one of the upload that runs; Idle without.
    """

    def __init__(self, board: Board, action: str, manner: Callable[[], Manner]) -> None:
        self.status = IDLE
        self._board = board
        self._action = action
        self._manner = manner
        self._order: Order | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether an upload is under way."""
        return self._task is not None and not self._task.done()

    def begin(self, order: Order) -> None:
        """Upload a file."""
        if self._task is not None:
            self._task.cancel()
        self._order, self.status = order, IDLE
        self._task = self._board.tasks.spawn(self._run(order))

    def report(self) -> tuple[str, dict[str, Json]]:
        """The message that a trigger asks for: action and payload."""
        if not self.running or self._order is None:
            return self._action, {"status": IDLE}
        return self._message(self.status, self._order)

    def _message(self, status: str, order: Order) -> tuple[str, dict[str, Json]]:
        payload: dict[str, Json] = {"status": status}
        if order.request_id is not None and status != IDLE:
            payload["requestId"] = order.request_id
        return self._action, payload

    async def _tell(self, status: str, order: Order) -> None:
        self.status = status
        if self._board.defects.has("skip-upload-status", status):
            return
        uplink = self._board.uplink
        while True:
            await uplink.settled.wait()
            if not isinstance(await uplink.call(*self._message(status, order)), Lost):
                return
            await asyncio.sleep(0)  # offline; `settled` is clear by now

    async def _run(self, order: Order) -> None:
        await self._tell("Uploading", order)
        failure = await self._upload(order)
        if failure is None:
            await self._tell("Uploaded", order)
        elif order.request_id is None:
            await self._tell("UploadFailed", order)
        else:
            await self._tell(failure.cause.value, order)
        self.status = IDLE

    async def _upload(self, order: Order) -> TransferFailed | None:
        board, failure = self._board, None
        if board.defects.has("uploads-nothing"):
            return None
        for attempt in range(1 + order.retries):
            if attempt:
                await board.clock.sleep(order.retry_interval_s)
            try:
                await upload(order.location, order.name, order.data, self._manner())
            except TransferFailed as failed:
                failure = failed
            else:
                return None
        return failure
