"""Following a run over a real socket: progress, questions, the end."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from rig.cli.follow import Follower, chosen
from rig.cli.progress import PlainProgress, Tracker
from rig.cli.run import worst
from rig.client.api import RigClient
from rig.client.errors import DaemonGone
from rig.client.results import RunStarted
from rig.client.stream import EventStream, RigEvent

from .conftest import RUN, FakeDaemon


def event(seq: int, kind: str, **data: object) -> RigEvent:
    return RigEvent(seq, 0.0, "u", kind, "tool", data)  # type: ignore[arg-type]


def frame(seq: int, kind: str, **data: object) -> bytes:
    e = {"seq": seq, "t_s": 0.0, "utc": "u", "kind": kind, "source": "tool", "data": data}
    return f"id: {seq}\nevent: {kind}\ndata: {json.dumps(e)}\n\n".encode()


CLOSED = frame(9, "run", run_id=RUN.run_id, phase="closed", exit_code=1)
ASKED = frame(5, "prompt", id="p1", question="Plug in?", choices=["done", "cannot"],
              state="asked", answer="", by="")  # fmt: skip
ANSWERED = frame(6, "prompt", id="p1", question="Plug in?", choices=["done", "cannot"],
                 state="answered", answer="done", by="bob")  # fmt: skip
STARTED = RunStarted(RUN.run_id, 3, ("001",))


class Noted:
    """A display that remembers."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.shown: list[int] = []

    def show(self, event: RigEvent) -> None:
        self.shown.append(event.seq)

    def say(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture
def wire(daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Our end of the event stream."""
    ours, theirs = socket.socketpair()

    def opened(stream: EventStream) -> EventStream:
        stream._sock = theirs.dup()
        return stream

    monkeypatch.setattr(EventStream, "__enter__", opened)
    daemon.answers[f"GET /v1/runs/{RUN.run_id}"] = RUN
    yield ours
    ours.close()
    theirs.close()


def client() -> RigClient:
    return RigClient(Path("/run/rigd.sock"))


def test_run_is_followed_to_its_end(wire: socket.socket) -> None:
    wire.sendall(frame(4, "step", text="boot", state="waiting") + CLOSED + frame(10, "run"))
    display = Noted()
    assert Follower(client(), display, None).follow(STARTED) == (RUN, False)
    assert display.shown == [4, 9]


def test_daemon_that_dies_in_the_middle_says_where_the_record_is(wire: socket.socket) -> None:
    wire.sendall(frame(4, "step"))
    wire.shutdown(socket.SHUT_WR)
    with pytest.raises(DaemonGone, match=f"rig runs show {RUN.run_id}"):
        Follower(client(), Noted(), None).follow(STARTED)


def test_without_a_terminal_a_question_is_only_shown(wire: socket.socket) -> None:
    wire.sendall(ASKED + ANSWERED + CLOSED)
    display = Noted()
    Follower(client(), display, None).follow(STARTED)
    assert display.said == [
        "? p1: Plug in? [done/cannot]",
        "  answer it with: rig prompt answer p1 CHOICE",
        "  p1 answered by bob: done",
    ]


def test_question_is_answered_on_the_keyboard(wire: socket.socket, daemon: FakeDaemon) -> None:
    keyboard, typing = os.pipe()
    os.write(typing, b"maybe\n")
    wire.sendall(ASKED)
    display, asked = Noted(), daemon

    class Reacting(Noted):
        def say(self, text: str) -> None:
            super().say(text)
            if text.startswith("  please"):
                os.write(typing, b"d\n")

    display = Reacting()
    daemon.answers["POST /v1/prompts/p1"] = {
        "id": "p1", "question": "", "choices": [], "state": "answered", "timeout_s": 1,
        "asked_utc": "",
    }  # fmt: skip
    before = daemon.__call__

    def answering(*args: object) -> bytes:
        if "prompts" in str(args[2]):
            wire.sendall(ANSWERED + CLOSED)
        return before(*args)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rig.client.api.request", answering)
        Follower(client(), display, keyboard).follow(STARTED)
    assert any('"choice": "done"' in line for line in asked.asked)
    assert display.said[1] == "  please answer p1 with one of: done, cannot"
    os.close(keyboard)
    os.close(typing)


def test_ctrl_c_aborts_the_run(wire: socket.socket, daemon: FakeDaemon) -> None:
    daemon.answers[f"POST /v1/runs/{RUN.run_id}/abort"] = RUN

    class Interrupting(Noted):
        def show(self, event: RigEvent) -> None:
            raise KeyboardInterrupt

    wire.sendall(frame(4, "step"))
    assert Follower(client(), Interrupting(), None).follow(STARTED) == (RUN, True)
    assert f"POST /v1/runs/{RUN.run_id}/abort" in daemon.asked


def test_attend_waits_for_the_descriptor_and_shows_questions(wire: socket.socket) -> None:
    done, finish = os.pipe()
    display = Noted()
    wire.sendall(ASKED + ANSWERED)
    assert not Follower(client(), display, None).attend(done, 0.05)
    assert len(display.said) == 3
    os.write(finish, b"!")
    assert Follower(client(), display, None).attend(done, 60)
    os.close(done)
    os.close(finish)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("yes\n", "yes"), ("Y", "yes"), ("n", None), ("no", "no"), ("", None), ("x", None)],
)
def test_prefix_that_fits_one_choice_is_enough(typed: str, expected: str | None) -> None:
    assert chosen(typed, ("yes", "no", "not now")) == expected


def test_tracker_gives_a_line_per_finished_case() -> None:
    tracker = Tracker({"001": "Cold Boot"})
    assert tracker.take(event(1, "case", octt_id="001", index=1, total=13)) == []
    assert tracker.take(event(2, "step", text="boot", state="waiting")) == []
    assert (tracker.doing, tracker.title) == ("waiting: boot", "Cold Boot")
    (check,) = tracker.take(event(3, "check", name="n", ok=False, expected="1", seen="2"))
    assert check == "    ✗ n: expected 1, saw 2"
    line, cause = tracker.take(
        event(4, "case", octt_id="001", index=1, total=13, verdict="FAIL", cause="late")
    )
    assert line.startswith(" 1/13  001     ")
    assert ("✗ FAIL" in line, "Cold Boot" in line, cause) == (True, True, "    late")
    tracker.take(event(5, "case", octt_id="000_BOOT", index=2, total=13))
    (longest,) = tracker.take(
        event(6, "case", octt_id="000_BOOT", index=2, total=13, verdict="PASS", title="Boot")
    )
    assert ("  000_BOOT " in longest, "  Boot  (" in longest) == (True, True)


@pytest.mark.parametrize(
    ("kind", "data", "part"),
    [
        ("finding", {"severity": "fail", "rule": "D1", "detail": "repeated"}, "D1: repeated"),
        ("bench", {"state": "quarantined", "device": "world", "cause": "gone"}, "world: gone"),
        (
            "transport",
            {
                "what": "refused",
                "detail": {
                    "status": 404,
                    "reason": "unknown identity 'CP-2'; want 'CP-1'",
                    "identity": "CP-2",
                    "remote": "10.0.0.7:4711",
                    "subprotocols": ["ocpp1.6"],
                },
            },
            "  ! CP-2 from 10.0.0.7:4711 was refused: unknown identity 'CP-2'; want 'CP-1'",
        ),
    ],
)
def test_tracker_shows_what_a_person_must_know(
    kind: str, data: dict[str, object], part: str
) -> None:
    (line,) = Tracker({}).take(event(1, kind, **data))
    assert part in line


def test_tracker_keeps_silent_about_outages_of_the_rigs_own_making() -> None:
    detail = {
        "status": 503,
        "reason": "the network is cut on purpose",
        "identity": "CP-1",
        "remote": "10.0.0.7:1",
    }
    assert Tracker({}).take(event(1, "transport", what="refused", detail=detail)) == []


def test_plain_progress_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    progress = PlainProgress({})
    progress.show(event(1, "case", octt_id="001", index=1, total=2, verdict="PASS"))
    progress.say("hello")
    out, err = capsys.readouterr()
    assert (out, "✓ PASS" in err, "hello" in err) == ("", True, True)


def test_worst_exit_code_of_several_runs() -> None:
    assert (worst([0, 0]), worst([0, 3, 1]), worst([1, 4]), worst([5, 0])) == (0, 1, 4, 5)
