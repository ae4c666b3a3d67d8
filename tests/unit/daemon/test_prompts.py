"""The first answer wins, and everybody hears who gave it."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from drivers.ports import Operator, OperatorUnavailable, PromptKind
from rig.clock import Clock
from rig.daemon.prompts import KEPT, PromptClosed, PromptDesk, UnknownPrompt
from rig.daemon.scene import Scene
from rig.errors import ConfigError
from rig.events import Event, EventBus, Kind


@pytest.fixture
def seen() -> list[Event]:
    return []


@pytest.fixture
def desk(seen: list[Event]) -> PromptDesk:
    clock = Clock()
    bus = EventBus(clock)
    bus._listeners.append(seen.append)
    return PromptDesk(bus, clock, lambda: Scene("003", "plug in", ("0.1 s  mains on",)))


async def asked(desk: PromptDesk, timeout_s: float = 60) -> asyncio.Task[str]:
    task = asyncio.ensure_future(desk.ask("Plug in?", ["done", "cannot"], timeout_s))
    await asyncio.sleep(0)
    return task


def test_desk_is_an_operator(desk: PromptDesk) -> None:
    assert isinstance(desk, Operator)


async def test_answer_reaches_who_asked_with_name_and_time(
    desk: PromptDesk, seen: list[Event]
) -> None:
    task = await asked(desk)
    prompt = desk.answer("p1", "DONE", "ann@lab", "tui")
    assert (await task, prompt.by, prompt.answered_utc[-1]) == ("done", "ann@lab", "Z")
    assert [(e.kind, e.data["state"], e.data["by"], e.data["via"]) for e in seen] == [
        (Kind.PROMPT, "asked", "", ""),
        (Kind.PROMPT, "answered", "ann@lab", "tui"),
    ]


async def test_who_is_asked_learns_where_the_case_is_and_how_long_there_is(
    desk: PromptDesk, seen: list[Event]
) -> None:
    asking = desk.ask("Plug in?", ["done"], 60, kind=PromptKind.PHYSICAL, remedy="or say so")
    task = asyncio.ensure_future(asking)
    await asyncio.sleep(0)
    (prompt,) = desk.prompts()
    assert (prompt.kind, prompt.octt_id, prompt.step, prompt.remedy) == (
        "physical", "003", "plug in", "or say so"
    )  # fmt: skip
    assert prompt.evidence == ("0.1 s  mains on",)
    assert seen[0].data["evidence"] == ["0.1 s  mains on"]
    assert 59 < prompt.left_s <= 60
    span = datetime.fromisoformat(prompt.deadline_utc) - datetime.fromisoformat(prompt.asked_utc)
    assert abs(span.total_seconds() - 60) < 0.1
    assert desk.answer("p1", "done", "ann").left_s == 0
    await task


async def test_second_answer_hears_who_was_first(desk: PromptDesk) -> None:
    task = await asked(desk)
    desk.answer("p1", "done", "ann")
    with pytest.raises(PromptClosed, match=r"already answered by ann \(done\)"):
        desk.answer("p1", "cannot", "bob")
    assert await task == "done"


async def test_nobody_answers_in_time(desk: PromptDesk, seen: list[Event]) -> None:
    with pytest.raises(OperatorUnavailable, match=r"nobody answered within 0\.01 s: Plug in"):
        await desk.ask("Plug in?", ["done"], 0.01)
    assert [e.data["state"] for e in seen] == ["asked", "expired"]


async def test_cancelled_question_is_withdrawn(desk: PromptDesk) -> None:
    task = await asked(desk)
    task.cancel()
    await asyncio.wait({task})
    assert desk.prompts()[0].state == "withdrawn"


async def test_an_answer_to_who_gives_up_in_this_moment_is_too_late(desk: PromptDesk) -> None:
    task = await asked(desk)
    task.cancel()
    with pytest.raises(PromptClosed, match="p1 is being withdrawn"):
        desk.answer("p1", "done", "ann")
    await asyncio.wait({task})
    assert desk.prompts()[0].state == "withdrawn"


async def test_wrong_choice_names_the_choices_and_leaves_it_open(desk: PromptDesk) -> None:
    task = await asked(desk)
    with pytest.raises(ConfigError, match="choose one of: done, cannot"):
        desk.answer("p1", "perhaps", "ann")
    assert desk.prompts()[0].state == "asked"
    desk.answer("p1", "cannot", "ann")
    assert await task == "cannot"


def test_unknown_prompt(desk: PromptDesk) -> None:
    with pytest.raises(UnknownPrompt, match="rig prompt list"):
        desk.answer("p9", "done", "ann")


async def test_open_prompts_come_first_and_old_ones_are_forgotten(desk: PromptDesk) -> None:
    for _ in range(KEPT + 3):
        task = await asked(desk)
        desk.answer(f"p{desk._asked}", "done", "ann")
        await task
    task = await asked(desk)
    known = desk.prompts()
    assert (known[0].state, known[1].id, len(known)) == ("asked", f"p{KEPT + 3}", KEPT + 1)
    desk.answer(known[0].id, "done", "ann")
    await task
