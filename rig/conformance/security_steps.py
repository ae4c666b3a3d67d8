"""Certificates, keys and connections in the words of a case.

Source: OCPP security white paper, A02, A03, M01 to M05, L01.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from rig.clock import DeadlineExceeded
from rig.conformance.evidence import StepFailed, Unprepared
from rig.conformance.inbox import Expectation, Missing, describe
from rig.conformance.steps import StationCase
from rig.conformance.updates import everywhere
from rig.csms.certificate_ids import CertificateId, certificate_id
from rig.csms.pki import Credentials, Flaw, LabPki, PrivateKey, pem
from rig.csms.replies import Confirm
from rig.ocppj.frames import Payload

CENTRAL_SYSTEM_ROOT = "CentralSystemRootCertificate"
MANUFACTURER_ROOT = "ManufacturerRootCertificate"


def authority(s: StationCase) -> LabPki:
    """The laboratory's authorities.

    Raises:
        Unprepared: there are none.
    """
    if s.csms.pki is None:
        raise Unprepared("the Central System has no authorities; set csms.pki")
    return s.csms.pki


@asynccontextmanager
async def other_connection(s: StationCase, what: str) -> AsyncIterator[None]:
    """After the block the station has connected anew.

    A BootNotification, with the reports that follow it, is a warning of rule M1.8 only.

    Raises:
        StepFailed: it has not, in time.
    """
    before, timeout_s = s.csms.connection, s.parameters.reconnect_timeout
    mark = s.mark()
    boot = Expectation("BootNotification", optional=True)
    await s.expect_all(boot, *everywhere(s, "Available", optional=True))
    yield
    ordered_s = s.clock.now()
    with s.evidence.step(f"wait for a new connection: {what}"):
        try:
            async with s.clock.deadline(timeout_s, "reconnect"):
                await s.csms.wait_other_connection(before)
        except DeadlineExceeded:
            await s.bench.prove()
    done = s.csms.connection not in (None, before)
    if not s.check(
        f"the station connects again: {what}",
        done,
        "steps of the case",
        expected=f"within {timeout_s:g} s",
        seen="a new connection" if done else "none",
    ):
        raise StepFailed(f"the station has not connected again: {what}")
    _check_closed(s, before, mark, ordered_s)


def _check_closed(s: StationCase, connection: int | None, mark: int, ordered_s: float) -> None:
    """Check that the station has left its connection in time, and before it made another."""
    ends = [e for e in s.csms.log.since(mark) if e.connection == connection and e.what == "close"]
    opened = [e for e in s.csms.log.since(mark) if e.what == "connect"]
    in_time_s = s.parameters.message_timeout
    took_s = ends[0].t_s - ordered_s if ends else 0.0
    s.check(
        "the station closes its connection, then makes another",
        bool(ends and opened) and ends[0].seq < opened[0].seq and took_s <= in_time_s,
        "steps of the case; rule M1.7",
        expected=f"closed within {in_time_s:g} s, before the next",
        seen=f"closed after {took_s:.1f} s" if ends else "not closed",
        seqs=[e.seq for e in (*ends[:1], *opened[:1])],
    )


async def requested(s: StationCase) -> str:
    """Have the station ask for a certificate; returns the CSR, which was accepted."""
    with s.csms.replies.script("SignCertificate", Confirm({"status": "Accepted"})):
        await s.command("ExtendedTriggerMessage", requestedMessage="SignChargePointCertificate")
        request = await s.expect(
            "SignCertificate", within=s.parameters.long_operation_timeout, csr="*"
        )
        await s.answered(request)
    return str(request["csr"])


def security_event(event_type: str, *, optional: bool = False) -> Expectation:
    """A SecurityEventNotification to wait for."""
    return Expectation("SecurityEventNotification", {"type": event_type}, optional)


async def event(s: StationCase, event_type: str) -> None:
    """Wait for a SecurityEventNotification."""
    wanted = security_event(event_type)
    await s.expect_all(wanted)
    s.check_fields(wanted.received, timestamp="*")


async def check_told(s: StationCase, wanted: Expectation, source: str) -> None:
    """Check, as a warning, that an event came which a case does not insist on."""
    if wanted.found is None:
        wanted.optional = False
        with suppress(Missing), s.evidence.step(f"wait for {wanted}, which may be missing"):
            await s.inbox.wait((wanted,), s.parameters.message_timeout)
    s.check(
        f"{wanted} received",
        wanted.found is not None,
        source,
        expected=str(wanted),
        seen="nothing" if wanted.found is None else describe(wanted.found),
        seqs=() if wanted.found is None else (wanted.found.seq,),
        severity="warn",
    )


async def installed(s: StationCase, kind: str, *, may_be_none: bool = False) -> list[CertificateId]:
    """What GetInstalledCertificateIds lists."""
    statuses = ("Accepted", "NotFound") if may_be_none else ("Accepted",)
    conf = await s.command("GetInstalledCertificateIds", *statuses, certificateType=kind)
    found = conf.get("certificateHashData")
    listed = found if isinstance(found, list) else []
    try:
        return [CertificateId.read(entry) for entry in listed]
    except ValueError as error:
        s.check("certificateHashData can be read", False, "rule M4.1", seen=str(error))
        raise StepFailed(str(error)) from error


def is_listed(
    listed: list[CertificateId], root: x509.Certificate, issuer: x509.Certificate | None = None
) -> CertificateId | None:
    """The entry of a root, by the algorithm that the station has chosen.

    Args:
        listed: by the station.
        root: that is looked for.
        issuer: of the root, itself when absent.
    """
    for entry in listed:
        if entry == certificate_id(root, issuer or root, entry.hash_algorithm):
            return entry
    return None


async def install(s: StationCase, kind: str, root: x509.Certificate | str, *statuses: str) -> None:
    """InstallCertificate; what is no certificate is a text."""
    text = root if isinstance(root, str) else pem(root)
    await s.command("InstallCertificate", *statuses, certificateType=kind, certificate=text)


def garbled(certificate: x509.Certificate) -> str:
    """PEM whose content is no certificate: cut off in the middle."""
    first, *lines, last = pem(certificate).splitlines()
    return "\n".join([first, *lines[: len(lines) // 2], last, ""])


async def delete(s: StationCase, entry: CertificateId, *statuses: str) -> None:
    """DeleteCertificate."""
    payload: Payload = entry.payload()
    await s.command("DeleteCertificate", *statuses, certificateHashData=payload)


def signature(data: bytes, key: PrivateKey) -> str:
    """Signature over a firmware image, base64: ECDSA or RSA-PSS with SHA-256."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        raw = key.sign(data, ec.ECDSA(SHA256()))
    else:
        scheme = padding.PSS(padding.MGF1(SHA256()), padding.PSS.DIGEST_LENGTH)
        raw = key.sign(data, scheme, SHA256())
    return base64.b64encode(raw).decode()


def check_request(s: StationCase, csr: str, serial_number: str) -> None:
    """Check a CSR: signature, subject, a key that is new and long enough."""
    try:
        request = x509.load_pem_x509_csr(csr.encode())
    except ValueError as error:
        s.check("csr is PKCS#10 as PEM", False, "white paper A02", seen=str(error))
        raise StepFailed("the CSR cannot be read") from error
    if not s.check(
        "the signature of the CSR is good",
        request.is_signature_valid,
        "white paper A02",
        expected="good",
        seen="good" if request.is_signature_valid else "wrong",
    ):
        raise StepFailed("the signature of the CSR is wrong")
    names = {attribute.rfc4514_attribute_name: attribute.value for attribute in request.subject}
    wanted = {"O": s.parameters.cpo_name, "CN": serial_number}
    s.check(
        "the subject is CpoName and the serial number of the station",
        {name: names.get(name) for name in wanted} == wanted,
        "white paper A02; table of certificate properties",
        expected=str(wanted),
        seen=str(names),
    )
    key = request.public_key()
    strong = (isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048) or (
        isinstance(key, ec.EllipticCurvePublicKey) and key.key_size >= 224
    )
    s.check(
        "the key is strong enough",
        strong,
        "white paper, table of certificate properties",
        expected="RSA >= 2048 or EC >= 224 bits",
        seen=f"{type(key).__name__}, {getattr(key, 'key_size', 0)} bits",
    )
    peer = s.csms.peer
    old = None
    if peer is not None and peer.certificate is not None:
        old = x509.load_der_x509_certificate(peer.certificate).public_key()
    s.check(
        "the key is a new one",
        old is None or old != key,
        "white paper A02: a new key pair",
        expected="another key",
        seen="the old key" if old == key else "another key",
    )


def sign(s: StationCase, csr: str, flaw: Flaw | None = None) -> Credentials:
    """What CertificateSigned carries for a CSR.

    Raises:
        StepFailed: nobody can sign it.
    """
    try:
        return authority(s).sign_request(csr, flaw=flaw)
    except ValueError as error:
        s.check("the CSR can be signed", False, "white paper A02", seen=str(error))
        raise StepFailed(f"the CSR cannot be signed: {error}") from error


async def check_log(s: StationCase, name: str, data: bytes) -> None:
    """Check that a security log lists what the station has told of; a person reads what we cannot.

    Rolling logs lose their beginning: only the newest event has to be there.
    """
    told = [
        str(call.payload.get("type"))
        for entry in s.csms.log.entries
        if entry.direction == "in" and (call := entry.call) is not None
        if call.action == "SecurityEventNotification"
    ]
    wanted = told[-1:] or ["StartupOfTheDevice"]
    try:
        text = data.decode()
    except UnicodeDecodeError:
        question = f"Does the security log {name} list the event {wanted[0]}?"
        listed, seen = await s.ask(question) == "yes", "as somebody has read"
    else:
        listed, seen = wanted[0] in text, f"{len(text.splitlines())} lines"
    s.check(
        "the security log lists the newest event that was sent",
        listed,
        "manual check of the case; white paper, security events",
        expected=wanted[0],
        seen=seen,
        kind="manual",
    )
