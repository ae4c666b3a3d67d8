"""The emulator is a process of its own, as every simulated device: how it is started and held."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

from rig.client.errors import ExitCode

Hear = Callable[[dict[str, Any]], None]


def emulator(*arguments: str) -> list[str]:
    """Its command line."""
    return [sys.executable, "-m", "firmware_mocks", *arguments]


def run_emulator(*arguments: str) -> int:
    """Have it say something on stdout; its exit code."""
    return subprocess.run(emulator(*arguments), check=False).returncode  # noqa: S603  # ourselves


def arguments(options: Mapping[str, object], names: Mapping[str, str]) -> list[str]:
    """Options of a command as options of the emulator, which is called `names[NAME]` or --NAME."""
    found: list[str] = []
    for name, value in options.items():
        option = names.get(name, f"--{name.replace('_', '-')}")
        if value is True:
            found.append(option)
        elif isinstance(value, list | tuple):
            found += [f"{option}={one}" for one in value]
        elif value is not False:
            found.append(f"{option}={value}")
    return found


def hold(command: list[str], hear: Hear | None, *, owns_stdin: bool = False) -> int:
    """Run it until it ends or we are asked to; its exit code, or that of an interruption.

    Args:
        command: to run.
        hear: gets each line of JSON that it says; without, its stdout is ours.
        owns_stdin: it reads our stdin; else it gets one that ends with us, also after kill -9.
    """
    with subprocess.Popen(  # noqa: S603  # ourselves
        command if owns_stdin else [*command, "--follow-stdin"],
        stdin=None if owns_stdin else subprocess.PIPE,
        stdout=None if hear is None else subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for us, and passed on
    ) as process:
        interrupted = _Forward(process)
        if process.stdout is not None and hear is not None:
            for line in process.stdout:
                hear(json.loads(line))
        code = process.wait()
    if interrupted.by == signal.SIGINT:
        return ExitCode.INTERRUPTED
    return code if code >= 0 else ExitCode.INTERNAL


class _Forward:
    """Passes SIGINT and SIGTERM on to a process; remembers which."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.by = 0
        self._process = process
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._pass_on)

    def _pass_on(self, number: int, _: FrameType | None) -> None:
        self.by = number
        self._process.send_signal(signal.SIGTERM)
