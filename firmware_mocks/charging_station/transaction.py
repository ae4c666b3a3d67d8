"""Who uses a connector: a session, and the transaction that it becomes."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_mocks.charging_station.charging_profiles import ChargingProfile


@dataclass(slots=True)
class Session:
    """Somebody has identified and may charge here; `profile` came with a remote start.

    `anywhere`: with a card at a reader that belongs to no connector in particular.
    """

    id_tag: str
    parent_id_tag: str | None
    energy_refused: bool = False
    profile: ChargingProfile | None = None
    anywhere: bool = False


@dataclass(slots=True)
class Transaction:
    """A running transaction.

    Attributes:
        started_posix: when it began, by the station's clock as it is set now.
        transaction_id: None until the Central System has answered.
        offering: the station offers energy.
        limit_wh: register at which it ceases to; None without such a limit.
        faulted_s: since when a fault has interrupted it; None without.
    """

    local_id: int
    id_tag: str
    parent_id_tag: str | None
    meter_start: int
    started_s: float
    started_posix: float
    transaction_id: int | None = None
    offering: bool = True
    limit_wh: float | None = None
    faulted_s: float | None = None
