"""Append-only logs of JSON lines that survive the death of their writer.

A line is handed to the operating system in one write before `append` returns, so whatever
happens to the process, every appended record is in the file; only a line whose append did not
return can be torn, and only at the end. `sync` also survives a power cut.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import orjson

from rig.errors import RunError
from rig.jsontypes import Json


class Journal:
    """Writer of one log."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        self._length = os.fstat(self._fd).st_size
        self._end_torn_line()

    def append(self, record: dict[str, Json]) -> None:
        """Add a record.

        Raises:
            RunError: the disk refuses; the file is left as it was before.
        """
        rest = memoryview(encode(record) + b"\n")
        end = self._length + len(rest)
        try:
            while rest:
                rest = rest[os.write(self._fd, rest) :]
        except OSError as error:
            os.ftruncate(self._fd, self._length)
            raise RunError(
                f"{self._path}: {error.strerror}; make room, then go on with: rig run --resume RUN"
            ) from error
        self._length = end

    def _end_torn_line(self) -> None:
        """What is appended must not be glued to a line that its writer did not live to end."""
        if self._length:
            with self._path.open("rb") as file:
                file.seek(-1, os.SEEK_END)
                torn = file.read(1) != b"\n"
            if torn:
                self._length += os.write(self._fd, b"\n")

    def sync(self) -> None:
        """Return once everything is on the disk."""
        os.fsync(self._fd)

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


def encode(record: dict[str, Json]) -> bytes:
    """One line without its end. What orjson refuses (lone surrogates, huge integers) is kept."""
    try:
        return orjson.dumps(record)
    except TypeError:
        return json.dumps(record).encode("ascii")


@dataclass(slots=True)
class Damage:
    """Lines that could not be read: `torn` at the end of the log, `lost` before it."""

    torn: int = 0
    lost: int = 0


def read(path: Path, damage: Damage | None = None) -> Iterator[dict[str, Json]]:
    """The records of a log, also while it is being written; a missing file is an empty log.

    A line that is no record is counted in `damage` and skipped.
    """
    damage = damage if damage is not None else Damage()
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        for line in file:  # bytes are split at \n only
            record = _decode(line)
            if record is not None:
                yield record
            elif line.endswith(b"\n"):
                damage.lost += 1
            else:
                damage.torn += 1


def _decode(line: bytes) -> dict[str, Json] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Json]", value) if isinstance(value, dict) else None
