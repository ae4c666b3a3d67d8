"""Whatever a Central System sends, at any time: the station answers, lives on, and is right.

In virtual time, without randomness from run to run: the same examples every time. With
RIG_FUZZ_EXAMPLES=1000 in the environment there are so many, and others in every run.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, Phase, currently_in_test_context, given, note, settings
from hypothesis import strategies as st

from firmware_mocks.charging_station.configuration import Access
from firmware_mocks.charging_station.control import StationControl
from firmware_mocks.charging_station.persona import Persona
from firmware_mocks.charging_station.station import ChargingStation, StationOptions
from firmware_mocks.charging_station.uplink import Account
from firmware_mocks.control import Control
from firmware_mocks.evse_tester.virtual_plug import VirtualPlug
from rig.conformance.status_rules import STATUSES, Boot, Context, Record, Report, check
from rig.ocppj.link import NoObserver
from rig.ocppj.schemas import request_problems
from tests.fuzz.raw_central_system import LEGAL_CODES, RawCentralSystem
from tests.fuzz.schema_payloads import ACTIONS, FRAMES, commands, nearly_valid, schema, values
from tests.virtual_time import EPOCH, VirtualMockClock, run_virtually

GOOD, FRIEND, BAD = "04A1B2C3D4E5F6", "04F12E4D000001", "04BADBADBADBAD"
TIME_LIMIT_S = 3 * 86_400.0

MANY = os.environ.get("RIG_FUZZ_EXAMPLES")
PROFILE = settings(
    max_examples=int(MANY or 60),
    derandomize=MANY is None,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)

Step = tuple[Any, ...]


def physical() -> st.SearchStrategy[Step]:
    """What drivers, the weather and the network do."""
    connector = st.sampled_from([1, 2])
    tags = st.sampled_from([GOOD, GOOD, FRIEND, BAD])
    return st.one_of(
        st.tuples(
            st.just("plug"),
            st.sampled_from(["plug_in", "ev_request", "ev_stop", "unplug_ev", "unplug"]),
            connector,
        ),
        st.tuples(st.just("card"), tags, connector),
        st.tuples(st.just("charge"), tags, connector),
        st.tuples(st.just("charge"), tags, connector),
        st.tuples(st.just("fault"), st.sampled_from(["GroundFailure", None, None]), connector),
        st.tuples(st.sampled_from(["power", "network"]), st.sampled_from([0.5, 20.0, 700.0])),
        st.tuples(st.just("wait"), st.sampled_from([0.5, 5.0, 70.0, 900.0])),
    )


def steps() -> st.SearchStrategy[list[Step]]:
    command = st.tuples(st.just("command"), commands())
    frame = st.tuples(st.just("frame"), st.sampled_from(FRAMES))
    return st.lists(
        st.sampled_from([command, command, command, physical(), physical(), frame]).flatmap(
            lambda s: s
        ),
        min_size=20,
        max_size=50,
    )


@dataclass
class Trial:
    """A station at the mercy of hypothesis, and what must be true of it all the time."""

    station: ChargingStation
    csms: RawCentralSystem
    plug: dict[str, Callable[..., Any]]
    registers: dict[int, float] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    @property
    def control(self) -> StationControl:
        return StationControl(self.station)

    async def do(self, step: Step) -> None:
        if currently_in_test_context():
            note(str(step))
        match step:
            case ("command", (action, payload)):
                await self.command(action, payload)
            case ("frame", text):
                await self.csms.send_raw(text)
            case ("plug", what, connector):
                self.plug[what](connector=connector)
            case ("card", tag, connector):
                self.control.card(tag, connector)
            case ("charge", tag, connector):
                self.plug["plug_in"](connector=connector)
                self.plug["ev_request"](connector=connector)
                await self.do(("card", tag, connector))
                await asyncio.sleep(3)
            case ("fault", code, connector):
                self.control.fault(connector, code)
            case ("power", off_s):
                self.control.power(False)
                await asyncio.sleep(off_s)
                self.control.power(True)
                await self.reachable()
            case ("network", off_s):
                await self.control.network(False)
                await asyncio.sleep(off_s)
                await self.control.network(True)
                await self.reachable()
            case ("wait", seconds):
                await asyncio.sleep(seconds)
        await asyncio.sleep(0.3)
        self.check()

    async def reachable(self) -> None:
        """Return once it is connected and accepted; after an outage it may have nothing to say."""
        async with asyncio.timeout(3600):
            await self.station.uplink.settled.wait()

    async def command(self, action: str, payload: Any) -> None:
        answer = await self.csms.call(action, payload)
        if answer is None:
            return  # the connection ended: see `outlive`
        if answer[0] == 4:
            assert answer[2] in LEGAL_CODES, answer
            assert len(answer[3]) <= 255
            return
        jsonschema.Draft4Validator(schema(f"{action}Response")).validate(answer[2])
        message = {} if payload is None else payload  # "null" is tolerated as "{}" (M2.6)
        assert jsonschema.Draft4Validator(schema(action)).is_valid(message), (
            f"{action} {payload} is no message, and was obeyed: {answer}"
        )

    def check(self) -> None:
        """What holds at any moment."""
        life = self.station._life
        if life is not None and life.done():
            life.result()
            raise AssertionError("the station has ended")
        assert not self.errors, self.errors
        assert not self.csms.problems, self.csms.problems
        controller = self.station.controller
        for number, socket in controller.sockets.items():
            assert socket.status in STATUSES
            assert socket.meter.wh >= self.registers.get(number, 0.0), "the register ran back"
            self.registers[number] = socket.meter.wh
        configuration = controller.board.configuration
        for name, value in configuration.values.items():
            key = configuration.find(name)
            assert (
                key is None or key.access is Access.READ or not value or key.normal(value) == value
            )
            assert len(value) <= 500

    async def outlive(self) -> None:
        """Whatever was done: with power and network it is there, and serves."""
        for number in self.station.connector_ids:
            self.control.fault(number, None)
        async with asyncio.timeout(3600):
            while True:
                await self.reachable()
                answer = await self.csms.call("GetLocalListVersion", {})
                if answer is not None:
                    break
                await asyncio.sleep(1)
        assert answer[0] == 3, answer
        for number in self.station.connector_ids:
            self.plug["unplug"](connector=number)
        await asyncio.sleep(3000)
        assert not self.station.controller.queue.messages
        self.check()


async def live(steps_: list[Step], persona: Persona) -> RawCentralSystem:
    loop = asyncio.get_running_loop()

    def now() -> str:
        return (
            datetime.fromtimestamp(EPOCH + loop.time(), UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z")
        )

    errors: list[str] = []
    loop.set_exception_handler(
        lambda _, context: errors.append(f"{context.get('exception')!r} {context['message']}")
    )
    async with RawCentralSystem(now, good=frozenset({GOOD, FRIEND})) as csms:
        station = ChargingStation(
            StationOptions(Account(csms.url, "CP1"), persona), VirtualMockClock(), NoObserver()
        )
        control = Control()
        VirtualPlug(station, station.clock).register(control)
        plug = {
            name: control._handlers[name][0]
            for name in (  # no wire needed here
                "plug_in",
                "ev_request",
                "ev_stop",
                "unplug_ev",
                "unplug",
            )
        }
        trial = Trial(station, csms, plug, errors=errors)
        station.set_power(True)
        try:
            await csms.served.wait()
            await asyncio.sleep(1)
            for step in steps_:
                await trial.do(step)
            await trial.outlive()
        finally:
            await station.aclose()
        gc.collect()  # an exception in a task that nobody waits for is told when the task goes
        await asyncio.sleep(0)
        assert not errors, errors
        check_what_was_said(csms)
        return csms


def check_what_was_said(csms: RawCentralSystem) -> None:
    """Schemas, transactions, statuses."""
    running: dict[int, int] = {}
    stopped: set[int] = set()
    numbers = {json.loads(key)[0]: 0 for key in csms.transactions}
    last = dict.fromkeys(numbers, 0)
    records: list[Record] = []
    for said in csms.said:
        p = said.payload
        if not said.action or said.action == "BootNotification":
            records.append(Boot(said.seq))
            continue
        assert request_problems(said.action, p) == (), said
        if said.action == "StartTransaction":
            number = csms._transaction(p)
            connector = p["connectorId"]
            assert running.get(connector, number) == number, f"two transactions at once: {said}"
            assert number not in stopped, f"started again: {said}"
            assert p["meterStart"] >= last[connector], said
            running[connector], last[connector] = number, p["meterStart"]
        elif said.action == "StopTransaction":
            number = p["transactionId"]
            if number in stopped:
                continue  # its answer was lost
            (connector,) = [c for c, n in running.items() if n == number]
            assert p["meterStop"] >= last[connector], said
            last[connector] = p["meterStop"]
            del running[connector]
            stopped.add(number)
        elif said.action == "StatusNotification":
            records.append(
                Report(
                    said.seq,
                    p["connectorId"],
                    p["status"],
                    p["errorCode"],
                    p.get("info", ""),
                    triggered=True,
                )
            )
    assert stopped | set(running.values()) == set(csms.transactions.values())
    findings = [
        f
        for f in check(records, Context(connectors=2, minimum_duration=True))
        if not f.rule.startswith("D")
    ]
    assert not findings, findings


@pytest.mark.timeout(300)
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "security extension"])
@PROFILE
@given(st.data())
def test_any_order_of_commands_and_events(secure: bool, data: st.DataObject) -> None:
    persona = Persona(boot_time_s=1.0, security_extension=secure)
    run_virtually(live(data.draw(steps()), persona))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("action", ACTIONS)
def test_each_command_in_each_situation(action: str) -> None:
    situations: list[list[Step]] = [
        [],
        [("charge", GOOD, 1)],
        [("charge", BAD, 1)],
        [("plug", "plug_in", 1)],
        [("fault", "GroundFailure", 1)],
        [("command", ("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"}))],
        [
            (
                "command",
                (
                    "ReserveNow",
                    {
                        "connectorId": 1,
                        "expiryDate": "2026-09-22T00:00:00Z",
                        "idTag": GOOD,
                        "reservationId": 1,
                    },
                ),
            )
        ],
    ]
    wanted = st.one_of(values(schema(action)), values(schema(action)), nearly_valid(action))

    @settings(PROFILE, max_examples=PROFILE.max_examples // 8)
    @given(st.sampled_from(situations), st.lists(wanted, min_size=4, max_size=8), st.booleans())
    def check_it(before: list[Step], payloads: list[Any], secure: bool) -> None:
        run = [*before, *(("command", (action, payload)) for payload in payloads)]
        run_virtually(live(run, Persona(boot_time_s=1.0, security_extension=secure)))

    check_it()


@pytest.mark.parametrize("number", range(len(FRAMES)))
def test_malformed_frame_ends_nothing(number: int) -> None:
    csms = run_virtually(
        live([("frame", FRAMES[number]), ("charge", GOOD, 1)], Persona(boot_time_s=1.0))
    )
    assert [said.action for said in csms.said].count("BootNotification") == 1
    assert len(csms.transactions) == 1
