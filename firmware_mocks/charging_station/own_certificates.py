"""The station's own certificates: key pairs, requests, what is accepted, which one is shown.

A private key is made here and stays on the disk of the station.

Source: OCPP security white paper, A02 and A03; station behaviour 14.4.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from firmware_mocks.charging_station.board import Board
from firmware_mocks.charging_station.certificates import CertificateStore, CertificateType
from firmware_mocks.charging_station.storage import StoredKeys, StoredPair
from firmware_mocks.charging_station.x509_checks import (
    BadCertificate,
    check_dates,
    check_not_expired,
    check_not_revoked,
    check_properties,
    parsed,
    path_to_root,
    pem,
    subject_field,
)

MONTH = timedelta(days=30)
"""How long before its expiry a certificate is renewed, and an old one is kept."""

PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """A certificate of this station with its key, both PEM, and its leaf."""

    chain: str
    key: str
    leaf: x509.Certificate


class OwnCertificates:
    """Certificates that this station can show, and the one it has asked for.

    Args:
        board: of the station.
        stored: from the disk; changed in place.
        store: roots that certificates of the operator's hierarchy end in.
    """

    __slots__ = ("_board", "_store", "stored")

    def __init__(self, board: Board, stored: StoredKeys, store: CertificateStore) -> None:
        self.stored = stored
        self._board = board
        self._store = store

    def usable(self) -> list[OwnCertificate]:
        """Those that are valid now, newest by notBefore first; of two alike, the later one."""
        now, found = self._board.rtc.utc(), []
        for pair in reversed(self.stored["own"]):
            leaf = parsed(pair["chain"])[0]
            if leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
                found.append(OwnCertificate(pair["chain"], pair["key"], leaf))
        return sorted(found, key=lambda own: own.leaf.not_valid_before_utc, reverse=True)

    def newest_expiry(self) -> datetime | None:
        """When the last of the certificates expires; None without any."""
        leaves = [parsed(pair["chain"])[0] for pair in self.stored["own"]]
        return max((leaf.not_valid_after_utc for leaf in leaves), default=None)

    def provide(self, chain: str, key: str) -> None:
        """Install a certificate and its key, as a technician does.

        Raises:
            ValueError: they cannot be read, are weak, or do not belong together.
        """
        check_properties(parsed(chain)[0])
        if load_pem_private_key(key.encode(), None).public_key() != parsed(chain)[0].public_key():
            raise BadCertificate("key and certificate do not belong together")
        self._add(chain, key)

    # --- request ----------------------------------------------------------------------------

    async def request(self) -> str:
        """A new key pair, and a request for its certificate: PKCS#10 as PEM."""
        key = await asyncio.to_thread(_new_key, self._board.persona.cipher_suites)
        if self._board.defects.has("csr-old-key") and self.stored["own"]:
            old = load_pem_private_key(self.stored["own"][-1]["key"].encode(), None)
            if isinstance(old, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
                key = old
        if self._board.defects.has("csr-weak-key"):
            key = rsa.generate_private_key(65537, 1024)  # noqa: S505  # that is the defect
        form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.stored["pending_key"] = key.private_bytes(*form).decode()
        self._board.save()
        common_name = self._board.persona.serial_number
        if self._board.defects.has("csr-wrong-name"):
            common_name = "SOMEBODY-ELSE"
        organisation = self._board.configuration.values["CpoName"]
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
                x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            ]
        )
        builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
        request = builder.sign(key, SHA256())
        if not self._board.defects.has("csr-wrong-signature"):
            return request.public_bytes(Encoding.PEM).decode()
        raw = request.public_bytes(Encoding.DER)
        wrong = x509.load_der_x509_csr(raw[:-1] + bytes([raw[-1] ^ 1]))
        return wrong.public_bytes(Encoding.PEM).decode()

    def give_up_request(self) -> None:
        """The request was rejected: no certificate comes."""
        self.stored["pending_key"] = None
        self._board.save()

    def accept(self, chain: str) -> None:
        """Take the certificate that was asked for; it is used from its notBefore on.

        Raises:
            BadCertificate: it is bad, or none was asked for; the key is then discarded.
        """
        key, self.stored["pending_key"] = self.stored["pending_key"], None
        self._board.save()
        if not self._board.defects.has("accepts-bad-certificate", "station"):
            self._check(chain, key)
        if key is not None:
            self._add(chain, key)

    def _check(self, text: str, key: str | None) -> None:
        if len(text) > self._board.configuration.number("CertificateSignedMaxChainSize"):
            raise BadCertificate("chain is too long")
        chain, now = parsed(text), self._board.rtc.utc()
        if key is None:
            raise BadCertificate("no certificate was asked for")
        if load_pem_private_key(key.encode(), None).public_key() != chain[0].public_key():
            raise BadCertificate("key is not that of the request")
        if subject_field(chain[0], NameOID.COMMON_NAME) != self._board.persona.serial_number:
            raise BadCertificate("CN is not the serial number")
        organisation = self._board.configuration.values["CpoName"]
        if subject_field(chain[0], NameOID.ORGANIZATION_NAME) != organisation:
            raise BadCertificate("O is not CpoName")
        path = path_to_root(chain, self._store.roots(CertificateType.CENTRAL_SYSTEM))
        check_not_expired(chain[0], now)
        for certificate in path:
            check_properties(certificate)
        for certificate in path[1:]:
            check_dates(certificate, now)
        check_not_revoked(path, self._store.crls())

    def _add(self, chain: str, key: str) -> None:
        self.stored["own"].append(StoredPair(chain=_tidy(chain), key=key))
        self._forget_old(self._board.rtc.utc())
        self._board.save()

    def _forget_old(self, now: datetime) -> None:
        """An old certificate is a fall-back for a month after its successor became valid."""
        begins = [parsed(pair["chain"])[0].not_valid_before_utc for pair in self.stored["own"]]
        self.stored["own"][:] = [
            pair
            for pair, begin in zip(self.stored["own"], begins, strict=True)
            if not any(begin < later and later + MONTH < now for later in begins)
        ]


def _tidy(chain: str) -> str:
    return "".join(pem(certificate) for certificate in parsed(chain))


def _new_key(cipher_suites: str) -> PrivateKey:
    if cipher_suites == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1())
