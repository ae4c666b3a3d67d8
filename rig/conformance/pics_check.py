"""`rig pics check` and `rig pics template`: what a PICS file says, and what it decides.

A process of its own, because front ends do not know the catalogue:
`python -m rig.conformance.pics_check FILE [--json]`, `... --template station|csms`, `... --schema`
(for editors; what is in configs/schema).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rig.config.schema import schema_text
from rig.config.validation import in_order
from rig.conformance import cases
from rig.conformance.catalogue import Role, load
from rig.conformance.pics import Pics, read_pics
from rig.conformance.pics_contradictions import contradictions
from rig.conformance.pics_template import template
from rig.conformance.select import Selection, select
from rig.errors import ConfigError
from rig.jsontypes import Json

OK, USAGE = 0, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Check a file, or print one to fill in; the exit code."""
    parser = argparse.ArgumentParser(prog="rig pics check")
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--template", choices=[role.value for role in Role])
    parser.add_argument("--schema", action="store_true")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    if asked.schema:
        sys.stdout.write(schema_text(Pics))
        return OK
    if asked.template:
        sys.stdout.write(template(Role(asked.template)))
        return OK
    if asked.file is None:
        parser.error("name a PICS file")
    said = check(asked.file)
    if asked.json:
        print(json.dumps(said, ensure_ascii=False))  # noqa: T201
    else:
        print("\n".join(words(said)))  # noqa: T201
    return OK if said["valid"] else USAGE


def check(file: Path) -> dict[str, Json]:
    """Everything there is to say about a PICS file.

    Returns:
        file; valid; problems (a place and a remedy each: it cannot be used); remarks (the same:
        it can); dut; device; rows (see `_row`), empty when there are problems of form.
    """
    said: dict[str, Json] = {"file": str(file), "valid": False, "problems": [], "remarks": []}
    try:
        pics, document = read_pics(file)
    except ConfigError as error:
        return said | {"dut": "", "device": "", "rows": [], "problems": list(error.problems)}
    blocks: list[str] = []
    remarks: list[str] = []
    for found in contradictions(pics):
        place = document.problem((found.section, found.name), found.text, at_key=True)
        (blocks if found.blocks else remarks).append(place)
    general = pics.general
    words_ = (general.vendor_name, general.model, general.software_version)
    rows: list[Json] = [_row(s, pics.role) for s in selection(pics)]
    return said | {
        "valid": not blocks,
        "problems": list[Json](in_order(blocks, document.file)),
        "remarks": list[Json](in_order(remarks, document.file)),
        "dut": pics.role.value,
        "device": " ".join(w for w in words_ if w),
        "rows": rows,
    }


def selection(pics: Pics) -> tuple[Selection, ...]:
    """Every row for the device, as far as paper tells."""
    return select(load(), pics.role, pics.facts(), None, pics.keys_on_paper())


def _row(s: Selection, role: Role) -> dict[str, Json]:
    return {
        "octt_id": s.row.octt_id,
        "title": s.row.title,
        "obligation": s.obligation.value,
        "applies": s.applies,
        "decided": s.decided,
        "executable": s.executable,
        "has_case": s.row.octt_id in cases.implemented(role),
        "reason": s.reason,
    }


def words(said: dict[str, Json]) -> list[str]:
    """The same for people."""
    problems, remarks, rows = (_objects(said[name]) for name in ("problems", "remarks", "rows"))
    lines = [f"✗ {problem}" for problem in problems] + [f"! {remark}" for remark in remarks]
    if rows:
        lines += ["", *(_line(row) for row in rows if isinstance(row, dict)), ""]
        told = Role(str(said["dut"])).words
        device = f" ({said['device']})" if said["device"] else ""
        lines.append(f"{said['file']}: PICS of a {told}{device}: {_counts(rows)}")
    outcome = "can be used" if said["valid"] else "cannot be used: correct what is marked ✗"
    return [*lines, outcome]


def _line(row: dict[str, Json]) -> str:
    sign = "●" if row["applies"] and row["executable"] else "–" if row["decided"] else "?"
    sign = "✗" if row["applies"] and not row["executable"] else sign
    obligation = row["obligation"] or "-"
    return f"{sign} {row['octt_id']!s:9}{obligation!s:2}{row['title']}: {row['reason']}"


def _counts(rows: Sequence[Json]) -> str:
    known = [row for row in rows if isinstance(row, dict)]
    runs = sum(bool(row["applies"] and row["executable"]) for row in known)
    lacking = sum(bool(row["applies"] and not row["executable"]) for row in known)
    open_ = sum(not row["decided"] for row in known)
    counts = [f"{runs} rows apply", f"{len(known) - runs - lacking - open_} do not"]
    counts += [f"{open_} are decided when the device has been read"] if open_ else []
    counts += [f"{lacking} lack their prerequisite"] if lacking else []
    return ", ".join(counts)


def _objects(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


if __name__ == "__main__":
    sys.exit(main())
