"""What a client can be told, and the exit code that each kind stands for."""

from __future__ import annotations

from collections.abc import Sequence

from rig.errors import RigError


class ExitCode:
    """Exit codes of every command; a contract with scripts and CI."""

    OK = 0
    CHECK_FAILED = 1
    USAGE = 2
    INCONCLUSIVE = 3
    BENCH = 4
    NOT_APPLICABLE = 5
    INTERNAL = 70
    INTERRUPTED = 130


OF_VERDICT = {
    "PASS": ExitCode.OK,
    "FAIL": ExitCode.CHECK_FAILED,
    "INCONCLUSIVE": ExitCode.INCONCLUSIVE,
    "NOT APPLICABLE": ExitCode.NOT_APPLICABLE,
    "ABORTED": ExitCode.INTERRUPTED,
    "ERROR": ExitCode.INTERNAL,
}

OF_KIND = {
    "config": ExitCode.USAGE,
    "unknown-case": ExitCode.USAGE,
    "not-found": ExitCode.USAGE,
    "bench": ExitCode.BENCH,
    "busy": ExitCode.BENCH,
    "no-daemon": ExitCode.BENCH,
    "denied": ExitCode.BENCH,
    "operator": ExitCode.INCONCLUSIVE,
    "internal": ExitCode.INTERNAL,
}


class ClientError(RigError):
    """The daemon refused, or could not be asked.

    Attributes:
        kind: a key of `OF_KIND`.
        problems: every single problem, when there are several.
    """

    def __init__(self, message: str, kind: str, problems: Sequence[str] = ()) -> None:
        self.message = message
        self.kind = kind
        self.problems = tuple(problems)
        super().__init__(message)

    def __str__(self) -> str:
        told = self.message.splitlines()
        listed = [f"  {problem}" for problem in self.problems if problem not in told]
        return "\n".join([self.message, *listed])

    @property
    def exit_code(self) -> int:
        """What a command ends with."""
        return OF_KIND.get(self.kind, ExitCode.INTERNAL)


class UsageProblem(ClientError):
    """The user asked for something that cannot be."""

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message, "config", problems)


class NoDaemon(ClientError):
    """Nobody answers at the socket."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "no-daemon")


class DaemonGone(ClientError):
    """The daemon answered before, and vanished in the middle of it."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "internal")
