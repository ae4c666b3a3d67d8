"""TLS of the emulated station, on the wire: good servers, bad ones, profiles and their order."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from rig.csms.pki import Flaw, KeyKind, pem
from rig.jsontypes import Json
from rig.ocppj.tls import SUITES, load_credentials, server_context
from tests.wire.emulated_station import IDENTITY
from tests.wire.secure_laboratory import (
    HOST,
    PASSWORD,
    SECURE,
    SecureLab,
    accepted_request,
    central_system,
    context,
    delivered,
    pki,
    secure_laboratory,
    server,
    station_certificate,
    subject,
)

CERTIFICATE = "InvalidCentralSystemCertificate"


async def connection(lab: SecureLab) -> dict[str, Json]:
    """What the Central System noted about the next connection."""
    return (await lab.entry(lambda e: e.what == "connect", "a connection")).detail


def upgrades(lab: SecureLab) -> list[str]:
    """Who has asked the Central System for an upgrade: password and path are in there."""
    return [str(e.detail) for e in lab.csms.log.entries if "target" in e.detail]


@pytest.mark.parametrize(
    ("suite", "pair"),
    list(zip(SUITES, ("ecdsa", "ecdsa", "rsa", "rsa"), strict=True)),
    ids=list(SUITES),
)
async def test_each_suite_connects(tmp_path: Path, suite: str, pair: str) -> None:
    credentials = [server(KeyKind.EC), server(KeyKind.RSA)]
    tls = server_context([(c.pem, c.key_pem) for c in credentials], suites=[suite])
    async with secure_laboratory(tmp_path, tls) as lab:
        lab.csms.password = bytes.fromhex(PASSWORD)
        persona, options = SECURE + f"cipher_suites: {pair}\n", delivered(tmp_path)
        async with lab.station(password=PASSWORD, persona=persona, options=options):
            detail = await connection(lab)
            assert (detail["tls"], detail["suite"]) == ("TLSv1.2", SUITES[suite])
            await lab.booted()
            assert await lab.read("SecurityProfile") == "2"


async def test_tls_1_3_is_offered_when_the_persona_has_it(tmp_path: Path) -> None:
    tls = server_context([(server().pem, server().key_pem)], tls_1_3=True)
    async with secure_laboratory(tmp_path, tls) as lab:
        options = delivered(tmp_path)
        for persona, version in ((SECURE, "TLSv1.2"), (SECURE + "tls_1_3: true\n", "TLSv1.3")):
            async with lab.station(password=PASSWORD, persona=persona, options=options):
                assert (await connection(lab))["tls"] == version


async def test_the_common_name_suffices(tmp_path: Path) -> None:
    credentials = pki().server(HOST, alternative_name=False)
    async with secure_laboratory(tmp_path, context(credentials)) as lab:
        async with lab.station(password=PASSWORD, persona=SECURE, options=delivered(tmp_path)):
            await lab.booted()


@pytest.mark.parametrize(
    "flaw",
    [
        Flaw.EXPIRED,
        Flaw.NOT_YET_VALID,
        Flaw.WRONG_NAME,
        Flaw.UNKNOWN_ROOT,
        Flaw.WEAK_KEY,
    ],
)
async def test_a_bad_server_gets_no_password_and_is_reported_to_a_good_one(
    tmp_path: Path, flaw: Flaw
) -> None:
    kind = KeyKind.RSA if flaw is Flaw.WEAK_KEY else KeyKind.EC
    tls = context(pki().server(HOST, kind, flaw=flaw))
    persona = SECURE + ("cipher_suites: rsa\n" if kind is KeyKind.RSA else "")
    async with secure_laboratory(tmp_path, tls) as lab:
        async with lab.station(password=PASSWORD, persona=persona, options=delivered(tmp_path)):
            await lab.transport("refused")
            assert not upgrades(lab)
            good = server(kind)
            load_credentials(tls, good.pem, good.key_pem)
            await lab.event(CERTIFICATE)
            seen = await lab.log()
            assert seen.count(CERTIFICATE) == seen.count("CentralSystemFailedToAuthenticate") == 1


async def test_a_revoked_server_is_left(tmp_path: Path) -> None:
    revoked, good = pki().server(HOST), server()
    tls = context(revoked)
    options = delivered(tmp_path, crl=pki().revoked(revoked.leaf))
    async with secure_laboratory(tmp_path, tls) as lab:
        async with lab.station(password=PASSWORD, persona=SECURE, options=options):
            assert "revoked" in str(await lab.transport("refused"))
            load_credentials(tls, good.pem, good.key_pem)
            assert (await lab.event(CERTIFICATE))["techInfo"] == "server certificate: revoked"


# What a server that is older than TLS 1.2 answers with: an alert protocol_version, or the version
# it has. (One on OpenSSL may look at the suites first, and find none: then they are the reason.)
ALERT = bytes.fromhex("15 0301 0002 02 46")
SERVER_HELLO = bytes.fromhex("16 0302 002a 02 000026 0302" + 32 * "5a" + "00 c009 00")


@pytest.mark.parametrize("answer", [ALERT, SERVER_HELLO], ids=["alert", "ServerHello 1.1"])
async def test_an_old_version_is_left(tmp_path: Path, answer: bytes) -> None:
    async def old(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(answer)
        await reader.read()
        writer.close()

    async with await asyncio.start_server(old, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        async with secure_laboratory(tmp_path, context()) as lab:
            options = [*delivered(tmp_path), "--endpoint", f"2=wss://{HOST}:{port}/ocpp"]
            async with lab.station(password=PASSWORD, persona=SECURE, options=options):
                await lab.transport("refused")
                await lab.ask("connect", url=lab.url)
                await lab.event("InvalidTLSVersion")


async def test_a_forbidden_suite_is_left(tmp_path: Path) -> None:
    tls = context()
    tls.set_ciphers("ECDHE-ECDSA-AES256-SHA384")
    async with secure_laboratory(tmp_path, tls) as lab:
        async with lab.station(password=PASSWORD, persona=SECURE, options=delivered(tmp_path)):
            await lab.transport("refused")
            tls.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
            await lab.event("InvalidTLSCipherSuite")


# --- profile 3 ----------------------------------------------------------------------------------


async def test_profile_3_shows_the_certificate_and_no_password(tmp_path: Path) -> None:
    own = station_certificate()
    options = [*delivered(tmp_path, own=own), "--security-profile", "3"]
    async with secure_laboratory(tmp_path, context()) as lab:
        lab.csms.subject = subject()
        async with lab.station(password=PASSWORD, persona=SECURE, options=options):
            await lab.booted()
            assert lab.csms.log.entries[0].detail.get("user") is None
            assert await lab.read("SecurityProfile") == "3"


async def test_profile_2_has_the_password_in_the_header(tmp_path: Path) -> None:
    async with secure_laboratory(tmp_path, context()) as lab:
        lab.csms.password = bytes.fromhex(PASSWORD)
        async with lab.station(password=PASSWORD, persona=SECURE, options=delivered(tmp_path)):
            await lab.booted()
            assert lab.csms.log.entries[0].detail.get("user") == IDENTITY


async def test_a_refused_certificate_is_logged_and_the_station_keeps_trying(
    tmp_path: Path,
) -> None:
    options = delivered(tmp_path, own=pki().station("SOMEBODY-ELSE"))
    async with secure_laboratory(tmp_path, context()) as lab:
        lab.csms.subject = subject()
        async with lab.station(persona=SECURE, options=options):
            for _ in range(2):
                refused = await lab.entry(lambda e: e.what == "refused", "a refusal")
                assert refused.detail["status"] == 401
            assert "FailedToAuthenticateAtCentralSystem" in await lab.log()
            lab.csms.subject = None
            await lab.booted()


@pytest.mark.parametrize("tls_1_3", [False, True], ids=["1.2", "1.3"])
async def test_a_certificate_of_a_foreign_hierarchy_does_not_pass_tls(
    tmp_path: Path, tls_1_3: bool
) -> None:
    roots = pem(pki().foreign_root.leaf)
    pair = (server().pem, server().key_pem)
    tls = server_context([pair], client_roots=roots, tls_1_3=tls_1_3)
    persona = SECURE + f"tls_1_3: {str(tls_1_3).lower()}\n"
    options = delivered(tmp_path, own=station_certificate())
    async with secure_laboratory(tmp_path, tls) as lab:
        async with lab.station(persona=persona, options=options):
            await lab.transport("refused")
            assert not upgrades(lab)
            assert "FailedToAuthenticateAtCentralSystem" in await lab.log()


# --- from one profile to the next -----------------------------------------------------------------


async def change(lab: SecureLab, key: str, value: str) -> Json:
    """Status that ChangeConfiguration is answered with."""
    return (await lab.command("ChangeConfiguration", key=key, value=value))["status"]


async def test_a_station_goes_from_profile_0_to_3_by_messages_only(tmp_path: Path) -> None:
    async with secure_laboratory(tmp_path, None) as lab, AsyncExitStack() as stack:
        secure = await stack.enter_async_context(central_system(lab.clock, context()))
        url = secure.url.replace("127.0.0.1", HOST)
        options = ["--endpoint", f"2={url}", "--endpoint", f"3={url}"]
        async with lab.station(persona=SECURE, options=options):
            await lab.booted()
            assert await change(lab, "SecurityProfile", "1") == "Rejected"
            await lab.change("AuthorizationKey", PASSWORD)
            await lab.entry(lambda e: e.what == "connect", "the next connection")
            lab.csms.password = bytes.fromhex(PASSWORD)
            await lab.change("SecurityProfile", "1")
            await lab.entry(lambda e: e.what == "connect", "a connection with a password")
            assert await change(lab, "SecurityProfile", "2") == "Rejected"  # no root yet
            root = {"certificateType": "CentralSystemRootCertificate"}
            conf = await lab.command("InstallCertificate", **root, certificate=pem(pki().root.leaf))
            assert conf == {"status": "Accepted"}
            await lab.change("SecurityProfile", "2")
            secure.password = bytes.fromhex(PASSWORD)
            lab.move(secure)
            await connection(lab)
            assert await change(lab, "SecurityProfile", "3") == "Rejected"  # no certificate
            await certify(lab)
            secure.subject = subject()
            await lab.change("SecurityProfile", "3")
            await lab.entry(lambda e: e.what == "close", "the goodbye")
            await connection(lab)
            assert await lab.read("SecurityProfile") == "3"
            for value in "0123":
                assert await change(lab, "SecurityProfile", value) == "Rejected"
            assert not lab.calls("BootNotification")


async def certify(lab: SecureLab) -> None:
    """Give the station a certificate by messages."""
    async with accepted_request(lab) as csr:
        conf = await lab.command("CertificateSigned", certificateChain=pki().sign_request(csr).pem)
        assert conf == {"status": "Accepted"}
