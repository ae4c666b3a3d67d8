"""What the daemon says about prompts of other test tools, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BridgeStep:
    """One action on the bench: `state` is planned, done, failed or skipped (after a failure)."""

    what: str
    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class BridgeInfo:
    """A prompt of another tool.

    Attributes:
        id: "" of a dry-run, which leaves nothing behind.
        by: who asked.
        state: "planned" (dry-run), "working", "done" (on the bench), "answered" (by the operator
            of this bench), "refused", "failed" or "withdrawn" (by who had asked).
        dismiss: the other tool may go on: what it asked for has happened.
        rule: that fitted; "" when the operator is asked.
        detail: what was done, or why not, as a sentence.
        kind: of the error, as of a `ClientError`; "" without one.
        asked_utc: lab time.
        took_s: real seconds.
    """

    id: str
    text: str
    by: str
    state: str
    dismiss: bool
    rule: str
    steps: tuple[BridgeStep, ...]
    detail: str
    kind: str
    asked_utc: str
    took_s: float
