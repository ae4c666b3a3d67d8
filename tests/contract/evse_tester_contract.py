"""What every tester plug must do, whatever switches it.

A test module gives `opponent`, a plug to run against: mocks in CI, hardware in `hil/`. What needs
voltage at the plug is left out where nobody can play the station.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import pytest

from drivers.errors import InterlockError, NotSupported
from drivers.evse_tester.circuit import AT_REST, PlugCircuit
from drivers.evse_tester.plug import PlugDriver
from drivers.evse_tester.timings import PlugTimings
from drivers.ports import CableCode, CpState, EvseTester, PlugFault
from tests.unit.drivers.fake_board import Notes

LONG_S = 60.0
FAST = PlugTimings().scaled(lambda lab_s: lab_s / 50)


@dataclass(frozen=True)
class Seen:
    """What a station with its generator on would see.

    Attributes:
        cp: pilot state; "e" is a short behind the diode.
        pp: proximity: a cable code, "open" or "short".
        load: phases.
        diode: in place.
    """

    cp: str = "A"
    pp: str = "open"
    load: int = 0
    diode: bool = True


UNPLUGGED = Seen()
FAULTS_IN_B = {
    PlugFault.CP_PE_SHORT: Seen("E", "32A"),
    PlugFault.CP_PE_SHORT_AFTER_DIODE: Seen("e", "32A"),
    PlugFault.DIODE_SHORT: Seen("B", "32A", diode=False),
    PlugFault.PE_OPEN: Seen("A", "open"),
    PlugFault.CP_OPEN: Seen("A", "32A"),
    PlugFault.PP_OPEN: Seen("B", "open"),
    PlugFault.PP_SHORT: Seen("B", "short"),
}


class PlugOpponent(Protocol):
    """A plug that obeys the driver, and lets a test look at it from behind."""

    plug_type: str
    loads: int
    plays_station: bool
    complete: bool  # everything is wired: what is not supported is a mistake
    timings: PlugTimings

    def circuit(self) -> PlugCircuit:
        """What switches it, for a driver."""

    async def seen(self) -> Seen:
        """What a station would see, without the driver's knowledge."""

    async def energise(self, on: bool) -> None:
        """Put voltage at the plug, as a station's contactor would."""

    async def lid(self, is_open: bool) -> None:
        """Open or close the tester's lid."""


def driver(
    opponent: PlugOpponent, notes: Notes | None = None, circuit: PlugCircuit | None = None
) -> PlugDriver:
    return PlugDriver(
        circuit or opponent.circuit(),
        observe=notes or Notes(),
        plug_type=opponent.plug_type,
        timings=opponent.timings,
    )


def plugged(opponent: PlugOpponent, cp: str = "B") -> Seen:
    return as_type(opponent, Seen(cp, "32A"))


def as_type(opponent: PlugOpponent, seen: Seen) -> Seen:
    """The same for a plug that has no proximity of its own."""
    return replace(seen, pp="open") if opponent.plug_type == "type1" else seen


@contextlib.contextmanager
def as_far_as_wired(opponent: PlugOpponent) -> Iterator[None]:
    """What a real plug has no contact for is skipped, and says so."""
    try:
        yield
    except NotSupported as error:
        if opponent.complete:
            raise
        pytest.skip(str(error))


class EvseTesterContract:
    """The contract of the port `EvseTester`."""

    async def test_is_the_port(self, opponent: PlugOpponent) -> None:
        assert isinstance(driver(opponent), EvseTester)

    async def test_the_states_of_a_session(self, opponent: PlugOpponent) -> None:
        notes = Notes()
        async with driver(opponent, notes) as plug:
            await plug.plug_in()
            assert await opponent.seen() == plugged(opponent)
            await plug.request_energy()
            assert await opponent.seen() == plugged(opponent, "C")
            await plug.stop_energy()
            assert await opponent.seen() == plugged(opponent)
            await plug.unplug()
            assert await opponent.seen() == UNPLUGGED
        assert notes.of("pilot", "cp_state") == ["B", "C", "B", "A"]

    async def test_what_is_known_asks_nobody(self, opponent: PlugOpponent) -> None:
        async with driver(opponent) as plug:
            await plug.plug_in()
            before = plug.known
            assert before.cp_state is CpState.B
            await opponent.energise(True)
            before = plug.known
            seen = await plug.read()
            assert plug.known == seen
            assert (before.voltage_present, seen.voltage_present) in [(False, True), (None, None)]
        assert plug.known.cp_state is CpState.A

    async def test_the_station_side_alone(self, opponent: PlugOpponent) -> None:
        notes = Notes()
        async with driver(opponent, notes) as plug:
            if opponent.plug_type == "type1":
                with pytest.raises(NotSupported, match="no plug at its end"):
                    await plug.plug_in_station()
                return
            await plug.plug_in_station()
            assert await opponent.seen() == plugged(opponent, "A")
            assert (plug.known.cable_in_station, notes.of("pilot", "cp_state")) == (True, [])
            with pytest.raises(InterlockError, match="no EV is connected"):
                await plug.request_energy()
            await plug.plug_in_station()
            await plug.plug_in()
            assert await opponent.seen() == plugged(opponent)

    async def test_ventilation_comes_by_way_of_b(self, opponent: PlugOpponent) -> None:
        notes = Notes()
        async with driver(opponent, notes) as plug:
            await plug.plug_in()
            await plug.request_energy()
            with as_far_as_wired(opponent):
                await plug.request_energy(ventilation=True)
            assert await opponent.seen() == plugged(opponent, "D")
        assert notes.of("pilot", "cp_state") == ["B", "C", "B", "D", "B", "A"]

    @pytest.mark.parametrize("code", list(CableCode))
    async def test_every_cable_code(self, opponent: PlugOpponent, code: CableCode) -> None:
        async with driver(opponent) as plug:
            if opponent.plug_type == "type1":
                with pytest.raises(NotSupported, match="cannot be coded"):
                    await plug.plug_in(code)
                return
            with as_far_as_wired(opponent):
                await plug.plug_in(code)
            assert (await opponent.seen()).pp == code
            assert (await plug.read()).cable is code

    @pytest.mark.parametrize("fault", list(PlugFault))
    async def test_every_fault(self, opponent: PlugOpponent, fault: PlugFault) -> None:
        async with driver(opponent) as plug:
            await plug.plug_in()
            if opponent.plug_type == "type1" and fault in (PlugFault.PP_OPEN, PlugFault.PP_SHORT):
                with pytest.raises(NotSupported):
                    await plug.inject(fault, LONG_S)
                return
            with as_far_as_wired(opponent):
                await plug.inject(fault, LONG_S)
            assert await opponent.seen() == as_type(opponent, FAULTS_IN_B[fault])
            assert (await plug.read()).fault is fault
            await plug.clear_fault()
            assert await opponent.seen() == plugged(opponent)

    async def test_a_fault_ends_by_itself(self, opponent: PlugOpponent) -> None:
        async with driver(opponent) as plug:
            await plug.plug_in()
            await plug.inject(PlugFault.CP_OPEN, 0.05)
            while (await plug.read()).fault is not None:  # bus time is the pace; pytest the limit
                pass
            assert await opponent.seen() == plugged(opponent)

    async def test_a_load_needs_voltage_and_goes_first(self, opponent: PlugOpponent) -> None:
        async with driver(opponent) as plug:
            await plug.plug_in()
            await plug.request_energy()
            with as_far_as_wired(opponent), pytest.raises(InterlockError, match="I8"):
                await plug.set_load(1)
            if not opponent.plays_station:
                return
            await opponent.energise(True)
            for phases in range(1, opponent.loads + 1):
                await plug.set_load(phases)
                assert (await opponent.seen()).load == phases
            await opponent.lid(True)
            assert (await plug.read()).load_phases == 0
            await opponent.lid(False)
            await plug.set_load(1)
            await opponent.energise(False)
            await plug.unplug()
            assert await opponent.seen() == UNPLUGGED

    async def test_leaving_opens_everything(self, opponent: PlugOpponent) -> None:
        async with driver(opponent) as plug:
            await plug.plug_in()
            await plug.request_energy()
            await plug.inject(PlugFault.CP_OPEN, LONG_S)
        assert await opponent.seen() == UNPLUGGED

    async def test_entering_learns_what_somebody_left(self, opponent: PlugOpponent) -> None:
        circuit = opponent.circuit()
        await circuit.enter()  # and entered again below, as after a crash: the line is shared
        now = AT_REST
        for step in ({"cable": CableCode.A32}, {"cp": True}):
            if "cp" in step or opponent.plug_type == "type2":
                after = replace(now, **step)
                await circuit.move(now, after)
                now = after
        async with driver(opponent, circuit=circuit) as plug:
            assert plug.cp_state is CpState.B
        await circuit.leave()
        assert await opponent.seen() == UNPLUGGED

    async def test_moves_are_timed(self, opponent: PlugOpponent) -> None:
        async with driver(opponent) as plug:
            await plug.plug_in()
            timing = (await plug.read()).timing
            assert timing is not None
            assert 0 < timing.readback.least_ms <= timing.readback.most_ms
            assert "state B" in await plug.prove()
