"""What an upgrade request says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.ocppj.handshake import (
    basic_authorization,
    basic_credentials,
    identity_of,
    station_url,
)


@pytest.mark.parametrize(
    ("target", "identity"),
    [
        ("/ocpp/CP1", "CP1"),
        ("/ocpp/A%20B%2F1", "A B/1"),
        ("/ocpp/%C3%A4", "ä"),
        ("/ocpp/", None),
        ("/ocpp", None),
        ("/ocpp/CP1/", None),
        ("/ocpp/CP1/more", None),
        ("/ocpp/CP1?x=1", None),
        ("/other/CP1", None),
        ("/ocpp/%FF", None),
    ],
)
def test_identity_is_the_whole_last_segment(target: str, identity: str | None) -> None:
    assert identity_of(target, "/ocpp") == identity
    assert identity_of(target, "/ocpp/") == identity


@given(st.text(min_size=1).filter(lambda s: s.isprintable()))
def test_identity_survives_the_url(identity: str) -> None:
    url = station_url("ws://host:1/ocpp/", identity)
    assert identity_of(url.removeprefix("ws://host:1"), "/ocpp") == identity


@given(st.text().filter(lambda s: ":" not in s and s.isprintable()), st.binary())
def test_credentials_survive_the_header(user: str, password: bytes) -> None:
    assert basic_credentials(basic_authorization(user, password)) == (user, password)


@pytest.mark.parametrize("header", [None, "", "Bearer x", "Basic", "Basic ???", "Basic QUJD",
                                    "Basic /////zph"])  # fmt: skip
def test_unreadable_credentials_are_none(header: str | None) -> None:
    assert basic_credentials(header) == (None, None)
