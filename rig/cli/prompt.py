"""`rig prompt`: questions of a run, answered from any terminal."""

from __future__ import annotations

import click

from rig.cli.options import json_option
from rig.cli.output import echo_json, records_json, table, talk
from rig.cli.session import running
from rig.client.paths import owner
from rig.client.results import to_json


@click.group()
def prompt() -> None:
    """Questions of a run to the operator."""


@prompt.command("list")
@json_option
def list_prompts(as_json: bool) -> None:
    """List the questions, open ones first."""
    prompts = running().prompts()
    if as_json:
        echo_json({"prompts": records_json(prompts)})
        return
    rows = [
        (p.id, p.state, f"{p.answer} ({p.by})" if p.by else "/".join(p.choices), p.question)
        for p in prompts
    ]
    for line in table(("id", "state", "answer", "question"), rows, flexible=3):
        click.echo(line)
    if not any(p.state == "asked" for p in prompts):
        talk("nobody is waiting for an answer")


@prompt.command()
@click.argument("prompt_id", metavar="ID")
@click.argument("choice")
@json_option
def answer(prompt_id: str, choice: str, as_json: bool) -> None:
    """Answer question ID with CHOICE; the first answer wins."""
    answered = running().answer(prompt_id, choice, owner())
    talk(f"{answered.id}: {answered.answer}")
    if as_json:
        echo_json(to_json(answered))
