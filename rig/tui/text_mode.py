"""`rig tui --text`: plain lines, one after another, for screen readers, pipes and slow lines.

What happens is printed as it happens; what the operator types is carried out. No cursor moves,
nothing is drawn twice, signs are spelled as words.
"""

from __future__ import annotations

import os
import select
import shlex
import time
from collections.abc import Callable
from typing import Protocol

from rig.client.api import RigClient
from rig.client.errors import ClientError, DaemonGone
from rig.client.paths import owner, seat
from rig.client.results import PromptInfo
from rig.client.stream import SILENCE_S, EventStream
from rig.tui import text_desks
from rig.tui.follower import REPLAY
from rig.tui.mirror import Mirror
from rig.tui.story import Line

RETRY_S = 1.0
QUIET_LANES = {"relay", "check", "step", "ocpp", "input"}
"""Lanes that are left out until `all` is typed; failed ones are always told."""

WORDS = {
    "✓": "ok:", "✗": "FAILED:", "▶": "begins:", "…": "now:", "●": "", "○": "", "◐": "",
    "→": "to station:", "←": "from station:", "▸": "", "–": "", "·": ",", "?": "question:",
    "■": "aborted:", "!": "warning:",
}  # fmt: skip

BENCH_AND_RUN = """\
1, 2 ...          answer the oldest question with this choice
status            bench, station, mains, run, questions
run CASE ...      run these cases with the station under test, e.g. run 003 004_1
why               why the last case that did not pass ended so
abort             abort the run
in | out          cable in or out (in NAME when there are several plugs)
energy on|off     request energy, or stop to
card NAME         hold a card to the station's reader
mains on|off      switch the mains of the station; asks first
net up|down       restore or cut the network of the station; asks first
safe              abort what runs, bring every device into its safe state"""
HELP = f"""\
{BENCH_AND_RUN}
{text_desks.HELP}
all | less        tell everything, or only what matters
help, quit        quitting stops nothing"""


def spoken(text: str) -> str:
    """A line without signs: words that can be read aloud."""
    for sign, word in WORDS.items():
        text = text.replace(f"{sign} ", f"{word} " if word else "")
    return " ".join(text.split()).replace("warning: warning:", "warning:")


class Out(Protocol):
    """Takes lines."""

    def __call__(self, line: str, /) -> None:
        """Print one."""


class TextSeat:
    """The operator's seat as lines.

    Args:
        client: the daemon.
        say: prints a line.
    """

    def __init__(self, client: RigClient, say: Out) -> None:
        self._client = client
        self._say = say
        self._mirror = Mirror()
        self._everything = False
        self._now_at = 0
        self._asked: dict[str, PromptInfo] = {}
        self._sure: tuple[str, Callable[[], object]] | None = None
        self._commands: dict[str, Callable[[list[str]], object]] = {
            "status": lambda _: self._status(),
            "run": self._run,
            "why": lambda _: self._why(),
            "abort": lambda _: self._abort(),
            "in": lambda words: self._plug("insert", words),
            "out": lambda words: self._plug("unplug", words),
            "energy": self._energy,
            "card": self._card,
            "mains": self._mains,
            "net": self._net,
            "safe": lambda _: self._safe(),
            "all": lambda _: self._tell(everything=True),
            "less": lambda _: self._tell(everything=False),
            "help": lambda _: self._help(),
        } | text_desks.TextDesks(client, say).commands

    # -- what happens ---------------------------------------------------------------------------

    def met(self) -> EventStream:
        """Say what there is, and open the stream of what happens next.

        Raises:
            ClientError: no daemon answers.
        """
        status = self._client.status()
        self._mirror = Mirror()
        self._mirror.take_status(status, time.monotonic())
        after = max(0, status.daemon.last_seq - REPLAY)
        stream = self._client.events(after)
        stream.__enter__()
        self._now_at = status.daemon.last_seq
        self._status()
        for prompt in status.prompts:
            self._ask(prompt)
        return stream

    def hear(self, stream: EventStream) -> bool:
        """Tell the events that have come; False when the daemon hung up."""
        alive = stream.pump()
        self.hear_what_is_there(stream)
        return alive

    def hear_what_is_there(self, stream: EventStream) -> None:
        """Tell the events that have been received."""
        while (event := stream.pop()) is not None:
            self._mirror.take(event, time.monotonic())
            if event.seq <= self._now_at:
                continue  # it was before we came
            line = self._mirror.lines[-1] if self._mirror.lines else None
            if line is not None and line.seq == event.seq and self._worth(line):
                self._say(f"{line.clock[:8]} {line.lane}: {spoken(line.text)}")
            if event.kind == "prompt":
                self._prompts()

    def _worth(self, line: Line) -> bool:
        if line.lane == "prompt":
            return False  # the questions themselves are told in another way
        return self._everything or line.lane not in QUIET_LANES or line.tone in ("bad", "warn")

    def _prompts(self) -> None:
        still_open = {prompt.id for prompt in self._mirror.prompts}
        for prompt_id in tuple(self._asked):
            if prompt_id not in still_open:
                del self._asked[prompt_id]
                closed = self._mirror.closed
                if closed is not None and closed.id == prompt_id:
                    by = f" by {closed.by}: {closed.answer}" if closed.by else ""
                    self._say(f"question {prompt_id} is {closed.state}{by}")
        for prompt in self._mirror.prompts:
            if prompt.id not in self._asked:
                self._ask(prompt)

    def _ask(self, prompt: PromptInfo) -> None:
        self._asked[prompt.id] = prompt
        self._say(f"QUESTION {prompt.id}: {prompt.question}")
        for line in prompt.evidence:
            self._say(f"  seen so far: {spoken(line)}")
        for number, choice in enumerate(prompt.choices, 1):
            self._say(f"  type {number} for: {choice}")
        self._say(f"  {prompt.left_s:.0f} seconds are left to answer")

    # -- what is typed --------------------------------------------------------------------------

    def typed(self, text: str) -> bool:
        """Carry a line out; False to leave."""
        try:
            words = shlex.split(text)
        except ValueError as error:
            self._say(f"not understood: {error}")
            return True
        if self._sure is not None:
            question, act = self._sure
            self._sure = None
            if words == ["yes"]:
                self._do(act)
            else:
                self._say(f"not done: {question}")
            return True
        if not words:
            return True
        if words[0] in ("quit", "exit"):
            self._say("leaving; the daemon and what it runs go on")
            return False
        if words[0].isdigit():
            self._do(lambda: self._answer(int(words[0])))
        elif (command := self._commands.get(words[0])) is not None:
            self._do(lambda: command(words[1:]))
        else:
            self._say(f"{words[0]!r} is not known; help lists what is")
        return True

    def _do(self, act: Callable[[], object]) -> None:
        try:
            act()
        except ClientError as error:
            for line in str(error).splitlines():
                self._say(f"error: {line}")

    def _answer(self, number: int) -> None:
        prompt = next(iter(self._asked.values()), None)
        if prompt is None:
            self._say("nobody asks anything")
        elif not 1 <= number <= len(prompt.choices):
            self._say(f"question {prompt.id} has {len(prompt.choices)} choices")
        else:
            choice = prompt.choices[number - 1]
            self._client.answer(prompt.id, choice, owner(), via=seat("tui"))

    def _status(self) -> None:
        status = self._client.status()
        bench = status.bench
        simulated = ", simulated" if bench.simulated else ""
        self._say(f"bench {bench.name} is {bench.state}{simulated}; mains {bench.mains}")
        self._say(f"network of the station: {bench.network}")
        if bench.quarantine is not None:
            self._say(f"QUARANTINE: {bench.quarantine.device}: {bench.quarantine.cause}; repair "
                      "it, then: rig bench recover")  # fmt: skip
        for plug in self._client.plugs():
            cable = "cable in" if plug.cable_in_station else "no cable"
            voltage = {True: "voltage", False: "no voltage", None: "voltage not measured"}
            self._say(f"{plug.name}: pilot state {plug.cp_state}, {cable}, "
                      f"{voltage[plug.voltage_present]}")  # fmt: skip
        for station in status.csms.stations if status.csms else ():
            link = "connected" if station.connected else "not connected"
            self._say(f"station {station.identity} is {link}")
        if status.run is not None:
            run = status.run
            self._say(f"run {run.run_id} is at case {run.index} of {run.total}: {run.case}")
        self._say(f"{len(status.prompts)} open questions; type help for what can be done")

    def _run(self, cases: list[str]) -> None:
        if not cases:
            self._say("name the cases, e.g. run 003 004_1")
            return
        started = self._client.start("station", cases)
        self._say(f"run {started.run_id} of {len(started.cases)} cases has begun")

    def _why(self) -> None:
        info = self._client.run("last")
        tried_out = () if info.intake is None else (info.intake,)
        bad = [case for case in (*tried_out, *info.cases) if case.verdict != "PASS"]
        if not bad:
            self._say(f"every case of run {info.run_id} passed")
            return
        case = self._client.timeline(info.run_id, bad[-1].octt_id)
        self._say(f"{case.octt_id} {case.title}: {case.verdict}: {case.cause}")
        for check in case.checks:
            if not check.ok:
                self._say(f"check {check.name}: expected {check.expected}, saw {check.seen}; "
                          f"source {check.requirement}")  # fmt: skip
        for finding in case.findings:
            self._say(f"rule {finding.rule}: {finding.detail}")
        self._say(f"the report: rig report {info.run_id}")

    def _abort(self) -> None:
        self._client.abort("last")
        self._say("no run is in progress any more")

    def _safe(self) -> None:
        self._client.bench_safe()
        self._say("the bench is safe")

    def _plug(self, action: str, words: list[str]) -> None:
        names = [plug.name for plug in self._client.plugs()]
        if not words and len(names) != 1:
            self._say(f"name the plug: {', '.join(names) or 'this bench has none'}")
            return
        plug = self._client.plug(words[0] if words else names[0], action)
        self._say(f"{plug.name}: pilot state {plug.cp_state}")

    def _energy(self, words: list[str]) -> None:
        if words[:1] not in (["on"], ["off"]):
            self._say("energy on, or energy off")
            return
        self._plug("energy" if words[0] == "on" else "stop-energy", words[1:])

    def _card(self, words: list[str]) -> None:
        if not words:
            cards = self._client.bench().cards
            self._say(f"name the card: {', '.join(card.name for card in cards)}")
            return
        card = self._client.present(words[0])
        self._say(f"{card.name} was held to the reader, idTag {card.id_tag}")

    def _mains(self, words: list[str]) -> None:
        if words not in (["on"], ["off"], ["cycle"]):
            self._say("mains on, mains off, or mains cycle")
            return
        self._ask_first(f"mains {words[0]}", lambda: self._switched(words[0]))

    def _ask_first(self, question: str, act: Callable[[], object]) -> None:
        self._sure = (question, act)
        self._say(f"{question}: type yes to do it, anything else not to")

    def _switched(self, switch: str) -> None:
        self._say(f"mains are {self._client.mains(switch).mains}")

    def _net(self, words: list[str]) -> None:
        if words not in (["up"], ["down"]):
            self._say("net up, or net down")
            return
        self._ask_first(f"network {words[0]}", lambda: self._networked(words[0]))

    def _networked(self, switch: str) -> None:
        self._say(f"network is {self._client.network(switch).network}")

    def _help(self) -> None:
        for line in HELP.splitlines():
            self._say(line)

    def _tell(self, *, everything: bool) -> None:
        self._everything = everything
        self._say("telling everything" if everything else "telling only what matters")


class Keyboard:
    """Lines that are typed, or come from a pipe.

    Args:
        fd: where they are read from.
        leaves: the end of the input is the wish to leave; else there is just nothing typed.
    """

    def __init__(self, fd: int, *, leaves: bool) -> None:
        self._fd = fd
        self._leaves = leaves
        self._open = True
        self._tail = b""

    def sources(self) -> list[int]:
        """What to wait for."""
        return [self._fd] if self._open else []

    def read(self, seat: TextSeat) -> bool:
        """Carry out what was typed; False to leave."""
        data = os.read(self._fd, 4096)
        if not data:
            self._open = False
            return not self._leaves
        *lines, self._tail = (self._tail + data).split(b"\n")
        return all(seat.typed(line.decode(errors="replace")) for line in lines)


def run_text(client: RigClient, keyboard: Keyboard, say: Out) -> None:
    """Follow the daemon and the keyboard until one leaves; a daemon that is gone is waited for."""
    seat = TextSeat(client, say)
    told = ""
    while True:
        try:
            stream = seat.met()
        except ClientError as error:
            if str(error) != told:
                told = str(error)
                say(f"error: {told}")
            if select.select(keyboard.sources(), [], [], RETRY_S)[0] and not keyboard.read(seat):
                return
            continue
        told = ""
        try:
            if not _attend(seat, stream, keyboard):
                return
        except DaemonGone as error:
            say(f"error: {error}")
        finally:
            stream.__exit__(None, None, None)


def _attend(seat: TextSeat, stream: EventStream, keyboard: Keyboard) -> bool:
    """Until the daemon hangs up (an error) or the operator leaves (False)."""
    seat.hear_what_is_there(stream)
    while True:
        typed, events = keyboard.sources(), stream.fileno()
        ready = select.select([events, *typed], [], [], SILENCE_S)[0]
        if not ready:
            raise DaemonGone(f"the daemon has been silent for {SILENCE_S:g} s")
        if typed and typed[0] in ready and not keyboard.read(seat):
            return False
        if events in ready and not seat.hear(stream):
            raise DaemonGone("the daemon has ended; waiting for another")
