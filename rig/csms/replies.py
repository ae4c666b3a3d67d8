"""How this Central System answers: defaults for every action, and a case's script on top.

A script is a list of answers for one action, used up in order; after that, the default
counts again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import TypeAlias

from rig.clock import Clock
from rig.csms.cards import CardRegistry
from rig.ocppj.endpoint import CallReceived
from rig.ocppj.frames import ErrorCode, Payload

DEFAULT_INTERVAL_S = 300


@dataclass(frozen=True, slots=True)
class Confirm:
    """Answer with a CALLRESULT; fields laid over the default answer."""

    fields: Payload


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer with a CALLERROR."""

    code: ErrorCode
    description: str = ""


@dataclass(frozen=True, slots=True)
class Silence:
    """Do not answer."""


Answer: TypeAlias = "Confirm | Refuse | Silence"


class Replies:
    """Answers of one Central System to one station.

    Args:
        clock: for currentTime.
        cards: decides about identifiers.
        first_transaction_id: of the ids handed out, each one once.
    """

    def __init__(self, clock: Clock, cards: CardRegistry, first_transaction_id: int = 1) -> None:
        self._clock = clock
        self._cards = cards
        self._ids = count(first_transaction_id)
        self._scripts: dict[str, deque[Answer]] = {}
        self.heartbeat_interval_s = DEFAULT_INTERVAL_S
        self._defaults: dict[str, Callable[[Payload], Payload]] = {
            "Authorize": self._authorize,
            "BootNotification": self._boot,
            "DataTransfer": lambda _: {"status": "UnknownVendorId"},
            "Heartbeat": lambda _: {"currentTime": clock.stamp()},
            "SignCertificate": lambda _: {"status": "Rejected"},
            "StartTransaction": self._start,
            "StopTransaction": self._stop,
        }

    @contextmanager
    def script(self, action: str, *answers: Answer) -> Iterator[None]:
        """Answer the next calls of `action` as listed; the rest of the list is dropped after."""
        before = self._scripts.get(action)
        self._scripts[action] = deque(answers)
        try:
            yield
        finally:
            if before is None:
                del self._scripts[action]
            else:
                self._scripts[action] = before

    def answer(self, call: CallReceived) -> Payload | Refuse | Silence:
        """What to answer to `call`."""
        script = self._scripts.get(call.action)
        chosen = script.popleft() if script else None
        if isinstance(chosen, Refuse | Silence):
            return chosen
        default = self._defaults.get(call.action)
        payload: Payload = default(call.payload) if default else {}
        return payload if chosen is None else {**payload, **chosen.fields}

    def _boot(self, _req: Payload) -> Payload:
        return {
            "status": "Accepted",
            "currentTime": self._clock.stamp(),
            "interval": self.heartbeat_interval_s,
        }

    def _authorize(self, req: Payload) -> Payload:
        return {"idTagInfo": self._cards.info(str(req["idTag"])).payload()}

    def _start(self, req: Payload) -> Payload:
        return {
            "transactionId": next(self._ids),
            "idTagInfo": self._cards.info(str(req["idTag"])).payload(),
        }

    def _stop(self, req: Payload) -> Payload:
        if "idTag" not in req:
            return {}
        return {"idTagInfo": self._cards.info(str(req["idTag"])).payload()}
