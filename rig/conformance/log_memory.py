"""What is known of a station from one case to the next: the log of a case starts in the middle."""

from __future__ import annotations

from dataclasses import replace

from rig.clock import Clock
from rig.conformance.catalogue import Role
from rig.conformance.exchanges import exchanges
from rig.conformance.rules.background import Background
from rig.conformance.rules.fields import integer
from rig.conformance.rules.log import Log
from rig.conformance.rules.scope import Scope
from rig.ocppj.wirelog import WireLog


class LogMemory:
    """Reads the wire log once, in parts.

    Args:
        log: of the device under test.
        role: of it.
        clock: lab time.
    """

    def __init__(self, log: WireLog, role: Role, clock: Clock) -> None:
        self._log = log
        self._role = role
        self._clock = clock
        self._read = 0
        self._known = Background()

    def until(self, index: int, connectors: int = 0) -> Background:
        """What the log says up to entry `index`, which is never before that of an earlier call."""
        entries = self._log.entries[self._read : index]
        if entries:
            scope = Scope(
                self._role, 0.0, 0.0, entries[-1].t_s, self._clock.utc_at, self._known,
                connectors=connectors,
            )  # fmt: skip
            log = Log(entries, scope)
            given = dict(self._known.given)
            if self._role is Role.CSMS:
                for x in exchanges(entries, "out", entries[-1].t_s):
                    number = integer(x.conf.get("transactionId"))
                    if x.name == "StartTransaction" and number is not None:
                        given[number] = x.end_seq
            self._known = replace(log.history.snapshot(), given=given)
            self._read = index
        return self._known
