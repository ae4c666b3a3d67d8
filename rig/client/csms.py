"""What the daemon says about calls to the station made by hand, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass

from rig.jsontypes import Json


@dataclass(frozen=True, slots=True)
class ActionLine:
    """A request that a Central System may send, and the feature profile it belongs to."""

    name: str
    profile: str


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """What became of a CALL.

    Attributes:
        outcome: "result", "error" (a CALLERROR), "bad-answer" (an answer that is no frame),
            "no-answer" (in time), or "lost" (the station was or went away).
        payload: of the CALLRESULT, or the details of the CALLERROR; None without an answer.
        code: of the CALLERROR.
        description: of the CALLERROR; or why there is no answer.
        problems: what of the CALLRESULT breaks its schema.
        took_s: lab seconds from order to outcome.
        id: message id; "" when nothing was sent.
    """

    action: str
    outcome: str
    payload: dict[str, Json] | None
    code: str
    description: str
    problems: tuple[str, ...]
    took_s: float
    id: str
