"""A service with a real bench of manual devices, and a stand-in for the campaign."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from rig.bench import Bench
from rig.client.results import CaseLine, RunInfo, RunLine
from rig.config.bench_file import load_bench
from rig.config.models import BenchConfig
from rig.conformance.catalogue import UnknownCase
from rig.conformance.order import RunOrder
from rig.csms.server import CentralSystem
from rig.daemon.api import application
from rig.daemon.parts import CampaignParts
from rig.daemon.service import RigService
from rig.errors import RunError
from rig.events import Event, EventBus, Kind
from tests.api_client import ApiClient

BENCH = """
bench: by-hand
devices:
  plug-1: {kind: manual_evse_tester, plug_type: type2, connector_id: 1}
  mains: {kind: manual_mains_switch}
  reader: {kind: manual_card_presenter}
cards:
  good: {id_tag: 04A1, status: Accepted}
  bad: {id_tag: 04BA, status: Invalid}
csms: {identity: CP-1}
"""


@dataclass
class FakeArchive:
    """Runs in memory."""

    runs: dict[str, RunInfo] = field(default_factory=dict)
    left_open: list[str] = field(default_factory=list)

    def recover(self) -> list[str]:
        return self.left_open

    def lines(self) -> tuple[RunLine, ...]:
        return tuple(
            RunLine(r.run_id, r.dut, r.bench, r.state, r.verdict, r.started_utc, {})
            for r in reversed(self.runs.values())
        )

    def info(self, run_id: str) -> RunInfo:
        if run_id not in self.runs and run_id != "last":
            raise RunError(f"no run {run_id}")
        return self.runs[run_id] if run_id != "last" else [*self.runs.values()][-1]

    def report(self, run_ids: Sequence[str], form: str) -> str:
        return f"{form} of {', '.join(run_ids)}"

    def put(self, run_id: str, state: str, verdict: str, requested: tuple[str, ...]) -> None:
        self.runs[run_id] = RunInfo(
            run_id, "station", "by-hand", state, verdict, "", "t0", "", False, 1.0, requested,
            None, (),
        )  # fmt: skip


@dataclass
class FakeRun:
    """A run that waits until the test lets it go."""

    engine: FakeEngine
    bus: EventBus
    archive: FakeArchive
    requested: tuple[str, ...]

    @property
    def cases(self) -> tuple[str, ...]:
        return self.requested or ("001", "002")

    async def run(self) -> int:
        engine = self.engine
        if engine.fail_before_id is not None:
            raise engine.fail_before_id
        run_id = f"run-{len(self.archive.runs) + 1}"
        self.archive.put(run_id, "running", "", self.requested)
        self.bus.publish(Kind.RUN, "tool", run_id=run_id, phase="started")
        self.bus.publish(Kind.CASE, "tool", octt_id="001", index=1, total=2)
        try:
            await engine.go.wait()
        except asyncio.CancelledError:
            self.archive.put(run_id, "finished", "ABORTED", self.requested)
            raise
        if engine.fail_later is not None:
            raise engine.fail_later
        self.archive.put(run_id, "finished", "FAIL", self.requested)
        return 1


class FakeEngine:
    """Real bench and Central System; campaign and run store of our own."""

    def __init__(self) -> None:
        self.runs = FakeArchive()
        self.go = asyncio.Event()
        self.resumed = ""
        self.fail_before_id: Exception | None = None
        self.fail_later: Exception | None = None

    def load(self, path: Path | None) -> tuple[Path, BenchConfig]:
        assert path is not None
        return path, load_bench(path)

    def archive(self, _root: Path) -> FakeArchive:
        return self.runs

    def equip(self, config: BenchConfig, _state_dir: Path) -> BenchConfig:
        return config

    def central_system(self, config: BenchConfig, bus: EventBus, clock: object) -> CentralSystem:
        csms = config.csms
        return CentralSystem(csms.host, csms.port, csms.path, csms.identity, bus=bus, clock=clock)  # type: ignore[arg-type]

    def bench(self, *parts: object, **more: object) -> Bench:
        return Bench(*parts, **more)  # type: ignore[arg-type]

    async def prepare(self, parts: CampaignParts, order: RunOrder) -> FakeRun:
        if "999" in order.cases:
            raise UnknownCase({"999": ["001"]})
        self.resumed = order.continues
        cases = self.runs.info(self.resumed).requested if self.resumed else order.cases
        return FakeRun(self, parts.bus, self.runs, cases)

    async def case_lines(
        self, _parts: CampaignParts, dut: str, pics: Path | None
    ) -> tuple[CaseLine, ...]:
        return (CaseLine("001", f"{dut} {pics}", "core", "M", True, True, True, ""),)

    def describe(self, octt_id: str, dut: str) -> dict[str, object]:
        return {"octt_id": octt_id, "dut": dut}


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def bench_file(tmp_path: Path) -> Path:
    file = tmp_path / "bench.yaml"
    file.write_text(BENCH)
    return file


@asynccontextmanager
async def opened(
    engine: FakeEngine, file: Path, *, offline: bool = False
) -> AsyncIterator[RigService]:
    """A service whose operator does everything the devices ask for."""
    config = engine.load(file)[1]
    service = RigService(
        engine,  # type: ignore[arg-type]
        file,
        config,
        socket=file.parent / "s",
        state_dir=file.parent,
        offline=offline,
    )

    def oblige(event: Event) -> None:
        if (
            event.kind == Kind.PROMPT
            and event.data["state"] == "asked"
            and event.data["kind"] != "confirm"
        ):
            choices = event.data["choices"]
            assert isinstance(choices, list)
            answer = (str(event.data["id"]), str(choices[0]), "test")
            asyncio.get_running_loop().call_soon(service.desk.answer, *answer)

    with service.bus.listen(oblige):
        async with service:
            await service.open_bench()
            yield service


@pytest.fixture
async def service(engine: FakeEngine, bench_file: Path) -> AsyncIterator[RigService]:
    async with opened(engine, bench_file) as service:
        yield service


@pytest.fixture
async def api(service: RigService) -> AsyncIterator[ApiClient]:
    async with AsyncExitStack() as stack:
        client = TestClient(TestServer(application(service)))
        yield await stack.enter_async_context(client)
        service.ring.close()
