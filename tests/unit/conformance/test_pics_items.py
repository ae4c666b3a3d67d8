"""Items of a PICS: complete, contradictions, what they do to test parameters, template, schema."""

from __future__ import annotations

import tomllib
from pathlib import Path

import jsonschema_rs
import orjson
import pytest

from rig.config.bench_file import default_bench
from rig.config.nodes import read_document
from rig.config.parameters import Parameters
from rig.conformance import pics
from rig.conformance.catalogue import Role, load
from rig.conformance.pics import Pics, default_pics, items, load_pics, read_pics
from rig.conformance.pics_check import main
from rig.conformance.pics_contradictions import contradictions
from rig.conformance.pics_template import template
from rig.conformance.select import select
from rig.errors import ConfigError

CONFIGS = default_bench().parents[1]
SCHEMA = CONFIGS / "schema" / "pics.schema.json"
REFERENCE = Path(pics.__file__).parents[3] / "shared" / "conformance" / "pics.toml"
SHIPPED = sorted((CONFIGS / "pics").glob("*.yaml"))
SPELLED = {
    "ocpp_software_version": "software_version",
    "Core": "core",
    "FirmwareManagement": "firmware_management",
    "SmartCharging": "smart_charging",
    "Reservation": "reservation",
    "LocalAuthListManagement": "local_auth_list_management",
    "RemoteTrigger": "remote_trigger",
}


# --- the reference --------------------------------------------------------------------------------


@pytest.mark.skipif(not REFERENCE.is_file(), reason=f"the conformance reference: no {REFERENCE}")
def test_every_item_of_the_reference_is_there_for_the_same_devices() -> None:
    roles = {"cs": "station", "csms": "csms"}
    theirs = {
        (i["section"], SPELLED.get(i["id"], i["id"])): {roles[d] for d in i["dut"]}
        for i in tomllib.loads(REFERENCE.read_text())["item"]
    }
    ours = {(i.section, i.name): set(i.dut) for i in items(Pics())}
    assert ours == theirs


@pytest.mark.skipif(not REFERENCE.is_file(), reason=f"the conformance reference: no {REFERENCE}")
def test_every_configuration_key_of_the_reference_is_compared() -> None:
    theirs = {
        SPELLED.get(i["id"], i["id"]): i["config_key"]
        for i in tomllib.loads(REFERENCE.read_text())["item"]
        if "config_key" in i
    }
    assert {i.name: i.key for i in items(Pics()) if i.key} == theirs


@pytest.mark.skipif(not REFERENCE.is_file(), reason=f"the conformance reference: no {REFERENCE}")
def test_every_fact_of_the_reference_is_a_fact() -> None:
    assert set(Pics().facts()) == set(tomllib.loads(REFERENCE.read_text())["facts"])


# --- contradictions -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sections", "where", "blocks"),
    [
        ({"profiles": {"core": False}}, "profiles.core", True),
        ({"profiles": {"certificate": "Full", "reservation": False}}, "profiles.reservation", True),
        ({"security": {"security_certificate": True, "security_profiles": ["1"]}},
         "security.security_profiles", True),
        ({"security": {"security_certificate": True, "security_profiles": ["2"]}},
         "security.cipher_suites_ecdsa", True),
        ({"security": {"security_profiles": ["2"]}}, "security.security_profiles", False),
        ({"general": {"communication": "SOAP"}, "security":
          {"security_certificate": True, "security_profiles": ["3"], "cipher_suites_rsa": True}},
         "security.security_certificate", True),
        ({"security": {"security_certificate": True, "security_profiles": ["2", "3"],
                       "cipher_suites_rsa": True, "delivered_security_profile": "3"}},
         "security.delivered_security_profile", False),
        ({"declarations": {"connectors_per_evse": [["1", "2"]]}},
         "declarations.connectors_per_evse", True),
        ({"general": {"connectors": "multiple"}, "declarations":
          {"connectors_per_evse": [["1", "2"], ["2"]]}}, "declarations.connectors_per_evse", True),
        ({"general": {"rfid_readers": "one per EVSE"}}, "general.rfid_readers", False),
        ({"general": {"fixed_cable": True}, "declarations": {"can_force_unlock_failure": True}},
         "declarations.can_force_unlock_failure", False),
        ({"optional_features": {"reservation_of_entire_station": True}},
         "optional_features.reservation_of_entire_station", False),
        ({"limits": {"min_HeartbeatInterval": 60, "max_HeartbeatInterval": 30}},
         "limits.min_HeartbeatInterval", True),
        ({"limits": {"other_minimum_values": {"power_off_time": 9},
                     "other_maximum_values": {"power_off_time": 8}}},
         "limits.other_minimum_values", True),
        ({"limits": {"other_minimum_values": {"patience": 9}}},
         "limits.other_minimum_values", False),
        ({"general": {"communication_technology": ["wifi"]},
          "performance": {"measured_technology": "mobile"}},
         "performance.measured_technology", True),
        ({"general": {"dut": "CSMS", "fixed_cable": True}}, "general.fixed_cable", False),
        ({"declarations": {"csms_operator_abilities": ["pending"]}},
         "declarations.csms_operator_abilities", False),
    ],
)  # fmt: skip
def test_contradiction_is_found(sections: dict[str, object], where: str, blocks: bool) -> None:
    found = [(f"{c.section}.{c.name}", c.blocks)
             for c in contradictions(Pics.model_validate(sections))]  # fmt: skip
    assert found == [(where, blocks)]


@pytest.mark.parametrize("role", Role)
def test_the_default_does_not_contradict_itself(role: Role) -> None:
    assert list(contradictions(default_pics(role))) == []


def test_every_contradiction_that_blocks_comes_at_once_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "pics.yaml"
    file.write_text("profiles:\n  certificate: Full\n  remote_trigger: false\n"
                    "security:\n  security_certificate: true\n")  # fmt: skip
    with pytest.raises(ConfigError) as raised:
        load_pics(file)
    assert [p.removeprefix(f"{file}:").partition(" a ")[0] for p in raised.value.problems] == [
        "3:3: profiles.remote_trigger:",
        "4:1: security.security_profiles:",
    ]
    assert read_pics(file)[0].profiles.certificate == "Full"


# --- configuration on paper -----------------------------------------------------------------------


def test_limits_on_paper_decide_before_the_station_has_been_read() -> None:
    declared = Pics.model_validate(
        {
            "profiles": {"certificate": "Full"},
            "limits": {"ChargeProfileMaxStackLevel": "2", "MaxChargingProfilesInstalled": "2"},
            "optional_features": {"choice_stop_on_ev_side_disconnect": True},
        }
    )
    found = {
        s.row.octt_id: s
        for s in select(load(), Role.STATION, declared.facts(), None, declared.keys_on_paper())
    }
    assert (found["072"].executable, found["067"].executable) == (True, False)
    assert "MaxChargingProfilesInstalled is 2; it takes 3 or more" in found["067"].reason
    assert not found["043"].decided
    assert {found[i].reason for i in ("005_1", "005_3")} == {
        "applies: conditional, and the condition holds"
    }


# --- parameters -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sections", "parameter", "expected"),
    [
        ({"performance": {"ocpp_response_timeout": 45.2}}, "message_timeout", 46),
        ({"performance": {"ocpp_triggered_function_timeout": 90}}, "message_timeout", 90),
        ({"performance": {"ocpp_response_timeout": 2}}, "message_timeout", 30),
        ({"limits": {"min_HeartbeatInterval": 60}}, "heartbeat_interval", 60),
        ({"limits": {"max_HeartbeatInterval": 10}}, "heartbeat_interval", 10),
        ({"limits": {"min_MeterValueSampleInterval": 15}}, "meter_value_sample_interval", 15),
        ({"limits": {"max_MeterValueSampleInterval": 5}}, "meter_value_sample_interval", 5),
        ({"limits": {"other_minimum_values": {"offline_time": 90}}}, "offline_time", 90),
        ({"limits": {"other_maximum_values": {"offline_time": 20}}}, "offline_time", 20),
        ({"limits": {"other_maximum_values": {"cpo_name": 20}}}, "cpo_name", "RigCPO"),
        ({"limits": {"ChargingScheduleAllowedChargingRateUnit": ["Power"]}},
         "charging_rate_unit", "W"),
        ({"limits": {"ChargingScheduleAllowedChargingRateUnit": ["Current", "Power"]}},
         "charging_rate_unit", "A"),
    ],
)  # fmt: skip
def test_parameters_suit_the_station(
    sections: dict[str, object], parameter: str, expected: object
) -> None:
    before = Parameters()
    fitted = Pics.model_validate(sections).fit(before)
    assert getattr(fitted, parameter) == expected
    others = {name for name in Parameters.model_fields if name != parameter}
    assert all(getattr(fitted, name) == getattr(before, name) for name in others)


# --- template, schema, the command ----------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_template_is_valid_and_declares_nothing_but_defaults(role: Role, tmp_path: Path) -> None:
    file = tmp_path / "pics.yaml"
    file.write_text(template(role))
    assert load_pics(file).model_dump() == default_pics(role).model_dump()


def test_template_has_every_item_of_its_role_to_fill_in(tmp_path: Path) -> None:
    text = template(Role.STATION)
    for item in items(Pics()):
        assert (f"  {item.name}:" in text or f"  # {item.name}:" in text) is (
            "station" in item.dut
        ), item.name
    assert max(map(len, text.splitlines())) <= 100


def test_shipped_schema_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--schema"]) == 0
    remedy = f"run: python -m rig.conformance.pics_check --schema > {SCHEMA}"
    assert SCHEMA.read_text() == capsys.readouterr().out, remedy


@pytest.mark.parametrize("file", SHIPPED, ids=lambda f: f.stem)
def test_shipped_file_points_its_editor_to_the_schema(file: Path) -> None:
    first = file.read_text().splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    assert (file.parent / first.partition("$schema=")[2]).resolve() == SCHEMA


@pytest.mark.parametrize(
    ("declared", "valid"),
    [
        ({"limits": {"GetConfigurationMaxKeys": 5}}, True),
        ({"limits": {"get_configuration_max_keys": 5}}, False),
        ({"security": {"security_profiles": [4]}}, False),
        ({"declarations": {"csms_operator_abilities": ["pending"]}}, True),
        ({"declarations": {"csms_operator_abilities": ["dance"]}}, False),
    ],
)
def test_schema_judges_as_the_loader_does(declared: dict[str, object], valid: bool) -> None:
    assert jsonschema_rs.is_valid(orjson.loads(SCHEMA.read_bytes()), declared) is valid


def test_check_tells_every_row_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    file = CONFIGS / "pics" / "virtual-station.yaml"
    assert main([str(file), "--json"]) == 0
    said = orjson.loads(capsys.readouterr().out)
    assert (said["valid"], said["problems"], len(said["rows"])) == (True, [], 102)
    assert all(row["reason"] for row in said["rows"])
    assert main([str(file)]) == 0
    text = capsys.readouterr().out
    assert "● 001      M Cold Boot Charge Point: applies: mandatory" in text
    assert "– 073      C" in text


def test_check_of_a_wrong_file_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pics.yaml"
    file.write_text("limits: {GetConfigurationMaxKey: 1}\nprofiles: {certificate: full}\n")
    assert main([str(file)]) == 2
    out = capsys.readouterr().out
    assert "1:10: limits.GetConfigurationMaxKey: unknown key; did you mean 'GetConfig" in out
    assert "2:25: profiles.certificate: 'full': input should be 'Full' or 'Subset'" in out
    file.write_text("profiles: {core: false}\n")
    assert main([str(file)]) == 2
    assert "1:12: profiles.core: without Core" in capsys.readouterr().out


def test_a_named_document_is_read_without_types(tmp_path: Path) -> None:
    file = tmp_path / "pics.yaml"
    file.write_text("general: {software_version: 1.10}\n")
    assert read_document(file).value == {"general": {"software_version": "1.10"}}
    assert load_pics(file).general.software_version == "1.10"
