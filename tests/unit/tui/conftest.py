"""A daemon by rote, serving."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .fake_daemon import FakeDaemon
from .scene import laboratory


@pytest.fixture
def fake() -> Iterator[FakeDaemon]:
    with tempfile.TemporaryDirectory(prefix="rig-") as folder:  # short enough for a socket
        with laboratory(Path(folder) / "s").serving() as daemon:
            yield daemon
