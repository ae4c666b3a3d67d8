"""What can go wrong in the rig, as one tree.

Every error says *what* happened, *where*, and *what now*. A fault of the bench is never
a fault of the device under test: cases turn a `BenchError` into INCONCLUSIVE.
"""

from __future__ import annotations


class RigError(Exception):
    """Anything the rig reports by itself; `str()` is a whole sentence for an operator."""


class ConfigError(RigError):
    """A file or option of the user is wrong. `problems` lists every one of them."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class BenchError(RigError):
    """A device of the bench failed: `device` names it, `cause` and `remedy` are sentences."""

    def __init__(self, device: str, cause: str, remedy: str = "") -> None:
        self.device = device
        self.cause = cause
        self.remedy = remedy
        super().__init__(f"{device}: {cause}" + (f"; {remedy}" if remedy else ""))


class BenchUnavailable(BenchError):
    """One or more devices did not answer when the bench was opened; all are named at once."""

    def __init__(self, *errors: BenchError) -> None:
        self.errors = errors
        super().__init__(
            ", ".join(e.device for e in errors), "not usable", "\n".join(str(e) for e in errors)
        )

    def __str__(self) -> str:
        return "\n".join(str(e) for e in self.errors)


class BenchBusy(BenchError):
    """Somebody else holds the bench."""


class Quarantined(BenchError):
    """The bench failed before and nobody has shown since that it works again."""


class OperatorAbort(BenchError):
    """The operator said no, or did not answer in time."""


class RunError(RigError):
    """A run could not be started, found or stored."""
