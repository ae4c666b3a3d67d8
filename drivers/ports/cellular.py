"""Cellular modems.

Source: 3GPP TS 27.007.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from drivers.ports.device import Device


class AccessTechnology(StrEnum):
    """Generation of the radio network, 3GPP TS 27.007 AcT grouped as the procedure does."""

    GSM = "2g"
    UMTS = "3g"
    LTE = "4g"


class TechnologyLock(StrEnum):
    """What the modem is allowed to use."""

    AUTO = "auto"
    GSM = "2g"
    UMTS = "3g"
    LTE = "4g"

    def allows(self, technology: AccessTechnology) -> bool:
        """Whether a modem that is locked like this may use `technology`."""
        return self is TechnologyLock.AUTO or self.value == technology.value


class SimState(StrEnum):
    """What the SIM wants before it can be used."""

    READY = "ready"
    PIN_REQUIRED = "PIN required"
    PUK_REQUIRED = "PUK required"
    MISSING = "missing"
    FAILURE = "failure"
    BUSY = "busy"


class Registration(StrEnum):
    """Registration with the network, <stat> of 3GPP TS 27.007, 7.2."""

    NOT_REGISTERED = "not registered"
    HOME = "home"
    SEARCHING = "searching"
    DENIED = "denied"
    ROAMING = "roaming"

    @property
    def is_registered(self) -> bool:
        """Whether the network serves the modem."""
        return self in (Registration.HOME, Registration.ROAMING)


@dataclass(frozen=True, slots=True)
class ModemIdentity:
    """Who the modem is. Empty text where it does not say; `imei` is its 15 digits."""

    manufacturer: str
    model: str
    revision: str
    imei: str
    iccid: str = ""


@dataclass(frozen=True, slots=True)
class ModemStatus:
    """Where the modem stands with SIM and network; None is not known.

    Attributes:
        sim: what the SIM wants.
        registration: with the network that is used now.
        operator: its name.
        access_technology: generation in use, None also while not registered.
        technology_name: what the modem calls it, e.g. "HSPA+"; "" where it does not say.
        lock: what it is allowed to use, as read back; None where the setting is none of ours.
        data_connected: a data session is up.
        address: of that session.
    """

    sim: SimState | None
    registration: Registration | None
    operator: str | None
    access_technology: AccessTechnology | None
    technology_name: str
    lock: TechnologyLock | None
    data_connected: bool | None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """One reading of the radio signal; None is not known or not of this technology.

    Attributes:
        access_technology: that the values are of.
        csq: as in +CSQ, 0..31.
        rssi_dbm: received signal strength, all technologies.
        rsrp_dbm, rsrq_db, sinr_db: LTE.
        rscp_dbm, ecio_db: UMTS.
    """

    access_technology: AccessTechnology | None = None
    csq: int | None = None
    rssi_dbm: int | None = None
    rsrp_dbm: int | None = None
    rsrq_db: float | None = None
    sinr_db: float | None = None
    rscp_dbm: int | None = None
    ecio_db: float | None = None


@runtime_checkable
class Modem(Device, Protocol):
    """Cellular modem. Safe state: no data session, locked as the bench file says.

    The lock is stored in the modem and survives unplugging and our crash; that is why leaving
    and entering the bench writes it again.
    """

    async def identity(self) -> ModemIdentity:
        """Who it is."""
        ...

    async def status(self) -> ModemStatus:
        """SIM, registration, operator, technology and lock, asked now."""
        ...

    async def read_signal(self) -> Signal:
        """One reading."""
        ...

    async def set_lock(self, lock: TechnologyLock) -> ModemStatus:
        """Allow one technology only, or all; returns once registered again. Tells its progress.

        A data session is ended first.

        Raises:
            RadioUnavailable: no network of that technology took the modem in time, or the SIM
                cannot be used; the modem stays locked as ordered.
            NotSupported: this modem cannot be locked like that.
            ReadbackMismatch: the modem said yes and did not follow.
        """
        ...

    async def connect(self) -> ModemStatus:
        """Bring a data session up.

        Raises:
            RadioUnavailable: the network did not give one in time.
        """
        ...

    async def disconnect(self) -> None:
        """End the data session, if there is one."""
        ...
