"""Certificates of a laboratory: two hierarchies, and certificates with one flaw each.

The operator's hierarchy (root, sub CA) signs server and station certificates, the
manufacturer's root signs firmware certificates directly. Keys live in memory only.

Source: OCPP security white paper, section "Certificate properties"; station behaviour 14.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from ipaddress import ip_address
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicKey: TypeAlias = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

DAY = timedelta(days=1)
CA_DAYS, LEAF_DAYS = 3650, 365


class KeyKind(StrEnum):
    """Algorithm of a key pair; RSA takes its time to make."""

    EC = "ec"
    RSA = "rsa"


class Flaw(StrEnum):
    """What is wrong with a certificate; everything else about it is right."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not yet valid"
    WRONG_NAME = "wrong name"
    WRONG_ORGANISATION = "wrong organisation"
    UNKNOWN_ROOT = "unknown root"
    WEAK_KEY = "weak key"
    WRONG_KEY = "wrong key"
    WRONG_SIGNATURE = "wrong signature"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A certificate with what leads to its root, and its key.

    Attributes:
        chain: leaf first, without the root.
        key: of the leaf.
    """

    chain: tuple[x509.Certificate, ...]
    key: PrivateKey

    @property
    def leaf(self) -> x509.Certificate:
        """The certificate itself."""
        return self.chain[0]

    @property
    def leaf_der(self) -> bytes:
        """The certificate as DER."""
        return self.leaf.public_bytes(Encoding.DER)

    @property
    def pem(self) -> str:
        """The chain as PEM, leaf first."""
        return "".join(pem(certificate) for certificate in self.chain)

    @property
    def key_pem(self) -> str:
        """The private key as PEM, not encrypted."""
        form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return self.key.private_bytes(*form).decode()


def pem(certificate: x509.Certificate) -> str:
    """A certificate as PEM."""
    return certificate.public_bytes(Encoding.PEM).decode()


def new_key(kind: KeyKind = KeyKind.EC, *, weak: bool = False) -> PrivateKey:
    """A key pair: P-256 or RSA 2048; weak: RSA 1024."""
    if weak:
        return rsa.generate_private_key(65537, 1024)  # noqa: S505  # that is the flaw
    if kind is KeyKind.RSA:
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1())


def name(common_name: str, organisation: str) -> x509.Name:
    """A subject: O and CN."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


class LabPki:
    """The authorities of a laboratory.

    Args:
        now: everything made here is good from the day before on.
        organisation: the operator, CpoName of its stations.
    """

    def __init__(self, now: datetime, organisation: str = "Rig CPO") -> None:
        self.now = now
        self.organisation = organisation

    # --- authorities ------------------------------------------------------------------------

    @cached_property
    def root(self) -> Credentials:
        """CentralSystemRootCertificate."""
        return self._root("CPO root", self.organisation)

    @cached_property
    def sub_ca(self) -> Credentials:
        """Signs servers and stations; its chain does not contain the root."""
        return self._ca("CPO sub CA", self.root)

    @cached_property
    def successor_root(self) -> Credentials:
        """A new root that the present one has signed (AdditionalRootCertificateCheck)."""
        return self._ca("CPO root 2", self.root)

    @cached_property
    def foreign_root(self) -> Credentials:
        """A root that nobody trusts."""
        return self._root("Somebody's root", "Somebody")

    @cached_property
    def manufacturer_root(self) -> Credentials:
        """ManufacturerRootCertificate."""
        return self._root("Manufacturer root", "Rig Manufacturer")

    def bad_root(self, flaw: Flaw) -> Credentials:
        """A root that no station may install: expired, or with a weak key."""
        key = new_key(weak=flaw is Flaw.WEAK_KEY)
        subject = name(f"CPO root, {flaw}", self.organisation)
        return Credentials((self._sign(subject, key, None, flaw=flaw, ca=True),), key)

    # --- certificates -----------------------------------------------------------------------

    def server(
        self,
        host: str,
        kind: KeyKind = KeyKind.EC,
        *,
        flaw: Flaw | None = None,
        alternative_name: bool = True,
        issuer: Credentials | None = None,
    ) -> Credentials:
        """A Central System's certificate.

        Args:
            host: its CN.
            kind: of the key.
            flaw: what is wrong with it.
            alternative_name: with subjectAltName, too.
            issuer: the sub CA by default.
        """
        key = new_key(kind, weak=flaw is Flaw.WEAK_KEY)
        shown = "elsewhere.example" if flaw is Flaw.WRONG_NAME else host
        subject = name(shown, self.organisation)
        return self._leaf(subject, key, issuer, flaw=flaw, host=shown if alternative_name else None)

    def station(
        self, serial_number: str, kind: KeyKind = KeyKind.EC, *, days: int = LEAF_DAYS
    ) -> Credentials:
        """Certificate and key that a station is delivered with; it ends in so many days."""
        key = new_key(kind)
        return self._leaf(name(serial_number, self.organisation), key, None, days=days)

    def sign_request(
        self, csr: str, *, flaw: Flaw | None = None, days: int = LEAF_DAYS
    ) -> Credentials:
        """What CertificateSigned carries for a CSR. The key of the result is none of the station.

        Raises:
            ValueError: the CSR cannot be read, or its signature is wrong.
        """
        request = x509.load_pem_x509_csr(csr.encode())
        if not request.is_signature_valid:
            raise ValueError("signature of the CSR is wrong")
        subject, own = request.subject, new_key(weak=flaw is Flaw.WEAK_KEY)
        public = request.public_key()
        if flaw in (Flaw.WRONG_KEY, Flaw.WEAK_KEY):
            public = own.public_key()
        if not isinstance(public, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
            raise ValueError("key of the CSR is neither RSA nor EC")
        if flaw is Flaw.WRONG_NAME:
            subject = name("SOMEBODY-ELSE", self.organisation)
        elif flaw is Flaw.WRONG_ORGANISATION:
            common = subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
            subject = name(str(common), "Somebody")
        return self._leaf(subject, own, None, flaw=flaw, public=public, days=days)

    def firmware_signer(self, kind: KeyKind = KeyKind.EC, flaw: Flaw | None = None) -> Credentials:
        """Certificate and key that sign firmware, directly below the manufacturer's root."""
        key = new_key(kind, weak=flaw is Flaw.WEAK_KEY)
        subject = name("Firmware signing", "Rig Manufacturer")
        return self._leaf(subject, key, self.manufacturer_root, flaw=flaw)

    def revoked(self, *certificates: x509.Certificate, issuer: Credentials | None = None) -> str:
        """CRL as PEM; the issuer is the sub CA by default."""
        issuer = issuer or self.sub_ca
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.leaf.subject)
            .last_update(self.now - DAY)
            .next_update(self.now + 30 * DAY)
        )
        for certificate in certificates:
            entry = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number)
            builder = builder.add_revoked_certificate(entry.revocation_date(self.now - DAY).build())
        return builder.sign(issuer.key, SHA256()).public_bytes(Encoding.PEM).decode()

    # --- how they are made ------------------------------------------------------------------

    def _root(self, common_name: str, organisation: str) -> Credentials:
        key = new_key()
        return Credentials((self._sign(name(common_name, organisation), key, None, ca=True),), key)

    def _ca(self, common_name: str, issuer: Credentials) -> Credentials:
        key = new_key()
        subject = name(common_name, self.organisation)
        return Credentials((self._sign(subject, key, issuer, ca=True),), key)

    def _leaf(
        self,
        subject: x509.Name,
        key: PrivateKey,
        issuer: Credentials | None,
        *,
        flaw: Flaw | None = None,
        public: PublicKey | None = None,
        host: str | None = None,
        days: int = LEAF_DAYS,
    ) -> Credentials:
        issuer = issuer or self.sub_ca
        if flaw is Flaw.UNKNOWN_ROOT:
            issuer = self.foreign_root
        leaf = self._sign(
            subject, key, issuer, flaw=flaw, ca=False, public=public, host=host, days=days
        )
        rest = issuer.chain if issuer is self.sub_ca else ()
        return Credentials((leaf, *rest), key)

    def _sign(
        self,
        subject: x509.Name,
        key: PrivateKey,
        issuer: Credentials | None,
        *,
        ca: bool,
        flaw: Flaw | None = None,
        public: PublicKey | None = None,
        host: str | None = None,
        days: int = CA_DAYS,
    ) -> x509.Certificate:
        begin, end = self.now - DAY, self.now + days * DAY
        if flaw is Flaw.EXPIRED:
            begin, end = self.now - 30 * DAY, self.now - DAY
        elif flaw is Flaw.NOT_YET_VALID:
            begin = self.now + 30 * DAY
        owner = public or key.public_key()
        signer = issuer or Credentials((), key)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.leaf.subject if issuer else subject)
            .public_key(owner)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca, None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(owner), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key()),
                critical=False,
            )
        )
        if host is not None:
            builder = builder.add_extension(_alternative_name(host), critical=False)
        return builder.sign(new_key() if flaw is Flaw.WRONG_SIGNATURE else signer.key, SHA256())


def _alternative_name(host: str) -> x509.SubjectAlternativeName:
    try:
        return x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))])
    except ValueError:
        return x509.SubjectAlternativeName([x509.DNSName(host)])
