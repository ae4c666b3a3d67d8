"""The words in which a case with a station under test is written.

A case says only what the test procedure says. Physical words are in `lab_steps`, those of OCPP
in `wire_steps` and `command_steps`; here are power and transactions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property

from rig.conformance.command_steps import CommandSteps
from rig.conformance.evidence import Phase, StepFailed, Unprepared
from rig.conformance.inbox import Expectation, Received
from rig.conformance.wire_steps import QUIET_S
from rig.jsontypes import Json
from rig.ocppj.frames import Payload

__all__ = ["QUIET_S", "StationCase"]


class StationCase(CommandSteps):
    """Context of one case run, with the transaction that it is about."""

    _transaction: Received | None = None

    @property
    def reservations(self) -> list[int]:
        """Reservations that the station may have; those that are left are cancelled."""
        return self.csms.station.reservations

    @cached_property
    def lasting(self) -> list[tuple[str, Payload]]:
        """CALLs that clean-up sends, the newest first: they undo what outlives the case."""
        return []

    def undo_later(self, action: str, **payload: Json) -> None:
        """Have clean-up send this CALL, once, whatever becomes of the case."""
        if (action, payload) not in self.lasting:
            self.lasting.append((action, payload))

    @property
    def unknown_connector(self) -> int:
        """A connectorId that the station does not have."""
        return self.connectors + 1

    @contextmanager
    def at(self, connector_id: int) -> Iterator[None]:
        """Inside the block another connector is the one under test."""
        before, self.connector_id = self.connector_id, connector_id
        try:
            yield
        finally:
            self.connector_id = before

    @contextmanager
    def preparing(self) -> Iterator[None]:
        """Inside the block a state is reached: nothing of it is judged by the status rules.

        For a state that has to be reached inside a context of the case; others are named with it.
        """
        self.inbox.drain()
        self.evidence.enter(Phase.PREPARATION)
        yield
        self.inbox.skip()
        self.evidence.enter(Phase.STEPS)

    def may_give_up_waiting(self) -> None:
        """A cable that nobody identifies for may be Finishing after ConnectionTimeOut (B6)."""
        self.inbox.tolerate(self.status_of("Finishing"))

    async def insert_in_time(self, preparing: Received) -> None:
        """Put the cable in before the station gives up waiting for it.

        Args:
            preparing: the report with which ConnectionTimeOut began.

        Raises:
            Unprepared: the bench took longer than that.
        """
        await self.insert()
        limit_s = self.parameters.connection_timeout
        late_s = self.clock.now() - preparing.t_s
        if late_s > limit_s:
            raise Unprepared(
                f"the cable came {late_s:.0f} s after Preparing, later than ConnectionTimeOut "
                f"({limit_s} s); repeat the case, or set connection_timeout higher"
            )

    async def power_cycle(self) -> None:
        """Mains of the station off and on; a socket still open is half-open and dropped."""
        with self.evidence.step("mains off"):
            await self.bench.mains.off()
        await self.power_back()

    async def power_back(self) -> None:
        """Mains on again, `power_off_time` after they went: nothing of the station is alive."""
        off_s = self.parameters.power_off_time
        with self.evidence.step(f"mains stay off for {off_s} s, then on"):
            await self.csms.drop()
            await self.clock.sleep(off_s)
            await self.bench.mains.on()

    # --- the transaction --------------------------------------------------------------------

    @property
    def transaction_id(self) -> int:
        """The transactionId that the Central System gave to the last StartTransaction.

        Raises:
            StepFailed: no transaction was started in this case.
        """
        if self._transaction is None:
            raise StepFailed("no transaction was started")
        answer = self.answer(self._transaction.entry)
        transaction_id = answer.get("transactionId")
        if not isinstance(transaction_id, int):
            raise StepFailed("StartTransaction was not answered with a transactionId")
        return transaction_id

    async def started(
        self,
        id_tag: str,
        *beside: Expectation,
        reservation_id: int | None = None,
        within: float | None = None,
        charging_optional: bool = False,
    ) -> Received:
        """Wait for StartTransaction and Charging, in any order, and check the former.

        Args:
            id_tag: who charges.
            *beside: what else may or must come in the same group.
            reservation_id: that the transaction uses; None for none.
            within: lab seconds, `message_timeout` when absent.
            charging_optional: the report may be missing.
        """
        start = Expectation(
            "StartTransaction", fields={"connectorId": self.connector_id, "idTag": id_tag}
        )
        charging = self.status_of("Charging", optional=charging_optional)
        await self.expect_all(start, charging, *beside, within=within)
        self._transaction = found = start.received
        carries = (
            "no reservationId" if reservation_id is None else f"reservationId {reservation_id}"
        )
        self.check(
            f"StartTransaction carries {carries}",
            found["reservationId"] == reservation_id,
            "rule M7.5",
            expected="absent" if reservation_id is None else reservation_id,
            seen=found["reservationId"],
            seqs=(found.seq,),
        )
        return found

    async def stopped(
        self,
        *reasons: str,
        id_tag: str | None = None,
        statuses: Sequence[str] = ("Finishing",),
        within: float | None = None,
        status_optional: bool = False,
    ) -> Received:
        """Wait for StopTransaction and Finishing, in any order, and check the former.

        Args:
            *reasons: permitted reasons; "" stands for an absent one.
            id_tag: permitted idTag; None when a card has no part in it.
            statuses: that may be reported with it.
            within: lab seconds, `message_timeout` when absent.
            status_optional: the report may be missing.
        """
        stop = Expectation("StopTransaction")
        report = self.status_of(*statuses, optional=status_optional)
        await self.expect_all(stop, report, within=within)
        self.check_stop(stop.received, *reasons, id_tag=id_tag)
        return stop.received

    def check_stop(self, stop: Received, *reasons: str, id_tag: str | None = None) -> None:
        """Check transactionId, meterStop, reason and idTag of a StopTransaction."""
        self.check_fields(stop, transactionId=self.transaction_id)
        begun, last = self._transaction, stop["meterStop"]
        first = None if begun is None else begun["meterStart"]
        if isinstance(first, int) and isinstance(last, int):
            self.check(
                "StopTransaction.meterStop is not below meterStart",
                last >= first,
                "rule M7.3",
                expected=f">= {first}",
                seen=last,
                seqs=(stop.seq,),
            )
        reason = str(stop["reason"] or "")
        self.check(
            f"StopTransaction.reason is {' or '.join(r or 'absent' for r in reasons)}",
            reason in reasons,
            "steps of the case; rule M7.9",
            expected=" or ".join(r or "absent" for r in reasons),
            seen=reason or "absent",
            seqs=(stop.seq,),
        )
        if id_tag is not None and stop["idTag"] is not None:
            self.check_fields(stop, idTag=id_tag)
