"""`rig csms`: the Central System that the rig plays, by hand."""

from __future__ import annotations

import json

import click

from rig.cli.options import json_option
from rig.cli.output import echo_json, records_json, table
from rig.cli.session import running
from rig.client.csms import CallOutcome
from rig.client.errors import ExitCode, UsageProblem
from rig.client.fields import build_payload
from rig.client.results import to_json
from rig.jsontypes import Json

SIGNS = {"result": "✓", "error": "✗", "bad-answer": "✗", "no-answer": "?", "lost": "?"}


@click.group()
def csms() -> None:
    """Play Central System by hand: send the station a request."""


@csms.command()
@json_option
def actions(as_json: bool) -> None:
    """List the requests that a Central System may send."""
    found = running().csms_actions()
    if as_json:
        echo_json({"actions": records_json(found)})
        return
    for line in table(("action", "profile"), [(a.name, a.profile) for a in found]):
        click.echo(line)


@csms.command()
@click.argument("action")
@json_option
def schema(action: str, as_json: bool) -> None:
    """Show the JSON schema of a request; it is JSON with and without --json."""
    del as_json
    echo_json(running().csms_schema(action))


@csms.command()
@click.argument("action")
@click.argument("fields", metavar="[KEY=VALUE]...", nargs=-1)
@click.option("--payload", metavar="JSON", default="", help="The whole payload instead of fields.")
@click.option("--timeout", "timeout_s", type=float, default=30.0, show_default=True,
              help="Seconds of lab time for the answer.")  # fmt: skip
@click.option("--wrong", is_flag=True, help="Send it even if it breaks the schema.")
@json_option
def call(
    action: str, fields: tuple[str, ...], payload: str, timeout_s: float, wrong: bool, as_json: bool
) -> int:
    r"""Send ACTION to the station and show what it answers.

    KEY may be a path with dots. VALUE is taken as the schema says; objects and lists are written
    in JSON. Exit code 0 for a CALLRESULT, 1 for a CALLERROR, 3 for no answer.

    \b
      rig csms call ChangeConfiguration key=HeartbeatInterval value=60
      rig csms call RemoteStartTransaction idTag=04A1B2C3D4E5F6 connectorId=1
    """
    if fields and payload:
        raise UsageProblem("give either KEY=VALUE fields or --payload, not both")
    client = running()
    sent = _object(payload) if payload else {}
    if fields:
        sent = build_payload(fields, {} if wrong else client.csms_schema(action))
    outcome = client.csms_call(action, sent, timeout_s, validate=not wrong)
    if as_json:
        echo_json(to_json(outcome))
    else:
        _show(outcome)
    return {"result": ExitCode.OK, "error": ExitCode.CHECK_FAILED}.get(
        outcome.outcome, ExitCode.INCONCLUSIVE
    )


def _object(text: str) -> dict[str, Json]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise UsageProblem(f"--payload is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise UsageProblem("--payload is not a JSON object")
    return value


def _show(seen: CallOutcome) -> None:
    what = " ".join(word for word in (seen.outcome, seen.code, seen.description) if word)
    click.echo(f"{SIGNS[seen.outcome]} {seen.action}: {what} ({seen.took_s:.2f} s)")
    if seen.payload:
        echo_json(seen.payload)
    for problem in seen.problems:
        click.echo(f"  ✗ breaks the schema: {problem}")
