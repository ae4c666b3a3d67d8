"""What every device has in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol, Self, runtime_checkable

Scalar = None | bool | int | float | str


class Observer(Protocol):
    """Receives what a driver did or saw.

    Kinds: "relay", "pilot", "input", "card", "mains" and "modem".
    """

    def __call__(self, kind: str, source: str, data: Mapping[str, Scalar], /) -> None:
        """Take one observation. Must not block and must not raise."""


@runtime_checkable
class Device(Protocol):
    """Common life of every device. Entering proves that it answers; leaving makes it safe."""

    name: str

    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *exc: object) -> None: ...
    async def prove(self) -> str:
        """Ask the device for a sign of life; returns one line for the operator.

        Raises:
            DriverError: it does not answer as it should.
        """
        ...

    async def safe(self) -> None:
        """Reach the safe state and read it back."""
        ...


class PromptKind(StrEnum):
    """What is asked of a person."""

    PHYSICAL = "physical"  # do something
    LOOK = "look"  # look at something, and tell
    CONFIRM = "confirm"  # decide


@runtime_checkable
class Operator(Protocol):
    """A person (or who acts for one) who can do things by hand and answer questions."""

    async def ask(
        self,
        question: str,
        choices: Sequence[str],
        timeout_s: float,
        *,
        kind: PromptKind = PromptKind.CONFIRM,
        remedy: str = "",
    ) -> str:
        """Ask and return one of `choices`.

        Args:
            question: what is to be done or seen, as a sentence.
            choices: possible answers.
            timeout_s: real seconds for the answer.
            kind: what is asked of the person.
            remedy: what to do when that is not possible.

        Raises:
            OperatorUnavailable: nobody answered within `timeout_s` real seconds.
        """
        ...


class OperatorUnavailable(Exception):
    """Nobody answered a prompt in time."""
