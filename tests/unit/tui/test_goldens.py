"""What the main screens look like at 80x24 and at 140x40, as text that can be reviewed.

Renew them with: RIG_RENEW_GOLDENS=1 .venv/bin/pytest tests/unit/tui/test_goldens.py
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from rig.client.results import PromptInfo, QuarantineInfo
from rig.tui.app import RigApp
from rig.tui.prompting import PromptDialog

from .fake_daemon import FakeDaemon
from .scene import NARROW, STATUS, WIDE, begin_run, laboratory, screen_text, seat, shows, until

GOLDENS = Path(__file__).parents[2] / "goldens" / "tui"
SIZES = {"80x24": NARROW, "140x40": WIDE}
PROMPT = PromptInfo(
    "p3", "Plug in the cable on EV side (plug-1)", ("done", "cannot"), "asked", 120.0,
    "2026-01-31T12:02:04.000Z", kind="physical", octt_id="004_2", step="plug in",
    evidence=("card accepted was held to the reader", "Authorize.conf Accepted"),
    remedy="answer cannot: the case is INCONCLUSIVE then", left_s=114.0,
)  # fmt: skip
SCENES = (
    "bench", "run", "choose", "wire", "cards", "modem", "reports", "case", "wire-of-case",
    "compare", "manual", "help", "confirm", "jump", "prompt", "quarantine", "no-daemon",
)  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
def test_screens(size: str) -> None:
    seen = screens(size)
    assert seen.keys() == set(SCENES)
    if os.environ.get("RIG_RENEW_GOLDENS"):
        for scene, text in seen.items():
            _golden(scene, size).write_text(text)
    wrong = [scene for scene in SCENES if seen[scene] != _golden(scene, size).read_text()]
    for scene in wrong[:1]:
        assert seen[scene] == _golden(scene, size).read_text(), f"{scene} (of {wrong})"


def _golden(scene: str, size: str) -> Path:
    return GOLDENS / f"{scene}-{size}.txt"


def test_no_golden_without_scene() -> None:
    known = {f"{scene}-{size}.txt" for scene in SCENES for size in SIZES}
    assert {path.name for path in GOLDENS.iterdir()} == known


def screens(size: str) -> dict[str, str]:
    """Every scene at one size, from one application."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="rig-"))
        stack.enter_context(contextlib.chdir(folder))
        fake = laboratory(Path("rigd.sock"))
        return asyncio.run(_visit(fake, SIZES[size]))


async def _visit(fake: FakeDaemon, size: tuple[int, int]) -> dict[str, str]:
    seen: dict[str, str] = {}
    begin_run(fake)
    async with seat(fake, size, monotonic=lambda: 1000.0) as (app, pilot):
        seen["no-daemon"] = await shows(app, pilot, "no daemon is running")
        with fake.serving():
            await _walk(app, pilot, fake, seen)
    return seen


async def _walk(app: RigApp, pilot: Pilot[None], fake: FakeDaemon, seen: dict[str, str]) -> None:
    async def at(scene: str, *texts: str) -> None:
        await shows(app, pilot, *texts)
        seen[scene] = await _still(app, pilot)

    await at("bench", "1,250 Wh", "Telekom.de", "lab-ac", "32A")
    await pilot.press("2")
    await at("run", "about", "✗ FAIL", "wait for")
    await pilot.press("n", "space", "space")
    await at("choose", "2 of 4 marked")
    await pilot.press("3")
    await at("wire", "MeterValues.conf", "following")
    await pilot.press("4")
    await at("cards", "2/4", "wrong key")
    await pilot.press("5")
    await at("modem", "-71 dBm", "10.64.1.2")
    await pilot.press("6")
    await at("reports", "004_1", "2026-01-30")
    await pilot.press("enter", "down", "enter")
    await at("case", "D3-a", "Charging twice")
    await pilot.press("down", "enter")
    await at("wire-of-case", "messages of 004_1", '"Charging"')
    await pilot.press("6", "up", "tab", "tab", "c")
    await at("compare", "worse", "004_1")
    await pilot.press("7")
    await at("manual", "connectorId", "GetConfiguration")
    await pilot.press("1", "question_mark")
    await at("help", "Keys of bench")
    await pilot.press("escape", "m")
    await at("confirm", "Switch the mains")
    await pilot.press("n", "j")
    await at("jump", " a ")
    await pilot.press("escape")
    fake.ask(PROMPT)
    await until(lambda: isinstance(app.screen, PromptDialog), "the question")
    await at("prompt", "Plug in the cable", "left")
    await pilot.press("escape")
    broken = QuarantineInfo("relay-left", "no answer within 0.5 s", "2026-01-31T12:02:05.000Z")
    bench = replace(STATUS.bench, state="quarantined", quarantine=broken)
    app.changed(app.mirror.take_status(replace(STATUS, bench=bench), 1000.0))
    await at("quarantine", "no answer within 0.5 s")


async def _still(app: RigApp, pilot: Pilot[None]) -> str:
    """The screen when it has not changed for a few turns of the loop."""
    before = ""
    while True:
        await until(lambda: _idle(app), "every question answered")
        await asyncio.sleep(0.06)
        await pilot.pause()
        now = screen_text(app)
        if now == before:
            return now
        before = now


def _idle(app: RigApp) -> bool:
    return all(worker.is_finished or worker.name == "follow" for worker in app.workers)
