"""One end of an OCPP-J connection, without I/O: text in, events out, text to send.

What the other side did wrong is an event (`PeerViolation`), what we did wrong is an exception.
At most one own CALL is open; further ones wait in order. Every open CALL has a deadline.

Source: OCPP-J 1.6, section 4.1 (synchronicity, unique ids) and 4.2 (frames); rules M2, M3, M4.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from rig.ocppj.frames import (
    Call,
    CallError,
    CallResult,
    ErrorCode,
    Malformed,
    MessageType,
    Payload,
    call_text,
    parse,
    result_text,
    serialise,
)
from rig.ocppj.schemas import (
    FROM_CENTRAL_SYSTEM,
    FROM_STATION,
    KNOWN_ACTIONS,
    Problem,
    request_problems,
    response_problems,
)

REMEMBERED_IDS = 1024
"""Of the peer, at least; and no more than twice as many."""
ERROR_CODES = frozenset(ErrorCode)


class Side(StrEnum):
    """Who this endpoint is."""

    STATION = "station"
    CENTRAL_SYSTEM = "central-system"


class InvalidMessage(ValueError):
    """We were about to send a message that the schema forbids; `problems` lists why."""

    def __init__(self, what: str, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__(f"{what}: " + "; ".join(map(str, problems)))


class CallReceived(NamedTuple):
    """The peer asks; answer with `Endpoint.reply` or `Endpoint.reply_error`."""

    id: str
    action: str
    payload: Payload


class OpenCall(NamedTuple):
    """An own CALL that is on the wire. Times in the caller's seconds; -1 if it was never sent."""

    id: str
    action: str
    sent_s: float
    deadline_s: float


def never_sent(action: str, id: str = "") -> OpenCall:
    """An own CALL for which there was no connection."""
    return OpenCall(id, action, -1.0, -1.0)


class Result(NamedTuple):
    """CALLRESULT to an own CALL; `problems` when its payload breaks the schema (M4.1)."""

    call: OpenCall
    payload: Payload
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Error:
    """CALLERROR to an own CALL."""

    call: OpenCall
    code: str
    description: str
    details: Payload


@dataclass(frozen=True, slots=True)
class BadAnswer:
    """The peer answered an own CALL with a frame that cannot be read."""

    call: OpenCall
    reason: str


@dataclass(frozen=True, slots=True)
class TimedOut:
    """No answer to an own CALL before its deadline."""

    call: OpenCall


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection ended before an own CALL was answered, or before it was sent."""

    call: OpenCall


Outcome: TypeAlias = "Result | Error | BadAnswer | TimedOut | Lost"


@dataclass(frozen=True, slots=True)
class PeerViolation:
    """The peer broke rule `rule` with the message `raw`."""

    rule: str
    detail: str
    raw: str


@dataclass(frozen=True, slots=True)
class LateAnswer:
    """An answer to an own CALL that had timed out before."""

    id: str
    raw: str


EndpointEvent: TypeAlias = "CallReceived | Outcome | PeerViolation | LateAnswer"


@dataclass(slots=True)
class _Queued:
    id: str
    action: str
    payload: Payload
    timeout_s: float


class Endpoint:
    """RPC state of one connection.

    Args:
        side: which end this is; decides which actions the peer may send.
        id_prefix: start of every own message id, unique for each connection of an identity,
            at most 24 characters.
        peer_timeout_s: age at which an unanswered CALL of the peer counts as given up by it.
    """

    __slots__ = (
        "_expired", "_from_peer", "_next", "_older_peer_ids", "_open", "_out", "_peer_ids",
        "_prefix", "_queue", "_unanswered", "peer_timeout_s", "side",
    )  # fmt: skip

    def __init__(self, side: Side, id_prefix: str, peer_timeout_s: float = 30.0) -> None:
        self.side = side
        self.peer_timeout_s = peer_timeout_s
        self._from_peer = FROM_STATION if side is Side.CENTRAL_SYSTEM else FROM_CENTRAL_SYSTEM
        self._prefix = id_prefix
        self._next = 0
        self._out: list[str] = []
        self._open: OpenCall | None = None
        self._queue: list[_Queued] = []
        self._expired: list[str] = []
        self._unanswered: dict[str, tuple[str, float]] = {}
        self._peer_ids: set[str] = set()
        self._older_peer_ids: set[str] = set()

    # --- what we send -----------------------------------------------------------------------

    def call(
        self,
        action: str,
        payload: Payload,
        now: float,
        timeout_s: float,
        *,
        id: str | None = None,
        validate: bool = True,
    ) -> str:
        """Send a CALL as soon as no other own CALL is open.

        Args:
            action: name of the action.
            payload: camelCase, as on the wire.
            now: present time in seconds.
            timeout_s: time for the answer, counted from the sending.
            id: message id; the next free one when absent.
            validate: False to send a wrong message on purpose.

        Returns:
            The message id.

        Raises:
            InvalidMessage: the payload breaks the schema.
        """
        if validate and (problems := request_problems(action, payload)):
            raise InvalidMessage(f"{action}.req", problems)
        if id is None:
            self._next += 1
            id = f"{self._prefix}-{self._next}"
        if self._open is None:
            self._send(id, action, payload, timeout_s, now)
        else:
            self._queue.append(_Queued(id, action, payload, timeout_s))
        return id

    def reply(self, id: str, payload: Payload, *, validate: bool = True) -> None:
        """Answer a CALL of the peer.

        Raises:
            KeyError: no CALL with this id waits for an answer.
            InvalidMessage: the payload breaks the schema.
        """
        action, _ = self._unanswered[id]
        if validate and (problems := response_problems(action, payload)):
            raise InvalidMessage(f"{action}.conf", problems)
        del self._unanswered[id]
        self._out.append(result_text(id, payload))

    def reply_error(
        self, id: str, code: str, description: str = "", details: Payload | None = None
    ) -> None:
        """Refuse a CALL of the peer with a CALLERROR.

        Raises:
            KeyError: no CALL with this id waits for an answer.
        """
        del self._unanswered[id]
        self._out.append(serialise(CallError(id, code, description[:255], details or {})))

    def send_raw(self, text: str) -> None:
        """Send any text as it is: for tests of the other side."""
        self._out.append(text)

    def ignore(self, id: str) -> None:
        """Never answer this CALL of the peer."""
        self._unanswered.pop(id, None)

    def data_to_send(self) -> list[str]:
        """Texts to put on the wire now, in order. Each is returned once."""
        if not self._out:
            return []
        out, self._out = self._out, []
        return out

    # --- time and connection ----------------------------------------------------------------

    @property
    def open_call(self) -> OpenCall | None:
        """The own CALL that is waiting for its answer."""
        return self._open

    def unanswered(self) -> tuple[str, ...]:
        """Ids of the CALLs of the peer that have no answer yet, oldest first."""
        return tuple(self._unanswered)

    def next_deadline(self) -> float | None:
        """When `expire` must be called at latest."""
        return None if self._open is None else self._open.deadline_s

    def expire(self, now: float) -> list[TimedOut]:
        """Give up the open CALL if its time is over, and send the next."""
        if self._open is None or now < self._open.deadline_s:
            return []
        call, self._open = self._open, None
        self._expired = [*self._expired[-REMEMBERED_IDS + 1 :], call.id]
        self._pump(now)
        return [TimedOut(call)]

    def lost(self) -> list[EndpointEvent]:
        """The connection is gone: every CALL that is open or waiting ends as `Lost`."""
        calls = [] if self._open is None else [self._open]
        calls += [never_sent(q.action, q.id) for q in self._queue]
        self._open = None
        self._queue.clear()
        self._unanswered.clear()
        return [Lost(call) for call in calls]

    def _pump(self, now: float) -> None:
        if self._open is not None or not self._queue:
            return
        q = self._queue.pop(0)
        self._send(q.id, q.action, q.payload, q.timeout_s, now)

    def _send(self, id: str, action: str, payload: Payload, timeout_s: float, now: float) -> None:
        self._open = OpenCall(id, action, now, now + timeout_s)
        self._out.append(call_text(id, action, payload))

    # --- what the peer sends ----------------------------------------------------------------

    def receive(self, text: str | bytes, now: float) -> list[EndpointEvent]:
        """Take one WebSocket message. Never raises, whatever the peer sends."""
        frame = parse(text)
        raw = text if isinstance(text, str) else text.hex()
        if isinstance(frame, Call):
            return self._on_call(frame, raw, now)
        if isinstance(frame, Malformed):
            return self._on_malformed(frame, raw, now)
        return self._on_answer(frame, raw, now)

    def _on_call(self, call: Call, raw: str, now: float) -> list[EndpointEvent]:
        events: list[EndpointEvent] = []

        def wrong(rule: str, detail: str) -> None:
            events.append(PeerViolation(rule, detail, raw))

        if call.null_payload:
            wrong("M2.6", "payload null instead of {}")
        if call.id in self._peer_ids or call.id in self._older_peer_ids:
            wrong("M2.4", f"message id {call.id} was used before")
        waits = self._unanswered
        if waits and any(now - t < self.peer_timeout_s for _, t in waits.values()):
            waiting = next(iter(waits.values()))[0]
            wrong("M3.1", f"{call.action} while {waiting} is not answered")
        self._remember(call.id)
        waits[call.id] = (call.action, now)
        if call.action not in KNOWN_ACTIONS:
            wrong("M4.1", f"OCPP 1.6 has no action {call.action!r}")
            self.reply_error(call.id, ErrorCode.NOT_IMPLEMENTED, f"unknown action {call.action}")
        elif call.action not in self._from_peer:
            wrong("M4.1", f"{call.action} is not a request of this side")
            self.reply_error(call.id, ErrorCode.NOT_SUPPORTED, "wrong direction")
        elif problems := request_problems(call.action, call.payload):
            wrong("M4.1", f"{call.action}.req: {_join(problems)}")
            self.reply_error(call.id, problems[0].code, str(problems[0]))
        else:
            events.append(CallReceived(call.id, call.action, call.payload))
        return events

    def _on_answer(
        self, answer: CallResult | CallError, raw: str, now: float
    ) -> list[EndpointEvent]:
        call = self._take(answer.id, now)
        if call is None:
            return [self._foreign(answer.id, raw)]
        events: list[EndpointEvent] = []
        if isinstance(answer, CallError):
            if answer.code not in ERROR_CODES:
                detail = f"OCPP-J 1.6 has no error code {answer.code!r}"
                events.append(PeerViolation("M4.2", detail, raw))
            events.append(Error(call, answer.code, answer.description, answer.details))
            return events
        if answer.null_payload:
            events.append(PeerViolation("M2.6", "payload null instead of {}", raw))
        problems: tuple[Problem, ...] = ()
        if call.action in KNOWN_ACTIONS:
            problems = response_problems(call.action, answer.payload)
        if problems:
            detail = f"{call.action}.conf: {_join(problems)}"
            events.append(PeerViolation("M4.1", detail, raw))
        events.append(Result(call, answer.payload, problems))
        return events

    def _on_malformed(self, bad: Malformed, raw: str, now: float) -> list[EndpointEvent]:
        events: list[EndpointEvent] = [PeerViolation(bad.rule, bad.reason, raw)]
        if bad.id is None:
            return events
        if bad.type == MessageType.CALL:
            # "Where an id can be recovered": the caller must not wait for its time-out.
            self._out.append(
                serialise(CallError(bad.id, ErrorCode.FORMATION_VIOLATION, bad.reason[:255]))
            )
        elif (call := self._take(bad.id, now)) is not None:
            events.append(BadAnswer(call, bad.reason))
        return events

    def _take(self, id: str, now: float) -> OpenCall | None:
        if self._open is None or self._open.id != id:
            return None
        call, self._open = self._open, None
        self._pump(now)
        return call

    def _foreign(self, id: str, raw: str) -> PeerViolation | LateAnswer:
        if id in self._expired:
            self._expired.remove(id)
            return LateAnswer(id, raw)
        return PeerViolation("M2.5", f"answer with id {id}, which no open CALL has", raw)

    def _remember(self, id: str) -> None:
        if len(self._peer_ids) >= REMEMBERED_IDS:
            self._older_peer_ids, self._peer_ids = self._peer_ids, set()
        self._peer_ids.add(id)


def _join(problems: tuple[Problem, ...]) -> str:
    return "; ".join(map(str, problems))
