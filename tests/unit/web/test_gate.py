"""Who may use the web view: token, host name, origin, cookie."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import WSServerHandshakeError, web
from aiohttp.test_utils import TestClient, TestServer

from rig.web.gate import COOKIE, MOST_SEATS, Gate
from rig.web.server import Seats, WebOptions
from tests.api_client import ApiClient

TOKEN = "a-token-of-the-lab"  # noqa: S105


async def client_of(token: str, hosts: frozenset[str] | None) -> ApiClient:
    options = WebOptions("cat", "127.0.0.1", 0, token, hosts, None)
    server = TestServer(await Seats(options).application())
    return TestClient(server)


@pytest.fixture
async def near() -> AsyncIterator[ApiClient]:
    """On loopback, without a token."""
    async with await client_of("", frozenset({"127.0.0.1", "localhost"})) as client:
        yield client


@pytest.fixture
async def far() -> AsyncIterator[ApiClient]:
    """Reachable from elsewhere, with a token."""
    async with await client_of(TOKEN, None) as client:
        yield client


async def test_the_page_loads_nothing_from_elsewhere(near: ApiClient) -> None:
    answer = await near.get("/")
    text = await answer.text()
    assert answer.status == 200
    assert "://" not in text.replace(f"ws://{near.host}:{near.port}/ws", "")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    for path in ("/static/js/textual.js", "/static/css/xterm.css", "/seat/seat.css",
                 "/static/fonts/RobotoMono-VariableFont_wght.ttf"):  # fmt: skip
        assert (await near.get(path)).status == 200, path


async def test_another_host_name_is_refused(near: ApiClient) -> None:
    """DNS rebinding: a page of attacker.example whose name points to this machine."""
    answer = await near.get("/", headers={"Host": "attacker.example"})
    assert (answer.status, await answer.text()) == (403, "unknown host name\n")


async def test_a_host_name_that_is_none(near: ApiClient) -> None:
    assert (await near.get("/", headers={"Host": "[::1"})).status == 400


@pytest.mark.parametrize("origin", ["https://attacker.example", "null", "http://127.0.0.1:1"])
async def test_a_page_from_elsewhere_opens_no_terminal(near: ApiClient, origin: str) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await near.ws_connect("/ws", origin=origin)
    assert refused.value.status == 403


async def test_our_own_page_opens_a_terminal(near: ApiClient) -> None:
    async with near.ws_connect("/ws", origin=f"http://{near.host}:{near.port}") as socket:
        await socket.send_json(["ping", "1"])
        assert (await socket.receive_json(timeout=10))[:1] == ["pong"]


@pytest.mark.parametrize("path", ["/ws", "/static/js/textual.js", "/seat/seat.js", "/download/x"])
async def test_nothing_without_the_token(far: ApiClient, path: str) -> None:
    assert (await far.get(path)).status == 401
    assert (await far.get(path + f"?token={TOKEN}")).status == 401, "only at the door"


@pytest.mark.parametrize("shown", ["", "wrong", TOKEN + "x", TOKEN[:-1], "ü"])
async def test_a_wrong_token_gets_the_form(far: ApiClient, shown: str) -> None:
    for answer in (
        await far.get("/", params={"token": shown}),
        await far.post("/", data={"token": shown}),
    ):
        assert answer.status == 401
        assert COOKIE not in answer.cookies
        text = await answer.text()
        assert ("That is not the token." in text) is (shown != "")
        assert TOKEN not in text


@pytest.mark.parametrize("way", ["address", "form"])
async def test_the_token_is_shown_once_and_leaves_the_address(far: ApiClient, way: str) -> None:
    if way == "address":
        answer = await far.get("/", params={"token": TOKEN}, allow_redirects=False)
    else:
        answer = await far.post("/", data={"token": TOKEN}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    cookie = answer.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")
    assert cookie.value != TOKEN
    assert (await far.get("/")).status == 200
    again = await far.get("/", params={"token": TOKEN}, allow_redirects=False)
    assert (again.status, again.headers["Location"]) == (303, "/")
    assert (await far.get("/static/js/textual.js")).status == 200


async def test_a_cookie_of_ones_own_making_is_none(far: ApiClient) -> None:
    for value in (TOKEN, "", "x"):
        answer = await far.get("/", headers={"Cookie": f"{COOKIE}={value}"})
        assert answer.status == 401


async def test_seats_are_bounded_and_the_oldest_shows_the_token_again(far: ApiClient) -> None:
    far.session.cookie_jar.clear()
    first = await far.get("/", params={"token": TOKEN}, allow_redirects=False)
    for _ in range(MOST_SEATS):
        far.session.cookie_jar.clear()
        await far.get("/", params={"token": TOKEN}, allow_redirects=False)
    far.session.cookie_jar.clear()
    cookie = first.cookies[COOKIE].value
    assert (await far.get("/", headers={"Cookie": f"{COOKIE}={cookie}"})).status == 401


def test_a_gate_that_lets_everybody_in_is_none() -> None:
    with pytest.raises(ValueError, match="without a token"):
        Gate("", None, secure=False)


def test_it_is_aiohttp_middleware() -> None:
    web.Application(middlewares=[Gate(TOKEN, None, secure=True).middleware])
