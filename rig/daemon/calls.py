"""Playing Central System by hand: one CALL to the station, and what becomes of it."""

from __future__ import annotations

import difflib
from collections.abc import Callable

from rig.client.csms import ActionLine, CallOutcome
from rig.clock import Clock
from rig.csms.server import CentralSystem
from rig.errors import ConfigError
from rig.jsontypes import Json
from rig.ocppj.endpoint import BadAnswer, Error, Lost, Outcome, Result, TimedOut
from rig.ocppj.frames import Payload
from rig.ocppj.schemas import PROFILES, request_problems, request_schema

LONGEST_S = 90.0
"""Longest time-out in real seconds: a client waits no longer for an answer of the daemon."""


class CallDesk:
    """Requests of a person to the station.

    Args:
        use: the Central System, for orders; raises when a run or somebody else has the bench.
        clock: lab time.
    """

    def __init__(self, use: Callable[[], CentralSystem], clock: Clock) -> None:
        self._use = use
        self._clock = clock

    def actions(self) -> tuple[ActionLine, ...]:
        """Requests that OCPP 1.6 gives a Central System, by profile."""
        return tuple(ActionLine(name, p) for p, names in PROFILES.items() for name in names)

    def schema(self, action: str) -> dict[str, Json]:
        """JSON schema (draft 4) of the payload.

        Raises:
            ConfigError: a Central System sends no such request.
        """
        _known(action)
        return request_schema(action)

    async def call(
        self, action: str, payload: Payload, timeout_s: float, *, validate: bool
    ) -> CallOutcome:
        """Send a CALL and wait for what becomes of it.

        Args:
            action: of the request.
            payload: camelCase.
            timeout_s: lab seconds for the answer.
            validate: False to send what is wrong, on purpose.

        Raises:
            ConfigError: everything that is wrong with the request.
            BenchBusy: a run is in progress, or somebody else holds the bench.
        """
        if self._clock.real(timeout_s) > LONGEST_S:
            raise ConfigError(f"timeout_s: {LONGEST_S:g} real seconds at most")
        if validate:
            _known(action)
            if problems := request_problems(action, payload):
                raise ConfigError(*(f"{action}.req: {problem}" for problem in problems))
        csms = self._use()
        began_s = self._clock.now()
        outcome = await csms.call(action, payload, timeout_s, validate=validate)
        return _told(action, outcome, round(self._clock.now() - began_s, 3), timeout_s)


def _known(action: str) -> None:
    names = [name for group in PROFILES.values() for name in group]
    if action in names:
        return
    near = difflib.get_close_matches(action, names, 2)
    hint = f"did you mean {' or '.join(near)}?" if near else "list them with: rig csms actions"
    raise ConfigError(f"a Central System sends no {action!r}; {hint}")


def _told(action: str, outcome: Outcome, took_s: float, timeout_s: float) -> CallOutcome:
    what, payload, code, description = "lost", None, "", ""
    problems: tuple[str, ...] = ()
    if isinstance(outcome, Result):
        what, payload = "result", outcome.payload
        problems = tuple(map(str, outcome.problems))
    elif isinstance(outcome, Error):
        what, payload = "error", outcome.details
        code, description = outcome.code, outcome.description
    elif isinstance(outcome, BadAnswer):
        what, description = "bad-answer", outcome.reason
    elif isinstance(outcome, TimedOut):
        what, description = "no-answer", f"no answer within {timeout_s:g} s"
    elif isinstance(outcome, Lost):
        sent = outcome.call.sent_s >= 0
        description = "the connection was lost" if sent else "the station is not connected"
    return CallOutcome(action, what, payload, code, description, problems, took_s, outcome.call.id)
