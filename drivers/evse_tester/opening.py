"""How a plug is opened: load, S2, contactor, pilot, fault, proximity, in this order.

Source: IEC 61851-1 annex A (sequences); SAE J1772 (release button of Type 1).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from drivers.errors import ContactorClosed, NotSupported, PlugLocked
from drivers.evse_tester.circuit import S2
from drivers.evse_tester.moves import PlugMover
from drivers.evse_tester.timings import PlugTimings


class PlugOpening:
    """Opens one plug's contacts as hands and an EV do; whoever calls has the order of the plug.

    Args:
        name: of the plug.
        plug_type: "type1" or "type2".
        mover: of its contacts.
        timings: waits in real seconds.
        end_fault: takes a fault out that is put in.
    """

    def __init__(
        self,
        name: str,
        plug_type: str,
        mover: PlugMover,
        timings: PlugTimings,
        end_fault: Callable[[], Awaitable[None]],
    ) -> None:
        self._name = name
        self._plug_type = plug_type
        self._mover = mover
        self._timings = timings
        self._end_fault = end_fault

    async def open_s2(self, *, hurry: bool = False) -> None:
        """Load off, then S2; in a hurry also a pilot state that was not held long enough."""
        await self._mover.move(load_phases=0)
        if self._mover.now.s2 is not S2.OPEN:
            if not hurry:
                await self._mover.hold()
            await self._mover.move(s2=S2.OPEN)

    async def open_cp(self, *, hurry: bool = False) -> None:
        """S2, contactor, pilot; a fault goes last, so that its end asks for nothing.

        Raises:
            ContactorClosed: voltage was still there when the contactor should have opened.
        """
        pressed = await self._press_to_unplug()
        await self.open_s2(hurry=hurry)
        if self._mover.now.cp:
            if self._plug_type == "type1":
                await self._mover.hold_for(self._timings.button_s)
            await self._await_contactor_open()
            if not hurry:
                await self._mover.hold()
            await self._mover.move(cp=False)
        await self._end_fault()
        if pressed:
            await self._mover.move(button=False)

    async def open_pp(self) -> None:
        """Proximity, once the station has let go of the plug.

        Raises:
            PlugLocked: it does not.
        """
        if self._mover.now.cable is None:
            return
        await asyncio.sleep(self._timings.cp_to_pp_s)
        unlock_s = self._timings.unlock_s
        if not await self._mover.wait_for("locked", False, unlock_s):
            raise PlugLocked(
                self._name,
                f"the station holds the plug locked for {unlock_s:g} s",
                hint="let the station unlock first (end the transaction, UnlockConnector)",
            )
        await self._mover.move(cable=None)

    async def press(self, pressed: bool) -> None:
        """Press or let go the release button; pressed, it ends what is being drawn."""
        if pressed:
            await self._mover.move(load_phases=0)
        await self._mover.move(button=pressed)
        if pressed and self._mover.now.s2 is not S2.OPEN:
            await self._mover.move(s2=S2.OPEN)  # a car does so within 100 ms

    async def _press_to_unplug(self) -> bool:
        """The hand that pulls a Type 1 connector presses its button, where that is wired."""
        now = self._mover.now
        if self._plug_type != "type1" or not now.cp or now.button:
            return now.button
        try:
            await self.press(True)
        except NotSupported:
            return False
        return True

    async def _await_contactor_open(self) -> None:
        limit_s = self._timings.contactor_s
        if (await self._mover.sense()).voltage is None:
            # Nobody can see the contactor: give it all the time it may take.
            await self._mover.hold_for(limit_s)
        elif not await self._mover.wait_for("voltage", False, limit_s):
            raise ContactorClosed(
                self._name,
                f"voltage still present {limit_s:g} s after S2 opened",
                hint="the station's contactor is welded or its control ignores the pilot",
            )
