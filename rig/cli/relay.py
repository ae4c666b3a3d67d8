"""`rig relay`."""

from __future__ import annotations

import click

from rig.cli.options import json_option
from rig.cli.output import echo_json
from rig.cli.session import running


@click.group()
def relay() -> None:
    """Work a relay that has no part in the bench."""


@relay.command()
@click.argument("board")
@click.argument("coil", type=click.IntRange(0, 31))
@click.argument("seconds", type=click.FloatRange(0, 60, min_open=True))
@json_option
def pulse(board: str, coil: int, seconds: float, as_json: bool) -> None:
    """Have BOARD close COIL (K1 is 0) for SECONDS and open it by its own clock.

    The board ends the pulse also when this machine dies meanwhile. Its clock is real time, also
    on the virtual bench. Not every board has pulses; one says what it can time.
    """
    running().relay_pulse(board, coil, seconds)
    if as_json:
        echo_json({"board": board, "coil": coil, "seconds": seconds})
    else:
        click.echo(f"{board} coil {coil} ○ open again after {seconds:g} s")
