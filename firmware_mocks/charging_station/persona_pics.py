"""PICS of a persona: what a vendor would declare about this station, as a YAML file.

Source: OCPP Certification Program, Document 2 v1.0.1, appendix A.
"""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from firmware_mocks.charging_station.configuration import Configuration
from firmware_mocks.charging_station.persona import Persona

_PROFILES = {
    "FirmwareManagement": "firmware_management",
    "SmartCharging": "smart_charging",
    "Reservation": "reservation",
    "LocalAuthListManagement": "local_auth_list_management",
    "RemoteTrigger": "remote_trigger",
}
Section = dict[str, object]


_LIMITS = (
    "GetConfigurationMaxKeys", "MeterValuesAlignedDataMaxLength", "MeterValuesSampledDataMaxLength",
    "StopTransactionMaxMeterValues", "StopTxnAlignedDataMaxLength", "StopTxnSampledDataMaxLength",
    "WebSocketPingInterval", "LocalAuthListMaxLength", "SendLocalListMaxLength",
    "ChargeProfileMaxStackLevel", "ChargingScheduleMaxPeriods", "MaxChargingProfilesInstalled",
)  # fmt: skip
"""Items of the PICS that have the name and the value of a configuration key."""


def pics(persona: Persona) -> dict[str, Section]:
    """The sections of the PICS."""
    keys = Configuration(persona).listed()
    return {
        "general": _general(persona),
        "optional_features": _optional_features(persona, keys),
        "limits": _limits(keys),
        "profiles": _profiles(persona),
        "security": _security(persona),
        "declarations": _declarations(persona),
    }


def pics_text(persona: Persona, name: str) -> str:
    """The PICS as a file."""
    head = (
        "# yaml-language-server: $schema=../schema/pics.schema.json\n#\n"
        f"# PICS of the emulated charging station with the persona {name}, as it is printed by\n"
        f"# rig pics template --persona {name}\n\n"
    )
    parts = [yaml.safe_dump({title: section}, sort_keys=False, allow_unicode=True)
             for title, section in pics(persona).items()]  # fmt: skip
    return head + "\n".join(parts)


def _general(persona: Persona) -> Section:
    each = persona.readers == "per-connector" and persona.connectors > 1
    return {
        "vendor_name": persona.vendor,
        "model": persona.model,
        "software_version": persona.firmware_version,
        "dut": "Charging Station",
        "communication": "JSON",
        "connectors": "multiple" if persona.connectors > 1 else "single",
        "fixed_cable": persona.fixed_cable,
        "milliseconds": "full-seconds" not in persona.habits,
        "rfid_readers": "one per EVSE" if each else "single",
    }


def _optional_features(persona: Persona, keys: Mapping[str, str]) -> Section:
    return {
        "authorization_cache": persona.authorization_cache,
        "unknown_offline_authorization": "AllowOfflineTxForUnknownId" in keys,
        "max_energy_on_invalid_id": "MaxEnergyOnInvalidId" in keys,
        "minimum_status_duration": "MinimumStatusDuration" in keys,
        "websocket_ping_interval": "WebSocketPingInterval" in keys,
        "reservation_of_entire_station": keys.get("ReserveConnectorZeroSupported") == "true",
        "choice_stop_on_ev_side_disconnect": "StopTransactionOnEVSideDisconnect" in keys,
    }


def _limits(keys: Mapping[str, str]) -> Section:
    found: Section = {name: int(keys[name]) for name in _LIMITS if name in keys}
    units = keys.get("ChargingScheduleAllowedChargingRateUnit")
    if units is not None:
        found["ChargingScheduleAllowedChargingRateUnit"] = units.split(",")
    if "SupportedFileTransferProtocols" in keys:
        told = keys["SupportedFileTransferProtocols"].casefold()
        found["supported_file_transfer_protocols"] = told.split(",")
    return found


def _security(persona: Persona) -> Section:
    if not persona.security_extension:
        return {"security_certificate": False}
    return {
        "security_certificate": True,
        "security_profiles": [1, 2, 3],
        f"cipher_suites_{persona.cipher_suites}": True,
        "delivered_security_profile": 0,
    }


def _declarations(persona: Persona) -> Section:
    """What a person, or the virtual bench, can do with this station."""
    return {
        "power_failure_mode": persona.power_failure_mode,
        "can_force_unlock_failure": not persona.fixed_cable,
        "can_force_local_list_failure": "LocalAuthListManagement" in persona.profiles,
        "can_send_data_transfer": True,
        "updates_firmware_during_transaction": persona.updates_during_transaction,
    }


def _profiles(persona: Persona) -> Section:
    has = {field: profile in persona.profiles for profile, field in _PROFILES.items()}
    return {"certificate": "Full" if all(has.values()) else "Subset", **has}
