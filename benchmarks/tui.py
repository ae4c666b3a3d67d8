"""How long an event takes to the operator's screen, and what daemon and TUI cost while idle.

A real daemon with the virtual bench runs cases while a real `rig tui` draws their time line on a
pseudo-terminal. An event counts from when the daemon published it until its time stamp has been
written to the terminal. The daemon's clock is put onto ours by the fastest event of the stream,
so that delay of the stream itself counts, too, but for the least.

    python -m benchmarks.tui
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path

from rig.client.api import RigClient
from rig.client.launcher import ephemeral
from rig.client.stream import RigEvent
from rig.tui.story import tell

CASES = ("003", "004_1", "004_2", "010")
COLUMNS, ROWS = 140, 40
BUDGET_MS = 100.0
BUDGET_PERCENT = 2.0
IDLE_S = 20.0
STAMP = re.compile(rb"\d\d:\d\d\.\d\d\d ")
COMMAND = [sys.executable, "-c", "from rig.cli.main import main; main()", "tui"]


class Terminal:
    """`rig tui` on a pseudo-terminal, and when each time stamp was first written to it."""

    def __init__(self, socket: Path) -> None:
        self.first_s: dict[str, float] = {}
        self.written = 0
        self._changed = threading.Condition()
        env = os.environ | {"RIG_SOCKET": str(socket), "TERM": "xterm-256color"}
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execve(COMMAND[0], COMMAND, env)  # noqa: S606 (our own command)
        size = struct.pack("HHHH", ROWS, COLUMNS, 0, 0)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, size)
        threading.Thread(target=self._read, daemon=True).start()

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._fd, keys.encode())

    def until(self, found: Callable[[], bool], name: str, timeout_s: float = 60.0) -> None:
        """Wait until something has been written."""
        with self._changed:
            if not self._changed.wait_for(found, timeout_s):
                raise TimeoutError(f"not on the screen within {timeout_s:g} s: {name}")

    def close(self) -> None:
        """Leave."""
        os.kill(self.pid, signal.SIGTERM)
        os.waitpid(self.pid, 0)

    def _read(self) -> None:
        tail = b""
        while True:
            try:
                chunk = os.read(self._fd, 1 << 20)
            except OSError:  # the terminal is closed
                return
            now = time.monotonic()
            text = tail + chunk
            with self._changed:
                for match in STAMP.finditer(text):
                    self.first_s.setdefault(match.group()[:-1].decode(), now)
                self.written += len(chunk)
                self._changed.notify_all()
            tail = text[-16:]


def events_of_run(client: RigClient) -> list[tuple[RigEvent, float]]:
    """The events of a run, each with the moment at which it was read."""
    seen: list[tuple[RigEvent, float]] = []
    started = client.start("station", CASES)
    with client.events(started.after_seq) as stream:
        for event in stream:
            seen.append((event, time.monotonic()))
            if event.kind == "run" and event.text("phase") == "closed":
                return seen
    raise RuntimeError("the daemon ended in the middle of the run")


def latencies_ms(
    seen: list[tuple[RigEvent, float]], screen: dict[str, float], scale: float
) -> tuple[list[float], list[float], int]:
    """Milliseconds from event to screen, and to a client that only reads the stream.

    The last number is how many events never stood on the screen.
    """
    offset = min(read_s - event.t_s / scale for event, read_s in seen)
    read = [1000 * (read_s - offset - event.t_s / scale) for event, read_s in seen]
    spans, missing = [], 0
    for event, _ in seen:
        if tell(event) is None and event.kind != "frame":
            continue
        shown_s = screen.get(event.utc[14:23])
        if shown_s is None:
            missing += 1
        else:
            spans.append(1000 * (shown_s - offset - event.t_s / scale))
    return spans, read, missing


def quantiles(spans: list[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    cuts = statistics.quantiles(spans, n=100)
    return cuts[49], cuts[94]


def busy_s(pid: int) -> float:
    """Processor seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idle_percent(pids: dict[str, int]) -> dict[str, float]:
    """Share of a core that each process takes while nothing is ordered."""
    before = {name: busy_s(pid) for name, pid in pids.items()}
    began = time.monotonic()
    select.select([], [], [], IDLE_S)
    spent = time.monotonic() - began
    return {name: 100 * (busy_s(pid) - before[name]) / spent for name, pid in pids.items()}


def main() -> int:
    """Measure and print; 1 when a budget is exceeded."""
    with tempfile.TemporaryDirectory(prefix="rig-") as folder:
        os.environ["XDG_STATE_HOME"] = folder
        with ephemeral(None) as client:
            status = client.status()
            terminal = Terminal(client.socket)
            try:
                terminal.until(lambda: terminal.written > 4000, "the first screen")
                terminal.type("2")
                client.mains("on")
                terminal.until(lambda: bool(terminal.first_s), "the time line")
                seen = events_of_run(client)
                last = seen[-2][0].utc[14:23]
                terminal.until(lambda: last in terminal.first_s, "the end of the run")
                spans, read, missing = latencies_ms(seen, terminal.first_s, status.bench.time_scale)
                terminal.type("1")
                idle = idle_percent({"daemon": status.daemon.pid, "TUI": terminal.pid})
            finally:
                terminal.close()
    p50, p95 = quantiles(spans)
    bare_p50, bare_p95 = quantiles(read)
    whole = sum(idle.values())
    print(f"event to screen  {len(spans)} events, {missing} scrolled by unseen: "
          f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, most {max(spans):.1f} ms")  # fmt: skip
    print(f"                 p95 is {p95 / BUDGET_MS:.2f} of the budget of {BUDGET_MS:g} ms")
    print(f"reading alone    p50 {bare_p50:.1f} ms, p95 {bare_p95:.1f} ms: what the machine's load "
          "and the stream have in it")  # fmt: skip
    shares = ", ".join(f"{name} {share:.2f} %" for name, share in idle.items())
    print(f"idle for {IDLE_S:g} s    {shares}: {whole:.2f} % of a core")
    print(f"                 {whole / BUDGET_PERCENT:.2f} of the budget of {BUDGET_PERCENT:g} %")
    return int(p95 > BUDGET_MS or whole > BUDGET_PERCENT)


if __name__ == "__main__":
    sys.exit(main())
