"""The words of a case about what the station under test sends.

They act through the Central System, do the waiting and keep the evidence.
"""

from __future__ import annotations

from collections.abc import Sequence

from rig.bench import Bench
from rig.clock import Clock
from rig.config.edition import Edition
from rig.config.models import FilesConfig
from rig.config.parameters import Parameters
from rig.conformance import missing_status
from rig.conformance.catalogue import Role
from rig.conformance.evidence import Evidence, Phase, Strayed
from rig.conformance.inbox import (
    ALWAYS_FREE,
    Expectation,
    Inbox,
    Missing,
    Received,
    describe,
)
from rig.conformance.lab_steps import LabSteps
from rig.csms.server import CentralSystem
from rig.jsontypes import Json
from rig.ocppj.frames import CallResult, Payload
from rig.ocppj.wirelog import WireEntry

QUIET_S = 5.0
"""Lab seconds for which a station is watched that has been told not to act."""


class WireSteps(LabSteps):
    """Context of one case run.

    Attributes:
        csms: the Central System; `s.csms.replies.script(...)`.
        variant: name of the variant, "" if the case has none.
        connectors: NumberOfConnectors of the station.
        facts: what the PICS declares.
        files: firmware images, and how files travel.
        evidence: what has been found out.
        may_be_missing: reports that rule D1 excuses, with its number.
    """

    role = Role.STATION

    def __init__(
        self,
        bench: Bench,
        csms: CentralSystem,
        clock: Clock,
        evidence: Evidence,
        parameters: Parameters,
        edition: Edition,
        *,
        connectors: int,
        facts: dict[str, object],
        files: FilesConfig,
        variant: str = "",
    ) -> None:
        super().__init__(bench, clock, evidence, parameters, edition)
        self.csms = csms
        self.connectors = connectors
        self.facts = facts
        self.files = files
        self.variant = variant
        self.inbox = Inbox(csms.log, clock)
        self.auth_remote = False
        self.may_be_missing: list[tuple[Expectation, str]] = []

    # --- what the station sends -------------------------------------------------------------

    async def expect(
        self,
        action: str,
        *,
        within: float | None = None,
        free: frozenset[str] = ALWAYS_FREE,
        **fields: Json,
    ) -> Received:
        """Wait for a CALL and check its fields.

        Args:
            action: name of the action.
            within: lab seconds, `message_timeout` when absent.
            free: actions that may come in between.
            **fields: what the payload must say.

        Raises:
            Strayed: it did not come in time.
        """
        wanted = Expectation(action, fields=fields)
        await self.expect_all(wanted, within=within, free=free)
        return wanted.received

    async def expect_all(
        self,
        *group: Expectation,
        within: float | None = None,
        free: frozenset[str] = ALWAYS_FREE,
        patient: bool = False,
    ) -> None:
        """Wait for several CALLs in any order.

        Args:
            *group: what is waited for; those that are optional may come later, or never.
            within: lab seconds, `message_timeout` when absent.
            free: actions that may come in between.
            patient: wait for what is optional, too, as long as there is time.

        Raises:
            Strayed: one that is not optional did not come in time.
        """
        timeout_s = self.parameters.message_timeout if within is None else within
        text = " and ".join(str(e) for e in group)
        with self.evidence.step(f"wait for {text}"):
            try:
                await self.inbox.wait(group, timeout_s, free=free, patient=patient)
            except Missing as missing:
                await self.bench.prove()  # a dead bench is no fault of the station
                await self._came(group)
                self._missing(missing, timeout_s)
        await self._came(group)

    async def _came(self, group: Sequence[Expectation]) -> None:
        for wanted in group:
            if wanted.found is None:
                continue
            await self.answered(wanted.found)
            if not wanted.optional:  # else it could not fail
                self.check(
                    f"{wanted} received",
                    True,
                    "steps of the case",
                    expected=str(wanted),
                    seen=describe(wanted.found),
                    seqs=(wanted.found.seq,),
                )
            self.check_fields(wanted.found, **wanted.fields)

    def _missing(self, missing: Missing, timeout_s: float) -> None:
        for wanted in missing.expected:
            status = wanted.action == "StatusNotification"
            self.evidence.absent += not status
            self.check(
                f"{wanted} received",
                False,
                "rule D1" if status else "steps of the case",
                expected=f"{wanted} within {timeout_s:g} s",
                seen=", ".join(describe(r) for r in missing.instead) or "nothing",
                seqs=[r.seq for r in missing.instead],
            )
        self.evidence.strayed = True
        raise Strayed(f"{missing} (waited {timeout_s:g} s)")

    async def status(
        self, *statuses: str, connector_id: int | None = None, within: float | None = None
    ) -> Received:
        """Wait for a StatusNotification of the connector under test, or of `connector_id`."""
        wanted = self.status_of(*statuses, connector_id=connector_id)
        await self.expect_all(wanted, within=within)
        return wanted.received

    def status_of(
        self, *statuses: str, connector_id: int | None = None, optional: bool = False
    ) -> Expectation:
        """A StatusNotification to wait for in a group; rule D1 tells whether it may be missing."""
        number = self.connector_id if connector_id is None else connector_id
        wanted = Expectation(
            "StatusNotification", {"connectorId": number, "status": tuple(statuses)}, optional
        )
        excuse = [missing_status.exception(self.evidence.octt_id, s, self.facts) for s in statuses]
        if excuse and all(excuse) and self.evidence.phase is Phase.STEPS:
            wanted.optional = True
            self.may_be_missing += [(wanted, e.rule) for e in excuse[:1] if e is not None]
        return wanted

    async def next_meter_values(self, *, within: float) -> Received:
        """Wait for MeterValues of the connector under test."""
        values = Expectation("MeterValues", {"connectorId": self.connector_id})
        await self.expect_all(values, within=within)
        return values.received

    async def nothing(
        self,
        *forbidden: str,
        during: float,
        why: str,
        free: frozenset[str] = ALWAYS_FREE,
    ) -> None:
        """Check for `during` lab seconds that none of the `forbidden` comes.

        Args:
            *forbidden: actions, or "Action:value" with the value of status.
            during: lab seconds.
            why: the requirement.
            free: actions that may come.
        """
        with self.evidence.step(f"for {during:g} s: no {', '.join(forbidden)}"):
            seen = await self.inbox.watch(during, free=free)
        await self.bench.prove()
        self._none(seen, forbidden, f"for {during:g} s", why, "error")

    async def look_on(self, lab_s: float, what: str) -> None:
        """Watch for so many lab seconds what comes; nothing is checked yet."""
        with self.evidence.step(f"look on for {lab_s:g} s: {what}"):
            await self.inbox.watch(lab_s)

    def mark(self) -> int:
        """This moment, for `none_since`."""
        return len(self.csms.log.entries)

    def none_since(
        self,
        mark: int,
        *forbidden: str,
        what: str,
        why: str,
        severity: str = "error",
        connector_id: int | None = None,
    ) -> None:
        """Check that none of the `forbidden` has come since `mark`.

        Args:
            mark: from `mark()`.
            *forbidden: as in `nothing`.
            what: the time that is meant, in words.
            why: the requirement.
            severity: of the check.
            connector_id: only what is about this one counts; None for all.
        """
        seen = [r for r in self.calls_since(mark) if connector_id in (None, r["connectorId"])]
        self._none(seen, forbidden, what, why, severity)

    def calls_since(self, mark: int) -> list[Received]:
        """Every CALL of the station since `mark`."""
        entries = [e for e in self.csms.log.entries[mark:] if e.direction == "in"]
        return [Received(e, e.call.action, e.call.payload) for e in entries if e.call is not None]

    def _none(
        self, seen: Sequence[Received], forbidden: Sequence[str], what: str, why: str, severity: str
    ) -> None:
        bad = [r for r in seen if _is_forbidden(r, forbidden)]
        self.check(
            f"no {', '.join(forbidden)} {what}",
            not bad,
            why,
            expected="none",
            seen=", ".join(map(describe, bad)) or "none",
            seqs=[r.seq for r in bad],
            severity=severity,
        )

    def check_fields(self, received: Received, **fields: Json) -> None:
        """Check fields of a CALL. idTags compare without case; "*" is any value."""
        for name, wanted in fields.items():
            got = received[name]
            self.check(
                f"{received.action}.{name} is {'there' if wanted == '*' else wanted}",
                _equal(name, got, wanted),
                f"steps of the case; OCPP 1.6, {received.action}.req",
                expected="any value" if wanted == "*" else wanted,
                seen=got,
                seqs=(received.seq,),
            )

    async def answered(self, received: Received) -> None:
        """Return once a CALL of the station has been answered, or never can be any more."""
        entry, log = received.entry, self.csms.log
        while log.answer_to(entry) is None and self.csms.connection == entry.connection:
            await log.grow(len(log.entries))

    def answer(self, call: WireEntry) -> Payload:
        """Payload of the answer to a CALL; {} when there is none."""
        entry = self.csms.log.answer_to(call)
        return entry.frame.payload if entry and isinstance(entry.frame, CallResult) else {}


def _is_forbidden(received: Received, forbidden: Sequence[str]) -> bool:
    for token in forbidden:
        action, _, value = token.partition(":")
        if action in ("*", received.action) and value in ("", received["status"]):
            return True
    return False


def _equal(name: str, got: Json, wanted: Json) -> bool:
    if wanted == "*":
        return got is not None
    if name in ("idTag", "parentIdTag") and isinstance(got, str) and isinstance(wanted, str):
        return got.casefold() == wanted.casefold()
    return got == wanted
