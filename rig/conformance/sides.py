"""What a campaign needs of the device under test: somebody who runs one case with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from rig.conformance.catalogue import Row, load
from rig.conformance.evidence import Evidence
from rig.conformance.expressions import ConfigKey
from rig.jsontypes import Json
from rig.runs.records import CaseRecord

RunCase = Callable[[str, Evidence, int], Awaitable[CaseRecord]]


@dataclass(frozen=True, slots=True)
class Ready:
    """A device under test that cases can be run with.

    Attributes:
        run_case: runs one case: its id, its evidence, the number of the attempt.
        identity: what the device says about itself.
        keys: its configuration, by lower-case name; None where there is none to read.
    """

    run_case: RunCase
    identity: dict[str, Json]
    keys: dict[str, ConfigKey] | None = field(default=None)


class Side(Protocol):
    """A way to a device under test."""

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
