"""What a station looks at in a certificate: each check alone."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from firmware_mocks.charging_station.x509_checks import (
    BadCertificate,
    check_dates,
    check_host,
    check_not_expired,
    check_not_revoked,
    check_properties,
    is_ca,
    is_signed_by,
    parsed,
    parsed_root,
    path_to_root,
    pem,
    subject_field,
)
from rig.csms.pki import Flaw, KeyKind, LabPki

NOW = datetime(2030, 5, 17, 12, tzinfo=UTC)


@cache
def pki() -> LabPki:
    return LabPki(NOW)


def blank(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> x509.CertificateBuilder:
    """A builder without extensions."""
    subject = pki().root.leaf.subject
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
    builder = builder.serial_number(7).public_key(key.public_key())
    return builder.not_valid_before(NOW).not_valid_after(NOW + timedelta(days=1))


# --- reading ------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_chain_is_read_with_either_line_ending(ending: str) -> None:
    server = pki().server("csms.lab")
    assert parsed(server.pem.replace("\n", ending)) == list(server.chain)


@pytest.mark.parametrize("text", ["", "text", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_what_is_no_certificate_is_refused(text: str) -> None:
    with pytest.raises(BadCertificate, match="cannot be read"):
        parsed(text)


def test_a_root_comes_alone() -> None:
    root = pki().root.leaf
    assert parsed_root(pem(root)) == root
    with pytest.raises(BadCertificate, match="more than one"):
        parsed_root(2 * pem(root))


def test_fields_of_the_subject() -> None:
    leaf = pki().station("RIG-7").leaf
    assert subject_field(leaf, NameOID.COMMON_NAME) == "RIG-7"
    assert subject_field(leaf, NameOID.COUNTRY_NAME) == ""


# --- strength and dates -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KeyKind)
def test_good_properties(kind: KeyKind) -> None:
    check_properties(pki().server("csms.lab", kind).leaf)


def test_weak_rsa_key() -> None:
    with pytest.raises(BadCertificate, match="weak key of 1024 bit"):
        check_properties(pki().server("csms.lab", flaw=Flaw.WEAK_KEY).leaf)


def test_weak_ec_key() -> None:
    key = ec.generate_private_key(ec.SECP192R1())
    with pytest.raises(BadCertificate, match="weak key of 192 bit"):
        check_properties(blank(key).sign(key, SHA256()))


def test_key_that_is_neither_rsa_nor_ec() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    with pytest.raises(BadCertificate, match="neither RSA nor EC"):
        check_properties(blank(key).sign(key, None))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_weak_hash(tmp_path: Path) -> None:
    file = tmp_path / "sha1.pem"  # not of our library: it signs no SHA-1 any more
    command = [
        "openssl", "req", "-x509", "-sha1", "-nodes", "-subj", "/CN=old", "-newkey", "ec",
        "-pkeyopt", "ec_paramgen_curve:P-256", "-keyout", str(tmp_path / "key"), "-out", str(file),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    with pytest.raises(BadCertificate, match="weak hash"):
        check_properties(parsed_root(file.read_text()))


def test_unknown_signature_algorithm() -> None:
    known, unknown = "06082a8648ce3d040302", "06082a8648ce3d040309"  # OIDs of ECDSA
    der = pki().root.leaf_der.replace(bytes.fromhex(known), bytes.fromhex(unknown))
    with pytest.raises(BadCertificate, match="unknown signature algorithm"):
        check_properties(parsed_root(pem(x509.load_der_x509_certificate(der))))


def test_dates() -> None:
    leaf = pki().station("RIG-7", days=20).leaf
    check_dates(leaf, NOW)
    check_dates(leaf, leaf.not_valid_before_utc)
    check_dates(leaf, leaf.not_valid_after_utc)
    with pytest.raises(BadCertificate, match="not valid yet"):
        check_dates(leaf, leaf.not_valid_before_utc - timedelta(seconds=1))
    with pytest.raises(BadCertificate, match="expired"):
        check_dates(leaf, leaf.not_valid_after_utc + timedelta(seconds=1))
    check_not_expired(leaf, leaf.not_valid_before_utc - timedelta(days=1))


# --- the way to a root --------------------------------------------------------------------------


def test_only_authorities_are_authorities() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    assert is_ca(pki().root.leaf)
    assert not is_ca(pki().server("csms.lab").leaf)
    assert not is_ca(blank(key).sign(key, SHA256()))


def test_signatures() -> None:
    assert is_signed_by(pki().sub_ca.leaf, pki().root.leaf)
    assert not is_signed_by(pki().sub_ca.leaf, pki().foreign_root.leaf)
    assert not is_signed_by(pki().root.leaf, pki().sub_ca.leaf)


def test_the_way_goes_over_the_sub_ca() -> None:
    server = pki().server("csms.lab")
    roots = [pki().foreign_root.leaf, pki().root.leaf]
    assert path_to_root(server.chain, roots) == [*server.chain, pki().root.leaf]


def test_an_installed_certificate_is_its_own_way() -> None:
    assert path_to_root([pki().root.leaf], [pki().root.leaf]) == [pki().root.leaf]


def test_the_way_ends_at_the_nearest_root() -> None:
    server = pki().server("csms.lab", issuer=pki().successor_root)
    roots = [pki().root.leaf, pki().successor_root.leaf]
    assert path_to_root(server.chain, roots) == [server.leaf, pki().successor_root.leaf]


@pytest.mark.parametrize("what", ["without the sub CA", "foreign", "below a leaf"])
def test_no_way(what: str) -> None:
    chain = {
        "without the sub CA": list(pki().server("csms.lab").chain[:1]),
        "foreign": list(pki().server("csms.lab", flaw=Flaw.UNKNOWN_ROOT).chain),
        "below a leaf": [
            pki().server("csms.lab", issuer=(leaf := pki().station("RIG-7"))).leaf,
            *leaf.chain,
        ],
    }[what]
    with pytest.raises(BadCertificate, match="not signed by an installed root"):
        path_to_root(chain, [pki().root.leaf])


def test_a_circle_has_an_end() -> None:
    chain = [pki().server("csms.lab").leaf, pki().sub_ca.leaf, pki().root.leaf]
    with pytest.raises(BadCertificate, match="not signed"):
        path_to_root(chain, [pki().foreign_root.leaf])


def test_revoked_by_the_issuer_only() -> None:
    server = pki().server("csms.lab")
    path = [*server.chain, pki().root.leaf]
    foreign = x509.load_pem_x509_crl(pki().revoked(server.leaf, issuer=pki().root).encode())
    check_not_revoked(path, [foreign])
    own = x509.load_pem_x509_crl(pki().revoked(server.leaf).encode())
    with pytest.raises(BadCertificate, match="revoked"):
        check_not_revoked(path, [foreign, own])
    check_not_revoked([*pki().server("csms.lab").chain, pki().root.leaf], [own])


# --- name ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("alternative_name", [True, False], ids=["both", "CN only"])
@pytest.mark.parametrize(
    ("shown", "host", "good"),
    [
        ("csms.lab", "csms.lab", True),
        ("csms.lab", "CSMS.Lab.", True),
        ("csms.lab", "other.lab", False),
        ("csms.lab", "a.csms.lab", False),
        ("*.lab", "csms.lab", True),
        ("*.lab", "a.csms.lab", False),
        ("*.lab", "lab", False),
        ("csms.lab", "127.0.0.1", False),
    ],
)
def test_name(shown: str, host: str, good: bool, alternative_name: bool) -> None:
    leaf = pki().server(shown, alternative_name=alternative_name).leaf
    if good:
        check_host(leaf, host)
    else:
        with pytest.raises(BadCertificate, match=f"not of {host}"):
            check_host(leaf, host)


def test_address() -> None:
    check_host(pki().server("127.0.0.1").leaf, "127.0.0.1")
    with pytest.raises(BadCertificate, match=r"not of 127\.0\.0\.2"):
        check_host(pki().server("127.0.0.1").leaf, "127.0.0.2")
