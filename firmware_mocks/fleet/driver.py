"""A driver at a connector: comes, charges, goes, comes again; at random, as the seed wants it."""

from __future__ import annotations

import random

from firmware_mocks.charging_station.chore import Chore
from firmware_mocks.charging_station.station import ChargingStation
from firmware_mocks.clock import MockClock
from firmware_mocks.evse_tester.virtual_plug import VirtualPlug

LEAST_SHARE, MOST_SHARE = 0.5, 1.5
"""Of the mean, between which a duration is drawn evenly."""


class Driver:
    """Somebody with a car and a card.

    Args:
        station, plug: where he charges.
        connector: his usual one.
        id_tag: of his card.
        clock: lab time.
        pause_s: mean time between two visits, lab seconds.
        stay_s: mean time of a visit.
        seed: of his habits.

    Attributes:
        visits: how often he has come.
    """

    def __init__(
        self,
        station: ChargingStation,
        plug: VirtualPlug,
        connector: int,
        id_tag: str,
        clock: MockClock,
        pause_s: float,
        stay_s: float,
        seed: str,
    ) -> None:
        self.visits = 0
        self._station = station
        self._plug = plug
        self._connector = connector
        self._id_tag = id_tag
        self._pause_s = pause_s
        self._stay_s = stay_s
        self._seed = seed
        self._moves = 0
        self._is_there = False
        self._chore = Chore(clock, self._move)

    def begin(self) -> None:
        """The first visit is after a part of a pause: not everybody comes at once."""
        self._chore.start()

    def end(self) -> None:
        """He stays where he is."""
        self._chore.stop()

    def _move(self) -> float:
        chance = random.Random(f"{self._seed} {self._moves}").random()  # noqa: S311  # to be repeated
        self._moves += 1
        if self._moves == 1:
            return self._pause_s * chance
        share = LEAST_SHARE + (MOST_SHARE - LEAST_SHARE) * chance
        if not self._is_there and not self._station.uplink.settled.is_set():
            return self._pause_s * share  # the screen says: out of order
        if self._is_there:
            self._go()
        else:
            self._come()
        self._is_there = not self._is_there
        return share * (self._stay_s if self._is_there else self._pause_s)

    def _come(self) -> None:
        self.visits += 1
        self._plug.ev(self._connector, soc=20.0)
        self._plug.plug_in(self._connector)
        self._plug.ev_request(self._connector)
        self._station.present_card(self._connector, self._id_tag)

    def _go(self) -> None:
        socket = self._station.controller.sockets[self._connector]
        if socket.transaction is not None:
            self._station.present_card(self._connector, self._id_tag)
        self._plug.unplug(self._connector)
