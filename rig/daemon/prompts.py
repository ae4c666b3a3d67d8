"""Questions to the operator, answered by whoever is first: terminal, another shell, a test."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import cast

from drivers.ports import OperatorUnavailable, PromptKind
from rig.client.results import PromptInfo
from rig.clock import Clock, iso
from rig.daemon.scene import Scene
from rig.errors import ConfigError, RigError
from rig.events import EventBus, Kind
from rig.jsontypes import Json

KEPT = 200
"""Closed prompts that are remembered, so that a late answer hears who was first."""


class UnknownPrompt(RigError):
    """No such prompt."""


class OperatorCannot(RigError):
    """The operator said that it cannot be done."""


class PromptClosed(RigError):
    """The prompt was answered, has expired or was withdrawn before."""


@dataclasses.dataclass(slots=True)
class _Waiting:
    """Somebody waits for an answer, until `deadline_s` of the loop's time."""

    answer: asyncio.Future[str]
    deadline_s: float


class PromptDesk:
    """Implements the `Operator` port; owns every prompt of the daemon.

    Args:
        bus: takes every question and what becomes of it.
        clock: for the record.
        look: where the run is now, for who has to answer.
    """

    def __init__(
        self, bus: EventBus, clock: Clock, look: Callable[[], Scene] = lambda: Scene()
    ) -> None:
        self._bus = bus
        self._clock = clock
        self._look = look
        self._asked = 0
        self._prompts: OrderedDict[str, PromptInfo] = OrderedDict()
        self._waiting: dict[str, _Waiting] = {}

    async def ask(
        self,
        question: str,
        choices: Sequence[str],
        timeout_s: float,
        *,
        kind: PromptKind = PromptKind.CONFIRM,
        remedy: str = "",
    ) -> str:
        """Ask and return one of `choices`.

        Args:
            question: a sentence.
            choices: possible answers.
            timeout_s: real seconds.
            kind: what is asked of the person.
            remedy: what to do when that is not possible.

        Raises:
            OperatorUnavailable: nobody answered within `timeout_s` real seconds.
        """
        prompt = self._new(question, tuple(choices), timeout_s, kind, remedy)
        loop = asyncio.get_running_loop()
        waiting = _Waiting(loop.create_future(), loop.time() + timeout_s)
        self._waiting[prompt.id] = waiting
        self._put(prompt)
        try:
            async with asyncio.timeout_at(waiting.deadline_s):
                return await waiting.answer
        except TimeoutError:
            self._close(prompt.id, "expired")
            raise OperatorUnavailable(
                f"nobody answered within {timeout_s:g} s: {question}"
            ) from None
        finally:
            del self._waiting[prompt.id]
            self._close(prompt.id, "withdrawn")

    def answer(self, prompt_id: str, choice: str, by: str, via: str = "http") -> PromptInfo:
        """Answer a prompt; the first answer wins.

        Args:
            prompt_id: of the prompt.
            choice: one of its choices, in any case.
            by: who answers.
            via: from where: tui, cli, web, http or bridge.

        Raises:
            UnknownPrompt: there is none with this id.
            PromptClosed: somebody or something was faster.
            ConfigError: `choice` is not one of the choices.
        """
        prompt = self._prompts.get(prompt_id)
        if prompt is None:
            raise UnknownPrompt(f"no prompt {prompt_id!r}; list them with: rig prompt list")
        if prompt.state != "asked":
            who = f" by {prompt.by} ({prompt.answer})" if prompt.by else ""
            raise PromptClosed(f"prompt {prompt_id} is already {prompt.state}{who}")
        waiting = self._waiting[prompt_id]
        if waiting.answer.done():  # who asked gives up in this moment
            raise PromptClosed(f"prompt {prompt_id} is being withdrawn")
        match = {c.casefold(): c for c in prompt.choices}.get(choice.casefold())
        if match is None:
            raise ConfigError(
                f"{choice!r} is not a choice of prompt {prompt_id}; "
                f"choose one of: {', '.join(prompt.choices)}"
            )
        self._put(
            dataclasses.replace(
                prompt, state="answered", answer=match, by=by, via=via, left_s=0.0,
                answered_utc=self._clock.stamp(),
            )
        )  # fmt: skip
        waiting.answer.set_result(match)
        return self._prompts[prompt_id]

    def prompts(self) -> tuple[PromptInfo, ...]:
        """Open prompts, oldest first, then closed ones, newest first."""
        known = list(self._prompts.values())
        is_open = [self._timed(p) for p in known if p.state == "asked"]
        return (*is_open, *(p for p in reversed(known) if p.state != "asked"))

    def _new(
        self, question: str, choices: tuple[str, ...], timeout_s: float, kind: str, remedy: str
    ) -> PromptInfo:
        self._asked += 1
        scene = self._look()
        deadline = self._clock.utc() + timedelta(seconds=timeout_s * self._clock.scale)
        return PromptInfo(
            f"p{self._asked}",
            question,
            choices,
            "asked",
            timeout_s,
            self._clock.stamp(),
            kind=str(kind),
            octt_id=scene.octt_id,
            step=scene.step,
            evidence=scene.evidence,
            remedy=remedy,
            deadline_utc=iso(deadline),
            left_s=timeout_s,
        )

    def _timed(self, prompt: PromptInfo) -> PromptInfo:
        left_s = self._waiting[prompt.id].deadline_s - asyncio.get_running_loop().time()
        return dataclasses.replace(prompt, left_s=round(max(0.0, left_s), 1))

    def _close(self, prompt_id: str, state: str) -> None:
        prompt = self._prompts.get(prompt_id)
        if prompt is not None and prompt.state == "asked":
            self._put(dataclasses.replace(prompt, state=state, left_s=0.0))

    def _put(self, prompt: PromptInfo) -> None:
        self._prompts[prompt.id] = prompt
        closed = [p.id for p in self._prompts.values() if p.state != "asked"]
        for closed_id in closed[: max(0, len(closed) - KEPT)]:
            del self._prompts[closed_id]
        lists: dict[str, Json] = {"choices": [*prompt.choices], "evidence": [*prompt.evidence]}
        data = cast("dict[str, Json]", dataclasses.asdict(prompt) | lists)
        self._bus.publish(Kind.PROMPT, "tool", **data)
