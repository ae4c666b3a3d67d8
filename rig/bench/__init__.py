"""The bench as its operator thinks of it: plugs, cards, mains, and whether it can be trusted."""

from rig.bench.bench import Bench
from rig.bench.cards import Card, Cards
from rig.bench.checkup import DeviceReport
from rig.bench.faults import Quarantine
from rig.bench.modem import BenchModem
from rig.bench.plug import Plug
from rig.bench.world import VirtualWorld

__all__ = [
    "Bench",
    "BenchModem",
    "Card",
    "Cards",
    "DeviceReport",
    "Plug",
    "Quarantine",
    "VirtualWorld",
]
