"""Real uevents, without hardware: the tests of `under_umockdev.py` in a process of their own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

WRAPPER = shutil.which("umockdev-wrapper")


@pytest.mark.skipif(WRAPPER is None, reason="umockdev is missing: sudo apt install umockdev")
def test_hotplug_under_umockdev() -> None:
    inside = Path(__file__).with_name("under_umockdev.py")
    line = [str(WRAPPER), sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", str(inside)]
    ran = subprocess.run(line, capture_output=True, text=True, timeout=55)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " passed" in ran.stdout
    assert "skipped" not in ran.stdout
