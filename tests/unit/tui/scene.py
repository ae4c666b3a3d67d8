"""A laboratory as a daemon would tell of it, and the application that looks at it."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from textual.pilot import Pilot

from rig.client.cards import CardJobInfo, CardLine
from rig.client.csms import ActionLine
from rig.client.errors import ClientError
from rig.client.evidence import (
    CaseTimeline,
    CheckLine,
    CompareLine,
    FindingLine,
    FrameLine,
    FramePage,
    MarkLine,
    RunComparison,
    TimelineLine,
)
from rig.client.modem import ModemInfo, SignalInfo
from rig.client.plug import PilotInfo, PlugInfo
from rig.client.results import (
    BenchInfo,
    CardInfo,
    CaseLine,
    CaseResult,
    CsmsInfo,
    DaemonInfo,
    LeaseInfo,
    Progress,
    RunInfo,
    RunLine,
    StationInfo,
    Status,
)
from rig.tui.app import RigApp

from .fake_daemon import FakeDaemon, many

NARROW, WIDE = (80, 24), (140, 40)

BENCH = BenchInfo(
    "lab-ac", "/lab/lab-ac.yaml", "open", True, 1.0, ("plug-1",),
    (CardInfo("accepted", "04A1B2C3D4E5F6", "Accepted"),
     CardInfo("invalid", "04BADBADBADBAD", "Invalid"),
     CardInfo("blocked", "04B10C0ED00001", "Blocked"),
     CardInfo("family", "04FA", "Accepted", "GROUP")),
    "on", network="up",
)  # fmt: skip
STATION = StationInfo("CP-1", True, "Accepted", "Acme", "Box", "1.2.0", 3.0)
STATUS = Status(
    DaemonInfo(4711, "0.1.0", "2026-01-31T12:00:00.000Z", 130.0, "/run/rigd.sock", 0),
    BENCH, CsmsInfo("ws://10.0.0.1:9220/ocpp", (STATION,)), None, (), LeaseInfo(""),
)  # fmt: skip
PLUG = PlugInfo(
    "plug-1", 1, "type2", "C", True, True, True, cable="32A", load_phases=3,
    measured=PilotInfo(6.0, -12.0, 26.7, 1000.0, 16.0, 1.2, (230.0, 231.0, 229.0),
                       (15.8, 15.9, 15.8)),
)  # fmt: skip
MODEM = ModemInfo(
    "dongle", "huawei", "E3372", "22.328", "861", "8949", "ready", "home", "Telekom.de", "4g",
    "LTE", "auto", True, "10.64.1.2",
)  # fmt: skip
SIGNAL = SignalInfo("4g", 21, -71, -98, -9.5, 12.0, None, None, -81, True)
RUN_ID, OLD_ID = "20260131-120005-a1b2", "20260130-090000-c3d4"
TITLES = {
    "003": "Regular Charging Session - Plugin First",
    "004_1": "Regular Charging Session - Identification First",
    "004_2": "Regular Charging Session - Identification First - ConnectionTimeOut",
    "023_1": "Start Charging Session - Authorize invalid",
}
CASES = (
    *(CaseLine(i, t, "core", "M", True, True, True, "") for i, t in TITLES.items()),
    CaseLine("042_1", "Get Local List Version", "local-list", "C", True, False, True, "no list"),
)
FAILED = CaseResult("004_1", TITLES["004_1"], "station", "FAIL",
                    "the contactor closes: expected voltage at the plug, seen none", 41.0, 26, 1,
                    1)  # fmt: skip
PASSED = CaseResult("003", TITLES["003"], "station", "PASS", "", 29.0, 30, 0, 0)
RUN = RunInfo(
    RUN_ID, "station", "lab-ac", "finished", "FAIL", "", "2026-01-31T12:00:05.000Z",
    "2026-01-31T12:02:00.000Z", True, 1.0, ("003", "004_1"), 1, (PASSED, FAILED),
)  # fmt: skip
RUNS = (
    RunLine(RUN_ID, "station", "lab-ac", "finished", "FAIL", RUN.started_utc,
            {"FAIL": 1, "PASS": 1}),
    RunLine(OLD_ID, "station", "lab-ac", "finished", "PASS", "2026-01-30T09:00:00.000Z",
            {"PASS": 2}),
)  # fmt: skip
OLD_RUN = replace(RUN, run_id=OLD_ID, verdict="PASS", cases=(
    PASSED, replace(PASSED, octt_id="004_2", title=TITLES["004_2"], duration_s=40.3),
))  # fmt: skip
CASE = CaseTimeline(
    RUN_ID, "004_1", TITLES["004_1"], "", 1, 1, "FAIL", FAILED.cause, "2026-01-31T12:00:40.000Z",
    41.0,
    (
        TimelineLine(0.0, 10, "phase", "preparation", "", None, None, ()),
        TimelineLine(1.25, 11, "physical", "pilot state B", "(plug-1)", "Plug", "Station", ()),
        TimelineLine(2.5, 12, "call", "StatusNotification", "connectorId 1 · Charging", "Station",
                     "Tool", (MarkLine("failed", "the contactor closes"),)),
        TimelineLine(2.51, 13, "result", "StatusNotification.conf", "", "Tool", "Station", ()),
    ),
    (
        CheckLine("Authorize received", "steps of the case", True, "error", "", "", "tool", 1.3,
                  (11,)),
        CheckLine("the contactor closes", "test procedure, 004_1, step 7", False, "error",
                  "voltage at the plug", "none", "manual", 2.6, (12,)),
    ),
    (FindingLine("D3-a", "fail", "connector 1: Charging twice", 2.5, (12,)),),
)  # fmt: skip


def frame(seq: int, direction: str, kind: str, action: str, raw: str, summary: str) -> FrameLine:
    """A message of the failed case."""
    utc = f"2026-01-31T12:00:{seq:02d}.000Z"
    return FrameLine(seq, float(seq), utc, direction, kind, action, "m1", raw, 1, "004_1", summary,
                     "")  # fmt: skip


STATUS_RAW = (
    '[2,"m1","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Charging"}]'
)
PAGE = FramePage(
    (
        frame(11, "in", "CALL", "Authorize", '[2,"m0","Authorize",{"idTag":"04A1"}]', "idTag 04A1"),
        frame(12, "in", "CALL", "StatusNotification", STATUS_RAW, "connectorId 1 · Charging"),
        frame(13, "out", "CALLRESULT", "StatusNotification", '[3,"m1",{}]', ""),
    ),
    False, 13,
)  # fmt: skip
COMPARISON = RunComparison(
    OLD_ID, RUN_ID,
    (
        CompareLine("003", TITLES["003"], "PASS", "PASS", "", "", "same"),
        CompareLine("004_1", TITLES["004_1"], "PASS", "FAIL", "", FAILED.cause, "worse"),
    ),
)  # fmt: skip
ACTIONS = (
    ActionLine("ChangeAvailability", "Core"),
    ActionLine("GetConfiguration", "Core"),
    ActionLine("Reset", "Core"),
    ActionLine("SetChargingProfile", "SmartCharging"),
)
SCHEMAS = {
    "ChangeAvailability": {
        "type": "object",
        "properties": {
            "connectorId": {"type": "integer"},
            "type": {"type": "string", "enum": ["Inoperative", "Operative"]},
        },
        "required": ["connectorId", "type"],
    },
    "SetChargingProfile": {
        "type": "object",
        "properties": {
            "periods": {"type": "array", "items": {"type": "object", "properties": {}}},
        },
    },
    "GetConfiguration": {
        "type": "object",
        "properties": {"key": {"type": "array", "items": {"type": "string", "maxLength": 50}}},
    },
}
JOB = CardJobInfo("cards-1", "running", "", "", 1, ("accepted", "invalid", "blocked", "family"),
                  (CardLine("accepted", "04A1", "written", "label"),
                   CardLine("invalid", "04BA", "failed", "wrong key A for sector 1")))  # fmt: skip


def laboratory(path: Path) -> FakeDaemon:
    """A daemon with a bench that charges, a finished run, and everything to look at."""
    fake = FakeDaemon(path)

    def status(_body: object) -> Status:
        daemon = replace(STATUS.daemon, last_seq=fake.last_seq)
        return replace(STATUS, daemon=daemon, prompts=tuple(fake.prompts.values()))

    fake.answers = {
        "GET /v1/status": status,
        "GET /v1/plugs": many("plugs", (PLUG,)),
        "GET /v1/modem": MODEM,
        "GET /v1/modem/signal": SIGNAL,
        "GET /v1/card-writer/job": JOB,
        "GET /v1/cases?dut=station": many("cases", CASES),
        "GET /v1/cases?dut=csms": many("cases", ()),
        "GET /v1/runs": many("runs", RUNS),
        f"GET /v1/runs/{RUN_ID}": RUN,
        f"GET /v1/runs/{OLD_ID}": OLD_RUN,
        f"GET /v1/runs/{RUN_ID}/timeline?octt_id=004_1&attempt=0": CASE,
        f"GET /v1/runs/{RUN_ID}/frames?after=0&limit=5000&filter=&octt_id=004_1&newest=0": PAGE,
        f"GET /v1/runs/{OLD_ID}/compare/{RUN_ID}": COMPARISON,
        f"GET /v1/runs/{RUN_ID}/report?format=html": "<html>the report</html>",
        "GET /v1/csms/actions": many("actions", ACTIONS),
    }
    for name, schema in SCHEMAS.items():
        fake.answers[f"GET /v1/csms/actions/{name}/schema"] = schema
    return fake


def begin_run(fake: FakeDaemon) -> None:
    """A run of three cases, as far as the third; the second has failed."""
    fake.publish("run", "tool", "00:05.000", run_id=RUN_ID, phase="started", dut="station", total=3)
    for index, (octt_id, verdict) in enumerate((("003", "PASS"), ("004_1", "FAIL")), 1):
        fake.publish("case", "tool", octt_id=octt_id, phase="started", index=index, total=3,
                     title=TITLES[octt_id])  # fmt: skip
        fake.publish("check", "tool", octt_id=octt_id, name="Authorize received", ok=True,
                     severity="error", expected="", seen="")  # fmt: skip
        cause = FAILED.cause if verdict == "FAIL" else ""
        fake.publish("case", "tool", octt_id=octt_id, phase="finished", index=index, total=3,
                     title=TITLES[octt_id], verdict=verdict, cause=cause,
                     duration_s=29.0 + 12 * (index - 1))  # fmt: skip
    fake.publish("case", "tool", "02:00.000", octt_id="004_2", phase="started", index=3, total=3,
                 title=TITLES["004_2"])  # fmt: skip
    fake.publish("case", "tool", "02:00.100", octt_id="004_2", phase="steps")
    fake.publish("relay", "mock+relay-left", "02:01.000", board="relay-left", coil=0, closed=True,
                 role="plug-1.cp")  # fmt: skip
    fake.publish("pilot", "mock+plug-1", "02:01.020", plug="plug-1", cp_state="C")
    fake.publish("card", "mock+reader", "02:02.000", card="accepted", id_tag="04A1B2C3D4E5F6",
                 action="presented")  # fmt: skip
    meter = (
        '[2,"m7","MeterValues",{"connectorId":1,"meterValue":[{"timestamp":"2026-01-31T12:02:02Z",'
        '"sampledValue":[{"value":"1.25","unit":"kWh","measurand":"Energy.Active.Import.Register"}'
        "]}]}]"
    )
    fake.publish("frame", "mock+dut", "02:02.400", direction="in", connection=1, raw=meter,
                 type="CALL", id="m7", action="MeterValues")  # fmt: skip
    fake.publish("frame", "tool", "02:02.410", direction="out", connection=1, raw='[3,"m7",{}]',
                 type="CALLRESULT", id="m7", action=None)  # fmt: skip
    fake.publish("step", "tool", "02:03.000", octt_id="004_2", state="waiting",
                 text="wait for StatusNotification(connectorId 1, status Available)")  # fmt: skip
    fake.answers["GET /v1/status"] = lambda _body: replace(
        STATUS,
        daemon=replace(STATUS.daemon, last_seq=fake.last_seq),
        prompts=tuple(fake.prompts.values()),
        run=Progress(RUN_ID, "station", "004_2", 3, 3),
    )
    fake.answers[f"GET /v1/runs/{RUN_ID}"] = replace(RUN, state="running", verdict="")


@asynccontextmanager
async def seat(
    fake: FakeDaemon,
    size: tuple[int, int] = NARROW,
    monotonic: Callable[[], float] = time.monotonic,
) -> AsyncIterator[tuple[RigApp, Pilot[None]]]:
    """The application in front of a daemon."""
    app = RigApp(fake.path, monotonic)
    app.animation_level = "none"
    async with app.run_test(size=size) as pilot:
        yield app, pilot


def screen_text(app: RigApp) -> str:
    """What the screen shows, as text."""
    width, height = app.size
    console = Console(width=width, height=height, file=io.StringIO(), record=True,
                      force_terminal=True, legacy_windows=False)  # fmt: skip
    console.print(app.screen._compositor.render_update(full=True))
    lines = console.export_text(styles=False).splitlines()
    return "\n".join(line.rstrip() for line in lines).rstrip() + "\n"


async def shows(app: RigApp, pilot: Pilot[None], *texts: str, timeout_s: float = 30.0) -> str:
    """Wait until all of `texts` are on the screen; the screen."""
    deadline = time.monotonic() + timeout_s
    while True:
        await pilot.pause()
        seen = screen_text(app)
        missing = [text for text in texts if text not in seen]
        if not missing:
            return seen
        assert time.monotonic() < deadline, f"no {missing} on the screen:\n{seen}"
        await asyncio.sleep(0.01)


async def until(what: Callable[[], bool], name: str, timeout_s: float = 30.0) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + timeout_s
    while not what():
        assert time.monotonic() < deadline, f"not in time: {name}"
        await asyncio.sleep(0.01)


NO_MODEM = ClientError("modem: this bench has no modem", "bench")
