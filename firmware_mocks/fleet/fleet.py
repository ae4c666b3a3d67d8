"""Many stations of one kind in one process.

They share what does not differ: keys, schemas, clock, event loop. See `benchmarks/fleet.py` for
what one costs.
"""

from __future__ import annotations

import asyncio
import gc
import resource
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from firmware_mocks.charging_station.persona import Persona
from firmware_mocks.charging_station.security import NOTHING_DELIVERED, Delivered
from firmware_mocks.charging_station.station import ChargingStation, StationOptions
from firmware_mocks.charging_station.uplink import Account
from firmware_mocks.clock import MockClock
from firmware_mocks.evse_tester.virtual_plug import VirtualPlug
from firmware_mocks.fleet.driver import Driver
from firmware_mocks.fleet.statistics import FleetStatistics

FILES_BESIDE = 64
"""Open files of the process that are no stations."""
PARTING_S = 30.0
COLLECT_EVERY = 50_000
"""New objects between two rounds of the garbage collector: a fleet makes few that need it."""


@dataclass(frozen=True, slots=True)
class FleetOptions:
    """What kind of fleet.

    Attributes:
        csms_url: endpoint without identity.
        stations: how many.
        persona: of each.
        identity: pattern with `{}` or `{:05}` for the number, from 1.
        id_tag: of the drivers' cards; the same kind of pattern.
        password: of Basic authentication, the same for all.
        defects: of each.
        ramp_per_s: stations switched on in a real second.
        pause_s, stay_s: mean times without and with a driver, lab s; no drivers if stay_s is 0.
        seed: of everything that is at random.
        delivered: what each has from its maker.
    """

    csms_url: str
    stations: int
    persona: Persona
    identity: str = "FLEET{:05}"
    id_tag: str = "DRIVER{:05}"
    password: bytes | None = None
    defects: tuple[str, ...] = ()
    ramp_per_s: float = 100.0
    pause_s: float = 600.0
    stay_s: float = 1800.0
    seed: int = 1
    delivered: Delivered = NOTHING_DELIVERED


class Fleet:
    """The stations. Entering switches them on one after another; leaving ends what they do.

    Args:
        options: what kind of fleet.
        clock: lab time, of all.

    Raises:
        ValueError: options that make no fleet, or more stations than the process may have files.
    """

    def __init__(self, options: FleetOptions, clock: MockClock) -> None:
        _check(options)
        self.options = options
        self.statistics = FleetStatistics(time.perf_counter)
        self.stations = [self._station(number, clock) for number in range(1, options.stations + 1)]
        self.plugs = [VirtualPlug(station, clock) for station in self.stations]
        self.drivers: list[Driver] = []
        if options.stay_s > 0:
            self.drivers = [
                Driver(
                    station, plug, 1, options.id_tag.format(number), clock,
                    options.pause_s, options.stay_s, f"{options.seed} {number}",
                )
                for number, (station, plug) in enumerate(
                    zip(self.stations, self.plugs, strict=True), 1
                )
            ]  # fmt: skip
        self._ramp: list[asyncio.TimerHandle] = []

    def _station(self, number: int, clock: MockClock) -> ChargingStation:
        options = self.options
        identity = options.identity.format(number)
        account = Account(options.csms_url, identity, options.password)
        persona = replace(options.persona, serial_number=identity[:25])
        station = StationOptions(
            account, persona, options.defects, seed=options.seed + number,
            delivered=options.delivered,
        )  # fmt: skip
        return ChargingStation(station, clock, self.statistics)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for number, station in enumerate(self.stations):
            delay_s = number / self.options.ramp_per_s
            self._ramp.append(loop.call_later(delay_s, station.set_power, True))
        for driver in self.drivers:
            driver.begin()
        return self

    async def __aexit__(self, *exc: object) -> None:
        for timer in self._ramp:
            timer.cancel()
        for driver in self.drivers:
            driver.end()
        online = [s for s in self.stations if s.uplink.settled.is_set()]
        await asyncio.gather(*(s.controller.wind_down("Local", PARTING_S) for s in online))
        await asyncio.gather(*(s.uplink.close(1001) for s in self.stations))
        await asyncio.gather(*(s.aclose() for s in self.stations))

    def state(self) -> dict[str, object]:
        """How the fleet is, in numbers."""
        statuses = Counter(
            socket.status for s in self.stations for socket in s.controller.sockets.values()
        )
        return {
            "stations": len(self.stations),
            "connected": sum(s.uplink.connected for s in self.stations),
            "accepted": sum(s.uplink.online.is_set() for s in self.stations),
            "transactions": sum(
                socket.transaction is not None
                for s in self.stations
                for socket in s.controller.sockets.values()
            ),
            "waiting_messages": sum(len(s.controller.queue.messages) for s in self.stations),
            "visits": sum(driver.visits for driver in self.drivers),
            "statuses": dict(sorted(statuses.items())),
            **self.statistics.summary(),
        }

    def named(self, identities: Sequence[str]) -> list[ChargingStation]:
        """Stations by identity.

        Raises:
            ValueError: there is none of that name.
        """
        known = {station.uplink.account.identity: station for station in self.stations}
        for identity in identities:
            if identity not in known:
                raise ValueError(f"no station {identity!r}; they are {_range(list(known))}")
        return [known[identity] for identity in identities]


def relax_collector() -> None:
    """Let the garbage collector leave the stations alone, now that they are there."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY)


def _range(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def _check(options: FleetOptions) -> None:
    if options.stations < 1 or options.ramp_per_s <= 0:
        raise ValueError("a fleet has one station at least, and a ramp above 0 per second")
    if options.stay_s < 0 or options.pause_s < 0:
        raise ValueError("pause and stay are 0 seconds or more")
    for pattern in (options.identity, options.id_tag):
        try:
            first, last = pattern.format(1), pattern.format(options.stations)
        except (LookupError, ValueError) as error:
            raise ValueError(f"{pattern!r} is no pattern with {{}} or {{:05}}: {error}") from error
        if pattern is options.identity and first == last and options.stations > 1:
            raise ValueError(f"identity {pattern!r} has no {{}}: all stations had the same")
        if pattern is options.id_tag and len(last) > 20:
            raise ValueError(f"idTag {last!r} has more than 20 characters")
    _allow_files(options.stations + FILES_BESIDE)


def _allow_files(many: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if many <= soft:
        return
    if hard != resource.RLIM_INFINITY and many > hard:
        raise ValueError(
            f"{many} open files are needed, the system permits {hard}; raise it (ulimit -Hn), "
            "or have fewer stations"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (many, hard))
