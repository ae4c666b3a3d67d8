"""What a handler of a command gives back: the answer, and what follows from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from firmware_mocks.charging_station.storage import Json
from rig.ocppj.frames import ErrorCode

Payload: TypeAlias = dict[str, Json]
Consequence: TypeAlias = Callable[[], Awaitable[None]]
Answer: TypeAlias = tuple[Payload, Consequence | None]


class Refused(Exception):
    """Answer with a CALLERROR."""

    def __init__(self, code: ErrorCode, description: str) -> None:
        self.code = code
        self.description = description
        super().__init__(description)


def status(value: str, consequence: Consequence | None = None) -> Answer:
    """An answer that is only a status."""
    return {"status": value}, consequence


def integer(value: Json) -> int:
    """A whole number of a request.

    Raises:
        Refused: it is none.
    """
    if not isinstance(value, int):
        raise Refused(ErrorCode.TYPE_CONSTRAINT_VIOLATION, f"{value!r} is not an integer")
    return value


def optional_integer(value: Json) -> int | None:
    """A whole number that may be missing."""
    return None if value is None else integer(value)
