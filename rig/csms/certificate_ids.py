"""certificateHashData: by which numbers station and Central System name a certificate.

Source: OCPP security white paper, CertificateHashDataType; RFC 6960, 4.1.1 (CertID).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from rig.jsontypes import Json


@dataclass(frozen=True, slots=True)
class CertificateId:
    """A certificate, named by hashes; hex digits are small, the serial has no leading zeros."""

    hash_algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str

    def payload(self) -> dict[str, Json]:
        """As DeleteCertificate.req has it."""
        return {
            "hashAlgorithm": self.hash_algorithm,
            "issuerNameHash": self.issuer_name_hash,
            "issuerKeyHash": self.issuer_key_hash,
            "serialNumber": self.serial_number,
        }

    @classmethod
    def read(cls, payload: Json) -> CertificateId:
        """An entry of GetInstalledCertificateIds.conf, whatever the case of its digits.

        Raises:
            ValueError: it is no such entry.
        """
        if not isinstance(payload, dict):
            raise ValueError(f"{payload!r} is no certificateHashData")
        if payload.get("hashAlgorithm") not in ALGORITHMS:
            raise ValueError(f"hashAlgorithm {payload.get('hashAlgorithm')!r} is none of OCPP's")
        fields = ("issuerNameHash", "issuerKeyHash", "serialNumber")
        digits = [str(payload.get(field, "")).lower() for field in fields]
        return cls(
            str(payload.get("hashAlgorithm", "")),
            digits[0],
            digits[1],
            digits[2].lstrip("0") or "0",
        )


ALGORITHMS = {"SHA256": hashlib.sha256, "SHA384": hashlib.sha384, "SHA512": hashlib.sha512}
"""HashAlgorithmEnumType."""


def certificate_id(
    certificate: x509.Certificate, issuer: x509.Certificate, algorithm: str = "SHA256"
) -> CertificateId:
    """The numbers of a certificate.

    Args:
        certificate: to name.
        issuer: its issuer; itself for a root.
        algorithm: one of `ALGORITHMS`.

    Raises:
        ValueError: the issuer's key is neither RSA nor EC.
    """
    hashed = ALGORITHMS[algorithm]
    return CertificateId(
        algorithm,
        hashed(certificate.issuer.public_bytes()).hexdigest(),
        hashed(_key_bits(issuer)).hexdigest(),
        f"{certificate.serial_number:x}",
    )


def _key_bits(certificate: x509.Certificate) -> bytes:
    """Value of the BIT STRING subjectPublicKey, without tag, length and unused bits."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    raise ValueError(f"{type(key).__name__} is neither RSA nor EC")
