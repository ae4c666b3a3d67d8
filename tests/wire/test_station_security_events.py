"""Security events of the emulated station, on the wire: what raises them, and their delivery."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from rig.csms.pki import pem
from rig.csms.replies import Answer, Confirm, Refuse, Silence
from rig.errors import BenchError
from rig.jsontypes import Json
from rig.ocppj.endpoint import Error
from rig.ocppj.frames import ErrorCode
from tests.wire.emulated_station import GOOD, payload
from tests.wire.secure_laboratory import (
    HOST,
    PASSWORD,
    SECOND,
    SECURE,
    SecureLab,
    central_system,
    context,
    delivered,
    pki,
    secure_laboratory,
)

EVENT = "SecurityEventNotification"
RECONFIGURED = "ReconfigurationOfSecurityParameters"
SCALE = 20.0  # with a faster clock, a slow machine's answers are steps of it
TAMPER = "TamperDetectionActivated"


@asynccontextmanager
async def plain(folder: Path, persona: str = SECURE, *options: str) -> AsyncIterator[SecureLab]:
    """A station with profile 0 that has booted and told so."""
    async with secure_laboratory(folder, None, scale=SCALE) as lab:
        async with lab.station(persona=persona, options=options):
            await lab.booted()
            yield lab


def types(lab: SecureLab, since: int = 0) -> list[Json]:
    """Types of the events that were pushed."""
    return [payload(e)["type"] for e in lab.calls(EVENT, since=since)]


async def lines(lab: SecureLab) -> list[str]:
    """The security log."""
    return cast("list[str]", await lab.ask("security_log"))


# --- delivery -----------------------------------------------------------------------------------


@pytest.mark.rig_covers("message:SecurityEventNotification")
async def test_events_of_a_boot_come_after_the_reports(tmp_path: Path) -> None:
    async with plain(tmp_path) as lab:
        actions = [e.call.action for e in lab.calls() if e.call][:5]
        assert actions == ["BootNotification", *3 * ["StatusNotification"], EVENT]
        assert types(lab) == ["StartupOfTheDevice"]
        mark = lab.mark
        await lab.command("Reset", type="Soft")
        await lab.booted()
        assert types(lab, mark) == ["ResetOrReboot", "StartupOfTheDevice"]


async def test_a_station_without_the_extension_sends_none(tmp_path: Path) -> None:
    async with plain(tmp_path, "boot_time_s: 0.5\n") as lab:  # which is an event, too
        with pytest.raises(BenchError, match="has no security extension"):
            await lab.ask("tamper")
        await lab.idle()
        assert types(lab) == []
        outcome = await lab.csms.call("GetInstalledCertificateIds", {
            "certificateType": "ManufacturerRootCertificate",
        }, 20)  # fmt: skip
        assert isinstance(outcome, Error)
        assert outcome.code == ErrorCode.NOT_SUPPORTED


async def test_what_happened_offline_survives_a_loss_of_power(tmp_path: Path) -> None:
    async with plain(tmp_path, SECURE, "--disk", str(tmp_path / "disk")) as lab:
        await lab.ask("network", up=False)
        await lab.ask("tamper")
        (line,) = [line for line in await lines(lab) if TAMPER in line]
        await lab.ask("power", on=False)
        await lab.ask("power", on=True)
        await lab.ask("network", up=True)
        event = await lab.event(TAMPER)
        assert event["timestamp"] == line.split()[0]


@pytest.mark.parametrize(
    ("answer", "count"),
    [(Silence(), 2), (Refuse(ErrorCode.INTERNAL_ERROR), 1), (Confirm({}), 1)],
    ids=["no answer", "CALLERROR", "CALLRESULT"],
)
async def test_an_event_is_repeated_until_it_is_answered(
    tmp_path: Path, answer: Answer, count: int
) -> None:
    async with plain(tmp_path) as lab:
        with lab.csms.replies.script(EVENT, answer):
            await lab.ask("tamper")
            await lab.event(TAMPER)
            for _ in range(count - 1):
                await lab.event(TAMPER)
            await lab.idle()
            await lab.idle()
        assert types(lab).count(TAMPER) == count


# --- the log ------------------------------------------------------------------------------------


async def test_clearing_the_log_is_its_first_entry(tmp_path: Path) -> None:
    async with plain(tmp_path) as lab:
        await lab.ask("tamper")
        await lab.ask("clear_security_log")
        await lab.event("SecurityLogWasCleared")
        assert await lab.log() == ["SecurityLogWasCleared"]


async def test_no_secret_gets_into_the_log(tmp_path: Path) -> None:
    async with plain(tmp_path) as lab:
        await lab.change("AuthorizationKey", PASSWORD)
        await lab.entry(lambda e: e.what == "connect", "the next connection")
        link = lab.csms._link
        assert link is not None
        write: dict[str, Json] = {"key": "AuthorizationKey", "value": 20 * PASSWORD}
        outcome = await link.call("ChangeConfiguration", write, 20, validate=False)
        assert isinstance(outcome, Error)
        log = await lines(lab)
        assert [line.split()[1] for line in log[-2:]] == [RECONFIGURED, "InvalidMessages"]
        assert PASSWORD not in str(log)


# --- what raises them ---------------------------------------------------------------------------


async def test_a_step_of_the_clock(tmp_path: Path) -> None:
    async with plain(tmp_path) as lab:
        later = datetime.fromisoformat(lab.clock.stamp()) + timedelta(hours=1)
        with lab.csms.replies.script("Heartbeat", Confirm({"currentTime": later.isoformat()})):
            event = await lab.event("SettingSystemTime")  # and back with the next answer
        assert str(event["techInfo"]).startswith("by +3")


async def test_messages_that_are_no_ocpp_and_replays_are_logged_only(tmp_path: Path) -> None:
    async with plain(tmp_path) as lab:
        link = lab.csms._link
        assert link is not None
        for text in (
            '[2,"1","GetConfiguration",{',
            '[2,"7","ClearCache",{}]',
            '[2,"7","ClearCache",{}]',
        ):
            await link.send_raw(text)
        assert (await lab.read("NumberOfConnectors")) == "2"
        assert (await lab.log())[1:] == ["InvalidMessages", "AttemptedReplayAttacks"]
        await lab.idle()
        assert types(lab) == ["StartupOfTheDevice"]


async def test_memory_that_is_nearly_full(tmp_path: Path) -> None:
    async with plain(tmp_path, SECURE + "queue_capacity: 2\n") as lab:
        await lab.change("LocalAuthorizeOffline", "true")
        await lab.change("AllowOfflineTxForUnknownId", "true")
        await lab.ask("network", up=False)
        await lab.ask("plug_in")
        await lab.ask("ev_request")
        await lab.ask("card", id_tag=GOOD)
        await lab.ask("card", id_tag=GOOD)
        await lab.ask("network", up=True)
        await lab.event("MemoryExhaustion")


async def test_a_refused_password(tmp_path: Path) -> None:
    async with plain(tmp_path) as lab:
        await lab.change("AuthorizationKey", PASSWORD)
        await lab.entry(lambda e: e.what == "connect", "the next connection")
        lab.csms.password = bytes.fromhex(PASSWORD)
        await lab.change("SecurityProfile", "1")
        await lab.entry(lambda e: e.what == "connect", "a connection with a password")
        lab.csms.password = bytes.fromhex("5A" * 16)
        await lab.change("AuthorizationKey", SECOND)
        for _ in range(4):  # it keeps trying, also after as many attempts as a profile gets
            await lab.entry(lambda e: e.what == "refused", "a refusal")
        assert lab.handshakes[-1].password == bytes.fromhex(SECOND)
        lab.csms.password = bytes.fromhex(SECOND)
        await lab.entry(lambda e: e.what == "connect", "a connection")
        log = await lab.log()
        assert log.count("FailedToAuthenticateAtCentralSystem") == 1
        assert log.count(RECONFIGURED) == 3
        assert not lab.calls("BootNotification", since=lab.mark)


async def test_a_plain_text_key_is_taken_by_the_persona_that_wants_it(tmp_path: Path) -> None:
    text = "OCA_OCTT_admin_test"
    async with plain(tmp_path) as lab:
        conf = await lab.command("ChangeConfiguration", key="AuthorizationKey", value=text)
        assert conf == {"status": "Rejected"}
    async with plain(tmp_path, SECURE + "plain_text_key: true\n") as lab:
        await lab.change("AuthorizationKey", text)
        await lab.entry(lambda e: e.what == "connect", "the next connection")
        await lab.change("SecurityProfile", "1")
        await lab.entry(lambda e: e.what == "connect", "a connection with a password")
        assert lab.handshakes[-1].password == text.encode()


async def test_a_profile_that_does_not_work_is_given_up_after_three_attempts(
    tmp_path: Path,
) -> None:
    bad = context(pki().server("elsewhere.example"))
    async with secure_laboratory(tmp_path, None) as lab:
        async with central_system(lab.clock, bad) as wrong:
            url = wrong.url.replace("127.0.0.1", HOST)
            options = [*delivered(tmp_path), "--endpoint", f"2={url}"]
            async with lab.station(password=PASSWORD, persona=SECURE, options=options):
                lab.csms.password = bytes.fromhex(PASSWORD)
                await lab.booted()
                await lab.change("SecurityProfile", "2")
                await lab.entry(lambda e: e.what == "close", "the goodbye")
                await lab.entry(lambda e: e.what == "connect", "the old connection")
                assert await lab.read("SecurityProfile") == "1"
                told = [line for line in await lines(lab) if RECONFIGURED in line]
                assert told[-1].endswith("SecurityProfile 2 does not work, back to 1")
                assert not wrong.handshakes
                await lab.event("InvalidCentralSystemCertificate")


async def test_installed_and_deleted_roots_are_logged(tmp_path: Path) -> None:
    async with plain(tmp_path) as lab:
        kind = "ManufacturerRootCertificate"
        await lab.command(
            "InstallCertificate",
            certificateType=kind,
            certificate=pem(pki().manufacturer_root.leaf),
        )
        conf = await lab.command("GetInstalledCertificateIds", certificateType=kind)
        ids = cast("list[dict[str, Json]]", conf["certificateHashData"])
        await lab.command("DeleteCertificate", certificateHashData=ids[0])
        assert (await lab.log())[1:] == [RECONFIGURED, RECONFIGURED]
