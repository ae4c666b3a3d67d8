"""`rig runs frames|timeline|compare`: stored runs looked at closely."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from rig.cli.options import bench_option, json_option
from rig.cli.output import echo_json, table, talk, verdict_text
from rig.cli.session import any_daemon, running
from rig.client.evidence import CaseTimeline, FrameLine
from rig.client.results import to_json

CHANGES = {"same": "=", "better": "▲", "worse": "▼", "new": "+", "gone": "−"}
ARROWS = {"in": "→ rig", "out": "← rig"}


@click.command()
@click.argument("run_id", metavar="[RUN]", default="")
@click.option("--case", "octt_id", default="", help="Of this case only.")
@click.option("--filter", "words", default="", metavar="WORDS",
              help="Each must fit: in, out, CALL, or a piece of action, id or text.")  # fmt: skip
@click.option("--after", type=int, default=0, help="Sequence number to begin after.")
@click.option("--limit", type=click.IntRange(1, 5000), default=500, show_default=True)
@click.option("--newest", is_flag=True, help="The last ones instead of the first.")
@bench_option
@json_option
def frames(
    run_id: str, octt_id: str, words: str, after: int, limit: int, newest: bool,
    bench: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Show the OCPP messages of RUN, or of the daemon that runs."""
    given = {"after": after, "limit": limit, "words": words, "octt_id": octt_id, "newest": newest}
    if run_id:
        with any_daemon(bench, offline=True) as client:
            page = client.frames(run_id, **given)  # type: ignore[arg-type]  # as declared above
    else:
        page = running().frames(**given)  # type: ignore[arg-type]  # as declared above
    if as_json:
        echo_json(to_json(page))
        return
    rows = [
        (
            str(f.seq),
            f.utc[11:23],
            f.octt_id,
            ARROWS[f.direction],
            _title(f),
            f"⚠ {f.problem}" if f.problem else f.summary,
        )
        for f in page.frames
    ]
    for line in table(("seq", "time", "case", "", "message", "says"), rows, cut=5):
        click.echo(line)
    if page.more:
        talk(f"there are more; go on with --after {page.last_seq}" if not newest else
             "there are older ones; raise --limit")  # fmt: skip


def _title(frame: FrameLine) -> str:
    suffix = {"CALL": ".req", "CALLRESULT": ".conf", "CALLERROR": " CALLERROR"}
    return (frame.action or "?") + suffix.get(frame.type, f" {frame.type}")


@click.command()
@click.argument("run_id", metavar="RUN")
@click.argument("octt_id", metavar="CASE")
@click.option("--attempt", type=click.IntRange(1), help="Which execution; the last by default.")
@bench_option
@json_option
def timeline(
    run_id: str, octt_id: str, attempt: int | None, bench: Path | None, as_json: bool
) -> None:
    """Show CASE of RUN in order of time: relays, pilot, cards, messages, checks."""
    with any_daemon(bench, offline=True) as client:
        seen = client.timeline(run_id, octt_id, attempt)
    if as_json:
        echo_json(to_json(seen))
        return
    for line in timeline_lines(seen):
        click.echo(line)


def timeline_lines(seen: CaseTimeline) -> list[str]:
    """A case: head, rows, and what was wrong."""
    of = f", attempt {seen.attempt} of {seen.attempts}" if seen.attempts > 1 else ""
    head = f"{seen.octt_id} {seen.title}: {verdict_text(seen.verdict)}{of}, {seen.duration_s:.1f} s"
    rows = []
    for row in seen.rows:
        lanes = " → ".join(lane for lane in (row.source, row.target) if lane)
        marks = "".join(f"  ◀ {mark.kind}: {mark.text}" for mark in row.marks)
        rows.append((f"{row.at_s:9.3f}", lanes, f"{row.bold} {row.text}".strip() + marks))
    lines = [head, *table(("at s", "", "what"), rows, cut=2)]
    lines += [f"✗ {f.rule} ({f.severity}): {f.detail}" for f in seen.findings]
    return [*lines, *seen.cause.splitlines()]


@click.command()
@click.argument("run_a", metavar="A")
@click.argument("run_b", metavar="B")
@click.option("--all", "show_all", is_flag=True, help="Also cases that did not change.")
@bench_option
@json_option
def compare(run_a: str, run_b: str, show_all: bool, bench: Path | None, as_json: bool) -> None:
    """Compare run A with run B, case by case."""
    with any_daemon(bench, offline=True) as client:
        seen = client.compare(run_a, run_b)
    if as_json:
        echo_json(to_json(seen))
        return
    rows = [
        (
            r.octt_id,
            r.title,
            verdict_text(r.verdict_a) if r.verdict_a else "",
            verdict_text(r.verdict_b) if r.verdict_b else "",
            f"{CHANGES[r.change]} {r.change}",
            r.cause_b or r.cause_a,
        )
        for r in seen.rows
        if show_all or r.change != "same"
    ]
    if rows:
        head = ("case", "title", seen.run_a, seen.run_b, "change", "cause")
        for line in table(head, rows):
            click.echo(line)
    counts = Counter(row.change for row in seen.rows)
    told = ", ".join(f"{counts[name]} {name}" for name in CHANGES if counts[name])
    talk(told or "neither run has a case")
