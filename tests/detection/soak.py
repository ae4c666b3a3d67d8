"""Correct stations, every case that applies, many times in a row, with not one finding.

    .venv/bin/python -m tests.detection.soak --rounds 50       # or: make soak

Each round is another day and time of day (past midnight, into the next month and year), and another
seed of everything that a station does at random. Ends with 1 at the first surprise.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from rig.config.models import BenchConfig
from tests.detection import lab
from tests.detection.rows import WRONG
from tests.detection.search import MEMORY
from tests.detection.test_personas import ROWS, SECURITY, laboratory
from tests.virtual_time import EPOCH

STEP_S = 86400 * 9 + 7919.377
"""Between the beginnings of two rounds: another day of the month, and time of day."""
Make = Callable[[Path], BenchConfig]


def jobs() -> Iterator[tuple[str, str]]:
    """Laboratories of a round: special ones by their setup, and those of the personas."""
    yield from (("setup", name) for name in lab.SETUPS)
    yield from (("persona", name) for name in ROWS)


def one(kind: str, name: str, number: int) -> tuple[int, list[str]]:
    """Run everything that applies in one laboratory; how many cases, and what was not clean.

    Security cases need a security profile, which the laboratories of the setups have.
    """
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as place:
        folder = Path(place)
        if kind == "setup":
            bench = lab.bench(name, folder)
            ids = sorted({case for case, _, _, setup in WRONG if setup == name})
        else:
            bench = laboratory(name, folder, defects=False)
            ids = []  # what applies is decided as in a campaign
        assert bench.virtual is not None
        virtual = bench.virtual.model_copy(update={"seed": number})
        bench = bench.model_copy(update={"virtual": virtual})
        ran = lab.run_station(bench, folder, *ids, epoch=EPOCH + number * STEP_S)
    bad = [
        f"{name or 'usual'}, round {number}, {c.octt_id}: {c.verdict} {c.cause} {c.findings}"
        for c in ran.cases.values()
        if (c.verdict != "PASS" or any(f.severity != "info" for f in c.findings))
        and not (kind == "persona" and c.octt_id in SECURITY)
    ]
    return len(ran.cases), bad


def main() -> None:
    """Run the rounds."""
    parser = argparse.ArgumentParser(prog="python -m tests.detection.soak")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes")
    args = parser.parse_args()
    began, cases, surprises = time.monotonic(), 0, 0
    with ProcessPoolExecutor(args.jobs) as pool:
        for number in range(1, args.rounds + 1):
            for work in [pool.submit(one, kind, name, number) for kind, name in jobs()]:
                ran, bad = work.result()
                cases += ran
                surprises += len(bad)
                for line in bad:
                    print(line, flush=True)
            took_s = time.monotonic() - began
            print(f"round {number}: {cases} cases so far, {surprises} not clean, {took_s:.0f} s",
                  flush=True)  # fmt: skip
    sys.exit(1 if surprises else 0)


if __name__ == "__main__":
    main()
