"""States of the registration, and messages that nothing else is about; in virtual time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.virtual_station import FRIEND, GOOD, QUICK, SECURE, Site, at_a_site, moment

covers = pytest.mark.rig_covers


def boots(here: Site) -> list[int]:
    """When BootNotification was sent."""
    return [round(s.at) for s in here.calls("BootNotification")]


async def boot_again(here: Site, registration: str, interval: int = 30) -> None:
    """Switch off and on; the Central System answers with another status."""
    here.csms.registration, here.csms.interval = registration, interval
    here.csms.said.clear()
    here.control.power(False)
    await asyncio.sleep(1)
    here.control.power(True)
    await asyncio.sleep(5)


@covers(
    "registration:OFF-CONNECTING", "registration:CONNECTING-UNREGISTERED",
    "registration:UNREGISTERED-ACCEPTED", "registration:any-OFF",
)  # fmt: skip
@at_a_site()
async def test_power_off_and_on_is_a_boot(here: Site) -> None:
    await boot_again(here, "Accepted")
    actions = [s.action for s in here.csms.said]
    assert actions == ["", "BootNotification", *3 * ["StatusNotification"]]


@covers("registration:UNREGISTERED-PENDING", "registration:PENDING-BootNotification")
@at_a_site()
async def test_pending_asks_again_after_the_interval(here: Site) -> None:
    await boot_again(here, "Pending")
    conf = await here.call("GetLocalListVersion")  # all is answered,
    assert conf == {"listVersion": 0}
    remote = await here.call("RemoteStartTransaction", idTag=GOOD)  # and nothing started
    assert remote == {"status": "Rejected"}
    await asyncio.sleep(60)
    first, second, third = boots(here)
    assert (second - first, third - second) == (30, 30)
    assert {s.action for s in here.csms.said} == {"", "BootNotification"}


@covers("registration:PENDING-BootNotification", "message:TriggerMessage")
@at_a_site()
async def test_pending_asks_again_when_triggered(here: Site) -> None:
    await boot_again(here, "Pending", 3000)
    here.csms.registration = "Accepted"
    conf = await here.call("TriggerMessage", requestedMessage="BootNotification")
    assert conf == {"status": "Accepted"}
    await asyncio.sleep(1)
    assert len(boots(here)) == 2
    assert here.statuses() == ["Available"]


@covers("registration:UNREGISTERED-REJECTED", "registration:REJECTED-BootNotification")
@at_a_site()
async def test_rejected_is_silent_until_the_interval_is_over(here: Site) -> None:
    await boot_again(here, "Rejected")
    with pytest.raises(TimeoutError):
        await here.csms.call("GetLocalListVersion", {})
    first, second, *_ = boots(here)
    assert second - first == 30
    assert {s.action for s in here.csms.said} == {"", "BootNotification"}


@pytest.mark.parametrize("registration", ["Pending", "Rejected"])
def test_a_new_connection_does_not_hasten_the_next_boot(registration: str) -> None:
    @at_a_site()
    async def run(here: Site) -> None:
        await boot_again(here, registration, 120)
        await here.offline()
        await here.online()
        assert [s.action for s in here.csms.said] == ["", "BootNotification", ""]
        await asyncio.sleep(120)
        first, second = boots(here)
        assert second - first == 120

    run()


@at_a_site()
async def test_a_boot_whose_answer_was_lost_is_not_repeated_at_once(here: Site) -> None:
    here.csms.mute.add("BootNotification")
    await boot_again(here, "Accepted")
    for _ in range(2):
        await here.offline()
        lost = asyncio.get_running_loop().time()
        await here.online()
        pause = len(boots(here)) * 10
        await asyncio.sleep(pause)
        assert boots(here)[-1] - lost == pytest.approx(pause, abs=1)


@covers("registration:UNREGISTERED-again")
@pytest.mark.parametrize("answer", ["none", "CALLERROR"])
def test_boot_without_a_good_answer_is_tried_again(answer: str) -> None:
    @at_a_site()
    async def run(here: Site) -> None:
        bad = here.csms.mute if answer == "none" else here.csms.refuse
        bad.add("BootNotification")
        await boot_again(here, "Accepted")
        await asyncio.sleep(75 if answer == "none" else 25)
        bad.clear()
        pauses = [b - a for a, b in pairwise(boots(here))]
        assert pauses[0] == (40 if answer == "none" else 10)  # MessageTimeout, and 10 s
        await asyncio.sleep(100)
        assert here.statuses() == ["Available"]

    run()


@covers(
    "registration:ACCEPTED-OFFLINE", "registration:OFFLINE-ACCEPTED", "message:StartTransaction"
)
@at_a_site()
async def test_offline_and_back_is_no_boot(here: Site) -> None:
    await here.charge()
    await here.offline()
    assert not here.station.uplink.connected
    await here.card()
    await here.online()
    assert len(boots(here)) == 1
    after = [s.action for s in here.csms.said[[s.action for s in here.csms.said].index("", 1) :]]
    assert after == ["", "StatusNotification", "StopTransaction"]


# --- messages ---------------------------------------------------------------------------------


@covers("message:RemoteStopTransaction")
@at_a_site()
async def test_remote_stop_of_what_runs_only(here: Site) -> None:
    await here.charge()
    assert await here.call("RemoteStopTransaction", transactionId=2) == {"status": "Rejected"}
    assert await here.call("RemoteStopTransaction", transactionId=1) == {"status": "Accepted"}
    assert here.said("StopTransaction")[-1]["reason"] == "Remote"


@covers("message:UnlockConnector")
@at_a_site()
async def test_unlock_ends_the_transaction(here: Site) -> None:
    assert await here.call("UnlockConnector", connectorId=0) == {"status": "NotSupported"}
    await here.charge()
    assert here.socket().outputs.plug_locked
    assert await here.call("UnlockConnector", connectorId=1) == {"status": "Unlocked"}
    assert here.said("StopTransaction")[-1]["reason"] == "UnlockCommand"
    assert not here.socket().outputs.plug_locked


@covers("message:UnlockConnector")
@at_a_site()
async def test_bolt_that_does_not_open(here: Site) -> None:
    await here.charge()
    here.control.block_lock(1, True)
    assert await here.call("UnlockConnector", connectorId=1) == {"status": "UnlockFailed"}
    told = here.said("StatusNotification", connectorId=1)[-2:]
    assert {(p["status"], p["errorCode"]) for p in told} == {
        ("Finishing", "NoError"), ("Finishing", "ConnectorLockFailure"),
    }  # fmt: skip
    here.control.block_lock(1, False)
    assert await here.call("UnlockConnector", connectorId=1) == {"status": "Unlocked"}


@at_a_site()
async def test_bolt_that_does_not_close_is_a_fault_and_no_transaction(here: Site) -> None:
    here.control.block_lock(1, True)
    await here.plug_in()
    await here.card()
    told = here.said("StatusNotification", connectorId=1)
    assert (told[-1]["status"], told[-1]["errorCode"]) == ("Faulted", "ConnectorLockFailure")
    assert here.said("StartTransaction") == []
    here.control.block_lock(1, False)
    await asyncio.sleep(1)
    assert here.statuses()[-1] == "Faulted"  # until the plug is out
    await here.unplug()
    assert here.statuses()[-1] == "Available"
    await here.charge()
    assert here.statuses()[-2:] == ["Preparing", "Charging"]


@covers("message:ClearCache")
@at_a_site()
async def test_cleared_cache_knows_nobody(here: Site) -> None:
    await here.card()
    await asyncio.sleep(61)
    assert await here.call("ClearCache") == {"status": "Accepted"}
    await here.offline()
    await here.card()
    assert here.statuses()[-1] == "Available"
    assert here.socket().session is None


@covers("message:ClearCache")
@at_a_site(replace(QUICK, authorization_cache=False))
async def test_no_cache_no_clearing(here: Site) -> None:
    assert await here.call("ClearCache") == {"status": "Rejected"}


@covers("message:DataTransfer")
@at_a_site()
async def test_data_of_a_vendor(here: Site) -> None:
    assert await here.call("DataTransfer", vendorId="Somebody") == {"status": "UnknownVendorId"}
    assert await here.control.call("DataTransfer", {"vendorId": "RigVendor"}) == {
        "result": {"status": "Accepted"}
    }
    assert here.said("DataTransfer") == [{"vendorId": "RigVendor"}]


@covers("message:GetLocalListVersion")
@at_a_site()
async def test_version_of_the_list(here: Site) -> None:
    assert await here.call("GetLocalListVersion") == {"listVersion": 0}
    entry = {"idTag": FRIEND, "idTagInfo": {"status": "Accepted"}}
    await here.call(
        "SendLocalList", listVersion=7, updateType="Full", localAuthorizationList=[entry]
    )
    assert await here.call("GetLocalListVersion") == {"listVersion": 7}
    await here.call("SendLocalList", listVersion=8, updateType="Full")
    assert await here.call("GetLocalListVersion") == {"listVersion": 0}


NO_LIST = replace(QUICK, profiles=("Core",))


@covers("message:GetLocalListVersion", "message:SendLocalList")
@at_a_site(NO_LIST)
async def test_without_the_profile_there_is_no_list(here: Site) -> None:
    assert await here.call("GetLocalListVersion") == {"listVersion": -1}
    conf = await here.call("SendLocalList", listVersion=1, updateType="Full")
    assert conf == {"status": "NotSupported"}


@covers(
    "message:UpdateFirmware", "message:GetDiagnostics", "message:GetLog",
    "message:SignedUpdateFirmware", "key:SupportedFileTransferProtocols",
)  # fmt: skip
@at_a_site(NO_LIST)
async def test_without_firmware_management_there_are_no_files(here: Site) -> None:
    firmware = {
        "location": "ftp://127.0.0.1/f", "retrieveDateTime": moment(), "signature": "x",
        "signingCertificate": "x",
    }  # fmt: skip
    log = {"remoteLocation": "ftp://127.0.0.1/"}
    for action, payload in (
        ("UpdateFirmware", {"location": "ftp://127.0.0.1/f", "retrieveDate": moment()}),
        ("GetDiagnostics", {"location": "ftp://127.0.0.1/"}),
        ("GetLog", {"logType": "DiagnosticsLog", "requestId": 1, "log": log}),
        ("SignedUpdateFirmware", {"requestId": 1, "firmware": firmware}),
    ):
        assert await here.call(action, **payload) == "NotSupported"
    conf = await here.call("GetConfiguration", key=["SupportedFileTransferProtocols"])
    assert conf["unknownKey"] == ["SupportedFileTransferProtocols"]
    await asyncio.sleep(600)
    assert {s.action for s in here.csms.said} <= {
        "", "BootNotification", "StatusNotification", "Heartbeat",
    }  # fmt: skip


@covers("message:DiagnosticsStatusNotification", "message:FirmwareStatusNotification")
@pytest.mark.parametrize("message", ["DiagnosticsStatusNotification", "FirmwareStatusNotification"])
def test_nothing_that_goes_on_is_idle(message: str) -> None:
    @at_a_site()
    async def run(here: Site) -> None:
        assert here.said(message) == []
        conf = await here.call("TriggerMessage", requestedMessage=message)
        assert conf == {"status": "Accepted"}
        assert here.said(message) == [{"status": "Idle"}]

    run()


@covers("message:LogStatusNotification", "message:SignedFirmwareStatusNotification")
@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("LogStatusNotification", "LogStatusNotification"),
        ("FirmwareStatusNotification", "SignedFirmwareStatusNotification"),
    ],
)
def test_nothing_that_goes_on_is_idle_with_security(wanted: str, message: str) -> None:
    @at_a_site(SECURE)
    async def run(here: Site) -> None:
        conf = await here.call("ExtendedTriggerMessage", requestedMessage=wanted)
        assert conf == {"status": "Accepted"}
        assert here.said(message) == [{"status": "Idle"}]  # without requestId

    run()
