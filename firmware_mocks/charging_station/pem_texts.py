"""What is wrong with a certificate, key or list that a person gives to a station."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware_mocks.charging_station.x509_checks import BadCertificate


@contextmanager
def pem_text(what: str) -> Iterator[None]:
    """Say what it is about, and what it should be, when it cannot be used.

    Raises:
        BadCertificate: the block could not use it.
    """
    try:
        yield
    except (ValueError, TypeError) as error:  # TypeError: the key has a passphrase
        said = str(error).partition(". See https:")[0].rstrip(".")
        understood = isinstance(error, BadCertificate) and error.__cause__ is None
        remedy = "" if understood else "; want PEM, and a key without passphrase"
        raise BadCertificate(f"{what}: {said}{remedy}") from error


def read_pem(option: str, file: Path, check: Callable[[str], object]) -> str:
    """Text of a file that an option names, which passes the check.

    Raises:
        BadCertificate: it does not.
        OSError: the file cannot be read.
    """
    with pem_text(f"{option} {file}"):
        text = file.read_text()
        check(text)
    return text
