"""`rig serve-web`."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rig.cli.options import json_option
from rig.cli.output import echo_json, talk
from rig.client.access import (
    AccessProblem,
    address,
    is_loopback,
    own_token,
    read_token,
    server_tls,
)
from rig.client.errors import UsageProblem
from rig.client.paths import state_dir

if TYPE_CHECKING:
    from rig.web.server import WebOptions

FILE = click.Path(dir_okay=False, path_type=Path)
TUI = shlex.join([sys.executable, "-c", "from rig.cli.main import main; main()", "tui"])


@click.command("serve-web")
@click.option("--listen", default="127.0.0.1:9320", show_default=True, metavar="HOST:PORT")
@click.option("--token-file", type=FILE, help="Ask browsers for this token, also on loopback.")
@click.option("--tls-cert", type=FILE, help="PEM; needed where other machines reach the port.")
@click.option("--tls-key", type=FILE, help="PEM, if it is not in that of the certificate.")
@click.option("--no-tls", is_flag=True, help="Others may reach it without TLS: a proxy has it.")
@click.option("--command", default=TUI, hidden=True)
@json_option
def serve_web(
    listen: str, token_file: Path | None, tls_cert: Path | None, tls_key: Path | None,
    no_tls: bool, command: str, as_json: bool,
) -> None:  # fmt: skip
    """Serve the operator's seat to browsers, until Ctrl-C.

    On this machine alone it needs no token. Reachable from elsewhere, it asks for one (made in
    the state directory unless you name yours) and wants TLS. The page loads nothing from
    anywhere else.
    """
    try:
        options, file = _options(listen, token_file, tls_cert, tls_key, no_tls, command)
    except AccessProblem as problem:
        raise UsageProblem(str(problem)) from None
    os.environ["RIG_VIA"] = "web"  # for the record of who answered a prompt
    try:
        asyncio.run(_serve(options, file, as_json))
    except OSError as error:
        raise UsageProblem(f"--listen {listen}: {error.strerror}; choose another") from None


def _options(
    listen: str, token_file: Path | None, cert: Path | None, key: Path | None, no_tls: bool,
    command: str,
) -> tuple[WebOptions, Path | None]:  # fmt: skip
    from rig.web.server import WebOptions

    host, port = address(listen)
    near = is_loopback(host)
    if not near and cert is None and not no_tls:
        raise AccessProblem(
            f"--listen {listen}: the token would pass in the clear; add --tls-cert and --tls-key, "
            "or --no-tls where a proxy or a tunnel does it"
        )
    file = token_file or (None if near else state_dir() / "web-token")
    token = "" if file is None else own_token(file) if token_file is None else read_token(file)
    hosts = frozenset({"127.0.0.1", "::1", "localhost", host}) if near else None
    tls = None if cert is None else server_tls(cert, key)
    return WebOptions(command, host, port, token, hosts, tls), file


async def _serve(options: WebOptions, token_file: Path | None, as_json: bool) -> None:
    from rig.web.server import serving

    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    async with serving(options) as url:
        file = "" if token_file is None else str(token_file)
        if as_json:
            echo_json({"ready": True, "url": url, "token_file": file})
        talk(f"the operator's seat: {url}" + (f"  (token in {file})" if file else ""))
        talk("Ctrl-C ends it; the daemon and its runs go on")
        await stopping.wait()
