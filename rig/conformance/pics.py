"""PICS: what the vendor declares about the device under test, and the facts that follow.

Source: OCPP Certification Program, Document 2 v1.0.1, appendix A; the declarations that its
conditions need but have no line there are marked *ours*.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from rig.config.nodes import read_document
from rig.config.validation import Strict, validate
from rig.conformance.catalogue import Role

ABILITIES = (
    "pending", "unknown_transaction", "unknown_connector", "unknown_reservation", "unknown_key",
    "illegal_value", "txprofile_without_transaction", "remote_start_wrong_purpose",
    "data_transfer",
)  # fmt: skip


def _numbers(value: object) -> object:
    if isinstance(value, list):
        return [int(v) if isinstance(v, str) and v.isdigit() else v for v in value]
    return value


class General(Strict):
    """General information."""

    vendor_name: str = ""
    model: str = ""
    software_version: str = ""
    dut: Literal["Charging Station", "CSMS"] = "Charging Station"
    communication: Literal["JSON", "SOAP"] = "JSON"
    connectors: Literal["single", "multiple"] = "single"
    fixed_cable: bool = False
    milliseconds: bool = True
    rfid_readers: Literal["none", "single", "one per EVSE"] = "single"


class OptionalFeatures(Strict):
    """Optional features."""

    authorization_cache: bool = False
    unknown_offline_authorization: bool = False
    max_energy_on_invalid_id: bool = False
    minimum_status_duration: bool = False
    websocket_ping_interval: bool = False
    reservation_of_entire_station: bool = False
    choice_stop_on_ev_side_disconnect: bool = False


class Profiles(Strict):
    """Certificate and feature profiles, A.1."""

    certificate: Literal["Full", "Subset"] = "Subset"
    firmware_management: bool = False
    smart_charging: bool = False
    reservation: bool = False
    local_auth_list_management: bool = False
    remote_trigger: bool = False


class Security(Strict):
    """Security, A.2."""

    security_certificate: bool = False
    security_profiles: Annotated[frozenset[Literal[1, 2, 3]], BeforeValidator(_numbers)] = (
        frozenset()
    )


class Declarations(Strict):
    """What the conditions need beside appendix A (ours). None: follows from the rest."""

    local_start: bool | None = None
    local_stop: bool | None = None
    power_failure_mode: Literal["stop_before_down", "stop_after_up", "resume"] = "stop_after_up"
    can_force_unlock_failure: bool = False
    can_force_local_list_failure: bool = False
    can_disable_reservations: bool = False
    can_send_data_transfer: bool = False
    updates_firmware_during_transaction: bool = False
    connectors_per_evse: tuple[tuple[Annotated[int, Field(ge=1)], ...], ...] = ()
    csms_operator_abilities: frozenset[str] = frozenset()


class Pics(Strict):
    """A PICS file."""

    general: General = General()
    optional_features: OptionalFeatures = OptionalFeatures()
    profiles: Profiles = Profiles()
    security: Security = Security()
    declarations: Declarations = Declarations()

    def facts(self) -> dict[str, object]:
        """Every name that a condition may use."""
        g, o, p, d = self.general, self.optional_features, self.profiles, self.declarations
        full = p.certificate == "Full"
        has_reader = g.rfid_readers != "none"
        local_start = has_reader if d.local_start is None else d.local_start
        local_stop = has_reader if d.local_stop is None else d.local_stop
        multiple = g.connectors == "multiple"
        secure = self.security.security_certificate
        facts: dict[str, object] = {
            "auth_cache": o.authorization_cache,
            "unknown_offline_auth": o.unknown_offline_authorization,
            "max_energy_on_invalid_id": o.max_energy_on_invalid_id,
            "minimum_status_duration": o.minimum_status_duration,
            "websocket_ping_interval": o.websocket_ping_interval,
            "reserve_connector_zero": o.reservation_of_entire_station,
            "stop_on_ev_disconnect_choice": o.choice_stop_on_ev_side_disconnect,
            "multiple_connectors": multiple,
            "fixed_cable": g.fixed_cable,
            "milliseconds": g.milliseconds,
            "local_start": local_start,
            "local_stop": local_stop,
            "local_start_stop": local_start and local_stop,
            "one_reader_multiple_connectors": g.rfid_readers == "single" and multiple,
            "power_failure_mode": d.power_failure_mode,
            "can_force_unlock_failure": d.can_force_unlock_failure,
            "can_force_local_list_failure": d.can_force_local_list_failure,
            "can_disable_reservations": d.can_disable_reservations,
            "station_can_send_data_transfer": d.can_send_data_transfer,
            "updates_firmware_during_transaction": d.updates_firmware_during_transaction,
            "shared_evse": d.connectors_per_evse,
            "certificate": p.certificate,
            "profile_firmware": full or p.firmware_management,
            "profile_smart_charging": full or p.smart_charging,
            "profile_reservation": full or p.reservation,
            "profile_local_auth_list": full or p.local_auth_list_management,
            "profile_remote_trigger": full or p.remote_trigger,
            "security_certificate": secure,
            "security_profiles": self.security.security_profiles if secure else frozenset(),
        }
        supports = ("pending", "data_transfer")
        for ability in ABILITIES:
            verb = "supports" if ability in supports else "can_send"
            facts[f"csms_{verb}_{ability}"] = ability in d.csms_operator_abilities
        return facts


def default_pics(role: Role) -> Pics:
    """What is assumed when no PICS file is given."""
    dut: Literal["Charging Station", "CSMS"] = (
        "Charging Station" if role is Role.STATION else "CSMS"
    )
    return Pics(general=General(dut=dut))


def load_pics(file: Path) -> Pics:
    """Read a PICS file.

    Raises:
        ConfigError: every problem of the file, with position.
    """
    return validate(Pics, read_document(file))
