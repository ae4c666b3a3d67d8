"""Which connectors are in service.

Source: OCPP 1.6, 5.2 (ChangeAvailability); station behaviour 9.3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from firmware_mocks.charging_station.socket import Socket
from rig.ocppj.flag import Flag

STATION = 0
"""Connector 0 stands for the station as a whole."""


class Availability:
    """What ChangeAvailability has set, per connector and for the station.

    Args:
        inoperative: from the disk; 0 is the station.
        scheduled: from the disk: out of service after their transaction.
        sockets: of the station.
        save: told when something changed that survives a boot.
    """

    __slots__ = ("_save", "_sockets", "inoperative", "scheduled", "updating")

    def __init__(
        self,
        inoperative: Iterable[int],
        scheduled: Iterable[int],
        sockets: Mapping[int, Socket],
        save: Callable[[], None],
    ) -> None:
        self.inoperative = frozenset(inoperative)
        self.scheduled = frozenset(scheduled)
        self.updating: Flag | None = None
        self._sockets = sockets
        self._save = save
        for socket in sockets.values():
            self._apply(socket)

    @property
    def station_operative(self) -> bool:
        """Whether the station as a whole is in service."""
        return STATION not in self.inoperative

    def meant(self, number: int) -> list[Socket]:
        """The connectors that a connectorId stands for."""
        return list(self._sockets.values()) if number == STATION else [self._sockets[number]]

    def change(self, number: int, operative: bool) -> list[Socket]:
        """Note a change; `apply` makes it visible.

        Returns:
            Connectors that go out of service only after their transaction.
        """
        busy = [s for s in self.meant(number) if s.transaction is not None and not operative]
        targets = {STATION, *self._sockets} if number == STATION else {number}
        if operative:
            self.inoperative -= targets
            self.scheduled -= targets
        else:
            self.inoperative |= targets - {s.connector_id for s in busy}
            self.scheduled |= {s.connector_id for s in busy}
        self._save()
        return busy

    def apply(self, sockets: Iterable[Socket]) -> None:
        """Have connectors behave as was noted."""
        for socket in sockets:
            self._apply(socket)

    def _apply(self, socket: Socket) -> None:
        in_service = not {STATION, socket.connector_id} & self.inoperative
        makes_way = self.updating is not None and socket.transaction is None
        socket.operative = in_service and not makes_way

    def transaction_ended(self, socket: Socket) -> None:
        """What was scheduled for a connector happens; a cable still in shows as Finishing."""
        if self.updating is not None:
            socket.operative = False
            self.updating.set()
        if socket.connector_id in self.scheduled:
            self.scheduled -= {socket.connector_id}
            self.inoperative |= {socket.connector_id}
            socket.operative = False
            self._save()
