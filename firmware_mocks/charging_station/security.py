"""What a station is delivered with, and which security profile it may take.

Source: OCPP security white paper, A00 and A05; station behaviour 14.1 and 14.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from firmware_mocks.charging_station.certificates import CertificateStore, CertificateType
from firmware_mocks.charging_station.configuration import Configuration
from firmware_mocks.charging_station.own_certificates import OwnCertificates
from firmware_mocks.charging_station.pem_texts import pem_text
from firmware_mocks.charging_station.uplink import Account
from firmware_mocks.charging_station.x509_checks import BadCertificate, check_dates

KEY, PROFILE = "AuthorizationKey", "SecurityProfile"
SECURITY_KEYS = frozenset({KEY.casefold(), PROFILE.casefold()})
"""Keys that are used from the next connection on."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """Certificates that a station has from its maker, as PEM.

    Attributes:
        roots: type and certificate.
        chain, key: certificate of the station, leaf first; "" for none.
        crls: revocation lists.
    """

    roots: tuple[tuple[str, str], ...] = ()
    chain: str = ""
    key: str = ""
    crls: tuple[str, ...] = ()


NOTHING_DELIVERED = Delivered()


def provision(configuration: Configuration, account: Account) -> None:
    """A station that is delivered with credentials uses them, unless others were written since.

    The security profile is that of the account; without one, what fits: 1 with a password, 2
    with a password and a wss URL, 3 with a wss URL and no password.
    """
    secure = account.csms_url.startswith("wss:")
    fitting = account.security_profile
    if account.password is not None and not configuration.values[KEY]:
        configuration.values[KEY] = account.password.hex()
        configuration.values[PROFILE] = str(fitting or (2 if secure else 1))
    elif configuration.number(PROFILE) == 0 and (fitting or secure):
        configuration.values[PROFILE] = str(fitting or 3)


def lacking(profile: int, *, password: bool, root: bool, certificate: bool) -> list[str]:
    """What a security profile needs and the station has not got, a sentence each.

    It may still get it from a technician, so that it is no mistake yet.
    """
    needs = f"security profile {profile} needs"
    found = []
    if profile in (1, 2) and not password:
        found.append(f"{needs} a password: --password-file FILE, or RIG_STATION_PASSWORD")
    if profile in (2, 3) and not root:
        found.append(f"{needs} the root of the CSMS, or none is trusted: --root-certificate FILE")
    if profile == 3 and not certificate:
        found.append(f"{needs} a certificate of the station: --certificate FILE --key FILE")
    return found


def deliver(
    delivered: Delivered, store: CertificateStore, own: OwnCertificates, now: datetime
) -> None:
    """Install what the maker has put in.

    Raises:
        ValueError: something cannot be read or is bad.
    """
    for certificate_type, root in delivered.roots:
        with pem_text(certificate_type):
            store.install(certificate_type, root, now)
    for crl in delivered.crls:
        store.install_crl(crl)
    if delivered.chain:
        with pem_text("certificate and key"):
            own.provide(delivered.chain, delivered.key)


def may_become(
    configuration: Configuration,
    store: CertificateStore,
    own: OwnCertificates,
    profile: str,
    now: datetime,
) -> bool:
    """Whether SecurityProfile may be given this value: only upwards, with what it needs."""
    if profile not in ("1", "2", "3") or int(profile) <= configuration.number(PROFILE):
        return False
    if profile in ("1", "2") and not configuration.values[KEY]:
        return False
    if profile in ("2", "3") and not _has_valid_root(store, now):
        return False
    return profile != "3" or bool(own.usable())


def _has_valid_root(store: CertificateStore, now: datetime) -> bool:
    for root in store.roots(CertificateType.CENTRAL_SYSTEM):
        try:
            check_dates(root, now)
        except BadCertificate:
            continue
        return True
    return False
