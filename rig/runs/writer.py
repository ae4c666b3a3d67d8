"""Writes one run, event by event."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Self

from rig.errors import RunError
from rig.events import Event, Kind
from rig.jsontypes import Json
from rig.runs.artefacts import Artefact, Artefacts
from rig.runs.journal import Journal
from rig.runs.layout import RunFolder, take_lock, write_whole
from rig.runs.records import CaseRecord, RunEnd, RunMeta, SelectionRecord, to_json, worst
from rig.runs.redact import Redactor


class RunWriter:
    """The one writer of a run; `event` fits `EventBus.listen`.

    Every record is with the operating system when its method returns: `kill -9` loses none.
    Ends and cases are also forced onto the disk. Secrets are masked on the way in.

    Leaving it as a context manager without `finish` leaves the run to be found as interrupted.
    """

    def __init__(
        self,
        folder: RunFolder,
        meta: RunMeta,
        artefacts: Artefacts,
        on_change: Callable[[RunFolder], None],
    ) -> None:
        self.meta = meta
        self.verdicts: list[str] = []
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
        self._last_utc = meta.started_utc

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return self.meta.run_id

    def event(self, event: Event) -> None:
        """Record what happened.

        Raises:
            RunError: the run has ended, or the disk refuses.
        """
        self._must_be_open()
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

    def case(self, case: CaseRecord) -> None:
        """Record the result of a case."""
        self._must_be_open()
        self._cases.append(self._redact.members(to_json(case)))
        self.verdicts.append(case.verdict)
        self._events.sync()
        self._cases.sync()

    def artefact(self, name: str, content: bytes) -> Artefact:
        """Keep a file with the run, as it is."""
        self._must_be_open()
        stored = self._artefacts.put(name, content)
        journal = Journal(self._folder.artefacts)
        try:
            journal.append(to_json(stored))
        finally:
            journal.close()
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
            verdict or worst(self.verdicts),
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
