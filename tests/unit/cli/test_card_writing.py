"""What `rig card read` and `rig card write` print, and what they end with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from click.testing import Result

from rig.cli.card_job import progress_line
from rig.client.cards import CardJobInfo, CardLine, CardReading, IdTagLine
from rig.client.errors import ClientError
from rig.client.results import to_json
from rig.client.stream import EventStream, RigEvent

from .conftest import FakeDaemon

Command = Callable[..., Result]
READING = CardReading(
    "good", "NTAG213", "04A1B2C3D4E5F6", False, "EVSE test card",
    (IdTagLine("04A1B2C3D4E5F6", "hex, upper case, as-read"),
     IdTagLine("F6E5D4C3B2A104", "hex, upper case, reversed")),
)  # fmt: skip
NAMES = ("good", "bad", "late")


def job(state: str, *cards: CardLine, cause: str = "", kind: str = "") -> CardJobInfo:
    return CardJobInfo("cards-1", state, cause, kind, 7, NAMES, cards)


GOOD = CardLine("good", "04A1", "written", "text")
BAD = CardLine("bad", "DEAD", "failed", "wrong key A for sector 1")
LATE = CardLine("late", "BEEF", "skipped", "by the operator")
RIGHT = CardLine("late", "BEEF", "right")


def event(action: str, **data: str | int) -> RigEvent:
    return RigEvent(8, 0.0, "t", "card", "tool", {"job": "cards-1", "action": action, **data})


@pytest.fixture(autouse=True)
def stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream with one card and the end of the job."""
    seen: Iterator[RigEvent] = iter(
        [
            event("asked", card="good"),
            event("written", card="good", detail="text", index=1, total=3),
            event("closed"),
        ]
    )
    monkeypatch.setattr(EventStream, "__enter__", lambda stream: stream)
    monkeypatch.setattr(EventStream, "pop", lambda stream: next(seen))


def test_read_golden(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.answers["GET /v1/card-writer/card"] = READING
    assert rig_command("card", "read").stdout == (
        "card     good\n"
        "type     NTAG213\n"
        "UID      04:A1:B2:C3:D4:E5:F6\n"
        "text     EVSE test card\n"
        "idTag    04A1B2C3D4E5F6       hex, upper case, as-read\n"
        "idTag    F6E5D4C3B2A104       hex, upper case, reversed\n"
    )
    assert json.loads(rig_command("card", "read", "--json").stdout) == json.loads(
        json.dumps(to_json(READING))
    )


def test_read_a_stranger_that_is_no_test_card(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.answers["GET /v1/card-writer/card?seen=CAFE"] = CardReading(
        "", "ISO 14443-4 card", "08010203", True, None, ()
    )
    result = rig_command("card", "read", "--seen", "CAFE")
    assert result.exit_code == 1
    assert "not one of this bench" in result.stdout
    assert "new one every time" in result.stdout
    assert "✗ no rule makes CAFE" in result.stdout


def test_no_card(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.answers["GET /v1/card-writer/card?card=good"] = ClientError("no card on it", "bench")
    assert rig_command("card", "read", "good").exit_code == 4


def test_write_set_golden(daemon: FakeDaemon, rig_command: Command) -> None:
    daemon.answers["POST /v1/card-writer/job"] = job("running")
    daemon.answers["GET /v1/card-writer/job"] = job("finished", GOOD, BAD, LATE)
    result = rig_command("card", "write", "--set")
    assert result.stdout == (
        "card    UID   outcome  detail\n"
        "✓ good  04A1  written  text\n"
        "✗ bad   DEAD  failed   wrong key A for sector 1\n"
        "– late  BEEF  skipped  by the operator\n"
        "1 of 3 cards are as they are to be\n"
    )
    assert result.exit_code == 1
    assert "1/3  good: written (text)" in result.stderr
    assert 'POST /v1/card-writer/job {"cards": [], "again": false}' in daemon.asked


def test_verify_golden(daemon: FakeDaemon, rig_command: Command) -> None:
    differs = CardLine("bad", "DEAD", "differs", "block 4")
    daemon.answers["POST /v1/card-writer/job"] = job("running")
    daemon.answers["GET /v1/card-writer/job"] = job("finished", GOOD, differs, RIGHT)
    result = rig_command("card", "verify", "--set")
    assert result.exit_code == 1
    assert "✗ bad   DEAD  differs  block 4" in result.stdout
    asked = 'POST /v1/card-writer/job {"cards": [], "again": false, "verify": true}'
    assert asked in daemon.asked


@pytest.mark.parametrize(
    ("done", "code"),
    [
        (job("finished", GOOD, RIGHT), 0),
        (job("finished", GOOD, LATE), 3),
        (job("finished", BAD, LATE), 1),
        (job("failed", GOOD, cause="writer: hang-up", kind="bench"), 4),
        (job("failed", cause="nobody answered", kind="operator"), 3),
        (job("failed", cause="internal error", kind="internal"), 70),
        (job("aborted", GOOD), 130),
    ],
)
def test_exit_codes(daemon: FakeDaemon, rig_command: Command, done: CardJobInfo, code: int) -> None:
    daemon.answers["POST /v1/card-writer/job"] = job("running")
    daemon.answers["GET /v1/card-writer/job"] = done
    result = rig_command("card", "write", "good", "--json")
    assert result.exit_code == code
    assert json.loads(result.stdout) == json.loads(json.dumps(to_json(done)))
    assert (done.cause in result.stderr) is True
    assert 'POST /v1/card-writer/job {"cards": ["good"], "again": true}' in daemon.asked


@pytest.mark.parametrize("words", [("write",), ("write", "good", "--set"), ("verify",)])
def test_one_card_or_the_set(
    daemon: FakeDaemon, rig_command: Command, words: tuple[str, ...]
) -> None:
    assert rig_command("card", *words).exit_code == 2


def test_only_what_is_worth_a_line() -> None:
    assert progress_line(event("asked", card="a")) is None
    assert progress_line(event("closed")) is None
    assert progress_line(event("right", card="a", index=2, total=3)) == "2/3  a: right"
    assert progress_line(RigEvent(1, 0.0, "t", "card", "s", {"action": "presented"})) is None
    assert progress_line(RigEvent(1, 0.0, "t", "relay", "s", {})) is None
