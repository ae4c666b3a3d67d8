"""What every relay board must do, whoever made it and however it is connected.

A test module gives `opponent`, a board to run against: mocks in CI, hardware in `hil/`.
"""

from __future__ import annotations

import asyncio

import pytest

from drivers.errors import NotSupported
from drivers.ports import RelayBoardPort
from drivers.relay.board import RelayBoard
from tests.contract.opponents import Opponent
from tests.unit.drivers.fake_board import Notes


def driver(
    opponent: Opponent, notes: Notes | None = None, safe_closed: tuple[int, ...] = ()
) -> RelayBoard:
    return RelayBoard(
        "relay-left",
        opponent.bus(),
        opponent.unit,
        opponent.dialect,
        safe_closed=safe_closed,
        observe=notes or Notes(),
    )


def pattern(opponent: Opponent, *closed: int) -> list[bool]:
    return [n in closed for n in range(opponent.dialect.coil_count)]


class RelayBoardContract:
    """The contract of the port `RelayBoardPort`."""

    async def test_is_the_port(self, opponent: Opponent) -> None:
        board = driver(opponent)
        assert isinstance(board, RelayBoardPort)
        expected = opponent.dialect
        assert (board.coil_count, board.input_count) == (expected.coil_count, expected.input_count)

    async def test_a_coil_follows_and_reads_back(self, opponent: Opponent) -> None:
        async with driver(opponent) as board:
            await board.set_coil(2, True)
            assert list(await board.read_coils()) == await opponent.coils() == pattern(opponent, 2)
            await board.set_coil(2, False)
            assert list(await board.read_coils()) == await opponent.coils() == pattern(opponent)

    async def test_several_coils_change_and_those_between_stay(self, opponent: Opponent) -> None:
        async with driver(opponent) as board:
            await board.set_coils({1: True, 2: True, 3: True})
            last = board.coil_count - 1
            await board.set_coils({0: True, 3: False, last: True})
            assert await opponent.coils() == pattern(opponent, 0, 1, 2, last)

    async def test_no_coils_is_no_order(self, opponent: Opponent) -> None:
        async with driver(opponent) as board:
            await board.set_coils({})
            assert await opponent.coils() == pattern(opponent)

    async def test_leaving_reaches_the_safe_state(self, opponent: Opponent) -> None:
        async with driver(opponent, safe_closed=(3,)) as board:
            await board.set_coils({n: n != 3 for n in range(board.coil_count)})
        assert await opponent.coils() == pattern(opponent, 3)
        async with driver(opponent):
            pass
        assert await opponent.coils() == pattern(opponent)

    async def test_leaving_after_a_failure_reaches_the_safe_state(self, opponent: Opponent) -> None:
        async def fail() -> None:
            async with driver(opponent) as board:
                await board.set_coil(5, True)
                raise RuntimeError("body")

        with pytest.raises(RuntimeError, match="body"):
            await fail()
        assert await opponent.coils() == pattern(opponent)

    async def test_leaving_when_cancelled_reaches_the_safe_state(self, opponent: Opponent) -> None:
        closed = asyncio.Event()

        async def work() -> None:
            async with driver(opponent) as board:
                await board.set_coil(5, True)
                closed.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(work())
        await closed.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await opponent.coils() == pattern(opponent)

    async def test_a_coil_that_does_not_exist_is_refused(self, opponent: Opponent) -> None:
        async with driver(opponent) as board:
            beyond = board.coil_count
            with pytest.raises(NotSupported, match=f"no coil {beyond}"):
                await board.set_coils({0: True, beyond: True})
            with pytest.raises(NotSupported, match="no coil -1"):
                await board.set_coil(-1, True)
            assert await opponent.coils() == pattern(opponent)

    async def test_inputs_can_be_read(self, opponent: Opponent) -> None:
        async with driver(opponent) as board:
            assert await board.read_inputs() == (False,) * board.input_count

    async def test_prove_tells_what_and_where(self, opponent: Opponent) -> None:
        async with driver(opponent) as board:
            await board.set_coils({0: True, 5: True})
            said = await board.prove()
        assert str(opponent.address) in said
        assert said.endswith("coils closed: 0, 5")

    async def test_every_change_is_observed_once(self, opponent: Opponent) -> None:
        notes = Notes()
        async with driver(opponent, notes) as board:
            await board.set_coils({0: True, 1: True})
            await board.set_coil(1, True)
            await board.read_coils()
            await board.set_coil(0, False)
            changes = [(data["coil"], data["closed"]) for _, _, data in notes.seen]
        assert changes == [(0, True), (1, True), (0, False)]

    async def test_orders_from_many_tasks_do_not_mix(self, opponent: Opponent) -> None:
        async with driver(opponent) as board:
            await asyncio.gather(*(board.set_coil(n, n % 2 == 0) for n in range(6)))
            assert await opponent.coils() == pattern(opponent, 0, 2, 4)

    async def test_an_order_cancelled_half_way_is_not_held_against_the_board(
        self, opponent: Opponent
    ) -> None:
        async with driver(opponent) as board:
            for ticks in range(10):
                order = asyncio.create_task(board.set_coil(2, ticks % 2 == 0))
                for _ in range(ticks):
                    await asyncio.sleep(0)
                order.cancel()
                await asyncio.wait({order})
                await board.prove()

    async def test_a_pulse_ends_by_itself_where_the_board_has_one(self, opponent: Opponent) -> None:
        rule, notes = opponent.dialect.pulse, Notes()
        async with driver(opponent, notes) as board:
            await board.set_coil(0, True)
            if rule is None:
                with pytest.raises(NotSupported, match="cannot time a pulse"):
                    await board.pulse(2, 1.0)
            else:
                await board.pulse(2, max(0.5, rule.unit_s))
            assert await opponent.coils() == pattern(opponent, 0)
            await board.prove()
        moved = [data["closed"] for _, _, data in notes.seen if data["coil"] == 2]
        assert moved == ([] if rule is None else [True, False])

    async def test_can_be_entered_again(self, opponent: Opponent) -> None:
        board = driver(opponent)
        for _ in range(3):
            async with board:
                await board.set_coil(1, True)
        assert await opponent.coils() == pattern(opponent)
