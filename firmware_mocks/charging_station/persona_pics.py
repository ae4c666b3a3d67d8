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


def pics(persona: Persona) -> dict[str, Section]:
    """The sections of the PICS."""
    keys = Configuration(persona).listed()
    sections: dict[str, Section] = {
        "general": _general(persona),
        "optional_features": _optional_features(persona, keys),
        "profiles": _profiles(persona),
        "security": {
            "security_certificate": persona.security_extension,
            "security_profiles": [1, 2, 3] if persona.security_extension else [],
        },
        "declarations": {"power_failure_mode": persona.power_failure_mode},
    }
    return sections


def pics_text(persona: Persona, name: str) -> str:
    """The PICS as a file."""
    head = f"# PICS of the emulated charging station with the persona {name}.\n\n"
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
        "milliseconds": True,
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


def _profiles(persona: Persona) -> Section:
    has = {field: profile in persona.profiles for profile, field in _PROFILES.items()}
    return {"certificate": "Full" if all(has.values()) else "Subset", **has}
