"""The run store: every run that was ever made on this machine, and what it showed."""

from __future__ import annotations

import difflib
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import structlog

from rig.errors import RunError
from rig.runs.artefacts import Artefacts
from rig.runs.configuration import read_configuration, write_configuration
from rig.runs.index import RunIndex
from rig.runs.layout import RunFolder, folders, sync_folder, write_whole
from rig.runs.reading import RunRecord
from rig.runs.records import RunEnd, RunMeta, RunSummary, to_json
from rig.runs.shift import Shift
from rig.runs.writer import RunWriter

LATEST = ("latest", "last")
"""Words for the newest run."""

log = structlog.get_logger()


def new_run_id(utc: datetime) -> str:
    """A fresh run id, `YYYYmmdd-HHMMSS-xxxx`, from the time at which the run begins."""
    return f"{utc:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


class RunStore:
    """Runs below a folder, which is made when it is missing.

    Any number of processes may read while one writes. Nothing is kept open between calls.
    """

    def __init__(self, root: Path) -> None:
        try:
            (root / "runs").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(
                f"{root}: {error.strerror}; choose another place: runs_dir in the bench file, or "
                "XDG_STATE_HOME"
            ) from error
        self.root = root
        self.artefacts = Artefacts(root / "artefacts")
        self._runs = root / "runs"
        self._index = RunIndex(root / "index.sqlite3")

    def create(self, meta: RunMeta) -> RunWriter:
        """Begin a run.

        Raises:
            RunError: the id is taken or not usable, or the disk refuses.
        """
        if not meta.run_id or Path(meta.run_id).name != meta.run_id or meta.run_id in LATEST:
            raise RunError(f"{meta.run_id!r} cannot be a run id")
        folder = RunFolder(self._runs / meta.run_id)
        try:
            folder.path.mkdir()
            # Locked before meta.json makes it a run: nobody ever sees an unlocked new run.
            writer = RunWriter(folder, meta, self.artefacts, self._note)
        except FileExistsError:
            raise RunError(f"run {meta.run_id} exists already") from None
        except OSError as error:
            raise RunError(f"{folder.path}: {error.strerror}; make room or check it") from error
        try:
            write_whole(folder.meta, to_json(meta))
        except BaseException:
            writer.close()
            raise
        self._note(folder)
        return writer

    def reopen(self, run_id: str, seq: int, t_s: float) -> RunWriter:
        """Go on with a run that has ended, or whose writer died.

        Args:
            run_id: of the run.
            seq: newest sequence number of this daemon's time line.
            t_s: its lab time now.

        Raises:
            RunError: there is no such run, it cannot be read, or somebody writes it.
        """
        folder = self._folder(run_id)
        record = RunRecord.open(folder)
        last_seq, last_s = 0, 0.0
        for event in record.events():
            last_seq, last_s = max(last_seq, event.seq), max(last_s, event.t_s)
        shift = Shift(last_seq - seq, last_s - t_s)
        try:
            writer = RunWriter(folder, record.meta, self.artefacts, self._note, shift, record.cases)
        except BlockingIOError:
            raise RunError(f"run {record.run_id} is being written by another process") from None
        except OSError as error:
            raise RunError(f"{folder.path}: {error.strerror}; make room or check it") from error
        folder.end.unlink(missing_ok=True)
        sync_folder(folder.path)
        self._note(folder)
        return writer

    def unrestored(self, identity: str) -> Sequence[RunRecord]:
        """Runs that have left a device with keys as their cases had written them, oldest first."""
        found = []
        for folder in sorted(folders(self._runs), key=lambda f: f.run_id):
            try:
                kept = read_configuration(folder.configuration)
                if kept is None or kept.identity != identity or kept.restored_utc:
                    continue
                if not folder.is_being_written():
                    found.append(RunRecord.open(folder))
            except RunError as error:
                log.warning("run not readable", run_id=folder.run_id, error=str(error))
        return found

    def restored(self, record: RunRecord, utc: str) -> None:
        """Take note that what a run had changed was given back."""
        if record.configuration is not None:
            write_configuration(record.folder.configuration, record.configuration.restored(utc))

    def load(self, run_id: str) -> RunRecord:
        """A run by its id; `latest` or `last` is the newest.

        Raises:
            RunError: there is none, with the nearest ids, or it cannot be read.
        """
        return RunRecord.open(self._folder(run_id))

    def recover(self) -> Sequence[str]:
        """Mark runs whose writer died as interrupted; returns their ids, oldest first.

        What they recorded stays as it is, a torn last line included.
        """
        marked = []
        for folder in sorted(folders(self._runs), key=lambda f: f.run_id):
            if folder.end.exists() or folder.is_being_written():
                continue
            try:
                record = RunRecord.open(folder)
                end = RunEnd("interrupted", record.verdict, record.cause, record.finished_utc)
                write_whole(folder.end, to_json(end))
            except RunError as error:
                log.warning("run not recovered", run_id=folder.run_id, error=str(error))
                continue
            self._note(folder)
            marked.append(folder.run_id)
        return marked

    def list(self) -> list[RunSummary]:
        """Every run, newest first. Runs that cannot be read are left out, with a warning."""
        present = {folder.run_id: folder for folder in folders(self._runs)}
        known = self._index.rows()
        order = [s.run_id for s in known if s.run_id in present]
        trusted = {s.run_id: s for s in known if s.state != "running"}
        missing = present.keys() - set(order)
        order += sorted(missing, key=lambda run_id: present[run_id].meta.stat().st_mtime_ns)
        found: list[RunSummary] = []
        fresh: list[RunSummary] = []
        for run_id in order:
            summary = trusted.get(run_id)
            if summary is None:
                summary = self._look(present[run_id])
                if summary is not None and (run_id in missing or summary.state != "running"):
                    fresh.append(summary)
            if summary is not None:
                found.append(summary)
        if fresh:
            self._index.put(*fresh)
        if gone := [s.run_id for s in known if s.run_id not in present]:
            self._index.forget(*gone)
        return found[::-1]

    def _note(self, folder: RunFolder) -> None:
        if (summary := self._look(folder)) is not None:
            self._index.put(summary)

    def _look(self, folder: RunFolder) -> RunSummary | None:
        try:
            return RunRecord.open(folder).summary
        except RunError as error:
            log.warning("run not readable", run_id=folder.run_id, error=str(error))
            return None

    def _folder(self, run_id: str) -> RunFolder:
        if run_id in LATEST:
            newest = self.list()[:1]
            if not newest:
                raise RunError(f"no runs in {self.root} yet; start one with: rig run")
            return RunFolder(self._runs / newest[0].run_id)
        folder = RunFolder(self._runs / run_id)
        if Path(run_id).name == run_id and folder.meta.exists():
            return folder
        ids = sorted((f.run_id for f in folders(self._runs)), reverse=True)
        raise RunError(f"no run {run_id!r} in {self.root}; {_nearest(run_id, ids)}")


def _nearest(run_id: str, ids: list[str]) -> str:
    near = [i for i in ids if run_id and run_id in i][:3]
    near = near or difflib.get_close_matches(run_id, ids, n=3, cutoff=0.5)
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"the newest is {ids[0]}; list them with: rig runs list" if ids else "there are none yet"
