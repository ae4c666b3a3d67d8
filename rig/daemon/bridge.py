"""The prompt bridge: another test tool asks its operator for something, and the bench does it."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import cast

import structlog

from drivers.ports import Operator
from rig.bench import Bench
from rig.client.bridge import BridgeInfo, BridgeStep
from rig.client.results import build, to_json
from rig.clock import Clock
from rig.config.bridge_rules import BridgeRules
from rig.daemon.bridge_deeds import Deeds
from rig.daemon.bridge_log import BridgeLog
from rig.daemon.bridge_plan import Lab, Plan, plan
from rig.daemon.hands import HandDesk
from rig.daemon.owner import OWNER
from rig.daemon.prompts import OperatorCannot, UnknownPrompt
from rig.daemon.telling import kind_of, told
from rig.errors import ConfigError, RigError
from rig.events import EventBus, Kind
from rig.jsontypes import Json
from rig.runs.redact import Redactor

KEPT = 200
"""Closed prompts that are still known by their id; the log on disk has more."""
ANSWER_TIMEOUT_S = 600.0
"""Real seconds for the operator, where no rule fits."""
DONE, CANNOT = "done", "cannot"

log = structlog.get_logger()


@dataclasses.dataclass(slots=True)
class _Entry:
    """One prompt: how it stands, when it came (loop time), and who works on it."""

    info: BridgeInfo
    began_s: float
    task: asyncio.Task[None] | None = None


class BridgeDesk:
    """Prompts of other test tools.

    Args:
        rules: which text means what.
        lab: what of this bench a text can mean.
        hands: orders to the bench.
        use: the bench, for orders; raises when it is not to be had.
        operator: is asked where no rule fits.
        bus, clock: for the record.
        log_file: where what was asked and done is kept; the newest of it.
    """

    def __init__(
        self,
        rules: BridgeRules,
        lab: Lab,
        hands: HandDesk,
        use: Callable[[], Bench],
        operator: Operator,
        bus: EventBus,
        clock: Clock,
        log_file: Path,
    ) -> None:
        self._rules = rules
        self._lab = lab
        self._use = use
        self._operator = operator
        self._deeds = Deeds(lab, hands, use, self._ask)
        self._bus = bus
        self._clock = clock
        self._log = BridgeLog(log_file)
        self._redact = Redactor()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._count = 0
        self._one_at_a_time = asyncio.Lock()

    def dry_run(self, text: str) -> BridgeInfo:
        """What would be done; nothing is.

        Raises:
            ConfigError: no text, or it names what the bench has not.
        """
        found = plan(self._rules, self._lab, text)
        detail = "no rule fits: the operator of this bench would be asked"
        if found.deeds:
            detail = "; ".join(deed.what for deed in found.deeds)
            try:
                self._use()
            except RigError as error:
                detail = f"would be refused now: {error}"
        return self._info("", text, "planned", found, detail)

    async def prompt(self, text: str, wait_s: float) -> BridgeInfo:
        """Do what a text asks for.

        Args:
            text: as the other tool words it.
            wait_s: real seconds after which to answer even if it is still being worked on.
        """
        self._count += 1
        number = f"b{self._count}"
        entry = _Entry(
            self._info(number, text, "working", None, ""), asyncio.get_running_loop().time()
        )
        self._entries[number] = entry
        self._publish(entry.info)
        entry.task = asyncio.create_task(self._work(entry, text), name=f"bridge {number}")
        return await self.get(number, wait_s)

    async def get(self, number: str, wait_s: float) -> BridgeInfo:
        """How a prompt stands, once it is closed or `wait_s` real seconds have passed.

        Raises:
            UnknownPrompt: there is none.
        """
        entry = self._find(number)
        if entry.task is not None and not entry.task.done():
            await asyncio.wait({entry.task}, timeout=wait_s)
        return entry.info

    async def withdraw(self, number: str) -> BridgeInfo:
        """The other tool does not need it any more; one that is closed stays as it is."""
        entry = self._find(number)
        if entry.task is not None and not entry.task.done():
            entry.task.cancel()
            await asyncio.wait({entry.task})
        return entry.info

    def log(self, limit: int) -> tuple[BridgeInfo, ...]:
        """The last prompts that were closed, also by earlier daemons; oldest first."""
        return tuple(build(BridgeInfo, record) for record in self._log.last(limit))

    async def close(self) -> None:
        """Withdraw everything that is open."""
        tasks = {e.task for e in self._entries.values() if e.task is not None}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    # --- one prompt -------------------------------------------------------------------------

    async def _work(self, entry: _Entry, text: str) -> None:
        try:
            found = plan(self._rules, self._lab, text)
            entry.info = dataclasses.replace(
                entry.info, rule=found.rule, steps=_steps(found), detail=""
            )
            if found.deeds:
                await self._do(entry, found)
            else:
                await self._hand_over(entry)
        except asyncio.CancelledError:
            self._close(entry, "withdrawn", "withdrawn before it was done")
            raise
        except Exception as error:
            if kind_of(error) == "internal":
                log.exception("prompt bridge failed", text=entry.info.text)
            some = any(step.state == "done" for step in entry.info.steps)
            began = some or any(step.state == "failed" for step in entry.info.steps)
            said = str(told(error)["error"])
            if isinstance(error, ConfigError):
                said = "; ".join(error.problems)
            self._close(entry, "failed" if began else "refused", said, kind_of(error))

    async def _do(self, entry: _Entry, found: Plan) -> None:
        async with self._one_at_a_time:
            if any(deed.kind != "operator" for deed in found.deeds):
                self._use()
            details = []
            for index, deed in enumerate(found.deeds):
                try:
                    detail = await self._deeds.do(deed)
                except RigError as error:
                    self._mark(entry, index, "failed", str(error))
                    for later in range(index + 1, len(found.deeds)):
                        self._mark(entry, later, "skipped", "")
                    raise
                self._mark(entry, index, "done", detail)
                details.append(f"{deed.what}: {detail}")
        self._close(entry, "done", "; ".join(details))

    async def _hand_over(self, entry: _Entry) -> None:
        """Nothing fits: a person reads it."""
        await self._ask(f"{entry.info.by} asks: {entry.info.text}")
        self._close(entry, "answered", "no rule fits; the operator of this bench has done it")

    async def _ask(self, question: str) -> None:
        answer = await self._operator.ask(
            question, (DONE, CANNOT), ANSWER_TIMEOUT_S,
            remedy="the other tool waits for the answer; with 'cannot' it is told so",
        )  # fmt: skip
        if answer == CANNOT:
            raise OperatorCannot(f"the operator of this bench could not do it: {question}")

    def _mark(self, entry: _Entry, index: int, state: str, detail: str) -> None:
        steps = list(entry.info.steps)
        steps[index] = dataclasses.replace(steps[index], state=state, detail=detail)
        entry.info = dataclasses.replace(entry.info, steps=tuple(steps))

    def _close(self, entry: _Entry, state: str, detail: str, kind: str = "") -> None:
        took_s = round(asyncio.get_running_loop().time() - entry.began_s, 3)
        entry.info = dataclasses.replace(
            entry.info, state=state, dismiss=state in ("done", "answered"),
            detail=self._redact.text(detail), kind=kind, took_s=took_s,
        )  # fmt: skip
        self._log.append(_plain(entry.info))
        self._publish(entry.info)  # who hears of it finds it in the log
        closed = [n for n, e in self._entries.items() if e.info.state != "working"]
        for number in closed[: max(0, len(closed) - KEPT)]:
            del self._entries[number]

    def _info(
        self, number: str, text: str, state: str, found: Plan | None, detail: str
    ) -> BridgeInfo:
        rule, steps = ("", ()) if found is None else (found.rule, _steps(found))
        return BridgeInfo(
            number, self._redact.text(text), OWNER.get(), state, False, rule, steps, detail, "",
            self._clock.stamp(), 0.0,
        )  # fmt: skip

    def _publish(self, info: BridgeInfo) -> None:
        self._bus.publish(Kind.BRIDGE, "tool", **_plain(info))

    def _find(self, number: str) -> _Entry:
        if number not in self._entries:
            raise UnknownPrompt(f"no prompt {number!r}; see: rig bridge log")
        return self._entries[number]


def _steps(found: Plan) -> tuple[BridgeStep, ...]:
    return tuple(BridgeStep(deed.what, "planned") for deed in found.deeds)


def _plain(info: BridgeInfo) -> dict[str, Json]:
    steps: list[Json] = [to_json(step) for step in info.steps]
    return cast("dict[str, Json]", {**to_json(info), "steps": steps})
