"""What the daemon has said, folded into what the screens show. Holds nothing of its own.

Thrown away and built anew from a status and the newest events whenever the daemon is another one.
"""

from __future__ import annotations

import dataclasses
import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Flag, auto
from typing import cast

from rig.client.evidence import FrameLine
from rig.client.frames import Actions, frame_line
from rig.client.plug import PlugInfo
from rig.client.results import CaseResult, PromptInfo, RunInfo, Status, build
from rig.client.stream import RigEvent
from rig.jsontypes import Json
from rig.tui.story import LIVELINESS, Line, tell

LINES_KEPT = 4000
FRAMES_KEPT = 4000
SIGNALS_KEPT = 120


class Topic(Flag):
    """What has changed."""

    NONE = 0
    STATUS = auto()
    PLUGS = auto()
    RUN = auto()
    LINES = auto()
    FRAMES = auto()
    PROMPTS = auto()
    CARDS = auto()
    MODEM = auto()


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case of a run; `verdict` is "" while it waits or runs. Times are lab seconds."""

    octt_id: str
    title: str
    verdict: str = ""
    cause: str = ""
    duration_s: float | None = None
    checks: int = 0
    checks_failed: int = 0
    findings: int = 0


@dataclass(frozen=True, slots=True)
class RunView:
    """The run in progress, or the last one.

    Attributes:
        state: "running" or "finished".
        current: octt_id in progress, "" between cases.
        phase: of that case.
        step: what it waits for.
        began_s: lab time at which it began.
        cases: those that began.
    """

    run_id: str
    dut: str = ""
    state: str = "running"
    verdict: str = ""
    index: int = 0
    total: int = 0
    current: str = ""
    phase: str = ""
    step: str = ""
    began_s: float = 0.0
    cases: tuple[CaseRow, ...] = ()

    def case(self, octt_id: str) -> CaseRow | None:
        """A case by its id."""
        return next((c for c in self.cases if c.octt_id == octt_id), None)


@dataclass(frozen=True, slots=True)
class Shown:
    """A card at the reader, and since when it is away again ("" while it is there)."""

    name: str
    id_tag: str
    utc: str
    removed: bool


class Mirror:
    """Folds events; every attribute is replaced, never changed in place, but for the two deques.

    Attributes:
        status: the last one; None before the first.
        plugs: by name, as last read.
        run: in progress or the last one, None if none is known.
        lines, frames: the newest of the time line and of the messages.
        prompts: open ones, oldest first.
        closed: the prompt that was closed last.
        card: last card at the reader.
        energy_wh: register of each connector, from MeterValues.
        signals: RSSI in dBm of the newest readings, oldest first.
        last_seq: of the newest event.
        missed: events that were lost on the way.
        lines_seen, frames_seen: how many there have been, so that a list can append the new ones.
    """

    def __init__(self) -> None:
        self.status: Status | None = None
        self.plugs: dict[str, PlugInfo] = {}
        self.run: RunView | None = None
        self.lines: deque[Line] = deque(maxlen=LINES_KEPT)
        self.frames: deque[FrameLine] = deque(maxlen=FRAMES_KEPT)
        self.lines_seen = 0
        self.frames_seen = 0
        self.prompts: tuple[PromptInfo, ...] = ()
        self.closed: PromptInfo | None = None
        self.card: Shown | None = None
        self.energy_wh: dict[int, float] = {}
        self.signals: deque[int] = deque(maxlen=SIGNALS_KEPT)
        self.last_seq = 0
        self.missed = 0
        self._actions = Actions()
        self._status_at = 0.0
        self._told_at: dict[str, float] = {}
        self._prompt_seq = 0
        self._run_seq = 0
        self._replayed_to = 0  # older events were known to the first status

    @property
    def octt_id(self) -> str:
        """The case in progress."""
        return self.run.current if self.run is not None and self.run.state == "running" else ""

    def lab_now_s(self, monotonic_s: float) -> float:
        """Lab time at a moment of our own clock."""
        if self.status is None:
            return 0.0
        real = self.status.daemon.uptime_s + monotonic_s - self._status_at
        return real * self.status.bench.time_scale

    def left_s(self, prompt: PromptInfo, monotonic_s: float) -> float:
        """Real seconds that are left to answer a prompt."""
        return max(0.0, prompt.left_s - (monotonic_s - self._told_at.get(prompt.id, monotonic_s)))

    def take_status(self, status: Status, monotonic_s: float) -> Topic:
        """Learn a status that came at `monotonic_s` of our own clock."""
        if self.status is None:
            self._replayed_to = status.daemon.last_seq
        self.status, self._status_at = status, monotonic_s
        as_of = status.daemon.last_seq  # events may have been faster than this answer
        if as_of >= self._prompt_seq:
            self.prompts = status.prompts
            self._told_at = {prompt.id: monotonic_s for prompt in status.prompts}
        if as_of < self._run_seq:
            return Topic.STATUS | Topic.PROMPTS
        if status.run is None and self.run is not None and self.run.state == "running":
            self.run = dataclasses.replace(self.run, state="finished", current="", step="")
        if status.run is not None and (self.run is None or self.run.run_id != status.run.run_id):
            seen = status.run
            self.run = RunView(
                seen.run_id, seen.dut, index=seen.index, total=seen.total, current=seen.case
            )
        return Topic.STATUS | Topic.PROMPTS | Topic.RUN

    def take_plugs(self, plugs: Sequence[PlugInfo]) -> Topic:
        """Learn the state of plugs."""
        fresh = self.plugs | {plug.name: plug for plug in plugs}
        if fresh == self.plugs:
            return Topic.NONE
        self.plugs = fresh
        return Topic.PLUGS

    def take_run(self, info: RunInfo) -> Topic:
        """Learn what the run store has of the run that is shown."""
        if self.run is None or self.run.run_id != info.run_id:
            return Topic.NONE
        first = () if info.intake is None else (info.intake,)
        stored = tuple(_row(case) for case in (*first, *info.cases))
        known = {case.octt_id for case in stored}
        rest = tuple(c for c in self.run.cases if c.octt_id not in known)
        self.run = dataclasses.replace(
            self.run, dut=info.dut, cases=stored + rest, verdict=info.verdict or self.run.verdict
        )
        return Topic.RUN

    def take(self, event: RigEvent, monotonic_s: float = 0.0) -> Topic:
        """Learn an event that came at `monotonic_s` of our own clock; what it changed."""
        self.last_seq = max(self.last_seq, event.seq)
        changed = self._learn(event)
        if event.kind == "prompt":
            changed |= self._prompt(event, monotonic_s)
        frame = None
        if event.kind == "frame":
            frame = frame_line(event, self._actions.of(event.data), self.octt_id)
            self.frames.append(frame)
            self.frames_seen += 1
            self._meter(frame)
            changed |= Topic.FRAMES
        line = tell(event, frame, self.octt_id)
        if line is not None:
            self.lines.append(line)
            self.lines_seen += 1
            changed |= Topic.LINES
        return changed

    def _learn(self, event: RigEvent) -> Topic:
        match event.kind:
            case "pilot":
                return self._pilot(event)
            case "input" | "relay":
                return Topic.PLUGS
            case "card":
                return self._card(event)
            case "transport" if event.text("what") in LIVELINESS:
                return Topic.NONE
            case "mains" | "network" | "bench" | "transport":
                return Topic.STATUS
            case "modem":
                level = event.data.get("rssi_dbm")
                if isinstance(level, int | float):
                    self.signals.append(int(level))
                return Topic.MODEM
            case "run":
                return self._run(event)
            case "case" | "step" | "check" | "finding" if self.run is not None:
                self.run = _advanced(self.run, event)
                return Topic.RUN
            case _:
                return Topic.NONE

    def _pilot(self, event: RigEvent) -> Topic:
        plug = self.plugs.get(event.text("plug"))
        if plug is not None:
            seen = dataclasses.replace(plug, cp_state=event.text("cp_state"))
            self.plugs = self.plugs | {plug.name: seen}
        return Topic.PLUGS

    def _card(self, event: RigEvent) -> Topic:
        if "job" not in event.data:
            gone = event.text("action") != "presented"
            self.card = Shown(event.text("card"), event.text("id_tag"), event.utc, gone)
        return Topic.CARDS

    def _prompt(self, event: RigEvent, monotonic_s: float) -> Topic:
        if event.seq <= self._replayed_to:
            return Topic.NONE
        prompt = build(PromptInfo, event.data)
        self._told_at[prompt.id], self._prompt_seq = monotonic_s, event.seq
        rest = tuple(p for p in self.prompts if p.id != prompt.id)
        if prompt.state == "asked":
            self.prompts = (*rest, prompt)
        else:
            self.prompts, self.closed = rest, prompt
        return Topic.PROMPTS

    def _run(self, event: RigEvent) -> Topic:
        run_id, phase, self._run_seq = event.text("run_id"), event.text("phase"), event.seq
        if phase == "started":
            total = event.data.get("total")
            self.run = RunView(
                run_id, event.text("dut"), total=total if isinstance(total, int) else 0
            )
        elif self.run is not None and self.run.run_id == run_id and phase == "finished":
            self.run = dataclasses.replace(
                self.run, state="finished", verdict=event.text("verdict"), current="", step=""
            )
        return Topic.RUN | Topic.STATUS

    def _meter(self, frame: FrameLine) -> None:
        if frame.type != "CALL" or frame.action not in ("MeterValues", "StartTransaction"):
            return
        payload = cast("list[Json]", json.loads(frame.raw))[-1]  # it is a CALL
        if not isinstance(payload, dict):
            return
        connector = payload.get("connectorId")
        if not isinstance(connector, int):
            return
        energy = payload.get("meterStart")
        for value in _sampled(payload):
            if value.get("measurand", "Energy.Active.Import.Register") == (
                "Energy.Active.Import.Register"
            ) and not value.get("phase"):
                energy = _wh(value)
        if isinstance(energy, int | float):
            self.energy_wh = self.energy_wh | {connector: float(energy)}


def _sampled(payload: Mapping[str, Json]) -> list[dict[str, Json]]:
    found: list[dict[str, Json]] = []
    meter = payload.get("meterValue")
    for item in meter if isinstance(meter, list) else []:
        values = item.get("sampledValue") if isinstance(item, dict) else None
        found += [v for v in values if isinstance(v, dict)] if isinstance(values, list) else []
    return found


def _wh(value: Mapping[str, Json]) -> float | None:
    try:
        number = float(str(value.get("value")))
    except ValueError:
        return None
    return number * 1000 if value.get("unit") == "kWh" else number


def _row(case: CaseResult) -> CaseRow:
    return CaseRow(
        case.octt_id, case.title, case.verdict, case.cause, case.duration_s, case.checks,
        case.checks_failed, case.findings,
    )  # fmt: skip


def _advanced(run: RunView, event: RigEvent) -> RunView:
    """The run after an event of one of its cases."""
    octt_id = event.text("octt_id")
    if event.kind == "case":
        return _case_moved(run, event, octt_id)
    if event.kind == "step":
        text = event.text("text") if event.text("state") == "waiting" else ""
        return dataclasses.replace(run, step=text)
    case = run.case(octt_id)
    if case is None:
        return run
    if event.kind == "check":
        failed = event.data.get("ok") is False and event.text("severity") != "warn"
        case = dataclasses.replace(
            case, checks=case.checks + 1, checks_failed=case.checks_failed + failed
        )
    else:
        case = dataclasses.replace(case, findings=case.findings + 1)
    return _with(run, case)


def _case_moved(run: RunView, event: RigEvent, octt_id: str) -> RunView:
    index, total = event.data.get("index"), event.data.get("total")
    if not isinstance(index, int) or not isinstance(total, int):
        return dataclasses.replace(run, phase=event.text("phase"))
    known = run.case(octt_id)
    verdict = event.text("verdict")
    if not verdict:
        case = CaseRow(octt_id, event.text("title"))
        return dataclasses.replace(
            _with(run, case), index=index, total=total, current=octt_id, phase="", step="",
            began_s=event.t_s,
        )  # fmt: skip
    spent = event.data.get("duration_s")
    case = dataclasses.replace(
        known or CaseRow(octt_id, event.text("title")),
        verdict=verdict,
        cause=event.text("cause"),
        duration_s=float(spent) if isinstance(spent, int | float) else None,
    )
    return dataclasses.replace(_with(run, case), index=index, current="", phase="", step="")


def _with(run: RunView, case: CaseRow) -> RunView:
    at = next((i for i, c in enumerate(run.cases) if c.octt_id == case.octt_id), len(run.cases))
    return dataclasses.replace(run, cases=(*run.cases[:at], case, *run.cases[at + 1 :]))
