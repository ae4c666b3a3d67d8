"""Between the station's logic and its link: what is wrong with messages on purpose.

The logic does not know of it. A station without defects goes through here untouched.

Source: station behaviour 16; OCPP-J 1.6, 4, for what is broken.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Protocol

from firmware_mocks.charging_station.answer_rules import AnswerRule, AnswerRules, Payload
from firmware_mocks.charging_station.defects import Defects
from firmware_mocks.charging_station.message_selector import Counters
from firmware_mocks.charging_station.spoilt_payload import (
    changed,
    local_time,
    stamped,
    too_long,
    with_field,
)
from firmware_mocks.charging_station.wire_defect_names import WIRE_DEFECTS, about
from firmware_mocks.clock import MockClock
from rig.ocppj.endpoint import CallReceived, Error, Outcome, TimedOut, never_sent
from rig.ocppj.flag import Flag
from rig.ocppj.frames import Call, CallResult, ErrorCode, serialise
from rig.ocppj.link import Link

LOOK_S = 0.01
"""Lab seconds between two looks whether a CALL is on the wire."""
PATIENCE_S = 30.0
"""Lab seconds for the answer to a CALL that nobody has asked for."""
_ABOUT_MESSAGES = [name for name, (form, _) in WIRE_DEFECTS.items() if form]


class Reply(Protocol):
    """Where the answer to a CALL goes."""

    async def reply(self, id: str, payload: Payload) -> None:
        """Answer it."""

    async def reply_error(self, id: str, code: str, description: str = "") -> None:
        """Refuse it."""

    def ignore(self, id: str) -> None:
        """Never answer it."""


OnCommand = Callable[[Reply, CallReceived], Coroutine[None, None, None]]


class WireDefects:
    """What comes between.

    Args:
        defects: of the station.
        clock: lab time.

    Attributes:
        answers: that take the place of the station's own.
    """

    __slots__ = ("_clock", "_counters", "_defects", "_held", "_late", "_same_id", "answers")

    def __init__(self, defects: Defects, clock: MockClock) -> None:
        self.answers = AnswerRules()
        self._defects = defects
        self._clock = clock
        self._counters = Counters()
        self._held: list[Flag] = []
        self._late: set[asyncio.Task[None]] = set()
        self._same_id: asyncio.Lock | None = None

    def end(self) -> None:
        """The connection is gone: what was late is not sent any more."""
        for task in tuple(self._late):
            task.cancel()

    # --- CALLs of the station ---------------------------------------------------------------

    async def call(self, link: Link, action: str, payload: Payload, wait_s: float) -> Outcome:
        """Send a CALL, and return what becomes of it."""
        self._defects.passes(action, payload)
        if not self._defects.any:
            return await link.call(action, payload, wait_s, validate=False)
        hits = self._hits(action, payload)
        if hits.has("skip"):
            return TimedOut(never_sent(action))
        if (late_s := hits.seconds("delay")) > 0:
            await self._clock.sleep(late_s)
        if hits.has("reorder"):
            await self._overtaken(wait_s)
        else:
            for held in self._held:
                held.set()
        if action == "StatusNotification" and self._defects.has("malformed-json"):
            await link.send_raw('[2,"oops","StatusNotification",{')
        outcome = await self._send(link, action, self._spoilt(hits, payload), wait_s, hits)
        if hits.has("duplicate"):
            await link.call(action, payload, wait_s, validate=False)
        await self._afterwards(link, hits, wait_s)
        if isinstance(outcome, Error) and self._defects.has("hangs-up-when-refused"):
            link.kill()
        return outcome

    def _hits(self, action: str, payload: Payload) -> Hits:
        """What strikes a message, which is counted."""
        active = [
            (name, *about(argument))
            for name in _ABOUT_MESSAGES
            for argument in self._defects.arguments(name)
        ]
        taken = self._counters.passing([selector for _, selector, _ in active], action, payload)
        return Hits([(name, rest) for name, selector, rest in active if selector in taken])

    async def _afterwards(self, link: Link, hits: Hits, wait_s: float) -> None:
        for text in hits.rests("raw"):
            await link.send_raw(text.removeprefix(">"))
        for action, told in self._ghosts(hits, "unasked"):
            await link.call(action, told, wait_s, validate=False)
        if hits.has("close-after"):
            link.kill()

    def _ghosts(self, hits: Hits, name: str) -> list[tuple[str, Payload]]:
        """CALLs that nobody has asked for: action and payload."""
        found = []
        for text in hits.rests(name):
            action, _, payload = text.removeprefix(">").partition("=")
            now = json.dumps(self._clock.stamp())
            found.append((action, json.loads(payload.replace('"$now"', now))))
        return found

    async def _overtaken(self, wait_s: float) -> None:
        held = Flag()
        self._held.append(held)
        try:
            async with asyncio.timeout(self._clock.real(wait_s)):
                await held.wait()
        except TimeoutError:
            pass  # nothing else was to be sent
        finally:
            self._held.remove(held)

    async def _send(
        self, link: Link, action: str, payload: Payload, wait_s: float, hits: Hits
    ) -> Outcome:
        if self._defects.has("reuse-message-id"):
            self._same_id = self._same_id or asyncio.Lock()
            async with self._same_id:  # a link tells its open calls apart by their ids
                return await link.call(action, payload, wait_s, id="the-same-id", validate=False)
        beside: Coroutine[None, None, None] | None = None
        if hits.has("close-in-exchange"):
            beside = self._hang_up(link, action)
        elif ghosts := self._ghosts(hits, "amid"):
            beside = link.send_raw(serialise(Call(f"amid-{self._clock.now():.6f}", *ghosts[0])))
        elif action == "StatusNotification" and self._defects.has("second-call-while-open"):
            text = f'[2,"second-{self._clock.now():.6f}","Heartbeat",{{}}]'
            beside = link.send_raw(text)
        if beside is None:
            # Awaited directly: what we do with an answer comes before a command that follows it.
            return await link.call(action, payload, wait_s, validate=False)
        other = asyncio.ensure_future(beside)  # runs while we wait for the answer
        outcome = await link.call(action, payload, wait_s, validate=False)
        await other
        return outcome

    async def _hang_up(self, link: Link, action: str) -> None:
        while not link.closed.is_set():
            sent = link.endpoint.open_call
            if sent is not None and sent.action == action:
                link.kill()
                return
            await self._clock.sleep(LOOK_S)

    def _spoilt(self, hits: Hits, payload: Payload) -> Payload:
        defects = self._defects
        payload = dict(payload)
        for setting in hits.rests("field"):
            payload = with_field(payload, setting)
        for path in hits.rests("drop-field"):
            payload = changed(payload, path.split(".")[1:], None, drop=True)
        if hits.has("unknown-field"):
            payload["rigDefect"] = True
        if hits.has("wrong-type"):
            for name in ("connectorId", "idTag"):
                if name in payload:
                    value = payload[name]
                    payload[name] = str(value) if isinstance(value, int) else 1
        if hits.has("string-too-long"):
            payload |= too_long(payload)
        if defects.has("timestamp-without-zone"):
            payload = stamped(payload, lambda text: text.removesuffix("Z"))
        if defects.has("timestamp-local"):
            payload = stamped(payload, local_time)
        return payload

    # --- CALLs of the Central System --------------------------------------------------------

    async def serve(self, link: Link, call: CallReceived, on_command: OnCommand) -> None:
        """Have the logic serve a CALL, and spoil its answer."""
        rule = self.answers.take(call.action, call.payload)
        self._defects.passes(call.action, call.payload)
        if rule is None and not self._defects.any:
            await on_command(link, call)
            return
        hits = self._hits(call.action, call.payload)
        late_s = hits.seconds("answer-late") + (rule.delay_s if rule else 0.0)
        answer = SpoiltAnswer(link, call, rule, self._defects, hits)
        work = answer.instead() if answer.stays_unheard else on_command(answer, call)
        if late_s > 0:  # and with the answer everything that follows from the command
            task = asyncio.ensure_future(self._later(late_s, work))  # the next CALL is not late
            self._late.add(task)
            task.add_done_callback(self._late.discard)
        else:
            await work
        await self._afterwards(link, hits, PATIENCE_S)

    async def _later(self, late_s: float, work: Coroutine[None, None, None]) -> None:
        try:
            await self._clock.sleep(late_s)
        except asyncio.CancelledError:
            work.close()
            raise
        await work


class Hits:
    """The defects that strike one message: name, and what else the argument says."""

    __slots__ = ("_found",)

    def __init__(self, found: list[tuple[str, str]]) -> None:
        self._found = found

    def has(self, name: str) -> bool:
        """Whether a defect strikes."""
        return any(found == name for found, _ in self._found)

    def rests(self, name: str) -> list[str]:
        """What the arguments of a defect say behind the message they are about."""
        return [rest for found, rest in self._found if found == name]

    def seconds(self, name: str) -> float:
        """Sum of its spans."""
        return sum(float(rest.removeprefix("=")) for rest in self.rests(name))


class SpoiltAnswer:
    """The answer to one CALL, as defects and a rule leave it.

    Args:
        link: it goes to.
        call: that is answered.
        rule: of the test author, if there is one.
        defects: of the station.
        hits: those of them that are about this CALL.
    """

    def __init__(
        self,
        link: Link,
        call: CallReceived,
        rule: AnswerRule | None,
        defects: Defects,
        hits: Hits,
    ) -> None:
        self._link = link
        self._call = call
        self._rule = rule
        self._defects = defects
        self._hits = hits

    @property
    def stays_unheard(self) -> bool:
        """Whether the station does not get to know of the CALL."""
        if self._rule is not None:
            return self._rule.replaces and not self._rule.obey
        return self._hits.has("no-answer")

    async def instead(self) -> None:
        """Answer without the station."""
        if self._rule is None:
            self.ignore(self._call.id)
        else:
            await self.reply(self._call.id, {})

    def ignore(self, id: str) -> None:
        """The station does not answer; nor does anybody else."""
        self._link.ignore(id)

    async def reply(self, id: str, payload: Payload) -> None:
        """What the station answers, or what takes its place."""
        if not self._goes_out():
            return
        if self._rule is not None and self._rule.replaces:
            await self._by_rule(id, self._rule)
            return
        for setting in self._hits.rests("answer-field"):
            payload = with_field(payload, setting)
        rejected = payload.get("status") == "Rejected"
        rejected = rejected and self._defects.has("callerror-for-rejected")
        code = next(
            (rest.removeprefix("=") or ErrorCode.INTERNAL_ERROR.value
             for rest in self._hits.rests("answer-callerror")),
            ErrorCode.GENERIC_ERROR.value if rejected else None,
        )  # fmt: skip
        if code is not None:
            await self._link.reply_error(id, code, "on purpose")
        elif self._hits.has("answer-wrong-id"):
            self._link.ignore(id)
            await self._link.send_raw(serialise(CallResult(f"wrong-{id}"[:36], payload)))
        else:
            await self._link.reply(id, payload, validate=False)

    async def reply_error(self, id: str, code: str, description: str = "") -> None:
        """How the station refuses, or what takes its place."""
        if not self._goes_out():
            return
        if self._rule is not None and self._rule.replaces:
            await self._by_rule(id, self._rule)
            return
        settings = self._hits.rests("answer-field")
        if settings:  # a CALLRESULT takes the place of the CALLERROR
            payload: Payload = {}
            for setting in settings:
                payload = with_field(payload, setting)
            await self._link.reply(id, payload, validate=False)
            return
        await self._link.reply_error(id, code, description)

    def _goes_out(self) -> bool:
        if self._hits.has("close-in-exchange"):
            self._link.kill()
            return False
        return True

    async def _by_rule(self, id: str, rule: AnswerRule) -> None:
        if rule.error is not None:
            error = rule.error
            await self._link.reply_error(id, error.code, error.description, error.details)
        elif rule.payload is not None:
            await self._link.reply(id, rule.payload, validate=False)
        else:
            self._link.ignore(id)
            if rule.raw is not None:
                await self._link.send_raw(rule.raw.replace("{id}", id))
