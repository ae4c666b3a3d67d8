"""Runs written by hand into a run store: each event, check and finding is what a test says."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rig.events import Event, Kind
from rig.jsontypes import Json
from rig.runs import (
    CaseRecord,
    CheckRecord,
    FindingRecord,
    RunMeta,
    RunRecord,
    RunStore,
    RunWriter,
    SelectionRecord,
)

START_UTC = "2026-11-23T10:00:00.000Z"


def check(
    name: str,
    ok: bool = True,
    *seqs: int,
    severity: str = "error",
    kind: str = "tool",
    seen: str = "seen",
    expected: str = "expected",
    t_s: float = 0.0,
) -> CheckRecord:
    return CheckRecord(name, "OCPP 1.6, 6.45", ok, severity, expected, seen, seqs, t_s, kind)


def finding(rule: str, *seqs: int, severity: str = "warn", detail: str = "odd") -> FindingRecord:
    return FindingRecord(rule, severity, detail, seqs, 0.0)


class Story:
    """One run as it is written. One second passes from event to event."""

    def __init__(
        self,
        store: RunStore,
        run_id: str = "20261123-100000-aaaa",
        dut: str = "station",
        time_scale: float = 1.0,
        requested: tuple[str, ...] = (),
        selection: tuple[SelectionRecord, ...] = (),
    ) -> None:
        self.seq = 0
        self._t_s = 100.0
        self._times: dict[int, float] = {}
        self._store = store
        self._dut = dut
        self.writer: RunWriter = store.create(
            RunMeta(run_id, dut, "lab", START_UTC, time_scale, "0.1.0", False, requested, selection)
        )

    def pass_time(self, seconds: float) -> None:
        """Let nothing happen."""
        self._t_s += seconds

    def event(self, kind: str, source: str = "dut", /, **data: Json) -> int:
        """Record an event; gives its number."""
        self.seq += 1
        self._t_s += 1.0
        self._times[self.seq] = self._t_s
        minutes, seconds = divmod(self.seq, 60)
        utc = f"2026-11-23T10:{minutes % 60:02d}:{seconds:02d}.000Z"
        self.writer.event(Event(self.seq, self._t_s, utc, kind, source, data))
        return self.seq

    def call(self, way: str, action: str, payload: Json, number: str = "1") -> int:
        """A CALL; `way` is "in" or "out"."""
        raw = json.dumps([2, number, action, payload], separators=(",", ":"))
        return self.frame(way, raw, "CALL", number, action)

    def result(self, way: str, payload: Json, number: str = "1") -> int:
        """A CALLRESULT."""
        raw = json.dumps([3, number, payload], separators=(",", ":"))
        return self.frame(way, raw, "CALLRESULT", number)

    def error(self, way: str, code: str, description: str = "", number: str = "1") -> int:
        """A CALLERROR."""
        raw = json.dumps([4, number, code, description, {}], separators=(",", ":"))
        return self.frame(way, raw, "CALLERROR", number)

    def malformed(self, raw: str, reason: str = "not JSON", rule: str = "M2.9") -> int:
        """A message that is no OCPP-J frame."""
        return self.event(Kind.FRAME, direction="in", connection=1, raw=raw,
                          type="malformed", reason=reason, rule=rule)  # fmt: skip

    def frame(self, way: str, raw: str, kind: str, number: str, action: str = "") -> int:
        """A message as on the wire."""
        return self.event(Kind.FRAME, direction=way, connection=1, raw=raw, type=kind,
                          id=number, action=action)  # fmt: skip

    def phase(self, octt_id: str, phase: str) -> int:
        """A part of a case begins."""
        return self.event(Kind.CASE, "tool", octt_id=octt_id, phase=phase)

    def case(
        self,
        octt_id: str,
        verdict: str,
        first: int,
        checks: Sequence[CheckRecord] = (),
        findings: Sequence[FindingRecord] = (),
        cause: str = "",
        attempt: int = 1,
        title: str = "Plug in first",
        variant: str = "",
        feature: str = "core",
    ) -> None:
        """The result of what happened from event `first` on."""
        start_s = self._times[first] - 1
        self.writer.case(
            CaseRecord(
                octt_id, title, self._dut, feature, "M", verdict, verdict, "", cause, START_UTC,
                start_s, self._t_s, first, self.seq, tuple(checks), tuple(findings), attempt,
                variant,
            )
        )  # fmt: skip

    def told(self, verdict: str = "", cause: str = "") -> RunRecord:
        """The run as it is read back after its end."""
        self.writer.finish(verdict, cause)
        return self._store.load(self.writer.run_id)

    def broken_off(self) -> RunRecord:
        """The run as it is read back after the daemon died."""
        self.writer.close()
        return self._store.load(self.writer.run_id)
