"""What comes on a connection goes to its link at once: early, in fragments, spoilt, without end.

The peer is `websockets` without I/O on a plain TCP socket, so that it can say what no client
library would.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from rig.ocppj.dialling import connect
from rig.ocppj.endpoint import Lost, Result
from rig.ocppj.handshake import Accept, Handshake
from rig.ocppj.link import Link, NoObserver
from rig.ocppj.server import Server
from rig.ocppj.websocket import CLOSE_TIMEOUT_S

PATIENCE_S = 10.0
CLEAR_CACHE = '[2,"{}","ClearCache",{{}}]'


class Peer:
    """A Central System of few words; `early` is sent in one segment with the upgrade."""

    def __init__(self, early: Callable[[ServerProtocol], None]) -> None:
        self._early = early
        self.heard: asyncio.Queue[Frame] = asyncio.Queue()
        self.protocol = ServerProtocol(subprotocols=[Subprotocol("ocpp1.6")])
        self.writer: asyncio.StreamWriter | None = None
        self.ended = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        while data := await reader.read(4096):
            self.protocol.receive_data(data)
            for event in self.protocol.events_received():
                if isinstance(event, Request):
                    self.protocol.send_response(self.protocol.accept(event))
                    self._early(self.protocol)
                    self.send()
                else:
                    assert isinstance(event, Frame)
                    self.heard.put_nowait(event)
        self.ended.set()

    def send(self) -> None:
        """Everything that the protocol has to say; never the end of the stream."""
        assert self.writer is not None
        self.writer.write(b"".join(self.protocol.data_to_send()))

    async def texts(self, many: int) -> list[str]:
        async with asyncio.timeout(PATIENCE_S):
            frames = [await self.heard.get() for _ in range(many)]
        return [bytes(frame.data).decode() for frame in frames]


@asynccontextmanager
async def dialled(
    early: Callable[[ServerProtocol], None] = lambda _: None,
) -> AsyncIterator[tuple[Peer, Link]]:
    peer = Peer(early)
    async with await asyncio.start_server(peer.serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        link = await connect(f"ws://127.0.0.1:{port}/ocpp", "CP1", now=time.monotonic)
        try:
            yield peer, link
        finally:
            assert peer.writer is not None
            peer.writer.close()


async def answered(link: Link, many: int) -> list[str]:
    """Ids of so many commands, each Accepted."""
    ids: list[str] = []
    async with asyncio.timeout(PATIENCE_S):
        async for call in link.calls():
            ids.append(call.id)
            await link.reply(call.id, {"status": "Accepted"})
            if len(ids) == many:
                break
    return ids


@pytest.mark.parametrize("many", [1, 15, 16, 17, 300])
async def test_what_comes_with_the_upgrade_waits_for_the_link(many: int) -> None:
    def early(protocol: ServerProtocol) -> None:
        for number in range(many):
            protocol.send_text(CLEAR_CACHE.format(number).encode())

    async with dialled(early) as (peer, link):
        await asyncio.sleep(0)
        async with link:
            assert await answered(link, many) == [str(n) for n in range(many)]
            assert len(await peer.texts(many)) == many


async def test_a_peer_that_is_gone_before_the_link_begins() -> None:
    async with dialled(lambda p: p.send_text(b'[2,"1","ClearCache",{}]')) as (peer, link):
        assert peer.writer is not None
        peer.writer.transport.abort()
        await asyncio.wait_for(link._ws.wait_closed(), PATIENCE_S)
        async with link:
            assert link.closed.is_set()
            assert link.close_code == CloseCode.ABNORMAL_CLOSURE
            assert [call.id async for call in link.calls()] == ["1"]


async def test_fragments_are_one_message_though_a_letter_is_cut_and_a_ping_is_between() -> None:
    text = '[2,"Ü€🔌","ClearCache",{}]'.encode()

    def early(protocol: ServerProtocol) -> None:
        protocol.send_text(text[:4], fin=False)
        protocol.send_ping(b"between")
        protocol.send_continuation(b"", fin=False)
        protocol.send_continuation(text[4:9], fin=False)
        protocol.send_continuation(text[9:], fin=True)
        protocol.send_text(CLEAR_CACHE.format("whole").encode())

    async with dialled(early) as (peer, link), link:
        assert await answered(link, 2) == ["Ü€🔌", "whole"]
        async with asyncio.timeout(PATIENCE_S):
            assert (await peer.heard.get()).opcode is Opcode.PONG


async def test_text_that_is_no_utf_8_ends_the_connection_and_nothing_after_it_counts() -> None:
    async with dialled() as (peer, link), link:
        peer.protocol.send_text(b'[2,"\xff","ClearCache",{}]')
        peer.protocol.send_text(CLEAR_CACHE.format("after").encode())
        peer.send()
        async with asyncio.timeout(PATIENCE_S):
            goodbye = await peer.heard.get()
            await peer.ended.wait()  # though the peer itself never ends it
        assert goodbye.opcode is Opcode.CLOSE
        assert int.from_bytes(goodbye.data[:2]) == CloseCode.INVALID_DATA
        assert [call.id async for call in link.calls()] == []


async def test_a_peer_that_says_goodbye_and_stays_is_left() -> None:
    async with dialled() as (peer, link), link:
        peer.protocol.send_close(CloseCode.GOING_AWAY, "soon")
        peer.send()
        async with asyncio.timeout(PATIENCE_S):
            await link.closed.wait()
            await peer.ended.wait()
        assert link.close_code == CloseCode.GOING_AWAY


async def test_who_does_not_read_is_not_read_from_until_it_does() -> None:
    calls, size = 400, 20_000
    reading: list[Callable[[], bool]] = []
    served: list[str] = []

    async def handler(link: Link, _: Handshake) -> None:
        reading.append(link._ws.transport.is_reading)
        async for call in link.calls():
            served.append(call.id)
            await link.reply(call.id, {"status": "Accepted", "data": "x" * size})

    async with Server(
        "127.0.0.1", 0, "/ocpp", lambda _: Accept(), handler, now=time.monotonic
    ) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=size)
        writer.write(
            b"GET /ocpp/CP1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
        )
        await reader.readuntil(b"\r\n\r\n")
        assert isinstance(writer.transport, asyncio.Transport)
        writer.transport.pause_reading()
        for number in range(calls):
            text = f'[2,"{number}","DataTransfer",{{"vendorId":"v","data":"{"y" * size}"}}]'
            writer.write(Frame(Opcode.TEXT, text.encode()).serialize(mask=True))
        await until(lambda: not reading[0]())
        at_rest = len(served)
        assert at_rest < calls
        writer.transport.resume_reading()
        received = 0
        async with asyncio.timeout(PATIENCE_S):
            while received < calls * size:
                received += len(await reader.read(1 << 20))
        await until(lambda: len(served) == calls)
        writer.close()


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not reached():  # noqa: ASYNC110  # nothing tells of flow control
            await asyncio.sleep(0.01)


async def test_a_call_from_inside_a_chunk_is_answered_in_order() -> None:
    """An answer and the command behind it come in one segment: the answer is told of first."""
    told: list[str] = []

    async with dialled() as (peer, link), link:

        async def ask() -> None:
            assert isinstance(await link.call("Heartbeat", {}, PATIENCE_S), Result)
            told.append("answer")

        async def obey() -> None:
            async for call in link.calls():
                told.append(call.action)
                return

        tasks: list[Awaitable[None]] = [asyncio.create_task(ask()), asyncio.create_task(obey())]
        (heartbeat,) = await peer.texts(1)
        id_ = heartbeat.split('"')[1]
        peer.protocol.send_text(f'[3,"{id_}",{{"currentTime":"2026-01-01T00:00:00Z"}}]'.encode())
        peer.protocol.send_text(CLEAR_CACHE.format("c").encode())
        peer.send()
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*tasks)
    assert told == ["answer", "ClearCache"]


async def test_a_command_that_crosses_our_goodbye_is_seen_and_not_obeyed() -> None:
    async with dialled() as (peer, link), link:
        leaving = asyncio.create_task(link.close())
        async with asyncio.timeout(PATIENCE_S):
            assert (await peer.heard.get()).opcode is Opcode.CLOSE
        assert peer.writer is not None
        # The peer had sent this before it knew: it is on the way when our goodbye arrives.
        peer.writer.write(
            Frame(Opcode.TEXT, CLEAR_CACHE.format("late").encode()).serialize(mask=False)
        )
        peer.send()
        await leaving
        assert [call.id async for call in link.calls()] == []
        assert link.endpoint.unanswered() == ()


async def test_after_spoilt_text_and_a_lost_connection_there_is_only_the_end() -> None:
    async with dialled(lambda p: p.send_text(b'[2,"\xff","ClearCache",{}]')) as (peer, link):
        assert peer.writer is not None
        peer.writer.transport.abort()
        await asyncio.wait_for(link._ws.wait_closed(), PATIENCE_S)
        async with link:
            assert link.closed.is_set()
            assert [call.id async for call in link.calls()] == []


async def test_what_is_no_web_socket_ends_the_connection_though_the_peer_stays() -> None:
    async with dialled() as (peer, link), link:
        assert peer.writer is not None
        peer.writer.write(b"\xff\xff")  # reserved bits and an opcode that there is not
        async with asyncio.timeout(PATIENCE_S):
            goodbye = await peer.heard.get()
            assert isinstance(await link.call("Heartbeat", {}, PATIENCE_S), Lost)
            await peer.ended.wait()
        assert int.from_bytes(goodbye.data[:2]) == CloseCode.PROTOCOL_ERROR


async def test_who_is_cancelled_in_the_goodbye_leaves_no_connection_behind() -> None:
    async with dialled() as (peer, link):

        async def stay() -> None:
            async with link:
                await link.closed.wait()

        staying = asyncio.create_task(stay())
        await asyncio.sleep(0)
        staying.cancel()
        async with asyncio.timeout(PATIENCE_S):
            assert (await peer.heard.get()).opcode is Opcode.CLOSE
            staying.cancel()
            with pytest.raises(asyncio.CancelledError):
                await staying
        await asyncio.wait_for(link.closed.wait(), CLOSE_TIMEOUT_S / 2)


async def test_who_asks_much_without_waiting_reads_the_answers_meanwhile() -> None:
    """Commands of a Central System that fill its own buffer, each with an answer as long."""
    many, text = 600, "x" * 20_000
    answers: list[str] = []
    all_here = asyncio.Event()

    class Counting(NoObserver):
        def frame(self, direction: str, connection: int, raw: str | bytes) -> None:
            if direction == "in":
                answers.append("one")
                if len(answers) == many:
                    all_here.set()

    async def commanding(link: Link, _: Handshake) -> None:
        for number in range(many):
            command = f'[2,"{number}","DataTransfer",{{"vendorId":"v","data":"{text}"}}]'
            await link.send_raw(command)
        await link.closed.wait()

    async with Server(
        "127.0.0.1", 0, "/ocpp", lambda _: Accept(), commanding,
        now=time.monotonic, observer=Counting(),
    ) as server:  # fmt: skip
        async with await connect(server.url, "CP1", now=time.monotonic) as link:
            async with asyncio.timeout(PATIENCE_S):
                async for call in link.calls():
                    await link.reply(call.id, {"status": "Accepted", "data": text})
                    if call.id == str(many - 1):
                        break
                await all_here.wait()


async def test_who_pings_and_does_not_read_is_not_read_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rig.ocppj.link.MAX_BACKLOG_BYTES", 100_000)
    ping = Frame(Opcode.PING, b"p" * 125).serialize(mask=False) * 500
    async with dialled() as (peer, link), link:
        assert peer.writer is not None
        transport = peer.writer.transport
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
        async with asyncio.timeout(PATIENCE_S):
            while link._ws.transport.is_reading():
                peer.writer.write(ping)
                await asyncio.sleep(0)
            transport.resume_reading()
            await until(link._ws.transport.is_reading)
