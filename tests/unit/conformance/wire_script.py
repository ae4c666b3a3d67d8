"""Wire logs written by hand: one line of a test for one frame."""

from __future__ import annotations

from typing import Self

import orjson

from rig.conformance.rules.scope import Act
from rig.jsontypes import Json
from rig.ocppj.frames import Payload, parse
from rig.ocppj.wirelog import WireEntry


class WireScript:
    """A log in the making. Each entry comes `pace_s` lab seconds after the one before."""

    def __init__(self, pace_s: float = 1.0) -> None:
        self.entries: list[WireEntry] = []
        self.acts: list[Act] = []
        self.connection = 1
        self.pace_s = pace_s
        self.t_s = 0.0
        self.seq = 0

    def wait(self, lab_s: float) -> Self:
        """Let time pass before the next entry."""
        self.t_s += lab_s
        return self

    def on(self, connection: int) -> Self:
        """Go on with another connection."""
        self.connection = connection
        return self

    def raw(self, direction: str, text: str | bytes) -> Self:
        """One WebSocket message, word for word."""
        shown = text if isinstance(text, str) else text.hex()
        return self._append(direction, shown, "", {}, text)

    def transport(self, what: str, **detail: Json) -> Self:
        """An event of the connection."""
        return self._append("", "", what, detail, None)

    def act(self, what: str, connector: int = 0, **data: Json) -> Self:
        """Something physical that the bench has done."""
        self.t_s += self.pace_s
        self.seq += 1
        self.acts.append(Act(self.seq, self.t_s, what, connector, data))
        return self

    def _append(
        self, direction: str, raw: str, what: str, detail: Payload, text: str | bytes | None
    ) -> Self:
        self.t_s += self.pace_s
        self.seq += 1
        frame = None if text is None else parse(text)
        self.entries.append(
            WireEntry(self.seq, self.t_s, direction, self.connection, raw, frame, what, detail)
        )
        return self

    def _frame(self, direction: str, *parts: Json) -> Self:
        return self.raw(direction, orjson.dumps(parts).decode())

    # --- the device under test ---

    def asks(self, id: str, action: str, /, **payload: Json) -> Self:
        """The device under test sends a CALL."""
        return self._frame("in", 2, id, action, payload)

    def answers(self, id: str, /, **payload: Json) -> Self:
        """The device under test sends a CALLRESULT."""
        return self._frame("in", 3, id, payload)

    def refuses(self, id: str, code: str) -> Self:
        """The device under test sends a CALLERROR."""
        return self._frame("in", 4, id, code, "", {})

    # --- the tool ---

    def tool_asks(self, id: str, action: str, /, **payload: Json) -> Self:
        """The tool sends a CALL."""
        return self._frame("out", 2, id, action, payload)

    def tool_answers(self, id: str, /, **payload: Json) -> Self:
        """The tool sends a CALLRESULT."""
        return self._frame("out", 3, id, payload)

    def tool_refuses(self, id: str, code: str) -> Self:
        """The tool sends a CALLERROR."""
        return self._frame("out", 4, id, code, "", {})
