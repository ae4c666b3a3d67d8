"""The help: what every key does, from the table of actions."""

from __future__ import annotations

import textwrap

from rich.text import Text

from rig.tui.actions import all_keys, of_screen

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
