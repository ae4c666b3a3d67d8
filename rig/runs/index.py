"""The list of runs as an SQLite table, so that listing a thousand runs opens no thousand files.

It is a cache with an order: rows of ended runs are trusted, everything else is looked up in
the folders. A damaged index is put aside and made anew. In WAL mode readers in other processes
never wait for the writer.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import structlog

from rig.runs.records import RunSummary

BUSY_TIMEOUT_S = 5.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id TEXT NOT NULL UNIQUE, dut TEXT NOT NULL, bench TEXT NOT NULL, state TEXT NOT NULL,
  verdict TEXT NOT NULL, cause TEXT NOT NULL, started_utc TEXT NOT NULL,
  finished_utc TEXT NOT NULL, simulated INTEGER NOT NULL, time_scale REAL NOT NULL,
  counts TEXT NOT NULL
)
"""
_COLUMNS = (
    "run_id, dut, bench, state, verdict, cause, started_utc, finished_utc, simulated,"
    " time_scale, counts"
)
_PUT = f"""
INSERT INTO runs ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (run_id) DO UPDATE SET state = excluded.state, verdict = excluded.verdict,
  cause = excluded.cause, finished_utc = excluded.finished_utc, counts = excluded.counts
"""  # noqa: S608  # our own column names

log = structlog.get_logger()


class RunIndex:
    """The table in `path`. Every operation opens it anew: safe in any thread and process."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def put(self, *summaries: RunSummary) -> None:
        """Add or update rows; a failure is logged, since the folders have it all."""
        rows = [
            (
                s.run_id,
                s.dut,
                s.bench,
                s.state,
                s.verdict,
                s.cause.encode(errors="backslashreplace").decode(),  # SQLite has no lone surrogates
                s.started_utc,
                s.finished_utc,
                s.simulated,
                s.time_scale,
                json.dumps(s.counts),
            )
            for s in summaries
        ]
        try:
            with self._open() as db:
                db.executemany(_PUT, rows)
        except sqlite3.Error as error:
            log.warning("run index not updated", path=str(self._path), error=str(error))

    def forget(self, *run_ids: str) -> None:
        """Remove rows of runs that are gone."""
        try:
            with self._open() as db:
                db.executemany("DELETE FROM runs WHERE run_id = ?", [(r,) for r in run_ids])
        except sqlite3.Error as error:
            log.warning("run index not updated", path=str(self._path), error=str(error))

    def rows(self) -> list[RunSummary]:
        """Every row, oldest first; none when the index cannot be read."""
        try:
            with self._open() as db:
                found = db.execute(f"SELECT {_COLUMNS} FROM runs ORDER BY ordinal")  # noqa: S608
                return [_summary(row) for row in found]
        except sqlite3.OperationalError as error:  # locked, read-only folder
            log.warning("run index not read", path=str(self._path), error=str(error))
            return []
        except (sqlite3.DatabaseError, ValueError, TypeError) as error:
            log.warning("run index damaged, made anew", path=str(self._path), error=str(error))
            self._set_aside()
            return []

    def _set_aside(self) -> None:
        for suffix in ("-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        if self._path.exists():
            self._path.replace(self._path.with_name(self._path.name + ".damaged"))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S)) as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute(_SCHEMA)
            with db:
                yield db


def _summary(row: tuple[object, ...]) -> RunSummary:
    run_id, dut, bench, state, verdict, cause, started, finished, simulated, scale, counts = row
    return RunSummary(
        str(run_id),
        str(dut),
        str(bench),
        str(state),
        str(verdict),
        str(cause),
        str(started),
        str(finished),
        bool(simulated),
        float(str(scale)),
        {str(verdict): int(n) for verdict, n in json.loads(str(counts)).items()},
    )
