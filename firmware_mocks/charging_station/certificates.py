"""Root certificates that are installed in a station, and lists of revoked certificates.

Source: OCPP security white paper, M03 to M05; station behaviour 14.5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, Hash, HashAlgorithm
from cryptography.x509.ocsp import OCSPRequestBuilder

from firmware_mocks.charging_station.storage import Json, StoredCertificate
from firmware_mocks.charging_station.x509_checks import (
    BadCertificate,
    check_not_expired,
    check_properties,
    is_ca,
    is_signed_by,
    parsed_root,
    pem,
)

HASHES: dict[str, HashAlgorithm] = {"SHA256": SHA256(), "SHA384": SHA384(), "SHA512": SHA512()}


class StoreFull(ValueError):
    """There are CertificateStoreMaxLength roots already."""


class CertificateType(StrEnum):
    """Which hierarchy a root stands for."""

    CENTRAL_SYSTEM = "CentralSystemRootCertificate"
    MANUFACTURER = "ManufacturerRootCertificate"


@dataclass(frozen=True, slots=True)
class StoreRules:
    """Rules of a store.

    Attributes:
        max_length: CertificateStoreMaxLength; roots of both hierarchies together.
        one_root: AdditionalRootCertificateCheck.
    """

    max_length: int = 10
    one_root: bool = False


class CertificateStore:
    """The root certificates.

    Args:
        stored: from the disk; changed in place.
        crls: revocation lists as PEM, from the disk; changed in place.
        rules: of this station.
        changed: told when they must be saved.
    """

    __slots__ = ("_changed", "_rules", "stored", "stored_crls")

    def __init__(
        self,
        stored: list[StoredCertificate],
        crls: list[str],
        rules: StoreRules,
        changed: Callable[[], None],
    ) -> None:
        self.stored = stored
        self.stored_crls = crls
        self._rules = rules
        self._changed = changed

    def roots(self, certificate_type: str) -> list[x509.Certificate]:
        """The installed roots of one hierarchy; a fall-back comes after its successor."""
        entries = [e for e in self.stored if e["certificate_type"] == certificate_type]
        entries.sort(key=lambda entry: entry["fallback"])
        return [x509.load_pem_x509_certificate(entry["pem"].encode()) for entry in entries]

    def crls(self) -> list[x509.CertificateRevocationList]:
        """The installed revocation lists."""
        return [x509.load_pem_x509_crl(text.encode()) for text in self.stored_crls]

    def install(
        self, certificate_type: str, text: str, now: datetime, *, unchecked: bool = False
    ) -> None:
        """Install a root; one that is there already is not installed twice.

        Args:
            certificate_type: its hierarchy.
            text: PEM.
            now: by the station's clock.
            unchecked: take a bad one, too (a defect).

        Raises:
            BadCertificate: it is bad or unwanted.
            StoreFull: it is one too many.
        """
        root = parsed_root(text)
        if not unchecked:
            check_properties(root)
            check_not_expired(root, now)
            if not is_ca(root):
                raise BadCertificate("no certificate authority")
            if root.issuer == root.subject and not is_signed_by(root, root):
                raise BadCertificate("wrong signature")
        present = self.roots(certificate_type)
        if root in present:
            return
        if len(self.stored) >= self._rules.max_length:
            raise StoreFull("certificate store is full")
        if self._rules.one_root and certificate_type == CertificateType.CENTRAL_SYSTEM and present:
            if not is_signed_by(root, present[0]):
                raise BadCertificate("not signed by the present root")
            for entry in self._of_central_system():
                entry["fallback"] = True
        self.stored.append(
            StoredCertificate(certificate_type=certificate_type, pem=pem(root), fallback=False)
        )
        self._changed()

    def _of_central_system(self) -> list[StoredCertificate]:
        wanted = CertificateType.CENTRAL_SYSTEM
        return [entry for entry in self.stored if entry["certificate_type"] == wanted]

    def has_verified(self, root: x509.Certificate) -> None:
        """A connection has worked with this root: what it succeeds is not needed any more."""
        if any(e["pem"] == pem(root) and not e["fallback"] for e in self._of_central_system()):
            for entry in self._of_central_system():
                if entry["fallback"]:
                    self.stored.remove(entry)
                    self._changed()

    def install_crl(self, text: str) -> None:
        """Install a revocation list; it replaces an older one of the same issuer.

        Raises:
            ValueError: it cannot be read.
        """
        issuer = x509.load_pem_x509_crl(text.encode()).issuer
        others = [
            old for old in self.stored_crls if x509.load_pem_x509_crl(old.encode()).issuer != issuer
        ]
        self.stored_crls[:] = [*others, text]
        self._changed()

    def hash_data(self, certificate_type: str, algorithm: str = "SHA256") -> list[dict[str, Json]]:
        """CertificateHashData of every root of one hierarchy."""
        everything = [*self.roots(CertificateType.CENTRAL_SYSTEM)]
        everything += self.roots(CertificateType.MANUFACTURER)
        return [
            certificate_hash_data(root, everything, algorithm)
            for root in self.roots(certificate_type)
        ]

    def find(self, hash_data: dict[str, Json]) -> x509.Certificate | None:
        """The root with these hashes; they are computed as the request says."""
        algorithm = str(hash_data["hashAlgorithm"])
        wanted = _comparable(hash_data)
        for kind in CertificateType:
            everything = self.hash_data(kind, algorithm)
            for root, own in zip(self.roots(kind), everything, strict=True):
                if _comparable(own) == wanted:
                    return root
        return None

    def delete(self, root: x509.Certificate) -> None:
        """Remove a root, in both hierarchies."""
        self.stored[:] = [entry for entry in self.stored if entry["pem"] != pem(root)]
        self._changed()


def certificate_hash_data(
    certificate: x509.Certificate, known: Iterable[x509.Certificate], algorithm: str
) -> dict[str, Json]:
    """certificateHashData: the CertID of RFC 6960, 4.1.1.

    A root that another one has signed is named by the key of that one, if it is known.
    """
    issuer = next((c for c in known if is_signed_by(certificate, c)), certificate)
    request = OCSPRequestBuilder().add_certificate(certificate, issuer, HASHES[algorithm]).build()
    name_hash = request.issuer_name_hash
    if issuer is certificate and certificate.issuer != certificate.subject:
        name_hash = _hashed(certificate.issuer.public_bytes(), HASHES[algorithm])
    return {
        "hashAlgorithm": algorithm,
        "issuerNameHash": name_hash.hex(),
        "issuerKeyHash": request.issuer_key_hash.hex(),
        "serialNumber": f"{certificate.serial_number:x}",
    }


def _hashed(data: bytes, algorithm: HashAlgorithm) -> bytes:
    digest = Hash(algorithm)
    digest.update(data)
    return digest.finalize()


def _comparable(hash_data: dict[str, Json]) -> tuple[str, str, str]:
    """Hex digits are compared without case, serial numbers without leading zeros."""
    return (
        str(hash_data["issuerNameHash"]).lower(),
        str(hash_data["issuerKeyHash"]).lower(),
        str(hash_data["serialNumber"]).lower().lstrip("0"),
    )
