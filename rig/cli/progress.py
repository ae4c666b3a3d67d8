"""The progress of a run: a live line on a terminal, plain lines elsewhere; always on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from rig.cli.follow import Display
from rig.cli.output import talk, verdict_text
from rig.client.stream import RigEvent

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live


class Tracker:
    """Turns events into what is to be shown: the present state, and lines that stay."""

    def __init__(self, titles: Mapping[str, str]) -> None:
        self.octt_id = ""
        self.index = 0
        self.total = 0
        self.doing = ""
        self.began = time.monotonic()  # real time: what the person in front of it feels
        self.expected_s: float | None = None
        self.left_s: float | None = None
        self._titles = titles

    @property
    def title(self) -> str:
        """Title of the case in progress."""
        return self._titles.get(self.octt_id, "")

    @property
    def elapsed_s(self) -> float:
        """Real seconds since the case began."""
        return time.monotonic() - self.began

    def take(self, event: RigEvent) -> list[str]:
        """Learn from an event; the lines that it is worth."""
        if event.kind == "case":
            return self._case(event)
        if event.kind == "step":
            self.doing = f"{event.text('state')}: {event.text('text')}"
        elif event.kind == "check" and event.data.get("ok") is False:
            return [
                f"    ✗ {event.text('name')}: expected {event.text('expected')}, "
                f"saw {event.text('seen')}"
            ]
        elif event.kind == "finding" and event.text("severity") == "fail":
            return [f"    ✗ {event.text('rule')}: {event.text('detail')}"]
        elif event.kind == "bench" and event.text("state") == "quarantined":
            return [f"  ! bench quarantined: {event.text('device')}: {event.text('cause')}"]
        elif event.kind == "run" and event.text("phase") == "changed":
            return [f"  ! {event.text('what')} {event.text('where')}: {event.text('detail')}"]
        elif event.kind == "transport" and event.text("what") == "refused":
            return _refused(event.data.get("detail"))
        return []

    def _case(self, event: RigEvent) -> list[str]:
        index, total = event.data.get("index"), event.data.get("total")
        if not isinstance(index, int) or not isinstance(total, int):
            self.doing = event.text("phase")
            return []
        self.index, self.total = index, total
        self.expected_s = _seconds(event.data.get("expected_s"))
        left = _seconds(event.data.get("left_s"))
        self.left_s = left if left is not None else self.left_s
        verdict = event.text("verdict")
        if not verdict:
            self.octt_id, self.began, self.doing = event.text("octt_id"), time.monotonic(), ""
            return []
        place = f"{self.index:>{len(str(self.total))}}/{self.total}"
        spent = f"{self.elapsed_s:.1f} s"
        title = self.title or event.text("title")  # the intake is in no catalogue
        line = f"{place}  {self.octt_id:<7} {verdict_text(verdict)}  {title}  ({spent})"
        cause = event.text("cause")
        self.octt_id = self.doing = ""
        return [line, *(f"    {text}" for text in cause.splitlines())]


def _refused(detail: object) -> list[str]:
    """A connection that was turned away; an outage that the rig plays (503) is no news."""
    said = detail if isinstance(detail, dict) else {"reason": detail}
    if said.get("status") == HTTPStatus.SERVICE_UNAVAILABLE:
        return []
    who = f"{said.get('identity') or 'a station'} from {said.get('remote') or 'somewhere'}"
    return [f"  ! {who} was refused: {said.get('reason')}"]


def _seconds(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def duration(seconds: float) -> str:
    """A span of time for people, whole seconds below ten minutes."""
    if seconds < 600:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"


class PlainProgress:
    """One line per finished case, for pipes and CI logs."""

    def __init__(self, titles: Mapping[str, str]) -> None:
        self._tracker = Tracker(titles)

    def show(self, event: RigEvent) -> None:
        """Take one event."""
        for line in self._tracker.take(event):
            talk(line)

    def say(self, text: str) -> None:
        """Print a line that stays."""
        talk(text)


class LiveProgress:
    """Finished cases scroll by; below them two lines say what goes on now."""

    def __init__(self, titles: Mapping[str, str], live: Live) -> None:
        self._tracker = Tracker(titles)
        self._live = live

    def show(self, event: RigEvent) -> None:
        """Take one event."""
        for line in self._tracker.take(event):
            self.say(line)

    def say(self, text: str) -> None:
        """Print a line that stays, above the live ones."""
        from rich.text import Text

        line = Text.from_ansi(text)
        line.truncate(self._live.console.width, overflow="ellipsis")
        self._live.console.print(line)

    def __rich__(self) -> RenderableType:
        """The live lines."""
        from rich.console import Group
        from rich.spinner import Spinner
        from rich.text import Text

        t = self._tracker
        if not t.octt_id and not t.doing:
            return Text("")
        of = f" of about {t.expected_s:.0f}" if t.expected_s else ""
        left = f", about {duration(t.left_s)} left" if t.left_s else ""
        text = f"{t.index}/{t.total} {t.octt_id}  {t.elapsed_s:.0f}{of} s{left}  {t.title}"
        if not t.octt_id:
            text = f"between cases  {t.elapsed_s:.0f} s"
        doing = Text(f"  {t.doing}", style="dim", no_wrap=True, overflow="ellipsis")
        head = Text(text)
        head.truncate(self._live.console.width - 3, overflow="ellipsis")  # a spinner wraps its text
        return Group(Spinner("dots", head), doing)


@contextmanager
def progress(titles: Mapping[str, str]) -> Iterator[Display]:
    """The display that fits where stderr goes."""
    if not sys.stderr.isatty():
        yield PlainProgress(titles)
        return
    from rich.console import Console
    from rich.live import Live

    with Live(console=Console(stderr=True), transient=True, refresh_per_second=8) as live:
        shown = LiveProgress(titles, live)
        live.update(shown)
        yield shown
