"""`rig runs`."""

from __future__ import annotations

from pathlib import Path

import click

from rig.cli.evidence import compare, frames, timeline
from rig.cli.options import bench_option, json_option
from rig.cli.output import echo_json, records_json, table, talk, verdict_text
from rig.cli.session import any_daemon
from rig.client.results import CaseResult, RunInfo, to_json


@click.group(invoke_without_command=True)
@click.pass_context
def runs(context: click.Context) -> None:
    """Runs of the past; without a command: the list."""
    if context.invoked_subcommand is None:
        context.invoke(list_runs, bench=None, as_json=False)


@runs.command("list")
@bench_option
@json_option
def list_runs(bench: Path | None, as_json: bool) -> None:
    """List the runs, newest first."""
    with any_daemon(bench, offline=True) as client:
        lines = client.runs()
    if as_json:
        echo_json({"runs": records_json(lines)})
        return
    if not lines:
        talk("no runs yet; start one with: rig run --dut station --all")
        return
    rows = [
        (r.run_id, r.dut, r.bench, _state(r.state, r.verdict), _counts(r.counts)) for r in lines
    ]
    for line in table(("run", "dut", "bench", "verdict", "cases"), rows):
        click.echo(line)


@runs.command()
@click.argument("run_id", metavar="RUN")
@bench_option
@json_option
def show(run_id: str, bench: Path | None, as_json: bool) -> None:
    """Show the verdicts of RUN; `last` is the newest."""
    with any_daemon(bench, offline=True) as client:
        info = client.run(run_id)
    if as_json:
        echo_json(to_json(info))
        return
    for line in run_lines(info):
        click.echo(line)


for _command in (frames, timeline, compare):
    runs.add_command(_command)


def run_lines(info: RunInfo) -> list[str]:
    """Head and verdict table of a run."""
    simulated = ", simulated devices" if info.simulated else ""
    speed = f", time x{info.time_scale:g}" if info.time_scale != 1 else ""
    edition = f", edition {info.edition}" if info.edition else ""
    sessions = f", in {info.sessions} sessions" if info.sessions > 1 else ""
    lines = [
        f"run {info.run_id}: {info.dut} under test on bench {info.bench}{simulated}{speed}"
        + edition,
        f"{info.started_utc} to {info.finished_utc or '…'}{sessions}",
        *about_the_device(info),
        "",
        *verdict_table(info),
        "",
        f"verdict {_state(info.state, info.verdict)}" + (f": {info.cause}" if info.cause else ""),
    ]
    return lines


def verdict_table(*infos: RunInfo) -> list[str]:
    """One row per execution; one that did not pass is followed by its cause."""
    cases = [case for info in infos for case in info.cases]
    rows = [
        (
            c.octt_id + (f" {c.variant}" if c.variant else "") + _attempt(c),
            c.dut,
            c.title,
            verdict_text(c.verdict) + outcome(c),
            f"{c.checks - c.checks_failed}/{c.checks}",
            f"{c.duration_s:.1f} s",
        )
        for c in cases
    ]
    head, *lines = table(("case", "dut", "title", "verdict", "checks", "time"), rows, cut=2)
    told = [head]
    for case, line in zip(cases, lines, strict=True):
        told.append(line)
        told += [f"    {text}" for text in case.cause.splitlines()]
    return told


def outcome(case: CaseResult) -> str:
    """What appendix D says beside the verdict."""
    if not case.counts:
        return ", does not count"
    if case.failed_as:
        return f", {case.failed_as}"
    return ", to be retested" if case.result in ("retest", "inconclusive") else ""


def about_the_device(info: RunInfo) -> list[str]:
    """Intake, and how the device under test has changed."""
    lines = []
    if info.intake is not None:
        lines.append(f"intake {verdict_text(info.intake.verdict)} {info.intake.cause}".rstrip())
    for change in info.changes:
        told = "accepted by order" if change.accepted else change.consequence
        lines.append(f"! {change.kind} {change.where}: {change.detail} ({told})")
    return lines


def _attempt(case: CaseResult) -> str:
    return f" ({case.attempt}, {case.occasion or 'again'})" if case.attempt > 1 else ""


def _state(state: str, verdict: str) -> str:
    return verdict_text(verdict) if state == "finished" else click.style(f"… {state}", fg="cyan")


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
