"""The ports of the bench: what each kind of device can do, whoever makes it.

Every port has a driver and a `Manual*` twin that asks the operator. Drivers report what they
did and saw to an `Observer`; the rig puts that on its time line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, Self, runtime_checkable

Scalar = None | bool | int | float | str


class Observer(Protocol):
    """Receives what a driver did or saw: kind "relay", "pilot", "input", "card" or "mains"."""

    def __call__(self, kind: str, source: str, data: Mapping[str, Scalar], /) -> None:
        """Take one observation. Must not block and must not raise."""


class CpState(StrEnum):
    """Control pilot state, IEC 61851-1 annex A."""

    A = "A"  # no vehicle
    B = "B"  # vehicle connected, not ready
    C = "C"  # vehicle ready, no ventilation
    D = "D"  # vehicle ready, ventilation required
    E = "E"  # fault: CP short to PE
    F = "F"  # EVSE not available


@dataclass(frozen=True, slots=True)
class PlugReading:
    """What a tester plug knows about itself and the station.

    Attributes:
        cp_state: state that the plug's circuit presents (A to E).
        cable_in_station: proximity contact made at the station's socket.
        voltage_present: mains voltage at the plug, i.e. the station's contactor is closed;
            None where the plug has no such input.
        plug_locked: feedback of the station's socket lock; None where not wired.
    """

    cp_state: CpState
    cable_in_station: bool
    voltage_present: bool | None
    plug_locked: bool | None


@runtime_checkable
class Device(Protocol):
    """Common life of every device. Entering proves that it answers; leaving makes it safe."""

    name: str

    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *exc: object) -> None: ...
    async def prove(self) -> str:
        """Ask the device for a sign of life; returns one line for the operator.

        Raises:
            DriverError: it does not answer as it should.
        """
        ...

    async def safe(self) -> None:
        """Reach the safe state and read it back."""
        ...


@runtime_checkable
class RelayBoardPort(Device, Protocol):
    """Relay board: coils counted from 0 (K1 is coil 0), discrete inputs from 0."""

    coil_count: int
    input_count: int

    async def set_coil(self, coil: int, closed: bool) -> None:
        """Switch one coil; returns once the board reads back the same."""
        ...

    async def set_coils(self, coils: Mapping[int, bool]) -> None:
        """Switch several coils in one frame where the board can; verified by read-back."""
        ...

    async def read_coils(self) -> tuple[bool, ...]:
        """State of every coil, True is closed."""
        ...

    async def read_inputs(self) -> tuple[bool, ...]:
        """State of every discrete input."""
        ...


@runtime_checkable
class EvseTester(Device, Protocol):
    """Tester plug that plays cable and EV towards one connector of the station."""

    plug_type: str
    cp_state: CpState

    async def plug_in(self) -> None:
        """Cable into the station, EV connected: proximity made, CP A to B."""
        ...

    async def request_energy(self) -> None:
        """EV closes S2: CP B to C."""
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
        """Both sides out, in the safe order: S2, CP, proximity."""
        ...

    async def read(self) -> PlugReading:
        """Present state of the plug and what it sees of the station."""
        ...


@runtime_checkable
class MainsSwitch(Device, Protocol):
    """Mains of the station under test. Safe state is on or off as the bench file says."""

    is_on: bool

    async def on(self) -> None:
        """Give power to the station."""
        ...

    async def off(self) -> None:
        """Take power from the station."""
        ...


@runtime_checkable
class CardPresenter(Device, Protocol):
    """Puts a test card in front of the station's reader. Safe state: no card presented."""

    async def present(self, card: str, hold_s: float) -> None:
        """Present the card named `card` for `hold_s` real seconds, then remove it.

        Raises:
            NotSupported: no such card on this presenter.
        """
        ...


@runtime_checkable
class Operator(Protocol):
    """A person (or who acts for one) who can do things by hand and answer questions."""

    async def ask(self, question: str, choices: Sequence[str], timeout_s: float) -> str:
        """Ask and return one of `choices`.

        Raises:
            OperatorUnavailable: nobody answered within `timeout_s` real seconds.
        """
        ...


class OperatorUnavailable(Exception):
    """Nobody answered a prompt in time."""
