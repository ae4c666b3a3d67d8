"""Meter of an EVSE: a register in Wh that is the integral of power over lab time."""

from __future__ import annotations

from collections.abc import Callable

from firmware_mocks.charging_station.sampled_values import VOLTAGE_V, Reading
from rig.ocppj.flag import Flag

EV_CURRENT_A = 16.0
"""What the emulated EV takes per phase, if it is offered that much."""


class Meter:
    """Register and instantaneous values.

    Args:
        now: lab seconds.
        wh: register reading.
        phases: 1 or 3.

    Attributes:
        is_out: it has failed.
        load_changed: set at the next change of the load; then there is another one.
    """

    __slots__ = (
        "_current_a",
        "_loaded",
        "_now",
        "_since",
        "_wh",
        "is_out",
        "load_changed",
        "phases",
    )  # fmt: skip

    def __init__(self, now: Callable[[], float], wh: float, phases: int) -> None:
        self._now = now
        self._wh = wh
        self.phases = phases
        self._current_a = 0.0
        self._loaded = phases
        self._since = now()
        self.is_out = False
        self.load_changed = Flag()

    def fail(self, out: bool) -> None:
        """Count nothing from now on, or count again; the register keeps what it has."""
        self._wh, self._since, self.is_out = self.wh, self._now(), out
        self._tell_change()

    def load(self, current_a: float, phases: int | None = None) -> None:
        """From now on this current flows in so many phases, in all by default."""
        self._wh, self._since = self.wh, self._now()
        self._current_a = current_a
        self._loaded = self.phases if phases is None else min(phases, self.phases)
        self._tell_change()

    def _tell_change(self) -> None:
        self.load_changed.set()
        self.load_changed = Flag()

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
        counted_s = 0.0 if self.is_out else max(0.0, self._now() - self._since)
        return self._wh + self.power_w * counted_s / 3600

    def seconds_until(self, wh: float) -> float | None:
        """Lab seconds until the register has reached a reading; None if it never will."""
        missing_wh = wh - self.wh
        if missing_wh <= 0:
            return 0.0
        counts = self.power_w > 0 and not self.is_out
        return missing_wh * 3600 / self.power_w if counts else None

    def reading(
        self, offer: tuple[float, int], interval_wh: int, soc_percent: float | None = None
    ) -> Reading:
        """What there is to read now; the arguments are what the meter does not know itself."""
        flows = self._current_a, self._loaded
        return Reading(self.wh, interval_wh, *flows, self.phases, *offer, soc_percent)
