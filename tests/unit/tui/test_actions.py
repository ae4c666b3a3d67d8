"""One table: every action has a method, a key of its own, a palette entry and a line of help."""

from __future__ import annotations

from pathlib import Path

import pytest

from rig.tui.actions import ACTIONS, EVERYWHERE, SAFE, Action, all_keys, bindings, key_text
from rig.tui.app import RigApp
from rig.tui.helping import help_markdown, help_text

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "tui-keys.md"


@pytest.fixture
def app(tmp_path: Path) -> RigApp:
    return RigApp(tmp_path / "no-daemon")


@pytest.mark.parametrize("action", ACTIONS, ids=lambda a: f"{a.where}-{a.name}")
def test_an_action_has_everything(action: Action, app: RigApp) -> None:
    target = app if action.where == EVERYWHERE else app.places[action.where]
    assert callable(getattr(target, f"do_{action.name}"))
    bound = {b.key: b.action for b in type(target).BINDINGS}  # type: ignore[union-attr]
    assert bound[action.key] == f"app.act('{action.where}','{action.name}')"
    offered = [command.title for command in app.get_system_commands(app.places["bench"])]
    assert any(title.endswith(action.title) for title in offered)
    assert len(offered) == len(ACTIONS), "and nothing else"
    place = "bench" if action.where == EVERYWHERE else action.where
    assert f"{all_keys(action)} " in help_text(place).plain
    assert action.help.endswith(".")


@pytest.mark.parametrize("where", sorted({a.where for a in ACTIONS}))
def test_no_key_means_two_things(where: str) -> None:
    keys = [key for a in ACTIONS if a.where in (where, EVERYWHERE) for key in a.key.split(",")]
    assert len(keys) == len(set(keys))


def test_the_page_of_the_documentation_is_up_to_date() -> None:
    assert PAGE.read_text() == help_markdown()


def test_dangerous_actions_ask() -> None:
    asking = {(a.where, a.name) for a in ACTIONS if a.confirm}
    assert {("bench", "mains"), ("bench", "mains_cycle"), ("bench", "network"), ("bench", "load"),
            ("bench", "fault"),
            (EVERYWHERE, "break_lease"), (EVERYWHERE, "abort")} <= asking  # fmt: skip


def test_safe_is_one_key_without_a_question_even_in_a_text_field() -> None:
    assert SAFE.confirm == ""
    (binding,) = [b for b in bindings(EVERYWHERE) if "'safe'" in b.action]
    assert binding.priority


def test_keys_are_written_as_on_keyboards() -> None:
    assert [key_text(a.key) for a in ACTIONS if a.name in ("safe", "palette", "start")] == [
        "F9", "Ctrl+P", "g",
    ]  # fmt: skip
