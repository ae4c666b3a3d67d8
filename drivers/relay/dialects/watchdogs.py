"""How boards open their relays by themselves when no request has come for a while."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SilenceTimer:
    """One holding register with a time; any request starts it anew.

    Attributes:
        register: with the time; 0 is off.
        unit_s: seconds per unit.
    """

    register: int
    unit_s: float


@dataclass(frozen=True, slots=True)
class CouplerWatchdog:
    """Watchdog of a fieldbus coupler, started by a trigger; once expired it refuses all writes.

    Attributes:
        time: register with the time, not writable while it runs.
        unit_s: seconds per unit.
        mask: register that selects the function codes that start it anew, likewise.
        every_function: value of `mask` for all of them.
        trigger: register of which every change, to anything but 0, starts it (anew).
        state: register that reads 0 (off), `running` or `expired`.
        running, expired: see `state`.
        stop: register that stops it and ends an expiry.
        stop_word: what to write there.
    """

    time: int
    unit_s: float
    mask: int
    every_function: int
    trigger: int
    state: int
    running: int
    expired: int
    stop: int
    stop_word: int


@dataclass(frozen=True, slots=True)
class ForeignWatchdog:
    """One that only the maker's own tool can set.

    Attributes:
        tool: which.
        enabled: holding register that reads 1 while it is on; None where nothing tells.
    """

    tool: str
    enabled: int | None = None


Watchdog = SilenceTimer | CouplerWatchdog | ForeignWatchdog
