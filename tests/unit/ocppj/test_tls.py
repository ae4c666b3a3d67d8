"""TLS between our two ends of OCPP-J: who came in, what is refused, and that it is said."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache

import pytest
from cryptography.hazmat.primitives.hashes import SHA256

from rig.csms.pki import Credentials, KeyKind, LabPki, pem
from rig.ocppj.dialling import ConnectRefused, PeerRefused, connect
from rig.ocppj.handshake import Accept, Handshake
from rig.ocppj.link import Link
from rig.ocppj.server import Server
from rig.ocppj.tls import SUITES, TlsContext, TlsPeer, load_credentials, server_context

HOST = "localhost"


@cache
def pki() -> LabPki:
    return LabPki(datetime.now(UTC))


@cache
def credentials(kind: KeyKind = KeyKind.EC) -> Credentials:
    return pki().server(HOST, kind)


def now() -> float:
    return asyncio.get_running_loop().time()


class Wire:
    """Keeps the events of the connections."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, object]]] = []
        self.grown = asyncio.Event()

    def frame(self, direction: str, connection: int, raw: str | bytes) -> None:
        """No frames here."""

    def transport(self, what: str, connection: int, detail: dict[str, object]) -> None:
        self.events.append((what, detail))
        self.grown.set()


@asynccontextmanager
async def listening(
    tls: ssl.SSLContext, wire: Wire | None = None
) -> AsyncIterator[tuple[str, list[Handshake]]]:
    """URL of a listener, and who came in."""
    seen: list[Handshake] = []

    def accept(handshake: Handshake) -> Accept:
        seen.append(handshake)
        return Accept()

    async def serve(link: Link, _: Handshake) -> None:
        await link.closed.wait()

    server = Server("127.0.0.1", 0, "/ocpp", accept, serve, now=now, observer=wire, tls=tls)
    async with server:
        assert server.url.startswith("wss://")
        yield server.url.replace("127.0.0.1", HOST), seen


def client(own: Credentials | None = None, *, tls_1_3: bool = False) -> TlsContext:
    context = TlsContext(ssl.PROTOCOL_TLS_CLIENT)
    context.maximum_version = ssl.TLSVersion.TLSv1_3 if tls_1_3 else ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_verify_locations(cadata=pem(pki().root.leaf))
    if own is not None:
        load_credentials(context, own.pem, own.key_pem)
    return context


async def peer_of(tls: ssl.SSLContext, station: ssl.SSLContext) -> TlsPeer:
    async with listening(tls) as (url, seen):
        async with await connect(url, "CP1", now=now, tls=station):
            pass
    (handshake,) = seen
    assert handshake.tls is not None
    return handshake.tls


@pytest.mark.parametrize("suite", SUITES)
async def test_both_certificates_serve_their_suites(suite: str) -> None:
    both = [(c.pem, c.key_pem) for c in (credentials(), credentials(KeyKind.RSA))]
    station = client()
    station.set_ciphers(SUITES[suite])
    peer = await peer_of(server_context(both), station)
    assert peer == TlsPeer("TLSv1.2", SUITES[suite])
    assert peer.fingerprint == ""


async def test_version_1_3_comes_only_when_it_is_wanted() -> None:
    pair = [(credentials().pem, credentials().key_pem)]
    for wanted, version in ((False, "TLSv1.2"), (True, "TLSv1.3")):
        peer = await peer_of(server_context(pair, tls_1_3=wanted), client(tls_1_3=True))
        assert peer.version == version


async def test_the_certificate_of_a_station_is_read() -> None:
    own = pki().station("RIG-7")
    pair = [(credentials().pem, credentials().key_pem)]
    tls = server_context(pair, client_roots=pem(pki().root.leaf))
    peer = await peer_of(tls, client(own))
    assert (peer.common_name, peer.organisation) == ("RIG-7", pki().organisation)
    assert peer.fingerprint == own.leaf.fingerprint(SHA256()).hex()
    assert (await peer_of(tls, client())).certificate is None  # nobody must have one


@pytest.mark.parametrize("tls_1_3", [False, True], ids=["1.2", "1.3"])
async def test_a_foreign_certificate_is_refused_and_both_sides_say_why(tls_1_3: bool) -> None:
    pair, wire = [(credentials().pem, credentials().key_pem)], Wire()
    tls = server_context(pair, client_roots=pem(pki().foreign_root.leaf), tls_1_3=tls_1_3)
    async with listening(tls, wire) as (url, seen):
        with pytest.raises(ConnectRefused) as caught:
            await connect(url, "CP1", now=now, tls=client(pki().station("X"), tls_1_3=tls_1_3))
        assert isinstance(caught.value.__cause__, ssl.SSLError)
        assert caught.value.__cause__.reason == "TLSV1_ALERT_UNKNOWN_CA"
        assert not seen
    (what, detail) = wire.events[0]
    assert what == "refused"
    assert str(detail["reason"]).startswith("TLS: unable to get local issuer certificate")


async def test_a_server_learns_that_its_certificate_was_refused() -> None:
    foreign, wire = pki().server(HOST, issuer=pki().foreign_root), Wire()
    async with listening(server_context([(foreign.pem, foreign.key_pem)]), wire) as (url, _):
        with pytest.raises(ConnectRefused, match="CERTIFICATE_VERIFY_FAILED"):
            await connect(url, "CP1", now=now, tls=client())
        await wire.grown.wait()
    assert wire.events == [("refused", {"reason": "TLS: TLSV1_ALERT_UNKNOWN_CA"})]


async def test_no_common_suite() -> None:
    pair, wire = [(credentials().pem, credentials().key_pem)], Wire()
    station = client()
    station.set_ciphers("ECDHE-ECDSA-AES256-SHA384")
    async with listening(server_context(pair), wire) as (url, _):
        with pytest.raises(ConnectRefused, match="HANDSHAKE_FAILURE"):
            await connect(url, "CP1", now=now, tls=station)
    assert wire.events == [("refused", {"reason": "TLS: NO_SHARED_CIPHER"})]


async def test_who_is_not_trusted_gets_no_request() -> None:
    def refuse(connection: ssl.SSLObject) -> None:
        raise PeerRefused(f"nothing good comes by {connection.version()}")

    pair = [(credentials().pem, credentials().key_pem)]
    async with listening(server_context(pair)) as (url, seen):
        with pytest.raises(ConnectRefused, match=r"nothing good comes by TLSv1\.2"):
            await connect(url, "CP1", now=now, tls=client(), check_peer=refuse, password=b"secret")
        assert not seen


async def test_who_is_trusted_is_asked_by_name() -> None:
    tls = server_context([(credentials().pem, credentials().key_pem)])
    asked: list[str | None] = []
    trusted: list[str | None] = []
    tls.sni_callback = lambda _connection, name, _context: asked.append(name)
    async with listening(tls) as (url, seen):
        link = await connect(
            url, "CP1", now=now, tls=client(), check_peer=lambda c: trusted.append(c.version())
        )
        async with link:
            assert len(seen) == 1
    assert (asked, trusted) == ([HOST], ["TLSv1.2"])
