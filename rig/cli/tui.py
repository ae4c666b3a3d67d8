"""`rig tui`."""

from __future__ import annotations

import os
import sys

import click

from rig.client.api import RigClient
from rig.client.errors import ExitCode, UsageProblem
from rig.client.paths import socket_path


@click.command()
@click.option("--text", is_flag=True, help="Plain lines instead of screens, for screen readers.")
def tui(text: bool) -> int:
    """Open the operator's seat at this terminal: bench, runs, messages, questions.

    It is a client of the daemon: leaving it stops nothing, and several can be open at once.
    """
    if text:
        from rig.tui.text_mode import Keyboard, run_text

        keyboard = Keyboard(sys.stdin.fileno(), leaves=sys.stdin.isatty())
        run_text(RigClient(socket_path()), keyboard, _line)
        return ExitCode.OK
    if "TEXTUAL_DRIVER" not in os.environ and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageProblem("rig tui needs a terminal; rig tui --text works without one")
    from rig.tui.app import RigApp  # textual for this alone

    app = RigApp(socket_path())
    app.run()
    return ExitCode.INTERNAL if app.return_code else ExitCode.OK


def _line(text: str) -> None:
    click.echo(text)
    sys.stdout.flush()
