"""Who wants to charge where: cards and remote starts become sessions.

Source: OCPP 1.6, 4.1, 4.2 and 5.11; station behaviour 5 and 9.1.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from firmware_mocks.charging_station.authorisation import Authorisation, is_same, parent_of
from firmware_mocks.charging_station.board import Board
from firmware_mocks.charging_station.charging_profiles import ChargingProfile
from firmware_mocks.charging_station.registration import Registration
from firmware_mocks.charging_station.reservations import Reservations
from firmware_mocks.charging_station.socket import Socket
from firmware_mocks.charging_station.transaction import Session, Transaction

StopTransaction = Callable[[Socket, str, str | None], None]


class Sessions:
    """Starts and ends the use of a connector for those who identify.

    Args:
        board: of the station.
        sockets: the connectors.
        registration: nobody is served before it is Accepted.
        authorisation: says who may charge.
        reservations: say for whom a connector is kept.
        stop: ends the transaction of a connector: reason, idTag.
        changed: told of the connector that somebody has begun or ceased to use.
    """

    __slots__ = (
        "_authorisation",
        "_board",
        "_changed",
        "_registration",
        "_reservations",
        "_sockets",
        "_stop",
    )

    def __init__(
        self,
        board: Board,
        sockets: Mapping[int, Socket],
        registration: Registration,
        authorisation: Authorisation,
        reservations: Reservations,
        stop: StopTransaction,
        changed: Callable[[Socket], None],
    ) -> None:
        self._board = board
        self._sockets = sockets
        self._registration = registration
        self._authorisation = authorisation
        self._reservations = reservations
        self._stop = stop
        self._changed = changed

    async def card(self, connector_id: int, id_tag: str) -> None:
        """A card was read; the inputs have been settled."""
        socket = self._selected(connector_id, id_tag)
        registration = self._registration.status
        if registration == "Pending" and self._board.defects.has("serves-cards-while-pending"):
            await self._board.uplink.call("Authorize", {"idTag": id_tag})
        if not self._registration.serves_drivers or socket is None:
            return
        if socket.transaction is not None:
            await self._card_stops(socket, socket.transaction, id_tag)
        elif socket.keep_locked and socket.locked_for is not None:
            await self._card_unlocks(socket, *socket.locked_for, id_tag)
        elif socket.session is not None and is_same(socket.session.id_tag, id_tag):
            socket.session = None  # B1: shown again, the intention ends
            self._changed(socket)
        elif socket.is_free and not socket.timed_out:
            await self._card_starts(socket, id_tag)

    def settle(self) -> bool:
        """A plug that has been put in or out before somebody identifies is reported before."""
        return any([socket.settle() for socket in self._sockets.values()])  # noqa: C419  # all

    def _selected(self, connector_id: int, id_tag: str) -> Socket | None:
        """The connector that a card is for: its own, the last one with a cable, a free one.

        With a reader for each connector it is that of the reader, unless the card is charging
        at another one: there it stops.
        """
        sockets = self._sockets.values()
        if not self._one_reader:
            charging = [
                s for s in sockets if s.transaction and is_same(s.transaction.id_tag, id_tag)
            ]
            here = self._sockets[connector_id]
            return here if here in charging or not charging else charging[0]
        own = [s for s in sockets if _belongs_to(s, id_tag)]
        plugged = [s for s in sockets if s.connected_to_ev and not s.timed_out]
        waiting = sorted((s for s in plugged if s.transaction is None), key=lambda s: -s.plugged_s)
        preparing = [s for s in waiting if not s.used]
        free = self.free_for(id_tag)
        return next(iter([*own, *preparing, *free, *waiting, *plugged]), None)

    @property
    def _one_reader(self) -> bool:
        return self._board.persona.readers != "per-connector"

    def free_for(self, id_tag: str) -> list[Socket]:
        """Connectors that nobody uses: first one kept for this card, last those kept for others."""

        def rank(socket: Socket) -> int:
            kept = self._reservations.of(socket) is not None
            return 2 * (kept and not self.may_use(socket, id_tag)) + (not kept)

        return sorted((s for s in self._sockets.values() if s.is_free and not s.used), key=rank)

    def plugged_in(self, socket: Socket) -> None:
        """A cable may be in: a card at a reader for all is for the connector that gets one first.

        Until then it is at the connector that reports Preparing for it.
        """
        if not (self._one_reader and socket.cable and socket.is_free) or socket.used:
            return
        for other in self._sockets.values():
            session = other.session
            if session is None or not session.anywhere or other.cable:
                continue
            if self.may_use(socket, session.id_tag):
                other.session, socket.session = None, session
                self._changed(other)
                return

    async def _card_starts(self, socket: Socket, id_tag: str) -> None:
        defects, kept = self._board.defects, self._reservations.of(socket)
        if defects.has("reservation-for-anybody"):
            kept = None
        if kept is not None and defects.has("group-unknown") and not kept.admits(id_tag, None):
            return
        if kept is not None and not (kept.parent_id_tag or kept.admits(id_tag, None)):
            return  # for somebody else: the Central System is not even asked
        if defects.has("start-without-authorize"):
            session: Session | None = Session(id_tag, None)
        else:
            session = await self._authorisation.authorise(id_tag)
        if session is None and defects.has("start-for-refused-card"):
            session = Session(id_tag, None)
        if session is None and defects.has("energy-without-authorization"):
            socket.session = Session(id_tag, None, energy_refused=True)
            socket.drive()
            return
        if session is not None and kept is not None:
            parent = session.parent_id_tag or parent_of(self._authorisation.known(id_tag) or {})
            if not kept.admits(id_tag, parent):
                return
        if session is not None and socket.is_free:
            session.anywhere = self._one_reader
            self._leave_others(socket, id_tag)
            socket.session = session
            socket.used = False
            self._changed(socket)

    def _leave_others(self, chosen: Socket, id_tag: str) -> None:
        """Whoever waits for a cable elsewhere has changed their mind: one card, one connector."""
        for other in self._sockets.values():
            waits = other is not chosen and other.session is not None
            if waits and other.session is not None and is_same(other.session.id_tag, id_tag):
                other.session = None
                self._changed(other)

    async def _card_stops(self, socket: Socket, running: Transaction, id_tag: str) -> None:
        defects = self._board.defects
        own = is_same(running.id_tag, id_tag)
        if own and defects.has("own-card-authorized-anew"):
            await self._authorisation.authorise(id_tag)
        may_stop = (
            own
            or defects.has("any-card-stops")
            or await self._is_of_group(id_tag, running.parent_id_tag)
        )
        if may_stop and socket.transaction is running:
            self._stop(socket, "Local", id_tag)

    async def _card_unlocks(
        self, socket: Socket, owner: str, parent_id_tag: str | None, id_tag: str
    ) -> None:
        """The plug that was kept after the transaction is given back to its owner."""
        if is_same(owner, id_tag) or await self._is_of_group(id_tag, parent_id_tag):
            socket.try_unlock()

    async def _is_of_group(self, id_tag: str, parent_id_tag: str | None) -> bool:
        if not parent_id_tag or self._board.defects.has("group-unknown"):
            return False  # the Central System is not even asked
        if is_same(self._authorisation.valid_parent(id_tag) or "", parent_id_tag):
            return True
        session = await self._authorisation.authorise(id_tag)
        return session is not None and is_same(session.parent_id_tag or "", parent_id_tag)

    def may_use(self, socket: Socket, id_tag: str) -> bool:
        """Whether a connector is kept for nobody else, as far as the station knows by itself."""
        kept = self._reservations.of(socket)
        parent = parent_of(self._authorisation.known(id_tag) or {})
        return kept is None or kept.admits(id_tag, parent)

    async def remote_start(
        self, socket: Socket, id_tag: str, profile: ChargingProfile | None = None
    ) -> None:
        """What follows an accepted RemoteStartTransaction; its profile is for the transaction."""
        if self.settle():
            await asyncio.sleep(0)  # the report goes out
        session: Session | None = Session(id_tag, None)
        asks = self._board.configuration.flag("AuthorizeRemoteTxRequests")
        if asks and not self._board.defects.has("remote-authorize-missing"):
            session = await self._authorisation.authorise(id_tag)
        if session is None and self._board.defects.has("start-for-refused-card"):
            session = Session(id_tag, None)
        if session is not None and socket.is_free:
            session.profile = profile
            socket.session = session
            self._changed(socket)


def _belongs_to(socket: Socket, id_tag: str) -> bool:
    """Whether this card is charging at a connector, is about to, or may take its plug out."""
    owners = [x.id_tag for x in (socket.transaction, socket.session) if x is not None]
    owners += socket.locked_for[:1] if socket.keep_locked and socket.locked_for else ()
    return any(is_same(owner, id_tag) for owner in owners)
