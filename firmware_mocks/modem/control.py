"""Control commands for what is around a dongle: cells, SIM, network."""

from __future__ import annotations

from firmware_mocks.control import Control
from firmware_mocks.modem.dongle import Dongle


def register(dongle: Dongle, control: Control) -> None:
    """Serve radio, sim, network, modem and dial."""

    def radio(
        technology: str,
        level_dbm: float | None = None,
        sway_db: float | None = None,
        delay_s: float | None = None,
        present: bool | None = None,
        denied: bool | None = None,
    ) -> None:
        given = {
            "level_dbm": level_dbm,
            "sway_db": sway_db,
            "delay_s": delay_s,
            "present": present,
            "denied": denied,
        }
        changes = {name: value for name, value in given.items() if value is not None}
        dongle.radio.set_cell(technology, **changes)

    def network(roaming: bool = False, data_refused: bool = False) -> None:
        dongle.radio.roaming, dongle.radio.data_refused = roaming, data_refused

    def modem() -> dict[str, object]:
        found = dongle.radio
        return {
            "order": dongle.order,
            "serving": found.serving,
            "stat": found.stat,
            "data": found.data,
            "sim": dongle.sim_state(),
            "pin_tries": dongle.sim.tries,
        }

    control.register("radio", radio)
    control.register("sim", dongle.set_sim)
    control.register("network", network)
    control.register("modem", modem)
    control.register("dial", dongle.radio.dial)
