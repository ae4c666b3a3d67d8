"""Watching the signal of any modem: readings at an even pace, then least, median and greatest."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from drivers.ports import Modem, Observer, Signal

QUANTITIES = ("rssi_dbm", "rsrp_dbm", "rsrq_db", "sinr_db", "rscp_dbm", "ecio_db")


@dataclass(frozen=True, slots=True)
class Spread:
    """Of the readings that knew the value; `count` of them."""

    least: float
    median: float
    greatest: float
    count: int


@dataclass(frozen=True, slots=True)
class SignalSummary:
    """What a watch saw; a quantity that no reading knew is None.

    Attributes:
        readings: how many were taken.
        spreads: by the name of the quantity, as in `Signal`.
    """

    readings: int
    spreads: Mapping[str, Spread | None]


def summarise(readings: Sequence[Signal]) -> SignalSummary:
    """Least, median and greatest of each quantity."""
    spreads: dict[str, Spread | None] = {}
    for name in QUANTITIES:
        known = [value for reading in readings if (value := getattr(reading, name)) is not None]
        spreads[name] = (
            Spread(min(known), statistics.median(known), max(known), len(known)) if known else None
        )
    return SignalSummary(len(readings), spreads)


async def watch_signal(
    modem: Modem, observe: Observer, *, duration_s: float, interval_s: float
) -> SignalSummary:
    """Read the signal over and over; every reading is told to `observe`, step "signal".

    Args:
        modem: open.
        observe: told of every reading.
        duration_s: real seconds from the first reading to the last; 0 is one reading.
        interval_s: real seconds from one reading to the next.

    Raises:
        DriverError: the modem failed; what was read before is with the observer.
    """
    readings: list[Signal] = []
    began = time.monotonic()
    while True:
        reading = await modem.read_signal()
        readings.append(reading)
        observe("modem", modem.name, {"step": "signal", **asdict(reading)})
        due = began + len(readings) * interval_s
        if due > began + duration_s + interval_s / 2:
            return summarise(readings)
        await asyncio.sleep(max(0.0, due - time.monotonic()))  # the pace is what was ordered
