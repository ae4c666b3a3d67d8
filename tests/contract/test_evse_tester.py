"""The contract of tester plugs on every mock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack

import pytest

from tests.contract.evse_tester_contract import EvseTesterContract, PlugOpponent
from tests.contract.tester_mocks import (
    RegisterTester,
    RelayTester,
    register_tester,
    relay_tester,
)

PLUGS: dict[str, Callable[[], AbstractContextManager[RelayTester | RegisterTester]]] = {
    "relays on rtu": lambda: relay_tester("rtu"),
    "relays on tcp": lambda: relay_tester("tcp"),
    "registers on rtu": lambda: register_tester("rtu"),
    "registers on tcp": lambda: register_tester("tcp"),
    "type 1 on rtu": lambda: register_tester("rtu", "type1"),
}


class Plugs:
    """Mocks, started when first asked for."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._running: dict[str, RelayTester | RegisterTester] = {}

    def get(self, name: str) -> RelayTester | RegisterTester:
        if name not in self._running:
            self._running[name] = self._stack.enter_context(PLUGS[name]())
        return self._running[name]


@pytest.fixture(scope="module")
def plugs() -> Iterator[Plugs]:
    with ExitStack() as stack:
        yield Plugs(stack)


@pytest.fixture(params=PLUGS)
async def opponent(request: pytest.FixtureRequest, plugs: Plugs) -> AsyncIterator[PlugOpponent]:
    plug = plugs.get(request.param)
    yield plug
    await plug.energise(False)
    await plug.lid(False)


class TestEvseTester(EvseTesterContract):
    """All of them."""
