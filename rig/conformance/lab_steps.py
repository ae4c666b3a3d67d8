"""The physical words of a case: cable, card, energy, lock; they act through the bench."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

from drivers.ports import PromptKind
from rig.bench import Bench, Card, Cards, Plug
from rig.clock import Clock
from rig.config.edition import Edition
from rig.config.parameters import Parameters
from rig.conformance.case_steps import CaseSteps
from rig.conformance.evidence import Evidence, Unprepared
from rig.csms.cards import CardRegistry, IdTagInfo

ENERGY_TIMEOUT_S = 10.0
"""Lab seconds for the contactor: IEC 61851-1 gives 3 s after C2; a slow sensor needs more."""

_VOLTAGE = {True: "voltage present", False: "no voltage"}

OFFER_SLACK_A = 0.5
VOLTAGE_V = 230.0
"""Of a phase: what makes watts of amperes (station behaviour 12.3)."""
CANNOT_TELL = "cannot tell"
CAN_TELL = ("yes", "no", CANNOT_TELL)
VENDOR_ID = "org.example.rig"
STORAGE_FULL = "local-list-storage-full"
"""What the emulated station calls it."""

POLL_S = 0.1  # real seconds between two looks at the plug's inputs


class LabSteps(CaseSteps):
    """What happens at the station under test, and what can be seen there.

    Attributes:
        bench: the lab.
        connector_id: of the connector under test.
    """

    def __init__(
        self,
        bench: Bench,
        clock: Clock,
        evidence: Evidence,
        parameters: Parameters,
        edition: Edition,
    ) -> None:
        super().__init__(clock, evidence, parameters, edition)
        self.bench = bench
        self.connector_id = parameters.connector_id

    @property
    def plug(self) -> Plug:
        """Tester plug on the connector under test."""
        for plug in self.bench.plugs.values():
            if plug.connector_id == self.connector_id:
                return plug
        raise Unprepared(f"the bench has no tester plug on connector {self.connector_id}")

    @property
    def cards(self) -> Cards:
        """Test cards of the bench."""
        return self.bench.cards

    async def insert(self) -> None:
        """Put the cable in: CP A to B."""
        with self.evidence.step("plug in: cable into the station, CP A to B"):
            await self.plug.insert()

    async def request_energy(self) -> None:
        """The EV closes S2: CP B to C."""
        with self.evidence.step("EV requests energy: CP B to C"):
            await self.plug.request_energy()

    async def unplug_ev(self) -> None:
        """Pull the cable at the EV: CP to A, the plug stays in the station."""
        with self.evidence.step("unplug at the EV: CP to A"):
            await self.plug.unplug_ev()

    async def unplug(self) -> None:
        """Take the cable out on both sides."""
        with self.evidence.step("unplug both sides"):
            await self.plug.unplug()

    async def present(self, card: Card) -> None:
        """Hold a card to the reader."""
        with self.evidence.step(f"present card {card.name} ({card.id_tag})"):
            await self.bench.cards.present(card.name)

    async def confirm_energy_flows(self, flowing: bool = True) -> None:
        """Check at the plug that the contactor follows: voltage there, or gone."""
        what = "energy flows" if flowing else "no energy flows"
        with self.evidence.step(f"look at the plug: {what}"):
            seen = await self._poll_energy(flowing)
            if seen is None:
                question = f"Is there voltage at the tester plug of connector {self.connector_id}?"
                seen = await self.ask(question) == "yes"
        self.check(
            f"{what} at the plug",
            seen is flowing,
            "manual check of the case; IEC 61851-1, table A.6",
            expected=_VOLTAGE[flowing],
            seen=_VOLTAGE[seen],
            kind="manual",
        )

    async def _poll_energy(self, flowing: bool) -> bool | None:
        deadline = self.clock.now() + ENERGY_TIMEOUT_S
        while True:
            seen = await self._sees_energy(flowing)
            if seen in (flowing, None) or self.plug.is_manual or self.clock.now() >= deadline:
                return seen
            await self.clock.sleep(POLL_S * self.clock.scale)

    async def _sees_energy(self, flowing: bool) -> bool | None:
        if flowing or self.plug.is_manual:
            return await self.plug.energy_flows()
        # Voltage at a plug that nobody charges at is energy, too.
        return (await self.plug.read()).voltage_present

    async def confirm_nothing_offered(self) -> None:
        """Check at the pilot that it is steady. Only where the plug reads the duty cycle."""
        offered = await self.plug.offered_current()
        if offered is None:
            return
        self.check(
            "the pilot offers nothing",
            offered == 0.0,
            "manual check of the case; IEC 61851-1, table A.8",
            expected="steady pilot",
            seen=f"{offered:.1f} A" if offered else "steady pilot",
            kind="manual",
        )

    async def confirm_offered(self, limit: float, unit: str, *, exactly: bool = False) -> None:
        """Check that the EV is offered no more than `limit`, or just that.

        Read at the pilot where the plug measures it; on a virtual bench the vehicle tells;
        else a person looks.

        Args:
            limit: of a charging profile.
            unit: A per phase, or W of all phases.
            exactly: less is wrong, too.
        """
        watts_per_a = VOLTAGE_V * self.parameters.number_phases
        most = limit if unit == "A" else limit / watts_per_a
        claim = f"the EV is offered {'just' if exactly else 'no more than'} {most:g} A"
        least = most - OFFER_SLACK_A if exactly else 0.0
        with self.evidence.step(f"look at the pilot: {claim}"):
            offered = await self._poll_offer(least, most + OFFER_SLACK_A)
            if offered is not None:
                ok, seen = least < offered <= most + OFFER_SLACK_A, f"{offered:.1f} A"
            else:
                seen = await self.ask(f"Connector {self.connector_id}: {claim}?", CAN_TELL)
                ok = seen == "yes"
        self.check(
            claim,
            ok,
            "manual check of the case; IEC 61851-1, table A.8",
            expected=f"{'' if exactly else '<= '}{most:g} A",
            seen=seen,
            kind="manual",
            severity="warn" if seen == CANNOT_TELL else "error",
        )

    async def _poll_offer(self, least: float, most: float) -> float | None:
        deadline = self.clock.now() + ENERGY_TIMEOUT_S
        while True:
            offered = await self._offered_a()
            if offered is None or least < offered <= most or self.clock.now() >= deadline:
                return offered
            await self.clock.sleep(POLL_S * self.clock.scale)

    async def _offered_a(self) -> float | None:
        offered = await self.plug.offered_current()
        if offered is None and self.bench.virtual is not None:
            told = await self.bench.virtual.control("connector", connector=self.connector_id)
            shown = told.get("offered_a") if isinstance(told, dict) else None
            return float(shown) if isinstance(shown, int | float) else 0.0
        return offered

    async def pass_time(self, lab_s: float, why: str) -> None:
        """Let so many lab seconds pass."""
        with self.evidence.step(f"wait {lab_s:.0f} s: {why}"):
            await self.clock.sleep(lab_s)

    async def unplug_station(self) -> None:
        """Take the cable out of the station; its EV side is out already."""
        with self.evidence.step("unplug at the station"):
            await self.plug.unplug_station()

    async def hold_lock(self, *, closed: bool) -> None:
        """Hold the bolt of the socket's lock open or closed, so that it does not move.

        Raises:
            Unprepared: it is read back as open although it is held closed.
        """
        where = "closed" if closed else "open"
        await self._lock(f"hold the bolt of the lock {where}", blocked=True, closed=closed)
        if closed and (await self.plug.read()).plug_locked is False:
            raise Unprepared("the bolt of the lock is not closed although it is held so")

    async def release_lock(self) -> None:
        """Let the bolt go."""
        await self._lock("let the bolt of the lock go", blocked=False, closed=None)

    async def _lock(self, what: str, *, blocked: bool, closed: bool | None) -> None:
        with self.evidence.step(what):
            number = self.connector_id
            if self.bench.virtual is not None:
                await self.bench.virtual.control(
                    "block_lock", connector=number, blocked=blocked, closed=closed
                )
                return
            await self.ask(f"Please {what} of connector {number}.", ("done",))

    async def cause_data_transfer(self) -> None:
        """Have the station send a DataTransfer, in whatever way its maker has given it."""
        with self.evidence.step("make the station send a DataTransfer"):
            if self.bench.virtual is not None:
                # The mock's command returns with the answer, which the case has to see first.
                await self.bench.virtual.control("data_transfer", vendor_id=VENDOR_ID)
                return
            await self.ask("Please make the station send a DataTransfer.", ("done",))

    @asynccontextmanager
    async def full_storage(self) -> AsyncIterator[None]:
        """Inside the block the station cannot store its local list."""
        await self._storage("fill the station's storage for the local list", full=True)
        try:
            yield
        finally:
            await self._storage("make room again for the station's local list", full=False)

    async def _storage(self, what: str, *, full: bool) -> None:
        with self.evidence.step(what):
            if self.bench.virtual is not None:
                await self.bench.virtual.control("defect", name=STORAGE_FULL, on=full)
                return
            await self.ask(f"Please {what}.", ("done",))

    @contextmanager
    def lend_card(
        self, registry: CardRegistry, *but: Card, parent: str | None = None
    ) -> Iterator[Card]:
        """Another card, accepted inside the block.

        What a card is worth is the Central System's to say: a bench with one accepted card lends
        one of the others.

        Args:
            registry: of the Central System.
            *but: cards that are in use.
            parent: parentIdTag of the card.

        Raises:
            Unprepared: the bench has too few cards.
        """
        free = [card for card in self.cards.all if card not in but]
        if not free:
            raise Unprepared("the case needs one more card than the bench has")
        card = next((c for c in free if c.status == "Accepted"), free[0])
        with registry.instead(card.id_tag, IdTagInfo("Accepted", parent)):
            yield card

    async def confirm_locked(self) -> None:
        """Check that the socket holds the plug."""
        if self.plug.fixed_cable:
            return
        locked = (await self.plug.read()).plug_locked
        if locked is None:
            locked = await self.ask("Is the plug locked in the station?") == "yes"
        self.check(
            "the socket lock stays closed",
            locked,
            "manual check of the case; OCPP 1.6, 9.1 UnlockConnectorOnEVSideDisconnect",
            expected="plug locked",
            seen="plug locked" if locked else "plug released",
            kind="manual",
        )

    async def confirm_unlocked(self) -> None:
        """Check that the socket has released the plug."""
        if self.plug.fixed_cable:
            return
        deadline = self.clock.now() + ENERGY_TIMEOUT_S
        locked = (await self.plug.read()).plug_locked
        while locked and self.clock.now() < deadline:
            await self.clock.sleep(POLL_S * self.clock.scale)
            locked = (await self.plug.read()).plug_locked
        if locked is None:
            locked = await self.ask("Can the plug be pulled out of the station?") == "no"
        self.check(
            "the socket lock opens by itself",
            not locked,
            "manual check of the case; OCPP 1.6, 9.1 UnlockConnectorOnEVSideDisconnect",
            expected="plug released",
            seen="still locked" if locked else "plug released",
            kind="manual",
        )

    async def confirm_released_without_load(self) -> None:
        """Check that a plug that is free by now has no voltage any more."""
        seen = await self.plug.read()
        if seen.plug_locked is not False or seen.voltage_present is None:
            return
        self.check(
            "the lock opens only after the energy has stopped",
            not seen.voltage_present,
            "manual check of the case; OCPP 1.6, 5.18",
            expected=_VOLTAGE[False],
            seen=_VOLTAGE[seen.voltage_present],
            kind="manual",
        )

    async def look(self, claim: str, question: str) -> None:
        """Have the operator confirm what only eyes can see, in laboratories that want that.

        Args:
            claim: what must be so, for the report.
            question: for the operator, to be answered with yes.
        """
        if not self.parameters.visual_checks:
            return
        answer = await self.ask(question)
        self.check(
            claim,
            answer == "yes",
            "manual check of the case",
            expected="yes",
            seen=answer,
            kind="manual",
        )

    async def ask(self, question: str, choices: Sequence[str] = ("yes", "no")) -> str:
        """Ask the operator; without an answer in time the run is inconclusive."""
        timeout_s = self.clock.real(self.parameters.long_operation_timeout)
        kind = PromptKind.PHYSICAL if "done" in choices else PromptKind.LOOK
        return await self.bench.operator.ask(question, choices, timeout_s, kind=kind)
