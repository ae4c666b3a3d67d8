"""What the cables of the virtual bench do: relays to plug, mains and cards, station to inputs.

| coil | wired to                          | input | wired to                        |
|------|-----------------------------------|-------|---------------------------------|
| 0    | CP: pilot line to the EV circuit  | 0     | L1 at the plug (contactor)      |
| 1    | S2: 1.3 kOhm, state C             | 1     | feedback of the socket's lock   |
| 2    | PP: 220 Ohm, cable of 32 A        |       |                                 |
| 3    | mains of the station              |       |                                 |
| 4..7 | card antennas                     |       |                                 |

Where the plug has relays of its own, coil 0 is free: closed, it cuts the station's network.
"""

from __future__ import annotations

from collections.abc import Mapping

from firmware_mocks.electrical import ConnectorOutputs, StationSockets
from firmware_mocks.evse_tester.circuit import CABLE_OHM, Switches
from firmware_mocks.evse_tester.link import PlugLink
from firmware_mocks.relay_board.board import RelayBoardMock

CP, S2, PP, MAINS = 0, 1, 2, 3
NETWORK = 0
VOLTAGE_INPUT, LOCK_INPUT = 0, 1
CARDS: Mapping[int, str] = {
    4: "04A1B2C3D4E5F6",
    5: "04BADBADBADBAD",
    6: "04B10C0ED00001",
    7: "04E0F19ED00001",
}


class Wiring:
    """Connects one relay board with one connector of a station.

    Args:
        station: None leaves the cables loose.
        connector_id: where the tester plug belongs.
        plug: the plug's relays are on this board; else only mains and cards.
    """

    def __init__(
        self, station: StationSockets | None, connector_id: int = 1, *, plug: bool = True
    ) -> None:
        self._station = station
        self._connector_id = connector_id
        self._board: RelayBoardMock | None = None
        self._cuts_network = not plug
        self._links = [PlugLink(station, connector_id, self._switches, self.show)] if plug else []

    def attach(self, board: RelayBoardMock) -> None:
        """Connect the board; from now on its relays move things."""
        self._board = board
        for link in self._links:
            link.connect()

    def join(self, link: PlugLink) -> None:
        """Another plug, which the mains concern too."""
        self._links.append(link)
        link.connect()

    def coil_moved(self, coil: int, closed: bool) -> None:
        """A relay has moved."""
        if coil == MAINS and self._station is not None:
            self._station.set_power(closed)
        elif coil == NETWORK and self._cuts_network and self._station is not None:
            self._station.set_network(not closed)
        elif coil in CARDS and closed and self._station is not None:
            self._station.present_card(self._connector_id, CARDS[coil])
        if coil in (CP, S2, PP, MAINS):
            for link in self._links:
                link.update()

    def _switches(self) -> Switches:
        if self._board is None:
            return Switches()
        coils = self._board.firmware.coils
        return Switches(cp=coils[CP], s2=coils[S2], pp_ohm=CABLE_OHM[32] if coils[PP] else None)

    def show(self, outputs: ConnectorOutputs) -> None:
        """What comes out of the connector reaches the inputs."""
        if self._board is not None:
            self._board.firmware.inputs[VOLTAGE_INPUT] = outputs.contactor_closed
            self._board.firmware.inputs[LOCK_INPUT] = outputs.plug_locked

    def state(self) -> dict[str, object]:
        """Plug and mains, for the control channel."""
        coils = self._board.firmware.coils if self._board else [False] * 8
        plug = {"cp": coils[CP], "s2": coils[S2], "pp": coils[PP]}
        return {"coils": list(coils), "plug": plug, "mains": coils[MAINS]}
