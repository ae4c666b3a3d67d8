"""What passes between the service and its engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from drivers.ports import Operator
    from rig.bench import Bench
    from rig.clock import Clock
    from rig.config.models import BenchConfig
    from rig.csms.server import CentralSystem
    from rig.daemon.archive import Archive
    from rig.events import EventBus


@dataclass(frozen=True, slots=True)
class CampaignParts:
    """What a campaign works with; `bench` and `central_system` are None in an offline daemon."""

    config: BenchConfig
    bench: Bench | None
    central_system: CentralSystem | None
    archive: Archive
    bus: EventBus
    clock: Clock
    operator: Operator
    work_dir: Path


class Prepared(Protocol):
    """A run that is planned, and can be started once."""

    @property
    def cases(self) -> tuple[str, ...]:
        """Octt_ids in the order of the run."""
        ...

    async def run(self) -> int:
        """Run to the end; the exit code. The first RUN event it publishes has the `run_id`."""
        ...
