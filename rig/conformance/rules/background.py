"""What is known of a station at a moment: where a log that starts in the middle starts. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from rig.conformance.exchanges import Exchange
from rig.ocppj.frames import Payload

NEVER_GIVEN = -1
"""transactionId of a transaction whose StartTransaction was never answered (errata v4.0 3.18)."""


@dataclass(slots=True)
class Transaction:
    """A transaction, from the first StartTransaction to the last StopTransaction.

    Attributes:
        connector, id_tag, meter_start: of StartTransaction.
        starts: transmissions of StartTransaction; () when it began before the log.
        start_utc_s: its time stamp, UTC seconds; None when it cannot be read.
        number: transactionId of the answer; None before it.
        status: idTagInfo.status of that answer.
        numbered_seq: place of that answer on the time line.
        stops: transmissions of StopTransaction.
    """

    connector: int
    id_tag: str
    meter_start: int
    starts: list[Exchange] = field(default_factory=list)
    start_utc_s: float | None = None
    number: int | None = None
    status: str = ""
    numbered_seq: int = 0
    stops: list[Exchange] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether no StopTransaction was sent yet."""
        return not self.stops

    @property
    def start_seq(self) -> int:
        """Place of the first transmission; 0 when that was before the log."""
        return self.starts[0].seq if self.starts else 0

    def is_running_at(self, seq: int) -> bool:
        """Whether it had begun and no StopTransaction was sent when event `seq` happened."""
        return self.start_seq < seq and (not self.stops or seq < self.stops[0].seq)


@dataclass(slots=True)
class Reservation:
    """A reservation that the station has accepted.

    Attributes:
        number, connector, id_tag, parent: of ReserveNow.
        expiry_utc_s: UTC seconds.
        made_seq: place of the answer; 0 when that was before the log.
        ended_seq: where it was cancelled, replaced or used; None while it lasts.
    """

    number: int
    connector: int
    id_tag: str
    parent: str
    expiry_utc_s: float | None
    made_seq: int = 0
    ended_seq: int | None = None


@dataclass(frozen=True, slots=True)
class IdTagInfo:
    """What was said of a card: status, group, expiryDate as UTC seconds."""

    status: str
    parent: str = ""
    expiry_utc_s: float | None = None


@dataclass(frozen=True, slots=True)
class Background:
    """State of a station as far as its log tells.

    Attributes:
        configuration: value by lower-case key; None: the station does not have it. A key that
            is missing was never read.
        readonly: flag by lower-case key.
        transactions: those that are open, or have ended last on their connector.
        statuses: last report by connector.
        registers: Wh by connector.
        inoperative: by connector, set by ChangeAvailability.
        reservations: accepted and not ended.
        local_list: entries by lower-case idTag; None when it was not written yet.
        list_version: of the local list; None when it is not known.
        infos: what was said of each lower-case idTag since the cache was cleared.
        cache_known: the cache was cleared once, so that `infos` is all it can have.
        registration: "", Accepted, Pending or Rejected.
        boot: last BootNotification.req; None before the first.
        has_started: a StartTransaction was seen.
        given: transactionId to place of the answer, of all that a CSMS gave out.
    """

    configuration: dict[str, str | None] = field(default_factory=dict)
    readonly: dict[str, bool] = field(default_factory=dict)
    transactions: tuple[Transaction, ...] = ()
    statuses: dict[int, str] = field(default_factory=dict)
    registers: dict[int, int] = field(default_factory=dict)
    inoperative: dict[int, bool] = field(default_factory=dict)
    reservations: tuple[Reservation, ...] = ()
    local_list: dict[str, IdTagInfo] | None = None
    list_version: int | None = None
    infos: dict[str, IdTagInfo] = field(default_factory=dict)
    cache_known: bool = False
    registration: str = ""
    boot: Payload | None = None
    has_started: bool = False
    given: dict[int, int] = field(default_factory=dict)
