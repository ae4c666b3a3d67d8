"""`rig run`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from rig.cli.follow import Follower, keyboard
from rig.cli.options import (
    bench_option,
    chosen_bench,
    dut_option,
    json_option,
    persona_option,
    pics_option,
)
from rig.cli.output import echo_json, talk, verdict_text
from rig.cli.progress import progress
from rig.cli.report import FILE, check_writable, paths_json, write
from rig.cli.runs import about_the_device, verdict_table
from rig.cli.session import any_daemon, running_status
from rig.client.api import RigClient
from rig.client.errors import ExitCode
from rig.client.results import RunInfo, to_json
from rig.client.wishes import NO_WISHES, RunWishes

BADNESS = (
    ExitCode.OK,
    ExitCode.NOT_APPLICABLE,
    ExitCode.INCONCLUSIVE,
    ExitCode.CHECK_FAILED,
    ExitCode.BENCH,
    ExitCode.INTERRUPTED,
    ExitCode.INTERNAL,
)


@click.command()
@click.argument("cases", metavar="[CASE...]", nargs=-1)
@dut_option(required=True)
@click.option("--all", "every", is_flag=True, help="Run every case that applies.")
@bench_option
@persona_option
@pics_option
@click.option("--resume", metavar="RUN", help="Go on with RUN: only what has no verdict yet.")
@click.option("--retest", metavar="RUN", help="Execute CASEs of RUN once more; it is recorded.")
@click.option(
    "--intake/--skip-intake",
    default=None,
    help="Try the station out first: by default before --all only.",
)
@click.option(
    "--accept-changes", is_flag=True, help="Go on with a station that is not what it was."
)
@click.option("--edition", metavar="YEAR", help="Edition of the tests: 2020, 2022, 2024 or 2025.")
@click.option(
    "--strictness",
    type=click.Choice(["standard", "octt"]),
    help="What the standard allows, or what the reference tool is known to demand.",
)
@click.option("--html", type=FILE, help="Write an HTML report here.")
@click.option("--junit", type=FILE, help="Write JUnit XML here.")
@json_option
def run(
    cases: tuple[str, ...],
    dut: str,
    every: bool,
    bench: Path | None,
    persona: str | None,
    pics: Path | None,
    resume: str | None,
    retest: str | None,
    intake: bool | None,
    accept_changes: bool,
    edition: str | None,
    strictness: str | None,
    html: Path | None,
    junit: Path | None,
    as_json: bool,
) -> int:
    """Run CASEs, e.g. 003 004_1, with a station or a CSMS under test.

    The daemon that runs is used; without one, a daemon is started for this run, with the
    bench of --bench or else the virtual bench.
    """
    if retest is not None and (not cases or every or resume is not None):
        raise click.UsageError("say which cases to execute again: --retest RUN CASE...")
    if not (every or cases or resume is not None):
        raise click.UsageError("say what to run: cases by name, --all, or --resume RUN")
    if sum((every, bool(cases), resume is not None)) > 1:
        raise click.UsageError("cases by name, --all and --resume RUN: give one of them")
    if (edition or strictness) and (resume is not None or retest is not None):
        raise click.UsageError("a run keeps its edition; leave --edition and --strictness out")
    tried_out = "auto" if intake is None else "always" if intake else "never"
    wishes = RunWishes(pics, resume, retest, tried_out, accept_changes, edition, strictness)
    files = {"html": html, "junit": junit}
    check_writable(files)
    bench = chosen_bench(bench, persona)
    if bench is None and running_status() is None:
        talk("no daemon is running and no --bench was given: using the virtual bench")
    with any_daemon(bench, offline=dut == "csms") as client:
        info, code = conduct(client, dut, cases or None, wishes)
        write(client, [info.run_id], files)
    if as_json:
        echo_json(to_json(info) | {"exit_code": code, "reports": paths_json(files)})
    else:
        for line in about_the_device(info):
            click.echo(line)
        for line in [*verdict_table(info), ""] if info.cases else []:
            click.echo(line)
        click.echo(summary(info))
        if code == ExitCode.INTERRUPTED:
            talk(f"go on with it: rig run --dut {dut} --resume {info.run_id}")
    return code


def conduct(
    client: RigClient,
    dut: str,
    cases: Sequence[str] | None,
    wishes: RunWishes = NO_WISHES,
) -> tuple[RunInfo, int]:
    """Start a run and follow it to its end; the run and the exit code."""
    titles = {line.octt_id: line.title for line in client.cases(dut, wishes.pics)}
    started = client.start(dut, cases, wishes)
    with progress(titles) as display:
        info, interrupted = Follower(client, display, keyboard()).follow(started)
    code = ExitCode.INTERNAL if info.exit_code is None else info.exit_code
    return info, ExitCode.INTERRUPTED if interrupted else code


def worst(codes: Sequence[int]) -> int:
    """The exit code of several runs together."""
    return max(codes, key=BADNESS.index)


def summary(info: RunInfo) -> str:
    """The run in one line."""
    counts: dict[str, int] = {}
    for case in info.cases:
        if not case.counts:
            continue
        counts[case.verdict] = counts.get(case.verdict, 0) + 1
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items()) or "no case was run"
    cause = f" ({info.cause})" if info.cause else ""
    return f"{verdict_text(info.verdict)}{cause}: {told}; run {info.run_id}"
