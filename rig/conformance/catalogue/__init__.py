"""Appendix C as data: every row of the certification programme, for both roles.

Source: OCPP Certification Program, Document 2 v1.0.1, appendix C.
"""

from __future__ import annotations

import difflib
import importlib.resources
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from rig.errors import RunError


class Role(StrEnum):
    """Role of the device under test."""

    STATION = "station"
    CSMS = "csms"

    @property
    def words(self) -> str:
        """For sentences."""
        return "charging station" if self is Role.STATION else "CSMS"


class Obligation(StrEnum):
    """What a row asks of a role."""

    MANDATORY = "M"
    CONDITIONAL = "C"
    OPTIONAL = "O"
    UTILITY = "U"
    NONE = ""


class UnknownCase(RunError):
    """No row has this id; `near` are ids that look like it."""

    def __init__(self, asked: dict[str, list[str]]) -> None:
        self.asked = asked
        sentences = []
        for octt_id, near in asked.items():
            hint = f"did you mean {', '.join(near)}?" if near else "list them with: rig case list"
            sentences.append(f"no case {octt_id!r}; {hint}")
        super().__init__("\n".join(sentences))


@dataclass(frozen=True, slots=True)
class Superseded:
    """Other rows take the place of a row for a station of which `when` holds.

    Attributes:
        when: condition over the facts of a PICS.
        by: the other rows, in words.
        source: of this rule.
    """

    when: str
    by: str
    source: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        row: position in the appendix, 1 to 102; 0 for the utility scripts.
        no: printed number, 0 when there is none.
        octt_id: e.g. "004_1".
        title: as printed.
        feature: profile it belongs to.
        group: heading it stands under.
        obligation: per role.
        when: condition per role, an expression over the facts of a PICS.
        requires: prerequisite per role.
        superseded: when other rows take its place, for a station; None: never.
    """

    row: int
    no: int
    octt_id: str
    title: str
    feature: str
    group: str
    obligation: dict[Role, Obligation]
    when: dict[Role, str]
    requires: dict[Role, str]
    superseded: Superseded | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All rows, in the order of the appendix."""

    rows: tuple[Row, ...]

    def of(self, role: Role) -> tuple[Row, ...]:
        """Rows that ask something of a role, utilities not counted."""
        wanted = (Obligation.MANDATORY, Obligation.CONDITIONAL, Obligation.OPTIONAL)
        return tuple(row for row in self.rows if row.obligation[role] in wanted)

    def find(self, ids: Iterable[str]) -> tuple[Row, ...]:
        """Rows by id; spellings like `_003` and `TC_003_CS` are understood.

        Raises:
            UnknownCase: one or more ids have no row; names the nearest for each.
        """
        table = {row.octt_id.casefold(): row for row in self.rows}
        found, unknown = [], {}
        for asked in ids:
            row = table.get(normal_id(asked).casefold())
            if row is None:
                unknown[asked] = [table[n].octt_id for n in _nearest(normal_id(asked), table)]
            else:
                found.append(row)
        if unknown:
            raise UnknownCase(unknown)
        return tuple(found)


def _nearest(asked: str, ids: Iterable[str]) -> list[str]:
    """Ids like this one; those that differ only in leading zeros come first."""
    ids = list(ids)
    same = [octt_id for octt_id in ids if octt_id.lstrip("0") == asked.casefold().lstrip("0")]
    close = difflib.get_close_matches(asked, ids, 3, 0.5)
    return list(dict.fromkeys([*same, *close]))[:3]


def normal_id(text: str) -> str:
    """An OCTT id without the decoration that other documents give it."""
    text = text.strip().removeprefix("TC_").removeprefix("_")
    return text.removesuffix("_CSMS").removesuffix("_CS")


@cache
def load() -> Catalogue:
    """The catalogue of this edition."""
    text = (importlib.resources.files(__name__) / "appendix_c.toml").read_text()
    return Catalogue(tuple(_row(entry) for entry in tomllib.loads(text)["row"]))


def _row(entry: dict[str, object]) -> Row:
    def per_role(key: str) -> dict[Role, str]:
        table = entry.get(key, {})
        if not isinstance(table, dict):
            raise TypeError(f"{key} is not a table")
        return {role: str(table.get(role.value, "true")) for role in Role}

    other = entry.get("superseded")
    if other is not None and not isinstance(other, dict):
        raise TypeError("superseded is not a table")
    return Row(
        row=int(str(entry["row"])),
        no=int(str(entry["no"])),
        octt_id=str(entry["octt_id"]),
        title=str(entry["title"]),
        feature=str(entry["feature"]),
        group=str(entry["group"]),
        obligation={role: Obligation(word) for role, word in per_role("obligation").items()},
        when=per_role("when"),
        requires=per_role("requires"),
        superseded=Superseded(**{k: str(v) for k, v in other.items()}) if other else None,
    )
