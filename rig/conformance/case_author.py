"""`rig case new` and `rig case lint`, for those who write cases.

A process of its own, because front ends do not know the cases:
`python -m rig.conformance.case_author lint|new ...`.
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rig.conformance.case_lint import Found, cases_in, lint
from rig.conformance.case_scaffold import CannotScaffold, scaffold
from rig.conformance.catalogue import Role, UnknownCase, load

HERE = Path(__file__).parent
DETECTION = HERE.parents[1] / "tests" / "detection"
OK, WRONG, USAGE = 0, 1, 2


def modules() -> list[Path]:
    """Every module with cases."""
    return [file for package in ("station", "central") for file in
            sorted((HERE / package).glob("*.py")) if file.name != "__init__.py"]  # fmt: skip


def known_cases() -> list[Found]:
    """Every case that there is."""
    return [c for file in modules() for c in cases_in(file, ast.parse(file.read_text(), str(file)))]


def detection_rows(folder: Path = DETECTION) -> frozenset[str] | None:
    """Ids of cases that the detection tests speak of; None where there are no tests.

    Rows are Python, and tables with a row in each line.
    """
    if not folder.is_dir():
        return None
    ids = {row.octt_id for row in load().rows}
    found: set[str] = set()
    for file in folder.rglob("*.py"):
        constants = (n.value for n in ast.walk(ast.parse(file.read_text()))
                     if isinstance(n, ast.Constant) and isinstance(n.value, str))  # fmt: skip
        found |= ids & set(constants)
    for file in folder.rglob("*.tsv"):
        found |= ids & {line.partition("\t")[0] for line in file.read_text().splitlines()}
    return frozenset(found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what was asked for; the exit code."""
    parser = argparse.ArgumentParser(prog="rig case")
    does = parser.add_subparsers(dest="does", required=True)
    look = does.add_parser("lint")
    look.add_argument("ids", nargs="*")
    new = does.add_parser("new")
    new.add_argument("id")
    new.add_argument("--dut", choices=[role.value for role in Role], required=True)
    new.add_argument("--write", type=Path)
    for one in (look, new):
        one.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    try:
        return _lint(asked) if asked.does == "lint" else _new(asked)
    except (UnknownCase, CannotScaffold, OSError) as refused:
        print(f"error: {refused}", file=sys.stderr)  # noqa: T201
        return USAGE


def _lint(asked: argparse.Namespace) -> int:
    only = [row.octt_id for row in load().find(asked.ids)]
    rows = detection_rows()
    problems = lint(modules(), rows, only)
    looked = [c for c in known_cases() if not only or c.octt_id in only]
    if asked.json:
        told = [asdict(problem) for problem in problems]
        print(json.dumps({"problems": told, "cases": len(looked), "detection": rows is not None}))  # noqa: T201
    else:
        for problem in problems:
            print(problem)  # noqa: T201
        where = f"; no detection rows were looked at: there is no {DETECTION}"
        where = where if rows is None else ""
        print(f"{len(looked)} cases, {len(problems)} problems{where}", file=sys.stderr)  # noqa: T201
    return WRONG if problems else OK


def _new(asked: argparse.Namespace) -> int:
    role = Role(asked.dut)
    (row,) = load().find([asked.id])
    existing = next(
        (c.file for c in known_cases() if (c.octt_id, c.role) == (row.octt_id, role)), None
    )
    begun = scaffold(asked.id, role, existing)
    if asked.write is not None:
        with asked.write.open("x") as file:  # never over something
            file.write(begun.module)
    said = {"octt_id": row.octt_id, "place": str(begun.place), "rows": str(begun.rows),
            "row": begun.row, "function": begun.function, "module": begun.module,
            "written": str(asked.write or "")}  # fmt: skip
    if asked.json:
        print(json.dumps(said))  # noqa: T201
        return OK
    if asked.write is None:
        print(begun.module, end="")  # noqa: T201
    steps = (
        f"1. the case: {asked.write or begun.place}",
        f"2. a row for each defect that it catches, in {begun.rows}:  {begun.row}",
        f"3. rig case lint {row.octt_id}",
        f"4. python -m tests.detection.lab {row.octt_id}    # a correct device passes",
    )
    print("\n".join(steps), file=sys.stderr)  # noqa: T201
    return OK


if __name__ == "__main__":
    sys.exit(main())
