"""TLS as a station does it: its suites, its roots, its certificate; and why it did not work.

Source: OCPP security white paper, A00.FR.306 to 320; station behaviour 14.2.
"""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from cryptography import x509

from firmware_mocks.charging_station.own_certificates import OwnCertificate
from firmware_mocks.charging_station.x509_checks import BadCertificate, parsed, pem
from rig.ocppj.tls import TlsContext

SUITES = {
    "ecdsa": "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384",
    "rsa": "AES128-GCM-SHA256:AES256-GCM-SHA384",
}
NO_CHECK_TIME = ssl.VerifyFlags(0x200000)
"""X509_V_FLAG_NO_CHECK_TIME: dates are judged by the station's clock, not the computer's."""

SERVER_CERTIFICATE = ("InvalidCentralSystemCertificate", "CentralSystemFailedToAuthenticate")
VERSION, SUITE = ("InvalidTLSVersion",), ("InvalidTLSCipherSuite",)
OWN_CREDENTIALS = ("FailedToAuthenticateAtCentralSystem",)

_REASONS = {
    **dict.fromkeys(
        ("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "WRONG_SSL_VERSION"), VERSION
    ),
    # An alert handshake_failure says that no parameters could be agreed upon: the suites, for a
    # station that has a certificate to show.
    **dict.fromkeys(
        (
            "SSLV3_ALERT_HANDSHAKE_FAILURE", "TLSV1_ALERT_INSUFFICIENT_SECURITY",
            "WRONG_CIPHER_RETURNED", "UNKNOWN_CIPHER_RETURNED", "NO_CIPHERS_AVAILABLE",
            "UNSUPPORTED_COMPRESSION_ALGORITHM",
        ),
        SUITE,
    ),
    **dict.fromkeys(
        (
            "SSLV3_ALERT_BAD_CERTIFICATE", "SSLV3_ALERT_CERTIFICATE_EXPIRED",
            "SSLV3_ALERT_CERTIFICATE_REVOKED", "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
            "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE", "TLSV1_ALERT_ACCESS_DENIED",
            "TLSV1_ALERT_DECRYPT_ERROR", "TLSV1_ALERT_UNKNOWN_CA",
            "TLSV13_ALERT_CERTIFICATE_REQUIRED",
        ),
        OWN_CREDENTIALS,
    ),
}  # fmt: skip


def client_context(
    suites: str,
    roots: Sequence[x509.Certificate],
    own: OwnCertificate | None,
    *,
    tls_1_3: bool,
    unchecked: bool,
) -> TlsContext:
    """Context of a connection.

    Args:
        suites: "ecdsa" or "rsa".
        roots: the server's certificate must lead to one of them.
        own: certificate to show (profile 3).
        tls_1_3: offer TLS 1.3, too.
        unchecked: take any certificate (a defect).
    """
    context = TlsContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # it ignores the CN: see `x509_checks.check_host`
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_3 if tls_1_3 else ssl.TLSVersion.TLSv1_2
    context.set_ciphers(SUITES[suites])
    if unchecked:
        context.verify_mode = ssl.CERT_NONE
    elif roots:
        # A root may be signed by its predecessor: the way ends where the station trusts.
        context.verify_flags |= NO_CHECK_TIME | ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(cadata="".join(pem(root) for root in roots))
    if own is not None:
        with tempfile.TemporaryDirectory() as folder:  # OpenSSL takes them from files only
            file = Path(folder) / "own.pem"
            file.touch(mode=0o600)
            file.write_text(own.key + own.chain)
            context.load_cert_chain(file)
    return context


def chain_of(connection: ssl.SSLObject) -> list[x509.Certificate]:
    """What the server has shown, its own certificate first.

    The chain is public from Python 3.13 on; before, it is read where 3.13 reads it.

    Raises:
        BadCertificate: nothing.
    """
    shown = getattr(connection, "get_unverified_chain", None)
    if shown is not None:
        return [x509.load_der_x509_certificate(der) for der in shown()]
    inner = getattr(connection, "_sslobj", None)
    certificates = inner.get_unverified_chain() if inner is not None else None
    if not certificates:
        raise BadCertificate("no certificate")
    return parsed("".join(certificate.public_bytes() for certificate in certificates))


def tls_failure(error: BaseException) -> tuple[tuple[str, ...], str]:
    """Security events that a failed connection stands for, and a reason in OpenSSL's words."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return SERVER_CERTIFICATE, str(cause.verify_message)
        if isinstance(cause, ssl.SSLError):
            reason = cause.reason or ""
            return _REASONS.get(reason, ()), reason
    return (), ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    left: BaseException | None = error
    while left is not None:
        yield left
        left = left.__cause__ or left.__context__
