"""What passes between station and plug as electricity: pilot, proximity, contactor, lock.

Source: IEC 61851-1 annex A (control pilot), annex B (proximity).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Generator(StrEnum):
    """Pilot generator of the station."""

    STEADY = "steady"  # +12 V DC: X1
    PWM = "pwm"  # 1 kHz, +-12 V: X2
    FAULT = "fault"  # -12 V DC: F
    OFF = "off"  # no supply


@dataclass(frozen=True, slots=True)
class PilotSignal:
    """What the station puts on the pilot line; `duty_percent` with PWM only."""

    generator: Generator
    duty_percent: float | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """What each phase draws at the end of the cable while there is voltage.

    `soc_percent` is what an EV tells about its battery where pilot and cable carry data
    (ISO 15118); None for resistors.
    """

    current_a: float
    phases: int
    soc_percent: float | None = None


@dataclass(frozen=True, slots=True)
class PlugInputs:
    """What a connector of the station measures.

    Attributes:
        cp_high_v: upper level of the pilot.
        cp_low_v: lower level; equal to the upper one without PWM.
        pp_ohm: resistance between PP and PE, None when open.
        load: what draws current; None for an EV without a model, which takes what it is offered.
    """

    cp_high_v: float
    cp_low_v: float
    pp_ohm: float | None
    load: Load | None = None


@dataclass(frozen=True, slots=True)
class ConnectorOutputs:
    """What a connector of the station does to the world; `phases` are those that it feeds."""

    pilot: PilotSignal
    contactor_closed: bool
    plug_locked: bool
    phases: int = 3


UNPOWERED = ConnectorOutputs(PilotSignal(Generator.OFF), False, False)


class StationSockets(Protocol):
    """The electrical side of a station, as the cables see it."""

    connector_ids: tuple[int, ...]

    def apply_plug(self, connector_id: int, inputs: PlugInputs) -> None:
        """New values at the connector."""

    def present_card(self, connector_id: int, id_tag: str) -> None:
        """A card at the reader of this connector."""

    def set_power(self, on: bool) -> None:
        """Mains of the station."""

    def set_network(self, up: bool) -> None:
        """The way to the Central System: a cable, cut or whole."""

    def outputs(self, connector_id: int) -> ConnectorOutputs:
        """What the connector does now."""
        ...

    def on_outputs(self, listener: Callable[[int, ConnectorOutputs], None]) -> None:
        """Call `listener` with every change."""
