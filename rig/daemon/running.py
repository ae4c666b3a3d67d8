"""The run in progress: its task, its id, how far it is, and its end."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Coroutine

import structlog

from rig.client.errors import OF_VERDICT, ExitCode
from rig.client.results import Progress, RunInfo
from rig.errors import RunError
from rig.events import Event, EventBus, Kind

log = structlog.get_logger()


class ActiveRun:
    """One run of a campaign in a task of its own; a fault in it stays in it.

    Attributes:
        progress: how far it is; kept up to date from the RUN and CASE events.
        exit_code: set when the run has ended.
    """

    def __init__(self, bus: EventBus, dut: str, total: int) -> None:
        self.progress = Progress("", dut, "", 0, total)
        self.exit_code: int | None = None
        self._bus = bus
        self._named = asyncio.Event()
        self._aborted = False
        self._task: asyncio.Task[None] | None = None

    @property
    def run_id(self) -> str:
        """Id of the run; "" until `start` has returned."""
        return self.progress.run_id

    @property
    def active(self) -> bool:
        """Whether the run is in progress."""
        return self._task is not None and self.exit_code is None

    async def start(self, work: Coroutine[object, object, int]) -> str:
        """Start the work; returns the run's id as soon as there is one.

        Raises:
            RunError: the run ended before it had an id.
        """
        self._task = asyncio.create_task(self._guarded(work), name="run")
        self._task.add_done_callback(lambda _: self._over(work))
        await self._named.wait()
        if not self.run_id:
            await asyncio.wait({self._task})
            if not self._task.cancelled() and (error := self._task.exception()) is not None:
                raise error
            raise RunError("the run ended before it had begun; see the daemon's log")
        return self.run_id

    async def abort(self) -> None:
        """Cancel the run, and wait until it has cleaned up."""
        if self._task is not None and not self._aborted:
            self._aborted = True  # somebody else who aborts it must not end its cleaning up
            self._task.cancel()
        await self.ended()

    async def ended(self) -> None:
        """Wait for the end."""
        if self._task is not None:
            await asyncio.wait({self._task})

    def complete(self, info: RunInfo) -> RunInfo:
        """`info` of the store with what only we know: that it runs, or how it ended."""
        if self.active:
            return dataclasses.replace(info, state="running", exit_code=None)
        if self.exit_code is None:
            return info
        return dataclasses.replace(info, exit_code=self.exit_code)

    async def _guarded(self, work: Coroutine[object, object, int]) -> None:
        with self._bus.listen(self._hear):
            try:
                self.exit_code = await work
            except asyncio.CancelledError:
                self.exit_code = OF_VERDICT["ABORTED"]
                raise
            except Exception:
                self.exit_code = ExitCode.INTERNAL
                if not self.run_id:
                    raise  # `start` is still waiting, and hands it on
                log.exception("run crashed", run_id=self.run_id)
            finally:
                self._named.set()
                if self.run_id:  # for readers of events: everything about this run is stored now
                    self._bus.publish(
                        Kind.RUN,
                        "tool",
                        run_id=self.run_id,
                        phase="closed",
                        exit_code=self.exit_code,
                    )

    def _over(self, work: Coroutine[object, object, int]) -> None:
        """The task has ended, perhaps cancelled before its first step."""
        work.close()
        if self.exit_code is None:
            self.exit_code = OF_VERDICT["ABORTED"]
        self._named.set()

    def _hear(self, event: Event) -> None:
        data = event.data
        if event.kind == Kind.RUN and not self.run_id and data.get("run_id"):
            self.progress = dataclasses.replace(self.progress, run_id=str(data["run_id"]))
            self._named.set()
        elif event.kind == Kind.CASE and isinstance(index := data.get("index"), int):
            case = "" if data.get("verdict") else str(data.get("octt_id", ""))
            self.progress = dataclasses.replace(self.progress, case=case, index=index)
