"""A tester plug's circuit switched by the relays of a board.

Every relay at rest is "unplugged": pilot open, S2 open, no proximity resistor, protective
conductor of the pilot closed (normally closed contact), no load.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from drivers.errors import NotSupported, ReadbackMismatch
from drivers.evse_tester.circuit import AT_REST, S2, Positions, Senses
from drivers.ports import CableCode, Latch, PlugFault, RelayBoardPort

FAULT_COILS = {
    PlugFault.CP_PE_SHORT: "e_hard",
    PlugFault.CP_PE_SHORT_AFTER_DIODE: "e_soft",
    PlugFault.DIODE_SHORT: "diode",
    PlugFault.PE_OPEN: "pe",
    PlugFault.PP_SHORT: "pp_short",
}
HIDING = (PlugFault.CP_OPEN, PlugFault.PP_OPEN, PlugFault.PP_SHORT)
"""Faults that open a relay which belongs to the position underneath: it is remembered."""
ENABLED = (PlugFault.CP_PE_SHORT, PlugFault.CP_PE_SHORT_AFTER_DIODE, PlugFault.DIODE_SHORT)
"""Faults whose relays get their supply through ENABLE, as those of the load do."""
LOADS = ("load1", "load2", "load3")
RELEASE_ORDER = (*LOADS, "s2c", "s2d", "cp", *FAULT_COILS.values())


class Contact(NamedTuple):
    """A coil or input: which board, and its number there."""

    board: RelayBoardPort
    number: int


@dataclass(frozen=True, slots=True)
class PlugWiring:
    """Where a plug's circuit is connected; usually all on one board.

    Attributes:
        coils: coil by role: cp, s2c; and as far as wired s2d, e_hard, e_soft, diode, pe,
            pp_short, load1 to load3, enable, button.
        cables: coil by proximity code; empty for a fixed cable.
        inputs: discrete input by role: voltage, locked, lid_open, emergency_stop, too_hot,
            latched.
    """

    coils: Mapping[str, Contact]
    cables: Mapping[CableCode, Contact] = field(default_factory=dict)
    inputs: Mapping[str, Contact] = field(default_factory=dict)


class RelayCircuit:
    """`PlugCircuit` on relay boards that are entered already.

    Args:
        name: of the plug on the bench.
        wiring: coils and inputs.
        break_s: real seconds between opening one relay and closing another.
    """

    measures_pilot = False

    def __init__(self, name: str, wiring: PlugWiring, *, break_s: float = 0.02) -> None:
        self.name = name
        self._wiring = wiring
        self._break_s = break_s
        self._hidden = AT_REST  # positions that a fault hides
        cables = {_pp(code): coil for code, coil in wiring.cables.items()}
        self._coils = {**wiring.coils, **cables}

    def lacks(self, wanted: Positions) -> str:
        """Which coil would have to be wired; "" when nothing is missing."""
        roles = [role for role in self._closed(wanted) if role not in self._coils]
        if wanted.fault in FAULT_COILS and FAULT_COILS[wanted.fault] not in self._coils:
            roles = [FAULT_COILS[wanted.fault]]
        if wanted.fault is PlugFault.PP_OPEN and not self._wiring.cables:
            return "has no proximity resistor that could be opened"
        return f"has no coil {roles[0]!r}" if roles else ""

    async def enter(self) -> None:
        """Take the relays as they are; those that must never be closed together are opened."""
        try:
            await self.positions()
        except ReadbackMismatch:
            await self.release()

    async def leave(self) -> None:
        """The board is left by whoever entered it."""

    async def positions(self) -> Positions:
        """Positions as the board reads back.

        Raises:
            ReadbackMismatch: relays are closed together that must never be.
        """
        closed = await self._read()
        hidden = self._hidden
        if hidden.fault is not None and closed == self._closed(hidden):
            return hidden
        found = self._understood(closed)
        if self._closed(found) != closed:
            together = ", ".join(sorted(closed))
            raise ReadbackMismatch(
                self.name, "its relays make no state", expected="a state", got=together
            )
        return found

    async def move(self, before: Positions, after: Positions) -> None:
        """Break, wait, make; one relay per frame, each read back by the board's driver."""
        was, will = self._closed(before), self._closed(after)
        opening = sorted(was - will, key=lambda role: (role == "enable", role))
        closing = sorted(will - was, key=lambda role: (role != "enable", role))
        self._hidden = AT_REST
        for role in opening:
            await self._switch(role, False)
        if opening and closing:
            await asyncio.sleep(self._break_s)
        for role in closing:
            await self._switch(role, True)
        if after.fault in HIDING:
            self._hidden = after

    async def sense(self) -> Senses:
        """What the wired inputs see.

        Raises:
            NotSupported: the board has no such input.
        """
        wired = self._wiring.inputs
        if not wired:
            return Senses()
        levels = {
            contact.board.name: await contact.board.read_inputs()
            for contact in _one_of_each_board(wired.values())
        }
        seen: dict[str, bool] = {}
        for role, (board, number) in wired.items():
            if number >= len(levels[board.name]):
                raise NotSupported(self.name, f"{board.name} has no input {number}")
            seen[role] = levels[board.name][number]
        latched = seen.get("latched")
        return Senses(
            voltage=seen.get("voltage"),
            locked=seen.get("locked"),
            lid_open=seen.get("lid_open"),
            emergency_stop=seen.get("emergency_stop"),
            too_hot=seen.get("too_hot"),
            latch=None if latched is None else Latch.LATCHED if latched else Latch.PRESSED,
        )

    async def release(self) -> None:
        """Open every closed relay in the safe order, also those that make no state."""
        self._hidden = AT_REST
        closed = await self._read()
        rest = [role for role in self._coils if role not in RELEASE_ORDER]
        for role in (*RELEASE_ORDER, *rest):
            if role in closed:
                await self._switch(role, False)

    async def _read(self) -> set[str]:
        """Roles of the closed relays."""
        coils = {
            contact.board.name: await contact.board.read_coils()
            for contact in _one_of_each_board(self._coils.values())
        }
        return {role for role, (board, n) in self._coils.items() if coils[board.name][n]}

    async def _switch(self, role: str, closed: bool) -> None:
        board, number = self._coils[role]
        await board.set_coil(number, closed)

    def _closed(self, positions: Positions) -> set[str]:
        """Relays that these positions close."""
        fault, loads = positions.fault, positions.load_phases
        roles = set(LOADS[:loads])
        if positions.cp and fault is not PlugFault.CP_OPEN:
            roles.add("cp")
        if positions.s2 is not S2.OPEN:
            roles.add("s2c" if positions.s2 is S2.CHARGE else "s2d")
        if positions.cable is not None and fault not in (PlugFault.PP_OPEN, PlugFault.PP_SHORT):
            roles.add(_pp(positions.cable))
        if fault in FAULT_COILS:
            roles.add(FAULT_COILS[fault])
        if positions.button:
            roles.add("button")
        if "enable" in self._coils and (loads or fault in ENABLED):
            roles.add("enable")
        return roles

    def _understood(self, closed: set[str]) -> Positions:
        """Positions that these relays make, or come nearest to."""
        faults = [fault for fault, role in FAULT_COILS.items() if role in closed]
        cables = [code for code in self._wiring.cables if _pp(code) in closed]
        return Positions(
            cp="cp" in closed,
            s2=S2.CHARGE if "s2c" in closed else S2.VENTILATE if "s2d" in closed else S2.OPEN,
            cable=cables[0] if cables else None,
            fault=faults[0] if faults else None,
            load_phases=sum(role in closed for role in LOADS),
            button="button" in closed,
        )


def _one_of_each_board(contacts: Iterable[Contact]) -> Iterable[Contact]:
    return {contact.board.name: contact for contact in contacts}.values()


def _pp(code: CableCode) -> str:
    return f"pp{code[:-1]}"
