"""What MeterValues say, and whether it is what was configured.

Source: OCPP 1.6, 3.16, 4.7, 7.31 to 7.45; rules M8.1 to M8.7.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rig.conformance.instants import instant
from rig.jsontypes import Json

ENERGY = "Energy.Active.Import.Register"


@dataclass(frozen=True, slots=True)
class Sample:
    """All values of one instant.

    Attributes:
        utc_s: its time stamp, UTC seconds; None when it cannot be read.
        stamp: as received.
        values: sampledValue.
    """

    utc_s: float | None
    stamp: str
    values: tuple[dict[str, Json], ...]

    def contexts(self) -> set[str]:
        """Contexts of its values; an absent one is Sample.Periodic."""
        return {str(v.get("context", "Sample.Periodic")) for v in self.values}

    def missing(self, measurands: Sequence[str]) -> list[str]:
        """Which of the configured measurands it lacks."""
        return [m for m in measurands if not any(_is(m, v) for v in self.values)]

    def beside(self, measurands: Sequence[str]) -> list[str]:
        """Which measurands it has that are not configured."""
        extra = [v for v in self.values if not any(_is(m, v) for m in measurands)]
        return sorted({str(v.get("measurand", ENERGY)) for v in extra})

    def registers(self) -> Iterator[float]:
        """Energy registers of the outlet in Wh, without phases."""
        for value in self.values:
            outlet = value.get("location", "Outlet") == "Outlet" and "phase" not in value
            if value.get("measurand", ENERGY) == ENERGY and outlet:
                try:
                    number = float(str(value.get("value")))
                except ValueError:
                    continue
                yield number * (1000 if value.get("unit") == "kWh" else 1)


def samples(meter_value: Json) -> list[Sample]:
    """The samples of meterValue or transactionData."""
    found = []
    for entry in meter_value if isinstance(meter_value, list) else []:
        if not isinstance(entry, dict):
            continue
        values = entry.get("sampledValue")
        listed = values if isinstance(values, list) else []
        stamp = str(entry.get("timestamp"))
        plain = tuple(v for v in listed if isinstance(v, dict))
        found.append(Sample(instant(stamp), stamp, plain))
    return found


def measurands(value: str | None) -> list[str]:
    """Measurands of a configuration key; nothing configured means the energy register."""
    return [m.strip() for m in (value or "").split(",") if m.strip()] or [ENERGY]


def _is(measurand: str, value: dict[str, Json]) -> bool:
    seen = str(value.get("measurand", ENERGY))
    name, _, phase = measurand.rpartition(".")
    if phase.startswith(("L1", "L2", "L3", "N")):  # e.g. Voltage.L1
        return seen == name and str(value.get("phase", "")).startswith(phase)
    return seen == measurand
