"""A relay board in memory, for tests of what hangs on one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Self

from drivers.errors import ReadbackMismatch
from drivers.ports import Scalar


class FakeBoard:
    """Keeps coils and inputs, and the order in which coils were written.

    `rule` plays the station: it is called after every write and may change `inputs`.
    """

    def __init__(self, name: str = "relay-left", coil_count: int = 8) -> None:
        self.name = name
        self.coil_count = coil_count
        self.input_count = 8
        self.coils = [False] * coil_count
        self.inputs = [False] * 8
        self.writes: list[dict[int, bool]] = []
        self.stuck: set[int] = set()
        self.fail: Exception | None = None
        self.rule: Callable[[], None] = lambda: None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.safe()

    async def set_coil(self, coil: int, closed: bool) -> None:
        await self.set_coils({coil: closed})

    async def set_coils(self, coils: Mapping[int, bool]) -> None:
        if self.fail is not None:
            raise self.fail
        self.writes.append(dict(coils))
        for coil, closed in coils.items():
            if coil not in self.stuck:
                self.coils[coil] = closed
            elif self.coils[coil] != closed:
                raise ReadbackMismatch(
                    self.name, f"coil {coil}", expected=closed, got=self.coils[coil]
                )
        self.rule()

    async def read_coils(self) -> tuple[bool, ...]:
        if self.fail is not None:
            raise self.fail
        return tuple(self.coils)

    async def read_inputs(self) -> tuple[bool, ...]:
        if self.fail is not None:
            raise self.fail
        return tuple(self.inputs)

    async def prove(self) -> str:
        await self.read_coils()
        return "in memory"

    async def safe(self) -> None:
        await self.set_coils(dict.fromkeys(range(self.coil_count), False))


class Notes:
    """An observer that remembers."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, Scalar]]] = []

    def __call__(self, kind: str, source: str, data: Mapping[str, Scalar], /) -> None:
        self.seen.append((kind, source, dict(data)))

    def of(self, kind: str, key: str) -> list[Scalar]:
        return [data[key] for seen, _, data in self.seen if seen == kind]


class Person:
    """An operator who answers from a list, then always the first choice."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.questions: list[str] = []

    async def ask(self, question: str, choices: Sequence[str], timeout_s: float, **_: str) -> str:
        self.questions.append(question)
        return self.answers.pop(0) if self.answers else choices[0]
