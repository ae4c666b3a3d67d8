"""A modem that somebody else can see: a telephone or a dongle with its own display."""

from __future__ import annotations

from typing import Self

from drivers.operator import Hands
from drivers.ports import (
    AccessTechnology,
    ModemIdentity,
    ModemStatus,
    Observer,
    Operator,
    Registration,
    Signal,
    TechnologyLock,
)

CANNOT_TELL = "cannot tell"
LEVELS: dict[str, int | None] = {
    "-51 dBm or more": -51,
    "-60 dBm": -60,
    "-70 dBm": -70,
    "-80 dBm": -80,
    "-85 dBm": -85,
    "-90 dBm": -90,
    "-100 dBm": -100,
    "-113 dBm or less": -113,
    CANNOT_TELL: None,
}
"""What the operator may say about the level: the nearest lower of these."""


class ManualModem:
    """Manual twin of the modem. Knows what the operator said, and asks when it matters.

    Args:
        name: of the modem on the bench.
        operator: who is asked.
        observe: told of every change.
    """

    def __init__(self, name: str, operator: Operator, *, observe: Observer) -> None:
        self.name = name
        self._hands = Hands(name, operator)
        self._observe = observe
        self._lock: TechnologyLock | None = None
        self._used: AccessTechnology | None = None
        self._connected: bool | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.safe()

    async def prove(self) -> str:
        """Nothing to ask a device: the operator is the device."""
        lock = "lock unknown" if self._lock is None else f"lock {self._lock.value}"
        return f"modem by hand, {lock}"

    async def safe(self) -> None:
        """Have undone what was ordered; asks nothing when nothing was."""
        await self.disconnect()
        if self._lock not in (None, TechnologyLock.AUTO):
            await self.set_lock(TechnologyLock.AUTO)

    async def identity(self) -> ModemIdentity:
        """Nobody reads 15 digits aloud."""
        return ModemIdentity("by hand", "modem", "", "")

    async def status(self) -> ModemStatus:
        """What the operator said last."""
        registered = None if self._used is None else Registration.HOME
        name = "" if self._used is None else self._used.value
        return ModemStatus(None, registered, None, self._used, name, self._lock, self._connected)

    async def read_signal(self) -> Signal:
        """Ask for the level on the display."""
        said = await self._hands.choose(
            "which RSSI does the modem show? Choose the nearest that is not above it",
            tuple(LEVELS),
        )
        return Signal(self._used, rssi_dbm=LEVELS[said])

    async def set_lock(self, lock: TechnologyLock) -> ModemStatus:
        """Have it set, and ask what serves the modem then."""
        wanted = "automatic" if lock is TechnologyLock.AUTO else f"{lock.value} only"
        self._observe("modem", self.name, {"step": "lock", "lock": lock.value, "text": wanted})
        await self._hands.do(
            f"set the modem's network mode to {wanted} and wait until it is registered"
        )
        self._lock = lock
        if lock is TechnologyLock.AUTO:
            choices = (*(technology.value for technology in AccessTechnology), CANNOT_TELL)
            said = await self._hands.choose("which technology does it use now?", choices)
            self._used = None if said == CANNOT_TELL else AccessTechnology(said)
        else:
            self._used = AccessTechnology(lock.value)
        self._observe("modem", self.name, {"step": "done", "lock": lock.value, "text": wanted})
        return await self.status()

    async def connect(self) -> ModemStatus:
        """Have mobile data switched on."""
        if not self._connected:
            await self._hands.do("switch mobile data on and wait for the connection")
            self._connected = True
        return await self.status()

    async def disconnect(self) -> None:
        """Have mobile data switched off, if it was switched on by us."""
        if self._connected:
            await self._hands.do("switch mobile data off")
            self._connected = False
