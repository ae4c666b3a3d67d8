"""`rig tui`."""

from __future__ import annotations

import click

from rig.client.errors import ExitCode
from rig.client.paths import socket_path


@click.command()
def tui() -> int:
    """Open the operator's seat at this terminal: bench, runs, messages, questions.

    It is a client of the daemon: leaving it stops nothing, and several can be open at once.
    """
    from rig.tui.app import RigApp  # textual for this alone

    app = RigApp(socket_path())
    app.run()
    return ExitCode.INTERNAL if app.return_code else ExitCode.OK
