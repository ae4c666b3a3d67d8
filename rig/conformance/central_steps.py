"""The words in which a case with a CSMS under test is written.

The played station acts as a real one does: a plug, a card, a reset make it send its messages.
The case looks at what the CSMS answers, and at what it sends on its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rig.clock import Clock, DeadlineExceeded
from rig.config.edition import Edition
from rig.config.parameters import Parameters
from rig.conformance.case_steps import CaseSteps
from rig.conformance.catalogue import Role
from rig.conformance.evidence import Evidence, StepFailed, Strayed
from rig.conformance.inbox import phrase
from rig.conformance.operators import CsmsOperator
from rig.conformance.played_station import PlayedStation
from rig.jsontypes import Json
from rig.ocppj.frames import Call, CallError, CallResult, Payload
from rig.ocppj.wirelog import WireEntry, WireLog


@dataclass(frozen=True, slots=True)
class Exchange:
    """A CALL with its answer."""

    call: WireEntry
    answer: WireEntry
    req: Payload
    conf: Payload

    def field(self, path: str) -> Json:
        """A field of the answer, e.g. "idTagInfo.status"; None when absent."""
        value: Json = self.conf
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return value


class CentralCase(CaseSteps):
    """Context of one case run.

    Attributes:
        station: the played station.
        operator: whoever tells the CSMS what to do.
        valid_id_tag, invalid_id_tag: cards that the CSMS knows, or not.
    """

    role = Role.CSMS
    connector_id = 1

    def __init__(
        self,
        station: PlayedStation,
        operator: CsmsOperator,
        clock: Clock,
        evidence: Evidence,
        parameters: Parameters,
        edition: Edition,
        *,
        valid_id_tag: str,
        invalid_id_tag: str,
    ) -> None:
        super().__init__(clock, evidence, parameters, edition)
        self.station = station
        self.operator = operator
        self.valid_id_tag = valid_id_tag
        self.invalid_id_tag = invalid_id_tag
        self.variant = ""
        self.transaction_id = 0
        self._next = len(station.log.entries)

    @property
    def log(self) -> WireLog:
        """Wire log of the played station."""
        return self.station.log

    def skip(self) -> None:
        """Look only at what comes from now on."""
        self._next = len(self.log.entries)

    async def do(self, do: str, **args: Json) -> None:
        """Have something happen at the played station: plug_in, card, power ..."""
        text = " ".join([do, *(f"{k}={v}" for k, v in args.items())])
        with self.evidence.step(f"played station: {text}"):
            await self.station.ask(do, **args)

    async def command(self, action: str, **payload: Json) -> None:
        """Have the CSMS send a request."""
        with self.evidence.step(f"at the CSMS: send {phrase(action, payload)}"):
            await self.operator.command(action, payload)

    async def connected(self) -> WireEntry:
        """Wait until the CSMS has let the station in, with the subprotocol."""
        with self.evidence.step("wait for the WebSocket connection"):
            entry = await self._find(lambda e: e.what in ("connect", "refused"), "connection")
        subprotocol = entry.detail.get("subprotocol")
        accepted = self.check(
            "the upgrade is answered with Sec-WebSocket-Protocol: ocpp1.6",
            entry.what == "connect" and subprotocol == "ocpp1.6",
            "rule M1.3",
            expected="101, ocpp1.6",
            seen=subprotocol or entry.detail.get("status") or entry.detail.get("reason"),
            seqs=(entry.seq,),
        )
        if not accepted:
            raise StepFailed("the CSMS does not speak ocpp1.6 with the station")
        return entry

    async def sent(self, action: str, within: float | None = None, **fields: Json) -> Exchange:
        """Wait until the played station has sent a request and the CSMS has answered it.

        Args:
            action: of the request.
            within: lab seconds for the request; the answer has `message_timeout`.
            **fields: fields of the request that tell which one is meant.

        Raises:
            StepFailed: no CALLRESULT came.
        """
        wanted = phrase(action, fields)
        with self.evidence.step(f"station sends {wanted}, CSMS answers"):
            call = await self._find(lambda e: _is_call(e, "out", action, fields), wanted, within)
            answer = await self._answer(call, wanted)
        if call.call is None or not isinstance(answer.frame, CallResult):
            raise StepFailed(f"{wanted}: not answered with a CALLRESULT")
        return Exchange(call, answer, call.call.payload, answer.frame.payload)

    async def expect(self, action: str, **fields: Json) -> Exchange:
        """Wait for a request of the CSMS and check its fields; the station answers it.

        Raises:
            Strayed: it did not come in time.
        """
        with self.evidence.step(f"wait for {action} of the CSMS"):
            call = await self._find(lambda e: _is_call(e, "in", action, {}), action)
            answer = await self._answer(call, action)
        req = call.call.payload if call.call else {}
        for name, value in fields.items():
            self.check(
                f"{action}.{name} is {value}",
                req.get(name) == value,
                "steps of the case",
                expected=value,
                seen=req.get(name),
                seqs=(call.seq,),
            )
        conf = answer.frame.payload if isinstance(answer.frame, CallResult) else {}
        return Exchange(call, answer, req, conf)

    def check_conf(self, exchange: Exchange, path: str, *wanted: Json) -> None:
        """Check a field of an answer; no value stands for "present"."""
        got = exchange.field(path)
        action = exchange.call.call.action if exchange.call.call else ""
        expected = " or ".join(str(w) for w in wanted) if wanted else "present"
        self.check(
            f"{action}.conf: {path} is {expected}",
            got in wanted if wanted else got is not None,
            f"steps of the case; OCPP 1.6, {action}.conf",
            expected=expected,
            seen=got,
            seqs=(exchange.call.seq, exchange.answer.seq),
        )

    async def _find(
        self, fits: Callable[[WireEntry], bool], wanted: str, within: float | None = None
    ) -> WireEntry:
        timeout_s = self.parameters.message_timeout if within is None else within
        position = self._next
        try:
            async with self.clock.deadline(timeout_s, wanted):
                while True:
                    while position < len(self.log.entries):
                        entry = self.log.entries[position]
                        position += 1
                        if fits(entry):
                            self._next = position
                            return entry
                    await self.log.grow(position)
        except DeadlineExceeded:
            await self.station.ask("state")  # a dead emulator is no fault of the CSMS
            came = [e for e in self.log.entries[self._next :] if e.call]
            seen = ", ".join(e.call.action for e in came if e.call) or "nothing"
            self.check(
                f"{wanted} seen on the wire",
                False,
                "steps of the case",
                expected=f"within {timeout_s:g} s",
                seen=seen,
            )
            self.evidence.strayed = True
            raise Strayed(f"no {wanted} within {timeout_s:g} s; seen instead: {seen}") from None

    async def _answer(self, call: WireEntry, wanted: str) -> WireEntry:
        timeout_s = float(self.parameters.message_timeout)
        try:
            async with self.clock.deadline(timeout_s, "answer"):
                while (answer := self.log.answer_to(call)) is None:
                    await self.log.grow(len(self.log.entries))
        except DeadlineExceeded:
            await self.station.ask("state")
            answer = None
        frame = None if answer is None else answer.frame
        seen = "no answer" if frame is None else "CALLRESULT"
        if isinstance(frame, CallError):
            seen = f"CALLERROR {frame.code} {frame.description}".rstrip()
        self.check(
            f"{wanted} is answered with a CALLRESULT",
            isinstance(frame, CallResult),
            "rules M3.3, M7.8",
            expected=f"CALLRESULT within {timeout_s:g} s",
            seen=seen,
            seqs=(call.seq,) if answer is None else (call.seq, answer.seq),
        )
        if answer is not None and isinstance(frame, CallResult):
            return answer
        raise StepFailed(f"{wanted}: {seen}")


def _is_call(entry: WireEntry, direction: str, action: str, fields: dict[str, Json]) -> bool:
    frame = entry.frame
    return (
        entry.direction == direction
        and isinstance(frame, Call)
        and frame.action == action
        and all(frame.payload.get(name) == value for name, value in fields.items())
    )
