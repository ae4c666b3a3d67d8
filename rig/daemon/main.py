"""`rigd`: arguments, signals, and the life of the daemon from ready to safe."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import structlog
from aiohttp import web

from rig.client.errors import ClientError, ExitCode
from rig.client.paths import fitting, socket_path, state_dir
from rig.client.results import Status
from rig.daemon.api import application, exit_code_of, told
from rig.daemon.engine import Engine
from rig.daemon.lock import owned_socket
from rig.daemon.service import RigService
from rig.errors import RigError
from rig.jsontypes import Json

LAST_ANSWERS_S = 2.0
"""Real seconds for requests that are being answered when the daemon stops."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Options:
    """The daemon's command line."""

    bench: Path | None
    socket: Path
    offline: bool
    ready_fd: int | None
    follow_stdin: bool


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("bench", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--socket", "where", type=click.Path(path_type=Path), help="Unix socket to listen on."
)
@click.option("--offline", is_flag=True, help="Read the bench file, but open none of its devices.")
@click.option("--ready-fd", type=int, hidden=True)
@click.option("--follow-stdin", is_flag=True, hidden=True)
@click.option("-v", "--verbose", is_flag=True, help="Log more.")
def main(
    bench: Path | None,
    where: Path | None,
    offline: bool,
    ready_fd: int | None,
    follow_stdin: bool,
    verbose: bool,
) -> None:
    """Run the rig's daemon in the foreground.

    BENCH is a bench file; without it the virtual bench is used, which needs no hardware.
    """
    _log_to_stderr(verbose)
    try:
        target = fitting(where.absolute()) if where else socket_path()
    except ClientError as error:
        click.echo(f"rigd: {error}", err=True)
        sys.exit(error.exit_code)
    sys.exit(asyncio.run(serve(Options(bench, target, offline, ready_fd, follow_stdin), Engine())))


async def serve(options: Options, engine: Engine) -> int:
    """Open the bench, serve until told to stop, leave it safe; the exit code."""
    tell = _Starter(options.ready_fd)
    try:
        file, config = engine.load(options.bench)
        with owned_socket(options.socket, config.bench) as listener:
            service = RigService(
                engine,
                file,
                config,
                socket=options.socket,
                state_dir=state_dir(),
                offline=options.offline,
            )
            with _stop_signals(service.stopping), _stdin_watched(options, service.stopping):
                async with service:
                    await _serve(service, listener, tell)
    except Exception as error:
        if not isinstance(error, RigError):
            log.exception("daemon failed")
        tell.refused(error)
        return exit_code_of(error)
    return ExitCode.OK


async def _serve(service: RigService, listener: socket.socket, tell: _Starter) -> None:
    """The API is up before the bench is, and until after: opening may have to ask a person."""
    runner = web.AppRunner(application(service), access_log=None, shutdown_timeout=LAST_ANSWERS_S)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        tell.serving()
        if await _unless(service.stopping, service.open_bench()):
            tell.ready(service.status())
            await service.stopping.wait()
        log.info("stopping")
        await service.close_bench()
    finally:
        await runner.cleanup()


async def _unless(stopping: asyncio.Event, work: Coroutine[object, object, None]) -> bool:
    """Do `work`, but give it up when `stopping` is set; whether it was done."""
    task = asyncio.ensure_future(work)
    watch = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({task, watch}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            return False
        await task
        return True
    finally:
        watch.cancel()
        task.cancel()
        await asyncio.wait({watch, task})


class _Starter:
    """Who started us: told in JSON lines on a pipe, or in words on stderr."""

    def __init__(self, fd: int | None) -> None:
        self._fd = fd

    def serving(self) -> None:
        """The API answers; the bench is being opened."""
        self._say({"serving": True}, last=False)

    def ready(self, status: Status) -> None:
        """The bench is open."""
        pid, where, bench = status.daemon.pid, status.daemon.socket, status.bench.name
        log.info("ready", bench=bench, socket=where, pid=pid)
        self._say({"ready": True, "pid": pid, "socket": where, "bench": bench}, last=True)

    def refused(self, error: Exception) -> None:
        """We cannot start, or failed later (which then is only in the log)."""
        said = told(error)
        problems = said["problems"] if isinstance(said["problems"], list) else []
        for line in (said["error"], *(f"  {problem}" for problem in problems)):
            click.echo(f"rigd: {line}", err=True)
        self._say({"ready": False, **said}, last=True)

    def _say(self, line: dict[str, Json], *, last: bool) -> None:
        if self._fd is None:
            return
        with contextlib.suppress(BrokenPipeError):
            os.write(self._fd, json.dumps(line).encode() + b"\n")
        if last:
            os.close(self._fd)
            self._fd = None


@contextlib.contextmanager
def _stop_signals(stopping: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, stopping.set)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


@contextlib.contextmanager
def _stdin_watched(options: Options, stopping: asyncio.Event) -> Iterator[None]:
    """Stop when standard input ends: then our starter is gone, however it ended."""
    if not options.follow_stdin:
        yield
        return
    loop = asyncio.get_running_loop()
    stdin = sys.stdin.fileno()

    def look() -> None:
        if not os.read(stdin, 4096):
            loop.remove_reader(stdin)
            stopping.set()

    loop.add_reader(stdin, look)
    try:
        yield
    finally:
        loop.remove_reader(stdin)


def _log_to_stderr(verbose: bool) -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.DEBUG if verbose else logging.INFO
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
