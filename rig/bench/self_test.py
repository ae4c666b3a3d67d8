"""The bench proves itself: every relay, plug, card antenna, modem and instrument, with read-back.

The station has no power meanwhile where the bench can switch it off, so that a walk over the
relays of a plug or an antenna means nothing to it, nor a cut of its network. Without a mains
switch only relays with no part in the bench are walked; the others are proven by the device that
owns them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from drivers.errors import CardProblem, DriverError, NotSupported
from drivers.ports import (
    CableCode,
    CardWriter,
    CpState,
    Device,
    EvseTester,
    Modem,
    PlugFault,
    RelayBoardPort,
    Signal,
    StationSwitch,
)
from drivers.ports import CardPresenter as Presenter
from rig.bench.assembly import Section
from rig.bench.faults import translate
from rig.bench.kinds import (
    BOARD_KINDS,
    CARD_KINDS,
    MAINS_KINDS,
    MODEM_KINDS,
    NETWORK_KINDS,
    PLUG_KINDS,
    WRITER_KINDS,
    is_manual,
)

FAULT_S = 5.0
"""Real seconds after which a fault takes itself out, should we not come to it."""
PRESENT_S = 0.1
"""Real seconds for which each card antenna is connected."""


@dataclass(frozen=True, slots=True)
class SelfTestStep:
    """One thing that was tried.

    Attributes:
        device: name on the bench.
        what: what was tried.
        detail: what was seen, or what went wrong.
        remedy: what to check; "" when all is well.
        took_s: real seconds.
    """

    device: str
    what: str
    ok: bool
    detail: str
    remedy: str
    took_s: float


@dataclass(frozen=True, slots=True)
class SelfTestReport:
    """All steps, in order, and when (UTC, ISO 8601)."""

    utc: str
    steps: tuple[SelfTestStep, ...]

    @property
    def ok(self) -> bool:
        """Whether everything works."""
        return all(step.ok for step in self.steps)


class SelfTest:
    """One self-test of devices that are open and safe, and that nobody else uses meanwhile.

    What a person does by hand is left out.

    Args:
        sections: the devices of the bench file, as plain values.
        find: an open device by name.
        roles: part of each coil: (board, coil) -> "plug-1.cp".
        progress: told of each step once it is done.
    """

    def __init__(
        self,
        sections: Mapping[str, Section],
        find: Callable[[str], Device | None],
        roles: Mapping[tuple[str, int], str],
        progress: Callable[[SelfTestStep], None],
    ) -> None:
        self._sections = sections
        self._roles = roles
        self._progress = progress
        self._steps: list[SelfTestStep] = []
        self._devices = {
            name: device
            for name, section in sections.items()
            if not is_manual(str(section["kind"])) and (device := find(name)) is not None
        }
        switches = self._of(MAINS_KINDS)
        self._mains = cast("StationSwitch", switches[0][1]) if switches else None

    def _of(self, kinds: tuple[str, ...]) -> list[tuple[str, Device]]:
        return [(n, d) for n, d in self._devices.items() if self._sections[n]["kind"] in kinds]

    async def run(self, utc: str) -> SelfTestReport:
        """Try everything; a step that fails does not keep the others from being tried."""
        if self._mains is not None:
            mains = self._mains
            await self._step(mains.name, "off, read back", mains.off)
        for name, board in self._of(BOARD_KINDS):
            await self._step(name, "relay walk", self._walk, name, board)
        for name, plug in self._of(PLUG_KINDS):
            await self._step(name, "loop A-B-C-B-A", _loop, plug)
            await self._step(name, "cables and faults", _extras, plug)
        for name, presenter in self._of(CARD_KINDS):
            for card in cast("dict[str, int]", self._sections[name]["cards"]):
                show = cast("Presenter", presenter).present
                await self._step(name, f"antenna of card {card}", show, card, PRESENT_S)
        for name, network in self._of(NETWORK_KINDS):
            await self._step(name, "down and up, read back", _there_and_back, network)
        for name, modem in self._of(MODEM_KINDS):
            await self._step(name, "identity", _who, modem)
            await self._step(name, "network and signal", _signal, modem)
        for name, writer in self._of(WRITER_KINDS):
            await self._step(name, "answers", writer.prove)
            await self._step(name, "field on, look for a card", _look, writer)
        await self._others()
        if self._mains is not None:
            await self._step(mains.name, "on, read back", mains.on)
        return SelfTestReport(utc, tuple(self._steps))

    async def _others(self) -> None:
        """Kinds that only their package knows."""
        known = {*BOARD_KINDS, *PLUG_KINDS, *CARD_KINDS, *MAINS_KINDS, *NETWORK_KINDS}
        known |= {*MODEM_KINDS, *WRITER_KINDS}
        for name, device in self._devices.items():
            if self._sections[name]["kind"] not in known:
                await self._step(name, "answers", device.prove)

    async def _step(
        self, device: str, what: str, act: Callable[..., Awaitable[object]], *args: object
    ) -> None:
        began = time.monotonic()
        try:
            seen = await act(*args)
        except DriverError as error:
            wrong = translate(error)
            ok, detail, remedy = False, wrong.cause, wrong.remedy
        else:
            ok, detail, remedy = True, seen if isinstance(seen, str) else "", ""
        took_s = round(time.monotonic() - began, 3)
        step = SelfTestStep(device, what, ok, detail, remedy, took_s)
        self._steps.append(step)
        self._progress(step)

    async def _walk(self, name: str, board: RelayBoardPort) -> str:
        """Move each coil there and back; every write is read back by the driver."""
        free = [coil for coil in range(board.coil_count) if self._may_move(name, coil)]
        async with _restored(board):
            for coil in free:
                before = (await board.read_coils())[coil]
                await board.set_coil(coil, not before)
                await board.set_coil(coil, before)
        return f"{len(free)} of {board.coil_count} coils follow"

    def _may_move(self, board: str, coil: int) -> bool:
        role = self._roles.get((board, coil), "")
        return not role or (self._mains is not None and role != self._mains.name)


async def _there_and_back(device: Device) -> None:
    switch = cast("StationSwitch", device)
    await switch.off()
    await switch.on()


async def _loop(plug: EvseTester) -> str:
    began = time.monotonic()
    seen: list[str] = []
    for act, wanted in (
        (plug.plug_in, CpState.B),
        (plug.request_energy, CpState.C),
        (plug.stop_energy, CpState.B),
        (plug.unplug, CpState.A),
    ):
        await act()
        state = (await plug.read()).cp_state
        seen.append(str(state))
        if state is not wanted:
            raise DriverError(plug.name, f"presents {state} where {wanted} was ordered")
    took_ms = 1000 * (time.monotonic() - began)
    return f"{'-'.join(['A', *seen])} in {took_ms:.0f} ms"


async def _who(modem: Modem) -> str:
    """Asked anew: it may be another one than when the bench was opened."""
    who = await modem.identity()
    return f"{who.manufacturer} {who.model} {who.revision}, IMEI {who.imei or 'not given'}"


async def _signal(modem: Modem) -> str:
    """What the modem hears. Nothing is a finding about the place, not a fault of the modem."""
    seen, level = await modem.status(), await modem.read_signal()
    sim = "unknown" if seen.sim is None else seen.sim.value
    network = "registration unknown" if seen.registration is None else seen.registration.value
    words = [f"SIM {sim}", network, seen.technology_name, seen.operator]
    words.append(_strength(level))
    return ", ".join(word for word in words if word)


def _strength(level: Signal) -> str:
    """The first level that is known: not every firmware gives the RSSI."""
    levels = {"RSSI": level.rssi_dbm, "RSRP": level.rsrp_dbm, "RSCP": level.rscp_dbm}
    known = (f"{name} {dbm} dBm" for name, dbm in levels.items() if dbm is not None)
    return next(known, "no signal")


async def _look(writer: CardWriter) -> str:
    """Any card will do, and none too: that the field went on is what is tried."""
    try:
        seen = await writer.find_card()
    except CardProblem as problem:  # the writer is well
        return problem.what
    return "no card" if seen is None else f"{seen.card_type}, UID {seen.uid.hex().upper()}"


async def _extras(plug: EvseTester) -> str:
    """Whatever the plug is wired for besides A, B and C: tried, read back, taken back."""
    cables = [code for code in CableCode if await _wired(_cable(plug, code))]
    await plug.plug_in()
    ventilation = await _wired(plug.request_energy(ventilation=True))
    await plug.stop_energy()
    faults = [fault for fault in PlugFault if await _wired(_fault(plug, fault))]
    await plug.unplug()
    timing = (await plug.read()).timing
    words = [] if timing is None else [f"read-back after {timing.readback.median_ms:.1f} ms"]
    words += ["state D"] * ventilation
    words += [f"cables {', '.join(cables)}"] * bool(cables)
    words += [f"faults {', '.join(faults)}"] * bool(faults)
    return "; ".join(words)


async def _wired(order: Awaitable[None]) -> bool:
    """Whether an order is one that the plug can carry out."""
    try:
        await order
    except NotSupported:
        return False
    return True


async def _cable(plug: EvseTester, code: CableCode) -> None:
    await plug.plug_in(code)
    seen = (await plug.read()).cable
    await plug.unplug()
    if seen is not code:
        raise DriverError(plug.name, f"presents cable {seen} where {code} was ordered")


async def _fault(plug: EvseTester, fault: PlugFault) -> None:
    await plug.inject(fault, FAULT_S)
    seen = (await plug.read()).fault
    await plug.clear_fault()
    if seen is not fault:
        raise DriverError(plug.name, f"has fault {seen} in where {fault} was ordered")


@asynccontextmanager
async def _restored(board: RelayBoardPort) -> AsyncIterator[None]:
    """Leave the board in its safe state, whatever happens in the body."""
    try:
        yield
    except BaseException:
        await asyncio.shield(board.safe())
        raise
