"""Simulated tester plugs: relays with a watchdog board, and a tester with its own controller."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from drivers.evse_tester.circuit import PlugCircuit
from drivers.evse_tester.register_circuit import RegisterCircuit
from drivers.evse_tester.relay_circuit import Contact, PlugWiring, RelayCircuit
from drivers.evse_tester.timings import PlugTimings
from drivers.relay.addresses import TcpAddress
from drivers.relay.board import RelayBoard
from drivers.relay.dialects import DIALECTS
from drivers.relay.modbus_bus import ModbusBus
from drivers.serial_link import SerialSettings
from tests.contract.evse_tester_contract import FAST, Seen
from tests.contract.opponents import MockProcess, running_mock
from tests.unit.drivers.fake_board import Notes
from tests.unit.drivers.plug_bench import CABLES, COIL, COILS, INPUTS

TIMEOUT_S = 0.3
RELAYS, WATCHDOG = 1, 2
"""Units on the line of a relay plug."""
FAULT_ROLES = (None, "e_hard", "e_soft", "diode", "pe", "cp open", "pp open", "pp_short")
EV_ROLES: tuple[set[str], ...] = (set(), {"cp"}, {"cp", "s2c"}, {"cp", "s2d"})


def seen(roles: set[str]) -> Seen:
    """What a station would see of contacts that are away from rest."""
    codes = [f"{role[2:]}A" for role in roles if role[2:].isdigit()]
    pp = "short" if "pp_short" in roles else codes[0] if codes else "open"
    cp = "D" if "s2d" in roles else "C" if "s2c" in roles else "B"
    if "e_soft" in roles:
        cp = "e"
    if "cp" not in roles:
        cp = "A"
    if "e_hard" in roles:
        cp = "E"
    if "pe" in roles:
        cp, pp = "A", "open"
    load = len(roles & {"load1", "load2", "load3"})
    return Seen(cp, pp, load, diode="diode" not in roles)


@dataclass
class RegisterTester:
    """The mock of a tester with its own controller, on one of its faces."""

    mock: MockProcess
    face: str
    plug_type: str = "type2"
    loads: int = 3
    plays_station: bool = True
    complete: bool = True
    timings: PlugTimings = FAST

    @property
    def address(self) -> SerialSettings | TcpAddress:
        return self.mock.rtu if self.face == "rtu" else self.mock.tcp

    def circuit(self, *, watchdog_s: float = 5.0) -> PlugCircuit:
        bus = ModbusBus(self.address, timeout_s=TIMEOUT_S)
        return RegisterCircuit("plug-1", bus, 1, plug_type=self.plug_type, watchdog_s=watchdog_s)

    async def seen(self) -> Seen:
        ev, cable, fault, load, button = cast("list[int]", await self.mock.control("contacts"))
        roles = {*EV_ROLES[ev], f"pp{cable}", *(f"load{n + 1}" for n in range(load))}
        name = FAULT_ROLES[fault]
        if name in ("pp open", "pp_short"):
            roles.discard(f"pp{cable}")
        if name == "cp open":
            roles.discard("cp")
        if name is not None:
            roles.add(name)
        if button:
            roles.add("button")
        return seen(roles - {"pp0"})

    async def energise(self, on: bool) -> None:
        await self.mock.control("socket", contactor=on)

    async def lid(self, is_open: bool) -> None:
        await self.mock.control("tester", name="lid_open", on=is_open)


class OwnBoards(RelayCircuit):
    """A relay circuit that opens and closes its boards by itself, as the bench does elsewhere."""

    def __init__(self, boards: list[RelayBoard], wiring: PlugWiring) -> None:
        super().__init__("plug-1", wiring)
        self._boards = boards

    async def enter(self) -> None:
        for board in self._boards:
            await board.__aenter__()
        await super().enter()

    async def leave(self) -> None:
        for board in self._boards:
            await board.__aexit__(None, None, None)


@dataclass
class RelayTester:
    """Two boards of different makes on one line: 16 relays, and 6 with a watchdog and inputs."""

    mock: MockProcess
    face: str
    plug_type: str = "type2"
    loads: int = 3
    plays_station: bool = True
    complete: bool = True
    timings: PlugTimings = FAST

    @property
    def address(self) -> SerialSettings | TcpAddress:
        return self.mock.rtu if self.face == "rtu" else self.mock.tcp

    def circuit(self) -> PlugCircuit:
        bus = ModbusBus(self.address, timeout_s=TIMEOUT_S)
        relays = RelayBoard("relays", bus, RELAYS, DIALECTS["waveshare-16"], observe=Notes())
        watch = RelayBoard("watchdog", bus, WATCHDOG, DIALECTS["wirenboard-6"], observe=Notes())
        coils = {role: Contact(relays, n) for role, n in COILS.items()}
        wiring = PlugWiring(
            {**coils, "enable": Contact(watch, 0)},
            {code: Contact(relays, n) for code, n in CABLES.items()},
            {role: Contact(watch, n) for role, n in INPUTS.items()},
        )
        return OwnBoards([relays, watch], wiring)

    async def seen(self) -> Seen:
        coils = await self.mock.coils(RELAYS)
        roles = {role for role, n in COIL.items() if coils[n]}
        if not (await self.mock.coils(WATCHDOG))[0]:
            roles -= {"load1", "load2", "load3", "e_hard", "e_soft", "diode"}
        return seen(roles)

    async def energise(self, on: bool) -> None:
        await self._input("voltage", on)

    async def lid(self, is_open: bool) -> None:
        await self._input("lid_open", is_open)

    async def _input(self, name: str, on: bool) -> None:
        await self.mock.control("set_input", number=INPUTS[name], closed=on, unit=WATCHDOG)


@contextmanager
def register_tester(face: str, plug_type: str = "type2") -> Iterator[RegisterTester]:
    """Start a tester with its own controller."""
    with running_mock("evse-tester", "--type", plug_type) as mock:
        yield RegisterTester(mock, face, plug_type)


@contextmanager
def relay_tester(face: str) -> Iterator[RelayTester]:
    """Start the boards of a plug switched by relays."""
    units = (f"{RELAYS}:waveshare-16", f"{WATCHDOG}:wirenboard-6")
    with running_mock("relay-board", "--unit", units[0], "--unit", units[1]) as mock:
        yield RelayTester(mock, face)
