"""Carries out what a prompt of another tool means: plug, card, mains, network, or a person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from rig.bench import Bench
from rig.client.plug import PlugInfo
from rig.daemon.bridge_plan import Deed, Lab
from rig.daemon.hands import HandDesk

OWN_CABLE = "the cable is the station's own; nothing to do"


class Deeds:
    """Actions on the bench.

    A cable has two ends and other tools name them one by one, in any order; the bench can show
    only what a station sees. An EV side that is connected before the station's is remembered.

    Args:
        lab: the bench as it was read.
        hands: orders to it.
        use: the bench itself.
        ask: has the operator do something.
    """

    def __init__(
        self,
        lab: Lab,
        hands: HandDesk,
        use: Callable[[], Bench],
        ask: Callable[[str], Awaitable[None]],
    ) -> None:
        self._lab = lab
        self._hands = hands
        self._use = use
        self._ask = ask
        self._ev_side: dict[str, bool] = {}  # plug -> wants energy once the other side is in

    async def do(self, deed: Deed) -> str:
        """Do it; returns what was done, in words.

        Raises:
            BenchError: refused, or a device failed.
        """
        if deed.kind == "plug":
            return await self._plug(deed)
        if deed.kind == "card":
            card = await self._hands.present(deed.name)
            return f"held to the reader, idTag {card.id_tag}"
        if deed.kind == "mains":
            await self._hands.mains(deed.action)
            return "off and on again" if deed.action == "cycle" else f"mains {deed.action}"
        if deed.kind == "network":
            return await self._network(up=deed.action == "up")
        await self._ask(deed.action)
        return "done by the operator"

    async def _network(self, *, up: bool) -> str:
        if not self._use().network.has_switch:
            word = "Reconnect" if up else "Disconnect"
            await self._ask(f"{word} the charging station's network.")
            return f"{word.lower()}ed by the operator"
        action = "up" if up else "down"
        await self._hands.network(action)
        return f"network {action}"

    async def _plug(self, deed: Deed) -> str:
        name, action, own_cable = deed.name, deed.action, deed.name in self._lab.fixed
        if own_cable and action in ("connect-station", "unplug-station"):
            return OWN_CABLE
        if action == "connect-ev" and not own_cable and not self._seen(name).cable_in_station:
            self._ev_side[name] = deed.energy
            return "remembered: the station notices when its own side is plugged in"
        if action == "connect-station" and name not in self._ev_side:
            return _words(await self._hands.plug(name, "insert-station"))
        if action in ("connect-ev", "connect-station", "plug-in"):
            energy = self._ev_side.pop(name, False) or deed.energy
            seen = await self._hands.plug(name, "insert")
            return _words(await self._hands.plug(name, "energy") if energy else seen)
        if action == "unplug-station":
            connected = self._seen(name).cp_state != "A"
            seen = await self._hands.plug(name, "unplug")  # both contacts open: that is its order
            if connected:
                self._ev_side[name] = False
            return _words(seen)
        if action in ("unplug", "unplug-ev"):
            self._ev_side.pop(name, None)
        return _words(await self._hands.plug(name, action))

    def _seen(self, name: str) -> PlugInfo:
        return next(plug for plug in self._hands.plugs() if plug.name == name)


def _words(seen: PlugInfo) -> str:
    cable = "in" if seen.cable_in_station else "out of"
    return f"pilot state {seen.cp_state}, cable {cable} the station"
