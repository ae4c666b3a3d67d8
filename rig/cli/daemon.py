"""`rig up`, `rig down`, `rig status`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from rig.cli.follow import attend
from rig.cli.options import chosen_bench, json_option, persona_option
from rig.cli.output import echo_json, table, talk
from rig.cli.session import another_bench, running, running_status, same_bench
from rig.client.api import RigClient
from rig.client.errors import ClientError, ExitCode
from rig.client.launcher import start_in_background, stop
from rig.client.paths import log_path, socket_path
from rig.client.results import Status, to_json

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("bench", required=False, type=click.Path(dir_okay=False, path_type=Path))
@persona_option
@click.option("--foreground", is_flag=True, help="Stay in this terminal, as `rigd` does.")
@click.option("--offline", is_flag=True, help="Read the bench file, but open none of its devices.")
@click.option("--bridge-rules", type=FILE, help="Rules of the prompt bridge, not the shipped ones.")
@click.option("--listen", metavar="HOST:PORT", help="Serve the API on a TCP port, too.")
@click.option("--token-file", type=FILE, help="Token of that port; by default one of our own.")
@click.option("--tls-cert", type=FILE, help="PEM; needed where other machines reach the port.")
@click.option("--tls-key", type=FILE, help="PEM, if it is not in that of the certificate.")
@json_option
def up(
    bench: Path | None,
    persona: str | None,
    foreground: bool,
    offline: bool,
    as_json: bool,
    **given: str | Path | None,
) -> None:
    """Start the daemon with BENCH, and return once it is ready.

    Without BENCH it is the virtual bench, which needs no hardware. When devices do not
    answer, all of them are named with what to check.
    """
    bench = chosen_bench(bench, persona)
    status = running_status()
    more = [
        word
        for name, value in given.items()
        if value is not None
        for word in (f"--{name.replace('_', '-')}", str(value))
    ]
    if status is not None:
        if foreground or not same_bench(status, bench):
            raise another_bench(status, bench) if bench else _already(status)
        talk(f"already up: bench {status.bench.name}, pid {status.daemon.pid}")
    elif foreground:
        more += ["--offline"] if offline else []
        more += [str(bench)] if bench else []
        os.execv(sys.executable, [sys.executable, "-m", "rig.daemon", *more])  # noqa: S606
    else:
        start_in_background(bench, offline=offline, attend=attend, more=more)
        status = running().status()
        talk(f"up: bench {status.bench.name}, pid {status.daemon.pid}, log {log_path()}")
    _show(status, as_json)


@click.command()
@json_option
def down(as_json: bool) -> None:
    """Stop the daemon: abort what runs, make the bench safe."""
    status = running_status()
    if status is None:
        talk(f"no daemon is running at {socket_path()}")
    else:
        stop(RigClient(socket_path()), status.daemon.pid, attend)
        talk(f"down: bench {status.bench.name} is safe")
    if as_json:
        echo_json({"stopped": status is not None, "pid": status.daemon.pid if status else None})


@click.command()
@json_option
def status(as_json: bool) -> int:
    """Show daemon, bench, station and run."""
    seen = running_status()
    if seen is None:
        talk(f"no daemon is running at {socket_path()}; start one with: rig up")
        if as_json:
            echo_json({"running": False, "socket": str(socket_path())})
        return ExitCode.BENCH
    _show(seen, as_json)
    return ExitCode.BENCH if seen.bench.quarantine else ExitCode.OK


def _already(status: Status) -> ClientError:
    return ClientError(
        f"a daemon (pid {status.daemon.pid}, bench {status.bench.name}) is already running at "
        f"{status.daemon.socket}; stop it with: rig down",
        "busy",
    )


def _show(status: Status, as_json: bool) -> None:
    if as_json:
        echo_json({"running": True} | to_json(status))
        return
    for line in status_lines(status):
        click.echo(line)


def status_lines(status: Status) -> list[str]:
    """A status as lines of label and text."""
    bench = status.bench
    signs = {"open": "●", "offline": "○", "opening": "◌", "closing": "◌", "quarantined": "✗"}
    simulated = "simulated" if bench.simulated else "real devices"
    speed = f", time x{bench.time_scale:g}" if bench.time_scale != 1 else ""
    rows = [
        ("daemon", f"● pid {status.daemon.pid}, up {_span(status.daemon.uptime_s)}"),
        ("bench", f"{signs[bench.state]} {bench.name}: {bench.state}, {simulated}{speed}"),
        ("file", bench.file),
    ]
    if status.daemon.url:
        rows.append(("api", f"{status.daemon.url} (with the token)"))
    if bench.quarantine:
        rows.append(("", f"{bench.quarantine.device}: {bench.quarantine.cause}"))
        rows.append(("", "repair it, then: rig bench recover"))
    if bench.plugs:
        rows.append(("plugs", ", ".join(bench.plugs)))
    if bench.mains != "none":
        rows.append(("mains", f"{'●' if bench.mains == 'on' else '○'} {bench.mains}"))
    if bench.network != "none":
        rows.append(("network", f"{'●' if bench.network == 'up' else '○'} {bench.network}"))
    if status.csms:
        rows.append(("csms", status.csms.url))
        for station in status.csms.stations:
            sign = "● connected" if station.connected else "○ not connected"
            who = " ".join(filter(None, (station.vendor, station.model, station.firmware)))
            text = f"{station.identity} {sign}"
            text += f", {station.registration}" if station.registration else ""
            rows.append(("station", text + (f" ({who})" if who else "")))
        if last := status.csms.last_refused:
            ago = _span(last.age_s / (bench.time_scale or 1))
            rows.append(("refused", f"✗ {status.csms.refused}, the last one {ago} ago"))
            rows.append(("", f"from {last.remote}: {last.reason}"))
    if status.lease and status.lease.owner:
        rows.append(("lease", f"{status.lease.owner} since {status.lease.since}"))
        rows.append(("", status.lease.reason or "no reason given"))
    if status.run:
        run = status.run
        rows.append(("run", f"{run.run_id} case {run.index}/{run.total} {run.case}".rstrip()))
    rows += [("prompt", f"{p.id}: {p.question} [{'/'.join(p.choices)}]") for p in status.prompts]
    return table(("", ""), rows)[1:]


def _span(seconds: float) -> str:
    whole = int(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
