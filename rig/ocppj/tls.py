"""TLS of OCPP-J: a context that says why a handshake failed, and that of a Central System.

Source: OCPP security white paper, A00.FR.307 to 320; station behaviour 14.2; rule M1.11.
"""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

SUITES: Mapping[str, str] = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_RSA_WITH_AES_128_GCM_SHA256": "AES128-GCM-SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384": "AES256-GCM-SHA384",
}
"""What a Central System must support, and what OpenSSL calls it."""


class _TellingObject(ssl.SSLObject):
    """Has asyncio send the alert of a failed handshake, which it would throw away."""

    _failure: ssl.SSLError | None = None

    def do_handshake(self) -> None:
        if self._failure is not None:
            raise self._failure
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            self._failure = error
            self._tell(error)
            if "ALERT" in (error.reason or ""):
                raise  # the other side has said it: there is nothing to send
            raise ssl.SSLWantReadError from error  # sends what waits, then looks for more

    def read(  # type: ignore[override]  # Buffer has no name before Python 3.12
        self, len: int = 1024, buffer: bytearray | None = None
    ) -> bytes:
        try:
            return super().read(len, buffer)
        except ssl.SSLError as error:
            if "ALERT" in (error.reason or ""):
                self._tell(error)  # with TLS 1.3 a refused certificate is told as late as this
            raise

    def _tell(self, error: ssl.SSLError) -> None:
        if isinstance(self.context, TlsContext):
            self.context.failed(error)


class TlsContext(ssl.SSLContext):
    """A context that sends alerts and tells of failures.

    Attributes:
        failed: told why a handshake failed.
    """

    sslobject_class = _TellingObject
    failed: Callable[[ssl.SSLError], None] = staticmethod(lambda _: None)


@dataclass(frozen=True, slots=True)
class TlsPeer:
    """How a peer has come in.

    Attributes:
        version: as OpenSSL names it, e.g. TLSv1.2.
        suite: as OpenSSL names it.
        certificate: of the peer, DER; None when it has shown none.
        common_name, organisation: of its subject, "" when missing.
    """

    version: str
    suite: str
    certificate: bytes | None = None
    common_name: str = ""
    organisation: str = ""

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the certificate, hex; "" without."""
        return "" if self.certificate is None else sha256(self.certificate).hexdigest()


def tls_peer(connection: ssl.SSLObject) -> TlsPeer:
    """Who is at the other end of a finished handshake."""
    suite = connection.cipher()
    subject: dict[str, str] = {}
    shown = connection.getpeercert() or {}
    for relative in shown.get("subject", ()):
        for field in relative if isinstance(relative, tuple) else ():
            if isinstance(field, tuple) and len(field) == 2:
                subject[str(field[0])] = str(field[1])
    return TlsPeer(
        connection.version() or "",
        "" if suite is None else suite[0],
        connection.getpeercert(binary_form=True),
        subject.get("commonName", ""),
        subject.get("organizationName", ""),
    )


def server_context(
    credentials: Iterable[tuple[str, str]],
    *,
    client_roots: str = "",
    suites: Iterable[str] = SUITES,
    tls_1_3: bool = False,
    security_level: int = 2,
) -> TlsContext:
    """Context of a listener.

    Args:
        credentials: chain (leaf first) and key as PEM; one pair per kind of key.
        client_roots: PEM of the roots of station certificates; with them a station may show one
            (profile 3), and only a good one passes.
        suites: names of the standard; those of TLS 1.3 are OpenSSL's choice.
        tls_1_3: offer TLS 1.3, too.
        security_level: of OpenSSL; 0 takes weak keys for tests of the other side.
    """
    context = TlsContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_3 if tls_1_3 else ssl.TLSVersion.TLSv1_2
    names = ":".join(SUITES[suite] for suite in suites)
    context.set_ciphers(f"{names}:@SECLEVEL={security_level}")
    for chain, key in credentials:
        load_credentials(context, chain, key)
    if client_roots:
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(cadata=client_roots)
    return context


def load_credentials(context: ssl.SSLContext, chain: str, key: str) -> None:
    """Load a chain and its key from PEM; OpenSSL takes them from files only."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "credentials.pem"
        file.touch(mode=0o600)
        file.write_text(key + chain)
        context.load_cert_chain(file)
