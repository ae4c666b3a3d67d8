"""The way to a station under test: through the bench and the Central System of the daemon."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from rig.bench import Bench
from rig.clock import Clock, DeadlineExceeded
from rig.config.models import BenchConfig
from rig.conformance import cases
from rig.conformance.cases import Case
from rig.conformance.catalogue import Role
from rig.conformance.evidence import Evidence
from rig.conformance.expressions import ConfigKey
from rig.conformance.runner import StationRunner
from rig.conformance.sides import Ready, row_of
from rig.conformance.steps import StationCase
from rig.csms.server import CentralSystem
from rig.errors import BenchError
from rig.events import EventBus, Kind
from rig.jsontypes import Json
from rig.ocppj.endpoint import Result
from rig.runs.records import CaseRecord


class StationSide:
    """Runs cases with the station of a bench.

    Args:
        bench: open.
        central_system: listening; the station connects to it.
        config: the bench file.
        bus: time line.
        clock: lab time.
    """

    def __init__(
        self,
        bench: Bench,
        central_system: CentralSystem,
        config: BenchConfig,
        bus: EventBus,
        clock: Clock,
    ) -> None:
        self._bench = bench
        self._csms = central_system
        self._config = config
        self._bus = bus
        self._clock = clock

    @asynccontextmanager
    async def open(self, facts: dict[str, object]) -> AsyncIterator[Ready]:
        """Prove the bench, give the station power, wait for it, read its configuration.

        Raises:
            BenchError: a device failed, or the station did not come.
        """
        await self._bench.prove()
        self._tell_self_test()
        self._bench.tell_warnings()
        if not self._bench.mains.is_on:
            await self._bench.mains.on()
        self._csms.replies.heartbeat_interval_s = self._config.parameters.heartbeat_interval
        keys = await self._intake()
        connectors = self._connectors(keys)

        def make(evidence: Evidence) -> StationCase:
            return StationCase(
                self._bench, self._csms, self._clock, evidence, self._config.parameters,
                self._config.edition, connectors=connectors, facts=facts, files=self._config.files,
            )  # fmt: skip

        runner = StationRunner(make, self._bench, self._clock)

        async def run_case(octt_id: str, evidence: Evidence, attempt: int) -> CaseRecord:
            case = cast("Case[StationCase]", cases.find(Role.STATION, octt_id))
            return await runner.run(case, row_of(octt_id), evidence, attempt)

        yield Ready(run_case, _identity(self._csms, keys), keys)

    def _connectors(self, keys: dict[str, ConfigKey]) -> int:
        count = keys.get("numberofconnectors")
        if count is not None and count.value.isdigit():
            return int(count.value)
        return max(self._csms.station.statuses, default=1)

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

    async def _intake(self) -> dict[str, ConfigKey]:
        """Wait for the station and read its configuration."""
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
        timeout_s = self._config.parameters.message_timeout
        outcome = await self._csms.call("GetConfiguration", {}, timeout_s)
        listed = outcome.payload.get("configurationKey") if isinstance(outcome, Result) else None
        found: dict[str, ConfigKey] = {}
        for entry in listed if isinstance(listed, list) else []:
            if isinstance(entry, dict):
                value = ConfigKey(str(entry.get("value", "")), bool(entry.get("readonly")))
                found[str(entry.get("key")).casefold()] = value
        return found


def _identity(csms: CentralSystem, keys: dict[str, ConfigKey]) -> dict[str, Json]:
    (info,) = csms.stations()
    profiles = keys.get("supportedfeatureprofiles")
    return {
        "identity": info.identity,
        "vendor": info.vendor,
        "model": info.model,
        "firmware": info.firmware,
        "profiles": "" if profiles is None else profiles.value,
    }


def _refusals(csms: CentralSystem) -> str:
    """What the Central System has turned away meanwhile, as the end of a sentence."""
    refused = csms.refusals()
    if not refused:
        return ""
    count = "a connection was" if len(refused) == 1 else f"{len(refused)} connections were"
    return f"; {count} refused, the last one: {refused[-1].reason}"
