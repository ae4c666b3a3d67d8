"""The station that the tool plays towards a CSMS under test: the emulator, and its wire log."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from rig.bench.mock_process import MockProcess
from rig.clock import Clock
from rig.events import EventBus
from rig.jsontypes import Json
from rig.ocppj.wirelog import WireLog


class PlayedStation(MockProcess):
    """Charging-station emulator as a child process.

    Args:
        url: endpoint of the CSMS, without identity.
        identity: of the station.
        password: of Basic authentication as hex, None without.
        bus, clock: time line and lab time.
        work_dir: for its log.

    Attributes:
        log: everything on its wire; "in" is what the CSMS sent.
    """

    def __init__(
        self, url: str, identity: str, password: str | None, bus: EventBus, clock: Clock,
        work_dir: Path,
    ) -> None:  # fmt: skip
        arguments = [
            "charging-station", "--csms", url, "--identity", identity,
            "--time-scale", repr(clock.scale), "--epoch", repr(clock.epoch),
        ]  # fmt: skip
        if password is not None:
            arguments += ["--password", password]
        super().__init__("played station", arguments, work_dir / "station.log", self._event)
        self.log = WireLog(bus, "csms")

    def _event(self, message: dict[str, Json]) -> None:
        connection = message.get("connection")
        number = connection if isinstance(connection, int) else 0
        if message.get("event") == "frame":
            self.log.frame(str(message["direction"]), number, str(message["raw"]))
        elif message.get("event") == "transport":
            detail = cast("dict[str, object]", message.get("detail") or {})
            self.log.transport(str(message["what"]), number, detail)
