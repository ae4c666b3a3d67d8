"""A whole campaign with the default virtual station: how long, and whose time it is.

    python -m benchmarks.campaign            # everything that applies, as `rig run --all` does it
    python -m benchmarks.campaign 003 013    # some cases, without the intake

The daemon, the world with the station and this process run as they are shipped. Budgets: all
applicable cases within 150 s on two cores, and no more than 5 % of the time of the cases for the
tool, when it waits neither for the device nor for the bus nor for a mandated interval.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rig.client.launcher import ephemeral
from rig.events import Event, Kind
from rig.runs import CaseRecord, RunRecord, RunStore

BUDGET_S = 150.0
TOOL_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Spent:
    """Real seconds of one execution.

    Attributes:
        total: from its first event to its last.
        waited: in steps: for the device, the bus, or an interval that the procedure asks for.
    """

    octt_id: str
    total: float
    waited: float

    @property
    def tool(self) -> float:
        """What is neither."""
        return self.total - self.waited


def spent(case: CaseRecord, events: Iterable[Event], scale: float) -> Spent:
    """What a case has waited for: the union of its steps, which may lie in each other."""
    began: dict[str, list[float]] = defaultdict(list)
    spans = []
    for event in events:
        if event.kind != Kind.STEP:
            continue
        text, state = str(event.data.get("text")), event.data.get("state")
        if state == "waiting":
            began[text].append(event.t_s)
        elif began[text]:
            spans.append((began[text].pop(), event.t_s))
    waited, end = 0.0, 0.0
    for start, stop in sorted(spans):
        waited += max(0.0, stop - max(start, end))
        end = max(end, stop)
    return Spent(case.octt_id, case.duration_s / scale, waited / scale)


def measure(ids: list[str], folder: Path) -> tuple[RunRecord, float]:
    """Run it; the record, and real seconds from the start of the command to its end."""
    os.environ["XDG_STATE_HOME"] = str(folder)
    os.environ["RIG_SOCKET"] = str(folder / "rigd.sock")
    began = time.monotonic()
    with ephemeral(None) as client:
        started = client.start("station", ids or None)
        with client.events(started.after_seq) as events:
            for event in events:
                if event.kind == "run" and event.text("phase") == "closed":
                    break
    took = time.monotonic() - began
    return RunStore(folder / "evse-rig").load(started.run_id), took


def main() -> int:
    """Measure, and tell; 1 when a budget is exceeded."""
    with tempfile.TemporaryDirectory(prefix="rig-bench-") as name:
        record, took = measure(sys.argv[1:], Path(name))
        scale = record.meta.time_scale
        executed = [*record.intake, *record.cases]
        events = list(record.events())
        found = []
        for case in executed:
            own = (e for e in events if case.first_seq <= e.seq <= case.last_seq)
            found.append(spent(case, own, scale))
    if record.cause:
        print(record.cause)
    print(f"{'case':<10}{'seconds':>9}{'waited':>9}{'tool':>8}{'share':>8}")
    for s in sorted(found, key=lambda s: -s.total):
        share = s.tool / s.total if s.total else 0.0
        print(f"{s.octt_id:<10}{s.total:>9.2f}{s.waited:>9.2f}{s.tool:>8.2f}{share:>8.1%}")
    total, tool = sum(s.total for s in found), sum(s.tool for s in found)
    share = tool / total if total else 0.0
    print(
        f"\n{len(found)} executions, verdict {record.verdict}: {total:.1f} s in cases, "
        f"{took - total:.1f} s for everything else, {took:.1f} s in all (budget {BUDGET_S:.0f} s)"
    )
    print(f"time of the tool in cases: {tool:.1f} s, {share:.1%} (budget {TOOL_SHARE:.0%})")
    return int(took > BUDGET_S or share > TOOL_SHARE)


if __name__ == "__main__":
    raise SystemExit(main())
