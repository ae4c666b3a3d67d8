"""What the cables of the virtual bench do: relays to plug, mains and cards, station to inputs.

| coil | wired to                          | input | wired to                        |
|------|-----------------------------------|-------|---------------------------------|
| 0    | CP: pilot line to the EV circuit  | 0     | L1 at the plug (contactor)      |
| 1    | S2: 1.3 kOhm, state C             | 1     | feedback of the socket's lock   |
| 2    | PP: 220 Ohm, cable of 32 A        |       |                                 |
| 3    | mains of the station              |       |                                 |
| 4..7 | card antennas                     |       |                                 |
"""

from __future__ import annotations

from collections.abc import Mapping

from firmware_mocks.electrical import ConnectorOutputs, StationSockets
from firmware_mocks.evse_tester.circuit import Switches, measure
from firmware_mocks.relay_board.board import RelayBoardMock

CP, S2, PP, MAINS = 0, 1, 2, 3
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
    """

    def __init__(self, station: StationSockets | None, connector_id: int = 1) -> None:
        self._station = station
        self._connector_id = connector_id
        self._board: RelayBoardMock | None = None
        self._busy = False

    def attach(self, board: RelayBoardMock) -> None:
        """Connect the board; from now on its relays move things."""
        self._board = board
        if self._station is not None:
            self._station.on_outputs(self._outputs_changed)
        self._update_plug()

    def coil_moved(self, coil: int, closed: bool) -> None:
        """A relay has moved."""
        if coil in (CP, S2, PP):
            self._update_plug()
        elif coil == MAINS and self._station is not None:
            self._station.set_power(closed)
            self._update_plug()
        elif coil in CARDS and closed and self._station is not None:
            self._station.present_card(self._connector_id, CARDS[coil])

    @property
    def switches(self) -> Switches:
        """Position of the plug's relays."""
        if self._board is None:
            return Switches()
        coils = self._board.firmware.coils
        return Switches(cp=coils[CP], s2=coils[S2], pp=coils[PP])

    def _update_plug(self) -> None:
        if self._station is None or self._busy:
            return
        self._busy = True  # applying may change the outputs, which come back here
        outputs = self._station.outputs(self._connector_id)
        self._station.apply_plug(self._connector_id, measure(self.switches, outputs.pilot))
        self._busy = False
        self._show(self._station.outputs(self._connector_id))

    def _outputs_changed(self, connector_id: int, outputs: ConnectorOutputs) -> None:
        if connector_id == self._connector_id:
            self._show(outputs)
            self._update_plug()

    def _show(self, outputs: ConnectorOutputs) -> None:
        if self._board is not None:
            self._board.firmware.inputs[VOLTAGE_INPUT] = outputs.contactor_closed
            self._board.firmware.inputs[LOCK_INPUT] = outputs.plug_locked

    def state(self) -> dict[str, object]:
        """Plug and mains, for the control channel."""
        coils = self._board.firmware.coils if self._board else [False] * 8
        switches = self.switches
        plug = {"cp": switches.cp, "s2": switches.s2, "pp": switches.pp}
        return {"coils": list(coils), "plug": plug, "mains": coils[MAINS]}
