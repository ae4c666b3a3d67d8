"""What every card writer must do, whatever is behind it, with any card on it or none.

A test module gives `writer`, not yet entered: one behind a mock in CI, the real one in `hil/`.
Nothing here writes.
"""

from __future__ import annotations

import asyncio

import pytest

from drivers.errors import CardProblem, DeviceGone, NoCard
from drivers.ports import CardSeen, CardWriter, SectorKey

NOBODY = bytes.fromhex("04FFFFFFFFFFFF")
"""UID of a card that no lab has."""


async def look(writer: CardWriter) -> CardSeen | None:
    """What lies there; the test is skipped where that is more than one card."""
    try:
        return await writer.find_card()
    except NoCard as problem:
        pytest.skip(f"take the cards away but one: {problem.what}")


class CardWriterContract:
    """The part of the contract of the port `CardWriter` that only reads."""

    def test_is_the_port(self, writer: CardWriter) -> None:
        assert isinstance(writer, CardWriter)

    async def test_it_says_what_it_is_and_the_same_each_time(self, writer: CardWriter) -> None:
        async with writer:
            said = {await writer.prove() for _ in range(3)}
        (only,) = said
        assert only

    async def test_the_field_goes_on_and_what_is_found_has_a_uid(self, writer: CardWriter) -> None:
        async with writer:
            seen = await look(writer)
            if seen is not None:
                assert len(seen.uid) in (4, 7, 10)
                assert seen.card_type

    async def test_a_card_that_stays_is_found_every_time(self, writer: CardWriter) -> None:
        async with writer:
            found = [await look(writer) for _ in range(3)]
        if found[0] is None or not found[0].uid_is_random:
            assert found == [found[0]] * 3

    async def test_the_safe_state_keeps_it_in_use(self, writer: CardWriter) -> None:
        async with writer:
            await look(writer)
            await writer.safe()
            assert await writer.prove()

    async def test_a_card_that_is_not_there_is_not_read(self, writer: CardWriter) -> None:
        async with writer:
            for order in (writer.read_text(NOBODY), writer.read_block(NOBODY, 4, SectorKey())):
                with pytest.raises(NoCard):
                    await order
            assert await writer.prove()

    async def test_a_text_is_read_the_same_twice(self, writer: CardWriter) -> None:
        async with writer:
            seen = await look(writer)
            if seen is None or seen.uid_is_random:
                pytest.skip("no card of which to read a text")
            try:
                first = await writer.read_text(seen.uid)
            except CardProblem as problem:
                pytest.skip(f"this card has no text: {problem.what}")
            assert await writer.read_text(seen.uid) == first

    async def test_orders_from_many_tasks_do_not_mix(self, writer: CardWriter) -> None:
        async with writer:
            first = await look(writer)
            proofs = asyncio.gather(*(writer.prove() for _ in range(4)))
            finds = asyncio.gather(*(writer.find_card() for _ in range(4)))
            assert len(set(await proofs)) == 1
            if first is None or not first.uid_is_random:
                assert set(await finds) == {first}
            else:
                await finds

    async def test_an_order_cancelled_half_way_is_not_held_against_the_writer(
        self, writer: CardWriter
    ) -> None:
        async with writer:
            for ticks in range(6):
                order = asyncio.create_task(writer.find_card())
                for _ in range(ticks):
                    await asyncio.sleep(0)
                order.cancel()
                await asyncio.wait({order})
                assert await writer.prove()

    async def test_can_be_entered_again_and_is_closed_in_between(self, writer: CardWriter) -> None:
        for _ in range(3):
            async with writer:
                assert await writer.prove()
            with pytest.raises(DeviceGone, match="not open"):
                await writer.prove()
