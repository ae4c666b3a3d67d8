"""Why a condition does not hold, in words that name the item of the PICS. Pure.

A report is read by people who do not know the names of our facts.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Protocol

WORDS = {
    # fact: (when it is false, when it is true, item of the PICS)
    "auth_cache": ("no authorisation cache", "an authorisation cache",
                   "optional_features.authorization_cache"),
    "unknown_offline_auth": ("unknown cards are not accepted offline",
                             "unknown cards are accepted offline",
                             "optional_features.unknown_offline_authorization"),
    "reserve_connector_zero": ("the entire station cannot be reserved",
                               "the entire station can be reserved",
                               "optional_features.reservation_of_entire_station"),
    "multiple_connectors": ("one connector only", "several connectors", "general.connectors"),
    "fixed_cable": ("the cable is not fixed", "the cable is fixed", "general.fixed_cable"),
    "local_start": ("no local start", "local start", "declarations.local_start"),
    "local_stop": ("no local stop", "local stop", "declarations.local_stop"),
    "local_start_stop": ("no local start and stop", "local start and stop",
                         "general.rfid_readers"),
    "one_reader_multiple_connectors": ("no single reader for several connectors",
                                       "a single reader for several connectors",
                                       "general.rfid_readers, general.connectors"),
    "can_force_unlock_failure": ("a lock that fails cannot be provoked",
                                 "a lock that fails can be provoked",
                                 "declarations.can_force_unlock_failure"),
    "can_force_local_list_failure": ("a local list that fails cannot be provoked",
                                     "a local list that fails can be provoked",
                                     "declarations.can_force_local_list_failure"),
    "can_disable_reservations": ("reservations cannot be switched off",
                                 "reservations can be switched off",
                                 "declarations.can_disable_reservations"),
    "station_can_send_data_transfer": ("the station cannot be made to send DataTransfer",
                                       "the station can be made to send DataTransfer",
                                       "declarations.can_send_data_transfer"),
    "profile_firmware": ("no profile FirmwareManagement", "the profile FirmwareManagement",
                         "profiles.firmware_management"),
    "profile_smart_charging": ("no profile SmartCharging", "the profile SmartCharging",
                               "profiles.smart_charging"),
    "profile_reservation": ("no profile Reservation", "the profile Reservation",
                            "profiles.reservation"),
    "profile_local_auth_list": ("no profile LocalAuthListManagement",
                                "the profile LocalAuthListManagement",
                                "profiles.local_auth_list_management"),
    "profile_remote_trigger": ("no profile RemoteTrigger", "the profile RemoteTrigger",
                               "profiles.remote_trigger"),
    "power_failure_mode": ("", "", "declarations.power_failure_mode"),
    "security_profiles": ("", "", "security.security_profiles"),
}  # fmt: skip
_BEFORE: dict[type[ast.cmpop], str] = {ast.Gt: "more than "}
_AFTER: dict[type[ast.cmpop], str] = {ast.GtE: " or more"}


class Key(Protocol):
    """A configuration key."""

    @property
    def value(self) -> str:
        """Its value."""
        ...

    @property
    def readonly(self) -> bool:
        """Whether it cannot be written."""
        ...


def fact(name: str, *, holds: bool) -> str:
    """A fact as it is, and where it is declared."""
    if name.startswith("csms_"):
        ability = name.removeprefix("csms_supports_").removeprefix("csms_can_send_")
        word = "can" if holds else "cannot"
        return f"the operator {word} provoke {ability} (declarations.csms_operator_abilities)"
    words = WORDS.get(name)
    if words is None or not words[0]:
        return f"{name} is {'true' if holds else 'false'}"
    return f"{words[holds]} ({words[2]})"


def why(
    node: ast.expr,
    value_of: Callable[[ast.expr], object],
    key_of: Callable[[str], Key | None],
    *,
    holds: bool,
) -> str:
    """Why a condition without `and` and `or` has its value.

    Args:
        node: the condition.
        value_of: value of a part of it.
        key_of: a configuration key of the device.
        holds: its value.
    """
    if isinstance(node, ast.Name):
        return fact(node.id, holds=holds)
    if isinstance(node, ast.Constant):
        return ""
    if isinstance(node, ast.Call) and node.args:
        return _key(str(value_of(node.args[0])), key_of)
    if isinstance(node, ast.Compare):
        return _compare(node, value_of, key_of)
    return f"{ast.unparse(node)} is {'true' if holds else 'false'}"


def _key(name: str, key_of: Callable[[str], Key | None]) -> str:
    key = key_of(name)
    if key is None:
        return f"the device has no key {name}"
    return f"{name} is {key.value!r}, {'read-only' if key.readonly else 'can be written'}"


def _compare(
    node: ast.Compare,
    value_of: Callable[[ast.expr], object],
    key_of: Callable[[str], Key | None],
) -> str:
    left, operation, right = node.left, node.ops[0], node.comparators[0]
    if isinstance(operation, ast.In) and isinstance(right, ast.Name):
        where = WORDS.get(right.id, ("", "", right.id))[2]
        return f"{value_of(left)} is not among {where}"
    seen, wanted = value_of(left), value_of(right)
    takes = f"{_BEFORE.get(type(operation), '')}{wanted}{_AFTER.get(type(operation), '')}"
    if isinstance(left, ast.Call) and isinstance(left.args[0], ast.Constant):
        what = "is not known" if seen == -1 else f"is {seen}"
        return f"{left.args[0].value!s} {what}; it takes {takes}"
    where = ast.unparse(left)
    where = WORDS.get(where, ("", "", where))[2]
    return f"{where} is {seen}, not {takes}"
