"""An FTP server in a thread of its own, with explicit TLS if wanted: pyftpdlib's one place."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Self

with warnings.catch_warnings():  # asyncore, which Python 3.11 still has, warns of its end
    warnings.simplefilter("ignore", DeprecationWarning)
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
    from pyftpdlib.ioloop import IOLoop
    from pyftpdlib.servers import FTPServer

# Without a handler of its own the package would write every transfer to stderr.
logging.getLogger("pyftpdlib").addHandler(logging.NullHandler())

RIGHTS = "elrw"
"""Change directory, list, retrieve, store; nothing is deleted or renamed."""
TURN_S = 0.1
Told = Callable[[str, int], None]


class FtpServer:
    """Serves one folder to one user; a context manager. It listens from its making on.

    Args:
        host: address to listen on.
        folder: that is served; there is no way out of it.
        user: name and password.
        pem: certificate chain and key; with it, a login without TLS is refused.
        sent, received: told in the server's thread, with name and size in bytes.

    Attributes:
        port: it listens on.
    """

    def __init__(
        self,
        host: str,
        folder: Path,
        user: tuple[str, str],
        pem: Path | None,
        *,
        sent: Told,
        received: Told,
    ) -> None:
        authorizer = DummyAuthorizer()
        authorizer.add_user(*user, str(folder), perm=RIGHTS)
        base = FTPHandler if pem is None else TLS_FTPHandler

        class Handler(base):  # type: ignore[misc, valid-type]
            def on_file_sent(self, file: str) -> None:
                sent(Path(file).name, Path(file).stat().st_size)

            def on_file_received(self, file: str) -> None:
                received(Path(file).name, Path(file).stat().st_size)

        Handler.authorizer = authorizer
        Handler.banner = "ready"
        if pem is not None:
            Handler.certfile = str(pem)
            Handler.tls_control_required = Handler.tls_data_required = True
        self._loop = IOLoop()
        self._server = FTPServer((host, 0), Handler, ioloop=self._loop)
        self.port: int = self._server.address[1]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="ftp server", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self._thread.join()

    def _serve(self) -> None:
        while not self._over.is_set():
            self._loop.loop(timeout=TURN_S, blocking=False)
        self._server.close_all()
