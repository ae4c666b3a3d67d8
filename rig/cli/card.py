"""`rig card`."""

from __future__ import annotations

import click

from rig.cli.options import json_option
from rig.cli.output import echo_json, records_json, table, talk
from rig.cli.session import running
from rig.client.results import to_json


@click.group()
def card() -> None:
    """Test cards: list them, hold one to the reader."""


@card.command("list")
@json_option
def list_cards(as_json: bool) -> None:
    """List the cards of the bench and what the tool answers to them."""
    cards = running().bench().cards
    if as_json:
        echo_json({"cards": records_json(cards)})
        return
    rows = [(c.name, c.id_tag, c.status, c.parent or "") for c in cards]
    for line in table(("card", "idTag", "status", "parent"), rows, flexible=1):
        click.echo(line)


@card.command()
@click.argument("name", metavar="CARD")
@json_option
def present(name: str, as_json: bool) -> None:
    """Hold CARD (its name, or a role such as accepted, invalid) to the reader for a moment."""
    shown = running().present(name)
    talk(f"presented {shown.name}: idTag {shown.id_tag} ({shown.status})")
    if as_json:
        echo_json(to_json(shown))
