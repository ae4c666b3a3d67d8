"""What kind of station it is: from a file or by name; every problem at once, with its place."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from firmware_mocks.charging_station.configuration import (
    OPTIONAL_KEYS,
    ChangeStatus,
    Configuration,
    keys_of,
)
from firmware_mocks.charging_station.persona import PROFILES, Persona
from firmware_mocks.charging_station.persona_files import (
    BadPersona,
    find,
    load_persona,
    sentence,
    shipped,
)


def load(folder: Path, text: str) -> Persona:
    (folder / "p.yaml").write_text(text)
    return load_persona(folder / "p.yaml")


def problems(folder: Path, text: str) -> list[str]:
    """What is wrong, without the name of the file."""
    with pytest.raises(BadPersona) as caught:
        load(folder, text)
    prefix = f"{folder / 'p.yaml'}:"
    assert all(problem.startswith(prefix) for problem in caught.value.problems)
    return [problem.removeprefix(prefix) for problem in caught.value.problems]


def test_without_a_file_it_is_the_default() -> None:
    assert load_persona(None) == Persona()


def test_empty_file_is_the_default(tmp_path: Path) -> None:
    assert load(tmp_path, "# nothing\n") == Persona()


def test_file_overrides_the_default(tmp_path: Path) -> None:
    text = "connectors: 1\nreaders: shared\nphases: 1\nboot_time_s: 0.5\nmodel: 0815\n"
    assert load(tmp_path, text) == Persona(
        connectors=1, readers="shared", phases=1, boot_time_s=0.5, model="0815"
    )


def test_lists_and_keys(tmp_path: Path) -> None:
    text = (
        "limits: {GetConfigurationMaxKeys: 9}\nconfiguration:\n  BlinkRepeat: 7\n"
        "without_keys: [LightIntensity]\ndefects: [skip:Authorize, 'reuse-message-id']\n"
    )
    assert load(tmp_path, text) == Persona(
        limits=(("GetConfigurationMaxKeys", "9"),),
        configuration=(("BlinkRepeat", "7"),),
        without_keys=("LightIntensity",),
        defects=("skip:Authorize", "reuse-message-id"),
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("vendr: x\n", "1:1: vendr: unknown key; did you mean 'vendor'?"),
        ("zzz: x\n", "1:1: zzz: unknown key; there are vendor, model, "),
        ("[1, 2]\n", "1:1: want keys with values"),
        ("model: a\nmodel: b\n", "2:1: model: stands twice; remove one"),
        ("model: [a]\n", "1:8: model: want a single value"),
        ("model: ''\n", "1:8: model: must not be empty"),
        ("vendor: 123456789012345678901\n", "1:9: vendor: longer than 20 characters"),
        ("power_failure_mode: hope\n", "1:21: power_failure_mode: 'hope' is not one of stop_befor"),
        ("readers: many\n", "1:10: readers: 'many' is not one of per-connector, shared"),
        ("cipher_suites: dsa\n", "1:16: cipher_suites: 'dsa' is not one of ecdsa, rsa"),
        ("connectors: 0\n", "1:13: connectors: 0 is not 1 to 100"),
        ("connectors: two\n", "1:13: connectors: 'two' is not a whole number"),
        ("fixed_cable: on\n", "1:14: fixed_cable: 'on' is not true or false"),
        ("boot_time_s: soon\n", "1:14: boot_time_s: 'soon' is not a number"),
        ("phases: 2\n", "1:9: phases: 2 is not one of 1, 3"),
        ("profiles: Core\n", "1:11: profiles: want a list"),
        ("profiles: [Core, Dance]\n", "1:11: profiles: 'Dance' is not one of Core, "),
        ("profiles: [Reservation]\n", "1:11: profiles: without Core there is no station"),
        ("limits: 3\n", "1:9: limits: want keys with values"),
        ("limits: {Nothing: 3}\n", "1:10: limits.Nothing: this station has no such key"),
        ("limits: {BlinkRepeat: 3}\n", "1:10: limits.BlinkRepeat: belongs into configuration"),
        ("limits: {GetConfigurationMaxKeys: x}\n", "1:10: limits.GetConfigurationMaxKeys: 'x' is"),
        ("limits: {NumberOfConnectors: 3}\n", "1:10: limits.NumberOfConnectors: follows from"),
        (
            "configuration: {ChargeProfileMaxStackLevel: 3}\n",
            "1:17: configuration.ChargeProfileMaxStackLevel: belongs into limits",
        ),
        ("configuration: {BlinkRepeat: -1}\n", "1:17: configuration.BlinkRepeat: '-1' is no value"),
        ("without_keys: [HeartbeatInterval]\n", "1:16: without_keys: HeartbeatInterval is no opt"),
        ("defects: [skip]\n", "1:11: defects: defect skip: want skip:Action"),
        ("a: [1\n", "2:1: expected ',' or ']'"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    (told,) = problems(tmp_path, text)
    assert told.startswith(problem)


def test_all_problems_come_at_once_and_in_order(tmp_path: Path) -> None:
    text = "defects: [nonsense]\nphases: 2\nlimits: {X: 1}\nwithout_keys: [Y]\nconnectors: many\n"
    lines = [told.partition(":")[0] for told in problems(tmp_path, text)]
    assert lines == ["1", "2", "3", "4", "5"]


def test_keys_of_a_profile_that_it_lacks_are_unknown(tmp_path: Path) -> None:
    text = "profiles: [Core]\nlimits: {ChargeProfileMaxStackLevel: 3}\n"
    assert problems(tmp_path, text)[0].endswith("this station has no such key")


# --- shipped ones -------------------------------------------------------------------------------


def test_shipped_ones_are_found_by_name_and_say_what_they_are() -> None:
    assert {"default", "minimal", "type1-wallbox", "shared-reader", "dc-quirks"} <= set(shipped())
    for name, file in shipped().items():
        assert find(Path(name)) == file
        assert len(sentence(file)) > 20
        load_persona(Path(name))


def test_a_file_goes_before_a_name_and_what_is_neither_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "minimal").write_text("connectors: 7\n")
    assert load_persona(Path("minimal")).connectors == 7
    with pytest.raises(ValueError, match="nonesuch: no such persona file; shipped ones are d"):
        load_persona(Path("nonesuch"))


def test_the_default_persona_shows_every_property_with_its_default() -> None:
    file = shipped()["default"]
    assert load_persona(file) == Persona()
    shown = yaml.safe_load(file.read_text())
    assert set(shown) == {field.name for field in fields(Persona)}


# --- configuration keys -------------------------------------------------------------------------


def test_a_key_that_is_lacking_is_unknown_and_has_its_default() -> None:
    configuration = Configuration(Persona(without_keys=("MessageTimeout",)))
    assert configuration.find("MessageTimeout") is None
    assert "MessageTimeout" not in configuration.listed()
    assert configuration.change("MessageTimeout", "5") is ChangeStatus.NOT_SUPPORTED
    assert configuration.number("MessageTimeout") == 30


def test_limits_and_delivered_values() -> None:
    persona = Persona(
        limits=(("MeterValuesSampledDataMaxLength", "1"), ("GetConfigurationMaxKeys", "3")),
        configuration=(("BlinkRepeat", "9"), ("StopTransactionOnInvalidId", "FALSE")),
    )
    configuration = Configuration(persona)
    listed = configuration.listed()
    assert listed["GetConfigurationMaxKeys"] == "3"
    assert listed["BlinkRepeat"] == "9"
    assert listed["StopTransactionOnInvalidId"] == "false"
    two = "Energy.Active.Import.Register,Current.Import"
    assert configuration.change("MeterValuesSampledData", two) is ChangeStatus.REJECTED
    assert configuration.change("MeterValuesAlignedData", two) is ChangeStatus.ACCEPTED
    assert configuration.change("GetConfigurationMaxKeys", "4") is ChangeStatus.REJECTED


def test_optional_keys_are_keys() -> None:
    full = Persona(security_extension=True, profiles=PROFILES)
    assert {key.name for key in keys_of(full)} >= OPTIONAL_KEYS
