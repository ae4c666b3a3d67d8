"""Looks for stations that fail the validations which none has been seen to fail.

    .venv/bin/python -m tests.detection.search 003 004_1     # these cases; without, all
    .venv/bin/python -m tests.detection.search --check 003   # try those that are known as well
    .venv/bin/python -m tests.detection.search 003 --station "skip:Authorize"   # a guess of yours

Found rows are written to `tests/detection/found`; whoever changes a case runs it for that case.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from rig.conformance.cases import implemented
from rig.conformance.catalogue import Role
from rig.events import Event, Kind
from rig.runs.records import CaseRecord
from tests.detection import found_rows, lab
from tests.detection.found_rows import Found
from tests.detection.rows import WRONG
from tests.detection.suspects import messages, suspects
from tests.detection.validations import RESET, first_failure, validations

MEMORY = Path("/dev/shm")  # noqa: S108  # a run writes many small files
RESET_CASE, BEFORE = "000_RESET", "003"
"""000_RESET is no case of its own: it is looked at before this one."""
LIMIT = 300
"""Stations that are tried for one validation."""


def rows_of_appendix_c() -> list[str]:
    """Cases with a station under test, and the reset that is before each of them."""
    return [RESET_CASE, *sorted(implemented(Role.STATION) - {RESET_CASE})]


def names_of(case: str, record: CaseRecord) -> list[str]:
    """The validations of a case in the record of a run."""
    names = [name for name, _ in validations(record)]
    return [name for name in names if name.startswith(RESET) is (case == RESET_CASE)]


def laboratories(case: str) -> list[str]:
    """Where a case is run: in the usual laboratory, unless the rows by hand name others."""
    named = {setup for known, _, _, setup in WRONG if known == case}
    return sorted(named) or [""]


def run(case: str, setup: str, *defects: str) -> lab.Ran:
    """One case in a laboratory of its own, in memory where there is such a folder."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        where, case = Path(folder), BEFORE if case == RESET_CASE else case
        ran = lab.run_station(lab.bench(setup, where, *defects), where, case)
        return replace(ran, cases={**ran.cases, RESET_CASE: ran.cases[case]})


@dataclass
class Hunt:
    """The search for one case in one laboratory.

    Attributes:
        hits: station by the validation that it was seen to fail first.
        tried: stations that have been.
    """

    case: str
    setup: str
    limit: int = LIMIT
    hits: dict[str, str] = field(default_factory=dict)
    tried: set[str] = field(default_factory=set)

    def attempt(self, station: str) -> None:
        """See what a station fails."""
        if station in self.tried:
            return
        self.tried.add(station)
        try:
            record = run(self.case, self.setup, *station.split(" + ")).cases.get(self.case)
        except Exception as error:  # a station too wrong for the laboratory
            print(f"{self.case}: {station}: {error!r}", file=sys.stderr)
            return
        if record is None or record.verdict != "FAIL":
            return
        failed = first_failure(record)
        if failed is not None:
            self.hits.setdefault(failed, station)

    def search(self, wanted: list[str], record: CaseRecord, events: list[Event]) -> None:
        """Try for each validation."""
        log = messages(events)
        names = dict(validations(record))
        made = [e for e in events if e.kind == Kind.CHECK and e.data["severity"] == "error"]
        moments = dict(zip(names, (event.seq for event in made), strict=True))
        for name in wanted:
            check = names[name]
            for count, station in enumerate(suspects(name, check.seqs, moments[name], log)):
                if name in self.hits or count >= self.limit:
                    break
                self.attempt(station)


def complete(
    case: str, check: bool, limit: int, guesses: list[str]
) -> tuple[str, int, list[str], float]:
    """Search for one case; how many validations it has, which are left, seconds."""
    began = time.monotonic()
    known = {(row.setup, row.validation): row.defects for row in found_rows.load(case)}
    rows: list[Found] = []
    left: list[str] = []
    done: set[str] = set()
    for setup in laboratories(case):
        ran = run(case, setup)
        record = ran.case(case)
        names = names_of(case, record)
        hunt = Hunt(case, setup, limit)
        by_hand = [d.replace("+", " + ") for c, d, _, s in WRONG if (c, s) == (case, setup)]
        if check:
            for name in names:
                if (setup, name) in known:
                    hunt.attempt(known[setup, name])
        else:
            hunt.hits = {n: known[setup, n] for n in names if (setup, n) in known}
        wanted = [name for name in names if name not in hunt.hits and name not in done]
        if wanted:
            for station in [*guesses, *by_hand]:
                hunt.attempt(station)
            hunt.search([n for n in wanted if n not in hunt.hits], record, ran.events)
        found = [name for name in names if name in hunt.hits and name not in done]
        rows += [Found(case, name, hunt.hits[name], setup) for name in found]
        done |= set(found)
        left += [
            f"{name} [{setup}]" for name in names if name not in hunt.hits and name not in done
        ]
    found_rows.save(case, rows)
    return case, len(rows), left, time.monotonic() - began


def main() -> None:
    """Search for cases."""
    parser = argparse.ArgumentParser(prog="python -m tests.detection.search")
    parser.add_argument("cases", nargs="*", help="identities; without, all")
    parser.add_argument("--station", action="append", default=[], help="to be tried first")
    parser.add_argument("--check", action="store_true", help="try the known rows again")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes")
    parser.add_argument("--limit", type=int, default=LIMIT, help="stations per validation")
    args = parser.parse_args()
    cases = args.cases or rows_of_appendix_c()
    left = 0
    with ProcessPoolExecutor(args.jobs) as pool:
        for work in [
            pool.submit(complete, case, args.check, args.limit, args.station) for case in cases
        ]:
            case, rows, missing, took_s = work.result()
            left += len(missing)
            print(f"{case}: {rows} found, {len(missing)} left, {took_s:.0f} s", flush=True)
            for name in missing:
                print(f"    {name}", flush=True)
    print(f"{left} left")


if __name__ == "__main__":
    main()
