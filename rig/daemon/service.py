"""`RigService` owns everything that is physical or long-lived, and allows one run at a time."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Self

import structlog

from drivers.hotplug import suggestions
from rig.bench import Bench
from rig.bench.self_test import SelfTestStep
from rig.client.results import (
    BenchInfo,
    CaseLine,
    DaemonInfo,
    DeviceLine,
    PicsDifference,
    RunInfo,
    RunLine,
    RunStarted,
    SelfTestLine,
    Status,
    SuggestionLine,
)
from rig.clock import Clock
from rig.config.bridge_rules import BridgeRules, default_rules, load_rules
from rig.config.models import BenchConfig
from rig.csms.server import CentralSystem
from rig.daemon.bridge import BridgeDesk
from rig.daemon.bridge_plan import Lab
from rig.daemon.calls import CallDesk
from rig.daemon.cards import CardDesk
from rig.daemon.hands import HandDesk
from rig.daemon.leases import LeaseDesk
from rig.daemon.modem import ModemDesk
from rig.daemon.owner import OWNER
from rig.daemon.parts import CampaignParts
from rig.daemon.prompts import PromptDesk
from rig.daemon.ring import EventRing
from rig.daemon.running import ActiveRun
from rig.daemon.scene import scene
from rig.daemon.views import bench_view, csms_view
from rig.errors import BenchBusy, BenchError, ConfigError, Quarantined
from rig.events import EventBus, Kind
from rig.jsontypes import Json

if TYPE_CHECKING:
    from rig.conformance.order import RunOrder
    from rig.daemon.archive import Archive
    from rig.daemon.engine import Engine

log = structlog.get_logger()


class RigService:
    """The daemon's state and what can be done with it; an async context manager.

    Entering opens the run store only, so that the API can be served (and an operator asked)
    while `open_bench` and `close_bench` are at work.

    Args:
        engine: makes the parts.
        file, config: the bench file, and what is in it.
        socket: where the API is served, for the status.
        state_dir: run store (unless the bench file names one) and working files.
        offline: the bench is not to be opened.
        bridge_rules: of the prompt bridge; the shipped ones by default.

    Attributes:
        ring: the newest events.
        desk: questions to the operator.
        stopping: set when somebody asked the daemon to leave.
        modem: orders to the modem.
        hands: orders to plugs, cards and mains.
        card_desk: orders to the card writer.
        leases: who holds the bench.
        calls: requests to the station, by hand.
        bridge: prompts of other test tools.
        url: of the API on a TCP port, "" without one.
    """

    def __init__(
        self,
        engine: Engine,
        file: Path,
        config: BenchConfig,
        *,
        socket: Path,
        state_dir: Path,
        offline: bool = False,
        bridge_rules: BridgeRules | None = None,
    ) -> None:
        self.clock = Clock(config.time_scale)
        self.bus = EventBus(self.clock)
        self.ring = EventRing()
        self.desk = PromptDesk(self.bus, self.clock, lambda: scene(self.ring.events()))
        self.stopping = asyncio.Event()
        self.modem = ModemDesk(self._opened, self._usable, self.clock.real)
        self.hands = HandDesk(self._opened, self._usable, self.clock)
        self.card_desk = CardDesk(self._usable, self.bus, self.desk, state_dir)
        self.leases = LeaseDesk(self._opened, lambda: self._run)
        self.calls = CallDesk(self._free_csms, self.clock)
        rules = bridge_rules or load_rules(default_rules())
        self.bridge = BridgeDesk(
            rules, Lab.of(config), self.hands, self._usable, self.desk, self.bus, self.clock,
            state_dir / "bridge.jsonl",
        )  # fmt: skip
        self.url = ""
        self._engine = engine
        self._file = file
        self._config = config
        self._socket = socket
        self._state_dir = state_dir
        self._state = "offline" if offline else "opening"
        self._started_utc = self.clock.stamp()
        self._bench: Bench | None = None
        self._csms: CentralSystem | None = None
        self._archive: Archive | None = None
        self._run: ActiveRun | None = None
        self._starting = asyncio.Lock()
        self._stack = ExitStack()
        self._bench_stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open the run store."""
        root = self._config.runs_dir or self._state_dir
        with ExitStack() as stack:
            stack.enter_context(self.ring.recording(self.bus))
            self._archive = self._engine.archive(root)
            for run_id in self._archive.recover():
                log.warning("run was interrupted by the end of its daemon", run_id=run_id)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc: object) -> None:
        try:
            await self.close_bench()
        finally:
            self._stack.close()

    async def open_bench(self) -> None:
        """Listen for the station and open every device, unless the daemon is offline.

        Raises:
            BenchUnavailable: devices that do not answer, all of them.
        """
        if self._state != "opening":
            return
        self._config = self._engine.equip(self._config, self._state_dir)
        async with AsyncExitStack() as stack:
            csms = await stack.enter_async_context(
                self._engine.central_system(self._config, self.bus, self.clock)
            )
            self._csms = csms
            self._bench = await stack.enter_async_context(
                self._engine.bench(
                    self._config,
                    self.bus,
                    self.clock,
                    self.desk,
                    csms_url=csms.url,
                    state_dir=self._state_dir,
                )
            )
            self._state = "open"
            self._bench_stack = stack.pop_all()

    async def close_bench(self) -> None:
        """Abort what runs, make the bench safe, close it, and let the readers of events end."""
        try:
            await self.bridge.close()
            await self.card_desk.abort()
            if self._run is not None:
                await self._run.abort()
        finally:
            if self._state != "offline":
                self._state = "closing"
            await self._bench_stack.aclose()
            self.ring.close()

    # -- looking ------------------------------------------------------------------------

    def status(self) -> Status:
        """Everything at a glance."""
        now = self.clock.real(self.clock.now())
        daemon = DaemonInfo(
            os.getpid(),
            version("evse-rig"),
            self._started_utc,
            round(now, 1),
            str(self._socket),
            self.bus.last_seq,
            self.url,
        )
        csms = None if self._csms is None else csms_view(self._csms)
        run = self._run.progress if self._run is not None and self._run.active else None
        prompts = tuple(p for p in self.desk.prompts() if p.state == "asked")
        lease = self.leases.show() if self._state == "open" else None
        return Status(daemon, self.bench_info(), csms, run, prompts, lease)

    def bench_info(self) -> BenchInfo:
        """The bench by itself."""
        return bench_view(self._file, self._config, self._bench, self._state)

    # -- the bench --------------------------------------------------------------

    async def check(self) -> tuple[DeviceLine, ...]:
        """Ask every device for a sign of life."""
        bench = self._opened()
        self._need_idle()
        found = await bench.check()
        return tuple(DeviceLine(d.device, d.ok, d.detail, d.remedy) for d in found)

    async def self_test(self) -> tuple[SelfTestLine, ...]:
        """Try every device that needs no person; the station loses power meanwhile."""
        bench = self._usable()

        def progress(step: SelfTestStep) -> None:
            self.bus.publish(
                Kind.BENCH, bench.name, state="self-test", device=step.device, what=step.what,
                ok=step.ok, detail=step.detail,
            )  # fmt: skip

        report = await bench.self_test(progress)
        return tuple(
            SelfTestLine(s.device, s.what, s.ok, s.detail, s.remedy, s.took_s) for s in report.steps
        )

    async def suggest(self) -> tuple[SuggestionLine, ...]:
        """What is plugged into this machine, as entries of a bench file."""
        from drivers.hotplug.udev import list_ports  # pyudev for this alone

        present = await asyncio.to_thread(list_ports)
        return tuple(
            SuggestionLine(s.name, s.entry, s.note, s.stable) for s in suggestions.suggest(present)
        )

    async def safe(self) -> BenchInfo:
        """Abort what runs, and bring every device into its safe state."""
        bench = self._opened()
        if self._run is not None:
            await self._run.abort()
        await bench.safe()
        return self.bench_info()

    async def recover(self) -> BenchInfo:
        """Open the bench again after a quarantine."""
        await self._free().recover()
        return self.bench_info()

    # -- cases and runs -----------------------------------------------------------------

    async def cases(self, dut: str, pics: Path | None) -> tuple[CaseLine, ...]:
        """Every row of the catalogue for one role."""
        return await self._engine.case_lines(self._parts(), dut, pics)

    async def pics_differences(self, pics: Path | None) -> tuple[PicsDifference, ...]:
        """What the station says of itself, against a PICS file or else that of the bench.

        Raises:
            ConfigError: there is no PICS file, or it is not valid.
            BenchError: no station is connected.
        """
        return await self._engine.pics_differences(self._free_csms(), self._config, pics)

    def describe(self, octt_id: str, dut: str) -> dict[str, Json]:
        """What a case is about; `dut` "" takes the role that has it, station first."""
        return self._engine.describe(octt_id, dut)

    async def start(self, order: RunOrder) -> RunStarted:
        """Start a run, or go on with one, and return once it has its id.

        Raises:
            BenchBusy: another run is in progress.
            RunError: the run to go on with does not exist, or was made with something else.
            Quarantined: the bench failed, and was not recovered.
            ConfigError: cases or PICS that do not exist or are not valid.
        """
        async with self._starting:
            if order.dut == "station":
                self._usable()
            self._need_idle()
            if self.card_desk.is_busy:
                raise BenchBusy("card writer", "cards are being prepared", "wait for it")
            prepared = await self._engine.prepare(self._parts(), order)
            after = self.bus.last_seq
            self._run = ActiveRun(self.bus, order.dut, len(prepared.cases))
            run_id = await self._run.start(prepared.run())
            return RunStarted(run_id, after, prepared.cases)

    async def abort(self, run_id: str) -> RunInfo:
        """Abort a run; returns once its clean-up is done. One that has ended stays as it is."""
        info = self.run(run_id)
        if self._run is None or self._run.run_id != info.run_id:
            return info
        await self._run.abort()
        return self.run(info.run_id)

    def runs(self) -> tuple[RunLine, ...]:
        """Every run of the store, newest first."""
        return self.archive.lines()

    def run(self, run_id: str) -> RunInfo:
        """One run; `last` is the newest one."""
        info = self.archive.info(run_id)
        if self._run is not None and self._run.run_id == info.run_id:
            return self._run.complete(info)
        return info

    def report(self, names: Sequence[str], form: str) -> str:
        """Report of one run, or of several in one: html, junit or json."""
        if form not in {"html", "junit", "json"}:
            raise ConfigError(f"no report format {form!r}; there are: html, junit, json")
        return self.archive.report(names, form)

    # -- guards -------------------------------------------------------------------------

    def _parts(self) -> CampaignParts:
        return CampaignParts(
            self._config,
            self._bench,
            self._csms,
            self.archive,
            self.bus,
            self.clock,
            self.desk,
            self._state_dir / "work",
        )

    @property
    def archive(self) -> Archive:
        """The run store."""
        assert self._archive is not None, "entered"  # noqa: S101 (an invariant of the class)
        return self._archive

    def _opened(self) -> Bench:
        if self._bench is None or self._state != "open":
            remedy = "start a daemon with: rig up" if self._state == "offline" else "wait a moment"
            raise BenchError(f"bench {self._config.bench}", f"it is {self._state}", remedy)
        return self._bench

    def _need_idle(self) -> None:
        if self._run is not None and self._run.active:
            raise BenchBusy(
                f"bench {self._config.bench}",
                f"run {self._run.run_id} is in progress",
                "wait for it, or abort it with: rig bench safe",
            )

    def _free(self) -> Bench:
        bench = self._opened()
        bench.lease.demand(OWNER.get())
        self._need_idle()
        return bench

    def _free_csms(self) -> CentralSystem:
        self._free()
        assert self._csms is not None, "there is one wherever a bench is open"  # noqa: S101
        return self._csms

    def _usable(self) -> Bench:
        bench = self._free()
        if (q := bench.quarantine) is not None:
            raise Quarantined(
                q.device,
                f"{q.cause} (quarantined since {q.utc})",
                "repair it, then: rig bench recover",
            )
        return bench
