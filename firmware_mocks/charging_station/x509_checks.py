"""What a station looks at in a certificate before it believes it.

Source: OCPP security white paper, "Certificate properties" and A00.FR.308 to 311; station
behaviour 14.2 and 14.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from ipaddress import ip_address
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID, ObjectIdentifier

LEAST_RSA_BITS, LEAST_EC_BITS = 2048, 224
GOOD_HASHES = (SHA256, SHA384, SHA512)


class BadCertificate(ValueError):
    """A certificate that is not believed; the text says why, in a few words."""


def pem(certificate: x509.Certificate) -> str:
    """A certificate as PEM."""
    return certificate.public_bytes(Encoding.PEM).decode()


def parsed(text: str) -> list[x509.Certificate]:
    """Certificates of a PEM text, with LF or CRLF, at least one.

    Raises:
        BadCertificate: there is none, or one cannot be read.
    """
    try:
        chain = x509.load_pem_x509_certificates(text.encode())
        for certificate in chain:
            certificate.extensions  # noqa: B018  # read on demand, and refused then
            certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadCertificate("cannot be read") from error
    return chain


def parsed_root(text: str) -> x509.Certificate:
    """The one certificate of a PEM text.

    Raises:
        BadCertificate: there is none, or more than one.
    """
    certificate, *more = parsed(text)
    if more:
        raise BadCertificate("more than one certificate")
    return certificate


def parsed_key(text: str) -> PrivateKeyTypes:
    """The private key of a PEM text.

    Raises:
        ValueError: it cannot be read.
        TypeError: it has a passphrase.
    """
    return load_pem_private_key(text.encode(), None)


def parsed_crl(text: str) -> x509.CertificateRevocationList:
    """The revocation list of a PEM text.

    Raises:
        ValueError: it cannot be read.
    """
    return x509.load_pem_x509_crl(text.encode())


def check_properties(certificate: x509.Certificate) -> None:
    """Key and hash are strong enough.

    Raises:
        BadCertificate: they are not.
    """
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        strong = key.key_size >= LEAST_RSA_BITS
    elif isinstance(key, ec.EllipticCurvePublicKey):
        strong = key.key_size >= LEAST_EC_BITS
    else:
        raise BadCertificate("key is neither RSA nor EC")
    if not strong:
        raise BadCertificate(f"weak key of {key.key_size} bit")
    try:
        hashed_by = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        raise BadCertificate("unknown signature algorithm") from None
    if not isinstance(hashed_by, GOOD_HASHES):
        raise BadCertificate("weak hash")


def check_dates(certificate: x509.Certificate, now: datetime) -> None:
    """The certificate is valid now.

    Raises:
        BadCertificate: not yet, or no more.
    """
    if now < certificate.not_valid_before_utc:
        raise BadCertificate("not valid yet")
    check_not_expired(certificate, now)


def check_not_expired(certificate: x509.Certificate, now: datetime) -> None:
    """The certificate is or will be valid.

    Raises:
        BadCertificate: it has expired.
    """
    if now > certificate.not_valid_after_utc:
        raise BadCertificate("expired")


def is_ca(certificate: x509.Certificate) -> bool:
    """Whether a certificate may sign others."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return False
    return found.value.ca


def is_signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the issuer's name and key fit; RSA-PSS, PKCS#1 v1.5 and ECDSA."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def path_to_root(
    chain: Sequence[x509.Certificate], roots: Iterable[x509.Certificate]
) -> list[x509.Certificate]:
    """The way from the first certificate of a chain to the nearest installed root.

    Raises:
        BadCertificate: there is none.
    """
    anchors, rest = list(roots), list(chain[1:])
    path = [chain[0]]
    while path[-1] not in anchors:
        last = path[-1]
        issuers = [c for c in anchors if is_signed_by(last, c)]
        issuers += [c for c in rest if is_ca(c) and is_signed_by(last, c)]
        if not issuers:
            raise BadCertificate("not signed by an installed root")
        path.append(issuers[0])
        if issuers[0] in rest:
            rest.remove(issuers[0])  # so that no circle is walked for ever
    return path


def check_not_revoked(
    path: Sequence[x509.Certificate], lists: Iterable[x509.CertificateRevocationList]
) -> None:
    """No revocation list of an issuer on the path names what it has issued.

    A list counts for as long as it is installed: stations have no way to fetch another.

    Raises:
        BadCertificate: one does.
    """
    known = list(lists)
    for certificate, issuer in pairwise(path):
        key = issuer.public_key()
        if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            continue
        for crl in known:
            if (
                crl.issuer == issuer.subject
                and crl.is_signature_valid(key)
                and crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
            ):
                raise BadCertificate("revoked")


def check_host(certificate: x509.Certificate, host: str) -> None:
    """CN or a subjectAltName is the host that was dialled; a leading `*` is one label.

    Python's own check of host names has ignored the CN since 3.7; the white paper wants it.

    Raises:
        BadCertificate: neither is.
    """
    names = [subject_field(certificate, NameOID.COMMON_NAME)]
    addresses: list[object] = []
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names += found.value.get_values_for_type(x509.DNSName)
        addresses += found.value.get_values_for_type(x509.IPAddress)
    except x509.ExtensionNotFound:
        pass
    if any(_is_name(name, host) for name in names):
        return
    try:
        if ip_address(host) in addresses:
            return
    except ValueError:
        pass
    raise BadCertificate(f"not of {host}")


def _is_name(pattern: str, host: str) -> bool:
    pattern, host = pattern.casefold(), host.casefold().rstrip(".")
    if pattern.startswith("*."):
        return host.partition(".")[2] == pattern[2:] != ""
    return pattern == host


def subject_field(certificate: x509.Certificate, field: ObjectIdentifier) -> str:
    """A field of the subject; "" when it is missing."""
    found = certificate.subject.get_attributes_for_oid(field)
    return str(found[0].value) if found else ""
