"""`rig card`."""

from __future__ import annotations

import click

from rig.cli.options import json_option
from rig.cli.output import echo_json, records_json, table, talk
from rig.cli.session import running
from rig.client.cards import CardJobInfo, CardReading
from rig.client.errors import OF_KIND, ExitCode
from rig.client.results import to_json

SIGNS = {"right": "✓", "written": "✓", "known": "✓", "differs": "✗", "failed": "✗",
         "skipped": "–"}  # fmt: skip


@click.group()
def card() -> None:
    """Test cards: list them, hold one to the reader, read and prepare them."""


@card.command("list")
@json_option
def list_cards(as_json: bool) -> None:
    """List the cards of the bench and what the tool answers to them."""
    cards = running().bench().cards
    if as_json:
        echo_json({"cards": records_json(cards)})
        return
    rows = [(c.name, c.id_tag, c.status, c.parent or "") for c in cards]
    for line in table(("card", "idTag", "status", "parent"), rows):
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


@card.command()
@click.argument("name", metavar="[CARD]", required=False, default="")
@click.option("--seen", metavar="IDTAG", default="",
              help="What a station sent for this card: find out by which rule.")  # fmt: skip
@json_option
def read(name: str, seen: str, as_json: bool) -> int:
    """Read the card on the writer, and say what stations make of it.

    With CARD, make sure that it is that one. Exit code 1 when no rule gives what was --seen.
    """
    found = running().card_read(name, seen)
    if as_json:
        echo_json(to_json(found))
    else:
        for line in reading_lines(found, seen):
            click.echo(line)
    return ExitCode.CHECK_FAILED if seen and not found.id_tags else ExitCode.OK


@card.command()
@click.argument("name", metavar="[CARD]", required=False)
@click.option("--set", "whole_set", is_flag=True, help="All cards, one after the other.")
@click.option("--again", is_flag=True, help="Also those that were prepared before.")
@json_option
def write(name: str | None, whole_set: bool, again: bool, as_json: bool) -> int:
    """Prepare CARD, or the whole --set: write what differs, and verify it.

    Cards are asked for one by one; those that are right are left alone. A set that was stopped
    is gone on with. Exit code 1 when a card could not be prepared, 3 when one was skipped.
    """
    if whole_set == (name is not None):
        raise click.UsageError("name a CARD, or say --set")
    from rig.cli.card_job import follow

    names = [] if name is None else [name]
    return _tell(follow(running(), names, again=again or name is not None), as_json)


@card.command()
@click.argument("name", metavar="[CARD]", required=False)
@click.option("--set", "whole_set", is_flag=True, help="All cards, one after the other.")
@json_option
def verify(name: str | None, whole_set: bool, as_json: bool) -> int:
    """Verify CARD, or the whole --set: is it as the bench file says? Nothing is written.

    Cards are asked for one by one; what differs is told. Exit code 1 when a card differs or
    cannot be read, 3 when one was skipped.
    """
    if whole_set == (name is not None):
        raise click.UsageError("name a CARD, or say --set")
    from rig.cli.card_job import follow

    return _tell(follow(running(), [] if name is None else [name], verify=True), as_json)


def _tell(done: CardJobInfo, as_json: bool) -> int:
    if as_json:
        echo_json(to_json(done))
    else:
        for line in job_lines(done):
            click.echo(line)
    if done.cause:
        talk(f"error: {done.cause}")
    return exit_code(done)


def reading_lines(found: CardReading, seen: str) -> list[str]:
    """A card, one property a line, then its idTags."""
    uid = ":".join(found.uid[at : at + 2] for at in range(0, len(found.uid), 2))
    lines = [
        f"card     {found.name or 'not one of this bench'}",
        f"type     {found.card_type}",
        f"UID      {uid}",
    ]
    if found.uid_is_random:
        lines.append("         ! it makes up a new one every time: no test card")
    if found.text is not None:
        lines.append(f"text     {found.text}")
    if seen and not found.id_tags:
        return [*lines, f"idTag    ✗ no rule makes {seen} of this UID: another card, or no UID"]
    rows = [(line.id_tag, line.rule) for line in found.id_tags]
    return [*lines, *(f"idTag    {id_tag:<21}{rule}" for id_tag, rule in rows)]


def job_lines(done: CardJobInfo) -> list[str]:
    """A table of what became of each card, and the sum."""
    rows = [(f"{SIGNS[c.outcome]} {c.name}", c.uid, c.outcome, c.detail) for c in done.cards]
    rows += [
        (f"– {name}", "", "not reached", "") for name in done.names[len(done.cards) :]
    ]  # fmt: skip
    lines = table(("card", "UID", "outcome", "detail"), rows)
    good = sum(SIGNS[c.outcome] == "✓" for c in done.cards)
    return [*lines, f"{good} of {len(done.names)} cards are as they are to be"]


def exit_code(done: CardJobInfo) -> int:
    """What `rig card write` and `rig card verify` end with."""
    outcomes = {c.outcome for c in done.cards}
    if done.state == "failed":
        return OF_KIND.get(done.kind, ExitCode.INTERNAL)
    if done.state == "aborted":
        return ExitCode.INTERRUPTED
    if outcomes & {"failed", "differs"}:
        return ExitCode.CHECK_FAILED
    return ExitCode.INCONCLUSIVE if "skipped" in outcomes else ExitCode.OK
