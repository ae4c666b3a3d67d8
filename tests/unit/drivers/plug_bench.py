"""A fully wired plug on a relay board in memory, with a station that plays along."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.evse_tester.plug import PlugDriver
from drivers.evse_tester.relay_circuit import Contact, PlugWiring, RelayCircuit
from drivers.evse_tester.timings import PlugTimings
from drivers.ports import CableCode
from tests.unit.drivers.fake_board import FakeBoard, Notes

ROLES = (
    "cp", "s2c", "s2d", "e_hard", "e_soft", "diode", "pe", "pp13", "pp20", "pp32", "pp63",
    "pp_short", "load1", "load2", "load3", "enable",
)  # fmt: skip
COIL = {role: number for number, role in enumerate(ROLES)}
CABLES = {CableCode(f"{role[2:]}A"): COIL[role] for role in ROLES if role[2:].isdigit()}
COILS = {role: coil for role, coil in COIL.items() if coil not in CABLES.values()}
INPUTS = {"voltage": 0, "locked": 1, "lid_open": 2, "emergency_stop": 3, "too_hot": 4}
QUICK = PlugTimings(
    pp_to_cp_s=0.0,
    cp_to_pp_s=0.0,
    hold_s=0.0,
    contactor_s=0.004,
    unlock_s=0.004,
    energise_s=0.004,
    button_s=0.0,
    poll_s=0.001,
)


def wire(
    board: FakeBoard,
    coils: Mapping[str, int],
    cables: Mapping[CableCode, int],
    inputs: Mapping[str, int],
) -> PlugWiring:
    """Everything on one board."""
    return PlugWiring(
        {role: Contact(board, number) for role, number in coils.items()},
        {code: Contact(board, number) for code, number in cables.items()},
        {role: Contact(board, number) for role, number in inputs.items()},
    )


class FullPlug:
    """Board, plug and notes of one test.

    Attributes:
        follows: the station closes its contactor in C and D, and locks while the pilot is on.
    """

    def __init__(
        self,
        *,
        coils: Mapping[str, int] = COILS,
        plug_type: str = "type2",
        fixed_cable: bool = False,
    ) -> None:
        self.board = FakeBoard(coil_count=len(ROLES) + 1)
        self.notes = Notes()
        self.follows = True
        self.board.rule = self._station
        cables = {} if plug_type == "type1" else CABLES
        wiring = wire(self.board, coils, cables, INPUTS)
        self.plug = PlugDriver(
            RelayCircuit("plug-1", wiring, break_s=0.0),
            observe=self.notes,
            plug_type=plug_type,
            fixed_cable=fixed_cable,
            timings=QUICK,
        )

    def _station(self) -> None:
        if self.follows:
            pilot = self.is_closed("cp") and not self.is_closed("pe")
            shorted = self.is_closed("e_hard") or self.is_closed("e_soft")
            asks = self.is_closed("s2c") or self.is_closed("s2d")
            self.board.inputs[INPUTS["voltage"]] = pilot and asks and not shorted
            self.board.inputs[INPUTS["locked"]] = pilot

    def is_closed(self, role: str) -> bool:
        return self.board.coils[COIL[role]]

    @property
    def closed(self) -> set[str]:
        """Roles of the closed relays."""
        return {role for role in ROLES if self.is_closed(role)}

    def see(self, name: str, value: bool) -> None:
        """Set an input."""
        self.board.inputs[INPUTS[name]] = value

    @property
    def order(self) -> list[tuple[str, bool]]:
        """Every relay that was written, in order."""
        names = {coil: role for role, coil in COIL.items()}
        return [(names[coil], on) for write in self.board.writes for coil, on in write.items()]
