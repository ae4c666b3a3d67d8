"""What every modem must do, whatever is behind it.

A test module gives `modem`, not yet entered: one behind a mock in CI, the real one in `hil/`.
Everything here reads, or undoes what it did: no data session is begun, no PIN is sent but by
entering, and the lock is that of the safe state afterwards.
"""

from __future__ import annotations

import asyncio
import re

import pytest

from drivers.modem.signal_watch import watch_signal
from drivers.modem.waiting import wait_until
from drivers.ports import AccessTechnology, Modem, SimState, TechnologyLock
from tests.unit.drivers.fake_board import Notes

NETWORK_S = 30.0
"""Real seconds in which a modem that was just opened finds a network, if there is one."""


async def in_service(modem: Modem) -> AccessTechnology:
    """What serves the modem; the test is skipped where nothing does."""
    if (sim := (await modem.status()).sim) is not SimState.READY:
        pytest.skip(f"no SIM that can be used: {sim}")
    seen, found = await wait_until(
        modem.status, lambda s: s.access_technology is not None,
        timeout_s=NETWORK_S, poll_s=0.2, stir=asyncio.Event(),
    )  # fmt: skip
    if not found or seen.access_technology is None:
        pytest.skip("no network takes this SIM here")
    return seen.access_technology


class ModemContract:
    """The contract of the port `Modem`, without anything that needs a hand on the network."""

    def test_is_the_port(self, modem: Modem) -> None:
        assert isinstance(modem, Modem)

    async def test_it_says_who_it_is(self, modem: Modem) -> None:
        async with modem:
            who = await modem.identity()
            said = await modem.prove()
        assert who.manufacturer.casefold() == "huawei"
        assert re.fullmatch(r"\d{14,16}", who.imei)
        assert who.model in said
        assert who.imei in said

    async def test_status_does_not_contradict_itself(self, modem: Modem) -> None:
        async with modem:
            seen = await modem.status()
        if seen.access_technology is not None:
            assert seen.registration is not None
            assert seen.registration.is_registered
        if seen.address is not None:
            assert seen.data_connected

    async def test_a_reading_has_values_of_one_technology(self, modem: Modem) -> None:
        async with modem:
            await in_service(modem)
            level = await modem.read_signal()
        of_lte = (level.rsrp_dbm, level.rsrq_db, level.sinr_db)
        of_umts = (level.rscp_dbm, level.ecio_db)
        assert set(of_lte) == {None} or set(of_umts) == {None}
        for dbm in (level.rssi_dbm, level.rsrp_dbm, level.rscp_dbm):
            assert dbm is None or -150 <= dbm <= -20

    async def test_the_lock_of_the_safe_state_is_there_after_entering_and_leaving(
        self, modem: Modem
    ) -> None:
        async with modem:
            await modem.safe()
            before = (await modem.status()).lock
        async with modem:
            assert (await modem.status()).lock is before

    async def test_a_lock_to_what_serves_ends_with_leaving(self, modem: Modem) -> None:
        async def fail() -> None:
            async with modem:
                lock = TechnologyLock((await in_service(modem)).value)
                seen = await modem.set_lock(lock)
                assert seen.lock is lock
                assert seen.access_technology is not None
                assert seen.access_technology.value == lock.value
                raise RuntimeError("body")

        async with modem:
            await modem.safe()
            free = (await modem.status()).lock
        with pytest.raises(RuntimeError, match="body"):
            await fail()
        async with modem:
            assert (await modem.status()).lock is free

    async def test_ending_a_session_that_is_not_there_is_no_order(
        self, modem: Modem, notes: Notes
    ) -> None:
        async with modem:
            await modem.safe()
            notes.seen.clear()
            await modem.disconnect()
            assert (await modem.status()).data_connected is not True
        assert "disconnect" not in notes.of("modem", "step")

    async def test_watch_tells_every_reading(self, modem: Modem, notes: Notes) -> None:
        async with modem:
            seen = await watch_signal(modem, notes, duration_s=0.1, interval_s=0.02)
        assert seen.readings == 6
        assert notes.of("modem", "step").count("signal") == 6

    async def test_orders_from_many_tasks_do_not_mix(self, modem: Modem) -> None:
        async with modem:
            who = await modem.identity()
            seen = await asyncio.gather(
                *(modem.identity() for _ in range(4)), *(modem.read_signal() for _ in range(4))
            )
        assert [one == who for one in seen[:4]] == [True] * 4

    async def test_an_order_cancelled_half_way_is_not_held_against_the_modem(
        self, modem: Modem
    ) -> None:
        async with modem:
            who = await modem.identity()
            for ticks in range(10):
                order = asyncio.create_task(modem.status())
                for _ in range(ticks):
                    await asyncio.sleep(0)
                order.cancel()
                await asyncio.wait({order})
                assert await modem.identity() == who

    async def test_can_be_entered_again(self, modem: Modem) -> None:
        said = set()
        for _ in range(3):
            async with modem:
                said.add((await modem.identity()).imei)
        assert len(said) == 1
