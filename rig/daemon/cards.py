"""The card writer as the API shows it: reading a card, and preparing many as a job."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from drivers.errors import CardProblem
from drivers.ports import Operator
from rig.bench import Bench
from rig.bench.faults import translate
from rig.bench.preparation import Hand, Ledger, OperatorHand, Preparation, VirtualHand
from rig.client.cards import CardJobInfo, CardLine, CardReading, IdTagLine
from rig.config.id_tag import renderings, rules_that_give
from rig.errors import BenchBusy, BenchError, ConfigError, OperatorAbort
from rig.events import EventBus, Kind

NO_JOB = CardJobInfo("", "finished", "", "", 0, (), ())
MOST_RULES = 5
log = structlog.get_logger()


class CardDesk:
    """Orders to the card writer of a bench.

    Args:
        use: the bench, for orders; raises when it is not open or somebody else has it.
        bus: takes what happens.
        operator: lays the cards on the writer.
        state_dir: for what was prepared before.
    """

    def __init__(
        self, use: Callable[[], Bench], bus: EventBus, operator: Operator, state_dir: Path
    ) -> None:
        self._use = use
        self._bus = bus
        self._operator = operator
        self._state_dir = state_dir
        self._virtual_ledger = Ledger(None)
        self._count = 0
        self._job = NO_JOB
        self._task: asyncio.Task[None] | None = None

    @property
    def is_busy(self) -> bool:
        """Cards are being prepared."""
        return self._task is not None and not self._task.done()

    async def read(self, name: str, seen_id_tag: str) -> CardReading:
        """The card on the writer.

        Args:
            name: card that should be there, "" for any.
            seen_id_tag: what a station sent for it, to find its rule; "" if nothing was seen.

        Raises:
            ConfigError: no such card.
            BenchError: there is no card, or several; no writer; it failed.
        """
        bench = self._use()
        self._need_idle()
        writer = bench.writer
        if name:
            _need_known(bench, name)
        expected = writer.plastic[name].uid_bytes if name else None
        try:
            seen = await writer.find(expected)
        except CardProblem as problem:
            raise translate(problem) from problem
        if seen is None:
            raise BenchError(writer.name, "no card on it", "lay a card on the writer")
        uid = seen.uid.hex().upper()
        if expected is not None and seen.uid != expected:
            raise BenchError(writer.name, f"that is {writer.name_of(uid)}, not {name}", "")
        known_as = writer.name_of(uid)
        try:
            text = await writer.text(seen.uid)
        except BenchError as error:
            if not isinstance(error.__cause__, CardProblem):
                raise
            text = None
        return CardReading(
            "" if known_as == uid else known_as,
            seen.card_type,
            uid,
            seen.uid_is_random,
            text,
            _id_tags(seen.uid, seen_id_tag),
        )

    async def start(
        self, names: Sequence[str], *, again: bool, verify: bool = False
    ) -> CardJobInfo:
        """Begin to prepare cards; `names` empty is all whose plastic is known.

        Args:
            names: of the cards.
            again: also those that were prepared before.
            verify: only look at them, and write nothing.

        Raises:
            ConfigError: nothing is known about a card.
            BenchError: no writer.
            BenchBusy: cards are being prepared.
        """
        bench = self._use()
        self._need_idle()
        for name in names:
            _need_known(bench, name)
        wanted = tuple(names) or tuple(bench.writer.plastic)
        bench.writer.need()
        if not wanted:
            raise BenchError(bench.writer.name, "the bench knows no plastic of any card",
                             "name a card set in the bench file: card_set")  # fmt: skip
        self._count += 1
        self._job = CardJobInfo(
            f"cards-{self._count}", "running", "", "", self._bus.last_seq, wanted, ()
        )
        work = self._work(bench, again=again, verify=verify)
        self._task = asyncio.create_task(work, name="prepare cards")
        return self._job

    def job(self) -> CardJobInfo:
        """The job in progress, or the last one."""
        return self._job

    async def abort(self) -> CardJobInfo:
        """End the job; a card that is being written is finished first."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None
        return self._job

    async def _work(self, bench: Bench, *, again: bool, verify: bool) -> None:
        state, cause, kind = "finished", "", ""
        try:
            await self._prepare(bench, again=again, verify=verify)
        except asyncio.CancelledError:
            state = "aborted"
            raise
        except BenchError as error:
            state, cause = "failed", str(error)
            kind = "operator" if isinstance(error, OperatorAbort) else "bench"
        except Exception as error:
            log.exception("preparing cards failed")
            state, cause, kind = "failed", f"internal error: {error!r}", "internal"
        finally:
            self._job = dataclasses.replace(self._job, state=state, cause=cause, kind=kind)
            self._bus.publish(Kind.CARD, "tool", job=self._job.job_id, action="closed", card="")

    async def _prepare(self, bench: Bench, *, again: bool, verify: bool) -> None:
        names = self._job.names

        def tell(name: str, action: str, detail: str) -> None:
            self._bus.publish(
                Kind.CARD, "tool", job=self._job.job_id, card=name, action=action, detail=detail,
                index=names.index(name) + 1, total=len(names),
            )  # fmt: skip

        hand: Hand = OperatorHand(self._operator)
        ledger = Ledger(self._state_dir / f"cards-{bench.name}.json")
        if bench.virtual is not None and bench.writer.name in bench.simulated:
            hand, ledger = VirtualHand(bench.virtual.control), self._virtual_ledger
        preparation = Preparation(bench.writer, hand, ledger, tell, verify=verify)
        for name in names:
            done = await preparation.one(name, again=again)
            line = CardLine(name, done.uid, done.outcome.value, done.detail)
            self._job = dataclasses.replace(self._job, cards=(*self._job.cards, line))

    def _need_idle(self) -> None:
        if self.is_busy:
            raise BenchBusy(
                "card writer",
                f"cards are being prepared ({self._job.job_id})",
                "wait for it, or stop it by answering its question",
            )


def _need_known(bench: Bench, name: str) -> None:
    plastic = bench.writer.plastic
    if name not in plastic:
        known = ", ".join(plastic) or "none"
        raise ConfigError(
            f"nothing is known about the plastic of card {name!r}; there are: {known}; give it a "
            "UID in a card set, or `physical` in the bench file"
        )


def _id_tags(uid: bytes, seen: str) -> tuple[IdTagLine, ...]:
    if seen:
        return tuple(IdTagLine(seen, str(r)) for r in rules_that_give(uid, seen)[:MOST_RULES])
    return tuple(IdTagLine(text, str(rule)) for rule, text in renderings(uid))
