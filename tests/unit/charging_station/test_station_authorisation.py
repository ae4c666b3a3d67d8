"""Who may charge before the Central System is asked: OCPP 1.6, 3.4 and 3.5."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from firmware_mocks.charging_station.authorisation import Cache, Decision, decide, is_valid
from firmware_mocks.charging_station.configuration import Configuration
from firmware_mocks.charging_station.persona import Persona
from rig.jsontypes import Json

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
VALID: dict[str, Json] = {"status": "Accepted"}
BLOCKED: dict[str, Json] = {"status": "Blocked"}
EXPIRED: dict[str, Json] = {"status": "Accepted", "expiryDate": "2026-01-01T11:59:59Z"}
ACCEPT, REFUSE, ASK = Decision.ACCEPT, Decision.REFUSE, Decision.ASK


@pytest.mark.parametrize(
    ("known", "pre_authorize", "expected"),
    [
        (None, True, ASK),
        (VALID, False, ASK),
        (VALID, True, ACCEPT),
        (BLOCKED, True, ASK),  # a card that is not valid is always asked about
        (EXPIRED, True, ASK),
    ],
    ids=["unknown", "valid, no pre-authorize", "valid", "blocked", "expired"],
)
def test_online(known: dict[str, Json] | None, pre_authorize: bool, expected: Decision) -> None:
    configuration = Configuration(Persona())
    configuration.change("LocalPreAuthorize", str(pre_authorize))
    configuration.change("LocalAuthorizeOffline", "true")
    configuration.change("AllowOfflineTxForUnknownId", "true")
    assert decide(known, configuration, True, NOW) is expected


@pytest.mark.parametrize(
    ("known", "authorize_offline", "allow_unknown", "expected"),
    [
        (VALID, True, False, ACCEPT),
        (VALID, True, True, ACCEPT),
        (VALID, False, False, REFUSE),
        (VALID, False, True, REFUSE),
        (BLOCKED, True, True, REFUSE),
        (EXPIRED, True, True, REFUSE),
        (None, True, False, REFUSE),
        (None, True, True, ACCEPT),
        (None, False, True, ACCEPT),
        (None, False, False, REFUSE),
    ],
)
def test_offline(
    known: dict[str, Json] | None,
    authorize_offline: bool,
    allow_unknown: bool,
    expected: Decision,
) -> None:
    configuration = Configuration(Persona())
    configuration.change("LocalAuthorizeOffline", str(authorize_offline))
    configuration.change("AllowOfflineTxForUnknownId", str(allow_unknown))
    configuration.change("LocalPreAuthorize", "true")
    assert decide(known, configuration, False, NOW) is expected


@pytest.mark.parametrize(
    ("info", "valid"),
    [
        (VALID, True),
        (BLOCKED, False),
        ({"status": "ConcurrentTx"}, False),
        ({}, False),
        (EXPIRED, False),
        ({"status": "Accepted", "expiryDate": "2026-01-01T12:00:01Z"}, True),
        ({"status": "Accepted", "expiryDate": "2026-01-01T12:00:00Z"}, False),
        ({"status": "Accepted", "expiryDate": "2026-01-01T13:00:00+02:00"}, False),
        ({"status": "Accepted", "expiryDate": "2026-01-01T12:00:01"}, True),  # no zone: UTC
        ({"status": "Invalid", "expiryDate": "2027-01-01T00:00:00Z"}, False),
    ],
)
def test_validity(info: dict[str, Json], valid: bool) -> None:
    assert is_valid(info, NOW) is valid


def test_cache_knows_a_card_in_any_case_and_the_last_word_counts() -> None:
    cache = Cache({})
    cache.put("04aBcD", VALID, NOW)
    assert cache.get("04ABCD") == VALID
    cache.put("04ABCD", BLOCKED, NOW)
    assert cache.get("04abcd") == BLOCKED
    assert cache.get("04ABCE") is None
    cache.clear()
    assert cache.get("04ABCD") is None


def test_what_is_no_longer_valid_makes_room_first_then_the_oldest() -> None:
    cache = Cache({}, 3)
    for name, info in {"old": VALID, "over": EXPIRED, "new": VALID, "newer": VALID}.items():
        cache.put(name, info, NOW)
    assert list(cache.entries) == ["old", "new", "newer"]
    cache.put("newest", VALID, NOW)
    assert list(cache.entries) == ["new", "newer", "newest"]
