"""What somebody has asked for when a run is started."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class IntakeWish(StrEnum):
    """Whether the pre-test of a station is made."""

    AUTO = "auto"  # before a whole campaign, not before cases asked for by name
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class RunOrder:
    """An order.

    Attributes:
        dut: "station" or "csms".
        cases: ids asked for by name; empty for all that apply.
        pics: PICS file; None for that of the bench file.
        resume: run to go on with: only what has no result yet; "" for a new run.
        retest: run of which `cases` are executed again; "" for none.
        intake: whether a station is tried out first.
        accept_changes: go on with a device that is not what it was; it is recorded.
        edition: name of the edition, in place of that of the bench file; "" for that.
        strictness: "standard" or "octt", in place of that of the edition; "" for that.
    """

    dut: str
    cases: tuple[str, ...] = ()
    pics: Path | None = None
    resume: str = ""
    retest: str = ""
    intake: IntakeWish = IntakeWish.AUTO
    accept_changes: bool = False
    edition: str = ""
    strictness: str = ""

    @property
    def continues(self) -> str:
        """Run that this order adds to; "" for a new one."""
        return self.resume or self.retest
