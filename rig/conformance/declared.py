"""What a station says of itself at intake against what its PICS declares. Pure.

A contradiction fails no case by itself. One that *blocks* means that the wrong cases would be
run, or that the station is not as it has to be delivered: PICS or station are corrected first.

Source: OCPP Certification Program, Document 2 v1.0.1, 7.1 and appendix A; OCPP 1.6 edition 2, 9
with errata v4.0; intake checks of the conformance reference; rule M10.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rig.conformance.catalogue import Role
from rig.conformance.evidence import Evidence
from rig.conformance.expressions import ConfigKey
from rig.conformance.pics import Item, Pics, items
from rig.conformance.required_keys import ANY, REQUIRED, R
from rig.jsontypes import Json

WARN, BLOCK = False, True
Keys = Mapping[str, ConfigKey]

_BOOT = {
    "vendor_name": "chargePointVendor",
    "model": "chargePointModel",
    "software_version": "firmwareVersion",
}
_PROFILES = {
    "Core": "core",
    "FirmwareManagement": "firmware_management",
    "SmartCharging": "smart_charging",
    "Reservation": "reservation",
    "LocalAuthListManagement": "local_auth_list_management",
    "RemoteTrigger": "remote_trigger",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """PICS and station do not agree.

    Attributes:
        item: of the PICS, or the configuration key.
        declared: by the PICS, or by the standard where the PICS claims a profile.
        observed: what the station said.
        consequence: what is wrong with the tests until it is corrected.
        blocks: it has to be corrected before a campaign.
    """

    item: str
    declared: str
    observed: str
    consequence: str
    blocks: bool


def compare(
    pics: Pics,
    keys: Keys,
    boot: Mapping[str, Json],
    fractions: bool | None = None,
) -> tuple[Difference, ...]:
    """Every difference between a PICS and a station.

    Args:
        pics: of the station; items that its file does not have are not compared.
        keys: of its GetConfiguration, by lower-case name; {} when it answered nothing.
        boot: its last BootNotification.
        fractions: whether its time stamps have fractions of a second; None: none was seen.
    """
    if pics.role is not Role.STATION:
        return ()
    return tuple(_differences(pics, keys, boot, fractions))


def softened(found: Iterable[Difference]) -> tuple[Difference, ...]:
    """The same where no PICS was given: nothing was declared, only assumed."""
    return tuple(replace(d, declared=f"{d.declared} (assumed)", blocks=False) for d in found)


def tell(evidence: Evidence, found: Sequence[Difference]) -> None:
    """Put the differences on record, as checks of the intake."""
    for difference in found:
        evidence.check(
            f"PICS: {difference.item}",
            False,
            difference.consequence,
            expected=difference.declared,
            seen=difference.observed,
            severity="error" if difference.blocks else "warn",
        )
    if not found:
        evidence.check("PICS and station agree", True, "Document 2 v1.0.1, appendix A")


def fractions_seen(timestamps: Iterable[str]) -> bool | None:
    """Whether time stamps have fractions of a second; None without any time stamp.

    One that has them is enough: a station may leave them out at a full second.
    """
    seen = ["." in text for text in timestamps]
    return any(seen) if seen else None


def _differences(
    pics: Pics, keys: Keys, boot: Mapping[str, Json], fractions: bool | None
) -> Iterator[Difference]:
    yield from _identity(pics, boot)
    if not keys:
        yield Difference(
            "GetConfiguration",
            "answered with every key",
            "no key",
            "nothing that depends on the configuration can be decided",
            BLOCK,
        )
        return
    yield from _profiles(pics, keys)
    yield from _connectors(pics, keys)
    for item in items(pics):
        if not item.given or not item.key:
            continue
        if item.section == "optional_features":
            yield from _feature(item, keys.get(item.key.casefold()))
        elif item.section == "limits":
            yield from _limit(item, keys.get(item.key.casefold()))
    yield from _delivered(pics, keys)
    yield from _security(pics, keys)
    yield from _required(pics, keys)
    if fractions is not None and fractions != pics.general.milliseconds:
        yield Difference(
            "general.milliseconds",
            _words(pics.general.milliseconds),
            _words(fractions),
            "time comparisons use a tolerance that does not fit; correct the PICS",
            WARN,
        )


def _identity(pics: Pics, boot: Mapping[str, Json]) -> Iterator[Difference]:
    for name, field in _BOOT.items():
        declared, told = getattr(pics.general, name), boot.get(field)
        if declared and boot and declared != told:
            version = name == "software_version"
            consequence = (
                "verdicts hold for one software version: install it, or correct the PICS"
                if version
                else "the report would name another device; correct the PICS"
            )
            seen = "absent" if told is None else str(told)
            yield Difference(f"general.{name}", declared, f"{field}: {seen}", consequence, WARN)


def _profiles(pics: Pics, keys: Keys) -> Iterator[Difference]:
    full = pics.profiles.certificate == "Full"
    declared = {p for p, name in _PROFILES.items() if full or getattr(pics.profiles, name)}
    key = keys.get("supportedfeatureprofiles")
    if key is None:
        return  # a required key: said there
    told = {part.strip() for part in key.value.split(",") if part.strip()}
    if told != declared:
        yield Difference(
            "profiles",
            _list(declared),
            f"SupportedFeatureProfiles: {_list(told)}",
            "rows of a profile would be run, or left out, wrongly",
            bool(pics.profiles.model_fields_set),
        )


def _connectors(pics: Pics, keys: Keys) -> Iterator[Difference]:
    key = keys.get("numberofconnectors")
    if key is None or not key.value.isdecimal():
        return
    multiple = pics.general.connectors == "multiple"
    if multiple != (int(key.value) > 1):
        yield Difference(
            "general.connectors",
            pics.general.connectors,
            f"NumberOfConnectors: {key.value}",
            "cases with a second connector are run, or left out, wrongly",
            WARN,
        )


def _feature(item: Item, key: ConfigKey | None) -> Iterator[Difference]:
    """Presence of the key is what is declared; of two keys it is the value, or the access."""
    has = key is not None
    if item.name == "reservation_of_entire_station":
        has = key is not None and key.value.casefold() == "true"
    elif item.name == "choice_stop_on_ev_side_disconnect":
        has = key is not None and not key.readonly
    if has != item.value:
        yield Difference(
            f"optional_features.{item.name}",
            _words(bool(item.value)),
            _seen(item.key, key),
            f"decides wrongly: {item.info.description}",
            WARN,
        )


def _limit(item: Item, key: ConfigKey | None) -> Iterator[Difference]:
    if key is None:
        return  # an optional key; what is declared counts
    declared: object = item.value
    if isinstance(declared, frozenset):
        wanted = {str(part).casefold() for part in declared}
        told = {part.strip().casefold() for part in key.value.split(",") if part.strip()}
        same, text = wanted == told, _list(declared)
    else:
        same, text = key.value == str(declared), str(declared)
    if not same:
        yield Difference(
            f"limits.{item.name}",
            text,
            _seen(item.key, key),
            f"the value of the device counts ({item.info.description})",
            WARN,
        )


def _delivered(pics: Pics, keys: Keys) -> Iterator[Difference]:
    """Values with which a station comes to the laboratory."""
    duration = keys.get("minimumstatusduration")
    if duration is not None and duration.value != "0":
        yield Difference(
            "MinimumStatusDuration",
            "0",
            duration.value,
            "statuses of short duration are not reported; set it to 0",
            BLOCK,
        )
    unlock = keys.get("unlockconnectoronevsidedisconnect")
    never_unlocks = unlock is None or (unlock.value.casefold() == "false" and unlock.readonly)
    if pics.general.fixed_cable and not never_unlocks:
        yield Difference(
            "general.fixed_cable",
            "true",
            _seen("UnlockConnectorOnEVSideDisconnect", unlock),
            "a fixed cable has no lock: false and read-only (errata v4.0, 3.85)",
            WARN,
        )


def _security(pics: Pics, keys: Keys) -> Iterator[Difference]:
    security, key = pics.security, keys.get("securityprofile")
    if security.security_certificate and key is None:
        yield Difference(
            "security.security_certificate",
            "true",
            "no key SecurityProfile",
            "the security profile can be neither read nor raised",
            WARN,
        )
    delivered = security.delivered_security_profile
    if delivered is not None and key is not None and key.value != str(delivered):
        yield Difference(
            "security.delivered_security_profile",
            str(delivered),
            _seen("SecurityProfile", key),
            "there is no way down: profiles below it cannot be tested",
            WARN,
        )


def _required(pics: Pics, keys: Keys) -> Iterator[Difference]:
    full = pics.profiles.certificate == "Full"
    for profile, name in _PROFILES.items():
        if not (full or getattr(pics.profiles, name)):
            continue
        for wanted, access in REQUIRED[profile].items():
            key = keys.get(wanted.casefold())
            right = key is not None and (access == ANY or key.readonly == (access == R))
            if not right:
                needed = (
                    "present" if access == ANY else "read-only" if access == R else "read-write"
                )
                yield Difference(
                    wanted,
                    f"{needed}, as {profile} needs it",
                    _seen(wanted, key),
                    "the profile is not implemented as declared; 019 fails",
                    BLOCK,
                )


def _seen(name: str, key: ConfigKey | None) -> str:
    if key is None:
        return f"no key {name}"
    return f"{name}: {key.value or 'empty'}, {'read-only' if key.readonly else 'read-write'}"


def _words(value: bool) -> str:
    return "true" if value else "false"


def _list(words: Iterable[object]) -> str:
    return ", ".join(sorted(map(str, words))) or "none"
