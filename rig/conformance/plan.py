"""What a campaign runs, and the reason for every row that it does not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rig.conformance import cases
from rig.conformance.catalogue import Role, Row, load
from rig.conformance.expressions import ConfigKey
from rig.conformance.pics import Pics, default_pics, load_pics
from rig.conformance.select import Selection, select
from rig.errors import RunError
from rig.runs.records import SelectionRecord


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be run.

    Attributes:
        role: of the device under test.
        selection: every row, with the reason why it is run or not.
        cases: ids in the order of the run.
        requested: ids asked for by name; empty for all that apply.
        pics: what is declared about the device.
        assumed: there is no PICS file; `pics` is the default of the role.
    """

    role: Role
    selection: tuple[Selection, ...]
    cases: tuple[str, ...]
    requested: tuple[str, ...]
    pics: Pics
    assumed: bool

    @property
    def facts(self) -> dict[str, object]:
        """Every name that a condition may use."""
        return self.pics.facts()

    @property
    def digest(self) -> str:
        """Of the PICS: two that declare the same have the same."""
        declared = _in_order(self.pics.model_dump())
        return hashlib.sha256(json.dumps(declared).encode()).hexdigest()[:16]

    def decided(self, keys: dict[str, ConfigKey]) -> Plan:
        """The plan once the configuration of the station is known: no row stays undecided."""
        selection = select(load(), self.role, self.facts, keys, self.pics.keys_on_paper())
        chosen = self.cases if self.requested else tuple(_to_run(self.role, selection))
        return replace(self, selection=selection, cases=chosen)

    def records(self) -> tuple[SelectionRecord, ...]:
        """The selection as it is kept with the run."""
        return tuple(self._record(s) for s in self.selection)

    def _record(self, s: Selection) -> SelectionRecord:
        reason = s.reason
        applies = s.row.octt_id in self.cases
        if not applies and s.applies and s.executable:
            ready = s.row.octt_id in cases.implemented(self.role)
            reason = "not asked for in this run" if ready else "applies, but there is no case yet"
        return SelectionRecord(s.row.octt_id, s.row.title, s.obligation.value, applies, reason)


def make_plan(role: Role, ids: Sequence[str] | None, pics: Path | None) -> Plan:
    """Decide what to run.

    Args:
        role: of the device under test.
        ids: cases by name, run whatever the PICS says; None for all that apply.
        pics: PICS file; None for that of the emulated device.

    Raises:
        UnknownCase: with the nearest ids.
        ConfigError: the PICS is not valid.
        RunError: there is no case yet for a row.
    """
    declared = default_pics(role) if pics is None else load_pics(pics)
    selection = select(load(), role, declared.facts(), None, declared.keys_on_paper())
    if ids is None:
        chosen = _to_run(role, selection)
    else:
        chosen = [row.octt_id for row in load().find(ids)]
        missing = [octt_id for octt_id in chosen if octt_id not in cases.implemented(role)]
        if missing:
            listed = ", ".join(missing)
            raise RunError(f"no case yet for a {role.words} under test: {listed}")
    return Plan(role, selection, tuple(dict.fromkeys(chosen)), tuple(ids or ()), declared,
                pics is None)  # fmt: skip


def _to_run(role: Role, selection: Sequence[Selection]) -> list[str]:
    ready = cases.implemented(role)
    chosen = [
        s.row
        for s in selection
        if s.row.octt_id in ready and (s.applies or not s.decided) and s.executable
    ]
    if role is Role.STATION:
        chosen.sort(key=_place)
    return [row.octt_id for row in chosen]


def _place(row: Row) -> tuple[int, int]:
    """Where a case stands in a campaign with a station.

    019 comes first, because its answer fills the configuration table of the report (7.3,
    preparation, step 3). Then everything in the order of appendix C, but for what changes the
    station: new firmware, and after it new credentials (5.5: what comes before such a change was
    tested with the station as it came).
    """
    last = {"firmware": 1, "security": 2}
    return (-1, 0) if row.octt_id == "019" else (last.get(row.feature, 0), row.row)


def _in_order(value: object) -> object:
    """The value with nothing in it whose order means nothing."""
    if isinstance(value, dict):
        return {str(name): _in_order(value[name]) for name in sorted(value)}
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    if isinstance(value, list | tuple):
        return [_in_order(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)
