"""A tester plug's circuit in a tester with its own controller, spoken to over Modbus."""

from __future__ import annotations

import asyncio

from drivers.errors import BadReply, NotSupported, ReadbackMismatch
from drivers.evse_tester import registers as map_
from drivers.evse_tester.circuit import AT_REST, S2, Positions, Senses
from drivers.evse_tester.registers import Feature, Order
from drivers.ports import CableCode
from drivers.relay.modbus_bus import ModbusBus, ModbusExceptionReply

WATCHDOG_S = 5.0
"""The bench asks each tester twice a second; a daemon that is silent for so long is dead."""
SETTLE_S = 0.3
"""Real seconds for the tester's contacts to follow an order."""


class RegisterCircuit:
    """`PlugCircuit` of a tester with the register map of `registers`.

    Its controller opens everything by itself after `watchdog_s` of silence.

    Args:
        name: of the plug on the bench.
        bus: line to the tester.
        unit: Modbus unit, 1 to 247.
        plug_type: that it must have.
        watchdog_s: silence that the tester must bear; not 0.
        break_s: real seconds between looks at contacts that have not followed yet.
    """

    measures_pilot = False

    def __init__(
        self,
        name: str,
        bus: ModbusBus,
        unit: int,
        *,
        plug_type: str = "type2",
        watchdog_s: float = WATCHDOG_S,
        break_s: float = 0.02,
    ) -> None:
        self.name = name
        self._bus = bus
        self._unit = unit
        self._plug_type = plug_type
        self._watchdog_s = watchdog_s
        self._break_s = break_s
        self._features = Feature(0)
        self._faults = 0
        self._cables = 0
        self._loads = 0

    def lacks(self, wanted: Positions) -> str:
        """What the tester would have to have; "" when nothing is missing."""
        if wanted.s2 is S2.VENTILATE and Feature.VENTILATION not in self._features:
            return "the tester has no state D"
        if wanted.button and Feature.BUTTON not in self._features:
            return "the tester has nothing that presses a release button"
        if wanted.fault is not None and not self._faults >> map_.FAULTS.index(wanted.fault) & 1:
            return f"the tester has no fault {wanted.fault}"
        if wanted.cable is not None and not self._has(wanted.cable):
            return f"the tester has no cable code {wanted.cable}"
        return "" if wanted.load_phases <= self._loads else f"the tester has {self._loads} loads"

    def _has(self, code: CableCode) -> bool:
        return bool(self._cables >> list(CableCode).index(code) & 1)

    async def enter(self) -> None:
        """Connect; check that it is such a tester, of this type; set its watchdog.

        Raises:
            NotSupported: another device, map or plug type.
            DriverError: no sensible answer.
        """
        await self._bus.acquire(self.name)
        try:
            await self._identify()
            tenths = max(1, round(self._watchdog_s * 10))
            await self._write(map_.WATCHDOG, tenths)
            (now,) = await self._read(map_.WATCHDOG, 1)
            if now != tenths:
                raise ReadbackMismatch(self.name, "watchdog", expected=tenths, got=now)
        except BaseException:
            await self._bus.release()
            raise

    async def leave(self) -> None:
        """Disconnect."""
        await self._bus.release()

    async def positions(self) -> Positions:
        """Positions of the contacts, as the controller reads them back."""
        state = await self._read(map_.STATE, map_.STATE_COUNT)
        try:
            return map_.positions(state)
        except ValueError as error:
            raise BadReply(self.name, str(error)) from error

    async def move(self, before: Positions, after: Positions) -> None:
        """Order one change and wait until the contacts have followed."""
        was, will = map_.orders(before), map_.orders(after)
        for number in Order:
            if was[number] != will[number]:
                await self._write(map_.ORDERS + number, will[number])
        await self._follow(after)

    async def sense(self) -> Senses:
        """Status bits and instruments."""
        state = await self._read(map_.STATE, map_.STATE_COUNT)
        instruments = None
        if self.measures_pilot:
            instruments = await self._read(map_.INSTRUMENTS, map_.INSTRUMENT_COUNT)
        type1 = self._plug_type == "type1"
        return map_.senses(state[5], self._features, instruments, type1=type1)

    async def release(self) -> None:
        """Load, S2, pilot, fault, proximity, button: one after the other, then read back."""
        now = await self.positions()
        ev_steps = (1, 0) if now.s2 is not S2.OPEN else (0,)
        steps = [(Order.LOAD, 0), *((Order.EV, step) for step in ev_steps)]
        steps += [(Order.FAULT, 0), (Order.CABLE, 0), (Order.BUTTON, 0)]
        if now != AT_REST:
            for order, value in steps:
                await self._write(map_.ORDERS + order, value)
        await self._follow(AT_REST)

    async def _follow(self, wanted: Positions) -> None:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + SETTLE_S
        while (now := await self.positions()) != wanted:
            if loop.time() >= until_s:
                raise ReadbackMismatch(
                    self.name,
                    f"contacts did not follow within {SETTLE_S:g} s",
                    expected=_difference(now, wanted),
                    got=_difference(wanted, now),
                )
            await asyncio.sleep(self._break_s)

    async def _identify(self) -> None:
        try:
            seen = await self._read(map_.IDENTITY, map_.IDENTITY_COUNT)
        except ModbusExceptionReply as error:
            raise self._foreign(f"exception {error.code} where its identity should be") from error
        magic, version, plug_type, self._faults, self._loads, self._cables, features = seen
        if magic != map_.MAGIC:
            raise self._foreign(f"0x{magic:04X} where its identity should be")
        if version != map_.VERSION:
            raise self._foreign(f"register map {version}, we know {map_.VERSION}")
        if f"type{plug_type}" != self._plug_type:
            raise NotSupported(
                self.name,
                f"the tester is of type {plug_type}, the bench file says {self._plug_type}",
                hint="correct plug_type in the bench file, or connect the other tester",
            )
        self._features = Feature(features)
        self.measures_pilot = Feature.INSTRUMENTS in self._features

    def _foreign(self, what: str) -> NotSupported:
        return NotSupported(
            self.name,
            f"unit {self._unit} at {self._bus.address} is no EVSE tester that we know: {what}",
            hint="check unit and address; the register map is in docs/reference/evse-tester.md",
        )

    async def _read(self, address: int, count: int) -> list[int]:
        return await self._bus.read_registers(self.name, self._unit, address, count)

    async def _write(self, address: int, value: int) -> None:
        await self._bus.write_register(self.name, self._unit, address, value)


def _difference(base: Positions, other: Positions) -> str:
    """Fields of `other` that differ from `base`."""
    names = [n for n in base.__slots__ if getattr(base, n) != getattr(other, n)]
    return ", ".join(f"{n} {getattr(other, n)}" for n in names) or "the same"
