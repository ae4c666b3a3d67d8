"""Makes the parts of the daemon; the one seam at which tests put stand-ins.

Everything from `rig.config`, `rig.csms`, `rig.bench` and `rig.conformance` that the daemon
uses is named here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from drivers.ports import Operator
from rig.bench import Bench
from rig.client.results import CaseLine, PicsDifference
from rig.clock import Clock
from rig.config.bench_file import default_bench, load_bench
from rig.config.models import BenchConfig
from rig.conformance import cases as case_library
from rig.conformance import catalogue
from rig.conformance.campaign import Campaign as RealCampaign
from rig.conformance.catalogue import Role
from rig.conformance.declared import compare
from rig.conformance.interview import interview
from rig.conformance.order import RunOrder
from rig.conformance.pics import load_pics
from rig.conformance.plan import Plan
from rig.csms.secure import equip, make_central_system
from rig.csms.server import CentralSystem
from rig.daemon.archive import Archive
from rig.daemon.parts import CampaignParts, Prepared
from rig.errors import ConfigError
from rig.events import EventBus
from rig.jsontypes import Json
from rig.runs import RunStore


class Engine:
    """The real parts."""

    def load(self, path: Path | None) -> tuple[Path, BenchConfig]:
        """Read a bench file, by default the one of the virtual bench.

        Raises:
            ConfigError: every problem of the file.
        """
        file = default_bench() if path is None else path
        return file.absolute(), load_bench(file)

    def archive(self, root: Path) -> Archive:
        """The runs kept below `root`."""
        return Archive(RunStore(root))

    def central_system(self, config: BenchConfig, bus: EventBus, clock: Clock) -> CentralSystem:
        """The Central System for the station of the bench, not yet listening."""
        source = "mock+dut" if config.virtual else "dut"
        return make_central_system(config, bus, clock, source=source)

    def equip(self, config: BenchConfig, state_dir: Path) -> BenchConfig:
        """Make what a secure bench needs beside its file.

        Raises:
            ConfigError: that is not possible.
        """
        return equip(config, state_dir)

    def bench(
        self,
        config: BenchConfig,
        bus: EventBus,
        clock: Clock,
        operator: Operator,
        *,
        csms_url: str,
        state_dir: Path,
    ) -> Bench:
        """The bench, not yet open."""
        return Bench(config, bus, clock, operator, csms_url=csms_url, state_dir=state_dir)

    async def prepare(self, parts: CampaignParts, order: RunOrder) -> Prepared:
        """Plan a run.

        Raises:
            UnknownCase: with the nearest ids.
            ConfigError: the PICS are not valid.
            RunError: the run to go on with does not exist, or was made with something else.
        """
        campaign = _campaign(parts)
        return _Prepared(campaign, campaign.plan_of(order), order)

    async def case_lines(
        self, parts: CampaignParts, dut: str, pics: Path | None
    ) -> tuple[CaseLine, ...]:
        """Every row of the catalogue for one role, and whether it applies."""
        role = Role(dut)
        plan = _campaign(parts).plan(role, None, pics)
        ready = case_library.implemented(role)
        return tuple(
            CaseLine(
                s.row.octt_id,
                s.row.title,
                s.row.feature,
                s.obligation.value,
                s.row.octt_id in ready,
                s.applies,
                s.decided,
                s.reason,
            )
            for s in plan.selection
        )

    async def pics_differences(
        self, csms: CentralSystem, config: BenchConfig, pics: Path | None
    ) -> tuple[PicsDifference, ...]:
        """Ask the station, and compare it with what is declared about it.

        Raises:
            ConfigError: there is no PICS file, or it is not valid.
            BenchError: no station is connected.
        """
        file = pics or config.pics
        if file is None:
            raise ConfigError("the bench file names no PICS; name one: rig pics check FILE")
        declared = load_pics(file)
        said = await interview(csms, config.parameters.message_timeout)
        found = compare(declared, said.keys, said.boot, said.fractions)
        return tuple(
            PicsDifference(d.item, d.declared, d.observed, d.consequence, d.blocks) for d in found
        )

    def describe(self, octt_id: str, dut: str) -> dict[str, Json]:
        """What a case is about; `dut` "" takes the role that has a case, station first.

        Raises:
            UnknownCase: with the nearest ids.
        """
        (row,) = catalogue.load().find([octt_id])
        roles = [Role(dut)] if dut else [r for r in Role if row.obligation[r]] or [*Role]
        ready = (r for r in roles if row.octt_id in case_library.implemented(r))
        return case_library.describe(row.octt_id, next(ready, roles[0]))


@dataclass(frozen=True, slots=True)
class _Prepared:
    campaign: RealCampaign
    plan: Plan
    order: RunOrder

    @property
    def cases(self) -> tuple[str, ...]:
        return self.plan.cases

    async def run(self) -> int:
        outcome = await self.campaign.run(self.plan, self.order)
        return outcome.exit_code


def _campaign(parts: CampaignParts) -> RealCampaign:
    return RealCampaign(
        bench=parts.bench,
        central_system=parts.central_system,
        store=parts.archive.store,
        bus=parts.bus,
        clock=parts.clock,
        config=parts.config,
        operator=parts.operator,
        work_dir=parts.work_dir,
    )
