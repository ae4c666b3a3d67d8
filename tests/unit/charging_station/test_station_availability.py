"""ChangeAvailability: at once, scheduled, and over a boot."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from firmware_mocks.charging_station.availability import STATION, Availability
from firmware_mocks.charging_station.defects import Defects
from firmware_mocks.charging_station.meter import Meter
from firmware_mocks.charging_station.socket import Socket
from firmware_mocks.charging_station.transaction import Transaction
from firmware_mocks.clock import MockClock


def socket(number: int) -> Socket:
    clock = MockClock()
    return Socket(
        number, Meter(clock.now, 0.0, 3), clock, Defects(),
        fixed_cable=False, max_current_a=32, changed=lambda _: None, output=lambda _, __: None,
    )  # fmt: skip


class Station:
    """Two connectors; the transaction is on connector 1."""

    def __init__(
        self, *, busy: bool = False, inoperative: Iterable[int] = (), scheduled: Iterable[int] = ()
    ) -> None:
        self.saved = 0
        self.sockets = {1: socket(1), 2: socket(2)}
        if busy:
            self.sockets[1].transaction = Transaction(1, "TAG", None, 0, 0.0, 0.0)
        self.availability = Availability(inoperative, scheduled, self.sockets, self._save)

    def _save(self) -> None:
        self.saved += 1

    def change(self, number: int, operative: bool) -> list[int]:
        busy = self.availability.change(number, operative)
        meant = self.availability.meant(number)
        self.availability.apply(s for s in meant if s not in busy)
        return [s.connector_id for s in busy]

    def end_transaction(self) -> None:
        self.sockets[1].transaction = None
        self.availability.transaction_ended(self.sockets[1])

    @property
    def operative(self) -> list[int]:
        return [n for n, s in self.sockets.items() if s.operative]


@pytest.mark.parametrize(
    ("number", "left", "station"), [(STATION, [], False), (1, [2], True), (2, [1], True)]
)
def test_idle_connector_changes_at_once(number: int, left: list[int], station: bool) -> None:
    s = Station()
    assert s.change(number, False) == []
    assert (s.operative, s.availability.station_operative) == (left, station)
    assert s.saved == 1
    assert s.change(number, True) == []
    assert (s.operative, s.availability.station_operative) == ([1, 2], True)


@pytest.mark.parametrize(("number", "before"), [(STATION, [1]), (1, [1, 2])])
def test_connector_in_use_waits_for_the_end_of_its_transaction(
    number: int, before: list[int]
) -> None:
    s = Station(busy=True)
    assert s.change(number, False) == [1]
    assert s.operative == before
    saved = s.saved
    s.end_transaction()
    assert s.operative == [n for n in before if n != 1]
    assert s.saved == saved + 1
    assert s.availability.scheduled == set()


def test_operative_drops_what_was_scheduled() -> None:
    s = Station(busy=True)
    s.change(1, False)
    assert s.change(1, True) == []
    s.end_transaction()
    assert s.operative == [1, 2]


def test_connector_stays_out_of_service_with_its_station() -> None:
    s = Station(inoperative=[STATION, 1, 2])
    s.change(1, True)
    assert s.operative == []


def test_boot_knows_what_was_set_and_what_was_scheduled() -> None:
    s = Station(inoperative=[2], scheduled=[1])
    assert s.operative == [1]
    s.end_transaction()
    assert s.operative == []
