"""Options that many commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def json_option(command: F) -> F:
    """`--json`, as the argument `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")(
        command
    )


def bench_option(command: F) -> F:
    """`--bench FILE`, as the argument `bench`."""
    kind = click.Path(dir_okay=False, path_type=Path)
    text = "Bench file, if no daemon runs; without it the virtual bench."
    return click.option("--bench", type=kind, help=text)(command)


def persona_option(command: F) -> F:
    """`--persona NAME`, as the argument `persona`."""
    text = "Virtual bench for this kind of emulated station, with its PICS; see: rig persona list."
    return click.option("--persona", metavar="NAME|FILE", help=text)(command)


def chosen_bench(bench: Path | None, persona: str | None) -> Path | None:
    """The bench file that was asked for by name, or by a persona.

    Raises:
        click.UsageError: both were given.
        ClientError: there is no such persona, or it is wrong.
    """
    if persona is None:
        return bench
    if bench is not None:
        raise click.UsageError("give a bench file or --persona, not both")
    from rig.cli.persona import bench_of

    return bench_of(persona)


def pics_option(command: F) -> F:
    """`--pics FILE`, as the argument `pics`."""
    kind = click.Path(dir_okay=False, path_type=Path)
    text = "PICS of the device under test; without it the bench's."
    return click.option("--pics", type=kind, help=text)(command)


def dut_option(*, required: bool) -> Callable[[F], F]:
    """`--dut station|csms`, as the argument `dut`; None when it is neither required nor given."""

    def decorate(command: F) -> F:
        return click.option(
            "--dut",
            type=click.Choice(["station", "csms"]),
            required=required,
            help="What is under test.",
        )(command)

    return decorate
