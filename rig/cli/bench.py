"""`rig bench`."""

from __future__ import annotations

from pathlib import Path

import click

from rig.cli.daemon import status_lines
from rig.cli.options import json_option
from rig.cli.output import echo_json, records_json, table, talk
from rig.cli.session import any_daemon, running
from rig.client.errors import ExitCode
from rig.client.results import DeviceLine, SelfTestLine, SuggestionLine, to_json


@click.group()
def bench() -> None:
    """Check the bench, test it, make it safe, recover it; see what is plugged in."""


@bench.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@json_option
def check(file: Path | None, as_json: bool) -> int:
    """Validate the bench FILE and ask every device for a sign of life.

    Without FILE it is the bench of the daemon that runs, else the virtual bench.
    """
    with any_daemon(file, offline=False) as client:
        devices = client.bench_check()
        name = client.bench().name
    if as_json:
        echo_json({"bench": name, "devices": records_json(devices)})
    else:
        for line in device_lines(devices):
            click.echo(line)
    broken = sum(not device.ok for device in devices)
    talk(f"bench {name}: {len(devices)} devices, " + (f"{broken} failed" if broken else "all well"))
    return ExitCode.BENCH if broken else ExitCode.OK


@bench.command("self-test")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@json_option
def self_test(file: Path | None, as_json: bool) -> int:
    """Try every relay, plug, card antenna and instrument, and read it back.

    The station has no power meanwhile. What only a person can do is left out. The result is
    part of the report of every run that follows.
    """
    with any_daemon(file, offline=False) as client:
        name = client.bench().name
        talk(f"bench {name}: self-test, the station loses power meanwhile ...")
        steps = client.bench_self_test()
    failed = sum(not step.ok for step in steps)
    if as_json:
        echo_json({"bench": name, "ok": not failed, "steps": records_json(steps)})
    else:
        for line in step_lines(steps):
            click.echo(line)
    talk(f"bench {name}: {len(steps)} steps, " + (f"{failed} failed" if failed else "all well"))
    return ExitCode.BENCH if failed else ExitCode.OK


def step_lines(steps: tuple[SelfTestLine, ...]) -> list[str]:
    """A table of steps; a failed one is followed by its remedy."""
    rows = [
        ("●" if s.ok else "✗", s.device, s.what, f"{1000 * s.took_s:.0f} ms", s.detail)
        for s in steps
    ]
    lines = table(("", "device", "what", "took", "seen"), rows)
    for position, step in reversed(list(enumerate(steps, 1))):
        if step.remedy and not step.ok:
            lines.insert(position + 1, f"   {step.remedy}")
    return lines


@bench.command()
@json_option
def suggest(as_json: bool) -> None:
    """Print bench-file entries for what is plugged into this machine.

    Names that survive replugging are preferred; where there is none, it says so.
    """
    with any_daemon(None, offline=True) as client:
        found = client.bench_suggest()
    if as_json:
        echo_json({"suggestions": records_json(found)})
        return
    if not found:
        talk("nothing that a bench could use is plugged into a USB socket of this machine")
        return
    click.echo("devices:")
    for line in (line for entry in found for line in suggestion_lines(entry)):
        click.echo(line)


def suggestion_lines(found: SuggestionLine) -> list[str]:
    """One entry as YAML; what has nothing to write is a comment."""
    lines = [f"  # {found.note}"]
    if found.entry:
        lines += [f"  {found.name}:", *(f"    {line}" for line in found.entry)]
    return lines


@bench.command()
@json_option
def safe(as_json: bool) -> None:
    """Abort what runs and bring every device into its safe state."""
    seen = running().bench_safe()
    talk(f"bench {seen.name} is safe")
    if as_json:
        echo_json(to_json(seen))


@bench.command()
@json_option
def recover(as_json: bool) -> None:
    """Open the bench again after a quarantine."""
    client = running()
    seen = client.bench_recover()
    talk(f"bench {seen.name} is {seen.state}")
    if as_json:
        echo_json(to_json(seen))
    else:
        for line in status_lines(client.status()):
            click.echo(line)


def device_lines(devices: tuple[DeviceLine, ...]) -> list[str]:
    """A table of devices; a failed one is followed by its remedy."""
    rows = [("●" if d.ok else "✗", d.device, "ok" if d.ok else "FAILED", d.detail) for d in devices]
    lines = table(("", "device", "state", "detail"), rows)
    for position, device in reversed(list(enumerate(devices, 1))):
        if device.remedy and not device.ok:
            lines.insert(position + 1, f"   {device.remedy}")
    return lines
