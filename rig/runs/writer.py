"""Writes one run, event by event."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from rig.errors import RunError
from rig.events import Event, Kind
from rig.jsontypes import Json
from rig.runs.artefacts import Artefact, Artefacts
from rig.runs.attempts import that_count
from rig.runs.configuration import Configuration, read_configuration, write_configuration
from rig.runs.journal import Journal
from rig.runs.layout import RunFolder, take_lock, write_whole
from rig.runs.records import (
    CaseRecord,
    ChangeRecord,
    RunEnd,
    RunMeta,
    SelectionRecord,
    SessionRecord,
    to_json,
    worst,
)
from rig.runs.redact import Redactor
from rig.runs.shift import NO_SHIFT, Shift


class RunWriter:
    """The one writer of a run; `event` fits `EventBus.listen`.

    Every record is with the operating system when its method returns: `kill -9` loses none.
    Ends and cases are also forced onto the disk. Secrets are masked on the way in.

    Leaving it as a context manager without `finish` leaves the run to be found as interrupted.

    Args:
        folder: of the run.
        meta: what is known of it.
        artefacts: of the store.
        on_change: called when the list of runs is to show something new.
        shift: from the time line of this daemon to that of the run.
        cases: executions that the run has already.
    """

    def __init__(
        self,
        folder: RunFolder,
        meta: RunMeta,
        artefacts: Artefacts,
        on_change: Callable[[RunFolder], None],
        shift: Shift = NO_SHIFT,
        cases: tuple[CaseRecord, ...] = (),
    ) -> None:
        self.meta = meta
        self.cases = list(cases)
        self._shift = shift
        self._folder = folder
        self._artefacts = artefacts
        self._on_change = on_change
        self._redact = Redactor()
        self._lock = take_lock(folder.lock)
        self._events = Journal(folder.events)
        self._wire = Journal(folder.wire)
        self._cases = Journal(folder.cases)
        self._identity = Journal(folder.identity)
        self._closed = False
        self._refused: RunError | None = None
        self._last_utc = meta.started_utc

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return self.meta.run_id

    def event(self, event: Event) -> None:
        """Record what happened.

        A disk that refuses is no matter of whoever has told the event: a driver that opens
        relays, a connection. Nothing more is recorded, and the next other record raises.

        Raises:
            RunError: the run has ended.
        """
        if self._refused is not None:
            return
        self._must_be_open()
        try:
            self._record(event)
        except RunError as error:
            self._refused = error

    def _record(self, event: Event) -> None:
        event = self._shift.event(event)
        record = event.to_json()
        record["data"] = data = self._redact.members(event.data)
        self._events.append(record)
        self._last_utc = event.utc
        if event.kind in (Kind.FRAME, Kind.TRANSPORT):
            self._wire.append({"seq": event.seq, "t_s": event.t_s, "utc": event.utc, **data})

    def identity(self, said: dict[str, Json]) -> None:
        """Record what the device under test says about itself; later words replace earlier."""
        self._must_be_open()
        self._identity.append(self._redact.members(said))

    def select(self, selection: tuple[SelectionRecord, ...]) -> None:
        """Replace the selection, once the device under test has been asked."""
        self._must_be_open()
        self.meta = replace(self.meta, selection=selection)
        write_whole(self._folder.meta, to_json(self.meta))

    def session(self, session: SessionRecord) -> None:
        """Record that a stretch of the run begins."""
        first = self._shift.seq + session.first_seq
        self._append(self._folder.sessions, to_json(replace(session, first_seq=first)))

    def change(self, change: ChangeRecord) -> None:
        """Record that the device under test is not what it was."""
        seqs = tuple(self._shift.seq + seq for seq in change.seqs)
        self._append(self._folder.changes, to_json(replace(change, seqs=seqs)))

    def intake(self, case: CaseRecord) -> None:
        """Record the pre-test of the device under test."""
        self._append(self._folder.intake, to_json(self._shift.case(case)))

    def configuration(self, configuration: Configuration) -> None:
        """Keep the configuration of the device under test as it came."""
        self._must_be_open()
        write_configuration(self._folder.configuration, configuration.told(self._redact.text))

    def given_back(self, utc: str) -> None:
        """Take note that the device under test is as it came."""
        self._must_be_open()
        kept = read_configuration(self._folder.configuration)
        if kept is not None:
            write_configuration(self._folder.configuration, kept.restored(utc))

    def case(self, case: CaseRecord) -> None:
        """Record the result of a case."""
        self.broken_off(self._shift.case(case))

    def broken_off(self, case: CaseRecord) -> None:
        """Record an execution whose places are those of the run's own time line."""
        self._must_be_open()
        self._cases.append(self._redact.members(to_json(case)))
        self.cases.append(case)
        self._events.sync()
        self._cases.sync()

    def _append(self, path: Path, record: dict[str, Json]) -> None:
        self._must_be_open()
        journal = Journal(path)
        try:
            journal.append(self._redact.members(record))
            journal.sync()
        finally:
            journal.close()

    def artefact(self, name: str, content: bytes) -> Artefact:
        """Keep a file with the run, as it is."""
        self._must_be_open()
        stored = self._artefacts.put(name, content)
        self._append(self._folder.artefacts, to_json(stored))
        return stored

    def finish(self, verdict: str = "", cause: str = "", finished_utc: str = "") -> None:
        """End the run.

        Args:
            verdict: of the run; the worst of its cases when empty.
            cause: of the verdict, as a sentence.
            finished_utc: lab time; that of the last event when empty.
        """
        self._must_be_open()
        for journal in (self._events, self._wire, self._cases, self._identity):
            journal.sync()
        end = RunEnd(
            "finished",
            verdict or worst(case.verdict for case in that_count(self.cases)),
            self._redact.text(cause),
            finished_utc or self._last_utc,
        )
        write_whole(self._folder.end, to_json(end))
        self.close()
        self._on_change(self._folder)

    def close(self) -> None:
        """Let go of the files; without `finish` the run counts as interrupted from now on."""
        if self._closed:
            return
        self._closed = True
        for journal in (self._events, self._wire, self._cases, self._identity):
            journal.close()
        os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        self.close()

    def _must_be_open(self) -> None:
        if self._closed:
            raise RunError(f"run {self.run_id} has ended; nothing can be added to it")
        if self._refused is not None:
            raise self._refused
