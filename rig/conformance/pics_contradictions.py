"""What in a PICS cannot be true at once, and what then would not be tested as it should.

Source: OCPP Certification Program, Document 2 v1.0.1, 7.1 and appendix A; the constraints of the
conformance reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rig.config.nodes import Document
from rig.config.parameters import Parameters
from rig.config.validation import in_order
from rig.conformance.catalogue import Role
from rig.conformance.pics_items import items
from rig.errors import ConfigError

if TYPE_CHECKING:
    from rig.conformance.pics import Pics

OPTIONAL_PROFILES = (
    "firmware_management", "smart_charging", "reservation", "local_auth_list_management",
    "remote_trigger",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two items that exclude each other.

    Attributes:
        section, name: of the item to look at first.
        text: what is wrong and what to do, as a sentence.
        blocks: nothing can be run before it is corrected.
    """

    section: str
    name: str
    text: str
    blocks: bool = True


def contradictions(pics: Pics) -> Iterator[Contradiction]:
    """Every contradiction inside a PICS."""
    yield from _profiles(pics)
    yield from _security(pics)
    yield from _station(pics)
    yield from _ranges(pics)
    technology, has = pics.performance.measured_technology, pics.general.communication_technology
    if technology and has and technology not in has:
        known = ", ".join(sorted(has))
        yield Contradiction(
            "performance",
            "measured_technology",
            f"{technology} is not in communication_technology ({known}); "
            "performance is measured on one of those",
        )
    yield from _others_items(pics)


def refuse_contradictions(pics: Pics, document: Document) -> None:
    """Raise for what has to be corrected first.

    Raises:
        ConfigError: every contradiction that blocks, with its place in the file.
    """
    found = [
        document.problem((c.section, c.name), c.text, at_key=True)
        for c in contradictions(pics)
        if c.blocks
    ]
    if found:
        raise ConfigError(*in_order(found, document.file))


def _profiles(pics: Pics) -> Iterator[Contradiction]:
    profiles = pics.profiles
    if not profiles.core:
        yield Contradiction("profiles", "core", "without Core there is no certificate; set it true")
    for name in OPTIONAL_PROFILES:
        denied = name in profiles.model_fields_set and not getattr(profiles, name)
        if profiles.certificate == "Full" and denied:
            yield Contradiction(
                "profiles",
                name,
                "a Full certificate has every profile; set it true, or certificate: Subset",
            )


def _security(pics: Pics) -> Iterator[Contradiction]:
    security = pics.security
    profiles = security.security_profiles
    asked = security.security_certificate
    if asked and not profiles & {2, 3}:
        yield Contradiction(
            "security",
            "security_profiles",
            "a security certificate needs profile 2 or 3, or both; add it",
        )
    if asked and pics.general.communication == "SOAP":
        yield Contradiction(
            "security", "security_certificate", "SOAP has no security rows; set it false"
        )
    if profiles and not asked:
        yield Contradiction(
            "security",
            "security_profiles",
            "counts only with security_certificate: true",
            blocks=False,
        )
    no_suite = not (security.cipher_suites_ecdsa or security.cipher_suites_rsa)
    if asked and profiles & {2, 3} and no_suite and pics.role is Role.STATION:
        yield Contradiction(
            "security",
            "cipher_suites_ecdsa",
            "profiles 2 and 3 need one pair of cipher suites; set "
            "cipher_suites_ecdsa or cipher_suites_rsa true",
        )
    delivered = security.delivered_security_profile
    if delivered and profiles and delivered != min(profiles):
        yield Contradiction(
            "security",
            "delivered_security_profile",
            f"delivered with {delivered}, but the lowest profile is "
            f"{min(profiles)}, and there is no way down",
            blocks=False,
        )


def _station(pics: Pics) -> Iterator[Contradiction]:
    general, declared, features = pics.general, pics.declarations, pics.optional_features
    single = general.connectors == "single"
    groups = [number for group in declared.connectors_per_evse for number in group]
    if single and any(number > 1 for number in groups):
        yield Contradiction(
            "declarations",
            "connectors_per_evse",
            "names a second connector, but general.connectors is single",
        )
    if len(set(groups)) < len(groups):
        yield Contradiction(
            "declarations",
            "connectors_per_evse",
            "a connector belongs to one EVSE; remove it from the other",
        )
    if single and general.rfid_readers == "one per EVSE":
        yield Contradiction(
            "general", "rfid_readers", "one connector has one reader; write single", blocks=False
        )
    if general.fixed_cable and declared.can_force_unlock_failure:
        yield Contradiction(
            "declarations",
            "can_force_unlock_failure",
            "a fixed cable has no lock; 030 does not apply",
            blocks=False,
        )
    full = pics.profiles.certificate == "Full"
    if features.reservation_of_entire_station and not (full or pics.profiles.reservation):
        yield Contradiction(
            "optional_features",
            "reservation_of_entire_station",
            "needs the profile Reservation; without it 049, 050_2 and 050_3 do not apply",
            blocks=False,
        )


def _ranges(pics: Pics) -> Iterator[Contradiction]:
    limits = pics.limits
    for name, low, high in (
        (
            "MeterValueSampleInterval",
            limits.min_meter_value_sample_interval,
            limits.max_meter_value_sample_interval,
        ),
        ("HeartbeatInterval", limits.min_heartbeat_interval, limits.max_heartbeat_interval),
    ):
        if low is not None and high is not None and low > high:
            yield Contradiction("limits", f"min_{name}", f"{low} is above max_{name}, {high}")
    for which in ("other_minimum_values", "other_maximum_values"):
        for name in getattr(limits, which).keys() - Parameters.model_fields.keys():
            yield Contradiction(
                "limits",
                which,
                f"there is no test parameter {name!r}; it decides nothing",
                blocks=False,
            )
    for name, least in limits.other_minimum_values.items():
        most = limits.other_maximum_values.get(name)
        if most is not None and least > most:
            yield Contradiction(
                "limits",
                "other_minimum_values",
                f"{name}: {least:g} is above other_maximum_values, {most:g}",
            )


def _others_items(pics: Pics) -> Iterator[Contradiction]:
    """Items that are not asked of this kind of device."""
    for item in items(pics):
        if item.given and item.value and pics.role.value not in item.dut:
            yield Contradiction(
                item.section,
                item.name,
                f"is not asked of a {pics.role.words} and decides nothing",
                blocks=False,
            )
