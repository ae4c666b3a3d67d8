"""`rig runs`."""

from __future__ import annotations

from pathlib import Path

import click

from rig.cli.evidence import compare, frames, timeline
from rig.cli.options import bench_option, json_option
from rig.cli.output import echo_json, records_json, table, talk, verdict_text
from rig.cli.session import any_daemon
from rig.client.results import RunInfo, to_json


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
    for line in table(("run", "dut", "bench", "verdict", "cases"), rows, flexible=4):
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
    lines = [
        f"run {info.run_id}: {info.dut} under test on bench {info.bench}{simulated}{speed}",
        f"{info.started_utc} to {info.finished_utc or '…'}",
        "",
        *verdict_table(info),
        "",
        f"verdict {_state(info.state, info.verdict)}" + (f": {info.cause}" if info.cause else ""),
    ]
    return lines


def verdict_table(*infos: RunInfo) -> list[str]:
    """One row per case; a case that did not pass is followed by its cause."""
    cases = [case for info in infos for case in info.cases]
    rows = [
        (
            c.octt_id + (f" {c.variant}" if c.variant else ""),
            c.dut,
            c.title,
            verdict_text(c.verdict),
            f"{c.checks - c.checks_failed}/{c.checks}",
            f"{c.duration_s:.1f} s",
        )
        for c in cases
    ]
    head, *lines = table(("case", "dut", "title", "verdict", "checks", "time"), rows, flexible=2)
    told = [head]
    for case, line in zip(cases, lines, strict=True):
        told.append(line)
        told += [f"    {text}" for text in case.cause.splitlines()]
    return told


def _state(state: str, verdict: str) -> str:
    return verdict_text(verdict) if state == "finished" else click.style(f"… {state}", fg="cyan")


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
