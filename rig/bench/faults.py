"""What happens when a device fails: one translation, one quarantine, one first cause."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from drivers.errors import (
    BadReply,
    CardProblem,
    DeviceGone,
    DeviceTimeout,
    DriverError,
    InterlockError,
    NotSupported,
    OperatorRefused,
    ReadbackMismatch,
)
from drivers.ports import OperatorUnavailable
from rig.clock import Clock
from rig.errors import BenchError, OperatorAbort, Quarantined
from rig.events import EventBus, Kind

REMEDIES: tuple[tuple[type[DriverError], str], ...] = (
    (DeviceGone, "check cable, power and address of the device"),
    (DeviceTimeout, "check power, unit and line settings of the device"),
    (ReadbackMismatch, "a relay is stuck or somebody else drives the board; check it by hand"),
    (BadReply, "check the line settings and that the device is what the bench file says"),
    (CardProblem, "lay the right card on the writer and try again, or take another one"),
    (NotSupported, "check the bench file"),
)


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Why the bench is not trusted: the first device that failed, and when (UTC, ISO 8601)."""

    device: str
    cause: str
    utc: str


def translate(error: DriverError) -> BenchError:
    """A driver's error as the bench's, with the remedy."""
    if isinstance(error, OperatorRefused):
        return OperatorAbort(error.device, error.what)
    remedy = error.hint or next((text for kind, text in REMEDIES if isinstance(error, kind)), "")
    return BenchError(error.device, error.what, remedy)


class FaultDesk:
    """Every order to a device passes here.

    A device that fails puts the bench into quarantine; later orders are refused with the first
    cause until the bench has been recovered. An order that was refused for good reason
    (interlock, operator, not supported) is an error too, but no reason to mistrust the bench.

    Args:
        bench: its name.
        bus, clock: for the record.
        root_cause: asked before a device is blamed; returns the (device, cause) that is really
            to blame, if it knows one.
    """

    def __init__(
        self,
        bench: str,
        bus: EventBus,
        clock: Clock,
        root_cause: Callable[[], Awaitable[tuple[str, str] | None]],
    ) -> None:
        self.quarantine: Quarantine | None = None
        self.quarantined = asyncio.Event()
        self._bench = bench
        self._bus = bus
        self._clock = clock
        self._root_cause = root_cause

    @asynccontextmanager
    async def order(self, device: str) -> AsyncIterator[None]:
        """Give orders to a device in the body.

        Raises:
            Quarantined: the bench failed before.
            OperatorAbort: the operator refused or did not answer.
            BenchError: the order was refused, or the device failed.
        """
        self.refuse_if_quarantined()
        try:
            yield
        except OperatorUnavailable as error:
            raise OperatorAbort(device, str(error) or "no operator answered") from error
        except (InterlockError, NotSupported, OperatorRefused) as error:
            raise translate(error) from error
        except DriverError as error:
            silent = isinstance(error, (DeviceGone, DeviceTimeout))
            failed = await self.condemn(translate(error), ask_root_cause=silent)
            if silent and (first := self.quarantine) is not None:
                # What was under way when another order failed has seen what came of it: a port
                # that is gone rather than the hang-up.
                failed = BenchError(first.device, first.cause, failed.remedy)
            raise failed from error

    def refuse_if_quarantined(self) -> None:
        """Raise `Quarantined` with the first cause, if there is one."""
        if self.quarantine is not None:
            raise Quarantined(
                self.quarantine.device,
                f"the bench is in quarantine since {self.quarantine.utc}: {self.quarantine.cause}",
                "remove the cause, then recover the bench",
            )

    async def condemn(self, error: BenchError, *, ask_root_cause: bool = True) -> BenchError:
        """Put the bench into quarantine; returns the error with the real cause."""
        if ask_root_cause and (root := await self._root_cause()) is not None:
            error = BenchError(*root)
        self.blame(error.device, error.cause)
        return error

    def blame(self, device: str, cause: str) -> None:
        """Put the bench into quarantine; only the first cause counts."""
        if self.quarantine is not None:
            return
        self.quarantine = Quarantine(device, cause, self._clock.stamp())
        self._bus.publish(Kind.BENCH, self._bench, state="quarantined", device=device, cause=cause)
        self.quarantined.set()

    def clear(self) -> None:
        """Trust the bench again."""
        self.quarantine = None
        self.quarantined.clear()
