"""Server-sent events as a pure parser: text in, messages out.

Source: WHATWG HTML, 9.2.6 "Interpreting an event stream".
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """One dispatched message; `id` is the last one seen, "" before the first."""

    event: str
    data: str
    id: str


class SseParser:
    """Turns bytes of an event stream into messages, however they are split."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._tail = ""
        self._event = ""
        self._data: list[str] = []
        self._id = ""

    def feed(self, chunk: bytes) -> list[Message]:
        """Messages that `chunk` completes; comments (keep-alives) give none."""
        *lines, self._tail = (self._tail + self._decoder.decode(chunk)).split("\n")
        messages = []
        for line in lines:
            message = self._take(line.removesuffix("\r"))
            if message is not None:
                messages.append(message)
        return messages

    def _take(self, line: str) -> Message | None:
        if not line:
            return self._dispatch()
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._event = value
        elif field == "id":
            self._id = value
        return None  # an empty field name is a comment; unknown fields are ignored

    def _dispatch(self) -> Message | None:
        data, event = self._data, self._event
        self._data, self._event = [], ""
        return Message(event or "message", "\n".join(data), self._id) if data else None
