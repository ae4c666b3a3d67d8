"""A fleet: drivers who come and go, and a Central System that loses nothing of it."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
import sys
from asyncio.subprocess import Process
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from firmware_mocks.charging_station.persona import Persona
from firmware_mocks.fleet.fleet import Fleet, FleetOptions
from rig.bench.mock_process import MockProcess
from rig.ocppj.frames import Payload
from rig.ocppj.handshake import Accept, Handshake
from rig.ocppj.link import Link
from rig.ocppj.server import Server
from tests.virtual_time import VirtualClock, VirtualMockClock, run_virtually
from tests.wire.secure_laboratory import context, delivered, secure_laboratory

NOW = "2026-01-01T00:00:00Z"


class Csms:
    """Accepts everybody, and remembers what they said."""

    def __init__(self) -> None:
        clock = VirtualClock()
        self.calls: list[tuple[str, str, Payload]] = []
        self.ids: dict[int, str] = {}
        self._numbers = itertools.count(1)
        self.server = Server(
            "127.0.0.1", 0, "/ocpp", lambda _: Accept(), self._serve, now=clock.now
        )

    async def _serve(self, link: Link, _: Handshake) -> None:
        async for call in link.calls():
            self.calls.append((link.identity, call.action, call.payload))
            await link.reply(call.id, self._answer(link.identity, call.action))

    def _answer(self, identity: str, action: str) -> Payload:
        if action == "BootNotification":
            return {"status": "Accepted", "currentTime": NOW, "interval": 300}
        if action == "Heartbeat":
            return {"currentTime": NOW}
        if action == "StartTransaction":
            number = next(self._numbers)
            self.ids[number] = identity
            return {"transactionId": number, "idTagInfo": {"status": "Accepted"}}
        return {"idTagInfo": {"status": "Accepted"}} if action == "Authorize" else {}

    def of(self, action: str) -> list[tuple[str, Payload]]:
        return [(identity, payload) for identity, name, payload in self.calls if name == action]


async def live(stations: int, seconds: float, seed: int = 1) -> tuple[Csms, dict[str, Any]]:
    """Some virtual time of a fleet."""
    csms = Csms()
    async with csms.server:
        options = FleetOptions(
            csms.server.url, stations, Persona(boot_time_s=1.0),
            ramp_per_s=10.0, pause_s=300.0, stay_s=600.0, seed=seed,
        )  # fmt: skip
        async with Fleet(options, VirtualMockClock()) as fleet:
            await asyncio.sleep(seconds)
            state = fleet.state()
    return csms, state


def test_every_transaction_ends_once_at_its_station() -> None:
    csms, state = run_virtually(live(20, 3600.0))
    assert state["accepted"] == state["connected"] == 20
    starts, stops = csms.of("StartTransaction"), csms.of("StopTransaction")
    assert len(starts) == state["visits"] > 40
    assert len({identity for identity, _ in starts}) == 20
    ended = Counter(payload["transactionId"] for _, payload in stops)
    assert ended == dict.fromkeys(csms.ids, 1)
    assert all(csms.ids[p["transactionId"]] == identity for identity, p in stops)  # type: ignore[index]
    # who was charging at the end was ended by the station, everybody else by his card
    reasons = Counter(payload.get("reason") for _, payload in stops)
    assert reasons == {"Local": len(stops)}
    assert all(payload["idTag"] == f"DRIVER{identity[-5:]}" for identity, payload in starts)


def test_the_seed_decides_who_comes_when() -> None:
    first, again, other = (
        [(i, a) for i, a, _ in run_virtually(live(5, 1800.0, seed))[0].calls
         if a == "StartTransaction"]
        for seed in (1, 1, 2)
    )  # fmt: skip
    assert first == again
    assert first != other


async def test_fleet_as_a_process_counts_and_parts_in_order(tmp_path: Path) -> None:
    csms = Csms()
    async with csms.server:
        arguments = [
            "fleet", "--csms", csms.server.url, "--stations", "8", "--time-scale", "60",
            "--pause", "30", "--stay", "6000", "--tell", "0", "--persona", str(_persona(tmp_path)),
        ]  # fmt: skip
        async with MockProcess("fleet", arguments, tmp_path / "log") as fleet:
            async with asyncio.timeout(30):
                while True:
                    state: Any = await fleet.ask("state")
                    if state["transactions"] == 8:
                        break
            one: Any = await fleet.ask("station", identity="FLEET00003")
            assert one["connectors"]["1"]["transaction_id"] in csms.ids
            with pytest.raises(Exception, match="no station 'X'; they are FLEET00001 to"):
                await fleet.ask("station", identity="X")
            assert state["latency"]["BootNotification"]["count"] == 8
            assert state["errors"] == state["violations"] == 0
    assert len(csms.of("StopTransaction")) == len(csms.of("StartTransaction")) == 8


async def test_last_words_of_a_fleet_are_its_numbers(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "firmware_mocks", "fleet", "--csms", "ws://127.0.0.1:1/none",
        "--stations", "3", "--tell", "0", stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(30):
        assert json.loads(await process.stdout.readline())["kind"] == "fleet"
        process.send_signal(signal.SIGTERM)
        last = json.loads((await process.stdout.read()).splitlines()[-1])
        assert await process.wait() == 0
    assert last["ended"]
    assert (last["stations"], last["connects"]) == (3, 0)


async def test_rig_fleet_tells_how_it_goes_and_what_came_of_it(tmp_path: Path) -> None:
    csms = Csms()
    async with csms.server:
        process = await _rig(
            "--csms", csms.server.url, "--stations", "4", "--time-scale", "60", "--pause", "1",
            "--stay", "6000", "--tell", "0.2", "--persona", str(_persona(tmp_path)),
        )  # fmt: skip
        assert process.stderr is not None
        async with asyncio.timeout(30):
            assert b"4 stations are being switched on" in await process.stderr.readline()
            while b"4 of 4 accepted, 4 transactions" not in await process.stderr.readline():
                pass
            process.send_signal(signal.SIGINT)
            summary = (await process.stderr.read()).decode()
            assert await process.wait() == 130
    assert "answer to StartTransaction" in summary
    assert "Traceback" not in summary
    assert len(csms.of("StopTransaction")) == 4


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--csms", "http://x", "--stations", "3"], "want ws:// or wss://"),
        (["--csms", "ws://x", "--stations", "3", "--id", "ALL"], "all stations had the same"),
        (["--csms", "ws://x", "--stations", "0"], "0 is not in the range"),
        (["--csms", "ws://x", "--stations", "1", "--time-scale", "0"], "'--time-scale': 0"),
        (["--csms", "ws://x", "--stations", "2", "--persona", "none"], "no such persona file"),
    ],
)
async def test_rig_fleet_says_what_makes_no_fleet(arguments: list[str], sentence: str) -> None:
    process = await _rig(*arguments)
    async with asyncio.timeout(30):
        _, said = await process.communicate()
    assert process.returncode == 2
    assert sentence in said.decode()


async def test_a_fleet_says_why_nobody_gets_in(tmp_path: Path) -> None:
    process = await _rig("--csms", "ws://127.0.0.1:1/none", "--stations", "3", "--tell", "0.2",
                         "--persona", str(_persona(tmp_path)))  # fmt: skip
    assert process.stderr is not None
    async with asyncio.timeout(30):
        while b"refused: " not in (line := await process.stderr.readline()):
            assert line
        process.send_signal(signal.SIGTERM)
        await process.communicate()


async def test_a_fleet_knows_the_root_of_a_central_system_with_tls(tmp_path: Path) -> None:
    async with secure_laboratory(tmp_path, context(clients=False)) as lab:
        process = await _rig(
            "--csms", lab.url, "--id", "CP{}", "--stations", "1", "--quiet",
            "--persona", str(_persona(tmp_path)), *delivered(tmp_path),
        )  # fmt: skip
        await lab.next("BootNotification")
        process.send_signal(signal.SIGTERM)
        await process.communicate()


async def _rig(*arguments: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from rig.cli.main import main; main()", "fleet", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"stations": 0}, "one station at least"),
        ({"ramp_per_s": 0.0}, "ramp above 0"),
        ({"stay_s": -1.0}, "0 seconds or more"),
        ({"identity": "ALL"}, "all stations had the same"),
        ({"identity": "CP{x}"}, "no pattern"),
        ({"id_tag": "A-TAG-THAT-IS-TOO-LONG{}"}, "more than 20"),
        ({"stations": 10**9}, "open files"),
    ],
)
def test_what_is_no_fleet_is_refused(wrong: dict[str, Any], sentence: str) -> None:
    options: dict[str, Any] = {"csms_url": "ws://x", "stations": 3, "persona": Persona(), **wrong}
    with pytest.raises(ValueError, match=sentence):
        Fleet(FleetOptions(**options), VirtualMockClock())


def _persona(folder: Path) -> Path:
    file = folder / "persona.yaml"
    file.write_text("boot_time_s: 0.5\n")
    return file


@pytest.mark.parametrize("command", [["fleet", "--stations=1"], ["station", "--id=CP1"]])
async def test_nobody_else_on_this_computer_is_let_in(command: list[str]) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from rig.cli.main import main; main()", *command, "--json",
        "--csms=ws://127.0.0.1:1/none", stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(30):
        ready = json.loads(await process.stdout.readline())
        process.send_signal(signal.SIGINT)
        await process.stdout.read()
        await process.wait()
    assert ready["ready"]
    assert "control" not in ready
