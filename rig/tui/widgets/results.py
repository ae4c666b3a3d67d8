"""A verdict as a line, the same wherever cases are listed."""

from __future__ import annotations

from rich.text import Text

from rig.tui.story import TONES, verdict_sign
from rig.tui.widgets.lines import line_of

ROOMY = 90
"""From this width on the number of checks is shown, too."""


def result_line(
    verdict: str, name: str, checks: tuple[int, int], duration_s: float | None, width: int
) -> Text:
    """A case: verdict, name, checks that held of all, lab seconds."""
    sign, tone = ("▶", "") if verdict == "running" else verdict_sign(verdict)
    text = line_of((f"{sign} {verdict:<8}", TONES[tone]))
    spent = "" if duration_s is None else f"{duration_s:.1f} s"
    tail = f" {spent:>8}"
    if width >= ROOMY:
        tail = f" {checks[0]}/{checks[1]}".rjust(9) + tail
    room = max(8, width - text.cell_len - len(tail))
    title = Text(name, no_wrap=True)
    title.truncate(room, overflow="ellipsis", pad=True)
    return text.append_text(title).append(tail, style="dim")
