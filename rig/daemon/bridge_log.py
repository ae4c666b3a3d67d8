"""What other test tools asked for, on disk: the newest, in two files that take turns."""

from __future__ import annotations

from collections import deque
from itertools import chain
from pathlib import Path

from rig.jsontypes import Json
from rig.runs import journal

LIMIT_BYTES = 2 * 1024 * 1024
"""Of one file: some thousand prompts."""


class BridgeLog:
    """Log of closed prompts that survives the daemon and does not grow for ever.

    A file that has reached its limit becomes the older one, and what was in that is forgotten.

    Args:
        path: of the file that is written; the older one is beside it, with `.old` in its name.
        limit_bytes: size at which a file is full.
    """

    def __init__(self, path: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self._path = path
        self._older = path.with_suffix(f".old{path.suffix}")
        self._limit_bytes = limit_bytes

    def append(self, record: dict[str, Json]) -> None:
        """Add a record.

        Raises:
            RunError: the disk refuses.
        """
        if self._path.exists() and self._path.stat().st_size >= self._limit_bytes:
            self._path.replace(self._older)
        book = journal.Journal(self._path)
        try:
            book.append(record)
        finally:
            book.close()

    def last(self, count: int) -> tuple[dict[str, Json], ...]:
        """The newest records, also of earlier daemons; oldest first."""
        whole = chain(journal.read(self._older), journal.read(self._path))
        return tuple(deque(whole, maxlen=count))
