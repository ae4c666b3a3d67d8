"""The report as one HTML file: no script from elsewhere, no font, no image to load.

It reads on a phone and on paper, in light and in dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from rig.report import diagram, words
from rig.report.messages import as_sent, is_plain, pretty
from rig.report.model import CaseView, FrameView, ReportModel, RunView

FRAME_LIMIT = 500
"""Messages shown of one case; those that are evidence are always shown."""


def render(model: ReportModel) -> str:
    """The report as the text of an HTML file."""
    return _template().render(
        model=model,
        shown=frozenset(_anchors(model)),
        frames=shown_frames,
        draw=diagram.draw,
        pretty=pretty,
        as_sent=as_sent,
        is_plain=is_plain,
        groups=_groups,
    )


def shown_frames(frames: Sequence[FrameView]) -> Sequence[FrameView]:
    """The frames that the wire log of a case shows."""
    if len(frames) <= FRAME_LIMIT:
        return frames
    return [f for i, f in enumerate(frames) if i < FRAME_LIMIT or f.cited or f.marks]


def _anchors(model: ReportModel) -> list[str]:
    found: list[str] = []
    for case in model.cases:
        found += [case.anchor, *(c.anchor for c in case.checks), *(f.anchor for f in case.findings)]
        found += [frame.anchor for frame in shown_frames(case.frames)]
    for run in model.runs:
        found += [frame.anchor for frame in shown_frames(run.outside)]
    return found


def _groups(run: RunView) -> list[tuple[str, list[CaseView]]]:
    """Cases by feature, in the order of execution."""
    groups: dict[str, list[CaseView]] = {}
    for case in run.cases:
        groups.setdefault(words.feature(case.feature), []).append(case)
    return list(groups.items())


def _visible(value: object) -> object:
    """What a template prints, before it is escaped."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return words.visible(value)


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("rig.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        glyph=words.glyph,
        css=words.css,
        obligation=words.obligation,
        duration=words.duration,
        stamp=words.stamp,
        plural=words.plural,
        moment=words.day_and_time,
    )
    return environment.get_template("report.html.j2")
