"""`rig modem`."""

from __future__ import annotations

import select
import threading
from collections.abc import Callable
from typing import TypeVar

import click

from rig.cli.options import json_option
from rig.cli.output import echo_json, talk
from rig.cli.session import running
from rig.client.api import RigClient
from rig.client.errors import ExitCode
from rig.client.modem import ModemInfo, SignalInfo, SpreadInfo, WatchInfo
from rig.client.results import to_json
from rig.client.stream import RigEvent
from rig.client.words import TECHNOLOGIES

R = TypeVar("R")
LOOK_S = 0.1
QUANTITIES = (
    ("RSSI", "rssi_dbm", "dBm"),
    ("RSRP", "rsrp_dbm", "dBm"),
    ("RSRQ", "rsrq_db", "dB"),
    ("SINR", "sinr_db", "dB"),
    ("RSCP", "rscp_dbm", "dBm"),
    ("Ec/Io", "ecio_db", "dB"),
)


@click.group()
def modem() -> None:
    """Mobile network: signal, technology, data."""


@modem.command()
@json_option
def status(as_json: bool) -> None:
    """Show the modem, its SIM, and the network it is in."""
    _show(running().modem(), as_json)


@modem.command()
@json_option
def signal(as_json: bool) -> int:
    """Read the signal once, and hold it against the limit for a measurement.

    Exit code 1 when it is too weak, 3 when the modem cannot tell.
    """
    seen = running().modem_signal()
    if as_json:
        echo_json(to_json(seen))
    else:
        for line in signal_lines(seen):
            click.echo(line)
    return _code(seen.meets_limit)


@modem.command()
@click.argument("lock", metavar="[2g|3g|4g|auto]", required=False,
                type=click.Choice(["2g", "3g", "4g", "auto"]))  # fmt: skip
@json_option
def mode(lock: str | None, as_json: bool) -> None:
    """Allow one technology only, or all; without an argument show what is allowed.

    Returns once the modem is registered again; an open data session is ended.
    """
    client = running()
    if lock is None:
        seen = client.modem()
        if as_json:
            echo_json({"lock": seen.lock, "access_technology": seen.access_technology})
        else:
            click.echo(mode_line(seen))
        return
    wanted = lock
    seen = with_progress(client, lambda: client.modem_lock(wanted))
    if as_json:
        echo_json(to_json(seen))
    else:
        click.echo(mode_line(seen))


@modem.command()
@click.argument("switch", type=click.Choice(["on", "off"]))
@json_option
def data(switch: str, as_json: bool) -> None:
    """Bring the data session up or down."""
    client = running()
    _show(with_progress(client, lambda: client.modem_data(switch)), as_json)


@modem.command()
@click.option("--seconds", type=click.FloatRange(0, 86400), default=10.0, show_default=True,
              help="How long, in lab seconds.")  # fmt: skip
@click.option("--interval", type=click.FloatRange(0, 3600, min_open=True), default=1.0,
              show_default=True, help="From one reading to the next, in lab seconds.")  # fmt: skip
@json_option
def watch(seconds: float, interval: float, as_json: bool) -> int:
    """Read the signal for a while; least, median and greatest of each value.

    The median RSSI is held against the limit; exit codes as of `rig modem signal`.
    """
    client = running()
    seen = with_progress(client, lambda: client.modem_watch(seconds, interval))
    if as_json:
        echo_json(to_json(seen))
    else:
        for line in watch_lines(seen):
            click.echo(line)
    return _code(seen.meets_limit)


def with_progress(client: RigClient, act: Callable[[], R]) -> R:
    """Do something that takes its time, and tell what the modem says meanwhile on stderr."""
    results: list[R] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            results.append(act())
        except BaseException as error:
            errors.append(error)

    worker = threading.Thread(target=work, daemon=True)
    with client.events() as events:
        worker.start()
        while worker.is_alive():
            if select.select([events], [], [], LOOK_S)[0] and not events.pump():
                break
            while (event := events.pop()) is not None:
                _tell(event)
        worker.join()
    if errors:
        raise errors[0]
    return results[0]


def progress_line(event: RigEvent) -> str | None:
    """What an event says about the modem; None for one that says nothing new."""
    if event.kind != "modem":
        return None
    if event.text("step") == "signal":
        level = event.data.get("rssi_dbm")
        technology = TECHNOLOGIES.get(event.text("access_technology"), "no service")
        return f"{technology}  RSSI {'unknown' if level is None else f'{level} dBm'}"
    return event.text("text") or None


def mode_line(seen: ModemInfo) -> str:
    """What is allowed, and what is in use."""
    return f"allowed: {seen.lock or 'other'}; in use: {_technology(seen)}"


def status_lines(seen: ModemInfo) -> list[str]:
    """The modem, one property a line."""
    session = {True: "● up", False: "○ down", None: "unknown"}[seen.data_connected]
    rows = (
        ("modem", f"{seen.manufacturer} {seen.model} {seen.revision}".strip()),
        ("IMEI", seen.imei or "not given"),
        ("SIM", (seen.sim or "unknown") + (f", ICCID {seen.iccid}" if seen.iccid else "")),
        ("network", f"{seen.registration or 'unknown'}"
                    + (f", {seen.operator}" if seen.operator else "")),
        ("in use", _technology(seen)),
        ("allowed", seen.lock or "other"),
        ("data", session + (f", {seen.address}" if seen.address else "")),
    )  # fmt: skip
    return [f"{name:<9}{value}" for name, value in rows]


def signal_lines(seen: SignalInfo) -> list[str]:
    """The values that are known, and the verdict."""
    used = TECHNOLOGIES.get(seen.access_technology or "", "no service")
    lines = [f"{'network':<9}{used}"]
    for name, key, unit in QUANTITIES:
        value = getattr(seen, key)
        if value is not None:
            extra = f"  (CSQ {seen.csq})" if key == "rssi_dbm" and seen.csq is not None else ""
            lines.append(f"{name:<9}{value:g} {unit}{extra}")
    return [*lines, _limit(seen.meets_limit, seen.limit_rssi_dbm)]


def watch_lines(seen: WatchInfo) -> list[str]:
    """A table of what was known, and the verdict."""
    lines = [f"{seen.readings} readings", f"{'':<9}{'least':>8}{'median':>8}{'greatest':>10}"]
    for name, key, unit in QUANTITIES:
        spread: SpreadInfo | None = getattr(seen, key)
        if spread is not None:
            lines.append(
                f"{name:<9}{spread.least:>8g}{spread.median:>8g}{spread.greatest:>10g} {unit}"
            )
    return [*lines, _limit(seen.meets_limit, seen.limit_rssi_dbm)]


def _limit(meets: bool | None, limit_dbm: int) -> str:
    words = {
        True: "✓ strong enough for a measurement",
        False: "✗ too weak for a measurement: improve antenna or place",
        None: "? RSSI not given, so it cannot be said whether a measurement is allowed",
    }
    return f"{words[meets]} (limit: RSSI {limit_dbm} dBm)"


def _code(meets: bool | None) -> int:
    codes = {True: ExitCode.OK, False: ExitCode.CHECK_FAILED, None: ExitCode.INCONCLUSIVE}
    return codes[meets]


def _technology(seen: ModemInfo) -> str:
    used = TECHNOLOGIES.get(seen.access_technology or "")
    if used is None:
        return "none"
    return f"{used} ({seen.technology_name})" if seen.technology_name else used


def _tell(event: RigEvent) -> None:
    line = progress_line(event)
    if line is not None:
        talk(f"  {event.utc[11:19]}  {line}")


def _show(seen: ModemInfo, as_json: bool) -> None:
    if as_json:
        echo_json(to_json(seen))
        return
    for line in status_lines(seen):
        click.echo(line)
