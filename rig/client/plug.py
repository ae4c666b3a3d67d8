"""What the API tells of a tester plug."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class MoveTimes:
    """Milliseconds from an order to its effect: the last, least, median and most."""

    last_ms: float
    least_ms: float
    median_ms: float
    most_ms: float


@dataclasses.dataclass(frozen=True, slots=True)
class PilotInfo:
    """What a plug with instruments measures; None is not measured.

    `offered_current_a` is what the duty cycle offers per phase.
    """

    cp_high_v: float
    cp_low_v: float
    duty_percent: float | None
    frequency_hz: float | None
    offered_current_a: float | None
    pp_v: float | None
    voltages_v: tuple[float, ...]
    currents_a: tuple[float, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class PlugInfo:
    """A tester plug.

    `cp_state` is A to F; None where the plug has no such input. `moves` is how many switchings
    the times are of.
    """

    name: str
    connector_id: int
    plug_type: str
    cp_state: str
    cable_in_station: bool
    voltage_present: bool | None
    plug_locked: bool | None
    cable: str | None = None
    fault: str | None = None
    load_phases: int = 0
    latch: str | None = None
    measured: PilotInfo | None = None
    moves: int = 0
    readback: MoveTimes | None = None
    pilot: MoveTimes | None = None
