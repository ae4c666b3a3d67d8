"""What a station does, as lines for a person: connection, registration, cards, transactions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import cast

from firmware_mocks.charging_station.journal import Event
from rig.jsontypes import Json

LABEL = 14
_HINTS: dict[Json, str] = {
    401: "the CSMS wants another password, or any at all",
    403: "the CSMS does not let this station in",
    404: "the CSMS does not know this path or identity",
}

_REASONS = {
    "CERTIFICATE_VERIFY_FAILED": "the certificate of the CSMS is not trusted; its root is missing "
    "or wrong: --root-certificate FILE",
    "did not receive a valid HTTP response": "no HTTP here; does the CSMS want wss://?",
    "WRONG_VERSION_NUMBER": "no TLS here; does the CSMS want ws://?",
    "closed before": "does the CSMS want ws://, or wss://?",
    "Connect call failed": "nobody listens there; is the CSMS running, and the port right?",
}
"""By what the reason of a failed attempt contains."""


class Narrator:
    """Turns events into lines.

    Args:
        say: takes a line.
        wire: also every frame.
    """

    def __init__(self, say: Callable[[str], None], *, wire: bool) -> None:
        self._say = say
        self._wire = wire
        self._asked: dict[str, dict[str, Json]] = {}
        self._refused = ""

    def take(self, event: Event) -> None:
        """Tell an event, if a person wants to know."""
        if event["event"] == "frame" and self._wire:
            self._line(event, "-> csms" if event["direction"] == "out" else "<- csms", event["raw"])
        kind = event["what"] if event["event"] == "transport" else event.get("kind")
        tell = {
            "connect": self._connect,
            "refused": self._refuse,
            "close": self._close,
            "violation": self._violation,
            "late-answer": self._late,
            "call": self._call,
            "result": self._result,
            "error": self._error,
            "malformed": self._malformed,
        }.get(str(kind))
        if tell is not None:
            tell(event)

    def _line(self, event: Event, label: str, text: Json) -> None:
        at = datetime.fromisoformat(str(event["at"])).strftime("%H:%M:%S.%f")[:-3]
        self._say(f"{at}  {label:{LABEL}}  {text}".rstrip())

    # --- connection ---------------------------------------------------------------------------

    def _connect(self, event: Event) -> None:
        detail = cast("dict[str, Json]", event["detail"])
        self._refused = ""
        said = str(detail.get("subprotocol") or "no subprotocol")
        self._line(event, "connected", f"{detail.get('url', '')} {said}".strip())

    def _refuse(self, event: Event) -> None:
        detail = cast("dict[str, Json]", event["detail"])
        status = detail.get("status")
        text = (
            f"HTTP {status}: {_HINTS.get(status, 'refused')}"
            if status
            else _explained(str(detail.get("reason")))
        )
        if text != self._refused:  # the next attempts end the same way: said once
            self._refused = text
            self._line(event, "not connected", f"{text}; trying again")

    def _close(self, event: Event) -> None:
        detail = cast("dict[str, Json]", event["detail"])
        code = detail.get("code")
        lost = code in (None, 1006)
        self._line(event, "disconnected", "connection lost" if lost else f"code {code}")

    def _violation(self, event: Event) -> None:
        detail = cast("dict[str, Json]", event["detail"])
        self._line(event, "csms is wrong", f"{detail['rule']}: {detail['detail']}")

    def _late(self, event: Event) -> None:
        self._line(event, "csms is late", "an answer came after MessageTimeout")

    # --- frames -------------------------------------------------------------------------------

    def _call(self, event: Event) -> None:
        payload, action = cast("dict[str, Json]", event["payload"]), str(event["action"])
        self._asked[str(event["message_id"])] = payload
        while len(self._asked) > 64:
            self._asked.pop(next(iter(self._asked)))
        if event["direction"] == "in":
            what = " ".join(f"{name}={_short(value)}" for name, value in payload.items())
            self._line(event, "command", f"{action} {what}")
        elif action == "StatusNotification":
            code = payload.get("errorCode")
            more = "" if code == "NoError" else f" ({code})"
            text = f"{payload.get('status')}{more}"
            self._line(event, f"connector {payload.get('connectorId')}", text)
        elif action == "StopTransaction":
            text = f"{payload.get('transactionId')} stopped: {payload.get('reason')}, register "
            self._line(event, "transaction", f"{text}{payload.get('meterStop')} Wh")

    def _result(self, event: Event) -> None:
        action, payload = event["action"], cast("dict[str, Json]", event["payload"])
        asked = self._asked.pop(str(event["message_id"]), {})
        if event["direction"] == "out":
            if "status" in payload:
                self._line(event, "answered", f"{action} {payload['status']}")
        elif action == "BootNotification":
            interval = payload.get("interval")
            self._line(event, "registration", f"{payload.get('status')}, interval {interval} s")
        elif action == "Authorize":
            self._line(event, "card", f"{asked.get('idTag')} {_status(payload)}")
        elif action == "StartTransaction":
            where = f"on connector {asked.get('connectorId')} for {asked.get('idTag')}"
            text = f"{payload.get('transactionId')} started {where}: {_status(payload)}"
            self._line(event, "transaction", text)

    def _error(self, event: Event) -> None:
        self._asked.pop(str(event["message_id"]), None)
        label = "refused" if event["direction"] == "out" else "csms refuses"
        text = f"{event['action']}: {event['code']} {event['description']}"
        self._line(event, label, text)

    def _malformed(self, event: Event) -> None:
        who = "sent on purpose" if event["direction"] == "out" else "csms is wrong"
        self._line(event, who, event["reason"])


def _explained(reason: str) -> str:
    reason = reason or "the connection was closed before there was an answer"
    hint = next((hint for part, hint in _REASONS.items() if part in reason), "")
    return f"{reason}: {hint}" if hint else reason


def _status(payload: dict[str, Json]) -> str:
    info = payload.get("idTagInfo")
    return str(info.get("status")) if isinstance(info, dict) else "without idTagInfo"


def _short(value: Json) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
