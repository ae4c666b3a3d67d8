"""Tester plugs: pilot, proximity, faults, load.

Source: IEC 61851-1 annexes A and B; SAE J1772.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from drivers.ports.device import Device


class CpState(StrEnum):
    """Control pilot state, IEC 61851-1 annex A."""

    A = "A"  # no vehicle
    B = "B"  # vehicle connected, not ready
    C = "C"  # vehicle ready, no ventilation
    D = "D"  # vehicle ready, ventilation required
    E = "E"  # fault: CP short to PE
    F = "F"  # EVSE not available


class CableCode(StrEnum):
    """Current that a Type 2 cable carries, told by its proximity resistor, IEC 61851-1 annex B."""

    A13 = "13A"
    A20 = "20A"
    A32 = "32A"
    A63 = "63A"


class PlugFault(StrEnum):
    """A fault that a tester plug can put between itself and the station."""

    CP_PE_SHORT = "cp-pe-short"  # before the diode: state E
    CP_PE_SHORT_AFTER_DIODE = "cp-pe-short-after-diode"  # many hand testers' "E": not a clean one
    DIODE_SHORT = "diode-short"  # seen by the station with PWM only
    PE_OPEN = "pe-open"  # of pilot and proximity; the load keeps its protective conductor
    CP_OPEN = "cp-open"  # the EV side is gone, the plug still in the station
    PP_OPEN = "pp-open"
    PP_SHORT = "pp-short"


class Latch(StrEnum):
    """What the proximity line of a Type 1 connector tells about it, SAE J1772."""

    ABSENT = "absent"
    LATCHED = "latched"
    PRESSED = "button pressed"  # S3 is open


@dataclass(frozen=True, slots=True)
class PilotMeasurement:
    """What a tester plug with instruments of its own measures; None is not measured.

    Attributes:
        cp_high_v, cp_low_v: levels of the pilot; equal without PWM.
        duty_percent: of the PWM, None without.
        frequency_hz: of the PWM, None without.
        pp_v: at the proximity contact.
        voltages_v: L1 to L3 against neutral.
        currents_a: taken by the load, L1 to L3.
    """

    cp_high_v: float
    cp_low_v: float
    duty_percent: float | None = None
    frequency_hz: float | None = None
    pp_v: float | None = None
    voltages_v: tuple[float, ...] = ()
    currents_a: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds of many like events: the last, least, median and most."""

    last_ms: float
    least_ms: float
    median_ms: float
    most_ms: float


@dataclass(frozen=True, slots=True)
class PlugTiming:
    """How fast a plug obeys.

    Attributes:
        moves: how many switchings the numbers are of.
        readback: from the request to the read-back.
        pilot: from the request to the new state at the pilot; None where nobody measures it.
    """

    moves: int
    readback: Spread
    pilot: Spread | None


@dataclass(frozen=True, slots=True)
class PlugReading:
    """What a tester plug knows about itself and the station.

    Attributes:
        cp_state: state that the plug's circuit presents (A to E).
        cable_in_station: proximity contact made at the station's socket.
        voltage_present: mains voltage at the plug, i.e. the station's contactor is closed;
            None where the plug has no such input.
        plug_locked: feedback of the station's socket lock; None where not wired.
        cable: proximity code that is presented, None without.
        fault: that is put in now.
        load_phases: phases with a load, 0 to 3.
        latch: Type 1 only, None where not wired.
        measured: by the plug's own instruments.
        timing: since the plug was entered, None before it moved.
    """

    cp_state: CpState
    cable_in_station: bool
    voltage_present: bool | None
    plug_locked: bool | None
    cable: CableCode | None = None
    fault: PlugFault | None = None
    load_phases: int = 0
    latch: Latch | None = None
    measured: PilotMeasurement | None = None
    timing: PlugTiming | None = None


@runtime_checkable
class EvseTester(Device, Protocol):
    """Tester plug that plays cable and EV towards one connector of the station."""

    plug_type: str

    @property
    def cp_state(self) -> CpState:
        """State that it presents."""
        ...

    @property
    def known(self) -> PlugReading:
        """As last seen, by whatever order or look was the last; asks no device."""
        ...

    async def plug_in(self, cable: CableCode | None = None) -> None:
        """Cable into the station, EV connected: proximity made, CP A to B.

        Args:
            cable: what the cable carries; None for what the bench file says.
        """
        ...

    async def plug_in_station(self, cable: CableCode | None = None) -> None:
        """Cable into the station only: proximity made, CP stays A.

        Args:
            cable: as for `plug_in`.
        """
        ...

    async def request_energy(self, *, ventilation: bool = False) -> None:
        """EV closes S2: CP B to C, or to D where it needs ventilation."""
        ...

    async def stop_energy(self) -> None:
        """EV opens S2: CP C to B."""
        ...

    async def unplug_ev(self) -> None:
        """EV side out: CP to A, the plug stays in the station's socket."""
        ...

    async def unplug_station(self) -> None:
        """Plug out of the station's socket: proximity open."""
        ...

    async def unplug(self) -> None:
        """Both sides out, in the safe order: load, S2, CP, proximity."""
        ...

    async def press_button(self, pressed: bool) -> None:
        """Press or let go the release button of a Type 1 connector; pressing stops charging."""
        ...

    async def inject(self, fault: PlugFault, at_most_s: float) -> None:
        """Put a fault in. It is taken out after `at_most_s` real seconds at the latest."""
        ...

    async def clear_fault(self) -> None:
        """Take the fault out; nothing to do without one."""
        ...

    async def set_load(self, phases: int) -> None:
        """Have 0 to 3 phases of the load on."""
        ...

    async def read(self) -> PlugReading:
        """Present state of the plug and what it sees of the station."""
        ...
