"""What the tests of the defects of messages look at: CALLs lost, doubled or late, and answers."""

from __future__ import annotations

from datetime import datetime

from rig.csms.replies import Refuse
from rig.jsontypes import Json
from rig.ocppj.endpoint import Error, Result
from rig.ocppj.frames import ErrorCode
from tests.wire.emulated_station import GOOD, Lab, payload
from tests.wire.station_observations import local_session, nearest, seconds

KEYS: dict[str, Json] = {"key": ["HeartbeatInterval"]}


async def starts(lab: Lab) -> int:
    """How many StartTransactions a session has."""
    await local_session(lab)
    await lab.idle()
    return len(lab.calls("StartTransaction"))


async def what_follows_authorize(lab: Lab) -> str:
    await lab.booted()
    await lab.ask("plug_in")
    await lab.ask("ev_request")
    await lab.status("Preparing")
    await lab.ask("card", id_tag=GOOD)
    await lab.call("Authorize")
    return await lab.next_action("StartTransaction", "StatusNotification")


async def pause_before_start(lab: Lab) -> float:
    await lab.booted()
    await lab.ask("plug_in")
    await lab.status("Preparing")
    await lab.ask("card", id_tag=GOOD)
    first = await lab.call("Authorize")
    return nearest(seconds(first, await lab.call("StartTransaction")), 0, 8)


async def boot_fields(lab: Lab) -> tuple[Json, int]:
    """Model, and length of the vendor's name."""
    boot = payload(await lab.call("BootNotification"))
    return boot.get("chargePointModel"), len(str(boot["chargePointVendor"]))


async def clock_difference(lab: Lab) -> float:
    await lab.booted()
    await lab.ask("plug_in")
    text = str((await lab.status("Preparing"))["timestamp"])
    assert text.endswith("Z")
    said = datetime.fromisoformat(text)
    return nearest((said - lab.clock.utc()).total_seconds(), 0, 7200)


async def answer_takes(lab: Lab) -> float:
    await lab.booted()
    before = lab.clock.now()
    outcome = await lab.csms.call("GetConfiguration", KEYS, 60)
    assert isinstance(outcome, Result)
    return nearest(lab.clock.now() - before, 0, 10)


async def answer_to_get_configuration(lab: Lab) -> str:
    await lab.booted()
    outcome = await lab.csms.call("GetConfiguration", KEYS, 20)
    return outcome.code if isinstance(outcome, Error) else type(outcome).__name__


async def violations(lab: Lab) -> int:
    """How many answers had a foreign id."""
    await lab.booted()
    await lab.csms.call("GetConfiguration", KEYS, 20)
    seen = [e for e in lab.csms.log.entries if e.what == "violation" and e.detail["rule"] == "M2.5"]
    return len(seen)


async def list_version(lab: Lab) -> Json:
    await lab.booted()
    return (await lab.command("GetLocalListVersion"))["listVersion"]


async def answer_to_a_bad_value(lab: Lab) -> Json:
    await lab.booted()
    bad: dict[str, Json] = {"key": "HeartbeatInterval", "value": "often"}
    outcome = await lab.csms.call("ChangeConfiguration", bad, 20)
    if isinstance(outcome, Error):
        return outcome.code
    assert isinstance(outcome, Result)
    return outcome.payload["status"]


async def what_follows_a_heartbeat(lab: Lab) -> str:
    await lab.booted()
    await lab.call("Heartbeat")
    event = await lab.entry(lambda e: e.what == "close" or e.call is not None, "the next message")
    return event.what if event.call is None else event.call.action


async def pause_before_retry(lab: Lab) -> float:
    await lab.booted()
    await lab.change("TransactionMessageRetryInterval", "20")
    with lab.csms.replies.script("StartTransaction", Refuse(ErrorCode.INTERNAL_ERROR)):
        await lab.ask("plug_in")
        await lab.ask("card", id_tag=GOOD)
        first = await lab.call("StartTransaction")
        return nearest(seconds(first, await lab.call("StartTransaction")), 0, 20)


async def first_of_the_queue(lab: Lab) -> str:
    """A transaction ends and another one starts while the station is offline."""
    await lab.booted()
    await lab.charge()
    await lab.ask("network", up=False)
    await lab.ask("card", id_tag=GOOD)
    await lab.ask("wait_state", state={"connectors": {"1": {"transaction_id": None}}})
    await lab.ask("card", id_tag=GOOD)
    await lab.ask("wait_state", state={"connectors": {"1": {"charging_for": GOOD}}})
    await lab.ask("network", up=True)
    return await lab.next_action("StartTransaction", "StopTransaction")


async def has_transaction_data(lab: Lab) -> bool:
    return "transactionData" in (await local_session(lab))[1]
