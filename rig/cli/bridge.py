"""`rig bridge`: prompts of other test tools."""

from __future__ import annotations

from pathlib import Path

import click

from rig.cli.options import bench_option, json_option
from rig.cli.output import echo_json, records_json, table, talk
from rig.cli.session import any_daemon, running
from rig.client.bridge import BridgeInfo
from rig.client.results import to_json

SIGNS = {"planned": "○", "working": "…", "done": "✓", "answered": "✓", "refused": "✗",
         "failed": "✗", "skipped": "–", "withdrawn": "■"}  # fmt: skip


@click.group()
def bridge() -> None:
    """Prompts of other test tools, done by the bench."""


@bridge.command()
@click.argument("text")
@bench_option
@json_option
def test(text: str, bench: Path | None, as_json: bool) -> None:
    """Show what TEXT would make the bench do; nothing is done."""
    with any_daemon(bench, offline=True) as client:
        seen = client.bridge_prompt(text, dry_run=True)
    _show(seen, as_json)


@bridge.command()
@click.argument("text")
@json_option
def do(text: str, as_json: bool) -> None:
    """Do what TEXT asks for, as if another tool had asked."""
    client = running()
    seen = client.bridge_prompt(text)
    if seen.state == "working":
        talk(f"{seen.id} is still waiting, for the bench or its operator; see: rig prompt list")
    _show(seen, as_json)


@bridge.command("log")
@click.option("--limit", type=click.IntRange(1, 5000), default=100, show_default=True)
@bench_option
@json_option
def show_log(limit: int, bench: Path | None, as_json: bool) -> None:
    """List what other tools have asked for and what was done, oldest first."""
    with any_daemon(bench, offline=True) as client:
        found = client.bridge_log(limit)
    if as_json:
        echo_json({"prompts": records_json(found)})
        return
    rows = [
        (
            _moment(p.asked_utc),
            p.by,
            f"{SIGNS[p.state]} {p.state}",
            p.rule or "–",
            p.text,
            p.detail,
        )
        for p in found
    ]
    for line in table(("asked", "by", "outcome", "rule", "text", "what"), rows):
        click.echo(line)


def _moment(utc: str) -> str:
    return utc.partition(".")[0].replace("T", " ")


def _show(seen: BridgeInfo, as_json: bool) -> None:
    if as_json:
        echo_json(to_json(seen))
        return
    click.echo(f"{SIGNS[seen.state]} {seen.state}, rule {seen.rule or '– (none fits)'}")
    for step in seen.steps:
        click.echo(f"  {SIGNS[step.state]} {step.what}" + (f": {step.detail}" * bool(step.detail)))
    repeated = any(seen.detail == step.what for step in seen.steps)
    if seen.detail and not repeated and not (seen.steps and seen.state == "done"):
        click.echo(f"  {seen.detail}")
