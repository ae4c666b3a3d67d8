"""What the tests of the defects look at: each observation is a small scenario with a result."""

from __future__ import annotations

from rig.jsontypes import Json
from rig.ocppj.frames import CallResult, Payload
from rig.ocppj.wirelog import WireEntry
from tests.wire.emulated_station import BAD, GOOD, Lab, payload


def nearest(value: float, *choices: float) -> float:
    """The choice that a measured span stands for."""
    return min(choices, key=lambda choice: abs(choice - value))


def seconds(first: WireEntry, second: WireEntry) -> float:
    return second.t_s - first.t_s


async def refused(lab: Lab, *actions: str) -> bool:
    """Whether one of these CALLs comes between the first BootNotification and the second."""
    await lab.call("BootNotification")
    seen = await lab.call("BootNotification", *actions)
    return seen.call is not None and seen.call.action in actions


# --- registration ---------------------------------------------------------------------------


async def pause_after_rejection(lab: Lab) -> float:
    first = await lab.call("BootNotification")
    return nearest(seconds(first, await lab.call("BootNotification")), 2, 60)


async def heartbeat_between_boots(lab: Lab) -> bool:
    return await refused(lab, "Heartbeat")


async def status_between_boots(lab: Lab) -> bool:
    return await refused(lab, "StatusNotification")


async def change_while_pending(lab: Lab) -> Json:
    await lab.call("BootNotification")
    await lab.entry(lambda e: e.direction == "out", "the answer to BootNotification")
    change = await lab.command("ChangeConfiguration", key="MeterValueSampleInterval", value="17")
    return change["status"]


async def written_while_pending(lab: Lab) -> Json:
    assert await change_while_pending(lab) == "Accepted"
    await lab.call("BootNotification")
    await lab.booted()
    return await lab.read("MeterValueSampleInterval")


async def reported_after_boot(lab: Lab) -> list[Json]:
    await lab.booted()
    return [payload(e)["connectorId"] for e in lab.calls("StatusNotification")]


async def first_message(lab: Lab) -> str:
    first = await lab.call()
    assert first.call is not None
    return first.call.action


async def heartbeat_interval(lab: Lab) -> float:
    await lab.booted()
    beats = [await lab.call("Heartbeat") for _ in range(4)]
    return nearest(seconds(beats[0], beats[3]) / 3, 6, 12, 24)


async def first_message_after_reconnect(lab: Lab) -> str:
    await lab.booted()
    await lab.ask("network", up=False)
    await lab.ask("network", up=True)
    return await first_message(lab)


# --- cards, connectors, time-outs -------------------------------------------------------------


async def first_message_after_card(lab: Lab) -> str:
    await lab.booted()
    await lab.ask("plug_in")
    await lab.status("Preparing")
    await lab.ask("card", id_tag=GOOD)
    return await first_message(lab)


async def refused_card_starts(lab: Lab) -> bool:
    await lab.booted()
    await lab.ask("plug_in")
    await lab.ask("card", id_tag=BAD)
    await lab.call("Authorize")
    await lab.idle()
    return bool(lab.calls("StartTransaction"))


async def statuses_of_a_session(lab: Lab) -> list[Json]:
    await lab.booted()
    mark = lab.mark
    await lab.ask("plug_in")
    await lab.ask("ev_request")
    await lab.idle()
    await lab.ask("card", id_tag=GOOD)
    await lab.idle()
    await lab.ask("card", id_tag=GOOD)
    await lab.idle()
    await lab.ask("unplug")
    await lab.idle()
    return lab.statuses(since=mark)


async def statuses_of_card_then_cable(lab: Lab) -> list[Json]:
    await lab.booted()
    mark = lab.mark
    await lab.ask("card", id_tag=GOOD)
    await lab.status("Preparing")
    await lab.ask("ev_request")
    await lab.ask("plug_in")
    await lab.idle()
    return lab.statuses(since=mark)


async def card_without_cable(lab: Lab) -> list[Json]:
    """Statuses after a card that nobody follows up, with ConnectionTimeOut 4 s."""
    await lab.booted()
    await lab.change("ConnectionTimeOut", "4")
    mark = lab.mark
    await lab.ask("card", id_tag=GOOD)
    await lab.status("Preparing")
    await lab.idle()
    return lab.statuses(since=mark)


async def connection_timeout(lab: Lab) -> float:
    await lab.booted()
    await lab.change("ConnectionTimeOut", "15")
    await lab.ask("card", id_tag=GOOD)
    first = await lab.call("StatusNotification", status="Preparing")
    return nearest(seconds(first, await lab.call("StatusNotification", status="Available")), 15, 30)


async def cable_after_timeout_starts(lab: Lab) -> bool:
    assert await card_without_cable(lab) == ["Preparing", "Available"]
    await lab.ask("plug_in")
    await lab.idle()
    return bool(lab.calls("StartTransaction"))


# --- transactions ---------------------------------------------------------------------------


async def local_session(lab: Lab) -> tuple[Payload, Payload]:
    """StartTransaction.req and StopTransaction.req of a session with one card."""
    await lab.booted()
    start = await lab.charge()
    await lab.ask("card", id_tag=GOOD)
    return start, await lab.next("StopTransaction")


async def stop_reason(lab: Lab) -> Json:
    return (await local_session(lab))[1]["reason"]


async def reported_when_ev_side_unplugged(lab: Lab) -> Json:
    await lab.booted()
    await lab.charge()
    await lab.ask("unplug_ev")
    return (await lab.next("StatusNotification"))["status"]


async def unplugged_ev_stops(lab: Lab) -> bool:
    await lab.booted()
    await lab.charge()
    await lab.ask("unplug_ev")
    await lab.idle()
    return bool(lab.calls("StopTransaction"))


async def locked_after_stop(lab: Lab) -> Json:
    await local_session(lab)
    await lab.idle()
    return (await lab.state())["locked"]


async def stops_its_own_transaction(lab: Lab) -> bool:
    _, stop = await local_session(lab)
    return stop["transactionId"] == 1


async def starting_card(lab: Lab) -> Json:
    return (await local_session(lab))[0]["idTag"]


async def meter_difference_is_negative(lab: Lab) -> bool:
    start, stop = await local_session(lab)
    assert isinstance(stop["meterStop"], int)
    assert isinstance(start["meterStart"], int)
    return stop["meterStop"] < start["meterStart"]


async def samples(lab: Lab) -> bool:
    await lab.booted()
    await lab.change("MeterValueSampleInterval", "4")
    await lab.charge()
    return (await lab.next_action("MeterValues", "Heartbeat")) == "MeterValues"


async def sample_interval(lab: Lab) -> float:
    await lab.booted()
    await lab.change("MeterValueSampleInterval", "15")
    await lab.charge()
    first = await lab.call("MeterValues")
    return nearest(seconds(first, await lab.call("MeterValues")), 15, 30)


# --- commands -------------------------------------------------------------------------------


async def answers_remote_stop_first(lab: Lab) -> bool:
    await lab.booted()
    await lab.charge()
    mark = lab.mark
    await lab.command("RemoteStopTransaction", transactionId=lab.transaction_id)
    await lab.idle()
    (stop,) = lab.calls("StopTransaction", since=mark)
    answers = [
        e for e in lab.csms.log.since(mark)
        if e.direction == "in" and isinstance(e.frame, CallResult)
    ]  # fmt: skip
    return answers[0].seq < stop.seq


async def remote_start_without_cable(lab: Lab) -> Json:
    await lab.booted()
    return (await lab.command("RemoteStartTransaction", idTag=GOOD, connectorId=1))["status"]


async def remote_start(lab: Lab) -> tuple[Json, bool]:
    await lab.booted()
    await lab.ask("plug_in")
    await lab.status("Preparing")
    conf = await lab.command("RemoteStartTransaction", idTag=GOOD, connectorId=1)
    await lab.idle()
    return conf["status"], bool(lab.calls("StartTransaction"))


async def remote_stop(lab: Lab) -> tuple[Json, bool]:
    await lab.booted()
    await lab.charge()
    conf = await lab.command("RemoteStopTransaction", transactionId=lab.transaction_id)
    await lab.idle()
    return conf["status"], bool(lab.calls("StopTransaction"))


async def authorises_remote_start(lab: Lab) -> tuple[Json, bool]:
    await lab.booted()
    await lab.change("AuthorizeRemoteTxRequests", "true")
    read = await lab.read("AuthorizeRemoteTxRequests")
    await remote_start_plugged(lab)
    return read, bool(lab.calls("Authorize"))


async def remote_start_plugged(lab: Lab) -> None:
    await lab.ask("plug_in")
    await lab.status("Preparing")
    await lab.command("RemoteStartTransaction", idTag=GOOD, connectorId=1)
    await lab.call("StartTransaction")


async def unavailable_after_reset(lab: Lab) -> Json:
    await lab.booted()
    await lab.command("ChangeAvailability", connectorId=1, type="Inoperative")
    await lab.status("Unavailable")
    await lab.command("Reset", type="Soft")
    await lab.call("BootNotification")
    return (await lab.next("StatusNotification", connectorId=1))["status"]


async def first_message_after_reset(lab: Lab) -> str:
    await lab.booted()
    await lab.command("Reset", type="Soft")
    await lab.entry(lambda e: e.what == "connect", "a new connection")
    return await first_message(lab)


async def transaction_over_reset(lab: Lab) -> tuple[list[Json], Json]:
    """Reasons of StopTransaction, and status after the boot."""
    await lab.booted()
    await lab.charge()
    await lab.command("Reset", type="Hard")
    await lab.booted()
    reasons = [payload(e)["reason"] for e in lab.calls("StopTransaction")]
    return reasons, lab.statuses()[-1]


async def change_is_applied(lab: Lab) -> Json:
    await lab.booted()
    await lab.change("MeterValueSampleInterval", "17")
    return await lab.read("MeterValueSampleInterval")


async def lists_more_than_asked(lab: Lab) -> bool:
    await lab.booted()
    conf = await lab.command("GetConfiguration", key=["HeartbeatInterval"])
    assert isinstance(conf["configurationKey"], list)
    return len(conf["configurationKey"]) > 1


# --- energy ---------------------------------------------------------------------------------


async def energy_for_refused_card(lab: Lab) -> tuple[Json, Json]:
    """Contactor while the EV wants energy, and the status once it is gone."""
    await lab.booted()
    await lab.ask("plug_in")
    await lab.ask("ev_request")
    await lab.ask("card", id_tag=BAD)
    await lab.idle()
    contactor = (await lab.state())["contactor"]
    await lab.ask("unplug")
    await lab.idle()
    return contactor, lab.statuses()[-1]


async def energy_while_charging(lab: Lab) -> Json:
    await lab.booted()
    await lab.charge()
    await lab.idle()
    return (await lab.state())["contactor"]


async def energy_after_stop(lab: Lab) -> Json:
    await lab.booted()
    await lab.charge()
    await lab.idle()  # the contactor is closed by now
    await lab.ask("card", id_tag=GOOD)
    await lab.status("Finishing")
    return (await lab.state())["contactor"]
