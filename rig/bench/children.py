"""What is started beside the rig: mocks, and the guard of the relays.

They are processes of their own. Whoever has everything in one process, and in a time of its own,
brings other ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, Self

from rig.bench.guard_process import GuardProcess
from rig.bench.mock_process import MockProcess
from rig.jsontypes import Json

OnExit = Callable[[str], None]
OnEvent = Callable[[dict[str, Json]], None]


class Mock(Protocol):
    """A running mock; entering waits until it serves.

    Attributes:
        ready: its ready line.
    """

    ready: dict[str, Json]

    @property
    def pid(self) -> int | None:
        """Its process, None while it does not run."""

    async def ask(self, do: str, **args: Json) -> Json:
        """Have it do something.

        Raises:
            BenchError: it said no, or is gone.
        """

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *exc: object) -> None: ...


class Guard(Protocol):
    """Opens the relays if we cannot any more."""

    @property
    def pid(self) -> int | None:
        """Its process, None while it does not run."""

    async def start(self) -> None:
        """Return once it watches.

        Raises:
            BenchError: it did not start.
        """

    async def bye(self) -> None:
        """End it without having it act."""

    async def abandon(self) -> None:
        """End it as if we had died."""


class Children(Protocol):
    """Makes them, not yet started."""

    def mock(
        self,
        name: str,
        arguments: Sequence[str],
        log: Path,
        *,
        on_event: OnEvent | None = None,
        on_exit: OnExit | None = None,
        password: str | None = None,
    ) -> Mock:
        """A mock; arguments as of `MockProcess`."""

    def guard(self, boards: Sequence[Mapping[str, object]], log: Path, on_exit: OnExit) -> Guard:
        """The guard of these boards: sections with their addresses as they are."""


class Processes:
    """Makes processes."""

    def mock(
        self,
        name: str,
        arguments: Sequence[str],
        log: Path,
        *,
        on_event: OnEvent | None = None,
        on_exit: OnExit | None = None,
        password: str | None = None,
    ) -> Mock:
        """`python -m firmware_mocks KIND ...`."""
        return MockProcess(name, arguments, log, on_event, on_exit, password)

    def guard(self, boards: Sequence[Mapping[str, object]], log: Path, on_exit: OnExit) -> Guard:
        """`python -m drivers.guard`."""
        return GuardProcess(boards, log, on_exit)
