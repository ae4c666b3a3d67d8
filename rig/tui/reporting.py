"""Writing reports of runs, and opening them where there is a browser."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from rig.tui.dialogs import Reading

if TYPE_CHECKING:
    from rig.tui.app import RigApp


def can_browse() -> bool:
    """Whether a browser would be seen by this person: not at the far end of an SSH session."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def write_report(app: RigApp, run_id: str, form: str, path: Path, *, show: bool = False) -> None:
    """Write a report of a run ("html", "junit" or "json"), and open it if asked to."""

    def done(text: str) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            problem = f"{path}: {error.strerror}; w writes it somewhere else"
            app.push_screen(Reading("Report", problem, bad=True))
            return
        opened = show and can_browse()
        app.say(f"✓ {'opened' if opened else 'written'}: {path}")
        if opened:
            app.open_url(path.as_uri())

    app.order(f"write {path.name}", lambda c: c.report([run_id], form), done)


def open_report(app: RigApp, run_id: str) -> None:
    """Write the HTML report to where `rig tui` was started, and open it."""
    write_report(app, run_id, "html", Path.cwd() / f"rig-report-{run_id}.html", show=True)
