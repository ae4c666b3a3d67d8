"""Plugs, cards, mains and network worked by hand, as the API shows them."""

from __future__ import annotations

from collections.abc import Callable

from rig.bench import Bench
from rig.client.plug import PlugInfo
from rig.client.results import CardInfo
from rig.clock import Clock
from rig.daemon.plugs import PLAIN, PlugOrder, act, plug_info
from rig.errors import ConfigError

MAINS_OFF_S = 5.0
"""Lab seconds without power in a mains cycle: long enough for a station's supply to collapse."""


class HandDesk:
    """Orders of a person to the bench.

    Args:
        look: the bench, for looking only; raises when it is not open.
        use: the bench, for orders; raises also when somebody else has it.
        clock: lab time.
    """

    def __init__(self, look: Callable[[], Bench], use: Callable[[], Bench], clock: Clock) -> None:
        self._look = look
        self._use = use
        self._clock = clock

    async def plug(self, name: str, action: str, order: PlugOrder = PLAIN) -> PlugInfo:
        """State of a plug, after `action` unless that is "".

        Raises:
            ConfigError: no such plug or action, or the order does not fit it.
            BenchError: a device failed.
        """
        bench = self._use() if action else self._look()
        plug = bench.plugs.get(name)
        if plug is None:
            raise ConfigError(f"no plug {name!r}; this bench has: {', '.join(bench.plugs)}")
        if action:
            await act(plug, action, order)
        return plug_info(plug, await plug.read())

    def plugs(self) -> tuple[PlugInfo, ...]:
        """Every plug as last seen; cheap, and possible while a run is using them."""
        return tuple(plug_info(plug, plug.known()) for plug in self._look().plugs.values())

    async def present(self, card: str) -> CardInfo:
        """Hold a card to the station's reader.

        Raises:
            ConfigError: no such card.
            BenchError: the device failed.
        """
        bench = self._use()
        if bench.cards.known(card) is None:
            names = ", ".join(c.name for c in bench.cards.all) or "none"
            raise ConfigError(f"no card {card!r}; this bench has: {names}")
        shown = await bench.cards.present(card)
        return CardInfo(shown.name, shown.id_tag, shown.status, shown.parent)

    async def pulse(self, board: str, coil: int, seconds: float) -> None:
        """Have a relay board time a pulse; real seconds."""
        await self._use().relays.pulse(board, coil, seconds)

    async def mains(self, action: str) -> None:
        """Switch the station's supply: on, off, or cycle (off, a few seconds, on)."""
        mains = self._use().mains
        if action not in {"on", "off", "cycle"}:
            raise ConfigError(f"no mains action {action!r}; there are: on, off, cycle")
        if action != "on":
            await mains.off()
        if action == "cycle":
            await self._clock.sleep(MAINS_OFF_S)
        if action != "off":
            await mains.on()

    async def network(self, action: str) -> None:
        """Cut the station's network (down), or restore it (up).

        Raises:
            ConfigError: no such action.
            BenchError: this bench cannot, or the device failed.
        """
        network = self._use().network
        if action not in {"up", "down"}:
            raise ConfigError(f"no network action {action!r}; there are: up, down")
        network.need()
        await (network.on() if action == "up" else network.off())
