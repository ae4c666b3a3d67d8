"""`rig lease`."""

from __future__ import annotations

import click

from rig.cli.options import json_option
from rig.cli.output import echo_json, talk
from rig.cli.session import running
from rig.client.errors import ClientError
from rig.client.results import LeaseInfo, to_json

POLL_S = 60.0
"""Real seconds for which one request waits; the place in the queue is kept between them."""


@click.group()
def lease() -> None:
    """Hold the bench, so that nobody else gives orders to it.

    Every order of the holder renews the lease. One that falls silent loses it, and the bench is
    made safe. RIG_OWNER names the owner; else it is user@machine.
    """


@lease.command()
@click.option("--reason", default="", help="What for; others see it.")
@click.option("--minutes", type=click.FloatRange(0.01, 1440), default=60, show_default=True,
              help="How long it lasts without a sign of life.")  # fmt: skip
@click.option("--wait", is_flag=True, help="Wait until it is free.")
@json_option
def take(reason: str, minutes: float, wait: bool, as_json: bool) -> None:
    """Hold the bench."""
    client = running()
    while True:
        try:
            seen = client.lease_take(reason, minutes * 60, POLL_S if wait else 0)
            break
        except ClientError as error:
            if not wait or error.kind != "busy":
                raise
            talk(f"still waiting: {error.message}")
    _show(seen, as_json)


@lease.command()
@json_option
def release(as_json: bool) -> None:
    """Give the bench back."""
    _show(running().lease_release(), as_json)


@lease.command("break")
@click.option("--reason", required=True, help="Why; it goes on record with your name.")
@json_option
def break_(reason: str, as_json: bool) -> None:
    """Take the bench from its holder: the run is aborted, the bench made safe."""
    _show(running().lease_break(reason), as_json)


@lease.command()
@json_option
def show(as_json: bool) -> None:
    """Show who holds the bench and who waits for it."""
    _show(running().lease(), as_json)


def _show(seen: LeaseInfo, as_json: bool) -> None:
    if as_json:
        echo_json(to_json(seen))
        return
    if seen.owner:
        why = f" ({seen.reason})" if seen.reason else ""
        click.echo(f"held by {seen.owner} since {seen.since}{why}")
    else:
        click.echo("free")
    for place, who in enumerate(seen.queue, 1):
        click.echo(f"{place}. in the queue: {who}")
