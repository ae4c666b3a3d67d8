"""What passes between a fleet and its Central System, counted; nothing is kept of the messages."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable

STEP = 1.1
"""Width of a class of the histogram: percentiles are good to 10 %."""
LEAST_MS = 0.01
_CALL = re.compile(r'\[2,"[^"]*","([^"]*)"')
_LOG_STEP, _LOG_LEAST = math.log(STEP), math.log(LEAST_MS)


class Latencies:
    """Distribution of durations in classes of 10 %: any number of them in a few hundred bytes."""

    def __init__(self) -> None:
        self._classes: Counter[int] = Counter()
        self._most_ms = 0.0

    def add(self, ms: float) -> None:
        """Count one."""
        above = 0 if ms <= LEAST_MS else math.ceil((math.log(ms) - _LOG_LEAST) / _LOG_STEP)
        self._classes[above] += 1
        if ms > self._most_ms:
            self._most_ms = ms

    @property
    def count(self) -> int:
        """How many there are."""
        return self._classes.total()

    def percentile_ms(self, share: float) -> float:
        """Duration that this share (0..1) does not exceed, up to 10 %; 0 without any."""
        left = share * self.count
        for number, many in sorted(self._classes.items()):
            left -= many
            if left <= 0:
                return min(LEAST_MS * STEP**number, self._most_ms)
        return self._most_ms

    def summary(self) -> dict[str, float]:
        """Count, median, 95th percentile and maximum in ms."""
        return {
            "count": self.count,
            "p50_ms": round(self.percentile_ms(0.5), 2),
            "p95_ms": round(self.percentile_ms(0.95), 2),
            "max_ms": round(self._most_ms, 2),
        }


class FleetStatistics:
    """Observer of every connection of a fleet; see `rig.ocppj.link.WireObserver`.

    Args:
        now: real seconds.

    Attributes:
        counts: calls, results, errors and commands; connects, refusals, closes and violations.
        latencies: from CALL to its answer, by action.
        last_refusal: why the last connection was refused; "" when none was.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.counts: Counter[str] = Counter()
        self.latencies: defaultdict[str, Latencies] = defaultdict(Latencies)
        self.last_refusal = ""
        self._now = now
        self._open: dict[int, tuple[str, float]] = {}

    def frame(self, direction: str, connection: int, raw: str | bytes) -> None:
        """Count a frame. Only its type and action are looked at: it comes from our own link."""
        text = raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
        kind = text[1:2]
        if direction == "out":
            if kind == "2":
                self.counts["calls"] += 1
                if (call := _CALL.match(text)) is not None:
                    self._open[connection] = (call[1], self._now())
        elif kind == "2":
            self.counts["commands"] += 1
        elif kind in ("3", "4"):
            self.counts["results" if kind == "3" else "errors"] += 1
            if (waited := self._open.pop(connection, None)) is not None:
                action, sent_s = waited
                self.latencies[action].add(1e3 * (self._now() - sent_s))

    def transport(self, what: str, connection: int, detail: dict[str, object]) -> None:
        """Count what happens to connections."""
        self.counts[what] += 1
        if what == "refused":
            self.last_refusal = str(detail.get("reason") or f"HTTP {detail.get('status')}")
        if what == "close":
            self._open.pop(connection, None)

    def summary(self) -> dict[str, object]:
        """Everything, for a report."""
        return {
            **{name: self.counts[name] for name in ("calls", "results", "errors", "commands")},
            "connects": self.counts["connect"],
            "refused": self.counts["refused"],
            "closed": self.counts["close"],
            "violations": self.counts["violation"],
            "late_answers": self.counts["late-answer"],
            "latency": {name: each.summary() for name, each in sorted(self.latencies.items())},
        }
