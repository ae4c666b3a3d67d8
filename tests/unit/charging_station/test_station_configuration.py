"""Configuration keys against the table of OCPP 1.6 edition 2, chapter 9, with errata v4.0."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_mocks.charging_station.configuration import Access, ChangeStatus, Configuration
from firmware_mocks.charging_station.persona import Persona
from firmware_mocks.charging_station.sampled_values import measurands_of

ACCEPTED, REJECTED = ChangeStatus.ACCEPTED, ChangeStatus.REJECTED
REQUIRED = {
    "AuthorizeRemoteTxRequests": ("RW", "false"),
    "ClockAlignedDataInterval": ("RW", "0"),
    "ConnectionTimeOut": ("RW", "60"),
    "ConnectorPhaseRotation": ("RW", "0.RST,1.RST,2.RST"),
    "GetConfigurationMaxKeys": ("R", "100"),
    "HeartbeatInterval": ("RW", "300"),
    "LocalAuthorizeOffline": ("RW", "true"),
    "LocalPreAuthorize": ("RW", "false"),
    "MeterValuesAlignedData": ("RW", "Energy.Active.Import.Register"),
    "MeterValuesSampledData": ("RW", "Energy.Active.Import.Register"),
    "MeterValueSampleInterval": ("RW", "60"),
    "NumberOfConnectors": ("R", "2"),
    "ResetRetries": ("RW", "1"),
    "StopTransactionOnInvalidId": ("RW", "true"),
    "StopTxnAlignedData": ("RW", ""),
    "StopTxnSampledData": ("RW", ""),
    "SupportedFeatureProfiles": (
        "R",
        "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger",
    ),
    "TransactionMessageAttempts": ("RW", "3"),
    "TransactionMessageRetryInterval": ("RW", "10"),
    "UnlockConnectorOnEVSideDisconnect": ("RW", "true"),
}
FLAGS = [
    "AllowOfflineTxForUnknownId", "AuthorizationCacheEnabled", "AuthorizeRemoteTxRequests",
    "LocalAuthorizeOffline", "LocalPreAuthorize", "StopTransactionOnEVSideDisconnect",
    "StopTransactionOnInvalidId", "UnlockConnectorOnEVSideDisconnect",
]  # fmt: skip
FROM_ZERO = [
    "ClockAlignedDataInterval", "ConnectionTimeOut", "MaxEnergyOnInvalidId",
    "MeterValueSampleInterval", "MinimumStatusDuration", "ResetRetries",
    "TransactionMessageRetryInterval", "WebSocketPingInterval",
]  # fmt: skip
FROM_ONE = ["HeartbeatInterval", "MessageTimeout", "TransactionMessageAttempts"]
LISTS = [
    "MeterValuesAlignedData", "MeterValuesSampledData", "StopTxnAlignedData", "StopTxnSampledData",
]  # fmt: skip
READ_ONLY = [
    "ConnectorPhaseRotationMaxLength", "GetConfigurationMaxKeys", "NumberOfConnectors",
    "MeterValuesAlignedDataMaxLength", "MeterValuesSampledDataMaxLength",
    "StopTransactionMaxMeterValues", "StopTxnAlignedDataMaxLength",
    "StopTxnSampledDataMaxLength", "SupportedFeatureProfiles",
]  # fmt: skip


def change(name: str, value: str) -> tuple[ChangeStatus, str]:
    """Status of a change, and the value afterwards."""
    configuration = Configuration(Persona())
    status = configuration.change(name, value)
    return status, configuration.values[name]


@pytest.mark.parametrize("name", REQUIRED)
def test_required_key_has_its_access_and_default(name: str) -> None:
    configuration = Configuration(Persona())
    key = configuration.find(name)
    assert key is not None
    assert (str(key.access), configuration.values[name]) == REQUIRED[name]


@pytest.mark.parametrize("name", FLAGS)
@pytest.mark.parametrize(
    ("value", "stored"),
    [("true", "true"), ("false", "false"), ("TRUE", "true"), ("False", "false")],
)
def test_flag_takes_true_and_false(name: str, value: str, stored: str) -> None:
    assert change(name, value) == (ACCEPTED, stored)


@pytest.mark.parametrize("name", FLAGS)
@pytest.mark.parametrize("value", ["", "1", "0", "yes", "tru", " true"])
def test_flag_takes_nothing_else(name: str, value: str) -> None:
    before = Configuration(Persona()).values[name]
    assert change(name, value) == (REJECTED, before)


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [(name, "0", ACCEPTED) for name in FROM_ZERO]
    + [(name, "0", REJECTED) for name in FROM_ONE]
    + [(name, "1", ACCEPTED) for name in FROM_ONE]
    + [(name, "86400", ACCEPTED) for name in (*FROM_ZERO, *FROM_ONE)]
    + [(name, "-1", REJECTED) for name in (*FROM_ZERO, *FROM_ONE)],
)
def test_number_has_its_lower_limit(name: str, value: str, status: ChangeStatus) -> None:
    assert change(name, value)[0] is status


@pytest.mark.parametrize(
    "value", ["", "abc", "1.5", "1e3", "0x10", "1_0", "+5", " 5", "5 ", "٣", str(2**31)]
)
def test_number_is_decimal_digits(value: str) -> None:
    assert change("MeterValueSampleInterval", value) == (REJECTED, "60")


def test_number_is_stored_in_normal_form() -> None:
    assert change("MeterValueSampleInterval", "007") == (ACCEPTED, "7")


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("", ""),
        ("Voltage", "Voltage"),
        ("Voltage, Power.Active.Import", "Voltage,Power.Active.Import"),
        ("Voltage.L1,Voltage.L3", "Voltage.L1,Voltage.L3"),
    ],
)
def test_measurands_are_taken(name: str, value: str, stored: str) -> None:
    assert change(name, value) == (ACCEPTED, stored)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    "value",
    [
        "RPM",
        "voltage",
        "Voltage,RPM",
        "Voltage.L4",
        "Voltage.L",
        "Voltage.Lx",
        "Voltage.L1.L2",
        "SoC",
    ],
)
def test_list_with_something_unknown_changes_nothing(name: str, value: str) -> None:
    before = Configuration(Persona()).values[name]
    assert change(name, value) == (REJECTED, before)


@pytest.mark.parametrize("name", LISTS)
def test_list_is_limited_to_what_its_max_length_says(name: str) -> None:
    most = Configuration(Persona()).number(f"{name}MaxLength")
    assert change(name, ",".join(most * ["Voltage"]))[0] is ACCEPTED
    assert change(name, ",".join((most + 1) * ["Voltage"]))[0] is REJECTED


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("0.RST,1.RTS,2.TSR", ACCEPTED),
        ("1.NotApplicable", ACCEPTED),
        ("2.Unknown", ACCEPTED),
        ("1.RSR", REJECTED),
        ("RST", REJECTED),
        ("x.RST", REJECTED),
        ("3.RST", REJECTED),
        ("².RST", REJECTED),
    ],
)
def test_phase_rotation(value: str, status: ChangeStatus) -> None:
    assert change("ConnectorPhaseRotation", value)[0] is status


@pytest.mark.parametrize("name", READ_ONLY)
def test_read_only_key_is_not_written(name: str) -> None:
    before = Configuration(Persona()).values[name]
    assert change(name, before) == (REJECTED, before)


def test_unknown_key_is_not_supported() -> None:
    assert Configuration(Persona()).change("NoSuchKey", "1") is ChangeStatus.NOT_SUPPORTED


@given(st.data())
def test_names_compare_without_case(data: st.DataObject) -> None:
    name = "MeterValueSampleInterval"
    upper = data.draw(st.lists(st.booleans(), min_size=len(name), max_size=len(name)))
    written = "".join(c.upper() if up else c.lower() for c, up in zip(name, upper, strict=True))
    configuration = Configuration(Persona())
    assert configuration.change(written, "17") is ACCEPTED
    assert configuration.values[name] == "17"
    key = configuration.find(written)
    assert key is not None
    assert key.name == name


def test_fixed_cable_leaves_no_choice_of_unlocking() -> None:
    configuration = Configuration(Persona(fixed_cable=True))
    name = "UnlockConnectorOnEVSideDisconnect"
    key = configuration.find(name)
    assert key is not None
    assert key.access is Access.READ
    assert configuration.flag(name) is False
    assert configuration.change(name, "true") is REJECTED


def test_station_without_cache_has_no_key_for_it() -> None:
    configuration = Configuration(Persona(authorization_cache=False))
    assert configuration.find("AuthorizationCacheEnabled") is None
    assert configuration.flag("AuthorizationCacheEnabled") is False


def test_number_of_connectors_is_that_of_the_station() -> None:
    assert Configuration(Persona(connectors=3)).number("NumberOfConnectors") == 3


def test_stored_values_come_back_and_forgotten_keys_do_not() -> None:
    configuration = Configuration(Persona(), {"HeartbeatInterval": "17", "Gone": "1"})
    assert configuration.number("HeartbeatInterval") == 17
    assert "Gone" not in configuration.values


@given(st.lists(st.sampled_from(measurands_of(3, soc=False)), max_size=20))
def test_list_is_read_as_it_was_written(names: list[str]) -> None:
    configuration = Configuration(Persona())
    assert configuration.change("StopTxnSampledData", ",".join(names)) is ACCEPTED
    assert configuration.names("StopTxnSampledData") == tuple(names)


@given(st.sampled_from([*REQUIRED, *READ_ONLY]), st.text())
def test_whatever_is_written_gets_one_of_the_answers(name: str, value: str) -> None:
    configuration = Configuration(Persona())
    before = dict(configuration.values)
    if configuration.change(name, value) is not ACCEPTED:
        assert configuration.values == before


def test_the_password_can_be_written_and_never_read() -> None:
    configuration = Configuration(Persona())
    for text in ("", "00" * 15, "00" * 21, "0" * 33, "xy" * 16, "00" * 16 + "0"):
        assert configuration.change("AuthorizationKey", text) is REJECTED
    for text in ("00" * 16, "AB" * 19, "ab" * 20):
        assert configuration.change("authorizationkey", text) is ACCEPTED
    assert configuration.values["AuthorizationKey"] == "ab" * 20
    assert "AuthorizationKey" not in configuration.listed()
    assert "SecurityProfile" in configuration.listed()


@pytest.mark.parametrize("extension", [True, False])
def test_keys_of_the_security_extension(extension: bool) -> None:
    persona = Persona(security_extension=extension, certificate_store_max_length=3)
    keys = {
        "AdditionalRootCertificateCheck": "false",
        "CertificateSignedMaxChainSize": "10000",
        "CertificateStoreMaxLength": "3",
    }
    configuration = Configuration(persona)
    for name, value in keys.items():
        assert configuration.listed().get(name) == (value if extension else None)
        expected = REJECTED if extension else ChangeStatus.NOT_SUPPORTED
        assert configuration.change(name, value) is expected


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("ab" * 16, "ab" * 16),
        ("sixteen letters!", b"sixteen letters!".hex()),
        ("OCA_OCTT_admin_test", b"OCA_OCTT_admin_test".hex()),
        ("too short", None),
        (41 * "x", None),
    ],
)
def test_a_key_in_plain_text_is_taken_literally_when_wanted(text: str, stored: str | None) -> None:
    lenient = Configuration(Persona(plain_text_key=True))
    outcome = lenient.change("AuthorizationKey", text)
    assert outcome is (REJECTED if stored is None else ACCEPTED)
    assert lenient.values["AuthorizationKey"] == (stored or "")


def test_an_organisation_fits_into_a_certificate() -> None:
    configuration = Configuration(Persona())
    assert configuration.change("CpoName", 64 * "x") is ACCEPTED
    assert configuration.change("CpoName", 65 * "x") is REJECTED
