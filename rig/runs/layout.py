"""Where the parts of a run are on disk, and whether somebody is writing it.

One folder per run is the truth; the index beside the folders can be rebuilt from them.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rig.errors import RunError
from rig.jsontypes import Json


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Paths of one run."""

    path: Path

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return self.path.name

    @property
    def meta(self) -> Path:
        """`RunMeta`, written once."""
        return self.path / "meta.json"

    @property
    def end(self) -> Path:
        """`RunEnd`; missing while the run goes on."""
        return self.path / "end.json"

    @property
    def events(self) -> Path:
        """The time line."""
        return self.path / "events.jsonl"

    @property
    def wire(self) -> Path:
        """Frames and transport events alone, for people with a text editor."""
        return self.path / "wire.jsonl"

    @property
    def cases(self) -> Path:
        """One `CaseRecord` per line."""
        return self.path / "cases.jsonl"

    @property
    def identity(self) -> Path:
        """What the device under test said about itself; later lines complete earlier ones."""
        return self.path / "identity.jsonl"

    @property
    def intake(self) -> Path:
        """The pre-test of the device under test, one `CaseRecord` per attempt."""
        return self.path / "intake.jsonl"

    @property
    def sessions(self) -> Path:
        """One `SessionRecord` per stretch of the run without a break."""
        return self.path / "sessions.jsonl"

    @property
    def changes(self) -> Path:
        """One `ChangeRecord` for each time the device under test was not what it had been."""
        return self.path / "changes.jsonl"

    @property
    def configuration(self) -> Path:
        """`Configuration` of the device under test as it came."""
        return self.path / "configuration.json"

    @property
    def artefacts(self) -> Path:
        """Names and digests of artefacts."""
        return self.path / "artefacts.jsonl"

    @property
    def lock(self) -> Path:
        """Locked by the writer; the kernel lets go of it when the writer dies, however."""
        return self.path / "writer.lock"

    def is_being_written(self) -> bool:
        """Whether a living process writes this run."""
        try:
            fd = os.open(self.lock, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            # Shared, so that readers that ask at the same time do not take each other for writers.
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(fd)
        return False


def folders(root: Path) -> Iterator[RunFolder]:
    """Every run below `root`, in no order. A folder without meta data is none yet."""
    with os.scandir(root) as entries:
        for entry in entries:
            if entry.is_dir() and (folder := RunFolder(Path(entry.path))).meta.exists():
                yield folder


def take_lock(path: Path) -> int:
    """Lock a file for its one writer; closing the returned descriptor releases it.

    Raises:
        BlockingIOError: another process holds it.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        raise
    return fd


def write_whole(path: Path, record: dict[str, Json]) -> None:
    """Put a file in place, whole or not at all, and onto the disk.

    Raises:
        RunError: the disk refuses.
    """
    part = path.with_suffix(".part")
    try:
        with part.open("wb") as file:
            file.write(json.dumps(record, indent=1).encode())
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise RunError(f"{path}: {error.strerror}; make room or check permissions") from error


def sync_folder(path: Path) -> None:
    """Put the names in a folder onto the disk."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def read_whole(path: Path) -> dict[str, Json]:
    """Read what `write_whole` wrote.

    Raises:
        FileNotFoundError: there is none.
        RunError: it is damaged.
    """
    try:
        value = json.loads(path.read_bytes())
    except ValueError as error:
        raise RunError(f"{path}: not readable ({error}); restore it from a backup") from error
    if not isinstance(value, dict):
        raise RunError(f"{path}: not a JSON object; restore it from a backup")
    return value
