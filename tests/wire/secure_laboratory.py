"""A laboratory with certificates: Central Systems with TLS, stations delivered with keys."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import cast

from cryptography.hazmat.primitives.hashes import SHA256

from rig.clock import Clock
from rig.csms.pki import Credentials, KeyKind, LabPki, pem
from rig.csms.replies import Confirm
from rig.csms.server import CentralSystem, StationSubject
from rig.events import EventBus
from rig.jsontypes import Json
from rig.ocppj.handshake import Accept, Handshake, Refuse
from rig.ocppj.tls import server_context
from tests.wire.emulated_station import DEADLINE_S, IDENTITY, PERSONA, Lab

SCALE = 80.0
SERIAL, HOST = "RIG-0001", "localhost"
PASSWORD, SECOND = "0011223344556677" * 2, "8899AABBCCDDEEFF" * 2
SECURE = PERSONA + "security_extension: true\n"


@cache
def pki() -> LabPki:
    """The authorities; one set per test process."""
    return LabPki(datetime.now(UTC))


@cache
def server(kind: KeyKind = KeyKind.EC) -> Credentials:
    """A good certificate of a Central System."""
    return pki().server(HOST, kind)


@cache
def station_certificate() -> Credentials:
    """What a station is delivered with."""
    return pki().station(SERIAL)


def context(*credentials: Credentials, clients: bool = True) -> ssl.SSLContext:
    """TLS of a Central System with these certificates."""
    pairs = [(each.pem, each.key_pem) for each in credentials or (server(),)]
    roots = pem(pki().root.leaf) if clients else ""
    return server_context(pairs, client_roots=roots, security_level=0)


class NotingCentralSystem(CentralSystem):
    """Keeps what every upgrade has said, passwords included, and may refuse a certificate."""

    handshakes: list[Handshake]
    refused: str = ""  # fingerprint

    def _accept(self, profile: int, handshake: Handshake) -> Accept | Refuse:
        self.handshakes.append(handshake)
        if handshake.tls is not None and handshake.tls.fingerprint == self.refused != "":
            return Refuse(401, "this certificate is refused")
        return super()._accept(profile, handshake)


class SecureLab(Lab):
    """A lab whose Central System has a name."""

    csms: NotingCentralSystem
    tls: ssl.SSLContext

    @property
    def handshakes(self) -> list[Handshake]:
        """Every upgrade that was asked for."""
        return self.csms.handshakes

    @property
    def url(self) -> str:
        """Where the station connects: by name, as its certificate has it."""
        return self.csms.url.replace("127.0.0.1", HOST)

    async def log(self) -> list[str]:
        """Types in the security log, oldest first."""
        lines = cast("list[str]", await self.ask("security_log"))
        return [line.split()[1] for line in lines]

    async def next_transport(self) -> Json:
        """How the next attempt to connect ends: connect or refused."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                event = await self.heard.get()
                if event["event"] == "transport" and event["what"] in ("connect", "refused"):
                    return event["what"]

    def move(self, csms: NotingCentralSystem) -> None:
        """Watch another Central System from now on."""
        self.csms, self.mark = csms, 0

    async def event(self, event_type: str) -> dict[str, Json]:
        """The next SecurityEventNotification of this type."""
        return await self.next("SecurityEventNotification", type=event_type)


@asynccontextmanager
async def central_system(
    clock: Clock, tls: ssl.SSLContext | None
) -> AsyncIterator[NotingCentralSystem]:
    """A Central System that knows everybody's card and no password."""
    csms = NotingCentralSystem(
        "127.0.0.1", 0, "/ocpp", IDENTITY, bus=EventBus(clock), clock=clock, tls=tls
    )
    csms.handshakes = []
    csms.replies.heartbeat_interval_s = 12
    async with csms:
        yield csms


@asynccontextmanager
async def secure_laboratory(
    folder: Path, tls: ssl.SSLContext | None, *, scale: float = SCALE
) -> AsyncIterator[SecureLab]:
    """A Central System with this TLS, without when None, that waits for a station."""
    clock = Clock(scale)
    async with central_system(clock, tls) as csms:
        lab = SecureLab(folder, csms, clock)
        if tls is not None:
            lab.tls = tls
        yield lab


@asynccontextmanager
async def accepted_request(lab: SecureLab) -> AsyncIterator[str]:
    """Have the station ask for a certificate; the CSR, which was accepted."""
    await lab.change("CpoName", pki().organisation)
    with lab.csms.replies.script("SignCertificate", Confirm({"status": "Accepted"})):
        conf = await lab.command(
            "ExtendedTriggerMessage", requestedMessage="SignChargePointCertificate"
        )
        assert conf == {"status": "Accepted"}
        yield str((await lab.next("SignCertificate"))["csr"])


def subject() -> StationSubject:
    """Who shows the certificate of the station."""
    return StationSubject(SERIAL, pki().organisation)


def fingerprint(credentials: Credentials) -> str:
    """SHA-256 of a certificate, as the wire log has it."""
    return credentials.leaf.fingerprint(SHA256()).hex()


def delivered(
    folder: Path,
    *,
    root: Credentials | None = None,
    own: Credentials | None = None,
    crl: str = "",
    manufacturer: Credentials | None = None,
) -> Sequence[str]:
    """Options of a station that is delivered with these; the lab's root by default."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {"root-certificate": pem((root or pki().root).leaf)}
    if own is not None:
        files |= {"certificate": own.pem, "key": own.key_pem}
    if crl:
        files["crl"] = crl
    if manufacturer is not None:
        files["manufacturer-root"] = pem(manufacturer.leaf)
    options = []
    for name, text in files.items():
        file = folder / f"{name}.pem"
        file.write_text(text)
        options += [f"--{name}", str(file)]
    return options
