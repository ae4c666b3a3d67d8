"""Relay boards, mains and network: what opens and closes contacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from drivers.ports.device import Device


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
class PulsingBoard(Protocol):
    """What some relay boards can do besides: close a coil and open it by their own clock."""

    async def pulse(self, coil: int, seconds: float) -> None:
        """Returns when the coil is open again; read back at both ends. Real seconds.

        Raises:
            NotSupported: this board cannot, or not for so long.
        """
        ...


@runtime_checkable
class StationSwitch(Device, Protocol):
    """Mains or network of the station under test. Safe state is as its driver was told."""

    is_on: bool

    async def on(self) -> None:
        """Give it to the station."""
        ...

    async def off(self) -> None:
        """Take it from the station."""
        ...
