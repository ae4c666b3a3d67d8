"""What a person gives to a station as PEM, and what is said when it is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from firmware_mocks.charging_station.pem_texts import pem_text, read_pem
from firmware_mocks.charging_station.x509_checks import (
    BadCertificate,
    parsed,
    parsed_crl,
    parsed_key,
    parsed_root,
)
from rig.csms.pki import new_key


@pytest.mark.parametrize("check", [parsed_root, parsed, parsed_key, parsed_crl])
@pytest.mark.parametrize(
    "content", [b"nonsense", b"\x30\x82\xff", b""], ids=["text", "DER", "empty"]
)
def test_a_file_that_is_no_pem_is_named(
    tmp_path: Path, check: Callable[[str], object], content: bytes
) -> None:
    file = tmp_path / "ca.der"
    file.write_bytes(content)
    with pytest.raises(BadCertificate) as caught:
        read_pem("--crl", file, check)
    assert str(caught.value).startswith(f"--crl {file}: ")
    assert str(caught.value).endswith("; want PEM")
    assert "https://" not in str(caught.value)


def test_a_key_with_a_passphrase_is_refused(tmp_path: Path) -> None:
    locked = new_key().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )
    (tmp_path / "own.key").write_bytes(locked)
    with pytest.raises(BadCertificate, match=r"own\.key: .*; want a key without passphrase"):
        read_pem("--key", tmp_path / "own.key", parsed_key)


def test_a_certificate_that_is_understood_needs_no_remedy() -> None:
    with pytest.raises(BadCertificate, match=r"^root: expired$"), pem_text("root"):
        raise BadCertificate("expired")
