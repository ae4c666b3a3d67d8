"""A fully wired Type 2 plug: sixteen relays, and a board with a watchdog that feeds some of them.

| relay | role                                  | input of the watchdog board | wired to        |
|-------|---------------------------------------|-----------------------------|-----------------|
| 0     | CP                                    | 0                           | L1 at the plug  |
| 1, 2  | S2: 1.3 kOhm (C), 270 Ohm (D)         | 1                           | lock feedback   |
| 3, 4  | CP to PE before, behind the diode *   | 2                           | lid open        |
| 5     | bypass of the diode *                 | 3                           | emergency stop  |
| 6     | opens PE of pilot and proximity       | 4                           | too hot         |
| 7..10 | PP: 13, 20, 32, 63 A                  |                             |                 |
| 11    | PP to PE                              |                             |                 |
| 12..14| load L1, L2, L3 *                     |                             |                 |

* gets its coil supply through relay 0 of the watchdog board, and none while the emergency stop is
pressed.
"""

from __future__ import annotations

from firmware_mocks.electrical import ConnectorOutputs, StationSockets
from firmware_mocks.evse_tester.circuit import CABLE_OHM, Switches
from firmware_mocks.evse_tester.link import PlugLink
from firmware_mocks.relay_board.board import RelayBoardMock

CP, S2C, S2D, E_HARD, E_SOFT, DIODE, PE, PP13, PP_SHORT, LOAD1 = 0, 1, 2, 3, 4, 5, 6, 7, 11, 12
ENABLE = 0
VOLTAGE, LOCKED, EMERGENCY_STOP = 0, 1, 3


class RelayPlug:
    """The plug with its two boards, each on a line of its own.

    Args:
        station: None leaves the cable loose.
        connector_id: where the plug belongs.
    """

    def __init__(self, station: StationSockets | None, connector_id: int) -> None:
        self.relays = RelayBoardMock(1, self._moved, dialect="waveshare-16")
        self.watchdog = RelayBoardMock(1, self._moved, dialect="wirenboard-6")
        self.link = PlugLink(station, connector_id, lambda: self.switches, self._show)

    @property
    def switches(self) -> Switches:
        """Position of the contacts."""
        coils, inputs = self.relays.firmware.coils, self.watchdog.firmware.inputs
        fed = self.watchdog.firmware.coils[ENABLE] and not inputs[EMERGENCY_STOP]
        codes = [ohm for n, ohm in enumerate(CABLE_OHM.values()) if coils[PP13 + n]]
        return Switches(
            cp=coils[CP],
            s2=coils[S2C],
            s2d=coils[S2D],
            pp_ohm=0.0 if coils[PP_SHORT] else _parallel(codes),
            e_hard=coils[E_HARD] and fed,
            e_soft=coils[E_SOFT] and fed,
            diode=coils[DIODE] and fed,
            pe=coils[PE],
            load_phases=sum(coils[LOAD1 : LOAD1 + 3]) if fed else 0,
        )

    def _moved(self, _coil: int, _closed: bool) -> None:
        self.link.update()

    def _show(self, outputs: ConnectorOutputs) -> None:
        inputs = self.watchdog.firmware.inputs
        inputs[VOLTAGE], inputs[LOCKED] = outputs.contactor_closed, outputs.plug_locked


def _parallel(ohms: list[float]) -> float | None:
    return 1 / sum(1 / ohm for ohm in ohms) if ohms else None
