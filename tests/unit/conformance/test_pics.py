"""PICS files and the facts that follow from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rig.config.bench_file import default_bench
from rig.conformance.catalogue import Role
from rig.conformance.pics import ABILITIES, Pics, default_pics, load_pics
from rig.errors import ConfigError

SHIPPED = sorted((default_bench().parents[1] / "pics").glob("*.yaml"))


def facts(**sections: object) -> dict[str, object]:
    return Pics.model_validate(sections).facts()


def problems(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "pics.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as raised:
        load_pics(file)
    return [p.removeprefix(f"{file}:") for p in raised.value.problems]


@pytest.mark.parametrize("file", SHIPPED, ids=lambda f: f.stem)
def test_shipped_file_loads(file: Path) -> None:
    dut = load_pics(file).general.dut
    assert dut == ("CSMS" if "csms" in file.stem else "Charging Station")


def test_empty_file_is_the_smallest_station(tmp_path: Path) -> None:
    file = tmp_path / "pics.yaml"
    file.touch()
    assert load_pics(file) == default_pics(Role.STATION)


@pytest.mark.parametrize(("role", "dut"), [(Role.STATION, "Charging Station"), (Role.CSMS, "CSMS")])
def test_default_is_of_the_role(role: Role, dut: str) -> None:
    assert default_pics(role).general.dut == dut


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("general: {dut: csms}",
         "1:16: general.dut: 'csms': input should be 'Charging Station' or 'CSMS'"),
        ("general: {conectors: multiple}",
         "1:11: general.conectors: unknown key; did you mean 'connectors'?"),
        ("general: {fixed_cable: maybe}",
         "1:24: general.fixed_cable: 'maybe': "
         "input should be a valid boolean, unable to interpret input"),
        ("security: {security_profiles: [4]}",
         "1:32: security.security_profiles[0]: '4': input should be 1, 2 or 3"),
        ("declarations: {connectors_per_evse: [[1], [0]]}",
         "1:44: declarations.connectors_per_evse[1][0]: '0': "
         "input should be greater than or equal to 1"),
        ("general: {}\ngeneral: {}",
         "2:1: general: key stands twice, first in line 1; remove one"),
    ],
)  # fmt: skip
def test_mistake_is_reported_with_position(tmp_path: Path, text: str, problem: str) -> None:
    assert problems(tmp_path, text) == [problem]


def test_numbers_and_lists_are_read_by_the_schema(tmp_path: Path) -> None:
    file = tmp_path / "pics.yaml"
    file.write_text(
        "security: {security_certificate: true, security_profiles: [1, 3], "
        "cipher_suites_rsa: true}\n"
        "declarations: {connectors_per_evse: [[1, 2], [3]], csms_operator_abilities: [pending]}\n"
        "general: {software_version: 1.0, connectors: multiple}\n"
    )
    pics = load_pics(file)
    assert pics.security.security_profiles == {1, 3}
    assert pics.declarations.connectors_per_evse == ((1, 2), (3,))
    assert pics.declarations.csms_operator_abilities == {"pending"}
    assert pics.general.software_version == "1.0"


@pytest.mark.parametrize(
    ("section", "item", "value", "fact", "expected"),
    [
        ("optional_features", "authorization_cache", True, "auth_cache", True),
        ("optional_features", "unknown_offline_authorization", True, "unknown_offline_auth", True),
        ("optional_features", "max_energy_on_invalid_id", True, "max_energy_on_invalid_id", True),
        ("optional_features", "minimum_status_duration", True, "minimum_status_duration", True),
        ("optional_features", "websocket_ping_interval", True, "websocket_ping_interval", True),
        ("optional_features", "reservation_of_entire_station", True, "reserve_connector_zero",
         True),
        ("optional_features", "choice_stop_on_ev_side_disconnect", True,
         "stop_on_ev_disconnect_choice", True),
        ("general", "connectors", "multiple", "multiple_connectors", True),
        ("general", "fixed_cable", True, "fixed_cable", True),
        ("general", "milliseconds", False, "milliseconds", False),
        ("general", "rfid_readers", "none", "local_start", False),
        ("general", "rfid_readers", "none", "local_stop", False),
        ("declarations", "local_start", False, "local_start", False),
        ("declarations", "local_stop", False, "local_stop", False),
        ("declarations", "local_stop", False, "local_start_stop", False),
        ("declarations", "power_failure_mode", "resume", "power_failure_mode", "resume"),
        ("declarations", "can_force_unlock_failure", True, "can_force_unlock_failure", True),
        ("declarations", "can_force_local_list_failure", True, "can_force_local_list_failure",
         True),
        ("declarations", "can_disable_reservations", True, "can_disable_reservations", True),
        ("declarations", "can_send_data_transfer", True, "station_can_send_data_transfer", True),
        ("declarations", "updates_firmware_during_transaction", True,
         "updates_firmware_during_transaction", True),
        ("declarations", "connectors_per_evse", ((1, 2),), "shared_evse", ((1, 2),)),
        ("profiles", "certificate", "Full", "certificate", "Full"),
        ("profiles", "firmware_management", True, "profile_firmware", True),
        ("profiles", "smart_charging", True, "profile_smart_charging", True),
        ("profiles", "reservation", True, "profile_reservation", True),
        ("profiles", "local_auth_list_management", True, "profile_local_auth_list", True),
        ("profiles", "remote_trigger", True, "profile_remote_trigger", True),
        ("security", "security_certificate", True, "security_certificate", True),
    ],
)  # fmt: skip
def test_item_decides_its_fact(
    section: str, item: str, value: object, fact: str, expected: object
) -> None:
    changed = facts(**{section: {item: value}})
    assert facts()[fact] != expected
    assert changed[fact] == expected


def test_nothing_but_its_facts_follows_from_an_item() -> None:
    changed = facts(general={"connectors": "multiple"})
    before = facts()
    assert {name for name in before if before[name] != changed[name]} == {
        "multiple_connectors",
        "one_reader_multiple_connectors",
    }


@pytest.mark.parametrize(
    ("readers", "connectors", "expected"),
    [
        ("single", "multiple", True),
        ("single", "single", False),
        ("none", "multiple", False),
        ("one per EVSE", "multiple", False),
    ],
)
def test_one_reader_for_several_connectors(readers: str, connectors: str, expected: bool) -> None:
    found = facts(general={"rfid_readers": readers, "connectors": connectors})
    assert found["one_reader_multiple_connectors"] is expected


def test_full_certificate_means_every_profile() -> None:
    found = facts(profiles={"certificate": "Full"})
    profiles = {name: value for name, value in found.items() if name.startswith("profile_")}
    assert len(profiles) == 5
    assert set(profiles.values()) == {True}


def test_declared_local_start_goes_before_the_readers() -> None:
    found = facts(general={"rfid_readers": "none"}, declarations={"local_start": True})
    assert (found["local_start"], found["local_stop"]) == (True, False)


@pytest.mark.parametrize(("certificate", "profiles"), [(True, {1, 2}), (False, set())])
def test_security_profiles_count_with_the_certificate_only(
    certificate: bool, profiles: set[int]
) -> None:
    security = {"security_certificate": certificate, "security_profiles": ["1", "2"]}
    assert facts(security=security)["security_profiles"] == profiles


@pytest.mark.parametrize("ability", ABILITIES)
def test_ability_of_the_operator_is_one_fact(ability: str) -> None:
    found = facts(declarations={"csms_operator_abilities": [ability]})
    true = [n for n, value in found.items() if n.startswith("csms_") and value]
    verb = "supports" if ability in ("pending", "data_transfer") else "can_send"
    assert true == [f"csms_{verb}_{ability}"]
