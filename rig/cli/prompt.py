"""`rig prompt`: questions of a run, answered from any terminal."""

from __future__ import annotations

import click

from rig.cli.options import json_option
from rig.cli.output import echo_json, records_json, table, talk
from rig.cli.session import running
from rig.client.errors import UsageProblem
from rig.client.paths import owner
from rig.client.results import PromptInfo, to_json


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
        (
            p.id,
            f"{p.left_s:.0f} s left" if p.state == "asked" else p.state,
            p.octt_id,
            f"{p.answer} ({p.by}, {p.via})" if p.by else "/".join(p.choices),
            p.question,
        )
        for p in prompts
    ]
    for line in table(("id", "state", "case", "answer", "question"), rows):
        click.echo(line)
    if not any(p.state == "asked" for p in prompts):
        talk("nobody is waiting for an answer")


@prompt.command()
@click.argument("prompt_id", metavar="[ID]", default="")
@json_option
def show(prompt_id: str, as_json: bool) -> None:
    """Show a question with what was seen before it; without ID the oldest that is open."""
    prompts = running().prompts()
    wanted = (p for p in prompts if (p.id == prompt_id if prompt_id else p.state == "asked"))
    found = next(wanted, None)
    if found is None:
        what = f"no prompt {prompt_id!r}" if prompt_id else "nobody is waiting for an answer"
        raise UsageProblem(f"{what}; list them with: rig prompt list")
    if as_json:
        echo_json(to_json(found))
        return
    for line in prompt_lines(found):
        click.echo(line)


def prompt_lines(seen: PromptInfo) -> list[str]:
    """A question as a person reads it: where, what was seen, what is asked."""
    lines = [f"case {seen.octt_id}: {seen.step}"] if seen.octt_id else []
    lines += [f"  {line}" for line in seen.evidence]
    lines.append(f"{seen.id}: {seen.question} [{'/'.join(seen.choices)}]")
    lines += [f"  {seen.remedy}"] if seen.remedy else []
    if seen.state == "asked":
        return [*lines, f"  {seen.left_s:.0f} s left, until {seen.deadline_utc}"]
    told = f"  {seen.state}"
    if seen.by:
        told += f": {seen.answer}, by {seen.by} ({seen.via}) at {seen.answered_utc}"
    return [*lines, told]


@prompt.command()
@click.argument("prompt_id", metavar="ID")
@click.argument("choice")
@json_option
def answer(prompt_id: str, choice: str, as_json: bool) -> None:
    """Answer question ID with CHOICE; the first answer wins."""
    answered = running().answer(prompt_id, choice, owner(), "cli")
    talk(f"{answered.id}: {answered.answer}")
    if as_json:
        echo_json(to_json(answered))
