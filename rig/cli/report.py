"""`rig report`, and writing reports of a run that has just ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from rig.cli.options import bench_option
from rig.cli.output import talk
from rig.cli.session import any_daemon
from rig.client.api import RigClient
from rig.client.errors import UsageProblem
from rig.jsontypes import Json

FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command()
@click.argument("run_ids", metavar="RUN...", nargs=-1, required=True)
@click.option("--html", type=FILE, help="Write the HTML report here.")
@click.option("--junit", type=FILE, help="Write JUnit XML here.")
@click.option(
    "--json",
    "json_to",
    is_flag=False,
    flag_value="-",
    metavar="[FILE]",
    help="Write the report as JSON here; without FILE to stdout.",
)
@bench_option
def report(
    run_ids: tuple[str, ...],
    html: Path | None,
    junit: Path | None,
    json_to: str | None,
    bench: Path | None,
) -> None:
    """Write the report of RUN (`last` is the newest; several runs make one report).

    Without any of the options the HTML report goes to ./rig-report-RUN.html.
    """
    as_json = json_to == "-"
    files = {"html": html, "junit": junit, "json": None}
    if json_to and not as_json:
        files["json"] = Path(json_to)
    with any_daemon(bench, offline=True) as client:
        if not any(files.values()) and not as_json:
            files["html"] = Path(f"rig-report-{client.run(run_ids[0]).run_id}.html")
        write(client, run_ids, files)
        if as_json:
            click.echo(client.report(run_ids, "json").rstrip())


def write(client: RigClient, run_ids: Sequence[str], files: Mapping[str, Path | None]) -> None:
    """Write reports of runs, one file per format, and say where they are.

    Raises:
        UsageProblem: a file cannot be written.
    """
    for form, path in files.items():
        if path is None:
            continue
        text = client.report(run_ids, form)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageProblem(f"{path}: {error.strerror}") from None
        talk(f"{form} report: {path}")


def check_writable(files: Mapping[str, Path | None]) -> None:
    """Find out before a long run whether its reports can be written.

    Raises:
        UsageProblem: with every file that cannot.
    """
    problems = []
    for path in filter(None, files.values()):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.open("ab").close()
        except OSError as error:
            problems.append(f"{path}: {error.strerror}")
    if problems:
        raise UsageProblem("reports cannot be written", problems)


def paths_json(files: Mapping[str, Path | None]) -> dict[str, Json]:
    """Where reports were written, for `--json`."""
    return {form: str(path) for form, path in files.items() if path is not None}
