"""Image of the emulated station's firmware: a line of text, a line of JSON, then the payload.

    EVSE-RIG FIRMWARE 1
    {"version": "2.0.0", "size": 65536, "sha256": "..."}
    ... size bytes ...

What is signed in a secure update is the whole file.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256

MAGIC = b"EVSE-RIG FIRMWARE 1\n"
LONGEST_VERSION = 50
_PSS = padding.PSS(padding.MGF1(SHA256()), padding.PSS.DIGEST_LENGTH)
_PSS_OF_ANY_SALT = padding.PSS(padding.MGF1(SHA256()), padding.PSS.AUTO)


class BadImage(ValueError):
    """Not firmware that can be installed; the text says why."""


@dataclass(frozen=True, slots=True)
class Image:
    """What an image says of itself."""

    version: str


def make_image(version: str, size: int = 65536, *, corrupt: bool = False) -> bytes:
    """An image; the same arguments give the same bytes.

    Args:
        version: of BootNotification.firmwareVersion, 1 to 50 characters.
        size: of the payload, bytes.
        corrupt: the payload is not what the head says.

    Raises:
        ValueError: no version or size.
    """
    if not 1 <= len(version) <= LONGEST_VERSION or size < 1:
        raise ValueError(
            f"a version has 1 to {LONGEST_VERSION} characters, an image 1 byte or more"
        )
    payload = random.Random(version).randbytes(size)  # noqa: S311  # any bytes will do
    head = {"version": version, "size": size, "sha256": hashlib.sha256(payload).hexdigest()}
    if corrupt:
        payload = bytes([payload[0] ^ 1]) + payload[1:]
    return MAGIC + json.dumps(head).encode() + b"\n" + payload


def read_image(data: bytes) -> Image:
    """What an image says of itself, if it may be installed.

    Raises:
        BadImage: it may not.
    """
    if not data.startswith(MAGIC):
        raise BadImage("not an image of this station")
    text, _, payload = data[len(MAGIC) :].partition(b"\n")
    try:
        head = json.loads(text)
        version, size, digest = str(head["version"]), int(head["size"]), str(head["sha256"])
    except (ValueError, LookupError, TypeError):
        raise BadImage("the head cannot be read") from None
    if not 1 <= len(version) <= LONGEST_VERSION:
        raise BadImage("the version is no version")
    if len(payload) != size:
        raise BadImage(f"{len(payload)} bytes instead of {size}")
    if hashlib.sha256(payload).hexdigest() != digest:
        raise BadImage("wrong checksum")
    return Image(version)


def sign(data: bytes, key: PrivateKeyTypes) -> str:
    """Signature of SignedUpdateFirmware: base64; RSA-PSS or ECDSA with SHA-256.

    Raises:
        ValueError: a key of another kind.
    """
    if isinstance(key, rsa.RSAPrivateKey):
        raw = key.sign(data, _PSS, SHA256())
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        raw = key.sign(data, ec.ECDSA(SHA256()))
    else:
        raise ValueError("the key is neither RSA nor EC")
    return base64.b64encode(raw).decode()


def is_signed(data: bytes, signature: str, key: PublicKeyTypes) -> bool:
    """Whether a signature is good: RSA-PSS, PKCS#1 v1.5 or ECDSA with SHA-256, base64."""
    try:
        raw = base64.b64decode(signature, validate=True)
    except ValueError:
        return False
    if isinstance(key, ec.EllipticCurvePublicKey):
        return _verifies(lambda: key.verify(raw, data, ec.ECDSA(SHA256())))
    if isinstance(key, rsa.RSAPublicKey):
        return _verifies(lambda: key.verify(raw, data, _PSS_OF_ANY_SALT, SHA256())) or _verifies(
            lambda: key.verify(raw, data, padding.PKCS1v15(), SHA256())
        )
    return False


def _verifies(verify: Callable[[], None]) -> bool:
    try:
        verify()
    except InvalidSignature:
        return False
    return True
