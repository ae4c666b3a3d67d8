"""Makes docs/images/tui-*.svg from the real thing: daemon, virtual bench, and the TUI before it.

python -m docs.screenshots
"""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from textual.pilot import Pilot

from rig.client.api import RigClient
from rig.client.launcher import ephemeral
from rig.tui.app import RigApp
from rig.tui.follower import in_thread
from rig.tui.prompting import PromptDialog
from rig.tui.widgets.lines import LineList

IMAGES = Path(__file__).parent / "images"
CONFIGS = Path(__file__).parent.parent / "configs"
NARROW, WIDE = (80, 24), (140, 40)
WAIT_S = 150.0

FONTS = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"

BENCH = f"""
bench: show
time_scale: 4
virtual: {{seed: 1, persona: {CONFIGS}/personas/one-plug.yaml, defects: DEFECTS}}
devices:
  relay-left:
    kind: relay_board
    dialect: waveshare-8
    transport: {{kind: rtu, port: "mock:relay-rtu"}}
  plug-1:
    kind: evse_tester_modbus
    plug_type: type2
    transport: {{kind: tcp, host: "mock:tester-tcp"}}
    connector_id: 1
  mains: {{kind: mains_switch, board: relay-left, coil: 3, safe: off}}
  reader: READER
  modem: {{kind: modem, backend: e3372h, port: "mock:modem-at"}}
cards:
  accepted: {{id_tag: 04A1B2C3D4E5F6, status: Accepted}}
  invalid: {{id_tag: 04BADBADBADBAD, status: Invalid}}
  blocked: {{id_tag: 04B10C0ED00001, status: Blocked}}
  expired: {{id_tag: 04E0F19ED00001, status: Expired}}
csms: {{identity: CP-VIRTUAL-1}}
pics: {CONFIGS}/pics/virtual-station.yaml
"""
BY_RELAY = (
    "{kind: card_presenter, board: relay-left, "
    "cards: {accepted: 4, invalid: 5, blocked: 6, expired: 7}}"
)
BY_HAND = "{kind: manual_card_presenter}"


@contextmanager
def daemon(folder: Path, defects: str = "[]", reader: str = BY_RELAY) -> Iterator[RigClient]:
    """A daemon whose station has these defects."""
    file = folder / "show.yaml"
    file.write_text(BENCH.replace("DEFECTS", defects).replace("READER", reader))
    with ephemeral(file) as client:
        yield client


@asynccontextmanager
async def seat(client: RigClient, size: tuple[int, int]) -> AsyncIterator[Seat]:
    """The TUI before this daemon."""
    app = RigApp(client.socket)
    async with app.run_test(size=size) as pilot:
        seat = Seat(app, pilot)
        await seat.until(lambda: app.news.is_connected, "the daemon")
        yield seat


class Seat:
    """The application, its keyboard, and a camera."""

    def __init__(self, app: RigApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.press = pilot.press
        self._pilot = pilot

    async def until(self, what: Callable[[], bool], name: str) -> None:
        """Wait until the application has learnt something."""
        deadline = time.monotonic() + WAIT_S
        while not what():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {WAIT_S:g} s: {name}")
            await asyncio.sleep(0.05)

    def shown(self, selector: str) -> str:
        """The rows of a list, as text."""
        return str(self.app.place.query_one(selector, LineList).rows)

    async def idle(self) -> None:
        """Wait until every order and question is answered."""
        workers = self.app.workers
        await self.until(
            lambda: all(w.is_finished or w.name == "follow" for w in workers), "every answer"
        )
        await asyncio.sleep(0.2)  # the drawing of it
        await self._pilot.pause()

    async def picture(self, name: str) -> None:
        """Save what is on the screen; without fonts from elsewhere."""
        await self.idle()
        svg = self.app.export_screenshot(title=f"rig tui: {name}")
        svg = re.sub(r"@font-face\s*{[^}]*}", "", svg)
        svg = svg.replace("font-family: Fira Code, monospace", f"font-family: {FONTS}")
        (IMAGES / f"tui-{name}.svg").write_text(svg)
        print(f"docs/images/tui-{name}.svg")  # noqa: T201 (it is what a script says)


async def charging(client: RigClient) -> None:
    """Plug in, present a card, request energy; then the whole width, and a run."""
    for size, name in ((NARROW, "bench"), (WIDE, "bench-wide")):
        async with seat(client, size) as at:
            connected = lambda at=at: any(  # noqa: E731
                s.connected for s in at.app.mirror.status.csms.stations
            )
            await at.until(connected, "the station")
            if name == "bench":
                await at.press("i")
                await at.idle()
                await at.press("enter")
                await at.idle()
                await at.press("e")
                await at.idle()
                await at.until(
                    lambda at=at: at.app.mirror.plugs["plug-1"].voltage_present is True, "voltage"
                )
                await in_thread(lambda: client.plug("plug-1", "load", phases=3), "load")
            await at.until(lambda at=at: at.app.mirror.energy_wh.get(1, 0) > 0, "MeterValues")
            await at.until(lambda at=at: len(at.app.mirror.signals) > 3, "the signal")
            await at.picture(name)
    await in_thread(lambda: client.plug("plug-1", "unplug"), "unplug")
    async with seat(client, WIDE) as at:
        await at.press("2")
        await at.until(lambda: "003" in at.shown("#choices"), "the cases")
        await at.press("down", "down", "space", "space", "space", "g")
        run = lambda: at.app.mirror.run  # noqa: E731
        await at.until(lambda: run() is not None and run().index == 2, "the second case")
        await at.until(lambda: bool(run().step), "a step")
        await at.picture("run")
        await at.until(lambda: run().state == "finished", "the end of the run")
        await at.press("3", "up", "up", "up", "up")
        await at.picture("wire")
        await at.press("7")
        await at.idle()
        await at.press("down", "down", "down", "down", "tab", *"NumberOfConnectors", "f5")
        await at.picture("manual")


async def failing(client: RigClient) -> None:
    """A station whose contactor never closes: why the case failed."""
    async with seat(client, WIDE) as at:
        await at.press("2")
        await at.until(lambda: "003" in at.shown("#choices"), "the cases")
        await at.press("down", "down", "g")
        run = lambda: at.app.mirror.run  # noqa: E731
        await at.until(lambda: run() is not None and run().state == "finished", "the end")
        await at.press("enter")
        await at.until(lambda: at.app.place_name == "case", "the case")
        await at.picture("why")


async def asking(client: RigClient) -> None:
    """A reader that is a person: the question of the daemon."""
    async with seat(client, NARROW) as at:
        await at.press("2")
        await at.until(lambda: "003" in at.shown("#choices"), "the cases")
        await at.press("down", "down", "g")
        dialog = lambda: isinstance(at.app.screen, PromptDialog)  # noqa: E731
        await at.until(dialog, "the question")
        await at.picture("question")
        await at.press("f9")
        await at.idle()


def main() -> None:
    """All pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="rig-") as name:
        folder = Path(name)
        os.environ["XDG_STATE_HOME"] = name
        with daemon(folder) as client:
            asyncio.run(charging(client))
        with daemon(folder, "[contactor-never-closes]") as client:
            asyncio.run(failing(client))
        with daemon(folder, reader=BY_HAND) as client:
            asyncio.run(asking(client))


if __name__ == "__main__":
    main()
