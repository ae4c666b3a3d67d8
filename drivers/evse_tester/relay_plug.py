"""Type 2 tester plug switched by three relays, with its interlocks.

Coils: CP connects the pilot line to the EV network (2.74 kOhm and diode: state B), S2C adds
1.3 kOhm (state C), PP makes the proximity contact (220 Ohm: a 32 A cable). Everything open is
"unplugged". The order of switching follows what a hand and an EV can do, and protects the
station's contactor: S2 opens first, the pilot only after the contactor has, proximity last.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Self

from drivers.errors import (
    ContactorClosed,
    InterlockError,
    NotSupported,
    PlugLocked,
)
from drivers.evse_tester.timings import PlugTimings
from drivers.ports import CpState, Observer, PlugReading, RelayBoardPort


@dataclass(frozen=True, slots=True)
class PlugWiring:
    """Where a plug's circuit is connected on its board.

    Attributes:
        cp: coil of the pilot line.
        s2c: coil of S2, state C.
        pp: coil of the proximity resistor; None for a fixed cable, whose plug sits on the
            station's own cable.
        voltage: input "mains at the plug", None if not wired.
        locked: input "plug locked in the socket", None if not wired.
    """

    cp: int
    s2c: int
    pp: int | None = None
    voltage: int | None = None
    locked: int | None = None


class RelayEvseTester:
    """Tester plug on a relay board.

    Entering learns the state from the coils; leaving opens everything in the safe order.

    Args:
        name: of the plug on the bench.
        board: relay board, already entered.
        wiring: coils and inputs.
        observe: told of pilot states and inputs.
        plug_type: "type2".
        timings: waits in real seconds.
    """

    def __init__(
        self,
        name: str,
        board: RelayBoardPort,
        wiring: PlugWiring,
        *,
        observe: Observer,
        plug_type: str = "type2",
        timings: PlugTimings | None = None,
    ) -> None:
        self.name = name
        self.plug_type = plug_type
        self.cp_state = CpState.A
        self._board = board
        self._wiring = wiring
        self._observe = observe
        self._timings = timings or PlugTimings()
        self._in_station = False
        self._since = 0.0
        self._inputs: dict[str, bool] = {}
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> Self:
        async with self._lock:
            await self._learn()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.safe()

    async def plug_in(self) -> None:
        """Cable into the station, EV connected: proximity, then CP A to B.

        With the cable still in the station's socket only the EV side is connected.

        Raises:
            InterlockError: the EV is charging.
        """
        async with self._lock:
            await self._learn()
            if self.cp_state is CpState.C:
                raise InterlockError(self.name, "cannot be plugged in, it is charging (state C)")
            if self.cp_state is CpState.B:
                return
            if not self._in_station:
                await self._switch_pp(True)
                await asyncio.sleep(self._timings.pp_to_cp_s)
            await self._hold()
            await self._switch({self._wiring.cp: True}, CpState.B)

    async def request_energy(self) -> None:
        """EV closes S2: CP B to C.

        Raises:
            InterlockError: no EV is connected (state A).
        """
        async with self._lock:
            await self._learn()
            if self.cp_state is CpState.A:
                raise InterlockError(
                    self.name,
                    "energy cannot be requested in state A: no EV is connected",
                    hint="plug in first",
                )
            if self.cp_state is CpState.B:
                await self._hold()
                await self._switch({self._wiring.s2c: True}, CpState.C)

    async def stop_energy(self) -> None:
        """EV opens S2: CP C to B. Nothing to do in another state."""
        async with self._lock:
            await self._learn()
            await self._open_s2()

    async def unplug_ev(self) -> None:
        """EV side out: S2, then, once the contactor is open, CP to A. The cable stays.

        Raises:
            ContactorClosed: voltage was still there when the contactor should have opened.
        """
        async with self._lock:
            await self._learn()
            await self._open_cp()

    async def unplug_station(self) -> None:
        """Plug out of the station's socket: proximity open.

        Raises:
            InterlockError: the EV side is still connected.
            PlugLocked: the station does not release the plug.
            NotSupported: fixed cable.
        """
        if self._wiring.pp is None:
            raise NotSupported(self.name, "the station's fixed cable has no plug at its end")
        async with self._lock:
            await self._learn()
            if self.cp_state is not CpState.A:
                raise InterlockError(
                    self.name,
                    f"the cable cannot be pulled out of the station in state {self.cp_state}",
                    hint="disconnect the EV side first",
                )
            await self._open_pp()

    async def unplug(self) -> None:
        """Both sides out: S2, CP, proximity.

        Raises:
            ContactorClosed: as `unplug_ev`.
            PlugLocked: as `unplug_station`.
        """
        async with self._lock:
            await self._learn()
            await self._open_cp()
            await self._open_pp()

    async def read(self) -> PlugReading:
        """What the circuit presents and what the inputs see, now."""
        async with self._lock:
            await self._learn()
            inputs = await self._read_inputs()
        return PlugReading(
            self.cp_state, self._in_station, inputs.get("voltage"), inputs.get("locked")
        )

    async def prove(self) -> str:
        """The board answers and the coils make a legal state."""
        reading = await self.read()
        cable = "in" if reading.cable_in_station else "not in"
        return f"{self.plug_type} plug, state {reading.cp_state}, cable {cable} the station"

    async def safe(self) -> None:
        """Everything open: S2, CP, proximity, in this order.

        The order is kept as long as the station plays along. A contactor that stays closed or a
        lock that holds does not keep the plug from reaching its safe state: the relays carry
        signals, the load has its own supervision.
        """
        wiring = self._wiring
        async with self._lock:
            await self._switch({wiring.s2c: False}, None)
            try:
                await self._await_contactor_open()
            except ContactorClosed as alarm:
                self._observe(
                    "input", self.name, {"plug": self.name, "name": "alarm", "value": str(alarm)}
                )
            await self._switch({wiring.cp: False}, CpState.A)
            if wiring.pp is not None:
                if self._in_station:
                    await asyncio.sleep(self._timings.cp_to_pp_s)
                await self._switch_pp(False)

    async def _learn(self) -> None:
        """Take the state from the board; whatever switched the coils, this is what is real."""
        coils = await self._board.read_coils()
        wiring = self._wiring
        pilot, s2 = coils[wiring.cp], coils[wiring.s2c]
        self._in_station = pilot if wiring.pp is None else coils[wiring.pp]
        self._enter(CpState.A if not pilot else CpState.C if s2 else CpState.B)

    def _enter(self, state: CpState) -> None:
        if state is self.cp_state:
            return
        self.cp_state = state
        self._since = asyncio.get_running_loop().time()
        self._observe("pilot", self.name, {"plug": self.name, "cp_state": str(state)})

    async def _switch(self, coils: dict[int, bool], state: CpState | None) -> None:
        await self._board.set_coils(coils)
        if state is None:
            await self._learn()
        else:
            self._enter(state)

    async def _switch_pp(self, closed: bool) -> None:
        if self._wiring.pp is not None:
            await self._board.set_coil(self._wiring.pp, closed)
            self._in_station = closed

    async def _hold(self) -> None:
        """A pilot state shorter than the station's debounce would not be seen."""
        until = self._since + self._timings.hold_s
        await asyncio.sleep(max(0.0, until - asyncio.get_running_loop().time()))

    async def _open_s2(self) -> None:
        if self.cp_state is CpState.C:
            await self._hold()
            await self._switch({self._wiring.s2c: False}, CpState.B)

    async def _open_cp(self) -> None:
        await self._open_s2()
        if self.cp_state is CpState.B:
            await self._await_contactor_open()
            await self._hold()
            await self._switch({self._wiring.cp: False}, CpState.A)
            if self._wiring.pp is None:
                self._in_station = False

    async def _open_pp(self) -> None:
        if self._wiring.pp is None or not self._in_station:
            return
        await asyncio.sleep(self._timings.cp_to_pp_s)
        if not await self._wait_for("locked", False, self._timings.unlock_s):
            raise PlugLocked(
                self.name,
                f"the station holds the plug locked for {self._timings.unlock_s:g} s",
                hint="let the station unlock first (end the transaction, UnlockConnector)",
            )
        await self._switch_pp(False)

    async def _await_contactor_open(self) -> None:
        if self._wiring.voltage is None:
            # Nobody can see the contactor: give it all the time it may take. Only a plug that
            # has just left C can have a closed one.
            if self._since:
                await self._hold_since(self._timings.contactor_s)
            return
        if not await self._wait_for("voltage", False, self._timings.contactor_s):
            raise ContactorClosed(
                self.name,
                f"voltage still present {self._timings.contactor_s:g} s after S2 opened",
                hint="the station's contactor is welded or its control ignores the pilot",
            )

    async def _hold_since(self, span_s: float) -> None:
        until = self._since + span_s
        await asyncio.sleep(max(0.0, until - asyncio.get_running_loop().time()))

    async def _wait_for(self, name: str, value: bool, timeout_s: float) -> bool:
        """Look at an input until it has a value; True at once where it is not wired."""
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout_s
        while True:
            late = loop.time() >= until
            if (await self._read_inputs()).get(name, value) == value:
                return True
            if late:
                return False
            await asyncio.sleep(self._timings.poll_s)

    async def _read_inputs(self) -> dict[str, bool]:
        wired = {"voltage": self._wiring.voltage, "locked": self._wiring.locked}
        if all(index is None for index in wired.values()):
            return {}
        levels = await self._board.read_inputs()
        seen: dict[str, bool] = {}
        for name, index in wired.items():
            if index is None:
                continue
            if index >= len(levels):
                raise NotSupported(self.name, f"{self._board.name} has no input {index}")
            seen[name] = levels[index]
            if self._inputs.get(name, False) != seen[name]:
                self._observe(
                    "input", self.name, {"plug": self.name, "name": name, "value": seen[name]}
                )
        self._inputs = seen
        return seen
