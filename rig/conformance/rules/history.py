"""What happened to a station, read off its log: settings, transactions, reports, lists. Pure.

Read once, in order; rules then ask how things stood at a place of the time line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rig.conformance.exchanges import Exchange
from rig.conformance.instants import instant
from rig.conformance.rules.background import (
    NEVER_GIVEN,
    Background,
    Reservation,
    Transaction,
)
from rig.conformance.rules.card_history import CardHistory
from rig.conformance.rules.changes import Changes
from rig.conformance.rules.fields import integer, objects
from rig.jsontypes import Json

STANDARD_ACTION = {"SignChargePointCertificate": "SignCertificate"}
EXTENDED_ACTION = {
    "SignChargePointCertificate": "SignCertificate",
    "FirmwareStatusNotification": "SignedFirmwareStatusNotification",
}
INFORMED = ("Authorize", "StartTransaction", "StopTransaction")


@dataclass(frozen=True, slots=True)
class StatusReport:
    """A StatusNotification of the station. `triggered`: it answers a TriggerMessage."""

    exchange: Exchange
    connector: int
    status: str
    triggered: bool

    @property
    def seq(self) -> int:
        """Its place on the time line."""
        return self.exchange.seq

    @property
    def t_s(self) -> float:
        """Lab time of its arrival."""
        return self.exchange.t_s


class History:
    """State of a station over time.

    Args:
        station: CALLs of the station.
        csms: CALLs of the Central System.
        before: where the log begins.
        connectors: of the station, 0 when the number is not known.

    Attributes:
        configuration: by lower-case key; None as a value: the station does not have the key.
        readonly: flags by lower-case key.
        transactions: in order; first those that began before the log.
        reports: in order.
        boots: BootNotifications, in order.
        registration: answers to them.
        resets: accepted Resets.
        triggered: places of CALLs that answer a TriggerMessage.
        cards: what was said of them.
        reservations: accepted ones.
        inoperative: by connector, as set by ChangeAvailability.
    """

    def __init__(
        self, station: Sequence[Exchange], csms: Sequence[Exchange], before: Background,
        connectors: int = 0,
    ) -> None:  # fmt: skip
        self.before = before
        self.connectors = connectors
        self.configuration: dict[str, Changes[str | None]] = {}
        self.readonly = dict(before.readonly)
        self.transactions = list(before.transactions)
        self.reports: list[StatusReport] = []
        self.statuses: dict[int, Changes[str]] = {}
        self.boots: list[Exchange] = []
        self.registration: Changes[str] = Changes()
        self.resets: list[Exchange] = []
        self.triggered: set[int] = set()
        self.cards = CardHistory(before)
        self.reservations = list(before.reservations)
        self.inoperative: dict[int, Changes[bool]] = {}
        self._due: list[tuple[str, int | None]] = []
        self._start_from(before)
        self._read(station, csms)

    def _start_from(self, before: Background) -> None:
        for key, value in before.configuration.items():
            self._set(key, 0, value)
        for connector, status in before.statuses.items():
            self.statuses.setdefault(connector, Changes()).add(0, status)
        for connector, down in before.inoperative.items():
            self.inoperative.setdefault(connector, Changes()).add(0, down)
        if before.registration:
            self.registration.add(0, before.registration)

    def _read(self, station: Sequence[Exchange], csms: Sequence[Exchange]) -> None:
        asks: dict[str, Callable[[Exchange], None]] = {
            "StatusNotification": self._report,
            "StartTransaction": self._start,
            "StopTransaction": self._stop,
        }
        gets: dict[str, Callable[[Exchange], None]] = {
            "BootNotification": self._booted,
            "StartTransaction": self._started,
        }
        served: dict[str, Callable[[Exchange], None]] = {
            "CancelReservation": self._cancelled,
            "ChangeAvailability": self._availability,
            "ChangeConfiguration": self._configured,
            "ClearCache": self.cards.cleared,
            "GetConfiguration": self._listed,
            "Reset": self._reset,
            "ReserveNow": self._reserved,
            "SendLocalList": self.cards.written,
        }
        # One order for everything: CALLs count from where they stand, answers from where those do.
        steps: list[tuple[int, Callable[[Exchange], None], Exchange]] = []
        for x in station:
            steps.append((x.seq, self._mark_triggered, x))
            if x.name in asks:
                steps.append((x.seq, asks[x.name], x))
            if x.has_result and x.name in gets:
                steps.append((x.end_seq, gets[x.name], x))
            if x.has_result and x.name in INFORMED:
                steps.append((x.end_seq, self.cards.informed, x))
            if x.name == "BootNotification":
                self.boots.append(x)
        for x in csms:
            if x.name in ("TriggerMessage", "ExtendedTriggerMessage") and x.is_accepted:
                steps.append((x.end_seq, self._triggers, x))
            elif x.has_result and x.name in served:
                steps.append((x.end_seq, served[x.name], x))
        for _, step, x in sorted(steps, key=lambda s: s[0]):
            step(x)

    # --- settings ---------------------------------------------------------------------------

    def _set(self, key: Json, seq: int, value: str | None) -> None:
        self.configuration.setdefault(str(key).casefold(), Changes()).add(seq, value)

    def value(self, key: str, seq: int) -> str | None:
        """Value of a key before event `seq`; None when it is absent or was never read."""
        changes = self.configuration.get(key.casefold())
        return None if changes is None else changes.at(seq)

    def lacks(self, key: str, seq: int) -> bool:
        """Whether the station is known not to have the key."""
        changes = self.configuration.get(key.casefold())
        if changes is None:
            return False
        return any(at < seq for at, _ in changes.items()) and changes.at(seq) is None

    def number(self, key: str, seq: int) -> int | None:
        """Value of a key as a number."""
        text = self.value(key, seq)
        return int(text) if text is not None and text.strip().lstrip("-").isdigit() else None

    def flag(self, key: str, seq: int) -> bool | None:
        """Value of a key as a boolean."""
        return {"true": True, "false": False}.get((self.value(key, seq) or "").strip().casefold())

    def items(self, key: str, seq: int) -> list[str] | None:
        """Value of a key as a list; None when it is not known."""
        text = self.value(key, seq)
        return None if text is None else [i.strip() for i in text.split(",") if i.strip()]

    def settled(self, key: str, after: int, until: int) -> bool:
        """Whether a key kept its value between two events."""
        changes = self.configuration.get(key.casefold())
        return changes is None or not changes.changed_between(after, until)

    def has_profile(self, name: str, seq: int) -> bool | None:
        """Whether the station supports a feature profile; None when that is not known."""
        listed = self.items("SupportedFeatureProfiles", seq)
        return None if listed is None else name in listed

    def knows_cache(self, seq: int) -> bool:
        """Whether everything that the cache can have at event `seq` is known."""
        key = "AuthorizationCacheEnabled"
        off = self.lacks(key, seq) or self.flag(key, seq) is False
        return off or self.cards.knows_cache(seq)

    def _configured(self, x: Exchange) -> None:
        if x.status in ("Accepted", "RebootRequired"):
            self._set(x.req.get("key"), x.end_seq, str(x.req.get("value")))

    def _listed(self, x: Exchange) -> None:
        for entry in objects(x.conf.get("configurationKey")):
            value = entry.get("value")
            self._set(entry.get("key"), x.end_seq, "" if value is None else str(value))
            self.readonly[str(entry.get("key")).casefold()] = entry.get("readonly") is True
        unknown = x.conf.get("unknownKey")
        for key in unknown if isinstance(unknown, list) else []:
            self._set(key, x.end_seq, None)

    def _booted(self, x: Exchange) -> None:
        self.registration.add(x.end_seq, str(x.status))
        interval = x.conf.get("interval")
        if x.is_accepted and isinstance(interval, int) and interval > 0:
            self._set("HeartbeatInterval", x.end_seq, str(interval))

    def _reset(self, x: Exchange) -> None:
        if x.is_accepted:
            self.resets.append(x)

    def _availability(self, x: Exchange) -> None:
        connector = integer(x.req.get("connectorId"))
        if x.status not in ("Accepted", "Scheduled") or connector is None:
            return
        down = x.req.get("type") == "Inoperative"
        numbers = range(self.connectors + 1) if connector == 0 else (connector,)
        for number in numbers:
            self.inoperative.setdefault(number, Changes()).add(x.end_seq, down)

    # --- triggers ---------------------------------------------------------------------------

    def _triggers(self, x: Exchange) -> None:
        wanted = str(x.req.get("requestedMessage"))
        names = EXTENDED_ACTION if x.name == "ExtendedTriggerMessage" else STANDARD_ACTION
        action, connector = names.get(wanted, wanted), integer(x.req.get("connectorId"))
        self._due = [due for due in self._due if due[0] != action]
        if action in ("StatusNotification", "MeterValues") and connector is None:
            self._due += [(action, n) for n in range(max(self.connectors, 1) + 1)]
        elif action in ("StatusNotification", "MeterValues"):
            self._due.append((action, connector))
        else:
            self._due.append((action, None))

    def _mark_triggered(self, x: Exchange) -> None:
        if not self._due:
            return
        about = (x.name, integer(x.req.get("connectorId")))
        if x.name not in ("StatusNotification", "MeterValues"):
            about = (x.name, None)
        if about in self._due:
            self._due.remove(about)
            self.triggered.add(x.seq)

    # --- reports ----------------------------------------------------------------------------

    def _report(self, x: Exchange) -> None:
        connector, status = integer(x.req.get("connectorId")), str(x.req.get("status"))
        if connector is None:
            return
        self.reports.append(StatusReport(x, connector, status, x.seq in self.triggered))
        self.statuses.setdefault(connector, Changes()).add(x.seq, status)

    def status_at(self, connector: int, seq: int) -> str | None:
        """Last report of a connector before event `seq`."""
        changes = self.statuses.get(connector)
        return None if changes is None else changes.at(seq)

    # --- transactions -----------------------------------------------------------------------

    def _start(self, x: Exchange) -> None:
        connector, tag = integer(x.req.get("connectorId")), str(x.req.get("idTag"))
        meter = integer(x.req.get("meterStart"))
        if connector is None or meter is None:
            return
        for t in reversed(self.transactions):
            again = (t.connector, t.id_tag, t.meter_start) == (connector, tag, meter)
            if again and t.number is None and t.is_open and t.starts:
                t.starts.append(x)
                return
        made = Transaction(connector, tag, meter, [x], instant(x.req.get("timestamp")))
        self.transactions.append(made)
        self._use_reservation(x)

    def _started(self, x: Exchange) -> None:
        for t in reversed(self.transactions):
            if x in t.starts:
                number = integer(x.conf.get("transactionId"))
                info = x.conf.get("idTagInfo")
                if t.number is None or t.number == number:
                    t.number, t.numbered_seq = number, x.end_seq
                    t.status = str(info.get("status")) if isinstance(info, dict) else ""
                return

    def _stop(self, x: Exchange) -> None:
        found = self.of_number(integer(x.req.get("transactionId")), x.seq)
        if found is not None:
            found.stops.append(x)

    def of_number(self, number: int | None, seq: int) -> Transaction | None:
        """The transaction with this transactionId as it was known before event `seq`."""
        if number is None:
            return None
        if number == NEVER_GIVEN:
            unknown = [t for t in self.transactions if t.number is None]
            open_ = [t for t in unknown if t.is_open]
            return next(iter(open_), unknown[-1] if unknown else None)
        for t in reversed(self.transactions):
            if t.number == number and t.numbered_seq < seq:
                return t
        return None

    def running(self, connector: int, seq: int) -> Transaction | None:
        """The transaction of a connector when event `seq` happened."""
        for t in reversed(self.transactions):
            if t.connector == connector and t.is_running_at(seq):
                return t
        return None

    # --- reservations -----------------------------------------------------------------------

    def _reserved(self, x: Exchange) -> None:
        number = integer(x.req.get("reservationId"))
        if not x.is_accepted or number is None:
            return
        for r in self.reservations:
            if r.number == number and r.ended_seq is None:
                r.ended_seq = x.end_seq
        self.reservations.append(
            Reservation(
                number, integer(x.req.get("connectorId")) or 0, str(x.req.get("idTag")),
                str(x.req.get("parentIdTag", "")), instant(x.req.get("expiryDate")), x.end_seq,
            )
        )  # fmt: skip

    def _cancelled(self, x: Exchange) -> None:
        for r in self.reservations:
            if x.is_accepted and r.ended_seq is None and r.number == x.req.get("reservationId"):
                r.ended_seq = x.end_seq

    def _use_reservation(self, x: Exchange) -> None:
        for r in self.reservations:
            if r.ended_seq is None and r.number == x.req.get("reservationId"):
                r.ended_seq = x.seq

    # --- the end ----------------------------------------------------------------------------

    def snapshot(self) -> Background:
        """How things stand at the end of the log."""
        newest = {t.connector: t for t in self.transactions}
        kept = [t for t in self.transactions if t.is_open or newest[t.connector] is t]
        registers = dict(self.before.registers)
        for t in self.transactions:
            meter = integer(t.stops[-1].req.get("meterStop")) if t.stops else t.meter_start
            registers[t.connector] = t.meter_start if meter is None else meter
        return Background(
            configuration={k: c.last() for k, c in self.configuration.items()},
            readonly=dict(self.readonly),
            transactions=tuple(
                Transaction(t.connector, t.id_tag, t.meter_start, [], t.start_utc_s, t.number,
                            t.status, 0, t.stops[-1:])
                for t in kept
            ),
            statuses={n: c.last() or "" for n, c in self.statuses.items()},
            registers=registers,
            inoperative={n: bool(c.last()) for n, c in self.inoperative.items()},
            reservations=tuple(
                Reservation(r.number, r.connector, r.id_tag, r.parent, r.expiry_utc_s)
                for r in self.reservations if r.ended_seq is None
            ),
            local_list=self.cards.local_list.last(),
            list_version=self.cards.list_version.last(),
            infos=self.cards.remembered(),
            cache_known=self.before.cache_known or bool(self.cards.cache_cleared),
            registration=self.registration.last() or "",
            boot=self.boots[-1].req if self.boots else self.before.boot,
            has_started=self.before.has_started
            or any(t.starts for t in self.transactions),
            given=self.before.given,
        )  # fmt: skip
