"""Links over a real WebSocket, both sides ours; `tests/interop` has foreign ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import connect as raw_connect
from websockets.typing import Subprotocol

from rig.ocppj.dialling import ConnectRefused, connect
from rig.ocppj.endpoint import Error, Lost, Result, TimedOut
from rig.ocppj.handshake import Accept, Handshake, Refuse
from rig.ocppj.link import Link
from rig.ocppj.server import Server

NOW = {"currentTime": "2026-01-01T00:00:00Z"}


class Seen:
    """Observer that keeps everything."""

    def __init__(self) -> None:
        self.frames: list[tuple[str, str | bytes]] = []
        self.transports: list[tuple[str, dict[str, object]]] = []

    def frame(self, direction: str, connection: int, raw: str | bytes) -> None:
        self.frames.append((direction, raw))

    def transport(self, what: str, connection: int, detail: dict[str, object]) -> None:
        self.transports.append((what, detail))


async def serve_heartbeats(link: Link, _: Handshake) -> None:
    async for call in link.calls():
        await link.reply(call.id, dict(NOW))


@asynccontextmanager
async def listening(
    handler: Callable[[Link, Handshake], Awaitable[None]] = serve_heartbeats,
    accept: Callable[[Handshake], Accept | Refuse] = lambda _: Accept(),
    observer: Seen | None = None,
    host: str = "127.0.0.1",
) -> AsyncIterator[Server]:
    async with Server(
        host, 0, "/ocpp", accept, handler, now=time.monotonic, observer=observer
    ) as server:
        yield server


async def test_call_and_answer() -> None:
    seen = Seen()
    async with listening() as server:
        link = await connect(server.url, "CP 1", now=time.monotonic, observer=seen)
        async with link:
            outcome = await link.call("Heartbeat", {}, 5)
    assert isinstance(outcome, Result)
    assert outcome.payload == NOW
    assert [d for d, _ in seen.frames] == ["out", "in"]
    assert [w for w, _ in seen.transports] == ["connect", "close"]


async def test_call_of_the_server_while_our_own_is_open() -> None:
    async def handler(link: Link, _: Handshake) -> None:
        async for call in link.calls():
            # Answer only after the station has answered us: neither side may block.
            outcome = await link.call("ClearCache", {}, 5)
            assert isinstance(outcome, Result)
            await link.reply(call.id, dict(NOW))

    async with listening(handler) as server:
        link = await connect(server.url, "CP1", now=time.monotonic)
        async with link:
            calling = asyncio.ensure_future(link.call("Heartbeat", {}, 5))
            async for call in link.calls():
                await link.reply(call.id, {"status": "Accepted"})
                break
            assert isinstance(await calling, Result)


async def test_no_answer_is_a_time_out_in_the_callers_seconds() -> None:
    async def silent(link: Link, _: Handshake) -> None:
        await link.closed.wait()

    async with listening(silent) as server:
        link = await connect(
            server.url, "CP1", now=lambda: time.monotonic() * 100, real=lambda s: s / 100
        )
        async with link:
            start = time.monotonic()
            outcome = await link.call("Heartbeat", {}, 10)
            assert isinstance(outcome, TimedOut)
            assert 0.09 < time.monotonic() - start < 2


async def test_no_answer_is_a_time_out_also_after_a_call_that_had_less_time() -> None:
    async def answers_once(link: Link, _: Handshake) -> None:
        async for call in link.calls():
            await link.reply(call.id, dict(NOW))
            break
        await link.closed.wait()

    async with listening(answers_once) as server:
        link = await connect(server.url, "CP1", now=time.monotonic)
        async with link:
            assert isinstance(await link.call("Heartbeat", {}, 0.1), Result)
            async with asyncio.timeout(5):
                assert isinstance(await link.call("Heartbeat", {}, 0.2), TimedOut)


async def test_abort_of_the_peer_ends_open_and_later_calls_as_lost() -> None:
    async def dying(link: Link, _: Handshake) -> None:
        async for _call in link.calls():
            await link.abort()

    async with listening(dying) as server:
        link = await connect(server.url, "CP1", now=time.monotonic)
        async with link:
            assert isinstance(await link.call("Heartbeat", {}, 5), Lost)
            assert isinstance(await link.call("Heartbeat", {}, 5), Lost)
            assert link.close_code == 1006


async def test_an_observer_that_fails_at_the_end_keeps_nobody_waiting() -> None:
    class Failing(Seen):
        def transport(self, what: str, connection: int, detail: dict[str, object]) -> None:
            if what == "close":
                raise ZeroDivisionError

    unhandled: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: unhandled.append(told))
    async with listening() as server:
        link = await connect(server.url, "CP1", now=time.monotonic, observer=Failing())
        async with asyncio.timeout(5), link:
            await link.abort()
    assert len(unhandled) == 1


async def test_handler_that_returns_closes_the_connection() -> None:
    async def brief(link: Link, _: Handshake) -> None:
        return

    async with listening(brief) as server:
        link = await connect(server.url, "CP1", now=time.monotonic)
        async with link:
            await link.closed.wait()
            assert link.close_code == 1000


async def test_refusal_has_its_status_and_is_observed() -> None:
    seen = Seen()
    async with listening(accept=lambda h: Refuse(404, f"no {h.identity}"), observer=seen) as s:
        with pytest.raises(ConnectRefused) as refused:
            await connect(s.url, "CP/1", now=time.monotonic)
    assert refused.value.status == 404
    ((what, detail),) = seen.transports
    assert what == "refused"
    assert detail["identity"] == "CP/1"
    assert detail["target"] == "/ocpp/CP%2F1"


async def test_wrong_credentials_are_401_with_a_challenge() -> None:
    def accept(h: Handshake) -> Accept | Refuse:
        return Accept() if (h.user, h.password) == ("CP1", b"\x00key") else Refuse(401, "no")

    async with listening(accept=accept) as server:
        with pytest.raises(ConnectRefused) as refused:
            await connect(server.url, "CP1", now=time.monotonic, password=b"wrong")
        assert refused.value.status == 401
        async with await connect(
            server.url, "CP1", now=time.monotonic, password=b"\x00key"
        ) as link:
            assert isinstance(await link.call("Heartbeat", {}, 5), Result)


async def test_wrong_subprotocol_is_let_in_without_one_and_closed_at_once() -> None:
    seen = Seen()
    async with listening(observer=seen) as server:
        link = await connect(server.url, "CP1", now=time.monotonic, subprotocols=("ocpp2.0.1",))
        async with link:
            await link.closed.wait()
            assert link.close_code == 1002
    assert seen.transports[0][0] == "refused"
    assert seen.transports[0][1]["subprotocols"] == ["ocpp2.0.1"]


async def test_nobody_there_is_a_refusal_without_status() -> None:
    async with listening() as server:
        url = server.url
    with pytest.raises(ConnectRefused) as refused:
        await connect(url, "CP1", now=time.monotonic)
    assert refused.value.status is None


async def test_malformed_messages_are_answered_as_specified_and_nothing_breaks() -> None:
    seen = Seen()
    async with (
        listening(observer=seen) as server,
        raw_connect(
            server.url + "/CP1",
            subprotocols=[Subprotocol("ocpp1.6")],
            compression=None,  # plain text here on purpose
        ) as ws,
    ):
        for text in ("no json", "[]", '[7,"x",{}]', '[3,"x",{}]', b"\x02"):
            await ws.send(text)
        await ws.send('[2,"m","Heartbeat",')
        assert str(await ws.recv()).startswith('[4,"m","FormationViolation"')
        await ws.send('[2,"a","Nonsense",{}]')
        assert str(await ws.recv()).startswith('[4,"a","NotImplemented"')
        await ws.send('[2,"b","Heartbeat",{}]')
        assert await ws.recv() == '[3,"b",{"currentTime":"2026-01-01T00:00:00Z"}]'
    rules = [d["rule"] for w, d in seen.transports if w == "violation"]
    assert rules == ["M2.9", "M2.2", "M2.8", "M2.5", "M2.1", "M2.9", "M4.1"]
    assert ("in", b"\x02") in seen.frames, "the log has what was malformed, word for word"


async def test_error_answer_is_delivered() -> None:
    async def refusing(link: Link, _: Handshake) -> None:
        async for call in link.calls():
            await link.reply_error(call.id, "InternalError", "x" * 300, {"a": 1})

    async with listening(refusing) as server:
        async with await connect(server.url, "CP1", now=time.monotonic) as link:
            outcome = await link.call("Heartbeat", {}, 5)
    assert isinstance(outcome, Error)
    assert outcome.code == "InternalError"
    assert len(outcome.description) == 255
    assert outcome.details == {"a": 1}


async def test_raw_text_goes_out_as_it_is() -> None:
    seen = Seen()
    async with listening(observer=seen) as server:
        async with await connect(server.url, "CP1", now=time.monotonic) as link:
            await link.send_raw("{oops")
            await link.call("Heartbeat", {}, 5)
    assert ("in", "{oops") in seen.frames


async def test_the_url_of_a_server_on_all_interfaces_can_be_given_to_a_station() -> None:
    async with listening(host="0.0.0.0") as server:  # noqa: S104
        host = server.url.removeprefix("ws://").partition(":")[0]
        assert host not in ("0.0.0.0", "")  # noqa: S104
        async with await connect(server.url, "CP1", now=time.monotonic) as link:
            assert link.identity == "CP1"


# --- what the rules of M1 look at -----------------------------------------------------------------


async def test_pings_and_pongs_are_told_on_both_sides_with_their_payload() -> None:
    theirs, ours = Seen(), Seen()
    async with listening(observer=theirs) as server:
        async with await connect(server.url, "CP1", now=time.monotonic, observer=ours) as link:
            await link.ping()
            await link.call("Heartbeat", {}, 5)  # the other side has read the ping by now
    told = [(w, d["direction"]) for w, d in ours.transports if w in ("ping", "pong")]
    assert sorted(told) == [("ping", "out"), ("pong", "in")]
    (ping,) = [d for w, d in theirs.transports if w == "ping"]
    assert ping["direction"] == "in"
    assert {d["payload"] for w, d in ours.transports if w in ("ping", "pong")} == {ping["payload"]}


async def test_close_tells_who_has_closed() -> None:
    theirs, ours = Seen(), Seen()
    async with listening(observer=theirs) as server:
        async with await connect(server.url, "CP1", now=time.monotonic, observer=ours) as link:
            await link.close(1001)
    (own,) = [d for w, d in ours.transports if w == "close"]
    (other,) = [d for w, d in theirs.transports if w == "close"]
    assert (own["by"], other["by"], other["code"]) == ("self", "peer", 1001)


@pytest.mark.parametrize(
    ("password", "form"),
    [(b"\x00\x11" * 8, "bytes"), (b"0011" * 8, "hexadecimal text"), (b"0011", "bytes")],
)
async def test_upgrade_tells_user_and_form_of_the_password_but_not_itself(
    password: bytes, form: str
) -> None:
    theirs = Seen()
    async with listening(observer=theirs) as server:
        async with await connect(server.url, "CP1", now=time.monotonic, password=password):
            pass
    detail = theirs.transports[0][1]
    assert (detail["user"], detail["credentials"]) == ("CP1", form)
    assert password.decode("latin-1") not in str(detail)


async def test_station_tells_what_it_has_offered() -> None:
    ours = Seen()
    async with listening() as server:
        async with await connect(server.url, "CP1", now=time.monotonic, observer=ours):
            pass
    assert ours.transports[0][1]["offered"] == ["ocpp1.6"]
