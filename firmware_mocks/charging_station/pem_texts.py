"""What is wrong with a certificate, key or list that a person gives to a station."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware_mocks.charging_station.certificates import CertificateType
from firmware_mocks.charging_station.x509_checks import BadCertificate, parsed_root


@contextmanager
def pem_text(what: str) -> Iterator[None]:
    """Say what it is about, and what it should be, when it cannot be used.

    Raises:
        BadCertificate: the block could not use it.
    """
    try:
        yield
    except TypeError as error:
        raise BadCertificate(f"{what}: {error}; want a key without passphrase") from error
    except ValueError as error:
        said = str(error).partition(". See https:")[0].rstrip(".")
        understood = isinstance(error, BadCertificate) and error.__cause__ is None
        raise BadCertificate(f"{what}: {said}{'' if understood else '; want PEM'}") from error


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


def root_certificates(files: Iterable[Path]) -> tuple[tuple[str, str], ...]:
    """Type and text of what --root-certificate names.

    Raises:
        BadCertificate: one is no root certificate.
        OSError: a file cannot be read.
    """
    kind = str(CertificateType.CENTRAL_SYSTEM)
    return tuple((kind, read_pem("--root-certificate", file, parsed_root)) for file in files)
