"""A station against its PICS: every difference is found, none where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from firmware_mocks.charging_station.configuration import Access, Configuration
from firmware_mocks.charging_station.persona import Persona
from firmware_mocks.charging_station.persona_files import load_persona, shipped
from firmware_mocks.charging_station.persona_pics import pics as declared_by
from rig.clock import Clock
from rig.config.bench_file import default_bench, load_bench
from rig.conformance.catalogue import Role
from rig.conformance.declared import Difference, compare, fractions_seen, softened, tell
from rig.conformance.evidence import Evidence
from rig.conformance.expressions import ConfigKey
from rig.conformance.pics import Pics, default_pics, load_pics
from rig.events import EventBus
from rig.jsontypes import Json


def keys_of(persona: Persona) -> dict[str, ConfigKey]:
    """What GetConfiguration of such a station answers."""
    configuration = Configuration(persona)
    return {
        name.casefold(): ConfigKey(value, key.access is Access.READ)
        for name, value in configuration.listed().items()
        if (key := configuration.find(name)) is not None
    }


def boot_of(persona: Persona) -> dict[str, Json]:
    return {
        "chargePointVendor": persona.vendor,
        "chargePointModel": persona.model,
        "firmwareVersion": persona.firmware_version,
    }


DEFAULT = Persona()
KEYS, BOOT = keys_of(DEFAULT), boot_of(DEFAULT)


def pics_of(persona: Persona, **changes: Mapping[str, object]) -> Pics:
    sections = declared_by(persona)
    merged = {name: {**sections.get(name, {}), **changes.get(name, {})}
              for name in (*sections, *changes)}  # fmt: skip
    return Pics.model_validate(merged)


@pytest.mark.parametrize("name", shipped())
def test_a_persona_is_what_its_pics_says(name: str) -> None:
    persona = load_persona(shipped()[name])
    assert compare(pics_of(persona), keys_of(persona), boot_of(persona), True) == ()


VIRTUAL = sorted(default_bench().parent.glob("virtual*.yaml"))


@pytest.mark.parametrize("file", VIRTUAL, ids=lambda f: f.stem)
def test_the_station_of_a_virtual_bench_is_what_its_pics_says(file: Path) -> None:
    bench = load_bench(file)
    assert bench.virtual is not None
    assert bench.pics is not None
    persona = load_persona(bench.virtual.persona)
    assert compare(load_pics(bench.pics), keys_of(persona), boot_of(persona), True) == ()


@pytest.mark.parametrize(
    ("declared", "item", "observed", "blocks"),
    [
        ({"general": {"vendor_name": "Other"}}, "general.vendor_name",
         "chargePointVendor: RigVendor", False),
        ({"general": {"model": "Other"}}, "general.model", "chargePointModel: RigModel", False),
        ({"general": {"software_version": "2"}}, "general.software_version",
         "firmwareVersion: 1.0.0", False),
        ({"general": {"connectors": "single"}}, "general.connectors",
         "NumberOfConnectors: 2", False),
        ({"general": {"fixed_cable": True}}, "general.fixed_cable",
         "UnlockConnectorOnEVSideDisconnect: true, read-write", False),
        ({"general": {"milliseconds": False}}, "general.milliseconds", "true", False),
        ({"optional_features": {"authorization_cache": False}},
         "optional_features.authorization_cache", "AuthorizationCacheEnabled: true, read-write",
         False),
        ({"optional_features": {"unknown_offline_authorization": False}},
         "optional_features.unknown_offline_authorization",
         "AllowOfflineTxForUnknownId: false, read-write", False),
        ({"optional_features": {"max_energy_on_invalid_id": False}},
         "optional_features.max_energy_on_invalid_id", "MaxEnergyOnInvalidId: 0, read-write",
         False),
        ({"optional_features": {"minimum_status_duration": False}},
         "optional_features.minimum_status_duration", "MinimumStatusDuration: 0, read-write",
         False),
        ({"optional_features": {"websocket_ping_interval": False}},
         "optional_features.websocket_ping_interval", "WebSocketPingInterval: 30, read-write",
         False),
        ({"optional_features": {"reservation_of_entire_station": False}},
         "optional_features.reservation_of_entire_station",
         "ReserveConnectorZeroSupported: true, read-only", False),
        ({"optional_features": {"choice_stop_on_ev_side_disconnect": False}},
         "optional_features.choice_stop_on_ev_side_disconnect",
         "StopTransactionOnEVSideDisconnect: true, read-write", False),
        ({"limits": {"LocalAuthListMaxLength": 5}}, "limits.LocalAuthListMaxLength",
         "LocalAuthListMaxLength: 1000, read-only", False),
        ({"limits": {"ChargingScheduleAllowedChargingRateUnit": ["Power"]}},
         "limits.ChargingScheduleAllowedChargingRateUnit",
         "ChargingScheduleAllowedChargingRateUnit: Current,Power, read-only", False),
        ({"limits": {"supported_file_transfer_protocols": ["ftp"]}},
         "limits.supported_file_transfer_protocols",
         "SupportedFileTransferProtocols: FTP,FTPS,HTTP,HTTPS, read-only", False),
        ({"profiles": {"certificate": "Subset", "reservation": False}}, "profiles",
         "SupportedFeatureProfiles: Core, FirmwareManagement, LocalAuthListManagement, "
         "RemoteTrigger, Reservation, SmartCharging", True),
        ({"security": {"delivered_security_profile": 2}}, "security.delivered_security_profile",
         "SecurityProfile: 0, read-write", False),
    ],
)  # fmt: skip
def test_a_wrong_declaration_is_found(
    declared: dict[str, dict[str, object]], item: str, observed: str, blocks: bool
) -> None:
    found = compare(pics_of(DEFAULT, **declared), KEYS, BOOT, True)
    assert [(d.item, d.observed, d.blocks) for d in found] == [(item, observed, blocks)]
    assert found[0].declared
    assert found[0].consequence


@pytest.mark.parametrize(
    ("changed", "item", "observed", "blocks"),
    [
        ({"minimumstatusduration": ConfigKey("5", False)}, "MinimumStatusDuration", "5", True),
        ({"heartbeatinterval": None}, "HeartbeatInterval", "no key HeartbeatInterval", True),
        ({"heartbeatinterval": ConfigKey("60", True)}, "HeartbeatInterval",
         "HeartbeatInterval: 60, read-only", True),
        ({"numberofconnectors": ConfigKey("2", False)}, "NumberOfConnectors",
         "NumberOfConnectors: 2, read-write", True),
        ({"localauthlistenabled": None}, "LocalAuthListEnabled", "no key LocalAuthListEnabled",
         True),
        ({"authorizationcacheenabled": None}, "optional_features.authorization_cache",
         "no key AuthorizationCacheEnabled", False),
        ({"reserveconnectorzerosupported": ConfigKey("False", True)},
         "optional_features.reservation_of_entire_station",
         "ReserveConnectorZeroSupported: False, read-only", False),
        ({"stoptransactiononevsidedisconnect": ConfigKey("true", True)},
         "optional_features.choice_stop_on_ev_side_disconnect",
         "StopTransactionOnEVSideDisconnect: true, read-only", False),
        ({"numberofconnectors": ConfigKey("1", True)}, "general.connectors",
         "NumberOfConnectors: 1", False),
        ({"getconfigurationmaxkeys": ConfigKey("7", True)}, "limits.GetConfigurationMaxKeys",
         "GetConfigurationMaxKeys: 7, read-only", False),
    ],
)  # fmt: skip
def test_a_station_that_is_not_as_declared_is_found(
    changed: dict[str, ConfigKey | None], item: str, observed: str, blocks: bool
) -> None:
    keys = {k: v for k, v in {**KEYS, **changed}.items() if v is not None}
    found = compare(pics_of(DEFAULT), keys, BOOT, True)
    assert [(d.item, d.observed, d.blocks) for d in found] == [(item, observed, blocks)]


def test_key_that_cannot_be_lacked_is_asked_for_with_its_profile_only() -> None:
    keys = {k: v for k, v in KEYS.items() if k != "localauthlistenabled"}
    subset = {"certificate": "Subset", "local_auth_list_management": False}
    found = {d.item for d in compare(pics_of(DEFAULT, profiles=subset), keys, BOOT)}
    assert found == {"profiles"}


def test_fixed_cable_wants_the_key_false_and_read_only() -> None:
    fixed = Persona(fixed_cable=True)
    name = "unlockconnectoronevsidedisconnect"
    for key in (ConfigKey("true", True), ConfigKey("false", False)):
        found = compare(pics_of(fixed), {**keys_of(fixed), name: key}, boot_of(fixed))
        assert [d.item for d in found] == ["general.fixed_cable"]


def test_security_certificate_wants_the_key_of_its_profile() -> None:
    secure = Persona(security_extension=True)
    keys = {k: v for k, v in keys_of(secure).items() if k != "securityprofile"}
    found = compare(pics_of(secure), keys, boot_of(secure))
    assert [d.item for d in found] == ["security.security_certificate"]


def test_profiles_of_a_full_certificate_follow_from_it() -> None:
    pics = Pics.model_validate({"profiles": {"certificate": "Full"},
                                "general": {"connectors": "multiple"}})  # fmt: skip
    assert compare(pics, KEYS, {}) == ()


def test_items_that_were_not_declared_are_not_compared() -> None:
    pics = Pics.model_validate({"profiles": {"certificate": "Full"},
                                "general": {"connectors": "multiple"}})  # fmt: skip
    assert compare(pics, {**KEYS, "localauthlistmaxlength": ConfigKey("3", True)}, BOOT) == ()


def test_profiles_that_were_not_declared_do_not_block() -> None:
    found = compare(Pics.model_validate({"general": {"connectors": "multiple"}}), KEYS, BOOT)
    assert [(d.item, d.declared, d.blocks) for d in found] == [("profiles", "Core", False)]


def test_a_station_without_configuration_is_one_difference() -> None:
    found = compare(pics_of(DEFAULT), {}, BOOT)
    assert [(d.item, d.blocks) for d in found] == [("GetConfiguration", True)]


def test_a_csms_has_no_keys_to_compare() -> None:
    assert compare(default_pics(Role.CSMS), {}, {}) == ()


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        ([], None),
        (["2026-01-01T00:00:00Z"], False),
        (["2026-01-01T00:00:00.120Z"], True),
        (["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.120+01:00"], True),
    ],
)
def test_fractions_of_a_second(stamps: list[str], expected: bool | None) -> None:
    assert fractions_seen(stamps) is expected


def test_nothing_blocks_that_was_only_assumed() -> None:
    found = softened(compare(default_pics(Role.STATION), KEYS, BOOT))
    assert {d.item for d in found} >= {"profiles", "general.connectors"}
    assert not any(d.blocks for d in found)
    assert all(d.declared.endswith("(assumed)") for d in found)


def test_differences_become_checks_of_the_intake() -> None:
    clock = Clock(1)
    evidence = Evidence("INTAKE", EventBus(clock), clock)
    tell(evidence, [Difference("general.model", "A", "B", "correct it", False)])
    tell(evidence, [Difference("profiles", "Core", "none", "correct it", True)])
    assert [(c.name, c.ok, c.severity, c.expected, c.seen, c.requirement)
            for c in evidence.checks] == [
        ("PICS: general.model", False, "warn", "A", "B", "correct it"),
        ("PICS: profiles", False, "error", "Core", "none", "correct it"),
    ]  # fmt: skip
    tell(evidence, [])
    assert (evidence.checks[-1].name, evidence.checks[-1].ok) == ("PICS and station agree", True)
