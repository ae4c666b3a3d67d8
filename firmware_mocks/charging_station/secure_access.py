"""How a station gets to its Central System: security profile, endpoint, password, TLS.

A profile that is new is on trial: after three attempts in vain, the former one comes back.

Source: OCPP security white paper, A00 and A05; station behaviour 14.1, 14.2, 14.6 and 14.7.
"""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit, urlunsplit

from cryptography import x509

from firmware_mocks.charging_station.board import Board
from firmware_mocks.charging_station.certificates import CertificateStore, CertificateType
from firmware_mocks.charging_station.own_certificates import OwnCertificate, OwnCertificates
from firmware_mocks.charging_station.security import KEY, PROFILE
from firmware_mocks.charging_station.security_events import SecurityEvents
from firmware_mocks.charging_station.storage import StoredTrial
from firmware_mocks.charging_station.tls import (
    OWN_CREDENTIALS,
    SERVER_CERTIFICATE,
    chain_of,
    client_context,
    tls_failure,
)
from firmware_mocks.charging_station.uplink import Dial
from firmware_mocks.charging_station.x509_checks import (
    BadCertificate,
    check_dates,
    check_host,
    check_not_revoked,
    check_properties,
    path_to_root,
)
from rig.ocppj.dialling import ConnectRefused, PeerRefused

ATTEMPTS = 3
"""Attempts with a new security profile."""

REPLAY = "M2.4"
NOT_ABOUT_THE_MESSAGE = ("M3.",)
"""Rules whose violation leaves a message valid."""


class SecureAccess:
    """Implements `uplink.Access`.

    Args:
        board: of the station.
        events: told what has failed.
        store: roots.
        own: certificates of the station.
        trial: of a security profile, from the disk.

    Attributes:
        trial: as given; None when none is on trial.
        root: that verifies the present connection; None without TLS.
    """

    __slots__ = (
        "_board",
        "_events",
        "_own",
        "_refused",
        "_shown",
        "_store",
        "_told",
        "root",
        "trial",
    )

    def __init__(
        self,
        board: Board,
        events: SecurityEvents,
        store: CertificateStore,
        own: OwnCertificates,
        trial: StoredTrial | None,
    ) -> None:
        self.trial = trial
        self.root: x509.Certificate | None = None
        self._board = board
        self._events = events
        self._store = store
        self._own = own
        self._shown: OwnCertificate | None = None
        self._refused: list[x509.Certificate] = []
        self._told = ""

    @property
    def profile(self) -> int:
        """SecurityProfile."""
        return self._board.configuration.number(PROFILE)

    def endpoint(self) -> str:
        """URL for the present profile, its own or the usual one, with the scheme it needs."""
        account = self._board.uplink.account
        parts = urlsplit(account.endpoints.get(self.profile, account.csms_url))
        return urlunsplit(parts._replace(scheme="wss" if self.profile >= 2 else "ws"))

    # --- Access -----------------------------------------------------------------------------

    def dial(self) -> Dial:
        """How to connect now."""
        self.root = None
        profile, endpoint = self.profile, self.endpoint()
        password = self._password() if profile in (1, 2) else None
        if profile < 2:
            return Dial(endpoint, password)
        self._shown = self._certificate() if profile == 3 else None
        host = urlsplit(endpoint).hostname or ""
        unchecked = self._board.defects.has("accepts-bad-certificate", "server")
        context = client_context(
            self._board.persona.cipher_suites,
            self._store.roots(CertificateType.CENTRAL_SYSTEM),
            self._shown,
            tls_1_3=self._board.persona.tls_1_3,
            unchecked=unchecked,
        )
        if unchecked:
            return Dial(endpoint, password, context)
        return Dial(endpoint, password, context, lambda peer: self._check_server(peer, host))

    def _password(self) -> bytes | None:
        key = self._board.configuration.values[KEY]
        if not key or self._board.defects.has("no-credentials"):
            return None
        as_text = self._board.defects.has("hex-text-password")
        return key.encode() if as_text else bytes.fromhex(key)

    def _certificate(self) -> OwnCertificate | None:
        """The newest that the Central System has not refused; the newest when it has all."""
        usable = self._own.usable()
        if self._board.defects.has("shows-old-certificate"):
            return next(reversed(usable), None)
        good = [own for own in usable if own.leaf not in self._refused]
        if not good:
            self._refused.clear()
        return next(iter(good or usable), None)

    def _check_server(self, peer: ssl.SSLObject, host: str) -> None:
        """Chain, dates, strength, name: OpenSSL has looked at the chain, this at the rest."""
        now = self._board.rtc.utc()
        try:
            chain = chain_of(peer)
            path = path_to_root(chain, self._store.roots(CertificateType.CENTRAL_SYSTEM))
            for certificate in path:
                check_dates(certificate, now)
                check_properties(certificate)
            check_host(chain[0], host)
            check_not_revoked(path, self._store.crls())
        except BadCertificate as bad:
            raise PeerRefused(f"server certificate: {bad}") from bad
        self.root = path[-1]

    def failed(self, refused: ConnectRefused) -> None:
        """Find out why, say so once, and give up a profile that does not work."""
        events, reason = self._why(refused)
        if events and self._told != (told := f"{events} {reason}"):
            self._told = told
            for event in events:
                self._events.raised(event, reason)
        if events == OWN_CREDENTIALS and self._shown is not None:
            self._refused.append(self._shown.leaf)
        if self.trial is None:
            return
        self.trial["failures"] += 1
        if self.trial["failures"] >= ATTEMPTS:
            self._back_to(self.trial["previous"])
        self._board.save()

    def _why(self, refused: ConnectRefused) -> tuple[tuple[str, ...], str]:
        if refused.status in (401, 403):
            return OWN_CREDENTIALS, f"HTTP {refused.status}"
        if isinstance(refused.__cause__, PeerRefused):
            return SERVER_CERTIFICATE, refused.reason
        return tls_failure(refused)

    def _back_to(self, previous: int) -> None:
        info = f"SecurityProfile {self.profile} does not work, back to {previous}"
        self._board.configuration.values[PROFILE] = str(previous)
        self.trial = None
        self._told = ""
        self._events.raised("ReconfigurationOfSecurityParameters", info)

    def connected(self) -> None:
        """A new profile or root has proven itself."""
        self._told = ""
        if self.trial is not None:
            self.trial = None
            self._board.save()
        if self.root is not None:
            self._store.has_verified(self.root)

    def violated(self, rule: str, detail: str) -> None:
        """What the Central System sends is no OCPP, or was sent before."""
        if rule == REPLAY:
            self._events.raised("AttemptedReplayAttacks", detail)
        elif not rule.startswith(NOT_ABOUT_THE_MESSAGE):
            # What comes after a colon may quote the message, and secrets with it.
            self._events.raised("InvalidMessages", f"{rule} {detail.partition(':')[0]}")

    def profile_written(self, previous: int) -> None:
        """SecurityProfile was raised: the next attempts decide whether it stays."""
        self.trial = StoredTrial(previous=previous, failures=0)
        self._board.save()
