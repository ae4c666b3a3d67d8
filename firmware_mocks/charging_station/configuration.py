"""Configuration keys: type, limits, access, default; what is written is checked and kept.

Source: OCPP 1.6 edition 2, chapter 9, with errata v4.0; rules M10.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from firmware_mocks.charging_station.persona import Persona
from firmware_mocks.charging_station.sampled_values import joined, measurands_of

MAX_LIST_LENGTH = 20
PHASE_ROTATIONS = ("NotApplicable", "Unknown", "RST", "RTS", "SRT", "STR", "TRS", "TSR")


class Access(StrEnum):
    """Who may do what with a key over OCPP."""

    READ = "R"
    READ_WRITE = "RW"
    WRITE = "W"


class ChangeStatus(StrEnum):
    """Answer to ChangeConfiguration."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    NOT_SUPPORTED = "NotSupported"


@dataclass(frozen=True, slots=True)
class Key:
    """A configuration key; `normal` returns the value as it is stored, or raises ValueError."""

    name: str
    default: str
    normal: Callable[[str], str]
    access: Access = Access.READ_WRITE


def boolean(text: str) -> str:
    """Normal form of a boolean: true or false, read in any case."""
    if text.casefold() not in ("true", "false"):
        raise ValueError(text)
    return text.casefold()


def integer(low: int, high: int = 2**31 - 1) -> Callable[[str], str]:
    """Decimal integer between two limits."""

    def normal(text: str) -> str:
        if not re.fullmatch(r"-?[0-9]+", text) or not low <= int(text) <= high:
            raise ValueError(text)
        return str(int(text))

    return normal


def measurands(persona: Persona, most: int = MAX_LIST_LENGTH) -> Callable[[str], str]:
    """Comma-separated measurands that the meter has, at most so many."""
    allowed = frozenset(measurands_of(persona.phases, soc=persona.tells_soc))
    return lambda text: joined(text, allowed, most)


def phase_rotation(connectors: int) -> Callable[[str], str]:
    """Comma-separated `connector.rotation`, connector 0 being the main meter; one each at most."""
    numbers = [str(n) for n in range(connectors + 1)]

    def normal(text: str) -> str:
        items = [item.strip() for item in text.split(",") if item.strip()]
        if len(items) > len(numbers):
            raise ValueError(text)
        for item in items:
            number, _, rotation = item.partition(".")
            if number not in numbers or rotation not in PHASE_ROTATIONS:
                raise ValueError(text)
        return ",".join(items)

    return normal


def authorization_key(text: str) -> str:
    """16 to 20 bytes in hexadecimal."""
    if not re.fullmatch(r"([0-9A-Fa-f]{2}){16,20}", text):
        raise ValueError(text)
    return text


def authorization_key_or_text(text: str) -> str:
    """The same; what is not hexadecimal is the password itself, 16 to 40 characters."""
    try:
        return authorization_key(text)
    except ValueError:
        if not 16 <= len(text.encode()) <= 40:
            raise
        return text.encode().hex()


def organisation(text: str) -> str:
    """What X.509 takes as O: at most 64 characters."""
    if len(text) > 64:
        raise ValueError(text)
    return text


def anything(text: str) -> str:
    """No check."""
    return text


def keys_of(persona: Persona) -> Iterable[Key]:
    """The keys that a station of this kind has."""
    count, read = persona.connectors, Access.READ
    energy, limits = "Energy.Active.Import.Register", dict(persona.limits)

    def measured(name: str) -> Callable[[str], str]:
        return measurands(persona, int(limits.get(f"{name}MaxLength", MAX_LIST_LENGTH)))

    yield Key("AllowOfflineTxForUnknownId", "false", boolean)
    if persona.authorization_cache:
        yield Key("AuthorizationCacheEnabled", "true", boolean)
    secret = authorization_key_or_text if persona.plain_text_key else authorization_key
    yield Key("AuthorizationKey", "", secret, Access.WRITE)
    yield Key("AuthorizeRemoteTxRequests", "false", boolean)
    yield Key("BlinkRepeat", "3", integer(0))
    yield Key("ClockAlignedDataInterval", "0", integer(0))
    yield Key("ConnectionTimeOut", "60", integer(0))
    yield Key("CpoName", "", organisation)
    rotation = ",".join(f"{n}.RST" for n in range(count + 1))
    yield Key("ConnectorPhaseRotation", rotation, phase_rotation(count))
    yield Key("ConnectorPhaseRotationMaxLength", str(count + 1), anything, read)
    yield Key("GetConfigurationMaxKeys", "100", anything, read)
    yield Key("HeartbeatInterval", "300", integer(1))
    if "LocalAuthListManagement" in persona.profiles:
        yield Key("LocalAuthListEnabled", "true", boolean)
        yield Key("LocalAuthListMaxLength", "1000", anything, read)
        yield Key("SendLocalListMaxLength", "100", anything, read)
    if "Reservation" in persona.profiles:
        yield Key("ReserveConnectorZeroSupported", "true", anything, read)
    if "SmartCharging" in persona.profiles:
        yield Key("ChargeProfileMaxStackLevel", "10", anything, read)
        yield Key("ChargingScheduleAllowedChargingRateUnit", "Current,Power", anything, read)
        yield Key("ChargingScheduleMaxPeriods", "24", anything, read)
        yield Key("MaxChargingProfilesInstalled", "20", anything, read)
        switches = str(persona.phases == 3).lower()
        yield Key("ConnectorSwitch3to1PhaseSupported", switches, anything, read)
    yield Key("LocalAuthorizeOffline", "true", boolean)
    yield Key("LightIntensity", "100", integer(0, 100))
    yield Key("LocalPreAuthorize", "false", boolean)
    yield Key("MaxEnergyOnInvalidId", "0", integer(0))
    yield Key("MessageTimeout", "30", integer(1))
    for kind, default in (("Aligned", energy), ("Sampled", energy)):
        name = f"MeterValues{kind}Data"
        yield Key(name, default, measured(name))
        yield Key(f"MeterValues{kind}DataMaxLength", str(MAX_LIST_LENGTH), anything, read)
    yield Key("MeterValueSampleInterval", "60", integer(0))
    yield Key("MinimumStatusDuration", "0", integer(0))
    yield Key("NumberOfConnectors", str(count), anything, read)
    yield Key("ResetRetries", "1", integer(0))
    if persona.security_extension:
        one_root = str(persona.additional_root_certificate_check).lower()
        yield Key("AdditionalRootCertificateCheck", one_root, anything, read)
        yield Key("CertificateSignedMaxChainSize", "10000", anything, read)
        length = str(persona.certificate_store_max_length)
        yield Key("CertificateStoreMaxLength", length, anything, read)
    yield Key("SecurityProfile", "0", integer(0, 3))
    yield Key("StopTransactionMaxMeterValues", "100", anything, read)
    yield Key("StopTransactionOnEVSideDisconnect", "true", boolean)
    yield Key("StopTransactionOnInvalidId", "true", boolean)
    for kind in ("Aligned", "Sampled"):
        name = f"StopTxn{kind}Data"
        yield Key(name, "", measured(name))
        yield Key(f"StopTxn{kind}DataMaxLength", str(MAX_LIST_LENGTH), anything, read)
    yield Key("SupportedFeatureProfiles", ",".join(persona.profiles), anything, read)
    yield Key("SupportedFeatureProfilesMaxLength", "6", anything, read)
    if "FirmwareManagement" in persona.profiles or persona.security_extension:
        yield Key("SupportedFileTransferProtocols", "FTP,FTPS,HTTP,HTTPS", anything, read)
    yield Key("TransactionMessageAttempts", "3", integer(1))
    yield Key("TransactionMessageRetryInterval", "10", integer(0))
    if persona.fixed_cable:
        yield Key("UnlockConnectorOnEVSideDisconnect", "false", boolean, read)
    else:
        yield Key("UnlockConnectorOnEVSideDisconnect", "true", boolean)
    yield Key("WebSocketPingInterval", "30", integer(0))


OPTIONAL_KEYS = frozenset(
    {
        "AllowOfflineTxForUnknownId", "AuthorizationCacheEnabled", "AuthorizationKey",
        "BlinkRepeat", "ConnectorPhaseRotationMaxLength", "ConnectorSwitch3to1PhaseSupported",
        "CpoName", "LightIntensity", "MaxEnergyOnInvalidId", "MessageTimeout",
        "MeterValuesAlignedDataMaxLength", "MeterValuesSampledDataMaxLength",
        "MinimumStatusDuration", "ReserveConnectorZeroSupported", "SecurityProfile",
        "StopTransactionMaxMeterValues", "StopTransactionOnEVSideDisconnect",
        "StopTxnAlignedDataMaxLength", "StopTxnSampledDataMaxLength",
        "SupportedFeatureProfilesMaxLength", "SupportedFileTransferProtocols",
        "WebSocketPingInterval",
    }
)  # fmt: skip
"""Keys that a station may lack, OCPP 1.6 edition 2 chapter 9 with errata 3.80; and ours."""


def checked_value(key: Key, text: str) -> str:
    """The value of a key as it is kept; also of one that cannot be written over OCPP.

    Raises:
        ValueError: the key cannot have it.
    """
    if key.access is not Access.READ:
        return key.normal(text)
    if key.default in ("true", "false"):
        return boolean(text)
    return integer(0)(text) if key.default.isdecimal() else text


@lru_cache(maxsize=64)
def _keys(kind: Persona) -> Mapping[str, Key]:
    """Keys by their names in lower case; stations of one kind share them."""
    said = {**dict(kind.limits), **dict(kind.configuration)}
    return {
        key.name.casefold(): replace(key, default=checked_value(key, said[key.name]))
        if key.name in said
        else key
        for key in keys_of(kind)
    }


@lru_cache(maxsize=64)
def _defaults(kind: Persona) -> dict[str, str]:
    return {key.name: key.default for key in _keys(kind).values()}


class Configuration:
    """Values of the keys of one station.

    Args:
        persona: decides which keys there are.
        stored: values from the disk.
    """

    __slots__ = ("_defaults", "_keys", "_lacking", "_written", "values")

    def __init__(self, persona: Persona, stored: dict[str, str] | None = None) -> None:
        kind = replace(persona, serial_number="", boot_time_s=0.0, defects=())
        self._keys = _keys(kind)
        self._lacking = kind.without_keys
        self._written: dict[str, str] = {}
        self._defaults = _defaults(kind)
        self.values = ChainMap(self._written, self._defaults)
        for name, value in (stored or {}).items():
            if name in self.values:
                self.values[name] = value

    def find(self, name: str) -> Key | None:
        """The key of that name, in any case; None for one that the station does not have."""
        key = self._keys.get(name.casefold())
        return None if key is None or key.name in self._lacking else key

    def change(self, name: str, value: str) -> ChangeStatus:
        """What ChangeConfiguration does."""
        key = self.find(name)
        if key is None:
            return ChangeStatus.NOT_SUPPORTED
        if key.access is Access.READ:
            return ChangeStatus.REJECTED
        try:
            self.values[key.name] = key.normal(value)
        except ValueError:
            return ChangeStatus.REJECTED
        return ChangeStatus.ACCEPTED

    def listed(self) -> dict[str, str]:
        """What may be read."""
        return {
            name: value
            for name, value in self.values.items()
            if self._keys[name.casefold()].access is not Access.WRITE and name not in self._lacking
        }

    def flag(self, name: str) -> bool:
        """Value of a boolean key; False when the station does not have it."""
        return self.values.get(name) == "true"

    def number(self, name: str) -> int:
        """Value of an integer key."""
        return int(self._value(name))

    def names(self, name: str) -> tuple[str, ...]:
        """Value of a list key."""
        return _items(self._value(name))

    def _value(self, name: str) -> str:
        """As `values[name]`, four times as fast: a station asks for several with each message."""
        written = self._written
        return written[name] if name in written else self._defaults[name]


@lru_cache(maxsize=256)
def _items(text: str) -> tuple[str, ...]:
    return tuple(item for item in text.split(",") if item)
