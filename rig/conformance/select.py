"""Which cases apply to a device, and why the others do not: a reason in words for every row.

Source: Document 2 v1.0.1, 7.1.3 and appendix C; order of the tests in `[applicability]` of the
conformance reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rig.conformance.catalogue import Catalogue, Obligation, Role, Row
from rig.conformance.expressions import ConfigKey, Configuration, Expression

_WORDS = {
    Obligation.MANDATORY: "mandatory",
    Obligation.CONDITIONAL: "conditional, and the condition holds",
    Obligation.OPTIONAL: "optional",
}


@dataclass(frozen=True, slots=True)
class Selection:
    """One row for one device.

    Attributes:
        row: of the catalogue.
        obligation: of this role.
        applies: must or may be run.
        decided: False when the configuration has to be read first.
        executable: False when the prerequisite is not met; such a case is not exempt.
        reason: for the report.
    """

    row: Row
    obligation: Obligation
    applies: bool
    decided: bool
    executable: bool
    reason: str


def select(
    catalogue: Catalogue,
    role: Role,
    facts: Mapping[str, object],
    configuration: Configuration,
    paper: Mapping[str, ConfigKey] = MappingProxyType({}),
) -> tuple[Selection, ...]:
    """Judge every row for a role.

    Args:
        catalogue: all rows.
        role: of the device under test.
        facts: of its PICS.
        configuration: keys read from it, None before that.
        paper: what its PICS says of configuration keys.
    """
    return tuple(
        _select(row, role, facts, configuration, paper)
        for row in catalogue.rows
        if row.obligation[role] is not Obligation.UTILITY and row.row > 0
    )


def _select(
    row: Row,
    role: Role,
    facts: Mapping[str, object],
    configuration: Configuration,
    paper: Mapping[str, ConfigKey],
) -> Selection:
    obligation = row.obligation[role]

    def no(reason: str, *, decided: bool = True) -> Selection:
        return Selection(row, obligation, False, decided, True, reason)

    if obligation is Obligation.NONE:
        return no(f"not part of the programme for a {role.words}")
    if row.feature == "security" and not facts["security_certificate"]:
        return no("not applicable: no security certificate is asked for")
    condition = Expression(row.when[role]).judge(facts, configuration, paper)
    if condition.value is None:
        return no(f"undecided: {condition.reason}", decided=False)
    if not condition.value:
        return no(f"not applicable: {condition.reason}")
    other = row.superseded
    if role is Role.STATION and other and Expression(other.when).judge(facts, configuration).value:
        return no(f"not applicable: {other.by} take its place ({other.source})")
    prerequisite = Expression(row.requires[role]).judge(facts, configuration, paper)
    if prerequisite.value is None:
        return no(f"undecided: {prerequisite.reason}", decided=False)
    if not prerequisite.value:
        reason = f"prerequisite not met: {prerequisite.reason}"
        return Selection(row, obligation, True, True, False, reason)
    return Selection(row, obligation, True, True, True, f"applies: {_WORDS[obligation]}")
