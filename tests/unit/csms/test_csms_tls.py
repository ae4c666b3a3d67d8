"""The Central System asks a station for its certificate: who is let in with profile 3."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from functools import cache

import pytest

from rig.clock import Clock
from rig.csms.pki import Credentials, LabPki, pem
from rig.csms.server import CentralSystem, StationSubject
from rig.events import EventBus
from rig.ocppj.dialling import ConnectRefused, connect
from rig.ocppj.tls import TlsContext, load_credentials, server_context

IDENTITY, SERIAL = "CP1", "RIG-0001"
clock = Clock()


@cache
def pki(organisation: str = "Rig CPO") -> LabPki:
    return LabPki(datetime.now(UTC), organisation)


@cache
def server() -> Credentials:
    return pki().server("localhost")


def central_system(*, tls: bool = True) -> CentralSystem:
    roots = pem(pki().root.leaf) + pem(pki("Another CPO").root.leaf)
    context = server_context([(server().pem, server().key_pem)], client_roots=roots)
    csms = CentralSystem(
        "127.0.0.1", 0, "/ocpp", IDENTITY, bus=EventBus(clock), clock=clock,
        tls=context if tls else None,
    )  # fmt: skip
    csms.subject = StationSubject(SERIAL, pki().organisation)
    return csms


async def come_in(csms: CentralSystem, own: Credentials | None) -> None:
    context = TlsContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=pem(pki().root.leaf))
    if own is not None:
        load_credentials(context, own.pem, own.key_pem)
    url = csms.url.replace("127.0.0.1", "localhost")
    async with await connect(url, IDENTITY, now=clock.now, tls=context):
        await csms.wait_connected()


async def test_the_right_certificate() -> None:
    async with central_system() as csms:
        await come_in(csms, pki().station(SERIAL))
        assert csms.log.entries[0].detail["suite"] == "ECDHE-ECDSA-AES128-GCM-SHA256"


@pytest.mark.parametrize("who", ["nobody", "another station", "another operator"])
async def test_another_certificate_or_none(who: str) -> None:
    own = {
        "nobody": None,
        "another station": pki().station("RIG-0002"),
        "another operator": pki("Another CPO").station(SERIAL),
    }[who]
    async with central_system() as csms:
        with pytest.raises(ConnectRefused) as caught:
            await come_in(csms, own)
        assert caught.value.status == 401
        (refusal,) = csms.refusals()
        assert refusal.reason.startswith("certificate of" if own else "no station certificate")


async def test_without_tls_there_is_no_certificate() -> None:
    async with central_system(tls=False) as csms:
        with pytest.raises(ConnectRefused, match="401"):
            await come_in(csms, None)
