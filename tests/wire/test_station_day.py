"""A day of the emulated station with drivers, faults and failures at random, in virtual time.

Whatever happens, the meter never runs back, no transaction is lost or doubled, no status follows
one that it must not follow, and no message breaks a schema.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from firmware_mocks.charging_station.control import StationControl
from firmware_mocks.charging_station.persona import Persona
from firmware_mocks.charging_station.station import ChargingStation, StationOptions
from firmware_mocks.charging_station.uplink import Account
from firmware_mocks.control import Control
from firmware_mocks.evse_tester.virtual_plug import VirtualPlug
from rig.conformance.status_rules import Boot, Context, Record, Report, check
from rig.csms.cards import IdTagInfo
from rig.csms.server import CentralSystem
from rig.events import EventBus
from rig.jsontypes import Json
from rig.ocppj.frames import CallResult
from rig.ocppj.link import NoObserver
from rig.ocppj.schemas import request_problems
from rig.ocppj.wirelog import WireEntry
from tests.virtual_time import EPOCH, VirtualClock, VirtualMockClock, run_virtually

DAY_S = 86400.0
GOOD, FRIEND, BAD = "04A1B2C3D4E5F6", "04F12E4D000001", "04BADBADBADBAD"


@dataclass
class Day:
    """One station, one Central System, one random day.

    Attributes:
        done: how often each thing was done.
    """

    station: ChargingStation
    csms: CentralSystem
    plug: dict[str, Any]
    dice: random.Random
    done: Counter[str] = field(default_factory=Counter)

    @property
    def control(self) -> StationControl:
        return StationControl(self.station)

    def connector(self) -> int:
        return self.dice.choice(self.station.connector_ids)

    def card(self) -> str:
        return self.dice.choice((GOOD, GOOD, FRIEND, BAD))

    async def command(self, action: str, **fields: Json) -> None:
        if self.csms.connected:
            await self.csms.call(action, fields, 60)

    async def act(self) -> None:
        """Do something that drivers, operators, networks or lightning do."""
        name, weight = zip(*WHAT_HAPPENS.items(), strict=True)
        what = self.dice.choices(name, weight)[0]
        self.done[what] += 1
        await ACTIONS[what](self)


def wait_of(day: Day) -> float:
    return day.dice.choice((2.0, 10.0, 30.0, 60.0, 300.0))


async def plug_in(day: Day) -> None:
    number = day.connector()
    day.plug["plug_in"](connector=number, cable_a=day.dice.choice((13, 32)))
    await asyncio.sleep(day.dice.choice((0.1, 1.0, 5.0)))
    day.plug["ev_request"](connector=number)


async def ev_pauses(day: Day) -> None:
    day.plug["ev_stop"](connector=day.connector())


async def unplug_ev(day: Day) -> None:
    day.plug["unplug_ev"](connector=day.connector())


async def unplug(day: Day) -> None:
    day.plug["unplug"](connector=day.connector())


async def card(day: Day) -> None:
    day.control.card(day.card(), day.connector())


async def remote_start(day: Day) -> None:
    await day.command("RemoteStartTransaction", idTag=day.card(), connectorId=day.connector())


async def remote_stop(day: Day) -> None:
    running = list(day.csms.station.transactions)
    if running:
        await day.command("RemoteStopTransaction", transactionId=day.dice.choice(running))


async def power_cut(day: Day) -> None:
    day.control.power(False)
    await asyncio.sleep(day.dice.choice((1.0, 300.0)))
    day.control.power(True)


async def network_cut(day: Day) -> None:
    await day.control.network(False)
    await asyncio.sleep(day.dice.choice((5.0, 60.0, 1200.0)))
    await day.control.network(True)


async def reset(day: Day) -> None:
    await day.command("Reset", type=day.dice.choice(("Hard", "Soft")))


async def availability(day: Day) -> None:
    number = day.dice.choice((0, 1, 2))
    kind = day.dice.choice(("Operative", "Inoperative"))
    await day.command("ChangeAvailability", connectorId=number, type=kind)
    await asyncio.sleep(600.0)
    await day.command("ChangeAvailability", connectorId=number, type="Operative")


async def reserve(day: Day) -> None:
    now = datetime.fromtimestamp(EPOCH + asyncio.get_running_loop().time(), UTC)
    until = (now + timedelta(seconds=day.dice.choice((60, 3600)))).isoformat()
    await day.command(
        "ReserveNow", connectorId=day.dice.choice((0, 1, 2)), expiryDate=until, idTag=GOOD,
        reservationId=day.dice.randrange(4),
    )  # fmt: skip


async def fault(day: Day) -> None:
    number = day.connector()
    day.control.fault(number, "GroundFailure")
    await asyncio.sleep(30.0)
    day.control.fault(number, None)


async def limit(day: Day) -> None:
    amperes = day.dice.choice((0.0, 6.0, 10.0, 32.0))
    await day.command(
        "SetChargingProfile",
        connectorId=0,
        csChargingProfiles={
            "chargingProfileId": 1, "stackLevel": 0, "chargingProfileKind": "Absolute",
            "chargingProfilePurpose": "ChargePointMaxProfile",
            "chargingSchedule": {
                "chargingRateUnit": "A", "duration": 900,
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": amperes}],
            },
        },
    )  # fmt: skip


ACTIONS: dict[str, Callable[[Day], Awaitable[None]]] = {
    action.__name__: action
    for action in (
        plug_in, ev_pauses, unplug_ev, unplug, card, remote_start, remote_stop, power_cut,
        network_cut, reset, availability, reserve, fault, limit,
    )
}  # fmt: skip
WHAT_HAPPENS = dict.fromkeys(ACTIONS, 2) | {"plug_in": 20, "card": 24, "unplug": 10}


async def live(seed: int, mode: str) -> tuple[list[WireEntry], Day, dict[int, float]]:
    """Run a day; the wire log, and the registers at its end."""
    clock = VirtualClock()
    bus = EventBus(clock)
    persona = Persona(boot_time_s=5.0, power_failure_mode=mode)
    async with CentralSystem("127.0.0.1", 0, "/ocpp", "CP1", bus=bus, clock=clock) as csms:
        for tag in (GOOD, FRIEND):
            csms.cards.put(tag, IdTagInfo("Accepted", "FAMILY"))
        csms.replies.heartbeat_interval_s = 900
        options = StationOptions(Account(csms.url, "CP1"), persona, seed=seed)
        station = ChargingStation(options, VirtualMockClock(), NoObserver())
        control = Control()
        VirtualPlug(station, station.clock).register(control)
        plug = {name: control._handlers[name][0] for name in  # no wire needed here
                ("plug_in", "ev_request", "ev_stop", "unplug_ev", "unplug")}  # fmt: skip
        day = Day(station, csms, plug, random.Random(seed))  # noqa: S311  # a random day
        station.set_power(True)
        loop = asyncio.get_running_loop()
        while loop.time() < DAY_S:
            await asyncio.sleep(wait_of(day))
            await day.act()
        for number in station.connector_ids:
            plug["unplug"](connector=number)
        await asyncio.sleep(1200.0)  # everything that was queued is delivered
        registers = {n: s.meter.wh for n, s in station.controller.sockets.items()}
        await station.aclose()
        return list(csms.log.entries), day, registers


def calls(entries: list[WireEntry], action: str) -> list[dict[str, Any]]:
    """Payloads of CALLs of the station, each once, in the order in which they came."""
    seen: dict[str, dict[str, Any]] = {}
    for entry in entries:
        if entry.direction == "in" and entry.call is not None and entry.call.action == action:
            seen[entry.raw] = cast("dict[str, Any]", entry.call.payload)
    return list(seen.values())


def answers(entries: list[WireEntry]) -> dict[str, dict[str, Any]]:
    """Payloads of our answers by message id."""
    return {
        e.frame.id: cast("dict[str, Any]", e.frame.payload)
        for e in entries
        if e.direction == "out" and isinstance(e.frame, CallResult)
    }


def check_transactions(entries: list[WireEntry]) -> int:
    """Each transaction starts once and stops once, with a register that did not run back."""
    said = answers(entries)
    started: dict[int, dict[str, Any]] = {}
    for entry in entries:
        call = entry.call
        if entry.direction == "in" and call is not None and call.action == "StartTransaction":
            answer = said.get(call.id)
            assert answer is not None, entry.raw
            assert answer["transactionId"] not in started
            started[answer["transactionId"]] = dict(call.payload)
    stops = calls(entries, "StopTransaction")
    assert Counter(s["transactionId"] for s in stops) == Counter(started.keys())
    last = {1: 0, 2: 0}
    moments = Counter((s["connectorId"], s["timestamp"]) for s in started.values())
    assert set(moments.values()) <= {1}
    for number, start in started.items():
        (stop,) = [s for s in stops if s["transactionId"] == number]
        connector = start["connectorId"]
        assert start["meterStart"] >= last[connector]
        assert stop["meterStop"] >= start["meterStart"]
        assert stop["timestamp"] >= start["timestamp"]
        last[connector] = stop["meterStop"]
    return len(started)


def check_meter_values(entries: list[WireEntry]) -> None:
    """The register in MeterValues rises with the time of the sample."""
    samples: dict[int, list[tuple[str, int]]] = {}
    for payload in calls(entries, "MeterValues"):
        for sample in payload["meterValue"]:
            for value in sample["sampledValue"]:
                reading = sample["timestamp"], int(float(value["value"]))
                samples.setdefault(payload["connectorId"], []).append(reading)
    for readings in samples.values():
        ordered = sorted(readings)
        assert [wh for _, wh in ordered] == sorted(wh for _, wh in ordered)


def status_records(entries: list[WireEntry]) -> list[Record]:
    found: list[Record] = []
    said = answers(entries)
    for entry in entries:
        call = entry.call
        if entry.what == "connect":
            found.append(Boot(entry.seq))  # of what happened offline only the end is reported
        if entry.direction != "in" or call is None:
            continue
        if call.action == "BootNotification":
            found.append(Boot(entry.seq))
        elif call.action == "StatusNotification":
            p = cast("dict[str, Any]", call.payload)
            found.append(
                Report(entry.seq, p["connectorId"], p["status"], p["errorCode"],
                       p.get("info", ""), call.id, call.id in said)
            )  # fmt: skip
    return found


@pytest.mark.parametrize("mode", ["stop_after_up", "stop_before_down", "resume"])
@pytest.mark.parametrize("seed", range(2))
def test_a_day_at_random(seed: int, mode: str) -> None:
    entries, day, registers = run_virtually(live(seed, mode))
    assert len(day.done) == len(ACTIONS), "a day on which not everything happened proves little"
    for entry in entries:
        if entry.direction == "in" and entry.call is not None:
            assert request_problems(entry.call.action, entry.call.payload) == (), entry.raw
    assert check_transactions(entries) > 20
    check_meter_values(entries)
    assert all(wh > 0 for wh in registers.values())
    findings = check(status_records(entries), Context(connectors=2))
    assert [f for f in findings if not f.rule.startswith("D3")] == []
