"""The way to a CSMS under test: a station that the tool plays, and somebody who operates it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import cast

from drivers.ports import Operator
from rig.bench.children import Children
from rig.clock import Clock
from rig.config.models import BenchConfig, CsmsUnderTest
from rig.conformance import cases
from rig.conformance.cases import Case
from rig.conformance.catalogue import Role
from rig.conformance.central_runner import CentralRunner
from rig.conformance.central_steps import CentralCase
from rig.conformance.evidence import Evidence
from rig.conformance.operators import CsmsOperator
from rig.conformance.operators.manual import ManualOperator
from rig.conformance.operators.mock import MockOperator
from rig.conformance.played_station import PlayedStation
from rig.conformance.sides import Ready, RunCase, row_of
from rig.errors import BenchError
from rig.events import EventBus
from rig.runs.records import CaseRecord


class CentralSide:
    """Runs cases with a CSMS.

    Args:
        config: the bench file; without `csms_under_test` the small mock CSMS is meant.
        bus: time line.
        clock: lab time.
        operator: tells a foreign CSMS what to do.
        work_dir: for the logs of mocks.
        children: makes the mocks.
    """

    def __init__(
        self, config: BenchConfig, bus: EventBus, clock: Clock, operator: Operator,
        work_dir: Path, children: Children,
    ) -> None:  # fmt: skip
        self.given_back = True  # nothing is written to a Central System
        self._config = config
        self._under_test = config.csms_under_test or CsmsUnderTest()
        self._bus = bus
        self._clock = clock
        self._operator = operator
        self._work_dir = work_dir
        self._children = children

    @asynccontextmanager
    async def open(self, facts: dict[str, object]) -> AsyncIterator[Ready]:
        """Start the station that the tool plays, and the mock CSMS if that is meant.

        Raises:
            BenchError: a mock did not start.
        """
        identity, secret = self._under_test.identity, self._under_test.password
        password = None if secret is None else secret.get_secret_value()
        async with AsyncExitStack() as stack:
            url, operator = await self._central_system(stack)
            station = PlayedStation(
                url, identity, password, self._bus, self._clock, self._work_dir, self._children
            )
            await stack.enter_async_context(station)
            said = {"identity": identity, "vendor": "CSMS", "url": url}
            yield Ready(self._runner(station, operator), {**said})

    async def _central_system(self, stack: AsyncExitStack) -> tuple[str, CsmsOperator]:
        under_test = self._under_test
        if under_test.kind != "mock":
            timeout_s = self._clock.real(self._config.parameters.long_operation_timeout)
            operator = ManualOperator(self._operator, under_test.identity, timeout_s)
            return under_test.url or "", operator
        arguments = ["central-system", "--time-scale", repr(self._clock.scale),
                     "--epoch", repr(self._clock.epoch)]  # fmt: skip
        for defect in under_test.defects:
            arguments += ["--defect", defect]
        mock = self._children.mock("mock CSMS", arguments, self._work_dir / "csms.log")
        await stack.enter_async_context(mock)
        return str(mock.ready["url"]), MockOperator(mock, under_test.identity)

    def _runner(self, station: PlayedStation, operator: CsmsOperator) -> RunCase:
        def make(evidence: Evidence) -> CentralCase:
            return CentralCase(
                station, operator, self._clock, evidence, self._config.parameters,
                self._config.edition, valid_id_tag=self._id_tag("Accepted"),
                invalid_id_tag=self._id_tag("Invalid"),
            )  # fmt: skip

        runner = CentralRunner(make, self._clock)

        async def run_case(octt_id: str, evidence: Evidence, attempt: int) -> CaseRecord:
            case = cast("Case[CentralCase]", cases.find(Role.CSMS, octt_id))
            return await runner.run(case, row_of(octt_id), evidence, attempt)

        return run_case

    def _id_tag(self, status: str) -> str:
        for card in self._config.cards.values():
            if card.status == status:
                return card.id_tag
        raise BenchError("cards", f"no card with status {status}", "add one to the bench file")
