"""What an EVSE can measure, and how a reading is written into a message.

On three phases current and voltage come per phase, power as a sum and per phase; a suffix such as
`Current.Import.L2` selects one phase.

Source: OCPP 1.6, 7.28 (Measurand), 7.34 (Phase), 7.47 (UnitOfMeasure); station behaviour 8.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from firmware_mocks.charging_station.storage import Json

VOLTAGE_V = 230.0
IDLE_TEMPERATURE_C, TEMPERATURE_PER_A = 25.0, 0.5

UNITS = {
    "Energy.Active.Import.Register": "Wh",
    "Energy.Active.Import.Interval": "Wh",
    "Power.Active.Import": "W",
    "Power.Offered": "W",
    "Power.Factor": "",
    "Current.Import": "A",
    "Current.Offered": "A",
    "Voltage": "V",
    "Frequency": "",
    "Temperature": "Celcius",  # sic: what the schema had first, and readers know
    "SoC": "Percent",
}
PER_PHASE = ("Power.Active.Import", "Current.Import", "Voltage")
"""Measurands that a suffix may narrow to a phase."""
_NAME = re.compile(f"({'|'.join(map(re.escape, PER_PHASE))})\\.L([123])")


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything at one instant.

    Attributes:
        wh: the register.
        interval_wh: since the sample before.
        current_a: in each phase that carries any.
        loaded: how many do.
        phases: of the supply.
        offered_a: per phase.
        soc_percent: of the EV's battery, if it tells.
    """

    wh: float
    interval_wh: int
    current_a: float
    loaded: int
    phases: int
    offered_a: float
    soc_percent: float | None = None

    def values(self, measurands: Sequence[str], context: str) -> list[Json]:
        """Sampled values as on the wire; nothing for what is not known."""
        return [item for name in measurands for item in self._items(name, context)]

    def _items(self, measurand: str, context: str) -> Iterator[Json]:
        match = _NAME.fullmatch(measurand)
        name, only = (match[1], int(match[2])) if match else (measurand, None)
        if only is None and (name not in PER_PHASE or name == "Power.Active.Import"):
            value = self._whole(name)
            if value is not None:
                yield _item(name, context, value)
        if name not in PER_PHASE or (name == "Power.Active.Import" and self.phases == 1):
            return
        for phase in range(1, self.phases + 1):
            if only in (None, phase):
                yield _item(name, context, self._in_phase(name, phase), phase)

    def _whole(self, name: str) -> float | None:
        watts = self.current_a * VOLTAGE_V * self.loaded
        return {
            "Energy.Active.Import.Register": round(self.wh),
            "Energy.Active.Import.Interval": self.interval_wh,
            "Power.Active.Import": round(watts, 1),
            "Power.Offered": round(self.offered_a * VOLTAGE_V * self.phases, 1),
            "Power.Factor": 1.0,
            "Current.Offered": round(self.offered_a, 1),
            "Frequency": 50.0,
            "Temperature": round(IDLE_TEMPERATURE_C + TEMPERATURE_PER_A * self.current_a, 1),
            "SoC": self.soc_percent,
        }[name]

    def _in_phase(self, name: str, phase: int) -> float:
        amperes = self.current_a if phase <= self.loaded else 0.0
        if name == "Voltage":
            return VOLTAGE_V
        return round(amperes if name == "Current.Import" else amperes * VOLTAGE_V, 1)


def _item(name: str, context: str, value: float, phase: int | None = None) -> Json:
    item: dict[str, Json] = {"value": str(value), "context": context, "measurand": name}
    if phase is not None:
        item["phase"] = f"L{phase}-N" if name == "Voltage" else f"L{phase}"
    if UNITS[name]:
        item["unit"] = UNITS[name]
    return item


def measurands_of(phases: int, *, soc: bool) -> list[str]:
    """Names that a list of measurands may have on this station.

    Args:
        phases: of the supply.
        soc: the EV tells its state of charge.
    """
    names = [name for name in UNITS if soc or name != "SoC"]
    return [*names, *(f"{n}.L{p}" for n in PER_PHASE for p in range(1, phases + 1))]


def joined(text: str, allowed: Iterable[str], most: int) -> str:
    """Normal form of a list of measurands.

    Raises:
        ValueError: one that is not allowed, or more than `most`.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    if len(names) > most or not set(names) <= set(allowed):
        raise ValueError(text)
    return ",".join(names)
