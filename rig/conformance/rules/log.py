"""A log as rules look at it: exchanges by action, connections, disturbances. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf

from rig.conformance.catalogue import Role
from rig.conformance.exchanges import Exchange, exchanges
from rig.conformance.rules.history import History
from rig.conformance.rules.scope import Scope
from rig.ocppj.wirelog import WireEntry

TRANSACTION_RELATED = ("StartTransaction", "StopTransaction", "MeterValues")
INSTALLING = ("Installing", "InstallRebooting", "Installed")


@dataclass(frozen=True, slots=True)
class Span:
    """A connection: from when to when, in lab seconds, and how it ended."""

    connection: int
    start_s: float
    end_s: float
    opened: WireEntry | None
    closed: WireEntry | None


class Log:
    """The log of a case.

    Args:
        entries: in order.
        scope: what is known beside them.

    Attributes:
        incoming: CALLs of the device under test.
        outgoing: CALLs of the tool.
        station: CALLs of the station, whoever is under test.
        csms: CALLs of the Central System, whoever is under test.
        history: what they say about the station.
        kept: what a rule has worked out for others, by name.
    """

    def __init__(self, entries: Sequence[WireEntry], scope: Scope) -> None:
        self.entries = entries
        self.scope = scope
        self.incoming = exchanges(entries, "in", scope.end_s)
        self.outgoing = exchanges(entries, "out", scope.end_s)
        played = scope.role is Role.CSMS
        self.station = self.outgoing if played else self.incoming
        self.csms = self.incoming if played else self.outgoing
        self.history = History(self.station, self.csms, scope.before, scope.connectors)
        self.kept: dict[str, object] = {}
        self._by_action: dict[tuple[int, str], list[Exchange]] = {}
        for side, found in enumerate((self.station, self.csms)):
            for x in found:
                self._by_action.setdefault((side, x.name), []).append(x)

    def asked(self, *actions: str) -> list[Exchange]:
        """CALLs of the station with these actions, in order."""
        return self._of(0, actions)

    def told(self, *actions: str) -> list[Exchange]:
        """CALLs of the Central System with these actions, in order."""
        return self._of(1, actions)

    def _of(self, side: int, actions: tuple[str, ...]) -> list[Exchange]:
        if len(actions) == 1:
            return self._by_action.get((side, actions[0]), [])
        found = [x for action in actions for x in self._by_action.get((side, action), ())]
        return sorted(found, key=lambda x: x.seq)

    def asked_about(self, action: str, tag: str) -> list[Exchange]:
        """CALLs of the station with this action and this idTag, in lower case."""
        return self._by_tag.get((action, tag), [])

    @cached_property
    def _by_tag(self) -> dict[tuple[str, str], list[Exchange]]:
        found: dict[tuple[str, str], list[Exchange]] = {}
        for x in self.station:
            if "idTag" in x.req:
                found.setdefault((x.name, str(x.req["idTag"]).casefold()), []).append(x)
        return found

    @cached_property
    def uses(self) -> dict[str, list[int]]:
        """Places where a transaction of a lower-case idTag was started or stopped, in order."""
        found: dict[str, list[int]] = {}
        for t in self.history.transactions:
            places = found.setdefault(t.id_tag.casefold(), [])
            places += [x.seq for x in (*t.starts, *t.stops)]
        return {tag: sorted(places) for tag, places in found.items()}

    # --- connections ------------------------------------------------------------------------

    @cached_property
    def spans(self) -> list[Span]:
        """Connections in order of their first sign of life."""
        opened: dict[int, WireEntry] = {}
        closed: dict[int, WireEntry] = {}
        order: dict[int, WireEntry] = {}
        for e in self.entries:
            if e.what == "connect":
                opened[e.connection] = e
            elif e.what == "close":
                closed[e.connection] = e
            if e.direction or e.what in ("connect", "close"):
                order.setdefault(e.connection, e)
        found = []
        for number in order:
            begin, end = opened.get(number), closed.get(number)
            found.append(
                Span(
                    number, begin.t_s if begin else -inf, end.t_s if end else inf, begin, end
                )
            )  # fmt: skip
        return found

    def connected_throughout(self, from_s: float, to_s: float) -> bool:
        """Whether one connection lasted from one moment to another."""
        return any(s.start_s <= from_s and to_s <= s.end_s for s in self.spans)

    def was_offline(self, utc_s: float) -> bool:
        """Whether there was no connection at a moment, as far as the log tells."""
        spans = self.spans
        return bool(spans) and not any(
            self._start_utc(s) <= utc_s <= self.scope.utc_s(s.end_s)
            if s.end_s != inf
            else self._start_utc(s) <= utc_s
            for s in spans
        )

    def _start_utc(self, span: Span) -> float:
        return -inf if span.start_s == -inf else self.scope.utc_s(span.start_s)

    def reconnects(self) -> list[tuple[Span, Span]]:
        """Each connection that came after the end of another, with that other."""
        pairs = zip(self.spans, self.spans[1:], strict=False)
        return [(a, b) for a, b in pairs if b.opened and a.end_s <= b.start_s]

    # --- settings ---------------------------------------------------------------------------

    @cached_property
    def _times(self) -> dict[int, float]:
        return {e.seq: e.t_s for e in self.entries}

    def in_force_since_s(self, key: str, seq: int) -> float:
        """Lab time when the value that a key had at event `seq` was read or written first."""
        changes = self.history.configuration.get(key.casefold())
        if changes is None:
            return -inf
        return self._times.get(changes.place_of_value(seq), -inf)

    # --- disturbances -----------------------------------------------------------------------

    @cached_property
    def _disturbances(self) -> list[float]:
        """When something happened after which a station may be busy with itself."""
        moments = [e.t_s for e in self.entries if e.what in ("connect", "close", "refused")]
        moments += [x.t_s for x in self.history.boots]
        moments += [x.ended_s for x in self.history.boots if x.answer]
        moments += [x.ended_s for x in self.history.resets]
        moments += [a.t_s for a in self.scope.acts if a.what == "mains"]
        for x in self.asked("FirmwareStatusNotification", "SignedFirmwareStatusNotification"):
            if x.req.get("status") in INSTALLING:
                moments.append(x.t_s)
        return sorted(moments)

    def disturbed(self, from_s: float, to_s: float) -> bool:
        """Whether a connection, a boot, a reset or the mains came or went after a moment."""
        place = bisect_right(self._disturbances, from_s)
        return place < len(self._disturbances) and self._disturbances[place] <= to_s

    @cached_property
    def _failures(self) -> list[float]:
        """When a transaction-related message was refused, or had no answer."""
        failed = [x.ended_s for x in self.asked(*TRANSACTION_RELATED) if not x.has_result]
        return sorted(failed)

    def hampered(self, from_s: float, to_s: float) -> bool:
        """Whether a transaction-related message failed in this time, so that others wait."""
        return bisect_right(self._failures, to_s) > bisect_left(self._failures, from_s)

    def powered_off(self, after: int, until: int) -> bool:
        """Whether the mains went off between two events."""
        return any(
            a.what == "mains" and a.data.get("on") is False and after < a.seq < until
            for a in self.scope.acts
        )

    @property
    def first_seq(self) -> int:
        """Place of the first entry."""
        return self.entries[0].seq if self.entries else 0

    @property
    def end_seq(self) -> int:
        """A place after the last entry."""
        return self.entries[-1].seq + 1 if self.entries else 1
