"""The items of a PICS, section by section: type, default, and what each decides.

Source: OCPP Certification Program, Document 2 v1.0.1, appendix A: general information, optional
features, limits, A.1 (profiles), A.2 (security), A.4 (performance). The declarations that its
conditions need but have no line there are marked *ours*. The descriptions are what the schema for
editors and `rig pics template` show.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic.fields import FieldInfo

from rig.config.validation import Strict
from rig.config.values import as_numbers
from rig.conformance.catalogue import Role

STATION, CSMS = (Role.STATION.value,), (Role.CSMS.value,)
ANYBODY = (*STATION, *CSMS)

Ability = Literal[
    "pending", "unknown_transaction", "unknown_connector", "unknown_reservation", "unknown_key",
    "illegal_value", "txprofile_without_transaction", "remote_start_wrong_purpose",
    "data_transfer",
]  # fmt: skip
ABILITIES: tuple[Ability, ...] = (
    "pending", "unknown_transaction", "unknown_connector", "unknown_reservation", "unknown_key",
    "illegal_value", "txprofile_without_transaction", "remote_start_wrong_purpose",
    "data_transfer",
)  # fmt: skip
Technology = Literal["wifi", "ethernet", "mobile"]


def item(default: Any, decides: str, dut: tuple[str, ...] = STATION, **limits: Any) -> Any:
    """An item: its default, what it decides, and who fills it in.

    Args:
        default: when the file does not have it; None: nothing is declared.
        decides: for people.
        dut: roles of which the item is asked.
        **limits: of the value, as pydantic has them; `key` is the configuration key that has
            the same value on the device, `measure` the unit.
    """
    extra: dict[str, Any] = {"dut": list(dut)}
    for name in ("key", "measure"):
        if name in limits:
            extra[name] = limits.pop(name)
    return Field(default, description=decides, json_schema_extra=extra, **limits)


def _limit(name: str, decides: str, *, own: bool = True, **limits: Any) -> Any:
    """A limit under the standard's spelling; `own`: it is a configuration key of that name."""
    more: dict[str, Any] = {"key": name} if own else {}
    return item(None, decides, alias=name, **more, **limits)


Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[int, Field(ge=0, le=86400)]
Span = Annotated[float, Field(gt=0, le=3600)]


class General(Strict):
    """General information."""

    vendor_name: str = item("", "header of the report; a station's BootNotification says the same",
                            ANYBODY)  # fmt: skip
    model: str = item("", "header of the report; BootNotification says the same")
    software_version: str = item(
        "", "verdicts hold for this version only; a station's BootNotification says the same",
        ANYBODY,
    )  # fmt: skip
    dut: Literal["Charging Station", "CSMS"] = item(
        "Charging Station", "which column of appendix C applies; the tool plays the other side",
        ANYBODY,
    )  # fmt: skip
    communication: Literal["JSON", "SOAP"] = item(
        "JSON", "this tool speaks JSON only; SOAP has no security rows", ANYBODY
    )
    connectors: Literal["single", "multiple"] = item(
        "single", "whether cases use a second connector; NumberOfConnectors agrees"
    )
    fixed_cable: bool = item(
        False, "false: 005_1, 017_1, 018_1, 024, 030; true: 017_2, 018_2 instead, and "
        "UnlockConnectorOnEVSideDisconnect is false and read-only",
    )  # fmt: skip
    milliseconds: bool = item(
        True, "whether time stamps have fractions of a second; both forms are accepted", ANYBODY
    )
    communication_technology: frozenset[Technology] = item(
        frozenset(), "which network is set up for the tests", ANYBODY
    )
    rfid_readers: Literal["none", "single", "one per EVSE"] = item(
        "single", "none: no local start and stop; single with several connectors: 006"
    )


class OptionalFeatures(Strict):
    """Optional features. Each has a configuration key, which is there if and only if it is true."""

    authorization_cache: bool = item(
        False, "007, 061, and a way into 037_x and 039; false: ClearCache is Rejected",
        key="AuthorizationCacheEnabled",
    )  # fmt: skip
    unknown_offline_authorization: bool = item(
        False, "a way into 037_x and 039: an unknown card while offline",
        key="AllowOfflineTxForUnknownId",
    )  # fmt: skip
    max_energy_on_invalid_id: bool = item(
        False, "037_2: energy goes on up to that value", key="MaxEnergyOnInvalidId"
    )
    minimum_status_duration: bool = item(
        False, "true: the station is delivered with the value 0", key="MinimumStatusDuration"
    )
    websocket_ping_interval: bool = item(
        False, "both sides notice an outage of 036 to 039", key="WebSocketPingInterval"
    )
    reservation_of_entire_station: bool = item(
        False, "049, 050_2, 050_3; false: ReserveNow for connector 0 is Rejected",
        key="ReserveConnectorZeroSupported",
    )  # fmt: skip
    choice_stop_on_ev_side_disconnect: bool = item(
        False, "true: the key can be written, 005_1 to 005_3 apply; else its value decides",
        key="StopTransactionOnEVSideDisconnect",
    )  # fmt: skip


class Limits(Strict):
    """Limits and settings. Those with the name of a configuration key have its value."""

    get_configuration_max_keys: Count | None = _limit(
        "GetConfigurationMaxKeys", "keys that one GetConfiguration asks for at most"
    )
    meter_values_aligned_data_max_length: Count | None = _limit(
        "MeterValuesAlignedDataMaxLength", "measurands that 071 writes at most"
    )
    meter_values_sampled_data_max_length: Count | None = _limit(
        "MeterValuesSampledDataMaxLength", "measurands that 070 writes at most"
    )
    min_meter_value_sample_interval: Seconds | None = _limit(
        "min_MeterValueSampleInterval", "the shortest that is written", own=False, measure="s"
    )
    max_meter_value_sample_interval: Seconds | None = _limit(
        "max_MeterValueSampleInterval", "the longest that is written", own=False, measure="s"
    )
    min_heartbeat_interval: Seconds | None = _limit(
        "min_HeartbeatInterval", "the shortest in BootNotification.conf", own=False, measure="s"
    )
    max_heartbeat_interval: Seconds | None = _limit(
        "max_HeartbeatInterval", "the longest in BootNotification.conf", own=False, measure="s"
    )
    stop_transaction_max_meter_values: Count | None = _limit(
        "StopTransactionMaxMeterValues", "above it, values between begin and end may be missing"
    )
    stop_txn_aligned_data_max_length: Count | None = _limit(
        "StopTxnAlignedDataMaxLength", "measurands written at most"
    )
    stop_txn_sampled_data_max_length: Count | None = _limit(
        "StopTxnSampledDataMaxLength", "measurands written at most"
    )
    web_socket_ping_interval: Seconds | None = _limit(
        "WebSocketPingInterval", "rhythm of pings on the wire", dut=ANYBODY, measure="s"
    )
    local_auth_list_max_length: Count | None = _limit(
        "LocalAuthListMaxLength", "043 needs 5 or more"
    )
    send_local_list_max_length: Count | None = _limit(
        "SendLocalListMaxLength", "longer lists are sent in parts"
    )
    charge_profile_max_stack_level: Count | None = _limit(
        "ChargeProfileMaxStackLevel", "072 needs 2 or more, 067 1 or more"
    )
    charging_schedule_allowed_charging_rate_unit: frozenset[Literal["Current", "Power"]] | None = (
        _limit("ChargingScheduleAllowedChargingRateUnit", "limits are in A, or else in W")
    )
    charging_schedule_max_periods: Count | None = _limit(
        "ChargingScheduleMaxPeriods", "066 needs 5 or more"
    )
    max_charging_profiles_installed: Count | None = _limit(
        "MaxChargingProfilesInstalled", "066 and 067 need 3 or more (ours)"
    )
    supported_file_transfer_protocols: frozenset[Literal["http", "https", "ftp", "ftps"]] | None = (
        item(None, "how firmware, diagnostics and logs are moved",
             key="SupportedFileTransferProtocols")
    )  # fmt: skip
    other_minimum_values: dict[str, float] = item(
        {}, "test parameters, e.g. {transaction_duration: 60}, that must not be lower", ANYBODY
    )
    other_maximum_values: dict[str, float] = item(
        {}, "test parameters that must not be higher", ANYBODY
    )


class Profiles(Strict):
    """Certificate and feature profiles, A.1."""

    certificate: Literal["Full", "Subset"] = item(
        "Subset", "Full: Core and all five others; Subset: Core and those answered true", ANYBODY
    )
    core: bool = item(True, "rows 1 to 58; always true", ANYBODY)
    firmware_management: bool = item(False, "044_1 to 045_2", ANYBODY)
    smart_charging: bool = item(False, "056 to 072, but 061 to 065", ANYBODY)
    reservation: bool = item(False, "046 to 053", ANYBODY)
    local_auth_list_management: bool = item(
        False, "008, 042_2, 043 to 043_5; false: 042_1 and 043_1, NotSupported, instead", ANYBODY
    )
    remote_trigger: bool = item(False, "054 and 055", ANYBODY)


class Security(Strict):
    """Security, A.2."""

    security_certificate: bool = item(False, "073 to 081 are run at all", ANYBODY)
    security_profiles: Annotated[frozenset[Literal[1, 2, 3]], BeforeValidator(as_numbers)] = item(
        frozenset(), "1 or 2: 073; 2 or 3: 075, 076, 078; 3: 074, 077; any: 079 to 081", ANYBODY
    )
    cipher_suites_ecdsa: bool = item(
        False, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 and ..._256_GCM_SHA384"
    )
    cipher_suites_rsa: bool = item(
        False, "TLS_RSA_WITH_AES_128_GCM_SHA256 and ..._256_GCM_SHA384; not both are needed"
    )
    example_certificates: str = item(
        "", "where the public certificates are that were handed in", ANYBODY
    )
    delivered_security_profile: Annotated[
        Literal[0, 1, 2, 3] | None, BeforeValidator(as_numbers)
    ] = item(None, "the lowest that it has, there is no way down; SecurityProfile agrees (ours)")


class Performance(Strict):
    """Stated performance, A.4; printed beside what is measured, never a pass criterion."""

    ocpp_triggered_function_timeout: Span | None = item(
        None, "from an accepted command to its effect; the tool waits as long", measure="s"
    )
    ocpp_response_timeout: Span | None = item(
        None, "until a message is answered; the tool waits as long", ANYBODY, measure="s"
    )
    response_time_authorize: Span | None = item(
        None, "until Authorize is answered", CSMS, measure="s"
    )
    response_time_remote_start: Span | None = item(
        None, "until RemoteStartTransaction is answered", measure="s"
    )
    measured_technology: Technology | None = item(
        None, "the one of communication_technology that is measured", ANYBODY
    )


class Declarations(Strict):
    """What the conditions need beside appendix A (ours)."""

    local_start: bool | None = item(
        None, "a driver can start at the station: 004_2, 046_1; absent: if there is a reader"
    )
    local_stop: bool | None = item(
        None, "a driver can stop at the station: 038; absent: if there is a reader"
    )
    power_failure_mode: Literal["stop_before_down", "stop_after_up", "resume"] = item(
        "stop_after_up", "stop_before_down: 032_1; stop_after_up: 032_2; resume: neither"
    )
    can_force_unlock_failure: bool = item(False, "030: the lock can be blocked")
    can_force_local_list_failure: bool = item(False, "043_3: SendLocalList can be made to fail")
    can_disable_reservations: bool = item(False, "048_4: reservations can be switched off")
    can_send_data_transfer: bool = item(False, "064: a person can make it send DataTransfer")
    updates_firmware_during_transaction: bool = item(
        False, "Unavailable may be missing while firmware is installed (rule D1-a)"
    )
    connectors_per_evse: tuple[tuple[Annotated[int, Field(ge=1)], ...], ...] = item(
        (), "groups of connectors that share an EVSE, e.g. [[1, 2], [3]] (rule D2-a)"
    )
    csms_operator_abilities: frozenset[Ability] = item(
        frozenset(), "what the operator can make it send, for its optional rows", CSMS
    )


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a PICS.

    Attributes:
        section, name: where it stands in the file.
        value: as declared, or the default.
        given: the file has it.
        key: configuration key with the same value or the same presence; "" for none.
        measure: unit, or "".
        dut: roles of which it is asked.
        info: type, default and description.
    """

    section: str
    name: str
    value: object
    given: bool
    key: str
    measure: str
    dut: tuple[str, ...]
    info: FieldInfo


def items(pics: Strict) -> Iterator[Item]:
    """Every item of a PICS, in the order of the file."""
    for section in type(pics).model_fields:
        part = getattr(pics, section)
        for attribute, info in type(part).model_fields.items():
            extra = info.json_schema_extra
            more = extra if isinstance(extra, dict) else {}
            dut = more.get("dut")
            yield Item(
                section, info.alias or attribute, getattr(part, attribute),
                attribute in part.model_fields_set, str(more.get("key", "")),
                str(more.get("measure", "")),
                tuple(map(str, dut)) if isinstance(dut, list) else ANYBODY, info,
            )  # fmt: skip
