"""`rig tui`."""

from __future__ import annotations

import click

from rig.client.paths import socket_path


@click.command()
def tui() -> None:
    """Open the operator's seat at this terminal: bench, runs, messages, questions.

    It is a client of the daemon: leaving it stops nothing, and several can be open at once.
    """
    from rig.tui.app import RigApp  # textual for this alone

    RigApp(socket_path()).run()
