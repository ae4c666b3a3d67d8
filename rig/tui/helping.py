"""The help: what every key does, from the table of actions."""

from __future__ import annotations

import sys
import textwrap

from rich.text import Text

from rig.tui.actions import ACTIONS, EVERYWHERE, all_keys, of_screen

KEY_COLUMNS, TITLE_COLUMNS, WIDTH = 10, 15, 70


def help_text(where: str) -> Text:
    """Keys of a screen and of everywhere, for a dialogue."""
    text = Text()
    for action in of_screen(where):
        text.append(f"{all_keys(action):<{KEY_COLUMNS}}", style="bold")
        text.append(f"{action.title:<{TITLE_COLUMNS}}")
        first, *rest = textwrap.wrap(action.help, WIDTH - KEY_COLUMNS - TITLE_COLUMNS)
        text.append(f"{first}\n")
        for line in rest:
            text.append(f"{'':<{KEY_COLUMNS + TITLE_COLUMNS}}{line}\n")
    text.append("\nTab goes from place to place, arrows move, PgUp and PgDn turn pages.")
    return text


def help_markdown() -> str:
    """The same for all screens, as the page of the documentation."""
    lines = [
        "# Keys of `rig tui`",
        "",
        "Written by `python -m rig.tui.helping > docs/reference/tui-keys.md`; a test compares.",
        "",
        "Every action is in the palette (Ctrl+P), too. Tab goes from place to place, arrows move,",
        "PgUp and PgDn turn pages. An action with `?` asks first.",
    ]
    for where in (EVERYWHERE, *dict.fromkeys(a.where for a in ACTIONS if a.where != EVERYWHERE)):
        lines += ["", f"## {where.capitalize()}", "", "| Key | Action | |", "|---|---|---|"]
        for action in ACTIONS:
            if action.where == where:
                asks = " `?`" if action.confirm else ""
                lines.append(f"| {all_keys(action)} | {action.title}{asks} | {action.help} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(help_markdown())
