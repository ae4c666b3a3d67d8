"""`rig station`: the emulator for people: options, what it says, signals, exit codes."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from rig.conformance.pics import load_pics
from tests.wire.emulated_station import GOOD, PERSONA, Lab, laboratory

SCALE = 20.0
PASSWORD = "a password in plain text"  # noqa: S105  # of this test


@asynccontextmanager
async def station(*arguments: str, **environment: str) -> AsyncIterator[Process]:
    """`rig station` as it is typed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from rig.cli.main import main; main()", "station", *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE, env={**os.environ, **environment},
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


def at(lab: Lab, *more: str) -> list[str]:
    scale, persona = str(lab.clock.scale), str(lab.write(PERSONA))
    return ["--csms", lab.url, "--id", "CP1", "--time-scale", scale, "--persona", persona, *more]


async def line_with(stream: asyncio.StreamReader | None, *words: str) -> str:
    """The next line that has all of these words."""
    assert stream is not None
    seen = []
    try:
        async with asyncio.timeout(20):
            while line := (await stream.readline()).decode():
                seen.append(line)
                if all(word in line for word in words):
                    return line
    except TimeoutError:
        pass
    raise AssertionError(f"waited for {words}, saw: {seen}")


async def ended(process: Process) -> tuple[int, str]:
    assert process.stderr is not None
    async with asyncio.timeout(20):
        said = (await process.stderr.read()).decode()
        return await process.wait(), said


async def test_it_tells_a_person_what_the_station_does(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, station(*at(lab, "--api", "0")) as process:
        await line_with(process.stderr, "station CP1 is up; Ctrl-C ends it")
        await line_with(process.stderr, "control API  http://127.0.0.1:", "/openapi.json")
        await line_with(process.stderr, "token        ")
        await line_with(process.stderr, "connected", lab.url, "ocpp1.6")
        await line_with(process.stderr, "registration", "Accepted, interval 12 s")
        await line_with(process.stderr, "connector 2", "Available")
        await lab.booted()
        await lab.csms.call("RemoteStartTransaction", {"idTag": GOOD, "connectorId": 1}, 20)
        await line_with(process.stderr, "command", "RemoteStartTransaction idTag=", "connectorId=1")
        await line_with(process.stderr, "answered", "RemoteStartTransaction Accepted")
        await line_with(process.stderr, "connector 1", "Preparing")


async def test_wire_shows_every_frame_without_passwords(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, station(*at(lab, "--wire")) as process:
        await line_with(process.stderr, "-> csms", '"BootNotification",{"chargePointVendor"')
        await lab.booted()
        secret = "0011223344556677" * 2
        await lab.change("AuthorizationKey", secret)
        shown = await line_with(process.stderr, "<- csms", "ChangeConfiguration")
        assert "***" in shown
        assert secret not in shown
        assert secret not in await line_with(process.stderr, "command", "AuthorizationKey")


async def test_json_prints_the_line_that_says_it_is_ready(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab:
        async with station(*at(lab, "--json", "--quiet", "--api", "0")) as process:
            assert process.stdout is not None
            async with asyncio.timeout(20):
                ready = json.loads(await process.stdout.readline())
            assert ready["identity"] == "CP1"
            assert {"url", "port", "token"} <= ready["api"].keys()
            assert "control" not in ready  # what has no token is not offered
            await lab.booted()
            process.terminate()
            assert await ended(process) == (0, "")


async def test_json_lines_serve_a_parent_process(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab:
        async with station(*at(lab, "--json-lines", "--quiet")) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            await lab.booted()
            process.stdin.write(b'{"id": 1, "do": "plug_in", "connector": 2}\n')
            assert '"ok": true' in await line_with(process.stdout, '"id": 1, "ok"')
            told = await line_with(process.stdout, '"event": "frame"', "Preparing")
            assert json.loads(told)["payload"]["connectorId"] == 2
            process.stdin.write(b'nonsense\n{"id": 2, "do": "dance"}\n')
            assert "is no JSON: Expecting value" in await line_with(process.stdout, '"ok": false')
            assert "no operation 'dance'" in await line_with(process.stdout, '"id": 2')
            process.stdin.write(b"\xff\n" + b"[" * 3_000_000 + b"\n[]\n")
            for said in ("is not UTF-8", "more than 1048576 bytes", "is missing"):
                told = await line_with(process.stdout, '"ok": false')
                assert said in told
                assert "want one object per line" in told
            process.stdin.write_eof()
            assert await ended(process) == (0, "")


async def test_a_reader_that_has_gone_disturbs_nobody(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab:
        process = await asyncio.create_subprocess_shell(
            f"{sys.executable} -m firmware_mocks charging-station --csms {lab.url} --identity CP1"
            f" --json-lines --no-control --time-scale {SCALE} | head -1",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin is not None
        await lab.booted()
        for _ in range(2):
            process.stdin.write(b'{"do": "call", "action": "Heartbeat", "payload": {}}\n')
            await lab.next("Heartbeat")
        process.stdin.write_eof()
        assert (await ended(process))[1] == ""


async def test_a_station_does_not_die_in_silence(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    async with laboratory(tmp_path, SCALE) as lab:
        async with station(*at(lab, "--disk", str(disk), "--json-lines")) as process:
            assert process.stdin is not None
            await lab.booted()
            shutil.rmtree(disk)
            disk.touch()
            process.stdin.write(b'{"do": "restart"}\n')
            await line_with(process.stderr, "the station has died", str(disk))


async def test_ctrl_c_ends_it_like_every_command(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, station(*at(lab)) as process:
        await lab.booted()
        process.send_signal(signal.SIGINT)
        assert (await ended(process))[0] == 130
        close = await lab.entry(lambda e: e.what == "close", "the end of the connection")
        assert close.detail["code"] == 1001  # no loss that a CSMS has to find out


async def test_the_emulator_does_not_outlive_a_command_that_is_killed(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, station(*at(lab)) as process:
        await lab.booted()
        process.kill()
        await lab.entry(lambda e: e.what == "close", "the end of the connection")


@pytest.mark.parametrize("way", ["variable", "file"])
async def test_the_password_comes_in_a_variable_or_a_file(tmp_path: Path, way: str) -> None:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    more = ["--password-file", str(file)] if way == "file" else []
    environment = {} if way == "file" else {"RIG_STATION_PASSWORD": PASSWORD}
    async with laboratory(tmp_path, SCALE) as lab:
        lab.csms.password = PASSWORD.encode()
        async with station(*at(lab, *more), **environment):
            await lab.booted()


async def test_a_wrong_password_is_told_once_with_its_remedy(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab:
        lab.csms.password = PASSWORD.encode()
        async with station(*at(lab), RIG_STATION_PASSWORD="not-the-right-one") as process:  # noqa: S106
            said = await line_with(process.stderr, "not connected", "HTTP 401")
            assert "password" in said
            assert "not-the-right-one" not in said


async def test_what_the_security_profile_lacks_is_told_at_once() -> None:
    async with station("--csms", "wss://localhost:1/", "--id", "CP1") as process:
        await line_with(process.stderr, "note: security profile 3", "--root-certificate FILE")
        await line_with(process.stderr, "note: security profile 3", "--certificate FILE")


async def test_options_may_stand_in_a_file(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab:
        lab.write(PERSONA)
        config = tmp_path / "station.yaml"
        config.write_text(
            f"csms: {lab.url}\nid: CP1\npersona: persona.yaml\ntime_scale: {SCALE}\n"
            "defects:\n  - skip-boot-status-zero\n"
        )
        async with station("--config", str(config)):
            await lab.booted()
        assert not lab.calls("StatusNotification", connectorId=0)


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        ([], "--csms URL is missing", 2),
        (["--csms", "ws://x/"], "--id ID is missing", 2),
        (["--csms", "http://x/", "--id", "A"], "want ws:// or wss://", 2),
        (["--csms", f"ws://{'x' * 64}/", "--id", "A"], "no name of a host; want e.g. ws://", 2),
        (["--csms", "ws://x..y/", "--id", "A"], "x..y: no name of a host", 2),
        (["--csms", "ws://x/", "--id", "A", "--defect", "no"], "no defect 'no'", 2),
        (["--csms", "ws://x/", "--id", "A", "--persona", "no"], "shipped ones are", 2),
        (["--csms", "ws://x/", "--id", "A", "--seed", "x"], "Invalid value for '--seed'", 2),
        (["--csms", "ws://x/", "--id", "A", "--api", "unix:/no/such/place"], "/no/such/place", 4),
        (["--csms", "ws://x/", "--id", "A", "--time-scale", "0"], "'--time-scale': 0", 2),
        (["--csms", "ws://x/", "--id", "A", "--time-scale", "inf"], "want a number above 0", 2),
        (["--csms", "ws://x/", "--id", "A", "--endpoint", "ws://y"], "want PROFILE=URL", 2),
        (["--csms", "ws://x/", "--id", "A", "--disk", "BAD/disk"], "want a folder that can", 2),
        (["--config", "BAD"], "bad.yaml:2:1: colour: unknown key", 2),
    ],
)
async def test_what_cannot_be_is_told_with_its_exit_code(
    tmp_path: Path, arguments: list[str], words: str, code: int
) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("id: A\ncolour: red\n")
    given = [word.replace("BAD", str(bad)) for word in arguments]
    async with station(*given) as process:
        found, said = await ended(process)
    assert found == code
    assert words in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("option", "word"),
    [("--list-defects", "skip-boot-status"), ("--list-personas", "type1-station")],
)
async def test_lists_are_data(option: str, word: str) -> None:
    async with station(option) as process:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            listed = (await process.stdout.read()).decode()
            assert await process.wait() == 0
    assert any(line.startswith(word) for line in listed.splitlines())


async def test_lists_are_json_where_it_is_asked_for() -> None:
    code, out, _ = await rig("station", "--list-defects", "--json")
    assert (code, "skip-boot-status" in json.loads(out)) == (0, True)


async def rig(*arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from rig.cli.main import main; main()", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(20):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_personas_are_listed_shown_and_checked(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("phases: 2\nconnectors: many\n")
    listed, shown, checked, wrong = await asyncio.gather(
        rig("persona", "list", "--json"),
        rig("persona", "show", "minimal", "--json"),
        rig("persona", "check", "default", "minimal"),
        rig("persona", "check", "default", str(bad)),
    )
    assert (listed[0], "shared-reader" in json.loads(listed[1])) == (0, True)
    assert (shown[0], json.loads(shown[1])["profiles"]) == (0, ["Core"])
    assert checked == (0, "", "")
    assert (wrong[0], wrong[1], wrong[2].count("bad.yaml:")) == (2, "", 2)


async def test_the_pics_of_a_persona_is_a_file_of_the_rig(tmp_path: Path) -> None:
    code, text, _ = await rig("pics", "template", "--persona", "type1-wallbox")
    assert code == 0
    file = tmp_path / "pics.yaml"
    file.write_text(text)
    assert load_pics(file).facts()["fixed_cable"] is True
