"""The whole way, from the bench file to the record of a case, in virtual time.

Bench, drivers, Central System, campaign, run store, and the mock world with its station all run in
one event loop, whose time jumps when nothing is to be done (`tests.virtual_time`). What passes
between them passes through sockets, as ever. A case costs a tenth of a second, the same on an idle
machine and a busy one, and every run of it is the same.

To look at one case, with any defects, in any of the laboratories of `SETUPS`:

    .venv/bin/python -m tests.detection.lab 003                           # a correct station
    .venv/bin/python -m tests.detection.lab 003 skip:Authorize            # a wrong one
    .venv/bin/python -m tests.detection.lab 074 csr-old-key+x --setup profile-3 --wire

It prints checks and findings; `--wire` prints all messages, too. In a test:

    ran = lab.run_station(lab.bench("", tmp_path, "skip:Authorize"), tmp_path, "003")
    lab.assert_found(ran.case("003"), "Authorize received")

`run_station_really` does the same the way it is shipped: the world is a process, its boards are on
pseudo-terminals, and time is real. A few rows go that way, as proof that both find the same.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import SecretStr

from drivers.ports import OperatorUnavailable
from firmware_mocks.charging_station.firmware_image import make_image
from firmware_mocks.charging_station.persona_files import load_persona
from firmware_mocks.charging_station.persona_pics import pics_text
from rig.bench import Bench
from rig.bench.children import Children, Processes
from rig.clock import Clock
from rig.config.bench_file import default_bench, load_bench
from rig.config.models import BenchConfig, CsmsConfig, CsmsUnderTest, Listener, VirtualConfig
from rig.conformance.campaign import Campaign, RunOutcome
from rig.conformance.catalogue import Role
from rig.conformance.plan import make_plan
from rig.csms.secure import equip, make_central_system
from rig.csms.server import CentralSystem
from rig.events import Event, EventBus, Kind
from rig.jsontypes import Json
from rig.runs import RunStore
from rig.runs.records import CaseRecord
from tests.virtual_bench import InTheLoop, over_tcp
from tests.virtual_time import EPOCH, VirtualClock, run_virtually

FAST: dict[str, Any] = {
    "heartbeat_interval": 12,
    "boot_retry_interval": 10,
    "meter_value_sample_interval": 6,
    "connection_timeout": 10,
    "transaction_duration": 10,
    "power_off_time": 5,
    "message_timeout": 20,
    "clock_aligned_data_interval": 10,
    "offline_time": 10,
    "reservation_expiry_offset": 10,
    "long_operation_timeout": 60,
}
"""Parameters in lab seconds: short, but every defect differs by more than the tolerance."""


class Nobody:
    """No operator: every question stays without answer."""

    async def ask(self, question: str, choices: Sequence[str], timeout_s: float, **_: str) -> str:
        raise OperatorUnavailable(question)


class KeepingBus(EventBus):
    """Keeps everything that it has carried."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.events: list[Event] = []

    def publish(self, kind: Kind, source: str, /, **data: Json) -> Event:
        event = super().publish(kind, source, **data)
        self.events.append(event)
        return event


@dataclass(frozen=True)
class Ran:
    """What came of a run, and everything that happened from the first moment on."""

    outcome: RunOutcome
    cases: dict[str, CaseRecord]
    events: list[Event]

    def case(self, octt_id: str) -> CaseRecord:
        return self.cases[octt_id]


def config(*defects: str, file: Path | None = None, **parameters: int) -> BenchConfig:
    """The virtual bench with a station (or CSMS) that has these defects."""
    bench = _read(file or default_bench())
    changed = bench.parameters.model_copy(update=parameters)
    return bench.model_copy(
        update={
            "virtual": VirtualConfig(defects=defects),
            "csms_under_test": CsmsUnderTest(defects=defects),
            "parameters": changed,
        }
    )


_read = cache(load_bench)


SECURE = "security_extension: true\n"
ACCESS = {
    "profile-1": CsmsConfig(password=SecretStr("00112233445566778899AABBCCDDEEFF")),
    "profile-3": CsmsConfig(host="localhost", security_profile=3),
    "down": CsmsConfig(
        host="localhost",
        security_profile=3,
        password=SecretStr("00112233445566778899AABBCCDDEEFF"),
        also=(Listener(security_profile=2),),
    ),
    "any-profile": CsmsConfig(
        host="localhost",
        security_profile=0,
        password=SecretStr("00112233445566778899AABBCCDDEEFF"),
        also=tuple(Listener(security_profile=number) for number in (1, 2, 3)),
    ),
}
NEW_IMAGE = "2.0.0"
SETUPS = {
    "": ("virtual.yaml", None),
    "fixed": ("virtual-type1.yaml", "fixed_cable: true\nphases: 1\n"),
    "core": ("virtual.yaml", "profiles: [Core]\n"),
    "reserve": ("virtual.yaml", "power_failure_mode: stop_before_down\n"),
    "new-image": ("virtual.yaml", "firmware_version: 1.0.0\n"),
    "remote-like-a-card": (
        "virtual.yaml",
        "configuration: {AuthorizeRemoteTxRequests: 'true'}\n",
    ),
    "two-plugs": ("virtual-lab.yaml", "reserve_zero_picks_first: true\n"),
    "one-reader": ("virtual-lab.yaml", "readers: shared\n"),
    "no-reader": ("virtual.yaml", "configuration: {AuthorizeRemoteTxRequests: 'false'}\n"),
    "stop-data": ("virtual.yaml", "configuration: {StopTxnSampledData: Voltage}\n"),
    "profile-1": ("virtual.yaml", SECURE),
    "profile-3": ("virtual.yaml", SECURE),
    "any-profile": ("virtual.yaml", SECURE),
    "down": ("virtual.yaml", SECURE),
}
"""Laboratories by name: bench file, and what is special about the station; None: nothing."""


def bench(setup: str, folder: Path, *defects: str) -> BenchConfig:
    """A laboratory whose station declares in its PICS what it is."""
    file, special = SETUPS[setup]
    made = config(*defects, file=default_bench().with_name(file), **FAST)
    if special is None:
        return made
    persona, pics = folder / "persona.yaml", folder / "pics.yaml"
    persona.write_text(special)
    declared = pics_text(load_persona(persona), "special")
    if setup == "no-reader":
        declared = declared.replace("rfid_readers: one per EVSE", "rfid_readers: none")
    pics.write_text(declared)
    virtual = VirtualConfig(defects=defects, persona=persona)
    access = ACCESS.get(setup, made.csms)
    changes: dict[str, object] = {"virtual": virtual, "pics": pics, "csms": access}
    if setup == "new-image":
        image = folder / "image.bin"
        image.write_bytes(make_image(NEW_IMAGE))
        new = {"image": image, "image_version": NEW_IMAGE}
        changes["files"] = made.files.model_copy(update=new)
    return made.model_copy(update=changes)


def run_station(bench: BenchConfig, folder: Path, *ids: str, epoch: float = EPOCH) -> Ran:
    """Run cases with the emulated station under test, in virtual time, from `epoch` on."""
    if max(bench.csms.profiles):  # OpenSSL judges certificates by the clock of the computer
        epoch = float(int(time.time()))
    # the thread of an FTP server has a time of its own
    files = bench.files.model_copy(update={"protocol": "http"})
    bench = over_tcp(bench).model_copy(update={"files": files})
    clock = VirtualClock(bench.time_scale, epoch)
    return run_virtually(_station(bench, folder, ids, clock, InTheLoop()))


async def run_station_really(bench: BenchConfig, folder: Path, *ids: str) -> Ran:
    """The same with processes, pseudo-terminals and real time."""
    return await _station(bench, folder, ids, Clock(bench.time_scale), Processes())


async def _station(
    bench: BenchConfig, folder: Path, ids: Sequence[str], clock: Clock, children: Children
) -> Ran:
    async with opened(bench, folder, clock, children) as lab:
        return await _run(lab.campaign, lab.store, lab.bus, Role.STATION, ids)


@dataclass(frozen=True)
class Laboratory:
    """Everything that a daemon has, for tests that do more than to run cases."""

    bench: Bench
    csms: CentralSystem
    bus: KeepingBus
    clock: Clock
    store: RunStore
    campaign: Campaign


@asynccontextmanager
async def opened(
    bench: BenchConfig, folder: Path, clock: Clock, children: Children
) -> AsyncIterator[Laboratory]:
    """A laboratory with the emulated station; runs are kept in `folder`."""
    bus = KeepingBus(clock)
    store = RunStore(folder / "runs")
    bench = equip(bench, folder)
    async with make_central_system(bench, bus, clock) as csms:
        csms.replies.heartbeat_interval_s = bench.parameters.heartbeat_interval
        lab = Bench(
            bench, bus, clock, Nobody(), csms_url=csms.url, state_dir=folder / "state",
            children=children,
        )  # fmt: skip
        async with lab:
            campaign = Campaign(
                bench=lab, central_system=csms, store=store, bus=bus, clock=clock,
                config=bench, operator=Nobody(), work_dir=folder,
            )  # fmt: skip
            yield Laboratory(lab, csms, bus, clock, store, campaign)


def planned(bench: BenchConfig) -> tuple[str, ...]:
    """Cases that are run with a station, as far as its PICS decides."""
    return make_plan(Role.STATION, None, bench.pics).cases


def run_csms(bench: BenchConfig, folder: Path, *ids: str) -> Ran:
    """Run cases with the small mock CSMS under test, in virtual time."""
    return run_virtually(_csms(bench, folder, ids, VirtualClock(bench.time_scale), InTheLoop()))


async def run_csms_really(bench: BenchConfig, folder: Path, *ids: str) -> Ran:
    """The same with processes and real time."""
    return await _csms(bench, folder, ids, Clock(bench.time_scale), Processes())


async def _csms(
    bench: BenchConfig, folder: Path, ids: Sequence[str], clock: Clock, children: Children
) -> Ran:
    bus = KeepingBus(clock)
    store = RunStore(folder / "runs")
    campaign = Campaign(
        bench=None, central_system=None, store=store, bus=bus, clock=clock, config=bench,
        operator=Nobody(), work_dir=folder, children=children,
    )  # fmt: skip
    return await _run(campaign, store, bus, Role.CSMS, ids)


async def _run(
    campaign: Campaign, store: RunStore, bus: KeepingBus, role: Role, ids: Sequence[str]
) -> Ran:
    outcome = await campaign.run(campaign.plan(role, list(ids) or None, None))
    record = store.load(outcome.run_id)
    return Ran(outcome, {case.octt_id: case for case in record.cases}, bus.events)


def assert_found(record: CaseRecord, where: str) -> None:
    """The first check that failed, or a rule that was broken, is the one that was meant."""
    failed = [c.name for c in record.checks if not c.ok and c.severity == "error"]
    broken = [f.rule for f in record.findings if f.severity == "fail"]
    assert where in broken or (failed and failed[0].startswith(where)), (failed, broken)


def assert_clean(ran: Ran) -> None:
    """Everything passed, and no rule or check has more than a remark (valid because ...)."""
    bad = {}
    for case in ran.cases.values():
        warned = [c.name for c in case.checks if not c.ok and "a CALLRESULT" not in c.name]
        broken = [f for f in case.findings if f.severity != "info"]
        if case.verdict != "PASS" or broken or warned:
            bad[case.octt_id] = (case.verdict, case.cause, broken, warned)
    assert not bad, bad
    assert ran.outcome.exit_code == 0


def _print_wire(log: Path) -> None:
    for entry in map(json.loads, log.read_text().splitlines()):
        way = {"in": "<-", "out": "->"}.get(entry.get("direction"), entry.get("what"))
        print(f"{entry['t_s']:9.3f} {way} {entry.get('raw', entry.get('detail'))}")


def main() -> None:
    """Run cases and tell what was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.detection.lab")
    parser.add_argument("cases", help="identities, joined by commas; 'all' for all")
    parser.add_argument("defects", nargs="*", help="of the station")
    parser.add_argument("--setup", choices=SETUPS, default="", help="laboratory")
    parser.add_argument("--wire", action="store_true", help="print all messages, too")
    args = parser.parse_args()
    ids = () if args.cases == "all" else args.cases.split(",")
    with TemporaryDirectory() as folder:
        ran = run_station(bench(args.setup, Path(folder), *args.defects), Path(folder), *ids)
        for case in ran.cases.values():
            print(f"{case.octt_id}  {case.verdict}  {case.cause}")
            for check in case.checks:
                seen = "" if check.ok else f": expected {check.expected}; seen {check.seen}"
                print(f"  {'ok ' if check.ok else 'NOT'} {check.name}{seen}")
            for finding in case.findings:
                print(f"  {finding.severity} rule {finding.rule}: {finding.detail}")
        if args.wire:
            for log in Path(folder).rglob("wire.jsonl"):
                _print_wire(log)


if __name__ == "__main__":
    main()
