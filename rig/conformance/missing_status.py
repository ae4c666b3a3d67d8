"""Rule D1: which reports may be missing, and in which cases. Pure.

Source: appendix D of Document 2 v1.0.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MayBeMissing:
    """An exception of rule D1.

    Attributes:
        rule: its id.
        cases: in which it counts.
        status: that may be missing.
        fact: of the PICS that must hold; "" for none.
        instead: status of the same connector that must be there in its place; "" for none.
    """

    rule: str
    cases: tuple[str, ...]
    status: str
    fact: str = ""
    instead: str = ""


EXCEPTIONS = (
    MayBeMissing(
        "D1-a", ("044_1", "044_3", "080"), "Unavailable", fact="updates_firmware_during_transaction"
    ),
    MayBeMissing("D1-b", ("037_1", "037_2", "037_3"), "Charging"),
    MayBeMissing("D1-c", ("038", "039"), "Finishing"),
    MayBeMissing("D1-d", ("015",), "Finishing", instead="Unavailable"),
    MayBeMissing("D1-e", ("016",), "Finishing"),
)


def exception(
    octt_id: str, status: str, facts: Mapping[str, object], reported: Iterable[str] = ()
) -> MayBeMissing | None:
    """A report that a step expects comes before its deadline, but for the exceptions.

    They are D1-a to D1-e, by case and status.

    Looks at: what a step has waited for in vain.

    Args:
        octt_id: of the case.
        status: that is missing.
        facts: of the PICS.
        reported: statuses that the connector has reported instead.

    Returns:
        The exception that permits it; None when none does.
    """
    for e in EXCEPTIONS:
        if octt_id not in e.cases or status != e.status:
            continue
        if (not e.fact or facts.get(e.fact)) and (not e.instead or e.instead in reported):
            return e
    return None
