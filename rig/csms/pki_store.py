"""The authorities of a laboratory on disk: made once, and used by every campaign after.

Files, PEM: `root.pem` and `manufacturer-root.pem` are for the station; `*.key.pem` are private,
readable by their owner only.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from rig.csms.pki import Credentials, LabPki

ROOT, MANUFACTURER, SUB_CA = "root", "manufacturer-root", "sub-ca"
STATION = "station"
"""What the simulated station is delivered with."""


def stored(folder: Path, now: datetime, organisation: str) -> LabPki:
    """The authorities of a folder; those that are missing are made.

    Args:
        folder: is made if need be.
        now: for those that are made.
        organisation: operator of the stations.

    Raises:
        ValueError: a file is no certificate or key.
        OSError: the folder cannot be read or written.
    """
    pki = LabPki(now, organisation)
    folder.mkdir(parents=True, exist_ok=True)
    pki.root = _kept(folder, ROOT, lambda: pki.root)
    pki.sub_ca = _kept(folder, SUB_CA, lambda: pki.sub_ca)
    pki.manufacturer_root = _kept(folder, MANUFACTURER, lambda: pki.manufacturer_root)
    return pki


def deliver_station(folder: Path, pki: LabPki, serial_number: str) -> None:
    """Write a new certificate with its key for a simulated station."""
    write(folder, STATION, pki.station(serial_number))


def write(folder: Path, name: str, credentials: Credentials) -> None:
    """Write a chain and its key."""
    (folder / f"{name}.pem").write_text(credentials.pem)
    key = folder / f"{name}.key.pem"
    key.touch(mode=0o600)
    key.write_text(credentials.key_pem)


def _kept(folder: Path, name: str, make: Callable[[], Credentials]) -> Credentials:
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key.pem"
    if not (certificate.is_file() and key.is_file()):
        made = make()
        write(folder, name, made)
        return made
    chain = x509.load_pem_x509_certificates(certificate.read_bytes())
    private = load_pem_private_key(key.read_bytes(), None)
    if not isinstance(private, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise ValueError(f"{key}: neither an RSA nor an EC key")
    return Credentials(tuple(chain), private)
