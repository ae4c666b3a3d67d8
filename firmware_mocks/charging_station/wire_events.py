"""What passes on the wire of a station, as events of its control channel."""

from __future__ import annotations

from firmware_mocks.control import Control


class WireEvents:
    """Shows every frame and transport event to the subscribers of the control channel."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def frame(self, direction: str, connection: int, raw: str | bytes) -> None:
        """Publish a frame."""
        text = raw if isinstance(raw, str) else raw.hex()
        self._control.publish("frame", direction=direction, connection=connection, raw=text)

    def transport(self, what: str, connection: int, detail: dict[str, object]) -> None:
        """Publish a transport event."""
        self._control.publish("transport", what=what, connection=connection, detail=detail)
