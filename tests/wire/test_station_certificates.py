"""Certificates of the emulated station, on the wire: roots, requests, renewal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from rig.csms.certificate_ids import CertificateId, certificate_id
from rig.csms.pki import Credentials, Flaw, pem
from rig.csms.replies import Confirm
from rig.jsontypes import Json
from rig.ocppj.tls import load_credentials
from tests.wire.secure_laboratory import (
    HOST,
    PASSWORD,
    SECURE,
    SERIAL,
    SecureLab,
    accepted_request,
    context,
    delivered,
    fingerprint,
    pki,
    secure_laboratory,
    station_certificate,
    subject,
)

CENTRAL_SYSTEM, MANUFACTURER = "CentralSystemRootCertificate", "ManufacturerRootCertificate"
REJECTED, ACCEPTED = {"status": "Rejected"}, {"status": "Accepted"}


@asynccontextmanager
async def plain(folder: Path, persona: str = SECURE) -> AsyncIterator[SecureLab]:
    """A station with profile 0 that has booted."""
    async with secure_laboratory(folder, None) as lab, lab.station(persona=persona):
        await lab.booted()
        yield lab


@asynccontextmanager
async def with_certificate(
    folder: Path, own: Credentials | None = None, *options: str, persona: str = SECURE
) -> AsyncIterator[SecureLab]:
    """A station with profile 3 that has booted."""
    everything = [*delivered(folder, own=own or station_certificate()), *options]
    async with secure_laboratory(folder, context()) as lab:
        lab.csms.subject = subject()
        async with lab.station(persona=persona, options=everything):
            await lab.booted()
            yield lab


async def install(lab: SecureLab, root: Credentials | str, kind: str = CENTRAL_SYSTEM) -> Json:
    text = root if isinstance(root, str) else pem(root.leaf)
    conf = await lab.command("InstallCertificate", certificateType=kind, certificate=text)
    return conf["status"]


async def installed(lab: SecureLab, kind: str = CENTRAL_SYSTEM) -> list[CertificateId]:
    conf = await lab.command("GetInstalledCertificateIds", certificateType=kind)
    found = conf.get("certificateHashData", [])
    assert isinstance(found, list)
    assert conf["status"] == ("Accepted" if found else "NotFound")
    return [CertificateId.read(entry) for entry in found]


def id_of(root: Credentials, algorithm: str = "SHA256") -> CertificateId:
    return certificate_id(root.leaf, root.leaf, algorithm)


async def shown(lab: SecureLab) -> Json:
    """Fingerprint of the certificate that the next connection shows."""
    return (await lab.entry(lambda e: e.what == "connect", "a connection")).detail["certificate"]


# --- roots --------------------------------------------------------------------------------------


@pytest.mark.rig_covers("message:InstallCertificate", "message:GetInstalledCertificateIds")
@pytest.mark.parametrize("kind", [CENTRAL_SYSTEM, MANUFACTURER])
async def test_a_root_is_installed_once_and_listed_by_its_hashes(tmp_path: Path, kind: str) -> None:
    root = pki().manufacturer_root if kind == MANUFACTURER else pki().root
    async with plain(tmp_path) as lab:
        assert await installed(lab, kind) == []
        assert await install(lab, root, kind) == "Accepted"
        crlf = pem(root.leaf).replace("\n", "\r\n")
        assert await install(lab, crlf, kind) == "Accepted"
        assert await installed(lab, kind) == [id_of(root)]
        other = CENTRAL_SYSTEM if kind == MANUFACTURER else MANUFACTURER
        assert await installed(lab, other) == []


def bad_roots() -> dict[str, str]:
    wrong = pem(pki().root.leaf).splitlines()
    return {
        "expired": pem(pki().bad_root(Flaw.EXPIRED).leaf),
        "weak key": pem(pki().bad_root(Flaw.WEAK_KEY).leaf),
        "no CA": pem(pki().server(HOST).leaf),
        "no PEM": "certificate",
        "no certificate": "\n".join([wrong[0], *reversed(wrong[1:-1]), wrong[-1]]),
        "two": pem(pki().root.leaf) + pem(pki().foreign_root.leaf),
    }


@pytest.mark.parametrize("what", bad_roots())
async def test_a_bad_root_is_rejected_and_reported(tmp_path: Path, what: str) -> None:
    async with plain(tmp_path) as lab:
        assert await install(lab, bad_roots()[what]) == "Rejected"
        await lab.event("InvalidCentralSystemCertificate")
        assert await installed(lab) == []


@pytest.mark.rig_covers("key:CertificateStoreMaxLength")
async def test_a_full_store_takes_no_more(tmp_path: Path) -> None:
    async with plain(tmp_path, SECURE + "certificate_store_max_length: 1\n") as lab:
        assert await lab.read("CertificateStoreMaxLength") == "1"
        assert await install(lab, pki().root) == "Accepted"
        assert await install(lab, pki().foreign_root) == "Rejected"
        assert await installed(lab) == [id_of(pki().root)]
        await lab.idle()
        assert "InvalidCentralSystemCertificate" not in await lab.log()  # nothing wrong with it


@pytest.mark.rig_covers("message:DeleteCertificate")
@pytest.mark.parametrize("algorithm", ["SHA256", "SHA384", "SHA512"])
async def test_a_root_is_deleted_by_the_hashes_of_any_algorithm(
    tmp_path: Path, algorithm: str
) -> None:
    async with plain(tmp_path) as lab:
        await install(lab, pki().root)
        named = id_of(pki().root, algorithm).payload()
        large = {key: str(value).upper() for key, value in named.items()}
        for status in ("Accepted", "NotFound"):
            conf = await lab.command("DeleteCertificate", certificateHashData=dict(large))
            assert conf == {"status": status}
        assert await installed(lab) == []


async def test_what_secures_the_connection_is_not_deleted(tmp_path: Path) -> None:
    async with with_certificate(tmp_path) as lab:
        await install(lab, pki().foreign_root)
        own = certificate_id(station_certificate().leaf, pki().sub_ca.leaf)
        for named, status in (
            (id_of(pki().root), "Failed"),
            (own, "NotFound"),
            (id_of(pki().foreign_root), "Accepted"),
        ):
            conf = await lab.command("DeleteCertificate", certificateHashData=named.payload())
            assert conf == {"status": status}


@pytest.mark.rig_covers("key:AdditionalRootCertificateCheck")
async def test_a_successor_replaces_the_root_once_it_has_verified_a_server(tmp_path: Path) -> None:
    persona = SECURE + "additional_root_certificate_check: true\n"
    successor = certificate_id(pki().successor_root.leaf, pki().root.leaf)
    async with secure_laboratory(tmp_path, context()) as lab:
        options = delivered(tmp_path)
        async with lab.station(password=PASSWORD, persona=persona, options=options):
            await lab.booted()
            assert await lab.read("AdditionalRootCertificateCheck") == "true"
            assert await install(lab, pki().foreign_root) == "Rejected"
            assert await install(lab, pki().successor_root) == "Accepted"
            await lab.csms.drop()
            await shown(lab)  # the fall-back still verifies the old server
            assert set(await installed(lab)) == {id_of(pki().root), successor}
            new = pki().server(HOST, issuer=pki().successor_root)
            load_credentials(lab.tls, new.pem, new.key_pem)
            await lab.csms.drop()
            await shown(lab)
            (only,) = await installed(lab)
            assert only.serial_number == successor.serial_number


# --- certificates of the station ----------------------------------------------------------------


async def test_no_certificate_is_asked_for_without_an_organisation(tmp_path: Path) -> None:
    async with plain(tmp_path) as lab:
        conf = await lab.command(
            "ExtendedTriggerMessage", requestedMessage="SignChargePointCertificate"
        )
        assert conf == REJECTED


@pytest.mark.rig_covers("key:CpoName", "message:ExtendedTriggerMessage", "message:SignCertificate")
@pytest.mark.parametrize("pair", ["ecdsa", "rsa"])
async def test_a_request_has_name_organisation_and_a_strong_key(tmp_path: Path, pair: str) -> None:
    async with plain(tmp_path, SECURE + f"cipher_suites: {pair}\n") as lab:
        async with accepted_request(lab) as text:
            csr = x509.load_pem_x509_csr(text.encode())
    assert csr.is_signature_valid
    fields = {field.oid: field.value for field in csr.subject}
    assert fields == {
        NameOID.COMMON_NAME: SERIAL, NameOID.ORGANIZATION_NAME: pki().organisation
    }  # fmt: skip
    key = csr.public_key()
    if pair == "rsa":
        assert isinstance(key, rsa.RSAPublicKey)
        assert key.key_size == 2048
    else:
        assert isinstance(key, ec.EllipticCurvePublicKey)
        assert key.curve.name == "secp256r1"


@pytest.mark.rig_covers("message:CertificateSigned")
async def test_a_new_certificate_is_used_at_once_and_kept(tmp_path: Path) -> None:
    async with with_certificate(tmp_path, None, "--disk", str(tmp_path / "disk")) as lab:
        async with accepted_request(lab) as csr:
            new = pki().sign_request(csr)
            assert await lab.command("CertificateSigned", certificateChain=new.pem) == ACCEPTED
        assert await shown(lab) == fingerprint(new)
        await lab.ask("power", on=False)
        await lab.ask("power", on=True)
        assert await shown(lab) == fingerprint(new)
        assert not [e for e in lab.csms.log.entries if e.what == "refused"]
        assert "PRIVATE KEY" not in "".join(e.raw or "" for e in lab.csms.log.entries)


@pytest.mark.rig_covers("key:CertificateSignedMaxChainSize")
async def test_a_chain_that_is_too_long_is_rejected(tmp_path: Path) -> None:
    async with plain(tmp_path, SECURE + "limits: {CertificateSignedMaxChainSize: 100}\n") as lab:
        assert await lab.read("CertificateSignedMaxChainSize") == "100"
        async with accepted_request(lab) as csr:
            new = pki().sign_request(csr)
            assert await lab.command("CertificateSigned", certificateChain=new.pem) == REJECTED


async def test_a_certificate_of_tomorrow_is_accepted_and_not_used_yet(tmp_path: Path) -> None:
    async with with_certificate(tmp_path) as lab:
        async with accepted_request(lab) as csr:
            chain = pki().sign_request(csr, flaw=Flaw.NOT_YET_VALID).pem
            assert await lab.command("CertificateSigned", certificateChain=chain) == ACCEPTED
        assert await shown(lab) == fingerprint(station_certificate())


@pytest.mark.parametrize(
    "flaw",
    [
        Flaw.EXPIRED,
        Flaw.WRONG_KEY,
        Flaw.WRONG_NAME,
        Flaw.WRONG_ORGANISATION,
        Flaw.UNKNOWN_ROOT,
        Flaw.WEAK_KEY,
    ],
)
async def test_a_bad_certificate_is_rejected_reported_and_not_used(
    tmp_path: Path, flaw: Flaw
) -> None:
    async with with_certificate(tmp_path) as lab:
        async with accepted_request(lab) as csr:
            chain = pki().sign_request(csr, flaw=flaw).pem
            assert await lab.command("CertificateSigned", certificateChain=chain) == REJECTED
        await lab.event("InvalidChargePointCertificate")
        await lab.idle()
        of_connection = [e.what for e in lab.csms.log.entries if e.what not in ("", "ping", "pong")]
        assert of_connection == ["connect"]


async def test_a_revoked_certificate_is_rejected(tmp_path: Path) -> None:
    async with with_certificate(tmp_path) as lab:
        async with accepted_request(lab) as csr:
            new = pki().sign_request(csr)
            await lab.ask("install_crl", crl=pki().revoked(new.leaf))
            assert await lab.command("CertificateSigned", certificateChain=new.pem) == REJECTED
        assert "revoked" in str(await lab.event("InvalidChargePointCertificate"))


@pytest.mark.parametrize("chain", ["", "no PEM"])
async def test_what_is_no_certificate_is_rejected(tmp_path: Path, chain: str) -> None:
    async with with_certificate(tmp_path) as lab:
        async with accepted_request(lab):
            assert await lab.command("CertificateSigned", certificateChain=chain) == REJECTED


async def test_a_certificate_that_nobody_asked_for_is_rejected(tmp_path: Path) -> None:
    async with with_certificate(tmp_path) as lab:
        await lab.change("CpoName", pki().organisation)
        own = station_certificate().pem
        assert await lab.command("CertificateSigned", certificateChain=own) == REJECTED


async def test_after_a_rejected_request_no_certificate_is_taken(tmp_path: Path) -> None:
    async with with_certificate(tmp_path) as lab:
        await lab.change("CpoName", pki().organisation)
        with lab.csms.replies.script("SignCertificate", Confirm({"status": "Rejected"})):
            await lab.command(
                "ExtendedTriggerMessage", requestedMessage="SignChargePointCertificate"
            )
            csr = str((await lab.next("SignCertificate"))["csr"])
            await lab.idle()
        chain = pki().sign_request(csr).pem
        assert await lab.command("CertificateSigned", certificateChain=chain) == REJECTED


async def test_the_old_certificate_is_a_fall_back(tmp_path: Path) -> None:
    async with with_certificate(tmp_path) as lab:
        async with accepted_request(lab) as csr:
            new = pki().sign_request(csr)
            lab.csms.refused = fingerprint(new)
            assert await lab.command("CertificateSigned", certificateChain=new.pem) == ACCEPTED
        assert await shown(lab) == fingerprint(station_certificate())
        assert "FailedToAuthenticateAtCentralSystem" in await lab.log()


@pytest.mark.parametrize("days", [20, 100], ids=["20 days left", "100 days left"])
async def test_a_station_renews_its_certificate_a_month_before_the_end(
    tmp_path: Path, days: int
) -> None:
    own = pki().station(SERIAL, days=days)
    async with with_certificate(tmp_path, own) as lab:
        with lab.csms.replies.script("SignCertificate", Confirm({"status": "Accepted"})):
            await lab.change("CpoName", pki().organisation)
            await lab.idle()
            await lab.idle()
        assert len(lab.calls("SignCertificate")) == (1 if days < 30 else 0)


async def test_a_technician_can_provide_everything(tmp_path: Path) -> None:
    async with secure_laboratory(tmp_path, None) as lab:
        async with lab.station(persona=SECURE):
            await lab.booted()
            own = station_certificate()
            await lab.ask("install_root", certificate=pem(pki().root.leaf))
            await lab.ask("install_certificate", certificate=own.pem, key=own.key_pem)
            async with secure_laboratory(tmp_path, context()) as other:
                other.csms.subject = subject()
                await lab.ask("connect", url=other.url, profile=3)
                await lab.change("SecurityProfile", "3")
                assert await shown(other) == fingerprint(own)
