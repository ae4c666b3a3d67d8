"""The seat as plain lines: what is told, and what is done when something is typed."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from rig.client.api import RigClient
from rig.client.cards import CardReading, IdTagLine
from rig.client.csms import CallOutcome
from rig.client.errors import ClientError
from rig.client.plug import PlugInfo
from rig.client.results import PromptInfo, RunStarted
from rig.tui.text_mode import HELP, Keyboard, run_text, spoken

from .fake_daemon import FakeDaemon
from .scene import BENCH, CASE, JOB, MODEM, RUN, RUN_ID, SIGNAL

PROMPT = PromptInfo("p3", "Plug in the cable", ("done", "cannot"), "asked", 60.0, "t",
                    evidence=("Authorize.conf ✓ Accepted",), left_s=60.0)  # fmt: skip


READING = CardReading("", "MIFARE DESFire", "08010203", True, "hello",
                      (IdTagLine("08010203", "hex, upper case"),))  # fmt: skip
SEND = "send ChangeAvailability connectorId=1 type=Operative"


@dataclass
class Seat:
    """`rig tui --text` in a thread; its lines, and its keyboard."""

    keyboard: int
    lines: list[str] = field(default_factory=list)
    news: threading.Condition = field(default_factory=threading.Condition)

    def say(self, line: str) -> None:
        with self.news:
            self.lines.append(line)
            self.news.notify_all()

    def type(self, text: str) -> None:
        os.write(self.keyboard, text.encode() + b"\n")

    def told(self, *texts: str) -> str:
        """Wait until a line has all of `texts`; the line."""

        def found() -> str:
            return next((x for x in self.lines if all(text in x for text in texts)), "")

        with self.news:
            assert self.news.wait_for(lambda: bool(found()), 10.0), (texts, self.lines)
            return found()


@pytest.fixture
def seat(fake: FakeDaemon) -> Iterator[Seat]:
    reading, writing = os.pipe()
    seat = Seat(writing)
    keyboard = Keyboard(reading, leaves=True)
    thread = threading.Thread(target=run_text, args=(RigClient(fake.path), keyboard, seat.say))
    thread.start()
    try:
        yield seat
    finally:
        os.close(writing)  # the end of the input is the wish to leave
        thread.join(10.0)
        os.close(reading)
    assert not thread.is_alive()


def test_it_says_what_there_is_and_then_what_happens(fake: FakeDaemon, seat: Seat) -> None:
    seat.told("bench lab-ac is open", "mains on")
    seat.told("plug-1: pilot state C, cable in, voltage")
    fake.publish("pilot", "plug-1", "02:00.000", plug="plug-1", cp_state="B")
    assert seat.told("B plugged in") == "12:02:00 pilot: plug-1 B plugged in"


def test_details_are_told_when_asked_for(fake: FakeDaemon, seat: Seat) -> None:
    seat.told("open questions")
    fake.publish("relay", "r", board="left", coil=0, closed=True, role="")
    fake.publish("mains", "m", on=True)
    seat.told("mains: on")
    seat.type("all")
    seat.told("telling everything")
    fake.publish("relay", "r", board="left", coil=1, closed=True, role="")
    seat.told("relay: left K2 closed")
    assert not [line for line in seat.lines if "K1" in line]


def test_a_failed_check_is_told_in_any_case(fake: FakeDaemon, seat: Seat) -> None:
    seat.told("open questions")
    fake.publish("check", "tool", name="a", ok=False, severity="error", expected="1", seen="2")
    seat.told("check: FAILED: a: expected 1, saw 2")


def test_a_question_is_answered_by_its_number(fake: FakeDaemon, seat: Seat) -> None:
    def answer(_body: object) -> PromptInfo:
        closed = replace(PROMPT, state="answered", answer="cannot", by="me")
        fake.ask(closed)
        return closed

    fake.answers["POST /v1/prompts/p3"] = answer
    seat.told("open questions")
    fake.ask(PROMPT)
    seat.told("QUESTION p3: Plug in the cable")
    seat.told("seen so far: Authorize.conf ok: Accepted")
    seat.told("type 2 for: cannot")
    seat.type("7")
    seat.told("question p3 has 2 choices")
    seat.type("2")
    seat.told("question p3 is answered by me: cannot")
    (asked,) = fake.asked
    assert '"choice": "cannot"' in asked
    seat.type("1")
    seat.told("nobody asks anything")


def test_mains_ask_first(fake: FakeDaemon, seat: Seat) -> None:
    fake.answers["POST /v1/mains/off"] = replace(BENCH, mains="off")
    seat.told("open questions")
    seat.type("mains off\nno")
    seat.told("not done: mains off")
    seat.type("mains off\nyes")
    seat.told("mains are off")
    assert fake.asked == ["POST /v1/mains/off"]


def test_the_network_asks_first(fake: FakeDaemon, seat: Seat) -> None:
    fake.answers["POST /v1/network/down"] = replace(BENCH, network="down")
    seat.told("open questions")
    seat.type("net down\nno")
    seat.told("not done: network down")
    seat.type("net down\nyes")
    seat.told("network is down")
    assert fake.asked == ["POST /v1/network/down"]


@pytest.mark.parametrize(
    ("typed", "key", "answer", "told"),
    [
        ("in", "POST /v1/plugs/plug-1/insert", PlugInfo("plug-1", 1, "t", "B", True, None, None),
         "plug-1: pilot state B"),
        ("out plug-1", "POST /v1/plugs/plug-1/unplug",
         PlugInfo("plug-1", 1, "t", "A", True, None, None), "plug-1: pilot state A"),
        ("energy on", "POST /v1/plugs/plug-1/energy",
         PlugInfo("plug-1", 1, "t", "D", True, None, None), "plug-1: pilot state D"),
        ("card invalid", "POST /v1/cards/invalid/present", BENCH.cards[1], "04BADBADBADBAD"),
        ("safe", "POST /v1/bench/safe", BENCH, "the bench is safe"),
        ("abort", "POST /v1/runs/last/abort", RUN, "no run is in progress"),
        ("verify set", "POST /v1/card-writer/job", JOB, "verify: 4 cards"),
        ("write invalid", "POST /v1/card-writer/job", JOB, "write: 4 cards"),
        ("stop", "POST /v1/card-writer/job/abort", JOB, "no cards are being prepared; 2 of 4"),
        ("technology 4g", "POST /v1/modem/lock/4g", MODEM, "in use 4G, allowed auto"),
        ("data on", "POST /v1/modem/data/on", MODEM, "data session up"),
        ("run 003 004_1", "POST /v1/runs", RunStarted(RUN_ID, 0, ("003", "004_1")),
         "of 2 cases has begun"),
    ],
)  # fmt: skip
def test_orders(
    fake: FakeDaemon, seat: Seat, typed: str, key: str, answer: object, told: str
) -> None:
    fake.answers[key] = answer
    seat.type(typed)
    seat.told(told)
    assert fake.asked[0].startswith(key)


@pytest.mark.parametrize(
    ("typed", "key", "answer", "told"),
    [
        ("cards", "GET /v1/bench", BENCH, "invalid: idTag 04BADBADBADBAD, Invalid"),
        ("read", "GET /v1/card-writer/card", READING, "idTag 08010203: hex"),
        ("read", "GET /v1/card-writer/card", READING, "a card that is not one of this bench"),
        ("read", "GET /v1/card-writer/card", READING, "a new UID every time"),
        ("read", "GET /v1/card-writer/card", READING, "its text: hello"),
        ("modem", "", None, "network: home, Telekom.de, in use 4G"),
        ("signal", "", None, "RSSI -71 dBm, strong enough"),
        ("signal", "GET /v1/modem/signal", replace(SIGNAL, rssi_dbm=None, meets_limit=None),
         "RSSI not given, so"),
        ("messages", "", None, "Reset, Core"),
        (SEND, "POST /v1/csms/call",
         CallOutcome("ChangeAvailability", "result", {"status": "Accepted"}, "", "", (), 0.1, "7"),
         "status: Accepted"),
        (SEND, "POST /v1/csms/call",
         CallOutcome("ChangeAvailability", "error", None, "InternalError", "busy", (), 0.1, "7"),
         "ChangeAvailability is answered with a CALLERROR: InternalError busy"),
        (SEND, "POST /v1/csms/call",
         CallOutcome("ChangeAvailability", "result", {"status": 1}, "", "", ("1 is no text",), 0.1,
                     "7"), "the answer breaks its schema: 1 is no text"),
    ],
)  # fmt: skip
def test_what_the_desks_tell(
    fake: FakeDaemon, seat: Seat, typed: str, key: str, answer: object, told: str
) -> None:
    if key:
        fake.answers[key] = answer
    seat.type(typed)
    seat.told(told)


def test_why_a_case_failed(fake: FakeDaemon, seat: Seat) -> None:
    fake.answers["GET /v1/runs/last"] = RUN
    fake.answers[f"GET /v1/runs/{RUN_ID}/timeline?octt_id=004_1&attempt=0"] = CASE
    seat.type("why")
    seat.told("004_1", "FAIL", "the contactor closes")
    seat.told("rule D3-a: connector 1: Charging twice")
    seat.told(f"rig report {RUN_ID}")


def test_why_the_intake_was_not_passed(fake: FakeDaemon, seat: Seat) -> None:
    intake = replace(RUN.cases[1], octt_id="INTAKE")
    fake.answers["GET /v1/runs/last"] = replace(RUN, cases=(), intake=intake)
    fake.answers[f"GET /v1/runs/{RUN_ID}/timeline?octt_id=INTAKE&attempt=0"] = replace(
        CASE, octt_id="INTAKE", title="Intake"
    )
    seat.type("why")
    seat.told("INTAKE Intake: FAIL")


def test_a_refusal_is_told_in_words(fake: FakeDaemon, seat: Seat) -> None:
    fake.answers["POST /v1/bench/safe"] = ClientError("left: no answer; check power", "bench")
    seat.type("safe")
    seat.told("error: left: no answer; check power")


@pytest.mark.parametrize(
    "typed",
    ["nonsense", "in 'x", "card", "run", "energy", "mains", "net", "write", "verify a b", "send",
     "technology 5g", "data", "send ChangeAvailability connectorId"],
)  # fmt: skip
def test_what_is_not_understood_is_explained(seat: Seat, typed: str) -> None:
    seat.told("open questions")
    before = len(seat.lines)
    seat.type(typed)
    seat.type("help")
    seat.told("quitting stops nothing")
    assert len(seat.lines) > before + len(HELP.splitlines())


def test_it_waits_for_the_daemon_to_come_back(fake: FakeDaemon, seat: Seat) -> None:
    seat.told("open questions")
    fake.hang_up()
    seat.told("error: the daemon has ended; waiting for another")
    with seat.news:
        assert seat.news.wait_for(lambda: _count(seat, "open questions") == 2, 10.0), seat.lines


def _count(seat: Seat, text: str) -> int:
    return sum(text in line for line in seat.lines)


def test_no_line_has_a_sign_or_an_escape(fake: FakeDaemon, seat: Seat) -> None:
    seat.told("open questions")
    fake.publish("transport", "dut", what="refused", detail={"identity": "X"})
    fake.publish("bench", "b", state="quarantined", device="left", cause="gone")
    seat.told("FAILED: quarantined: left: gone")
    assert not set("".join(seat.lines)) & set("✓✗●○◐▶▸→←■…\x1b")


@pytest.mark.parametrize(
    ("line", "words"),
    [("✓ a", "ok: a"), ("! warning: x", "warning: x"), ("K1 ● closed", "K1 closed"),
     ("◐ B plugged in", "B plugged in")],
)  # fmt: skip
def test_signs_are_spelled(line: str, words: str) -> None:
    assert spoken(line) == words


def test_without_a_keyboard_it_goes_on_watching(fake: FakeDaemon) -> None:
    reading, writing = os.pipe()
    os.close(writing)
    keyboard = Keyboard(reading, leaves=False)
    said = Seat(-1)
    speak: Callable[[str], None] = said.say

    def stop(line: str) -> None:
        speak(line)
        if "FAILED" in line:
            raise KeyboardInterrupt  # as Ctrl-C does

    fake.publish("mains", "m", on=True)
    thread = threading.Timer(0.0, lambda: _when_told(said, fake))
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        run_text(RigClient(fake.path), keyboard, stop)
    thread.join()
    os.close(reading)


def _when_told(said: Seat, fake: FakeDaemon) -> None:
    said.told("open questions")
    fake.publish("check", "tool", name="a", ok=False, severity="error", expected="", seen="")
