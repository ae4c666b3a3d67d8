"""Answers to the commands of the white paper, for a station that is not on the wire."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import pytest

from firmware_mocks.charging_station.answers import Refused
from firmware_mocks.charging_station.commands import serve
from firmware_mocks.charging_station.controller import Controller
from firmware_mocks.charging_station.persona import Persona
from firmware_mocks.charging_station.station import ChargingStation, StationOptions
from firmware_mocks.charging_station.uplink import Account
from firmware_mocks.clock import MockClock
from rig.csms.certificate_ids import certificate_id
from rig.csms.pki import Flaw, LabPki, pem
from rig.jsontypes import Json
from rig.ocppj.frames import ErrorCode
from rig.ocppj.link import NoObserver
from rig.ocppj.schemas import response_problems

CENTRAL, MAKER = "CentralSystemRootCertificate", "ManufacturerRootCertificate"
INVALID = "InvalidCentralSystemCertificate"


@cache
def pki() -> LabPki:
    return LabPki(datetime.now(UTC))


def station(*defects: str, extension: bool = True) -> Controller:
    """Controller of a registered station without a connection."""
    persona = Persona(security_extension=extension)
    options = StationOptions(Account("ws://127.0.0.1:9/ocpp", "CP1"), persona, tuple(defects))
    made = ChargingStation(options, MockClock(), NoObserver()).controller
    made.registration.status = "Accepted"
    return made


def ask(made: Controller, action: str, **req: Json) -> dict[str, Json]:
    answer, _ = serve(made, action, req)
    assert response_problems(action, answer) == ()
    return answer


def install(made: Controller, text: str, kind: str = CENTRAL) -> Json:
    return ask(made, "InstallCertificate", certificateType=kind, certificate=text)["status"]


def events(made: Controller) -> list[str]:
    return [line.split()[1] for line in made.security_log.entries()]


REQUESTS: dict[str, dict[str, Json]] = {
    "CertificateSigned": {"certificateChain": ""},
    "DeleteCertificate": {"certificateHashData": {}},
    "ExtendedTriggerMessage": {"requestedMessage": "SignChargePointCertificate"},
    "GetInstalledCertificateIds": {"certificateType": MAKER},
    "InstallCertificate": {"certificateType": MAKER, "certificate": ""},
}


@pytest.mark.parametrize("action", REQUESTS)
def test_without_the_extension_nothing_is_supported(action: str) -> None:
    with pytest.raises(Refused) as caught:
        serve(station(extension=False), action, REQUESTS[action])
    assert caught.value.code == ErrorCode.NOT_SUPPORTED


def test_a_bad_root_of_the_manufacturer_is_no_event() -> None:
    made, bad = station(), pem(pki().bad_root(Flaw.EXPIRED).leaf)
    assert install(made, bad, MAKER) == "Rejected"
    assert events(made) == []
    assert install(made, bad) == "Rejected"
    assert events(made) == [INVALID]


def test_installed_roots_are_listed_and_deleted() -> None:
    made, root = station(), pki().root.leaf
    assert ask(made, "GetInstalledCertificateIds", certificateType=CENTRAL) == {
        "status": "NotFound"
    }
    assert install(made, pem(root)) == "Accepted"
    named = certificate_id(root, root).payload()
    listed = ask(made, "GetInstalledCertificateIds", certificateType=CENTRAL)
    assert listed == {"status": "Accepted", "certificateHashData": [named]}
    assert ask(made, "DeleteCertificate", certificateHashData=named) == {"status": "Accepted"}
    assert ask(made, "DeleteCertificate", certificateHashData=named) == {"status": "NotFound"}
    assert events(made) == 2 * ["ReconfigurationOfSecurityParameters"]


def test_the_root_of_the_connection_stays() -> None:
    made, root = station(), pki().root.leaf
    install(made, pem(root))
    made.access.root = root
    named = certificate_id(root, root).payload()
    assert ask(made, "DeleteCertificate", certificateHashData=named) == {"status": "Failed"}
    assert made.certificates.roots(CENTRAL) == [root]


def test_a_broken_store() -> None:
    assert install(station("certificate-store-broken"), pem(pki().root.leaf)) == "Failed"


def test_a_certificate_is_asked_for_in_the_name_of_somebody() -> None:
    made = station()
    trigger = REQUESTS["ExtendedTriggerMessage"]
    assert ask(made, "ExtendedTriggerMessage", **trigger) == {"status": "Rejected"}
    made.board.configuration.values["CpoName"] = "Rig CPO"
    assert ask(made, "ExtendedTriggerMessage", **trigger) == {"status": "Accepted"}


def test_a_certificate_that_was_not_asked_for() -> None:
    made = station()
    chain = pki().station("RIG-0001").pem
    answer = ask(made, "CertificateSigned", certificateChain=chain)
    assert answer == {"status": "Rejected"}
    assert events(made) == ["InvalidChargePointCertificate"]


async def test_an_accepted_certificate_is_used_by_profile_3_at_once() -> None:
    made = station()
    made.board.configuration.values["CpoName"] = pki().organisation
    install(made, pem(pki().root.leaf))
    for profile, follows in (("2", False), ("3", True)):
        made.board.configuration.values["SecurityProfile"] = profile
        chain = pki().sign_request(await made.own_certificates.request()).pem
        answer, consequence = serve(made, "CertificateSigned", {"certificateChain": chain})
        assert answer == {"status": "Accepted"}
        assert (consequence is not None) is follows
    assert len(made.own_certificates.usable()) == 2
