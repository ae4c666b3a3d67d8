"""The circuit of a tester plug: its positions, what it senses, and who can switch it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from drivers.ports import CableCode, CpState, Latch, PilotMeasurement, PlugFault


class S2(StrEnum):
    """The EV's switch S2: which resistor is in parallel to 2.74 kOhm."""

    OPEN = "open"
    CHARGE = "1.3 kOhm"  # state C
    VENTILATE = "270 Ohm"  # state D


@dataclass(frozen=True, slots=True)
class Positions:
    """Where every contact of a plug is. The default is the safe state: all at rest.

    Attributes:
        cp: the pilot line is connected to the EV's network.
        s2: of the EV.
        cable: proximity resistor that is connected; None also where the plug has none.
        fault: that is put in.
        load_phases: phases with a load.
        button: the release button of a Type 1 connector is pressed.
    """

    cp: bool = False
    s2: S2 = S2.OPEN
    cable: CableCode | None = None
    fault: PlugFault | None = None
    load_phases: int = 0
    button: bool = False

    @property
    def cp_state(self) -> CpState:
        """State that the station should see, if its generator runs."""
        if self.fault in (PlugFault.CP_PE_SHORT, PlugFault.CP_PE_SHORT_AFTER_DIODE):
            return CpState.E
        if not self.cp or self.fault in (PlugFault.CP_OPEN, PlugFault.PE_OPEN):
            return CpState.A
        return {S2.OPEN: CpState.B, S2.CHARGE: CpState.C, S2.VENTILATE: CpState.D}[self.s2]


AT_REST = Positions()


@dataclass(frozen=True, slots=True)
class Senses:
    """What a plug's inputs see; None where not wired.

    Attributes:
        voltage: mains at the plug.
        locked: the station's socket holds the plug.
        lid_open, emergency_stop, too_hot: of the tester; each forbids a load.
        latch: of a Type 1 connector.
        measured: by instruments.
    """

    voltage: bool | None = None
    locked: bool | None = None
    lid_open: bool | None = None
    emergency_stop: bool | None = None
    too_hot: bool | None = None
    latch: Latch | None = None
    measured: PilotMeasurement | None = None

    @property
    def against_load(self) -> str:
        """Why no load may be on, as far as the tester itself knows; "" for no reason."""
        if self.emergency_stop:
            return "the emergency stop is pressed"
        if self.lid_open:
            return "the lid of the tester is open"
        return "the tester is too hot" if self.too_hot else ""


class PlugCircuit(Protocol):
    """What switches a plug: relays, or a tester's own controller.

    Attributes:
        name: of the plug on the bench.
        measures_pilot: `sense` tells levels of the pilot.
    """

    name: str
    measures_pilot: bool

    def lacks(self, wanted: Positions) -> str:
        """What would have to be wired for these positions; "" when nothing is missing."""
        ...

    async def enter(self) -> None:
        """Connect, prove that it answers, and bring contacts that make no state to rest."""
        ...

    async def leave(self) -> None:
        """Disconnect; the plug is at rest."""
        ...

    async def positions(self) -> Positions:
        """Where the contacts are, from the device.

        Raises:
            DriverError: no answer, or contacts that must never be closed together.
        """
        ...

    async def move(self, before: Positions, after: Positions) -> None:
        """Switch one contact, or one choice of the proximity; returns once it reads back."""
        ...

    async def sense(self) -> Senses:
        """What the inputs see now."""
        ...

    async def release(self) -> None:
        """All at rest, whatever the positions are; read back."""
        ...
