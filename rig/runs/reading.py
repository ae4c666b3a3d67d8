"""Reads one run, finished or not, also while it is being written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from rig.errors import RunError
from rig.events import Event, Kind
from rig.jsontypes import Json
from rig.runs import journal
from rig.runs.attempts import next_attempt, that_count
from rig.runs.configuration import Configuration, read_configuration
from rig.runs.journal import Damage
from rig.runs.layout import RunFolder, read_whole
from rig.runs.records import (
    CaseRecord,
    ChangeRecord,
    RunEnd,
    RunMeta,
    RunSummary,
    SessionRecord,
    case_from_json,
    change_from_json,
    end_from_json,
    meta_from_json,
    session_from_json,
    worst,
)


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case that began and has no result, because the daemon died in it."""

    octt_id: str
    first_seq: int
    t_start_s: float


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Everything about a run.

    Attributes:
        identity: what the device under test said about itself.
        cases: executions in order, every attempt.
        state: "running", "finished" or "interrupted".
        verdict: "" while running.
        finished_utc: "" while running.
        damage: lines of the logs, but for the time line, that could not be read.
        intake: executions of the pre-test.
        sessions: stretches of the run without a break.
        changes: of the device under test, during the run.
        configuration: of the device under test as it came; None where none was read.
    """

    folder: RunFolder
    meta: RunMeta
    identity: dict[str, Json]
    cases: tuple[CaseRecord, ...]
    state: str
    verdict: str
    cause: str
    finished_utc: str
    damage: Damage
    intake: tuple[CaseRecord, ...] = ()
    sessions: tuple[SessionRecord, ...] = ()
    changes: tuple[ChangeRecord, ...] = ()
    configuration: Configuration | None = None

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return self.meta.run_id

    @property
    def results(self) -> tuple[CaseRecord, ...]:
        """Of each case the execution that counts."""
        return that_count(self.cases)

    @classmethod
    def open(cls, folder: RunFolder) -> RunRecord:
        """Read what is there.

        Raises:
            RunError: the meta data is missing or damaged.
        """
        being_written = folder.is_being_written()  # asked first: it may end while we read
        damage = Damage()
        meta = _meta(folder)
        identity: dict[str, Json] = {}
        for said in journal.read(folder.identity, damage):
            identity |= said
        cases = tuple(_cases(folder.cases, damage))
        intake = tuple(_cases(folder.intake, damage))
        end = _end(folder) or _implied_end(folder, (*intake, *cases), being_written)
        return cls(
            folder,
            meta,
            identity,
            cases,
            end.state,
            end.verdict,
            end.cause,
            end.finished_utc,
            damage,
            intake,
            tuple(session_from_json(line) for line in journal.read(folder.sessions, damage)),
            tuple(change_from_json(line) for line in journal.read(folder.changes, damage)),
            read_configuration(folder.configuration),
        )

    def events(self, damage: Damage | None = None) -> Iterator[Event]:
        """The time line, in order; lines that cannot be read are counted in `damage`."""
        return _events(self.folder, Damage() if damage is None else damage)

    def frames(self) -> Iterator[Event]:
        """OCPP messages of the time line."""
        return (event for event in self.events() if event.kind == Kind.FRAME)

    def artefacts(self) -> tuple[tuple[str, str], ...]:
        """Name and SHA-256 digest of each artefact."""
        found = journal.read(self.folder.artefacts)
        return tuple((str(a.get("name")), str(a.get("sha256"))) for a in found)

    def open_case(self) -> OpenCase | None:
        """The case in which the daemon died, or that goes on now."""
        return _open_case(self.events(), (*self.intake, *self.cases))

    def broken_off(self) -> CaseRecord | None:
        """The case in which the daemon died, as an execution that says nothing about the device.

        What it had recorded until then is evidence too.
        """
        opened = self.open_case()
        if opened is None or self.state != "interrupted":
            return None
        row = next((s for s in self.meta.selection if s.octt_id == opened.octt_id), None)
        started, last = "", None
        for event in self.events():
            started = event.utc if event.seq == opened.first_seq else started
            last = event if last is None or event.seq > last.seq else last
        return CaseRecord(
            octt_id=opened.octt_id,
            title=row.title if row else "",
            dut=self.meta.dut,
            feature="",
            obligation=row.obligation if row else "",
            verdict="INCONCLUSIVE",
            tool_verdict="",
            result="",
            cause="the daemon ended during this case; what it had recorded until then is shown",
            started_utc=started,
            t_start_s=opened.t_start_s,
            t_end_s=last.t_s if last else opened.t_start_s,
            first_seq=opened.first_seq,
            last_seq=last.seq if last else opened.first_seq,
            checks=(),
            findings=(),
            attempt=next_attempt(self.cases, opened.octt_id),
        )

    @property
    def summary(self) -> RunSummary:
        """The run's line in the list."""
        m = self.meta
        return RunSummary(
            m.run_id,
            m.dut,
            m.bench,
            self.state,
            self.verdict,
            self.cause,
            m.started_utc,
            self.finished_utc,
            m.simulated,
            m.time_scale,
            dict(Counter(case.verdict for case in self.results)),
        )


def _meta(folder: RunFolder) -> RunMeta:
    try:
        return meta_from_json(read_whole(folder.meta))
    except FileNotFoundError:
        raise RunError(f"{folder.path}: no run here, meta.json is missing") from None
    except (KeyError, TypeError) as error:
        raise RunError(f"{folder.meta}: of another version of the tool ({error})") from error


def _end(folder: RunFolder) -> RunEnd | None:
    try:
        return end_from_json(read_whole(folder.end))
    except FileNotFoundError:
        return None
    except TypeError as error:
        raise RunError(f"{folder.end}: of another version of the tool ({error})") from error


def _cases(path: Path, damage: Damage) -> Iterator[CaseRecord]:
    for line in journal.read(path, damage):
        try:
            yield case_from_json(line)
        except TypeError:
            damage.lost += 1


def _events(folder: RunFolder, damage: Damage) -> Iterator[Event]:
    for line in journal.read(folder.events, damage):
        try:
            yield Event(**line)  # type: ignore[arg-type]  # written by Event.to_json
        except TypeError:
            damage.lost += 1


def _implied_end(folder: RunFolder, cases: tuple[CaseRecord, ...], being_written: bool) -> RunEnd:
    if being_written:
        return RunEnd("running", "", "", "")
    last: list[Event] = []
    opened = _open_case(_remember(_events(folder, Damage()), last), cases)
    cause = "the daemon ended before the run did"
    if opened is not None:
        cause += f", in case {opened.octt_id}"
    # A fault of ours says nothing about the device under test, and takes nothing back either.
    verdict = worst((case.verdict for case in that_count(cases)), at_least="INCONCLUSIVE")
    return RunEnd("interrupted", verdict, cause, last[0].utc if last else _meta(folder).started_utc)


def _remember(events: Iterator[Event], last: list[Event]) -> Iterator[Event]:
    for event in events:
        last[:] = [event]
        yield event


def _open_case(events: Iterator[Event], cases: tuple[CaseRecord, ...]) -> OpenCase | None:
    recorded = max((case.last_seq for case in cases), default=0)
    found: OpenCase | None = None
    for event in events:
        octt_id = event.data.get("octt_id")
        if event.kind != Kind.CASE or not octt_id or event.seq <= recorded:
            continue
        if event.data.get("verdict"):
            found = None  # a result was announced: the case is over
        elif found is None or found.octt_id != octt_id:
            found = OpenCase(cast("str", octt_id), event.seq, event.t_s)
    return found
