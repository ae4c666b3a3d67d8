"""The contract of modems against mocks, and what takes a hand on the network to show."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from drivers.errors import RadioUnavailable
from drivers.modem.e3372h import E3372hModem
from drivers.modem.hilink import HilinkModem
from drivers.modem.signal_watch import watch_signal
from drivers.ports import AccessTechnology, Modem, Registration, SimState, TechnologyLock
from tests.contract.dongle_mocks import FAST, DongleMock, dongle_mock
from tests.contract.modem_contract import ModemContract
from tests.unit.drivers.fake_board import Notes

BACKENDS = ["e3372h 21.200", "e3372h 21.110", "e3372h 21.315", "hilink"]


@pytest.fixture(scope="module", params=BACKENDS)
def shared(request: pytest.FixtureRequest) -> Iterator[tuple[str, DongleMock]]:
    kind, _, firmware = request.param.partition(" ")
    options = ("--firmware", firmware) if firmware else ()
    with dongle_mock(kind, *options) as mock:
        yield kind, mock


@pytest.fixture
async def dongle(shared: tuple[str, DongleMock]) -> AsyncIterator[DongleMock]:
    mock = shared[1]
    yield mock
    for technology in ("2g", "3g", "4g"):
        await mock.control("radio", technology=technology, present=True, denied=False)
    await mock.control("network")
    await mock.control("sim", state="ready")


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def modem(shared: tuple[str, DongleMock], dongle: DongleMock, notes: Notes) -> Modem:
    if shared[0] == "hilink":
        return HilinkModem("modem", dongle.url, observe=notes, timings=FAST)
    return E3372hModem("modem", dongle.port, observe=notes, timings=FAST)


class TestModem(ModemContract):
    """Every backend and firmware."""

    async def test_identity(self, modem: Modem) -> None:
        async with modem:
            who = await modem.identity()
        assert (who.manufacturer.lower(), who.model, who.imei) == (
            "huawei", "E3372", "861821030000017"
        )  # fmt: skip
        assert who.iccid.startswith("8931")

    @pytest.mark.parametrize("technology", list(AccessTechnology))
    async def test_a_lock_is_done_when_that_technology_serves(
        self, modem: Modem, dongle: DongleMock, technology: AccessTechnology
    ) -> None:
        async with modem:
            seen = await modem.set_lock(TechnologyLock(technology.value))
            state = await dongle.state()
            assert state["serving"] == technology.value
            assert seen.access_technology is technology
            assert seen.lock is TechnologyLock(technology.value)
            assert seen.registration is Registration.HOME
            assert seen.operator == "Testnet"
            assert (await modem.status()).lock is TechnologyLock(technology.value)
        assert (await dongle.state())["order"] == "00"

    async def test_progress_is_told(self, modem: Modem, notes: Notes) -> None:
        async with modem:
            await modem.set_lock(TechnologyLock.UMTS)
        steps = notes.of("modem", "step")
        assert steps[:2] == ["lock", "register"]
        assert steps[-1] == "done"
        assert all(source == "modem" for _, source, _ in notes.seen)

    async def test_signal_of_the_technology_in_use(self, modem: Modem) -> None:
        async with modem:
            await modem.set_lock(TechnologyLock.LTE)
            lte = await modem.read_signal()
            await modem.set_lock(TechnologyLock.UMTS)
            umts = await modem.read_signal()
            await modem.set_lock(TechnologyLock.GSM)
            gsm = await modem.read_signal()
        assert lte.rssi_dbm is not None
        assert umts.rssi_dbm is not None
        assert gsm.rssi_dbm is not None
        assert -71 <= lte.rssi_dbm <= -63
        assert -79 <= umts.rssi_dbm <= -71
        assert -75 <= gsm.rssi_dbm <= -67
        assert None not in (lte.rsrp_dbm, lte.rsrq_db, lte.sinr_db, umts.rscp_dbm, umts.ecio_db)
        assert (lte.rscp_dbm, lte.ecio_db) == (None, None)
        assert (umts.rsrp_dbm, umts.rsrq_db, umts.sinr_db) == (None, None, None)
        assert (gsm.rsrp_dbm, gsm.rscp_dbm) == (None, None)

    async def test_without_network_nothing_is_invented(
        self, modem: Modem, dongle: DongleMock
    ) -> None:
        async with modem:
            for technology in ("2g", "3g", "4g"):
                await dongle.control("radio", technology=technology, present=False)
            seen, level = await modem.status(), await modem.read_signal()
            assert seen.access_technology is None
            assert seen.registration in (Registration.SEARCHING, Registration.NOT_REGISTERED, None)
            assert (level.access_technology, level.csq, level.rssi_dbm) == (None, None, None)

    @pytest.mark.parametrize("why", [{"present": False}, {"denied": True}], ids=["none", "denied"])
    async def test_a_technology_that_is_not_there_is_a_finding(
        self,
        shared: tuple[str, DongleMock],
        dongle: DongleMock,
        notes: Notes,
        why: dict[str, bool],
    ) -> None:
        short = ModemShort.of(shared, notes)
        async with short as modem:
            await dongle.control("radio", technology="2g", **why)
            with pytest.raises(RadioUnavailable, match="no network on 2g"):
                await modem.set_lock(TechnologyLock.GSM)
            assert (await modem.status()).lock is TechnologyLock.GSM
            await modem.set_lock(TechnologyLock.AUTO)

    async def test_data_session_up_and_down(self, modem: Modem, dongle: DongleMock) -> None:
        async with modem:
            await modem.set_lock(TechnologyLock.LTE)
            up = await modem.connect()
            assert up.data_connected
            assert up.address is not None
            assert (await dongle.state())["data"] == 1
            await modem.disconnect()
            assert (await modem.status()).data_connected is False
            await modem.disconnect()

    async def test_leaving_ends_the_session_and_frees_the_lock(
        self, modem: Modem, dongle: DongleMock
    ) -> None:
        async def fail() -> None:
            async with modem:
                await modem.set_lock(TechnologyLock.LTE)
                await modem.connect()
                raise RuntimeError("body")

        with pytest.raises(RuntimeError, match="body"):
            await fail()
        state = await dongle.state()
        assert (state["order"], state["data"]) == ("00", 0)

    @pytest.mark.parametrize(
        ("state", "sim"),
        [
            ("missing", SimState.MISSING),
            ("pin", SimState.PIN_REQUIRED),
            ("puk", SimState.PUK_REQUIRED),
        ],
    )
    async def test_without_a_usable_sim_the_modem_answers_and_refuses(
        self, modem: Modem, dongle: DongleMock, state: str, sim: SimState
    ) -> None:
        await dongle.control("sim", state=state)
        async with modem:
            assert (await modem.status()).sim is sim
            assert await modem.prove()
            with pytest.raises(RadioUnavailable, match=sim.value):
                await modem.set_lock(TechnologyLock.LTE)
            with pytest.raises(RadioUnavailable, match=sim.value):
                await modem.connect()

    async def test_watch_sums_up_what_was_read(self, modem: Modem, notes: Notes) -> None:
        async with modem:
            await modem.set_lock(TechnologyLock.LTE)
            seen = await watch_signal(modem, notes, duration_s=0.1, interval_s=0.02)
        told = [data["rssi_dbm"] for _, _, data in notes.seen if data["step"] == "signal"]
        rssi = seen.spreads["rssi_dbm"]
        assert rssi is not None
        assert seen.readings == rssi.count == len(told) == 6
        known = [level for level in told if isinstance(level, int)]
        assert (rssi.least, rssi.greatest) == (min(known), max(known))
        assert rssi.least <= rssi.median <= rssi.greatest
        assert seen.spreads["rscp_dbm"] is None


class ModemShort:
    """A modem that gives up a search soon."""

    @staticmethod
    def of(shared: tuple[str, DongleMock], notes: Notes) -> E3372hModem | HilinkModem:
        from dataclasses import replace

        times = replace(FAST, register_s=0.5)
        if shared[0] == "hilink":
            return HilinkModem("modem", shared[1].url, observe=notes, timings=times)
        return E3372hModem("modem", shared[1].port, observe=notes, timings=times)
