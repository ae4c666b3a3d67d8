"""The emulator is a process of its own, as every simulated device: how it is started."""

from __future__ import annotations

import subprocess
import sys


def emulator(*arguments: str) -> list[str]:
    """Its command line."""
    return [sys.executable, "-m", "firmware_mocks", *arguments]


def run_emulator(*arguments: str) -> int:
    """Have it say something on stdout; its exit code."""
    return subprocess.run(emulator(*arguments), check=False).returncode  # noqa: S603  # ourselves
