"""certificateHashData against OpenSSL's own computation of a CertID, and back."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519

from rig.csms.certificate_ids import CertificateId, certificate_id
from rig.csms.pki import Credentials, KeyKind, LabPki, pem

PKI = LabPki(datetime(2030, 5, 17, tzinfo=UTC))


def openssl_cert_id(certificate: x509.Certificate, issuer: x509.Certificate, folder: Path,
                    algorithm: str) -> CertificateId:  # fmt: skip
    (folder / "leaf.pem").write_text(pem(certificate))
    (folder / "issuer.pem").write_text(pem(issuer))
    command = [
        "openssl", "ocsp", f"-{algorithm.lower()}", "-issuer", str(folder / "issuer.pem"),
        "-cert", str(folder / "leaf.pem"), "-req_text", "-no_nonce",
    ]  # fmt: skip
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    values = {}
    for line in re.sub(r"\\\n\s*", "", said).splitlines():  # long values are broken
        field, _, value = line.strip().partition(": ")
        values[field] = value.strip()
    return CertificateId.read(
        {
            "hashAlgorithm": algorithm,
            "issuerNameHash": values["Issuer Name Hash"],
            "issuerKeyHash": values["Issuer Key Hash"],
            "serialNumber": values["Serial Number"],
        }
    )


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.parametrize("algorithm", ["SHA256", "SHA384", "SHA512"])
@pytest.mark.parametrize("kind", KeyKind)
def test_it_is_what_openssl_computes(tmp_path: Path, kind: KeyKind, algorithm: str) -> None:
    issuer = Credentials((PKI.server("issuer", kind).leaf,), PKI.root.key)
    leaf = PKI.server("csms.lab", issuer=issuer).leaf
    ours = certificate_id(leaf, issuer.leaf, algorithm)
    assert ours == openssl_cert_id(leaf, issuer.leaf, tmp_path, algorithm)


def test_a_root_is_named_by_its_own_key() -> None:
    root = PKI.root.leaf
    assert CertificateId.read(certificate_id(root, root).payload()) == certificate_id(root, root)


def test_digits_are_compared_without_case_and_leading_zeros() -> None:
    small = CertificateId("SHA256", "ab", "cd", "1f")
    large = {"hashAlgorithm": "SHA256", "issuerNameHash": "AB", "issuerKeyHash": "CD",
             "serialNumber": "001F"}  # fmt: skip
    assert CertificateId.read(dict(large)) == small
    assert CertificateId.read({**large, "serialNumber": "00"}).serial_number == "0"


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(ValueError, match="is no certificateHashData"):
        CertificateId.read("text")


def test_a_key_of_another_kind_is_refused() -> None:
    builder = x509.CertificateBuilder().subject_name(PKI.root.leaf.subject)
    builder = builder.issuer_name(PKI.root.leaf.subject).serial_number(1)
    builder = builder.not_valid_before(PKI.now).not_valid_after(PKI.now)
    key = ed25519.Ed25519PrivateKey.generate()
    strange = builder.public_key(key.public_key()).sign(key, None)
    with pytest.raises(ValueError, match="neither RSA nor EC"):
        certificate_id(strange, strange)
