"""A mock as a child process, from start to every kind of end; a small script plays it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rig.bench.control import ControlChannel
from rig.bench.mock_process import PASSWORD, MockProcess
from rig.errors import BenchError
from rig.jsontypes import Json
from tests.unit.bench.mock_script import PLAY

Play = Callable[[str], None]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    def with_script(script: str) -> None:
        monkeypatch.setattr(MockProcess, "command", lambda _self: [sys.executable, "-c", script])

    with_script(PLAY)
    return with_script


@pytest.fixture
def mock(tmp_path: Path, play: Play) -> MockProcess:
    del play  # its script is what is started
    return MockProcess("mock", ["kind"], tmp_path / "logs" / "mock.log")


def test_command_line_ends_it_with_us(tmp_path: Path) -> None:
    command = MockProcess("mock", ["station", "--csms", "ws://x"], tmp_path / "log").command()
    assert command == [
        sys.executable, "-m", "firmware_mocks", "station", "--csms", "ws://x", "--follow-stdin",
    ]  # fmt: skip


async def test_it_serves_until_it_is_left(mock: MockProcess) -> None:
    with pytest.raises(BenchError, match="mock: not running"):
        await mock.ask("echo")
    async with mock:
        assert mock.ready["kind"] == "world"
        pid = mock.pid
        assert pid is not None
        assert os.getsid(pid) == pid  # Ctrl-C in our terminal does not reach it
        assert await mock.ask("echo", value=5) == 5
        with pytest.raises(BenchError, match="nonsense: no such thing"):
            await mock.ask("nonsense")
    assert mock.pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(BenchError, match="mock: not running"):
        await mock.ask("echo")


async def test_it_can_be_entered_again(mock: MockProcess) -> None:
    pids = []
    for _ in range(2):
        async with mock:
            pids.append(mock.pid)
            assert await mock.ask("echo", value="x") == "x"
    assert len(set(pids)) == 2


def test_a_password_goes_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSWORD, "of somebody else")
    with_one = MockProcess("mock", ["world"], tmp_path / "log", password=bytes([1, 2]).hex())
    assert (with_one.environment()[PASSWORD], "0102" in with_one.command()) == ("hex:0102", False)
    assert PASSWORD not in MockProcess("mock", ["world"], tmp_path / "log").environment()


async def test_what_it_publishes_is_asked_for_and_told(tmp_path: Path, play: Play) -> None:
    del play  # its script is what is started
    seen: list[dict[str, Json]] = []
    async with MockProcess("mock", ["kind"], tmp_path / "log", seen.append):
        pass
    assert seen == [{"event": "relay", "coil": 0, "closed": True}]


@pytest.mark.parametrize(
    ("kill", "how"),
    [(True, "killed by signal 9"), (False, "exit code 3")],
    ids=["killed", "died"],
)
async def test_its_end_is_told_with_the_reason(
    tmp_path: Path, play: Play, kill: bool, how: str
) -> None:
    del play  # its script is what is started
    ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    async with MockProcess("mock", ["kind"], tmp_path / "log", on_exit=ended.set_result) as mock:
        if kill:
            os.kill(mock.pid or 0, signal.SIGKILL)
        else:
            with pytest.raises(BenchError, match="control channel"):
                await mock.ask("die")
        async with asyncio.timeout(5):
            assert await ended == how
        assert mock.pid is not None  # what it was; nobody has left it yet


async def test_an_end_that_we_asked_for_is_not_told(tmp_path: Path, play: Play) -> None:
    del play  # its script is what is started
    ended: list[str] = []
    async with MockProcess("mock", ["kind"], tmp_path / "log", on_exit=ended.append):
        pass
    assert ended == []


async def test_an_end_that_nobody_wants_to_hear_of_is_no_error(mock: MockProcess) -> None:
    async with mock:
        with pytest.raises(BenchError, match="control channel"):
            await mock.ask("die")


async def test_a_dropped_control_channel_is_an_error(mock: MockProcess) -> None:
    async with mock:
        with pytest.raises(BenchError, match="closed by the mock"):
            await mock.ask("drop")
        with pytest.raises(BenchError, match="control channel is closed"):
            await mock.ask("echo")


@pytest.mark.parametrize(
    ("script", "word"),
    [
        ("import sys; sys.exit('no such persona')", "ended at start with code 1: no such persona"),
        ("print('hello', flush=True); input()", "said b'hello"),
        ("print('{}', flush=True); input()", "names no control"),
        ("import sys; sys.exit(0)", "it said nothing; see .*mock.log"),
    ],
    ids=["dies", "nonsense", "incomplete", "silent"],
)
async def test_one_that_does_not_start_is_explained(
    mock: MockProcess, play: Play, script: str, word: str
) -> None:
    play(script)
    with pytest.raises(BenchError, match=word):
        await mock.__aenter__()
    assert mock.pid is None


async def test_one_that_takes_too_long_is_ended(
    mock: MockProcess, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    play("import signal; signal.signal(15, signal.SIG_IGN); signal.pause()")
    monkeypatch.setattr("rig.bench.mock_process.READY_TIMEOUT_S", 0.3)
    monkeypatch.setattr("rig.bench.mock_process.STOP_TIMEOUT_S", 0.2)
    with pytest.raises(BenchError, match=r"not ready within 0\.3 s"):
        await mock.__aenter__()
    assert mock.pid is None


async def test_a_last_word_on_stderr_is_kept_over_starts(mock: MockProcess, play: Play) -> None:
    for word in ("first", "second"):
        play(f"import sys; sys.exit('{word}')")
        with pytest.raises(BenchError, match=word):
            await mock.__aenter__()
    assert mock._log.read_text().split() == ["first", "second"]


async def test_nobody_listens() -> None:
    with pytest.raises(BenchError, match="control channel refused"):
        async with ControlChannel("mock", "127.0.0.1", 1):
            pytest.fail("must not open")
