"""The station that the tool plays towards a CSMS under test: the emulator, and its wire log."""

from __future__ import annotations

from pathlib import Path
from typing import Self, cast

from rig.bench.children import Children
from rig.clock import Clock
from rig.events import EventBus
from rig.jsontypes import Json
from rig.ocppj.wirelog import WireLog


class PlayedStation:
    """Charging-station emulator beside the rig; entering waits until it serves.

    Args:
        url: endpoint of the CSMS, without identity.
        identity: of the station.
        password: of Basic authentication as hex, None without.
        bus, clock: time line and lab time.
        work_dir: for its log.
        children: makes the emulator.

    Attributes:
        log: everything on its wire; "in" is what the CSMS sent.
    """

    def __init__(
        self, url: str, identity: str, password: str | None, bus: EventBus, clock: Clock,
        work_dir: Path, children: Children,
    ) -> None:  # fmt: skip
        arguments = [
            "charging-station", "--csms", url, "--identity", identity,
            "--time-scale", repr(clock.scale), "--epoch", repr(clock.epoch),
        ]  # fmt: skip
        self._mock = children.mock(
            "played station", arguments, work_dir / "station.log",
            on_event=self._event, password=password,
        )  # fmt: skip
        self.log = WireLog(bus, "csms")

    async def __aenter__(self) -> Self:
        await self._mock.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._mock.__aexit__(*exc)

    async def ask(self, do: str, **args: Json) -> Json:
        """Have it do something.

        Raises:
            BenchError: it said no, or is gone.
        """
        return await self._mock.ask(do, **args)

    def _event(self, message: dict[str, Json]) -> None:
        connection = message.get("connection")
        number = connection if isinstance(connection, int) else 0
        if message.get("event") == "frame":
            self.log.frame(str(message["direction"]), number, str(message["raw"]))
        elif message.get("event") == "transport":
            detail = cast("dict[str, object]", message.get("detail") or {})
            self.log.transport(str(message["what"]), number, detail)
