"""The beginning of a case for its author: function, detection row, and where they go. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from rig.conformance.catalogue import Obligation, Role, Row, load

PACKAGES = {Role.STATION: "station", Role.CSMS: "central"}
CONTEXTS = {Role.STATION: ("rig.conformance.steps", "StationCase"),
            Role.CSMS: ("rig.conformance.central_steps", "CentralCase")}  # fmt: skip
MEMBERS = {Role.STATION: "STATION", Role.CSMS: "CSMS"}


class CannotScaffold(ValueError):
    """There is nothing to begin; says why, and where to go on."""


@dataclass(frozen=True, slots=True)
class Scaffold:
    """The beginning of a case.

    Attributes:
        module: text of a new module with the case alone.
        function: the case without what stands above it, for a module that exists.
        place: module where it belongs by its feature.
        row: line for the detection tests.
        rows: file for that line.
    """

    module: str
    function: str
    place: Path
    row: str
    rows: Path


def scaffold(octt_id: str, role: Role, existing: Path | None) -> Scaffold:
    """Begin a case.

    Args:
        octt_id: row of appendix C, in any spelling.
        role: of the device under test.
        existing: module with the case, None when there is none.

    Raises:
        UnknownCase: no row has this id.
        CannotScaffold: the row asks nothing of the role, or the case exists.
    """
    (row,) = load().find([octt_id])
    if row.obligation[role] is Obligation.NONE:
        other = next((r for r in Role if row.obligation[r] is not Obligation.NONE), role)
        hint = f"; it is one for a {other.words}: --dut {other.value}" if other is not role else ""
        raise CannotScaffold(f"{row.octt_id}: appendix C asks nothing of a {role.words}{hint}")
    if existing is not None:
        raise CannotScaffold(f"{row.octt_id}: exists already, in {existing}; go on there")
    module, context = CONTEXTS[role]
    head = (
        f'"""Row {row.row} ({row.octt_id}): {row.title}."""\n\n'
        "from __future__ import annotations\n\n"
        "from rig.conformance.cases import case\n"
        "from rig.conformance.catalogue import Role\n"
        f"from {module} import {context}\n\n\n"
    )
    function = _function(row, role, context)
    tests = Path("tests/detection")
    rows = tests / "rows" if role is Role.STATION else tests / "test_detect_csms.py"
    place = Path("rig/conformance") / PACKAGES[role] / f"{row.feature}.py"
    line = f'("{row.octt_id}", "TODO-defect", "TODO: first check that fails, or rule"),'
    return Scaffold(head + function, function, place, line, rows)


def _function(row: Row, role: Role, context: str) -> str:
    name = re.sub(r"\W+", "_", row.title.casefold()).strip("_")[:50].rstrip("_")
    condition = "" if row.when[role] == "true" else f"    # applies when: {row.when[role]}\n"
    needs = "" if row.requires[role] in ("", "true") else f"    # needs: {row.requires[role]}\n"
    return (
        f'@case("{row.octt_id}", dut=Role.{MEMBERS[role]})\n'
        f"async def {name}(s: {context}) -> None:\n"
        '    """TODO: what must hold, in one sentence."""\n'
        f"{condition}{needs}"
        "    s.check(\n"
        '        "TODO: the claim",\n'
        "        False,\n"
        '        "TODO: its source",\n'
        '        expected="TODO",\n'
        '        seen="TODO",\n'
        "    )\n"
    )
