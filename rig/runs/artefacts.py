"""Files that belong to runs (diagnostics, firmware, screenshots), stored once by content."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rig.errors import RunError
from rig.runs.layout import sync_folder


@dataclass(frozen=True, slots=True)
class Artefact:
    """A stored file. `name` is what the run calls it, `sha256` the hex digest of its bytes."""

    name: str
    sha256: str
    size: int


class Artefacts:
    """Content-addressed files below `root`; equal content is stored once, by any process."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, name: str, content: bytes) -> Artefact:
        """Store content.

        Raises:
            RunError: the disk refuses.
        """
        digest = hashlib.sha256(content).hexdigest()
        path = self.path(digest)
        if not path.exists():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                Path(file.name).replace(path)
                sync_folder(path.parent)
            except OSError as error:
                raise RunError(f"{path}: {error.strerror}; artefact {name} not stored") from error
        return Artefact(name, digest, len(content))

    def get(self, sha256: str) -> bytes:
        """Content by digest.

        Raises:
            RunError: not stored, or the bytes are not those that were stored.
        """
        path = self.path(sha256)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise RunError(f"artefact {sha256}: {error.strerror}") from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise RunError(f"{path}: content does not match its digest; it was changed on disk")
        return content

    def path(self, sha256: str) -> Path:
        """Where content with this digest is, or would be.

        Raises:
            RunError: no digest.
        """
        if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
            raise RunError(f"{sha256!r} is no SHA-256 digest")
        return self._root / sha256[:2] / sha256
