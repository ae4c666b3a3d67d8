"""`rigd`: arguments, signals, and the life of the daemon from ready to safe."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
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
from rig.config.bridge_rules import default_rules, load_rules
from rig.daemon.api import application
from rig.daemon.engine import Engine
from rig.daemon.listening import TcpListener, tcp_listener
from rig.daemon.lock import owned_socket
from rig.daemon.service import RigService
from rig.daemon.telling import exit_code_of, told
from rig.errors import ConfigError, RigError
from rig.jsontypes import Json

LAST_ANSWERS_S = 2.0
"""Real seconds for requests that are being answered when the daemon stops."""

FILE = click.Path(dir_okay=False, path_type=Path)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Options:
    """The daemon's command line."""

    bench: Path | None
    socket: Path
    offline: bool
    ready_fd: int | None
    follow_stdin: bool
    bridge_rules: Path | None = None
    listen: TcpListener | None = None


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("bench", required=False, type=FILE)
@click.option(
    "--socket", "where", type=click.Path(path_type=Path), help="Unix socket to listen on."
)
@click.option("--offline", is_flag=True, help="Read the bench file, but open none of its devices.")
@click.option("--bridge-rules", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Rules of the prompt bridge instead of the shipped ones.")  # fmt: skip
@click.option("--listen", metavar="HOST:PORT", help="Serve the API on a TCP port, too.")
@click.option("--token-file", type=FILE, help="Token of that port; by default one of our own.")
@click.option("--tls-cert", type=FILE, help="PEM; needed where other machines reach the port.")
@click.option("--tls-key", type=FILE, help="PEM, if it is not in that of the certificate.")
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
    bridge_rules: Path | None,
    listen: str | None,
    token_file: Path | None,
    tls_cert: Path | None,
    tls_key: Path | None,
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
    options = Options(bench, target, offline, ready_fd, follow_stdin, bridge_rules)
    try:
        if listen is not None:
            tcp = tcp_listener(listen, token_file, tls_cert, tls_key, state_dir())
            options = dataclasses.replace(options, listen=tcp)
    except ConfigError as error:
        _Starter(ready_fd).refused(error)
        sys.exit(exit_code_of(error))
    sys.exit(asyncio.run(serve(options, Engine())))


async def serve(options: Options, engine: Engine) -> int:
    """Open the bench, serve until told to stop, leave it safe; the exit code."""
    tell = _Starter(options.ready_fd)
    try:
        file, config = engine.load(options.bench)
        rules = load_rules(options.bridge_rules or default_rules())
        with owned_socket(options.socket, config.bench) as listener:
            service = RigService(
                engine,
                file,
                config,
                socket=options.socket,
                state_dir=state_dir(),
                offline=options.offline,
                bridge_rules=rules,
            )
            with _stop_signals(service.stopping), _stdin_watched(options, service.stopping):
                async with service:
                    await _serve(service, listener, options.listen, tell)
    except Exception as error:
        if not isinstance(error, RigError):
            log.exception("daemon failed")
        tell.refused(error)
        return exit_code_of(error)
    return ExitCode.OK


async def _serve(
    service: RigService, listener: socket.socket, tcp: TcpListener | None, tell: _Starter
) -> None:
    """The API is up before the bench is, and until after: opening may have to ask a person."""
    app = application(service, tcp.token if tcp else "")
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=LAST_ANSWERS_S)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        if tcp is not None:
            service.url = await _listen(runner, tcp)
        tell.serving()
        if await _unless(service.stopping, service.open_bench()):
            tell.ready(service.status())
            await service.stopping.wait()
        log.info("stopping")
        await service.close_bench()
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, tcp: TcpListener) -> str:
    """Serve on a TCP port; its URL.

    Raises:
        ConfigError: it cannot be had.
    """
    try:
        await web.TCPSite(runner, tcp.host, tcp.port, ssl_context=tcp.tls).start()
    except OSError as error:
        raise ConfigError(
            f"--listen {tcp.host}:{tcp.port}: {error.strerror}; choose another address or port"
        ) from None
    port = next(a[1] for a in runner.addresses if isinstance(a, tuple))
    host = f"[{tcp.host}]" if ":" in tcp.host else tcp.host
    url = f"{tcp.scheme}://{host}:{port}"
    log.info("listening", url=url, token_file=str(tcp.token_file))
    return url


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
        self._say({"ready": False, **said}, last=True)
        with contextlib.suppress(OSError):  # no room for the log
            for line in (said["error"], *(f"  {problem}" for problem in problems)):
                click.echo(f"rigd: {line}", err=True)

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
        logger_factory=lambda *_: Lines(sys.stderr),
    )


class Lines(structlog.PrintLogger):
    """Writes lines; one for which the disk has no room is lost, and nobody who logs is harmed."""

    def msg(self, message: str) -> None:
        """Write one line."""
        with contextlib.suppress(OSError):
            super().msg(message)

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg
