"""Reservations: who has a connector kept, until when.

Source: OCPP 1.6, 3.15, 5.2 and 5.13; station behaviour 11.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from firmware_mocks.charging_station.authorisation import is_same
from firmware_mocks.charging_station.board import Board
from firmware_mocks.charging_station.chore import Chore
from firmware_mocks.charging_station.socket import Socket
from firmware_mocks.charging_station.storage import StoredReservation

LATE_S = 10.0
ANY = 0
"""connectorId of a reservation that is for no connector in particular."""


@dataclass(slots=True)
class Reservation:
    """One reservation.

    Attributes:
        connector_id: that was asked for, 0 for any.
        held: connector that reports Reserved for it; None while enough others are free.
        expiry: POSIX s.
    """

    reservation_id: int
    connector_id: int
    held: int | None
    id_tag: str
    parent_id_tag: str | None
    expiry: float

    def admits(self, id_tag: str, parent_id_tag: str | None) -> bool:
        """Whether a card, or one of its group, may use it."""
        if is_same(self.id_tag, id_tag):
            return True
        group = self.parent_id_tag
        return bool(group and parent_id_tag and is_same(group, parent_id_tag))


class Reservations:
    """All reservations of a station.

    Args:
        board: of the station.
        sockets: the connectors.
        stored: from the disk.
        changed: told of a connector that is kept or free again.

    Attributes:
        expiry: ends what is over.
    """

    __slots__ = ("_all", "_board", "_changed", "_sockets", "expiry")

    def __init__(
        self,
        board: Board,
        sockets: Mapping[int, Socket],
        stored: list[StoredReservation],
        changed: Callable[[Socket], None],
    ) -> None:
        self._board = board
        self._sockets = sockets
        self._changed = changed
        self.expiry = Chore(board.clock, self._expire)
        self._all = {item["reservation_id"]: Reservation(**item) for item in stored}
        for reservation in self._all.values():
            if reservation.held is not None:
                sockets[reservation.held].reserved = True

    def stored(self) -> list[StoredReservation]:
        """What survives a loss of power."""
        return [
            StoredReservation(
                reservation_id=r.reservation_id, connector_id=r.connector_id, held=r.held,
                id_tag=r.id_tag, parent_id_tag=r.parent_id_tag, expiry=r.expiry,
            )
            for r in self._all.values()
        ]  # fmt: skip

    def of(self, socket: Socket) -> Reservation | None:
        """The reservation that a connector is kept for."""
        return next((r for r in self._all.values() if r.held == socket.connector_id), None)

    def reserve(self, wanted: Reservation) -> str:
        """What ReserveNow does: its status. One of the same id is replaced, if this is accepted."""
        former = self._all.get(wanted.reservation_id)
        status = self._judge(wanted, former)
        if status != "Accepted":
            return status
        if former is not None:
            self._end(former)
        wanted.held = self._place(wanted)
        self._all[wanted.reservation_id] = wanted
        self._hold(wanted.held, kept=True)
        self._touch()
        return status

    def _judge(self, wanted: Reservation, former: Reservation | None) -> str:
        zero = self._board.configuration.flag("ReserveConnectorZeroSupported")
        known = wanted.connector_id in self._sockets or (wanted.connector_id == ANY and zero)
        if not known or wanted.expiry <= self._board.rtc.posix():
            return "Rejected"
        chosen = list(self._sockets.values())
        if wanted.connector_id != ANY:
            chosen = [self._sockets[wanted.connector_id]]
        own = None if former is None else former.held
        states = [
            "Available" if s.connector_id == own and s.status == "Reserved" else s.status
            for s in chosen
        ]
        for status in ("Faulted", "Unavailable"):
            if all(state == status for state in states):
                return status
        loose = [
            r for r in self._all.values()
            if r is not former and r.connector_id == ANY and r.held is None
        ]  # fmt: skip
        careless = self._board.defects.has("reserves-occupied")
        if careless or states.count("Available") > len(loose):
            return "Accepted"
        return "Occupied"

    def _place(self, wanted: Reservation) -> int | None:
        if wanted.connector_id != ANY:
            return wanted.connector_id
        free = [n for n, s in self._sockets.items() if s.status == "Available"]
        picks = self._board.persona.reserve_zero_picks_first or len(free) == 1
        return free[0] if picks and free else None

    def cancel(self, reservation_id: int, *, careless: bool = False) -> Callable[[], None] | None:
        """What CancelReservation does: what follows from it; None for an unknown one.

        Careless (a defect): the id is not looked at.
        """
        reservation = self._all.get(reservation_id)
        if careless:
            reservation = next(iter(self._all.values()), None)
        if reservation is None:
            return None
        return lambda: self._end(reservation)

    def use(self, socket: Socket, id_tag: str, parent_id_tag: str | None) -> int | None:
        """A transaction starts on a connector: its reservation ends; the reservationId.

        One of no connector in particular is used with any connector.
        """
        reservation = self.of(socket)
        if reservation is None:
            every = (r for r in self._all.values() if r.connector_id == ANY)
            reservation = next((r for r in every if r.admits(id_tag, parent_id_tag)), None)
        if reservation is None:
            return None
        self._forget(reservation)
        if reservation.held not in (None, socket.connector_id):
            self._changed(self._sockets[reservation.held])
        return reservation.reservation_id

    def keep_enough_free(self) -> None:
        """Reservations of no connector in particular hold all that is free once that is scarce."""
        floating = [r for r in self._all.values() if r.connector_id == ANY]
        if not floating or self._board.persona.reserve_zero_picks_first:
            return
        held = {r.held for r in floating} - {None}
        free = [n for n, s in self._sockets.items() if n in held or s.status == "Available"]
        scarce = len(free) <= len(floating)
        rest = [n for n in free if n not in held]
        for reservation in floating:
            before = reservation.held
            if not scarce:
                reservation.held = None
            elif before is None and rest:
                reservation.held = rest.pop(0)
            if reservation.held != before:
                self._board.save()
                for number, kept in ((before, False), (reservation.held, True)):
                    if number is not None:
                        self._hold(number, kept=kept)
                        self._changed(self._sockets[number])

    def drop(self, socket: Socket) -> None:
        """A connector is Faulted or out of service: nobody can use the reservation."""
        if (reservation := self.of(socket)) is not None:
            self._end(reservation)

    def _expire(self) -> float | None:
        now = self._board.rtc.posix()
        if self._board.defects.has("reservation-never-ends"):
            return None
        if self._board.defects.has("reservation-ends-late"):
            now -= LATE_S
        for reservation in [r for r in self._all.values() if r.expiry <= now]:
            self._end(reservation)
        return min((r.expiry - now for r in self._all.values()), default=None)

    def _end(self, reservation: Reservation) -> None:
        if self._all.get(reservation.reservation_id) is reservation:
            self._forget(reservation)
            if reservation.held is not None:
                self._changed(self._sockets[reservation.held])

    def _forget(self, reservation: Reservation) -> None:
        del self._all[reservation.reservation_id]
        if reservation.held is not None:
            self._sockets[reservation.held].reserved = False
        self._touch()

    def _hold(self, number: int | None, *, kept: bool) -> None:
        if number is not None:
            self._sockets[number].reserved = kept

    def _touch(self) -> None:
        self._board.save()
        self.expiry.touch()
