"""What is inside the dongle whatever its face: identity, SIM, stored settings, radio."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from firmware_mocks.modem.radio import PREFERENCE, Radio

SIM_STATES = ("ready", "pin", "puk", "missing", "failure", "busy")
PIN_TRIES = 3
SIM_START_S = 1.0
"""Lab seconds from the right PIN to a usable SIM."""

ORDERS: dict[str, tuple[str, ...]] = {
    "00": PREFERENCE,
    "01": ("2g",),
    "02": ("3g",),
    "03": ("4g",),
}
"""Technologies by the code that the firmware stores."""


@dataclass(slots=True)
class Sim:
    """The card. `asked` is ready, pin, puk, missing, failure or busy."""

    asked: str = "ready"
    pin: str = "1234"
    tries: int = PIN_TRIES
    ready_at: float = 0.0


class Dongle:
    """An E3372h.

    Args:
        now: lab seconds.
        seed: of the moving levels.
        sim: state of the SIM at power-up, one of `SIM_STATES`.
        imei: 15 digits.
        order: technologies that are stored as allowed, see `ORDERS`.
    """

    iccid = "89310000000000000017"
    operator = "Testnet"
    plmn = "00101"
    manufacturer = "huawei"
    model = "E3372"

    def __init__(
        self,
        now: Callable[[], float],
        *,
        seed: int = 1,
        sim: str = "ready",
        imei: str = "861821030000017",
        order: str = "00",
    ) -> None:
        self.imei = imei
        self.order = order
        self.radio = Radio(now, seed)
        self.sim = Sim()
        self._now = now
        self._at_power_up = sim
        self.power_up()

    def power_up(self) -> None:
        """Plugged in: settings are kept, the SIM asks again, the search begins anew."""
        tries = self.sim.tries
        self.set_sim(self._at_power_up)
        if self._at_power_up == "pin":
            self.sim.tries = tries
            self.sim.asked = "pin" if tries else "puk"
        self.radio.sim(False)
        self.radio.allow(ORDERS[self.order])
        self._follow_sim()

    def set_sim(self, state: str, pin: str = "1234", tries: int = PIN_TRIES) -> None:
        """Exchange the SIM.

        Raises:
            ValueError: no such state.
        """
        if state not in SIM_STATES:
            raise ValueError(f"no SIM state {state!r}; there are {', '.join(SIM_STATES)}")
        self._at_power_up = state
        self.sim = Sim(state, pin, tries)
        self._follow_sim()

    def sim_state(self) -> str:
        """What the SIM says now."""
        self._follow_sim()
        return "busy" if self._now() < self.sim.ready_at else self.sim.asked

    def enter_pin(self, pin: str) -> bool:
        """Whether it was right. Three wrong ones in a row, and the SIM asks for its PUK."""
        if pin == self.sim.pin:
            self.sim.asked, self.sim.tries = "ready", PIN_TRIES
            self.sim.ready_at = self._now() + SIM_START_S
        else:
            self.sim.tries -= 1
            self.sim.asked = "pin" if self.sim.tries > 0 else "puk"
        self._follow_sim()
        return self.sim.asked == "ready"

    def store_order(self, order: str) -> bool:
        """Lock to technologies; False for a code that this firmware does not have."""
        if order not in ORDERS:
            return False
        self.order = order
        self.radio.allow(ORDERS[order])
        return True

    def _follow_sim(self) -> None:
        self.radio.sim(self.sim.asked == "ready" and self._now() >= self.sim.ready_at)
