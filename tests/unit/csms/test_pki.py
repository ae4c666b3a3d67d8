"""Certificates of a laboratory, as OpenSSL and the standards see them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from rig.csms.pki import Credentials, Flaw, KeyKind, LabPki, name, new_key, pem

NOW = datetime(2030, 5, 17, 12, tzinfo=UTC)
CPO = "Rig CPO"


@cache
def pki() -> LabPki:
    return LabPki(NOW)


def csr_of(common_name: str = "RIG-0001", organisation: str = CPO) -> str:
    builder = x509.CertificateSigningRequestBuilder()
    request = builder.subject_name(name(common_name, organisation)).sign(new_key(), SHA256())
    return request.public_bytes(Encoding.PEM).decode()


def verify(credentials: Credentials, host: str, root: Credentials) -> None:
    """The judgement of an implementation that is not ours."""
    builder = PolicyBuilder().store(Store([root.leaf])).time(NOW)
    builder.build_server_verifier(x509.DNSName(host)).verify(
        credentials.leaf, list(credentials.chain[1:])
    )


def field(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    return str(certificate.subject.get_attributes_for_oid(oid)[0].value)


@pytest.mark.parametrize("kind", KeyKind)
def test_a_server_is_named_and_leads_to_the_root(kind: KeyKind) -> None:
    server = pki().server("csms.lab", kind)
    assert field(server.leaf, NameOID.COMMON_NAME) == "csms.lab"
    assert isinstance(server.key, rsa.RSAPrivateKey) == (kind is KeyKind.RSA)
    assert server.leaf.issuer == pki().sub_ca.leaf.subject
    server.leaf.verify_directly_issued_by(pki().sub_ca.leaf)
    pki().sub_ca.leaf.verify_directly_issued_by(pki().root.leaf)
    names = server.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["csms.lab"]


def test_a_server_may_be_an_address() -> None:
    server = pki().server("127.0.0.1")
    names = server.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(a) for a in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]


def test_a_server_may_have_its_name_in_the_subject_only() -> None:
    server = pki().server("csms.lab", alternative_name=False)
    with pytest.raises(x509.ExtensionNotFound):
        server.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)


def test_pem_is_the_chain_without_the_root_and_the_key() -> None:
    server = pki().server("csms.lab")
    chain = x509.load_pem_x509_certificates(server.pem.encode())
    assert chain == [server.leaf, pki().sub_ca.leaf]
    key = load_pem_private_key(server.key_pem.encode(), None)
    assert key.public_key() == server.leaf.public_key()
    assert x509.load_pem_x509_certificate(pem(server.leaf).encode()) == server.leaf


def test_everything_is_valid_from_the_day_before_on() -> None:
    for made in (pki().root, pki().sub_ca, pki().server("csms.lab"), pki().station("X", days=20)):
        assert made.leaf.not_valid_before_utc == NOW - timedelta(days=1)
        assert made.leaf.not_valid_after_utc > NOW + timedelta(days=19)
    assert pki().station("X", days=20).leaf.not_valid_after_utc == NOW + timedelta(days=20)


@pytest.mark.parametrize("flaw", [Flaw.EXPIRED, Flaw.NOT_YET_VALID, Flaw.WRONG_NAME])
def test_a_flaw_of_a_server_is_seen_by_another_implementation(flaw: Flaw) -> None:
    with pytest.raises(VerificationError):
        verify(pki().server("csms.lab", flaw=flaw), "csms.lab", pki().root)


def test_a_flaw_is_the_only_one() -> None:
    expired = pki().server("csms.lab", flaw=Flaw.EXPIRED).leaf
    assert field(expired, NameOID.COMMON_NAME) == "csms.lab"
    expired.verify_directly_issued_by(pki().sub_ca.leaf)
    weak = pki().server("csms.lab", KeyKind.RSA, flaw=Flaw.WEAK_KEY).leaf.public_key()
    assert isinstance(weak, rsa.RSAPublicKey)
    assert weak.key_size == 1024
    foreign = pki().server("csms.lab", flaw=Flaw.UNKNOWN_ROOT)
    assert foreign.chain == (foreign.leaf,)
    foreign.leaf.verify_directly_issued_by(pki().foreign_root.leaf)


def test_a_request_is_signed_as_it_stands() -> None:
    csr = csr_of()
    signed = pki().sign_request(csr, days=10)
    request = x509.load_pem_x509_csr(csr.encode())
    assert signed.leaf.public_key() == request.public_key()
    assert signed.leaf.subject == request.subject
    assert signed.leaf.not_valid_after_utc == NOW + timedelta(days=10)


@pytest.mark.parametrize(
    ("flaw", "common_name", "organisation", "same_key"),
    [
        (Flaw.WRONG_NAME, "SOMEBODY-ELSE", CPO, True),
        (Flaw.WRONG_ORGANISATION, "RIG-0001", "Somebody", True),
        (Flaw.WRONG_KEY, "RIG-0001", CPO, False),
        (Flaw.WEAK_KEY, "RIG-0001", CPO, False),
        (Flaw.UNKNOWN_ROOT, "RIG-0001", CPO, True),
    ],
)
def test_a_request_may_be_signed_wrongly(
    flaw: Flaw, common_name: str, organisation: str, same_key: bool
) -> None:
    csr = csr_of()
    leaf = pki().sign_request(csr, flaw=flaw).leaf
    assert field(leaf, NameOID.COMMON_NAME) == common_name
    assert field(leaf, NameOID.ORGANIZATION_NAME) == organisation
    asked = x509.load_pem_x509_csr(csr.encode()).public_key()
    assert (leaf.public_key() == asked) is same_key


def test_what_is_no_request_is_refused() -> None:
    with pytest.raises(ValueError, match="PEM"):
        pki().sign_request("nonsense")


def test_a_request_that_was_changed_is_refused() -> None:
    request = x509.load_pem_x509_csr(csr_of().encode())
    der = request.public_bytes(Encoding.DER)
    forged = x509.load_der_x509_csr(der.replace(b"RIG-0001", b"RIG-0002"))
    text = forged.public_bytes(Encoding.PEM).decode()
    with pytest.raises(ValueError, match="signature of the CSR is wrong"):
        pki().sign_request(text)


def test_a_request_with_a_key_of_another_kind_is_refused() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    builder = x509.CertificateSigningRequestBuilder().subject_name(name("RIG-0001", CPO))
    text = builder.sign(key, None).public_bytes(Encoding.PEM).decode()
    with pytest.raises(ValueError, match="neither RSA nor EC"):
        pki().sign_request(text)


def test_a_successor_is_signed_by_the_root() -> None:
    pki().successor_root.leaf.verify_directly_issued_by(pki().root.leaf)


def test_bad_roots_are_bad_in_one_respect() -> None:
    expired, weak = pki().bad_root(Flaw.EXPIRED).leaf, pki().bad_root(Flaw.WEAK_KEY).leaf
    assert expired.not_valid_after_utc < NOW < weak.not_valid_after_utc
    assert isinstance(expired.public_key(), ec.EllipticCurvePublicKey)
    assert isinstance(weak.public_key(), rsa.RSAPublicKey)


@pytest.mark.parametrize("kind", KeyKind)
def test_firmware_is_signed_directly_below_the_manufacturer(kind: KeyKind) -> None:
    signer = pki().firmware_signer(kind)
    assert signer.chain == (signer.leaf,)
    signer.leaf.verify_directly_issued_by(pki().manufacturer_root.leaf)


def test_a_list_names_what_is_revoked() -> None:
    bad, good = pki().server("csms.lab").leaf, pki().server("csms.lab").leaf
    crl = x509.load_pem_x509_crl(pki().revoked(bad).encode())
    assert crl.issuer == pki().sub_ca.leaf.subject
    key = pki().sub_ca.key.public_key()
    assert crl.is_signature_valid(key)
    assert crl.get_revoked_certificate_by_serial_number(bad.serial_number) is not None
    assert crl.get_revoked_certificate_by_serial_number(good.serial_number) is None
    of_root = x509.load_pem_x509_crl(pki().revoked(bad, issuer=pki().root).encode())
    assert of_root.issuer == pki().root.leaf.subject
