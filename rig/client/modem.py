"""What the daemon says about the modem, as frozen records; see `rig.client.results`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModemInfo:
    """Identity and state of the modem; None is not known.

    Attributes:
        sim: "ready", "PIN required", "PUK required", "missing", "failure" or "busy".
        registration: "home", "roaming", "searching", "denied" or "not registered".
        access_technology: "2g", "3g" or "4g".
        technology_name: what the modem calls it, e.g. "HSPA+".
        lock: "auto", "2g", "3g" or "4g", as read back.
        address: of the data session.
    """

    name: str
    manufacturer: str
    model: str
    revision: str
    imei: str
    iccid: str
    sim: str | None
    registration: str | None
    operator: str | None
    access_technology: str | None
    technology_name: str
    lock: str | None
    data_connected: bool | None
    address: str | None


@dataclass(frozen=True, slots=True)
class SignalInfo:
    """One reading; None is not known or not of this technology.

    Attributes:
        limit_rssi_dbm: least RSSI for a performance measurement.
        meets_limit: None where the RSSI is not known.
    """

    access_technology: str | None
    csq: int | None
    rssi_dbm: int | None
    rsrp_dbm: int | None
    rsrq_db: float | None
    sinr_db: float | None
    rscp_dbm: int | None
    ecio_db: float | None
    limit_rssi_dbm: int
    meets_limit: bool | None


@dataclass(frozen=True, slots=True)
class SpreadInfo:
    """Least, median and greatest of `count` readings that knew the value."""

    least: float
    median: float
    greatest: float
    count: int


@dataclass(frozen=True, slots=True)
class WatchInfo:
    """Summary of a watch; the limit is held against the median."""

    readings: int
    rssi_dbm: SpreadInfo | None
    rsrp_dbm: SpreadInfo | None
    rsrq_db: SpreadInfo | None
    sinr_db: SpreadInfo | None
    rscp_dbm: SpreadInfo | None
    ecio_db: SpreadInfo | None
    limit_rssi_dbm: int
    meets_limit: bool | None
