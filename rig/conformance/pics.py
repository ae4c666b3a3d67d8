"""PICS: what the vendor declares about the device under test, and the facts that follow.

Source: OCPP Certification Program, Document 2 v1.0.1, appendix A; items: `pics_items`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from rig.config.nodes import Document, read_document
from rig.config.parameters import Parameters
from rig.config.validation import Strict, validate
from rig.conformance.catalogue import Role
from rig.conformance.expressions import ConfigKey
from rig.conformance.pics_contradictions import refuse_contradictions
from rig.conformance.pics_items import (
    ABILITIES,
    Declarations,
    General,
    Item,
    Limits,
    OptionalFeatures,
    Performance,
    Profiles,
    Security,
    items,
)

__all__ = ["ABILITIES", "Item", "Pics", "default_pics", "items", "load_pics", "read_pics"]


class Pics(Strict):
    """A PICS file."""

    general: General = General()
    optional_features: OptionalFeatures = OptionalFeatures()
    limits: Limits = Limits()
    profiles: Profiles = Profiles()
    security: Security = Security()
    performance: Performance = Performance()
    declarations: Declarations = Declarations()

    @property
    def role(self) -> Role:
        """Role of the device that it is about."""
        return Role.CSMS if self.general.dut == "CSMS" else Role.STATION

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

    def keys_on_paper(self) -> dict[str, ConfigKey]:
        """Configuration keys as far as the PICS says what they are, by lower-case name.

        A key whose access is not declared counts as read-only: no condition asks for its access.
        """
        found = {}
        for declared in items(self):
            if declared.section == "limits" and declared.key and isinstance(declared.value, int):
                found[declared.key.casefold()] = ConfigKey(str(declared.value), readonly=True)
        if self.optional_features.choice_stop_on_ev_side_disconnect:
            found["stoptransactiononevsidedisconnect"] = ConfigKey("", readonly=False)
        return found

    def fit(self, parameters: Parameters) -> Parameters:
        """Test parameters that suit this device: within its limits, and patient enough.

        Whoever declares that answers take 60 s is waited for 60 s, whatever the bench says.
        """
        limits, stated = self.limits, self.performance
        wanted: dict[str, float] = parameters.model_dump()
        patience = (stated.ocpp_response_timeout, stated.ocpp_triggered_function_timeout)
        at_least: dict[str, float | None] = {
            "message_timeout": max((p for p in patience if p is not None), default=None),
            "heartbeat_interval": limits.min_heartbeat_interval,
            "meter_value_sample_interval": limits.min_meter_value_sample_interval,
        }
        at_most: dict[str, float | None] = {
            "heartbeat_interval": limits.max_heartbeat_interval,
            "meter_value_sample_interval": limits.max_meter_value_sample_interval,
        }
        changed: dict[str, int] = {}
        for bounds, choose in (
            (at_least, max), (limits.other_minimum_values, max),
            (at_most, min), (limits.other_maximum_values, min),
        ):  # fmt: skip
            for name, bound in bounds.items():
                if bound is not None and isinstance(wanted.get(name), int):
                    wanted[name] = changed[name] = int(choose(wanted[name], -(-bound // 1)))
        units = limits.charging_schedule_allowed_charging_rate_unit
        unit = {} if not units or "Current" in units else {"charging_rate_unit": "W"}
        return parameters.model_copy(update={**changed, **unit})


def default_pics(role: Role) -> Pics:
    """What is assumed when no PICS file is given."""
    dut: Literal["Charging Station", "CSMS"] = (
        "Charging Station" if role is Role.STATION else "CSMS"
    )
    return Pics(general=General(dut=dut))


def read_pics(file: Path) -> tuple[Pics, Document]:
    """Read a PICS file; also one that contradicts itself.

    Raises:
        ConfigError: every problem of the file, with position.
    """
    document = read_document(file)
    return validate(Pics, document), document


def load_pics(file: Path) -> Pics:
    """Read a PICS file that is to be used.

    Raises:
        ConfigError: every problem of the file, with position; what makes it contradict itself,
            too.
    """
    pics, document = read_pics(file)
    refuse_contradictions(pics, document)
    return pics
