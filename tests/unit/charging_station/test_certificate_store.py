"""Roots in a station's store, and its own certificates on their way from new to old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from firmware_mocks.charging_station.certificates import (
    CertificateStore,
    CertificateType,
    StoreFull,
    StoreRules,
)
from firmware_mocks.charging_station.controller import Controller
from firmware_mocks.charging_station.persona import Persona
from firmware_mocks.charging_station.security import Delivered, lacking, may_become
from firmware_mocks.charging_station.station import ChargingStation, StationOptions
from firmware_mocks.charging_station.uplink import Account
from firmware_mocks.charging_station.x509_checks import BadCertificate
from firmware_mocks.clock import MockClock
from rig.csms.pki import Flaw, LabPki, name, new_key, pem
from rig.ocppj.link import NoObserver

NOW = datetime(2030, 5, 17, 12, tzinfo=UTC)
ROOT, MAKER = CertificateType.CENTRAL_SYSTEM, CertificateType.MANUFACTURER
KEY = "00" * 16


@cache
def pki(days: int = 0) -> LabPki:
    """Authorities of the lab, `days` later; each with a root of its own."""
    return LabPki(NOW + timedelta(days=days))


class StandingClock(MockClock):
    """Lab time that passes when it is told to."""

    passed_s = 0.0

    def now(self) -> float:
        return self.passed_s


def station(
    *, url: str = "ws://127.0.0.1:9/ocpp", password: str = "", persona: Persona | None = None,
    profile: int | None = None, delivered: Delivered | None = None,
    clock: MockClock | None = None,
) -> Controller:  # fmt: skip
    """Controller of a station without a connection."""
    secret = bytes.fromhex(password) if password else None
    options = StationOptions(
        Account(url, "CP1", secret, security_profile=profile),
        persona or Persona(security_extension=True),
        delivered=delivered or Delivered(),
    )
    clock = clock or StandingClock(epoch=NOW.timestamp())
    return ChargingStation(options, clock, NoObserver()).controller


def store(rules: StoreRules | None = None) -> CertificateStore:
    return CertificateStore([], [], rules or StoreRules(), lambda: None)


# --- roots --------------------------------------------------------------------------------------


def test_hierarchies_are_kept_apart() -> None:
    roots = store()
    roots.install(ROOT, pem(pki().root.leaf), NOW)
    roots.install(MAKER, pem(pki().manufacturer_root.leaf), NOW)
    assert roots.roots(ROOT) == [pki().root.leaf]
    assert roots.roots(MAKER) == [pki().manufacturer_root.leaf]


def test_a_root_with_a_forged_signature_is_refused() -> None:
    text = pem(pki().root.leaf)
    der = bytearray(pki().root.leaf.public_bytes(Encoding.DER))
    der[-1] ^= 1
    forged = x509.load_der_x509_certificate(bytes(der))
    assert pem(forged) != text
    with pytest.raises(BadCertificate, match="wrong signature"):
        store().install(ROOT, pem(forged), NOW)


def test_full_counts_both_hierarchies() -> None:
    roots = store(StoreRules(max_length=1))
    roots.install(MAKER, pem(pki().manufacturer_root.leaf), NOW)
    with pytest.raises(StoreFull):
        roots.install(ROOT, pem(pki().root.leaf), NOW)


def test_a_fall_back_goes_once_its_successor_has_worked() -> None:
    roots = store(StoreRules(one_root=True))
    roots.install(ROOT, pem(pki().root.leaf), NOW)
    with pytest.raises(BadCertificate, match="not signed by the present root"):
        roots.install(ROOT, pem(pki().foreign_root.leaf), NOW)
    roots.install(ROOT, pem(pki().successor_root.leaf), NOW)
    assert roots.roots(ROOT) == [pki().successor_root.leaf, pki().root.leaf]
    roots.has_verified(pki().root.leaf)
    assert len(roots.roots(ROOT)) == 2
    roots.has_verified(pki().successor_root.leaf)
    assert roots.roots(ROOT) == [pki().successor_root.leaf]


def test_a_successor_of_a_successor_leaves_both_until_it_has_worked() -> None:
    roots = store(StoreRules(one_root=True))
    third = pki()._ca("CPO root 3", pki().successor_root).leaf
    for root in (pki().root.leaf, pki().successor_root.leaf, third):
        roots.install(ROOT, pem(root), NOW)
    assert roots.roots(ROOT) == [third, pki().root.leaf, pki().successor_root.leaf]
    roots.has_verified(pki().successor_root.leaf)
    assert len(roots.roots(ROOT)) == 3
    roots.has_verified(third)
    assert roots.roots(ROOT) == [third]


def test_what_is_deleted_is_deleted_in_both_hierarchies() -> None:
    roots = store()
    for kind in (ROOT, MAKER):
        roots.install(kind, pem(pki().root.leaf), NOW)
    roots.delete(pki().root.leaf)
    assert roots.stored == []


def test_a_newer_list_replaces_that_of_the_same_issuer() -> None:
    roots, bad = store(), pki().server("csms.lab").leaf
    roots.install_crl(pki().revoked())
    roots.install_crl(pki().revoked(bad, issuer=pki().root))
    roots.install_crl(pki().revoked(bad))
    assert [len(list(crl)) for crl in roots.crls()] == [1, 1]


def test_a_certificate_is_named_without_its_issuer_too() -> None:
    roots = store()
    roots.install(ROOT, pem(pki().successor_root.leaf), NOW)
    (named,) = roots.hash_data(ROOT)
    assert roots.find(named) == pki().successor_root.leaf
    assert roots.find({**named, "issuerKeyHash": "00"}) is None


# --- what a station is delivered with -----------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "password", "profile", "expected"),
    [
        ("ws://h/ocpp", "", None, "0"),
        ("ws://h/ocpp", KEY, None, "1"),
        ("wss://h/ocpp", KEY, None, "2"),
        ("wss://h/ocpp", "", None, "3"),
        ("wss://h/ocpp", KEY, 3, "3"),
        ("wss://h/ocpp", KEY, 1, "1"),
        ("ws://h/ocpp", "", 3, "3"),
    ],
)
def test_profile_that_fits(url: str, password: str, profile: int | None, expected: str) -> None:
    made = station(url=url, password=password, profile=profile)
    assert made.board.configuration.values["SecurityProfile"] == expected


@pytest.mark.parametrize("profile", ["0", "1", "2", "3", "4", "x"])
@pytest.mark.parametrize("what", ["nothing", "key", "root", "key and root", "all", "old root"])
def test_a_profile_needs_what_it_uses(what: str, profile: str) -> None:
    own = pki().station("RIG-0001")
    root = {"old root": pki(-9999).root, "nothing": None, "key": None}.get(what, pki().root)
    delivered = Delivered(
        chain=own.pem if what == "all" else "", key=own.key_pem if what == "all" else ""
    )
    made = station(delivered=delivered)
    if root is not None:
        early = NOW - timedelta(days=9999 if what == "old root" else 0)
        made.certificates.install(ROOT, pem(root.leaf), early)
    if what in ("key", "key and root", "all"):
        made.board.configuration.values["AuthorizationKey"] = KEY
    allowed = {"key": ["1"], "key and root": ["1", "2"], "all": ["1", "2", "3"]}.get(what, [])
    may = may_become(
        made.board.configuration, made.certificates, made.own_certificates, profile, NOW
    )
    assert may == (profile in allowed)


def test_a_bad_delivery_is_found_out_at_once() -> None:
    bad = Delivered(roots=((ROOT, pem(pki().bad_root(Flaw.EXPIRED).leaf)),))
    with pytest.raises(BadCertificate, match="expired"):
        station(delivered=bad)
    foreign = Delivered(chain=pki().station("A").pem, key=pki().station("B").key_pem)
    with pytest.raises(BadCertificate, match="do not belong together"):
        station(delivered=foreign)
    weak = pki().sign_request(csr(), flaw=Flaw.WEAK_KEY)
    with pytest.raises(BadCertificate, match="weak key"):
        station(delivered=Delivered(chain=weak.pem, key=weak.key_pem))


@pytest.mark.parametrize(
    ("profile", "has", "words"),
    [
        (0, (False, False, False), []),
        (1, (False, False, False), ["a password"]),
        (2, (False, False, False), ["a password", "the root of the CSMS"]),
        (2, (True, True, False), []),
        (3, (False, False, False), ["the root of the CSMS", "a certificate of the station"]),
        (3, (False, True, True), []),
    ],
)
def test_what_a_profile_lacks_is_known(
    profile: int, has: tuple[bool, bool, bool], words: list[str]
) -> None:
    password, root, certificate = has
    found = lacking(profile, password=password, root=root, certificate=certificate)
    assert len(found) == len(words)
    for sentence, word in zip(found, words, strict=True):
        assert sentence.startswith(f"security profile {profile} needs {word}")


def csr() -> str:
    request = x509.CertificateSigningRequestBuilder().subject_name(name("RIG-0001", "Rig CPO"))
    return request.sign(new_key(), SHA256()).public_bytes(Encoding.PEM).decode()


# --- its own certificates -----------------------------------------------------------------------


def test_the_newest_valid_one_is_shown_and_the_old_one_kept_for_a_month() -> None:
    clock = StandingClock(epoch=NOW.timestamp())
    made = station(clock=clock)
    own = made.own_certificates
    first, second, third = (pki(days).station("RIG-0001") for days in (0, 10, 60))
    for each in (first, second):
        own.provide(each.pem, each.key_pem)
    assert [o.leaf for o in own.usable()] == [first.leaf]  # the second is of later
    clock.passed_s = 15 * 86400.0
    assert [o.leaf for o in own.usable()] == [second.leaf, first.leaf]
    clock.passed_s = 60 * 86400.0
    own.provide(third.pem, third.key_pem)
    assert [o.leaf for o in own.usable()] == [third.leaf, second.leaf]
    assert own.newest_expiry() == third.leaf.not_valid_after_utc
    clock.passed_s = 600 * 86400.0
    assert own.usable() == []


def test_an_unknown_event_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no security event 'Nonsense'"):
        station().security_events.raised("Nonsense")
