"""Meter of an EVSE: a register in Wh that is the integral of power over lab time."""

from __future__ import annotations

import asyncio
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

    Attributes:
        load_changed: set at the next change of the load; then there is another one.
    """

    def __init__(self, now: Callable[[], float], wh: float, phases: int) -> None:
        self._now = now
        self._wh = wh
        self.phases = phases
        self._current_a = 0.0
        self._loaded = phases
        self._since = now()
        self.load_changed = asyncio.Event()

    def load(self, current_a: float, phases: int | None = None) -> None:
        """From now on this current flows in so many phases, in all by default."""
        self._wh, self._since = self.wh, self._now()
        self._current_a = current_a
        self._loaded = self.phases if phases is None else min(phases, self.phases)
        self.load_changed.set()
        self.load_changed = asyncio.Event()

    @property
    def draws(self) -> tuple[float, int]:
        """Current per phase, and in how many phases."""
        return self._current_a, self._loaded

    @property
    def power_w(self) -> float:
        """Active power of all phases."""
        return self._current_a * VOLTAGE_V * self._loaded

    @property
    def wh(self) -> float:
        """Reading of the register; never goes back."""
        return self._wh + self.power_w * max(0.0, self._now() - self._since) / 3600

    def seconds_until(self, wh: float) -> float | None:
        """Lab seconds until the register has reached a reading; None if it never will."""
        missing_wh = wh - self.wh
        if missing_wh <= 0:
            return 0.0
        return missing_wh * 3600 / self.power_w if self.power_w > 0 else None

    def sample(
        self, measurands: Sequence[str], context: str, offered_a: float, interval_wh: int
    ) -> list[Json]:
        """Sampled values as on the wire.

        Args:
            measurands: names, with a phase where only that one counts.
            context: of the reading.
            offered_a: per phase.
            interval_wh: energy since the sample before this one.
        """
        return [self._value(name, context, offered_a, interval_wh) for name in measurands]

    def _value(self, measurand: str, context: str, offered_a: float, interval_wh: int) -> Json:
        name, _, phase = measurand.partition(".L")
        value, unit = {
            "Energy.Active.Import.Register": (round(self.wh), "Wh"),
            "Energy.Active.Import.Interval": (interval_wh, "Wh"),
            "Power.Active.Import": (round(self.power_w, 1), "W"),
            "Power.Offered": (round(offered_a * VOLTAGE_V * self.phases, 1), "W"),
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
