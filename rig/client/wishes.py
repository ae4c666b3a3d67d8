"""How a run is to be made, as a client asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RunWishes:
    """Beside what is under test and which cases.

    Attributes:
        pics: PICS file; None for that of the bench.
        resume: run to go on with.
        retest: run of which cases are executed again.
        intake: "auto", "always" or "never": whether a station is tried out first.
        accept_changes: go on with a device that is not what it was.
        edition: of the tests; None for that of the bench.
        strictness: "standard" or "octt"; None for that of the edition.
    """

    pics: Path | None = None
    resume: str | None = None
    retest: str | None = None
    intake: str = "auto"
    accept_changes: bool = False
    edition: str | None = None
    strictness: str | None = None


NO_WISHES = RunWishes()
