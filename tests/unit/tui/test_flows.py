"""What an operator does, key by key, against a daemon by rote over real HTTP."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rig.client.csms import CallOutcome
from rig.client.errors import ClientError
from rig.client.plug import PlugInfo
from rig.client.results import LeaseInfo, PromptInfo, QuarantineInfo, RunStarted, to_json
from rig.client.stream import RigEvent
from rig.tui.app import RigApp
from rig.tui.mirror import Mirror, Topic
from rig.tui.prompting import PromptDialog

from .fake_daemon import FakeDaemon
from .scene import BENCH, PLUG, RUN, RUN_ID, STATUS, begin_run, seat, shows, until

UNPLUGGED = PlugInfo("plug-1", 1, "type2", "A", False, False, False)
PROMPT = PromptInfo("p3", "Plug in the cable on EV side", ("done", "cannot"), "asked", 60.0,
                    "2026-01-31T12:02:00.000Z", kind="physical", left_s=60.0)  # fmt: skip


async def test_plug_in(fake: FakeDaemon) -> None:
    fake.answers["GET /v1/plugs"] = {"plugs": [to_json(UNPLUGGED)]}
    fake.answers["POST /v1/plugs/plug-1/insert"] = lambda _: replace(
        UNPLUGGED, cp_state="B", cable_in_station=True
    )
    async with seat(fake) as (app, pilot):
        await shows(app, pilot, "○ A unplugged")
        await pilot.press("i")
        await shows(app, pilot, "◐ B plugged in", "✓ plug-1 insert")
    assert fake.asked == ["POST /v1/plugs/plug-1/insert"]


async def test_the_pilot_is_shown_as_soon_as_it_moves(fake: FakeDaemon) -> None:
    async with seat(fake) as (app, pilot):
        await shows(app, pilot, "● C energy requested")
        fake.publish("pilot", "plug-1", plug="plug-1", cp_state="E")
        await shows(app, pilot, "✗ E fault")


async def test_a_refused_order_is_told_in_full(fake: FakeDaemon) -> None:
    remedy = "relay-left (unit 1): no answer within 0.5 s; check power and address"
    fake.answers["POST /v1/plugs/plug-1/unplug"] = ClientError(remedy, "bench")
    async with seat(fake) as (app, pilot):
        await shows(app, pilot, "plug-1")
        await pilot.press("o")
        await shows(app, pilot, "✗ plug-1 unplug", "check power and")
        await pilot.press("escape")
        await shows(app, pilot, "[1 Bench]")


async def test_present_the_card_under_the_cursor(fake: FakeDaemon) -> None:
    fake.answers["POST /v1/cards/invalid/present"] = BENCH.cards[1]
    async with seat(fake) as (app, pilot):
        await shows(app, pilot, "invalid")
        await pilot.press("down", "enter")
        await shows(app, pilot, "✓ invalid was held to the reader")
        fake.publish("card", "reader", card="invalid", id_tag="04BA", action="presented")
        await shows(app, pilot, "invalid AT THE READER")


async def test_mains_ask_first_and_only_y_is_yes(fake: FakeDaemon) -> None:
    fake.answers["POST /v1/mains/off"] = replace(BENCH, mains="off")
    async with seat(fake) as (app, pilot):
        await shows(app, pilot, "mains    ● on")
        for no in ("n", "enter", "escape"):
            await pilot.press("m")
            await shows(app, pilot, "Switch the mains of the station OFF?")
            await pilot.press(no)
        assert fake.asked == []
        await pilot.press("m", "y")
        await shows(app, pilot, "✓ mains off")
    assert fake.asked == ["POST /v1/mains/off"]


async def test_the_network_asks_first_and_goes_back_and_forth(fake: FakeDaemon) -> None:
    fake.answers["POST /v1/network/down"] = replace(BENCH, network="down")
    fake.answers["POST /v1/network/up"] = BENCH
    async with seat(fake) as (app, pilot):
        await shows(app, pilot, "network  ● up")
        await pilot.press("n")
        await shows(app, pilot, "Switch the network of the station DOWN?")
        await pilot.press("n")
        assert fake.asked == []
        await pilot.press("n", "y")
        await shows(app, pilot, "✓ network down")
        fake.answers["GET /v1/status"] = replace(STATUS, bench=replace(BENCH, network="down"))
        fake.publish("network", "network", up=False)
        await shows(app, pilot, "network  ○ down", "network ○ down")
        await pilot.press("n")
        await shows(app, pilot, "Switch the network of the station UP?")
        await pilot.press("y")
        await shows(app, pilot, "✓ network up")
    assert fake.asked == ["POST /v1/network/down", "POST /v1/network/up"]


async def test_safe_is_one_key_from_anywhere(fake: FakeDaemon) -> None:
    fake.answers["POST /v1/bench/safe"] = BENCH
    async with seat(fake) as (app, pilot):
        await shows(app, pilot, "lab-ac")
        await pilot.press("3", "slash", "a", "f9")  # in the text field of a dialogue
        await until(lambda: fake.asked == ["POST /v1/bench/safe"], "safe")


async def test_run_three_cases(fake: FakeDaemon) -> None:
    def start(body: dict[str, Any]) -> RunStarted:
        begin_run(fake)
        return RunStarted(RUN_ID, 0, tuple(body["cases"]))

    fake.answers["POST /v1/runs"] = start
    async with seat(fake) as (app, pilot):
        await pilot.press("2")
        await shows(app, pilot, "004_2")
        await pilot.press("space", "space", "space", "g")
        seen = await shows(app, pilot, "▶ running 004_2", "✓ PASS    003", "✗ FAIL    004_1")
        assert "wait for StatusNotification" in seen
        fake.publish("case", "tool", octt_id="004_2", phase="finished", index=3, total=3,
                     verdict="PASS", cause="", duration_s=3.0)  # fmt: skip
        fake.publish("run", "tool", run_id=RUN_ID, phase="finished", verdict="FAIL")
        await shows(app, pilot, "✓ PASS    004_2", "✗ FAIL  2 PASS, 1 FAIL")
    (asked,) = fake.asked
    assert '"cases": ["003", "004_1", "004_2"]' in asked


async def test_a_run_is_found_again(fake: FakeDaemon) -> None:
    begin_run(fake)
    for _ in range(2):  # the second time by another process
        async with seat(fake) as (app, pilot):
            await pilot.press("2")
            await shows(app, pilot, "▶ running 004_2", "✗ FAIL    004_1", "wait for Status")


async def test_answer_a_prompt_on_any_screen(fake: FakeDaemon) -> None:
    fake.answers["POST /v1/prompts/p3"] = replace(PROMPT, state="answered", answer="done", by="me")
    async with seat(fake) as (app, pilot):
        await pilot.press("6")
        await shows(app, pilot, "Runs, the newest first")
        fake.ask(PROMPT)
        await shows(app, pilot, "Plug in the cable on EV side", "1  done", "2  cannot", "left")
        await pilot.press("1")
        assert fake.asked == [], "keys that were under way do not answer"
        dialog = app.screen
        assert isinstance(dialog, PromptDialog)
        await until(lambda: dialog.armed, "keys count")
        await pilot.press("1")
        await shows(app, pilot, "✓ p3: done")
    (asked,) = fake.asked
    assert '"choice": "done"' in asked
    assert '"via": "tui"' in asked


async def test_a_prompt_answered_elsewhere_closes_and_says_by_whom(fake: FakeDaemon) -> None:
    async with seat(fake) as (app, pilot):
        await shows(app, pilot, "lab-ac")
        fake.ask(PROMPT)
        await shows(app, pilot, "Plug in the cable on EV side")
        fake.ask(replace(PROMPT, state="answered", answer="done", by="anna@lab", via="web"))
        await shows(app, pilot, "p3 was answered by anna@lab (web): done", "[1 Bench]")
        assert not isinstance(app.screen, PromptDialog)


async def test_a_prompt_set_aside_stays_in_sight_and_comes_back(fake: FakeDaemon) -> None:
    async with seat(fake) as (app, pilot):
        await shows(app, pilot, "lab-ac")
        fake.ask(PROMPT)
        await shows(app, pilot, "1  done")
        await pilot.press("escape", "3")
        await shows(app, pilot, "[3 Wire]", "? 1 question: a", "a answers: Plug in the cable")
        await pilot.press("a")
        await shows(app, pilot, "1  done")


async def test_why_a_case_failed_and_the_message_that_shows_it(fake: FakeDaemon) -> None:
    async with seat(fake) as (app, pilot):
        await pilot.press("6")
        await shows(app, pilot, "004_1")
        await pilot.press("enter", "down", "enter")
        await shows(app, pilot, "✗ FAIL", "cause    the contactor closes", "✗ rule D3-a")
        await pilot.press("down")
        await shows(app, pilot, "expected voltage at the plug", "seen     none")
        await pilot.press("enter")
        seen = await shows(app, pilot, "messages of 004_1", '"status": "Charging"')
        assert "▸ 00:12.000 ← StatusNotification" in seen
        await pilot.press("escape")
        await shows(app, pilot, "✗ the contactor closes")
        await pilot.press("escape")
        await shows(app, pilot, "[6 Reports]")


async def test_open_the_report(
    fake: FakeDaemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISPLAY", ":0")
    opened: list[str] = []
    monkeypatch.setattr(RigApp, "open_url", lambda _app, url: opened.append(url))
    async with seat(fake) as (app, pilot):
        await pilot.press("6")
        await shows(app, pilot, "004_1")
        await pilot.press("o")
        await shows(app, pilot, "✓ opened:")
    report = tmp_path / f"rig-report-{RUN_ID}.html"
    assert report.read_text() == "<html>the report</html>"
    assert opened == [report.as_uri()]


async def test_without_a_display_the_report_is_written_and_its_place_told(
    fake: FakeDaemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    async with seat(fake) as (app, pilot):
        await pilot.press("6")
        await shows(app, pilot, "004_1")
        await pilot.press("o")
        await shows(app, pilot, "✓ written:")


async def test_the_report_is_one_key_from_the_run(
    fake: FakeDaemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    begin_run(fake)
    async with seat(fake) as (app, pilot):
        await pilot.press("2")
        await shows(app, pilot, "▶ running 004_2")
        await pilot.press("o")
        await until(lambda: [*tmp_path.glob(f"rig-report-{RUN_ID}.html")] != [], "the report")


async def test_play_the_central_system(fake: FakeDaemon) -> None:
    fake.answers["POST /v1/csms/call"] = CallOutcome(
        "ChangeAvailability", "result", {"status": "Scheduled"}, "", "", (), 0.4, "m9"
    )
    async with seat(fake) as (app, pilot):
        await pilot.press("7")
        await shows(app, pilot, "* connectorId")
        await pilot.press("tab", *"one", "f5")
        await shows(app, pilot, "connectorId: 'one' is not a whole number")
        assert fake.asked == []
        await pilot.press("escape", *["backspace"] * 3, "1", "f5")
        await shows(app, pilot, "✓ CALLRESULT", '"status": "Scheduled"')
    (asked,) = fake.asked
    assert '"payload": {"connectorId": 1}' in asked
    assert '"validate": true' in asked


async def test_it_finds_the_daemon_again(fake: FakeDaemon) -> None:
    async with seat(fake) as (app, pilot):
        await shows(app, pilot, "● open", "C energy")
        fake.publish("card", "reader", card="invalid", id_tag="04BA", action="presented")
        await shows(app, pilot, "invalid AT THE READER")
        fake.hang_up()
        await until(lambda: fake.readers == 2, "the second connection")
        await shows(app, pilot, "● open", "C energy")
        assert len(app.mirror.lines) == 1, "nothing twice"
        fake.publish("card", "reader", card="invalid", id_tag="04BA", action="removed")
        await shows(app, pilot, "invalid taken away")


async def test_another_daemon_begins_anew(fake: FakeDaemon) -> None:
    async with seat(fake) as (app, pilot):
        await shows(app, pilot, "● open")
        fake.publish("card", "reader", card="invalid", id_tag="04BA", action="presented")
        await shows(app, pilot, "invalid AT THE READER")
        fake.forget()
        other = replace(STATUS.daemon, pid=4712)
        fake.answers["GET /v1/status"] = replace(STATUS, daemon=other)
        fake.hang_up()
        await until(lambda: fake.readers == 2, "the second connection")
        await until(lambda: not app.mirror.lines, "what was before is forgotten")


async def test_without_a_daemon_it_says_how_to_start_one(tmp_path: Path) -> None:
    async with seat(FakeDaemon(tmp_path / "s")) as (app, pilot):
        await shows(app, pilot, "✗ no daemon", "u starts one with the virtual bench", "rig up")


async def test_quarantine_says_what_to_do(fake: FakeDaemon) -> None:
    fake.answers["POST /v1/bench/recover"] = BENCH
    async with seat(fake) as (app, pilot):
        await shows(app, pilot, "● open")
        broken = QuarantineInfo("relay-left", "no answer within 0.5 s", "2026-01-31T12:02:05.000Z")
        bench = replace(BENCH, state="quarantined", quarantine=broken)
        fake.answers["GET /v1/status"] = replace(STATUS, bench=bench)
        fake.publish("bench", "lab-ac", state="quarantined", device="relay-left", cause="x")
        await shows(app, pilot, "✗ quarantined", "no answer within 0.5 s", "then R opens")
        await pilot.press("R")
        await until(lambda: fake.asked == ["POST /v1/bench/recover"], "recover")


async def test_a_burst_is_drawn_at_a_bounded_rate(fake: FakeDaemon) -> None:
    async with seat(fake) as (app, pilot):
        await pilot.press("2")
        await shows(app, pilot, "004_2")
        drawn = 0
        screen = app.places["run"]
        show = screen.show

        def counted(mirror: Mirror, topics: Topic) -> None:
            nonlocal drawn
            drawn += 1
            show(mirror, topics)

        screen.show = counted  # type: ignore[method-assign]
        began = app._monotonic()
        for number in range(2000):
            fake.publish("relay", "r", board="r", coil=number % 8, closed=True, role="")
        await until(lambda: app.mirror.lines_seen >= 2000, "all of them are read")
        await shows(app, pilot, "following")
        spent = app._monotonic() - began
        assert drawn <= spent / 0.03 + 3


async def test_the_palette_finds_an_action_and_goes_to_its_screen(fake: FakeDaemon) -> None:
    fake.answers["POST /v1/plugs/plug-1/unplug"] = UNPLUGGED
    async with seat(fake) as (app, pilot):
        await pilot.press("3")
        await shows(app, pilot, "[3 Wire]")
        await pilot.press("ctrl+p")
        await shows(app, pilot, "Search")
        await pilot.press(*"unplug both")
        await pilot.press("escape", "ctrl+p", *"Bench: Out")
        await shows(app, pilot, "Unplug both sides")
        await pilot.press("enter")
        await shows(app, pilot, "[1 Bench]", "○ A unplugged")
    assert fake.asked == ["POST /v1/plugs/plug-1/unplug"]


@pytest.mark.parametrize("screen", ["2", "3", "7"])
async def test_brackets_are_text_and_no_markup(fake: FakeDaemon, screen: str) -> None:
    async with seat(fake) as (app, pilot):
        await pilot.press(screen)
        await shows(app, pilot, f"[{screen} ")
        await pilot.press("slash", *"[/x", "enter")
        await shows(app, pilot, "with '[/x'" if screen != "2" else "has '[/x'")


async def test_the_hint_of_a_list_of_objects_is_no_markup(fake: FakeDaemon) -> None:
    async with seat(fake) as (app, pilot):
        await pilot.press("7")
        await shows(app, pilot, "SetChargingProfile")
        await pilot.press("end")
        await shows(app, pilot, "periods")
        await pilot.press("tab")
        await shows(app, pilot, "periods: JSON, e.g. [{}]")


async def test_breaking_a_lease_asks_twice_and_says_why(fake: FakeDaemon) -> None:
    fake.answers["POST /v1/lease/break"] = LeaseInfo("")
    async with seat(fake) as (app, pilot):
        await shows(app, pilot, "● open")
        await pilot.press("B")
        await shows(app, pilot, "Take the bench from its holder?")
        await pilot.press("y")
        await shows(app, pilot, "Why? It goes on record")
        await pilot.press(*"lunch", "enter")
        await shows(app, pilot, "the lease is broken")
    assert fake.asked == ['POST /v1/lease/break {"reason": "lunch"}']


async def test_jump_goes_to_the_place_of_the_letter(fake: FakeDaemon) -> None:
    async with seat(fake) as (app, pilot):
        await shows(app, pilot, "plug-1")
        await pilot.press("j")
        await shows(app, pilot, " a ", " s ")
        await pilot.press("a")
        await until(lambda: app.focused is not None and app.focused.id == "plug-plug-1", "focus")


async def test_events_that_were_lost_are_told(fake: FakeDaemon) -> None:
    async with seat(fake) as (app, pilot):
        await shows(app, pilot, "plug-1")
        app.news.happened([RigEvent(9, 1.0, "2026-01-31T12:00:01.000Z", "mains", "m", {})], 5)
        await shows(app, pilot, "5 events were lost")


async def test_no_colour(fake: FakeDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with seat(fake) as (app, pilot):
        seen = await shows(app, pilot, "▸", "┏━ Cards", "[1 Bench]", "● connected")
        assert app.no_color
        for strip in app.screen._compositor.render_strips():
            for segment in strip:
                style = segment.style
                assert style is None or style.color is None or _is_grey(style.color), seen


def _is_grey(color: Any) -> bool:
    red, green, blue = color.get_truecolor()
    return bool(red == green == blue)


def test_plug_and_run_are_from_one_laboratory() -> None:
    assert PLUG.name in BENCH.plugs
    assert RUN.bench == BENCH.name
