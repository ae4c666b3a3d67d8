"""Defects of the wire: they know messages and nothing of charging, and combine freely. Pure.

Each has a form of its argument: the action it is about, which may be restricted to some messages
(`message_selector`), and what else it needs.
"""

from __future__ import annotations

import re
from functools import cache

from firmware_mocks.charging_station.message_selector import SELECTOR, Selector, parse

WIRE_DEFECTS: dict[str, tuple[str, str]] = {
    # CALLs of the station
    "skip": ("Action", "this CALL is lost on the way: nothing is sent, no answer comes"),
    "duplicate": ("Action", "this CALL is sent again after its answer, with another message id"),
    "reorder": ("Action", "this CALL is held back until another action was sent"),
    "delay": ("Action=seconds", "this CALL is sent so many lab seconds late"),
    "field": ("Action.field=value", "this field of a CALL has this value; path with dots, JSON"),
    "drop-field": ("Action.field", "this field of a CALL is missing"),
    "unknown-field": ("Action", "a field of its own in this CALL"),
    "wrong-type": ("Action", "connectorId or idTag of the wrong type in this CALL"),
    "string-too-long": ("Action", "a text of this CALL is longer than its type permits"),
    "malformed-json": ("", "a message that is no JSON before each StatusNotification"),
    "second-call-while-open": ("", "a Heartbeat before the answer to StatusNotification"),
    "reuse-message-id": ("", "the same message id for every CALL"),
    "timestamp-without-zone": ("", "time stamps without zone designator"),
    "timestamp-local": ("", "time stamps are local time, two hours ahead, and say it is UTC"),
    # answers of the station
    "no-answer": ("Action", "never answers this action, and does not obey"),
    "answer-late": ("Action=seconds", "obeys and answers this action so many lab seconds late"),
    "answer-callerror": ("Action[=Code]", "answers this action with a CALLERROR, InternalError"),
    "answer-field": ("Action.field=value", "this field of an answer has this value"),
    "answer-wrong-id": ("Action", "the answer to this action has another message id"),
    "callerror-for-rejected": ("", "a CALLERROR wherever the answer is Rejected"),
    # either
    "unasked": ("Action>Action=payload", "after this message, a CALL of its own; $now is a time"),
    "amid": ("Action>Action=payload", "while this CALL is open, another of its own"),
    "close-after": ("Action", "the connection is lost after the answer to this CALL"),
    "raw": ("Action>text", "after this message, this text as it is"),
    "hangs-up-when-refused": ("", "the connection is dropped after a CALLERROR"),
    "close-in-exchange": ("Action", "the connection is lost between this CALL and its answer"),
}
"""Form of the argument and a sentence, by name."""

_NAME = r"[A-Za-z]\w*"
_FORMS = {
    "": "",
    "Action": SELECTOR,
    "Action=seconds": SELECTOR + r"=[0-9]+(\.[0-9]+)?",
    "Action[=Code]": f"{SELECTOR}(={_NAME})?",
    "Action.field": SELECTOR + r"(\.\w+)+",
    "Action.field=value": SELECTOR + r"(\.\w+)+=.*",
    "Action>text": f"{SELECTOR}>.+",
    "Action>Action=payload": f"{SELECTOR}>{_NAME}=" + r"\{.*\}",
}


@cache
def about(argument: str) -> tuple[Selector, str]:
    """The messages that an argument is about, and what else it says."""
    return parse(argument)


def check_argument(name: str, argument: str) -> None:
    """Nothing for an argument that the defect can have.

    Raises:
        ValueError: it has another form.
    """
    form = WIRE_DEFECTS[name][0]
    wanted = f"{name}:{form}" if form else name
    given = f"{name}:{argument}" if argument else name
    if re.fullmatch(_FORMS[form], argument, flags=re.DOTALL) is None:
        raise ValueError(f"defect {given}: want {wanted}")
    if form:
        try:
            about(argument)
        except ValueError as error:
            raise ValueError(f"defect {given}: {error}; want {wanted}") from None


def sentences() -> dict[str, str]:
    """Sentence by name, with the form of the argument in front."""
    return {
        name: f"(:{form}) {sentence}" if form else sentence
        for name, (form, sentence) in WIRE_DEFECTS.items()
    }
