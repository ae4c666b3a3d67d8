"""What a campaign needs of the device under test: somebody who runs one case with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from rig.conformance.catalogue import Row, load
from rig.conformance.dut_watch import Change
from rig.conformance.evidence import Evidence
from rig.jsontypes import Json
from rig.runs.configuration import Configuration
from rig.runs.records import CaseRecord

RunCase = Callable[[str, Evidence, int], Awaitable[CaseRecord]]


async def unchanging() -> list[Change]:
    """A device that is not watched."""
    return []


@dataclass(frozen=True, slots=True)
class Ready:
    """A device under test that cases can be run with.

    Attributes:
        run_case: runs one case: its id, its evidence, the number of the attempt.
        identity: what the device says about itself.
        configuration: as the device came; None where there is none to read.
        pre_test: the intake; None where there is none.
        look: what has changed about the device since the last look.
        changing: configuration keys that change by themselves.
    """

    run_case: RunCase
    identity: dict[str, Json]
    configuration: Configuration | None = None
    pre_test: Callable[[Evidence], Awaitable[CaseRecord]] | None = None
    look: Callable[[], Awaitable[list[Change]]] = unchanging
    changing: tuple[str, ...] = ()


class Side(Protocol):
    """A way to a device under test.

    Attributes:
        given_back: at its end the device was as it had come.
    """

    given_back: bool

    def open(self, facts: dict[str, object]) -> AbstractAsyncContextManager[Ready]:
        """Reach the device; `facts` are those of its PICS.

        Raises:
            BenchError: it cannot be reached.
        """
        ...


def row_of(octt_id: str) -> Row:
    """The row of the catalogue."""
    (row,) = load().find([octt_id])
    return row
