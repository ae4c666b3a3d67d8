"""An electric vehicle at the end of the cable: battery, charge curve, and obedience to the pilot.

The battery takes all of its current up to a state of charge, then less and less until it is full. A
full vehicle opens S2. Source: IEC 61851-1 annex A (current by duty cycle); the curve is ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

VOLTAGE_V = 230.0
TAPER_FROM_PERCENT = 80.0
LEAST_SHARE = 0.1
"""Of the full current, just before the battery is full."""
STEP_PERCENT = 1.0
"""The current is constant for so much state of charge."""


@dataclass(frozen=True, slots=True)
class Vehicle:
    """What a vehicle is like.

    Attributes:
        battery_wh: capacity.
        max_current_a: per phase.
        phases: that its charger uses.
        efficiency: of the charger.

    Raises:
        ValueError: there is no such vehicle.
    """

    battery_wh: float = 60_000.0
    max_current_a: float = 16.0
    phases: int = 3
    efficiency: float = 0.9

    def __post_init__(self) -> None:
        if not (self.battery_wh > 0 and 6 <= self.max_current_a <= 80 and self.phases in (1, 2, 3)):
            raise ValueError("battery_wh is positive, max_current_a 6 to 80, phases 1, 2 or 3")


def offered_current_a(duty_percent: float | None) -> float:
    """Current that a duty cycle offers per phase; 0 without PWM or outside the table."""
    duty = duty_percent or 0.0
    if not 8.0 <= duty <= 97.0:
        return 0.0
    if duty <= 85.0:
        return max(6.0, duty * 0.6)
    return min(80.0, (duty - 64.0) * 2.5)


class Battery:
    """State of charge over lab time.

    Args:
        vehicle: what it is in.
        now: lab seconds.
        soc_percent: at the beginning.

    Attributes:
        fed: phases in which its current flows.

    Raises:
        ValueError: no state of charge.
    """

    def __init__(
        self, vehicle: Vehicle, now: Callable[[], float], soc_percent: float = 20.0
    ) -> None:
        if not 0 <= soc_percent <= 100:
            raise ValueError(f"soc is 0 to 100 %, not {soc_percent}")
        self.vehicle = vehicle
        self._now = now
        self._soc = soc_percent
        self._since = now()
        self._current_a = 0.0
        self.fed = vehicle.phases

    @property
    def soc_percent(self) -> float:
        """State of charge now."""
        hours = max(0.0, self._now() - self._since) / 3600
        return min(100.0, self._soc + hours * self._percent_per_hour)

    @property
    def is_full(self) -> bool:
        """Whether it wants no more."""
        return self.soc_percent >= 100.0 - 1e-6

    @property
    def _percent_per_hour(self) -> float:
        vehicle = self.vehicle
        power_w = self._current_a * VOLTAGE_V * self.fed * vehicle.efficiency
        return 100 * power_w / vehicle.battery_wh

    def feed(self, offered_a: float, phases: int = 3) -> float:
        """Current per phase that it takes from now on; what flowed until now is in the battery.

        Args:
            offered_a: per phase.
            phases: that the station feeds; the vehicle may use fewer.
        """
        self._soc, self._since = self.soc_percent, self._now()
        self.fed = min(self.vehicle.phases, phases)
        self._current_a = 0.0 if offered_a < 6.0 else min(offered_a, self.wants_a)
        return self._current_a

    @property
    def wants_a(self) -> float:
        """Current per phase that it would take."""
        if self.is_full:
            return 0.0
        steps = (self.soc_percent - TAPER_FROM_PERCENT) // STEP_PERCENT * STEP_PERCENT
        above = max(0.0, steps) / (100.0 - TAPER_FROM_PERCENT)
        return self.vehicle.max_current_a * max(LEAST_SHARE, 1.0 - above)

    @property
    def changes_in_s(self) -> float | None:
        """Lab seconds until it may want another current; None while nothing flows."""
        if self._percent_per_hour <= 0:
            return None
        soc = self.soc_percent
        following = max(TAPER_FROM_PERCENT, soc // STEP_PERCENT * STEP_PERCENT + STEP_PERCENT)
        return max(0.001, (min(100.0, following) - soc) / self._percent_per_hour * 3600)
