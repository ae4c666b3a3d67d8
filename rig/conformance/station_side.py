"""The way to a station under test: through the bench and the Central System of the daemon."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import cast

from rig.bench import Bench
from rig.clock import Clock, DeadlineExceeded
from rig.config.models import BenchConfig
from rig.conformance import cases, intake
from rig.conformance.cases import Case
from rig.conformance.catalogue import Role
from rig.conformance.dut_watch import DutWatch, identity_of, read_configuration
from rig.conformance.evidence import Evidence
from rig.conformance.giving_back import give_back, written_in
from rig.conformance.plan import Plan
from rig.conformance.runner import StationRunner
from rig.conformance.sides import Ready, row_of
from rig.conformance.steps import StationCase
from rig.csms.server import CentralSystem
from rig.errors import BenchError
from rig.events import EventBus, Kind
from rig.jsontypes import Json
from rig.ocppj.endpoint import Error, Lost, TimedOut
from rig.runs import RunRecord
from rig.runs.configuration import Configuration
from rig.runs.records import CaseRecord

ABORTED_GIVES_BACK_S = 1.0
"""Real seconds that an abort has for it; a station that answers needs a few milliseconds."""


class StationSide:
    """Runs cases with the station of a bench.

    Args:
        bench: open.
        central_system: listening; the station connects to it.
        config: the bench file.
        bus: time line.
        clock: lab time.
        plan: what is to be run, and what is declared about the station.
        left_over: runs that have not given the station back as it came.
        restored: told of each of them once that is done, and when.
    """

    def __init__(
        self,
        bench: Bench,
        central_system: CentralSystem,
        config: BenchConfig,
        bus: EventBus,
        clock: Clock,
        *,
        plan: Plan,
        left_over: Sequence[RunRecord] = (),
        restored: Callable[[RunRecord, str], None],
    ) -> None:
        self.given_back = False
        self._bench = bench
        self._csms = central_system
        self._config = config
        self._bus = bus
        self._clock = clock
        self._intake = intake.case_of(plan.pics, assumed=plan.assumed)
        self._left_over = left_over
        self._restored = restored

    @asynccontextmanager
    async def open(self, facts: dict[str, object]) -> AsyncIterator[Ready]:
        """Prove the bench, give the station power, wait for it, read its configuration.

        At the end the station is given back as it came, also after an abort.

        Raises:
            BenchError: a device failed, or the station did not come.
        """
        await self._bench.prove()
        self._tell_self_test()
        self._bench.tell_warnings()
        for switch in (self._bench.mains, self._bench.network):
            if not switch.is_on:
                await switch.on()
        self._csms.replies.heartbeat_interval_s = self._config.parameters.heartbeat_interval
        self._csms.restore()
        await self._wait_registered()
        await self._find_alive()
        await self._tidy_up()
        timeout_s = self._answer_s
        came = await read_configuration(self._csms, timeout_s) or Configuration(self._csms.identity)
        connectors = self._connectors(came)

        def make(evidence: Evidence) -> StationCase:
            return StationCase(
                self._bench, self._csms, self._clock, evidence, self._config.parameters,
                self._config.edition, connectors=connectors, facts=facts, files=self._config.files,
            )  # fmt: skip

        runner = StationRunner(make, self._bench, self._clock)

        async def run_case(octt_id: str, evidence: Evidence, attempt: int) -> CaseRecord:
            case = cast("Case[StationCase]", cases.find(Role.STATION, octt_id))
            record = await runner.run(case, row_of(octt_id), evidence, attempt)
            by_card = bool(facts.get("local_start"))
            named = self._config.edition.id_of(octt_id, by_card=by_card)
            return replace(record, edition_id="" if named == octt_id else named)

        async def pre_test(evidence: Evidence) -> CaseRecord:
            return await runner.run(self._intake, intake.ROW, evidence, 1, rules=False)

        ignored = self._config.csms.changing_keys
        with DutWatch(self._csms, self._bus, came, ignored, timeout_s) as watch:
            try:
                said = _identity(self._csms, came)
                yield Ready(run_case, said, came, pre_test, watch.look, ignored)
            except asyncio.CancelledError:
                # The relays wait for us to become safe: what takes longer is for the next run.
                within_s = ABORTED_GIVES_BACK_S * self._clock.scale
                with contextlib.suppress(DeadlineExceeded):
                    async with self._clock.deadline(within_s, "giving the station back"):
                        await self._give_back(came, watch)
                raise
            except BaseException:
                await self._give_back(came, watch)
                raise
            else:
                await self._give_back(came, watch)

    async def _find_alive(self) -> None:
        """Return once the station answers, or refuses to although it had time to boot.

        A connection that is only half there looks open; one that is let go of comes back. A
        station that has just been given power refuses until its BootNotification is answered.
        """
        boots = self._csms.station.boots
        answer = await self._csms.call("GetConfiguration", {}, self._answer_s)
        if isinstance(answer, TimedOut | Lost):
            await self._csms.drop()
            await self._wait_registered()
            answer = await self._csms.call("GetConfiguration", {}, self._answer_s)
        if isinstance(answer, Error):
            with contextlib.suppress(DeadlineExceeded):
                async with self._clock.deadline(self._answer_s, "BootNotification"):
                    await self._csms.wait_boots(boots + 1)

    # --- as it came -------------------------------------------------------------------------

    async def _tidy_up(self) -> None:
        """Give back what runs have left behind whose daemon was killed in the middle."""
        for record in self._left_over:
            if record.configuration is None:
                continue
            keys, reservations = written_in(record)
            self._csms.station.reservations += sorted(reservations)  # for 000_RESET
            left = await give_back(self._csms, record.configuration, keys, self._answer_s)
            self._tell_left(left, f"run {record.run_id}")
            self._restored(record, self._clock.stamp())

    async def _give_back(self, came: Configuration, watch: DutWatch) -> None:
        """The keys that this run has written; one that cannot be written stays for the next."""
        watch.note()
        if self._bench.quarantine is not None or not self._csms.connected:
            return
        left = await give_back(self._csms, came, watch.written, self._answer_s)
        self._tell_left(left, "this run")
        self.given_back = not left

    @property
    def _answer_s(self) -> float:
        return self._config.parameters.message_timeout

    def _tell_left(self, left: Sequence[str], what: str) -> None:
        if left:
            cause = f"not as it came before {what}: {'; '.join(left)}"
            self._bus.publish(
                Kind.BENCH, self._bench.name, state="warning", device="station under test",
                cause=cause,
            )  # fmt: skip

    def _connectors(self, came: Configuration) -> int:
        count = came.value("NumberOfConnectors")
        if count is not None and count.isdigit():
            return int(count)
        return max((1, *self._csms.station.statuses))

    def _tell_self_test(self) -> None:
        """Put on the record of this run what is known about its bench."""
        last = self._bench.last_self_test
        if last is None:
            self._bus.publish(Kind.BENCH, self._bench.name, state="self-test-known", made=False)
            return
        self._bus.publish(
            Kind.BENCH, self._bench.name, state="self-test-known", made=True, utc=last.utc,
            ok=last.ok,
            steps=[f"{s.device}: {s.what}: {s.detail or 'ok'}" for s in last.steps],
        )  # fmt: skip

    async def _wait_registered(self) -> None:
        timeout_s = self._config.parameters.long_operation_timeout
        if not self._csms.connected:
            doing = f"wait for {self._csms.identity} to connect to {self._csms.url}"
            self._bus.publish(Kind.STEP, "tool", state="waiting", text=doing)
        try:
            async with self._clock.deadline(timeout_s, "station"):
                await self._csms.wait_registered()
        except DeadlineExceeded:
            await self._bench.prove()
            raise BenchError(
                "station under test",
                f"not connected and accepted within {timeout_s:g} s" + _refusals(self._csms),
                f"point it at {self._csms.url} with the identity {self._csms.identity}",
            ) from None


def _identity(csms: CentralSystem, came: Configuration) -> dict[str, Json]:
    (info,) = csms.stations()
    return {
        "identity": info.identity,
        "vendor": info.vendor,
        "model": info.model,
        "firmware": info.firmware,
        "profiles": came.value("SupportedFeatureProfiles") or "",
        "configuration": came.digest,
        **identity_of(csms.station.boot),
    }


def _refusals(csms: CentralSystem) -> str:
    """What the Central System has turned away meanwhile, as the end of a sentence."""
    refused = csms.refusals()
    if not refused:
        return ""
    count = "a connection was" if len(refused) == 1 else f"{len(refused)} connections were"
    return f"; {count} refused, the last one: {refused[-1].reason}"
