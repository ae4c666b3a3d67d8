"""Cards, modem, comparison and wrong messages, key by key against a daemon by rote."""

from __future__ import annotations

from dataclasses import replace

from rig.client.cards import CardReading, IdTagLine
from rig.client.csms import ActionLine, CallOutcome
from rig.client.errors import ClientError
from rig.client.modem import SpreadInfo, WatchInfo
from rig.client.results import RunStarted
from rig.tui.screens.manual import paint_action
from rig.tui.widgets.lines import LineList

from .fake_daemon import FakeDaemon
from .scene import JOB, MODEM, NO_MODEM, OLD_ID, RUN_ID, seat, shows, until

WEAK = WatchInfo(11, SpreadInfo(-95, -90, -85, 11), None, None, None, None, None, -81, False)


async def test_the_set_of_cards_is_written_and_its_progress_shown(fake: FakeDaemon) -> None:
    fake.answers["GET /v1/card-writer/job"] = replace(JOB, job_id="")
    fake.answers["POST /v1/card-writer/job"] = JOB
    async with seat(fake) as (app, pilot):
        await pilot.press("4")
        await shows(app, pilot, "w writes the whole set")
        await pilot.press("w")
        await shows(app, pilot, "2/4, 1 right", "✗ failed: wrong key A", "next     blocked")
        fake.answers["GET /v1/card-writer/job"] = replace(JOB, state="aborted")
        fake.publish("card", "tool", job="cards-1", action="closed", card="")
        await shows(app, pilot, "■ stopped")
    assert fake.asked == ['POST /v1/card-writer/job {"cards": [], "again": false}']


async def test_the_set_is_verified_and_nothing_written(fake: FakeDaemon) -> None:
    fake.answers["POST /v1/card-writer/job"] = JOB
    async with seat(fake) as (app, pilot):
        await pilot.press("4", "V")
        await shows(app, pilot, "verifying 4 cards")
    asked = 'POST /v1/card-writer/job {"cards": [], "again": false, "verify": true}'
    assert fake.asked == [asked]


async def test_one_card_is_written_again_and_verified(fake: FakeDaemon) -> None:
    fake.answers["POST /v1/card-writer/job"] = JOB
    fake.answers["GET /v1/card-writer/card"] = CardReading(
        "invalid", "NTAG213", "04BADBAD", False, None, (IdTagLine("04BADBAD", "hex"),)
    )
    async with seat(fake) as (app, pilot):
        await pilot.press("4")
        await shows(app, pilot, "family")
        await pilot.press("down", "enter")
        await until(lambda: len(fake.asked) == 1, "the order")
        await pilot.press("v")
        await shows(app, pilot, "UID      04:BA:DB:AD", "the card on the writer is invalid")
    assert fake.asked == ['POST /v1/card-writer/job {"cards": ["invalid"], "again": true}']


async def test_a_technology_is_chosen(fake: FakeDaemon) -> None:
    fake.answers["POST /v1/modem/lock/3g"] = replace(MODEM, lock="3g", access_technology="3g")
    async with seat(fake) as (app, pilot):
        await pilot.press("5")
        await shows(app, pilot, "in use   4G (LTE)")
        await pilot.press("t")
        await shows(app, pilot, "1  all technologies (now)")
        await pilot.press("3")
        await shows(app, pilot, "✓ allowed 3g, in use 3G")
    assert fake.asked == ["POST /v1/modem/lock/3g"]


async def test_a_weak_signal_fails_the_connection_test(fake: FakeDaemon) -> None:
    fake.answers["POST /v1/modem/watch"] = WEAK
    fake.answers["POST /v1/modem/data/on"] = MODEM
    async with seat(fake) as (app, pilot):
        await pilot.press("5")
        await shows(app, pilot, "in use   4G (LTE)")
        await pilot.press("c")
        await shows(app, pilot, "✗ too weak", "median -90", "✓ home, Telekom.de", "✓ up, 10.64")


async def test_a_bench_without_modem_is_explained(fake: FakeDaemon) -> None:
    fake.answers["GET /v1/modem"] = NO_MODEM
    async with seat(fake) as (app, pilot):
        await pilot.press("5")
        await shows(app, pilot, "No modem answers on this bench.", "virtual-modem.yaml")


async def test_two_runs_are_compared_and_the_worse_case_explained(fake: FakeDaemon) -> None:
    async with seat(fake) as (app, pilot):
        await pilot.press("6")
        await shows(app, pilot, "004_1", "2026-01-30")
        await pilot.press("c")
        await shows(app, pilot, f"{OLD_ID} → {RUN_ID}", "▼ worse  004_1", "= same   003")
        await pilot.press("space")
        changes = app.place.query_one("#changes", LineList)
        await until(lambda: len(changes.rows) == 1, "only changes")
        await pilot.press("enter")
        await shows(app, pilot, "cause    the contactor closes")
        await pilot.press("escape", "escape")
        await shows(app, pilot, "[6 Reports]")


async def test_an_interrupted_run_is_gone_on_with(fake: FakeDaemon) -> None:
    fake.answers["POST /v1/runs"] = RunStarted(RUN_ID, 0, ("004_1",))
    async with seat(fake) as (app, pilot):
        await pilot.press("6")
        await shows(app, pilot, "004_1")
        await pilot.press("g")
        await shows(app, pilot, "[2 Run]")
    (asked,) = fake.asked
    assert f'"resume": "{RUN_ID}"' in asked


async def test_a_wrong_message_is_sent_on_purpose(fake: FakeDaemon) -> None:
    fake.answers["POST /v1/csms/call"] = CallOutcome(
        "ChangeAvailability", "error", {}, "FormationViolation", "no type", (), 0.2, "m1"
    )
    async with seat(fake) as (app, pilot):
        await pilot.press("7")
        await shows(app, pilot, "* connectorId")
        await pilot.press("f6")
        await shows(app, pilot, "✗ CALLERROR", "FormationViolation no type")
    (asked,) = fake.asked
    assert '"payload": {}' in asked
    assert '"validate": false' in asked


async def test_a_call_that_is_refused_says_why(fake: FakeDaemon) -> None:
    fake.answers["POST /v1/csms/call"] = ClientError("run r1 is in progress; wait for it", "busy")
    async with seat(fake) as (app, pilot):
        await pilot.press("7")
        await shows(app, pilot, "* connectorId")
        await pilot.press("f5")
        await shows(app, pilot, "run r1 is in progress; wait for it")


def test_a_profile_that_would_touch_its_message_is_left_out() -> None:
    list_version = ActionLine("GetLocalListVersion", "LocalAuthListManagement")
    assert paint_action(list_version, 42).plain == "GetLocalListVersion"
    assert paint_action(list_version, 50).plain.split() == [
        "GetLocalListVersion", "LocalAuthListManagement"
    ]  # fmt: skip
