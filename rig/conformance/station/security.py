"""Rows of the security certificate: 073 to 081."""

from __future__ import annotations

from rig.conformance.cases import Setting, case
from rig.conformance.catalogue import Role
from rig.conformance.exchange_files import IMAGE, Files
from rig.conformance.security_steps import (
    CENTRAL_SYSTEM_ROOT,
    MANUFACTURER_ROOT,
    authority,
    check_log,
    check_request,
    check_told,
    delete,
    event,
    garbled,
    install,
    installed,
    is_listed,
    other_connection,
    requested,
    security_event,
    sign,
    signature,
)
from rig.conformance.steps import QUIET_S, StationCase
from rig.conformance.updates import SIGNED, Update
from rig.csms.pki import Flaw, pem
from rig.ocppj.frames import Payload

KEY = "AuthorizationKey"
LOG = "LogStatusNotification"
NO_CERTIFICATE = "no certificate"
WATCH_S = 10.0
OPERATOR = Setting("CpoName", "$cpo_name")


@case("073", dut=Role.STATION, profiles=(1, 2))
async def new_password(s: StationCase) -> None:
    """A new password is used from the next connection on."""
    old = s.csms.password or b""
    await _change_password(s, bytes.fromhex(s.parameters.new_authorization_key))
    s.check(
        "the password is sent as bytes, not as hexadecimal text",
        not s.csms.text_password,
        "rule M1.9",
        expected="bytes",
        seen="text" if s.csms.text_password else "bytes",
        severity="warn",
    )
    shown = (await s.read_key(KEY) or "").casefold()
    secret = s.parameters.new_authorization_key.casefold()
    as_text = bytes.fromhex(secret).decode("latin-1").casefold()
    s.check(
        "AuthorizationKey is not shown",
        shown not in (secret, as_text),
        "rule M10.5",
        expected="absent, or nothing of it",
        seen="the key" if shown in (secret, as_text) else "something else" if shown else "absent",
    )
    await _change_password(s, old)


async def _change_password(s: StationCase, password: bytes) -> None:
    """Write AuthorizationKey; the station connects again with it, and does not boot."""
    before, mark = s.csms.password, s.mark()
    s.csms.other_password = None
    try:
        async with other_connection(s, "with the new password"):
            s.csms.password = password
            await s.command("ChangeConfiguration", key=KEY, value=password.hex().upper())
    except BaseException:
        s.csms.other_password = before  # nobody knows which one it uses now
        raise
    await s.look_on(QUIET_S, "whether it boots")
    s.none_since(
        mark,
        "BootNotification",
        what="after the reconnect",
        why="step 4 of the case",
        severity="warn",
    )


@case("074", dut=Role.STATION, config=(OPERATOR,), profiles=(3,))
async def renew_station_certificate(s: StationCase) -> None:
    """A new certificate of the station, asked for by the Central System."""
    csr = await requested(s)
    subject = s.csms.subject
    check_request(s, csr, "" if subject is None else subject.serial_number)
    made = sign(s, csr)
    async with other_connection(s, "with the new certificate"):
        await s.command("CertificateSigned", certificateChain=made.pem)
    peer = s.csms.peer
    used = peer is not None and peer.certificate == made.leaf_der
    s.check(
        "the new certificate is used",
        used,
        "step 5 of the case; white paper A02",
        expected=f"serial number {made.leaf.serial_number:x}",
        seen="it" if used else "another certificate",
    )


@case("075", dut=Role.STATION, variants=(MANUFACTURER_ROOT, CENTRAL_SYSTEM_ROOT), profiles=(2, 3))
async def install_certificate(s: StationCase) -> None:
    """Root certificates of both kinds can be installed and are listed."""
    pki = authority(s)
    root, issuer = pki.manufacturer_root.leaf, None
    if s.variant == CENTRAL_SYSTEM_ROOT:  # signed by the one in use, for stations that look
        root, issuer = pki.successor_root.leaf, pki.root.leaf
    await install(s, s.variant, root)
    entry = is_listed(await installed(s, s.variant), root, issuer)
    s.check(
        "the installed certificate is listed",
        entry is not None,
        "steps of the case; white paper M03",
        expected="its hashes and serial number",
        seen="listed" if entry is not None else "not listed",
    )
    if entry is not None and s.variant == CENTRAL_SYSTEM_ROOT:
        await delete(s, entry)


@case("076", dut=Role.STATION, profiles=(2, 3))
async def delete_certificate(s: StationCase) -> None:
    """An installed root can be removed."""
    pki = authority(s)
    root, issuer = pki.successor_root.leaf, pki.root.leaf
    listed = await installed(s, CENTRAL_SYSTEM_ROOT, may_be_none=True)
    if is_listed(listed, root, issuer) is None:
        await install(s, CENTRAL_SYSTEM_ROOT, root)
    entry = is_listed(await installed(s, CENTRAL_SYSTEM_ROOT), root, issuer)
    if s.check(
        "the certificate to delete is listed",
        entry is not None,
        "step 1 of the case",
        expected="listed",
        seen="listed" if entry is not None else "not listed",
    ) and entry is not None:  # fmt: skip
        await delete(s, entry)
    listed = await installed(s, CENTRAL_SYSTEM_ROOT, may_be_none=True)
    left = is_listed(listed, root, issuer)
    s.check(
        "the deleted certificate is not listed any more",
        left is None,
        "step 3 of the case",
        expected="not listed",
        seen="not listed" if left is None else "listed",
    )


@case(
    "077",
    dut=Role.STATION,
    config=(OPERATOR,),
    profiles=(3,),
    variants=(
        Flaw.EXPIRED.value,
        Flaw.WRONG_KEY.value,
        Flaw.UNKNOWN_ROOT.value,
        Flaw.WRONG_SIGNATURE.value,
    ),
)
async def bad_station_certificate(s: StationCase) -> None:
    """A bad certificate of the station is refused and reported."""
    csr = await requested(s)
    connection = s.csms.connection
    made = sign(s, csr, Flaw(s.variant))
    s.inbox.drain()  # an alert of what came before is none of this
    await s.command("CertificateSigned", "Rejected", certificateChain=made.pem)
    await event(s, "InvalidChargePointCertificate")
    await s.nothing("BootNotification", during=WATCH_S, why="step 5 of the case")
    s.check(
        "the station stays connected with its old certificate",
        s.csms.connection == connection,
        "step 5 of the case",
        expected="the same connection",
        seen="the same" if s.csms.connection == connection else "another connection",
    )


@case("078", dut=Role.STATION, profiles=(2, 3), variants=(Flaw.EXPIRED.value, NO_CERTIFICATE))
async def bad_root_certificate(s: StationCase) -> None:
    """A bad root certificate is refused and reported, and it is not kept."""
    bad = authority(s).bad_root(Flaw.EXPIRED).leaf
    s.inbox.drain()  # an alert of what came before is none of this
    text = pem(bad) if s.variant == Flaw.EXPIRED.value else garbled(bad)
    await install(s, CENTRAL_SYSTEM_ROOT, text, "Rejected")
    await event(s, "InvalidCentralSystemCertificate")
    if s.variant == NO_CERTIFICATE:
        return  # it has no hash by which it could be listed
    kept = is_listed(await installed(s, CENTRAL_SYSTEM_ROOT, may_be_none=True), bad)
    s.check(
        "the bad certificate is not listed",
        kept is None,
        "white paper M05: it is not installed",
        expected="not listed",
        seen="not listed" if kept is None else "listed",
    )


@case("079", dut=Role.STATION)
async def security_log(s: StationCase) -> None:
    """The security log is uploaded."""
    number = s.csms.new_id()
    async with Files.serving(s) as files:
        conf = await s.command(
            "GetLog",
            logType="SecurityLog",
            requestId=number,
            log={"remoteLocation": files.folder},
        )
        await s.expect(LOG, status="Uploading", requestId=number)
        await s.expect(
            LOG,
            within=s.parameters.long_operation_timeout,
            status="Uploaded",
            requestId=number,
        )
        name = None if conf.get("filename") is None else str(conf["filename"])
        arrived = await files.check_arrived(name)
        if arrived is not None:
            await check_log(s, arrived, files.content(arrived))


@case("080", dut=Role.STATION)
async def signed_update(s: StationCase) -> None:
    """A signed update: fetched, verified, installed, booted."""
    mark = s.mark()
    async with Files.serving(s) as files:
        update = Update(s, SIGNED)
        number = await _order(s, files, good=True)
        await update.downloaded("SignatureVerified")
        rebooting = update.told("InstallRebooting", optional=True)
        alert = security_event("FirmwareUpdated", optional=True)
        await update.installed(rebooting, alert, silent_loader=True)
        files.check_fetched(IMAGE)
        await check_told(s, alert, "white paper, table of security events: critical")
    _check_request_ids(s, mark, number)


@case("081", dut=Role.STATION)
async def wrong_signature(s: StationCase) -> None:
    """A wrong signature stops the update, and is reported."""
    mark = s.mark()
    async with Files.serving(s) as files:
        update, alert = Update(s, SIGNED), security_event("InvalidFirmwareSignature", optional=True)
        number = await _order(s, files, good=False)
        await update.downloaded("InvalidSignature")
        await s.expect_all(alert)
        await s.nothing(
            f"{SIGNED}:Installing",
            "BootNotification",
            during=s.parameters.transaction_duration,
            why="step 6 of the case; white paper L01",
        )
        await check_told(s, alert, "white paper L01.FR.03")
    _check_request_ids(s, mark, number)
    await update.check_undone()


async def _order(s: StationCase, files: Files, *, good: bool) -> int:
    """SignedUpdateFirmware; returns its requestId. The station gets the root that it needs."""
    pki = authority(s)
    root = pki.manufacturer_root.leaf
    if is_listed(await installed(s, MANUFACTURER_ROOT, may_be_none=True), root) is None:
        await install(s, MANUFACTURER_ROOT, root)
    signer, number = pki.firmware_signer(), s.csms.new_id()
    location = files.image()
    signed = files.content(IMAGE) if good else b"something else"
    firmware: Payload = {
        "location": location,
        "retrieveDateTime": s.clock.stamp(),
        "signingCertificate": pem(signer.leaf),
        "signature": signature(signed, signer.key),
    }
    await s.command("SignedUpdateFirmware", requestId=number, firmware=firmware)
    return number


def _check_request_ids(s: StationCase, mark: int, number: int) -> None:
    others = [r for r in s.calls_since(mark) if r.action == SIGNED and r["requestId"] != number]
    s.check(
        "requestId is repeated in every status of the update",
        not others,
        "rule M11.10",
        expected=number,
        seen=", ".join(str(r["requestId"]) for r in others) or number,
        seqs=[r.seq for r in others],
    )
