"""Why a connection failed, in the words of the white paper."""

from __future__ import annotations

import ssl

import pytest

from firmware_mocks.charging_station.tls import tls_failure


def ssl_error(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, reason)
    error.reason = reason
    return error


def wrapped(error: BaseException) -> ConnectionError:
    """As asyncio and websockets hand it on."""
    outer = ConnectionError("connection lost")
    outer.__context__ = ValueError("in between")
    outer.__context__.__cause__ = error
    return outer


@pytest.mark.parametrize(
    ("reason", "events"),
    [
        ("UNSUPPORTED_PROTOCOL", ("InvalidTLSVersion",)),
        ("TLSV1_ALERT_PROTOCOL_VERSION", ("InvalidTLSVersion",)),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", ("InvalidTLSCipherSuite",)),
        ("WRONG_CIPHER_RETURNED", ("InvalidTLSCipherSuite",)),
        ("TLSV1_ALERT_UNKNOWN_CA", ("FailedToAuthenticateAtCentralSystem",)),
        ("SSLV3_ALERT_CERTIFICATE_REVOKED", ("FailedToAuthenticateAtCentralSystem",)),
        ("WRONG_VERSION_NUMBER", ()),  # no TLS at all
    ],
)
def test_reason_of_openssl(reason: str, events: tuple[str, ...]) -> None:
    assert tls_failure(wrapped(ssl_error(reason))) == (events, reason)


def test_certificate_of_the_server() -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "certificate has expired"
    events, reason = tls_failure(wrapped(error))
    assert events == ("InvalidCentralSystemCertificate", "CentralSystemFailedToAuthenticate")
    assert reason == "certificate has expired"


def test_what_is_no_matter_of_tls() -> None:
    assert tls_failure(ConnectionRefusedError("nobody there")) == ((), "")
