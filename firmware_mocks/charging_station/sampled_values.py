"""What an EVSE can measure, and how a reading is written into a message.

On three phases current and voltage come per phase, power as a sum and per phase; a suffix such as
`Current.Import.L2` selects one phase.

Source: OCPP 1.6, 7.28 (Measurand), 7.34 (Phase), 7.47 (UnitOfMeasure); station behaviour 8.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

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


class Reading(NamedTuple):
    """Everything at one instant.

    Attributes:
        wh: the register.
        interval_wh: since the sample before.
        current_a: in each phase that carries any.
        loaded: how many do.
        phases: of the supply.
        offered_a: per phase.
        offered: phases that are offered it.
        soc_percent: of the EV's battery, if it tells.
    """

    wh: float
    interval_wh: int
    current_a: float
    loaded: int
    phases: int
    offered_a: float
    offered: int
    soc_percent: float | None = None

    def values(self, measurands: tuple[str, ...], context: str) -> list[Json]:
        """Sampled values as on the wire; nothing for what is not known."""
        return [
            {"value": str(value), **rest}
            for read, rest in _columns(measurands, context, self.phases)
            if (value := read(self)) is not None
        ]


Read = Callable[[Reading], float | None]
Column = tuple[Read, dict[str, Json]]
"""How to read a value, and what goes beside it into a sampled value."""

WHOLE: Mapping[str, Read] = {
    "Energy.Active.Import.Register": lambda r: round(r.wh),
    "Energy.Active.Import.Interval": lambda r: r.interval_wh,
    "Power.Active.Import": lambda r: round(r.current_a * VOLTAGE_V * r.loaded, 1),
    "Power.Offered": lambda r: round(r.offered_a * VOLTAGE_V * r.offered, 1),
    "Power.Factor": lambda _: 1.0,
    "Current.Offered": lambda r: round(r.offered_a, 1),
    "Frequency": lambda _: 50.0,
    "Temperature": lambda r: round(IDLE_TEMPERATURE_C + TEMPERATURE_PER_A * r.current_a, 1),
    "SoC": lambda r: r.soc_percent,
}


def _in_phase(name: str, phase: int) -> Read:
    if name == "Voltage":
        return lambda _: VOLTAGE_V
    factor = 1.0 if name == "Current.Import" else VOLTAGE_V
    return lambda r: round(r.current_a * factor, 1) if phase <= r.loaded else 0.0


@lru_cache(maxsize=256)
def _columns(measurands: tuple[str, ...], context: str, phases: int) -> tuple[Column, ...]:
    """The same for every sample, so made once for a list of measurands."""
    return tuple(column for name in measurands for column in _of(name, context, phases))


def _of(measurand: str, context: str, phases: int) -> Iterator[Column]:
    match = _NAME.fullmatch(measurand)
    name, only = (match[1], int(match[2])) if match else (measurand, None)
    if only is None and name in WHOLE:
        yield WHOLE[name], _beside(name, context)
    if name not in PER_PHASE or (name == "Power.Active.Import" and phases == 1):
        return
    for phase in range(1, phases + 1):
        if only in (None, phase):
            yield _in_phase(name, phase), _beside(name, context, phase)


def _beside(name: str, context: str, phase: int | None = None) -> dict[str, Json]:
    rest: dict[str, Json] = {"context": context, "measurand": name}
    if phase is not None:
        rest["phase"] = f"L{phase}-N" if name == "Voltage" else f"L{phase}"
    if UNITS[name]:
        rest["unit"] = UNITS[name]
    return rest


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
