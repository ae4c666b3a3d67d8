"""Meter of an EVSE: a register in Wh that is the integral of power over lab time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from firmware_mocks.charging_station.storage import Json

VOLTAGE_V = 230.0
EV_CURRENT_A = 16.0
"""What the emulated EV takes per phase, if it is offered that much."""


class Meter:
    """Register and instantaneous values.

    Args:
        now: lab seconds.
        wh: register reading.
        phases: 1 or 3.
    """

    def __init__(self, now: Callable[[], float], wh: float, phases: int) -> None:
        self._now = now
        self._wh = wh
        self._phases = phases
        self._current_a = 0.0
        self._since = now()

    def load(self, current_a: float) -> None:
        """From now on this current flows in each phase."""
        self._wh, self._since = self.wh, self._now()
        self._current_a = current_a

    @property
    def power_w(self) -> float:
        """Active power of all phases."""
        return self._current_a * VOLTAGE_V * self._phases

    @property
    def wh(self) -> float:
        """Reading of the register; never goes back."""
        return self._wh + self.power_w * max(0.0, self._now() - self._since) / 3600

    def sample(self, measurands: Sequence[str], context: str, offered_a: float) -> list[Json]:
        """Sampled values as on the wire."""
        return [self._value(name, context, offered_a) for name in measurands]

    def _value(self, measurand: str, context: str, offered_a: float) -> Json:
        name, _, phase = measurand.partition(".L")
        value, unit = {
            "Energy.Active.Import.Register": (round(self.wh), "Wh"),
            "Energy.Active.Import.Interval": (0, "Wh"),
            "Power.Active.Import": (round(self.power_w, 1), "W"),
            "Power.Offered": (round(offered_a * VOLTAGE_V * self._phases, 1), "W"),
            "Current.Import": (round(self._current_a, 1), "A"),
            "Current.Offered": (round(offered_a, 1), "A"),
            "Voltage": (VOLTAGE_V, "V"),
            "Frequency": (50.0, ""),
        }[name]
        item: dict[str, Json] = {"value": str(value), "context": context, "measurand": name}
        if phase:
            item["phase"] = f"L{phase}"
        if unit:
            item["unit"] = unit
        return item
