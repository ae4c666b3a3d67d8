"""Security profile and password of a station. Profiles 2 and 3 need certificates it has not got.

Source: OCPP security white paper, A00 and A01; station behaviour 14.1, 14.6 and 14.7.
"""

from __future__ import annotations

from dataclasses import replace

from firmware_mocks.charging_station.configuration import Configuration
from firmware_mocks.charging_station.uplink import Account

KEY, PROFILE = "AuthorizationKey", "SecurityProfile"
SECURITY_KEYS = frozenset({KEY.casefold(), PROFILE.casefold()})
"""Keys that are used from the next connection on."""


def provision(configuration: Configuration, account: Account) -> None:
    """A station that is delivered with a password uses it, unless another was written since."""
    if account.password is not None and not configuration.values[KEY]:
        configuration.values[KEY] = account.password.hex()
        configuration.values[PROFILE] = "1"


def account_of(configuration: Configuration, account: Account) -> Account:
    """The account as the configuration wants it: Basic authentication from profile 1 on."""
    key = configuration.values[KEY]
    uses_it = configuration.number(PROFILE) >= 1 and key
    return replace(account, password=bytes.fromhex(key) if uses_it else None)


def may_become(configuration: Configuration, profile: str) -> bool:
    """Whether SecurityProfile may be given this value: only upwards, with what it needs."""
    if profile != "1" or configuration.number(PROFILE) >= 1:
        return False
    return bool(configuration.values[KEY])
