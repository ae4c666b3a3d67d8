"""What the tests of the defects look at in the messages themselves: fields, ids, time stamps."""

from __future__ import annotations

from datetime import datetime

from rig.csms.replies import Silence
from rig.jsontypes import Json
from rig.ocppj.endpoint import TimedOut
from rig.ocppj.frames import Malformed
from tests.wire.emulated_station import GOOD, Lab, payload
from tests.wire.station_observations import local_session, nearest, seconds


async def call_while_open(lab: Lab) -> bool:
    await lab.booted()
    with lab.csms.replies.script("StatusNotification", Silence()):
        await lab.ask("plug_in")
        first = await lab.call("StatusNotification")
        return seconds(first, await lab.call()) < 12


async def ids_are_unique(lab: Lab) -> bool:
    await local_session(lab)
    ids = [e.call.id for e in lab.calls() if e.call]
    return len(ids) == len(set(ids))


async def answers_get_configuration(lab: Lab) -> bool:
    await lab.booted()
    outcome = await lab.csms.call("GetConfiguration", {"key": ["HeartbeatInterval"]}, 20)
    return not isinstance(outcome, TimedOut)


async def fields_of_status(lab: Lab) -> list[str]:
    await lab.booted()
    status = payload(lab.calls("StatusNotification")[0])
    return sorted(status.keys() - {"connectorId", "errorCode", "status", "timestamp"})


async def type_of_connector_id(lab: Lab) -> type:
    await lab.booted()
    return type(payload(lab.calls("StatusNotification")[0])["connectorId"])


async def malformed_messages(lab: Lab) -> int:
    await lab.booted()
    return sum(isinstance(e.frame, Malformed) for e in lab.csms.log.entries)


def stamps(value: Json) -> list[str]:
    """Every time stamp in a payload."""
    if isinstance(value, list):
        return [text for item in value for text in stamps(item)]
    if isinstance(value, dict):
        own = value.get("timestamp")
        inner = [text for item in value.values() for text in stamps(item)]
        return [own, *inner] if isinstance(own, str) else inner
    return []


async def zones(lab: Lab) -> set[str]:
    """Last characters of time stamps: status, start, sample, stop with its data."""
    await lab.booted()
    await lab.change("MeterValueSampleInterval", "4")
    await lab.change("StopTxnSampledData", "Energy.Active.Import.Register")
    await lab.charge()
    await lab.call("MeterValues")
    await lab.ask("card", id_tag=GOOD)
    stop = await lab.call("StopTransaction")
    assert len(stamps(payload(stop))) >= 3
    return {"Z" if s.endswith("Z") else "" for e in lab.calls() for s in stamps(payload(e))}


async def clock_difference(lab: Lab) -> float:
    await lab.booted()
    await lab.ask("plug_in")
    said = datetime.fromisoformat(str((await lab.status("Preparing"))["timestamp"]))
    return nearest((said - lab.clock.utc()).total_seconds(), 0, 600)


async def message_after_authorised_start(lab: Lab) -> str:
    await lab.booted()
    await lab.ask("plug_in")
    await lab.status("Preparing")
    await lab.ask("card", id_tag=GOOD)
    await lab.call("Authorize")
    return await lab.next_action("StartTransaction", "BootNotification")


async def connection_attempt(lab: Lab) -> tuple[str, Json, Json]:
    event = await lab.entry(lambda e: e.what in ("connect", "refused"), "a connection")
    return event.what, event.detail["identity"], event.detail["subprotocols"]
