"""The modem by hand, and the summary of a watch."""

from __future__ import annotations

import pytest

from drivers.errors import OperatorRefused
from drivers.modem.manual import CANNOT_TELL, ManualModem
from drivers.modem.signal_watch import summarise, watch_signal
from drivers.operator import CANNOT
from drivers.ports import AccessTechnology, Modem, Signal, TechnologyLock
from tests.unit.drivers.fake_board import Notes, Person


async def test_the_operator_is_the_modem() -> None:
    person, notes = Person("done", "-70 dBm", "done", "done", "done", "4g"), Notes()
    async with ManualModem("dongle", person, observe=notes) as modem:
        assert isinstance(modem, Modem)
        seen = await modem.set_lock(TechnologyLock.UMTS)
        assert (seen.lock, seen.access_technology) == (TechnologyLock.UMTS, AccessTechnology.UMTS)
        assert await modem.read_signal() == Signal(AccessTechnology.UMTS, rssi_dbm=-70)
        assert (await modem.connect()).data_connected
        await modem.connect()
        assert await modem.prove() == "modem by hand, lock 3g"
    words = ["3g only", "which RSSI", "mobile data on", "mobile data off", "automatic", "use now"]
    assert [w for w, q in zip(words, person.questions, strict=True) if w not in q] == []
    assert notes.of("modem", "step") == ["lock", "done", "lock", "done"]


async def test_nothing_is_asked_for_what_was_not_ordered() -> None:
    person = Person()
    async with ManualModem("dongle", person, observe=Notes()) as modem:
        assert (await modem.status()).lock is None
        await modem.disconnect()
    assert person.questions == []


async def test_what_the_operator_cannot_tell_or_do_stays_unknown() -> None:
    modem = ManualModem("dongle", Person(CANNOT_TELL, CANNOT), observe=Notes())
    assert (await modem.read_signal()).rssi_dbm is None
    with pytest.raises(OperatorRefused):
        await modem.set_lock(TechnologyLock.LTE)
    assert (await modem.status()).lock is None


def test_summary_counts_only_what_was_known() -> None:
    readings = [Signal(rssi_dbm=level) for level in (-90, None, -70, -71)]
    seen = summarise(readings)
    rssi = seen.spreads["rssi_dbm"]
    assert rssi is not None
    assert (seen.readings, rssi.count) == (4, 3)
    assert (rssi.least, rssi.median, rssi.greatest) == (-90, -71, -70)
    assert seen.spreads["rsrp_dbm"] is None
    assert summarise([]).spreads["rssi_dbm"] is None


async def test_a_watch_of_no_length_is_one_reading() -> None:
    modem = ManualModem("dongle", Person("-60 dBm"), observe=Notes())
    assert (await watch_signal(modem, Notes(), duration_s=0, interval_s=9)).readings == 1
