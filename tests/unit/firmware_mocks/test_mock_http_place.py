"""Where the HTTP interface may listen."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_mocks.charging_station.endpoint_url import check_endpoint
from firmware_mocks.charging_station.journal import Journal
from firmware_mocks.clock import MockClock
from firmware_mocks.http_api import HttpApi, Place, read_place


@pytest.mark.parametrize(
    ("text", "place", "local"),
    [
        ("8080", Place("127.0.0.1", 8080), True),
        (":8080", Place("127.0.0.1", 8080), True),
        ("127.3.2.1:0", Place("127.3.2.1", 0), True),
        ("localhost:1", Place("localhost", 1), True),
        ("[::1]:99", Place("::1", 99), True),
        ("0.0.0.0:99", Place("0.0.0.0", 99), False),  # noqa: S104  # is refused
        ("10.0.0.7:99", Place("10.0.0.7", 99), False),
        ("lab.example:99", Place("lab.example", 99), False),
        ("unix:/run/x", Place(path=Path("/run/x")), True),
    ],
)
def test_a_place_is_read(text: str, place: Place, local: bool) -> None:
    assert read_place(text) == place
    assert place.is_local is local


@pytest.mark.parametrize("text", ["", "unix:", "port", "1.2.3.4:", "1.2.3.4:99999", "-1"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="--api"):
        read_place(text)


@pytest.mark.parametrize(
    ("place", "token", "words"),
    [
        (Place("10.0.0.7", 99), None, "other computers could reach it; give a token"),
        (Place("127.0.0.1", 99), "short", "shorter than 16"),
        (Place("127.0.0.1", 99), "", "shorter than 16"),
    ],
)
async def test_nobody_unknown_gets_in(place: Place, token: str | None, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        HttpApi([], Journal(MockClock()), place, token)


async def test_a_socket_that_is_left_behind_is_replaced_and_one_in_use_is_not(
    tmp_path: Path,
) -> None:
    from firmware_mocks.process import Busy

    place = Place(path=tmp_path / "api")
    async with HttpApi([], Journal(MockClock()), place, None):
        with pytest.raises(Busy, match="in use"):
            async with HttpApi([], Journal(MockClock()), place, None):
                pass
    import socket

    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "api"))
    left.close()
    async with HttpApi([], Journal(MockClock()), place, None) as api:
        assert api.ready == {"path": str(tmp_path / "api")}


@pytest.mark.parametrize("url", ["ws://h", "ws://h:1/", "wss://h/a/b", "ws://[::1]:9/x"])
def test_good_endpoints(url: str) -> None:
    check_endpoint(url)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://h/", "want ws:// or wss://"),
        ("h:99", "want ws:// or wss://"),
        ("", "want ws:// or wss://"),
        ("ws://", "no host"),
        ("ws://h:0/", "no host or no port"),
        ("ws://h:99999/", "out of range"),
        ("ws://[::1/", "Invalid IPv6"),
        ("ws://me:secret@h/", "a password has no place"),
        ("ws://h/x?id=1", "ends with a path"),
    ],
)
def test_bad_endpoints(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        check_endpoint(url)
    assert "secret" not in str(caught.value)
