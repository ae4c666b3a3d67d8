"""Operator of the small Central System that comes with the virtual bench."""

from __future__ import annotations

import asyncio

from rig.bench.children import Mock
from rig.ocppj.frames import Payload


class MockOperator:
    """Clicks by way of the control channel.

    Args:
        csms: the mock.
        identity: of the played station.
    """

    def __init__(self, csms: Mock, identity: str) -> None:
        self._csms = csms
        self._identity = identity
        self._clicks: set[asyncio.Task[object]] = set()

    async def command(self, action: str, payload: Payload) -> None:
        """Click; the answer of the station is watched on the wire, not here."""
        click = asyncio.ensure_future(
            self._csms.ask("command", identity=self._identity, action=action, payload=payload)
        )
        self._clicks.add(click)
        click.add_done_callback(self._done)

    def _done(self, click: asyncio.Task[object]) -> None:
        self._clicks.discard(click)
        if not click.cancelled():
            click.exception()  # a command that did not come shows as a missing request

    async def shows_transaction(self, transaction_id: int) -> bool:
        """Read it off the mock's state."""
        state = await self._csms.ask("state")
        stations = state.get("stations") if isinstance(state, dict) else None
        station = stations.get(self._identity) if isinstance(stations, dict) else None
        running = station.get("transactions") if isinstance(station, dict) else None
        return isinstance(running, list) and transaction_id in running
