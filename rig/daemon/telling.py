"""How errors are told: in the API, on the ready line, by exit code."""

from __future__ import annotations

from drivers.ports import OperatorUnavailable
from rig.client.errors import OF_KIND, ExitCode
from rig.conformance.catalogue import UnknownCase
from rig.daemon.prompts import OperatorCannot, PromptClosed, UnknownPrompt
from rig.errors import (
    BenchBusy,
    BenchError,
    BenchUnavailable,
    ConfigError,
    OperatorAbort,
    RigError,
    RunError,
)
from rig.jsontypes import Json

HTTP_OF_KIND = {
    "config": 400,
    "unknown-case": 404,
    "not-found": 404,
    "busy": 409,
    "operator": 504,
    "bench": 503,
}


def told(error: Exception) -> dict[str, Json]:
    """An error as the API and the ready line tell it: sentence, kind, every problem."""
    kind = kind_of(error)
    if kind == "internal" and not isinstance(error, RigError):
        return {"error": f"internal error: {error!r}", "kind": kind, "problems": []}
    problems: list[Json] = []
    sentence = str(error)
    if isinstance(error, ConfigError) and len(error.problems) > 1:
        sentence, problems = f"{len(error.problems)} problems", [*error.problems]
    elif isinstance(error, BenchUnavailable):
        problems = [str(e) for e in error.errors]
        count = len(problems)
        sentence = f"{count} device{'s' if count > 1 else ''} of the bench cannot be used"
    return {"error": sentence, "kind": kind, "problems": problems}


def kind_of(error: Exception) -> str:
    """A key of `rig.client.errors.OF_KIND`."""
    kinds: list[tuple[type[Exception], str]] = [
        (UnknownCase, "unknown-case"),
        (ConfigError, "config"),
        (UnknownPrompt, "not-found"),
        (OperatorCannot, "operator"),
        (PromptClosed, "busy"),
        (BenchBusy, "busy"),
        (OperatorAbort, "operator"),
        (BenchError, "bench"),
        (OperatorUnavailable, "operator"),
        (RunError, "not-found"),
    ]
    return next((kind for type_, kind in kinds if isinstance(error, type_)), "internal")


def exit_code_of(error: Exception) -> int:
    """Exit code of a daemon that could not start because of `error`."""
    return OF_KIND.get(kind_of(error), ExitCode.INTERNAL)
