"""Files to and from servers by http, https, ftp and ftps.

User and password are in the URL; the path of ftp is seen from the folder of the login, `%2F` leads
to the server's root (RFC 1738, 3.2.2). FTP is passive; ftps is explicit (AUTH TLS, RFC 4217).
Without roots a server is not verified: a station has nothing to verify it with.

Source: OCPP 1.6, chapter 10 (firmware and diagnostics); station behaviour 13.2.
"""

from __future__ import annotations

import asyncio
import contextlib
import ftplib
import io
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from aiohttp import ClientError, ClientSession, ClientTimeout
from cryptography import x509

from firmware_mocks.charging_station.x509_checks import pem
from rig.ocppj.handshake import basic_authorization

SILENCE_S = 20.0
"""Real seconds without a byte after which a transfer has failed."""
BLOCK = 16 * 1024
SCHEMES = ("ftp", "ftps", "http", "https")
T = TypeVar("T")


class Cause(StrEnum):
    """Why a transfer failed, in the words of UploadLogStatusEnumType."""

    DENIED = "PermissionDenied"
    BAD = "BadMessage"
    NOT_SUPPORTED = "NotSupportedOperation"
    OTHER = "UploadFailure"


class TransferFailed(Exception):
    """A file did not get through; the text holds no password."""

    def __init__(self, cause: Cause, text: str) -> None:
        self.cause = cause
        super().__init__(text)


@dataclass(slots=True)
class Progress:
    """How far a transfer is, in bytes; `total` is None while unknown."""

    done: int = 0
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Manner:
    """How a station transfers.

    Attributes:
        schemes: that it has, in lower case.
        roots: that verify servers; without any, none is verified.
        post: HTTP uploads by POST instead of PUT.
    """

    schemes: Sequence[str] = SCHEMES
    roots: Sequence[x509.Certificate] = ()
    post: bool = False

    def tls(self) -> ssl.SSLContext:
        """TLS for https and ftps."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.roots:
            context.load_verify_locations(cadata="".join(pem(root) for root in self.roots))
        else:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


async def download(location: str, manner: Manner, progress: Progress) -> bytes:
    """The file at a location.

    Raises:
        TransferFailed: it cannot be had.
    """
    url = _url(location, manner)
    if url.scheme.startswith("http"):
        return await _safely(_http_get(url, manner, progress))
    return await _safely(_by_ftp(url, manner, _Ftp.get, progress))


async def upload(location: str, name: str, data: bytes, manner: Manner) -> None:
    """Put a file into the directory that a location names.

    Raises:
        TransferFailed: the server does not have it.
    """
    url = _url(location, manner)
    url = url._replace(path=f"{url.path.rstrip('/')}/{quote(name)}")
    if url.scheme.startswith("http"):
        await _safely(_http_put(url, data, manner))
    else:
        progress = Progress(total=len(data))
        await _safely(_by_ftp(url, manner, lambda ftp, path, p: ftp.put(path, data, p), progress))


def _url(location: str, manner: Manner) -> SplitResult:
    try:
        url = urlsplit(location)
        _ = url.port
    except ValueError as error:
        raise TransferFailed(Cause.BAD, f"no URL: {error}") from None
    if url.scheme not in SCHEMES or url.scheme not in manner.schemes:
        scheme = url.scheme or "none"
        raise TransferFailed(Cause.NOT_SUPPORTED, f"scheme {scheme}; has {manner.schemes}")
    if not url.hostname:
        raise TransferFailed(Cause.BAD, "the URL has no host")
    return url


async def _safely(work: Awaitable[T]) -> T:
    try:
        return await work
    except TransferFailed:
        raise
    except ftplib.error_perm as error:
        denied = str(error)[:3] in ("530", "532", "550", "553")
        cause = Cause.DENIED if denied else Cause.NOT_SUPPORTED
        raise TransferFailed(cause, f"FTP {str(error)[:3]}") from None
    except (OSError, EOFError, ClientError, TimeoutError, ftplib.Error) as error:
        raise TransferFailed(Cause.OTHER, type(error).__name__) from None
    except ValueError as error:  # a host or a user that cannot be said on the wire
        raise TransferFailed(Cause.BAD, type(error).__name__) from None


# --- http, https --------------------------------------------------------------------------------


async def _http_get(url: SplitResult, manner: Manner, progress: Progress) -> bytes:
    async with _session() as session:
        target, headers, tls = _target(url, manner)
        async with session.get(target, headers=headers, ssl=tls) as response:
            _check(response.status)
            progress.total = response.content_length
            data = bytearray()
            async for block in response.content.iter_chunked(BLOCK):
                data += block
                progress.done = len(data)
            return bytes(data)


async def _http_put(url: SplitResult, data: bytes, manner: Manner) -> None:
    async with _session() as session:
        target, headers, tls = _target(url, manner)
        method = "POST" if manner.post else "PUT"
        async with session.request(method, target, data=data, headers=headers, ssl=tls) as response:
            _check(response.status)


def _session() -> ClientSession:
    return ClientSession(timeout=ClientTimeout(total=None, connect=SILENCE_S, sock_read=SILENCE_S))


def _target(url: SplitResult, manner: Manner) -> tuple[str, dict[str, str], ssl.SSLContext | bool]:
    headers = {}
    if url.username is not None:
        password = unquote(url.password or "").encode()
        headers["Authorization"] = basic_authorization(unquote(url.username), password)
    host = url.netloc.rpartition("@")[2]
    return (
        urlunsplit(url._replace(netloc=host)),
        headers,
        manner.tls() if url.scheme == "https" else True,
    )


def _check(status: int) -> None:
    if status < 300:
        return
    cause = {
        400: Cause.BAD, 401: Cause.DENIED, 403: Cause.DENIED,
        405: Cause.NOT_SUPPORTED, 501: Cause.NOT_SUPPORTED,
    }.get(status, Cause.OTHER)  # fmt: skip
    raise TransferFailed(cause, f"HTTP {status}")


# --- ftp, ftps ----------------------------------------------------------------------------------


class _FtpTls(ftplib.FTP_TLS):
    """Data connections resume the TLS session of the commands, as many servers demand."""

    def ntransfercmd(
        self, cmd: str, rest: int | str | None = None
    ) -> tuple[socket.socket, int | None]:
        """Open one; the commands have seen to its protection (PROT P)."""
        plain, size = ftplib.FTP.ntransfercmd(self, cmd, rest)  # noqa: S321  # TLS follows
        session = self.sock.session if isinstance(self.sock, ssl.SSLSocket) else None
        return self.context.wrap_socket(plain, server_hostname=self.host, session=session), size


class _Ftp:
    """One FTP transfer; the calls block, and `abandon` ends them from another thread."""

    def __init__(self, url: SplitResult, manner: Manner) -> None:
        self._url = url
        self._ftp = (
            _FtpTls(context=manner.tls(), timeout=SILENCE_S)
            if url.scheme == "ftps"
            else ftplib.FTP(timeout=SILENCE_S)  # noqa: S321  # OCPP 1.6 asks for it
        )

    def run(self, work: Callable[[_Ftp, str, Progress], T], progress: Progress) -> T:
        """Log in, do the work, take leave."""
        url = self._url
        with self._ftp as ftp:
            ftp.connect(str(url.hostname), url.port or ftplib.FTP_PORT)
            ftp.login(unquote(url.username or "anonymous"), unquote(url.password or ""))
            if isinstance(ftp, ftplib.FTP_TLS):
                ftp.prot_p()
            return work(self, unquote(url.path.removeprefix("/")), progress)

    def get(self, path: str, progress: Progress) -> bytes:
        """Retrieve a file."""
        data = bytearray()

        def take(block: bytes) -> None:
            data.extend(block)
            progress.done = len(data)

        self._ftp.voidcmd("TYPE I")
        with contextlib.suppress(ftplib.error_perm):  # not every server knows SIZE (RFC 3659)
            progress.total = self._ftp.size(path)
        self._ftp.retrbinary(f"RETR {path}", take, BLOCK)
        return bytes(data)

    def put(self, path: str, data: bytes, progress: Progress) -> None:
        """Store a file."""

        def sent(block: bytes) -> None:
            progress.done += len(block)

        self._ftp.storbinary(f"STOR {path}", io.BytesIO(data), BLOCK, sent)

    def abandon(self) -> None:
        """Have a call that blocks fail."""
        if self._ftp.sock is not None:
            with contextlib.suppress(OSError):
                self._ftp.sock.shutdown(socket.SHUT_RDWR)


async def _by_ftp(
    url: SplitResult,
    manner: Manner,
    work: Callable[[_Ftp, str, Progress], T],
    progress: Progress,
) -> T:
    if any(ord(sign) < 32 for sign in unquote(url.path)):
        raise TransferFailed(Cause.BAD, "the path has a control character")
    ftp = _Ftp(url, manner)
    try:
        return await asyncio.to_thread(ftp.run, work, progress)
    except asyncio.CancelledError:
        ftp.abandon()
        raise
