"""Defects of the security extension: each shows in the way its sentence says, and only then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from rig.csms.certificate_ids import CertificateId, certificate_id
from rig.csms.pki import Flaw, pem
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
    pki,
    secure_laboratory,
    station_certificate,
)

CENTRAL_SYSTEM = "CentralSystemRootCertificate"


async def connects_to_a_bad_server(lab: SecureLab) -> bool:
    await lab.booted()
    bad = pki().server(HOST, flaw=Flaw.EXPIRED)
    load_credentials(lab.tls, bad.pem, bad.key_pem)
    await lab.csms.drop()
    await lab.transport("connect")
    await lab.transport("close")
    return await lab.next_transport() == "connect"


async def answer_to_an_expired_root(lab: SecureLab) -> Json:
    await lab.booted()
    root = pem(pki().bad_root(Flaw.EXPIRED).leaf)
    conf = await lab.command("InstallCertificate", certificateType=CENTRAL_SYSTEM, certificate=root)
    return conf["status"]


async def answer_to_a_good_root(lab: SecureLab) -> Json:
    await lab.booted()
    root = pem(pki().foreign_root.leaf)
    conf = await lab.command("InstallCertificate", certificateType=CENTRAL_SYSTEM, certificate=root)
    return conf["status"]


async def answer_to_an_expired_certificate(lab: SecureLab) -> Json:
    await lab.booted()
    async with accepted_request(lab) as csr:
        chain = pki().sign_request(csr, flaw=Flaw.EXPIRED).pem
        return (await lab.command("CertificateSigned", certificateChain=chain))["status"]


async def answer_to_a_lower_profile(lab: SecureLab) -> Json:
    await lab.booted()
    conf = await lab.command("ChangeConfiguration", key="SecurityProfile", value="1")
    return conf["status"]


async def shows_its_key(lab: SecureLab) -> bool:
    await lab.booted()
    return PASSWORD in str(await lab.command("GetConfiguration"))


async def password_in_use(lab: SecureLab) -> bytes | None:
    await lab.booted()
    return lab.handshakes[0].password


async def logs_an_open_housing(lab: SecureLab) -> bool:
    await lab.booted()
    await lab.ask("tamper")
    return "TamperDetectionActivated" in await lab.log()


async def names_its_root(lab: SecureLab) -> bool:
    await lab.booted()
    conf = await lab.command("GetInstalledCertificateIds", certificateType=CENTRAL_SYSTEM)
    ids = conf["certificateHashData"]
    assert isinstance(ids, list)
    root = pki().root.leaf
    return CertificateId.read(ids[0]) == certificate_id(root, root)


async def name_in_request(lab: SecureLab) -> object:
    await lab.booted()
    async with accepted_request(lab) as csr:
        subject = x509.load_pem_x509_csr(csr.encode()).subject
        return subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value


async def request_has_the_old_key(lab: SecureLab) -> bool:
    await lab.booted()
    async with accepted_request(lab) as csr:
        old = station_certificate().leaf.public_key()
        return x509.load_pem_x509_csr(csr.encode()).public_key() == old


@dataclass(frozen=True, slots=True)
class Case:
    """A defect, what to look at, and what is there without it and with it."""

    defect: str
    observe: Callable[[SecureLab], Awaitable[object]]
    right: object
    wrong: object


CASES = [
    Case("accepts-bad-certificate:server", connects_to_a_bad_server, False, True),
    Case("accepts-bad-certificate:root", answer_to_an_expired_root, "Rejected", "Accepted"),
    Case(
        "accepts-bad-certificate:station",
        answer_to_an_expired_certificate,
        "Rejected",
        "Accepted",
    ),
    Case("accepts-lower-profile", answer_to_a_lower_profile, "Rejected", "Accepted"),
    Case("reveals-authorization-key", shows_its_key, False, True),
    Case("hex-text-password", password_in_use, bytes.fromhex(PASSWORD), PASSWORD.encode()),
    Case("no-security-event:TamperDetectionActivated", logs_an_open_housing, True, False),
    Case("certificate-store-broken", answer_to_a_good_root, "Accepted", "Failed"),
    Case("certificate-hash-wrong", names_its_root, True, False),
    Case("csr-wrong-name", name_in_request, SERIAL, "SOMEBODY-ELSE"),
    Case("csr-old-key", request_has_the_old_key, False, True),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.defect)
async def test_defect_shows_and_only_then(case: Case, tmp_path: Path) -> None:
    async def run(folder: Path, *defects: str) -> object:
        options = [*delivered(folder, own=station_certificate()), "--security-profile", "2"]
        async with secure_laboratory(folder, context()) as lab:
            async with lab.station(*defects, password=PASSWORD, persona=SECURE, options=options):
                return await case.observe(lab)

    right, wrong = await asyncio.gather(
        run(tmp_path / "right"), run(tmp_path / "wrong", case.defect)
    )
    assert right == case.right
    assert wrong == case.wrong
