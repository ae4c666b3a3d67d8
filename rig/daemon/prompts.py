"""Questions to the operator, answered by whoever is first: terminal, another shell, a test."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import cast

from drivers.ports import OperatorUnavailable
from rig.client.results import PromptInfo
from rig.errors import ConfigError, RigError
from rig.events import EventBus, Kind
from rig.jsontypes import Json

KEPT = 200
"""Closed prompts that are remembered, so that a late answer hears who was first."""


class UnknownPrompt(RigError):
    """No such prompt."""


class PromptClosed(RigError):
    """The prompt was answered, has expired or was withdrawn before."""


class PromptDesk:
    """Implements the `Operator` port; owns every prompt of the daemon."""

    def __init__(self, bus: EventBus, utc: Callable[[], str]) -> None:
        self._bus = bus
        self._utc = utc
        self._asked = 0
        self._prompts: OrderedDict[str, PromptInfo] = OrderedDict()
        self._waiting: dict[str, asyncio.Future[str]] = {}

    async def ask(self, question: str, choices: Sequence[str], timeout_s: float) -> str:
        """Ask and return one of `choices`.

        Raises:
            OperatorUnavailable: nobody answered within `timeout_s` real seconds.
        """
        self._asked += 1
        prompt = PromptInfo(
            f"p{self._asked}", question, tuple(choices), "asked", timeout_s, self._utc()
        )
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[prompt.id] = answer
        self._put(prompt)
        try:
            async with asyncio.timeout(timeout_s):
                return await answer
        except TimeoutError:
            self._close(prompt.id, "expired")
            raise OperatorUnavailable(
                f"nobody answered within {timeout_s:g} s: {question}"
            ) from None
        finally:
            del self._waiting[prompt.id]
            self._close(prompt.id, "withdrawn")

    def answer(self, prompt_id: str, choice: str, by: str) -> PromptInfo:
        """Answer a prompt; the first answer wins.

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
        match = {c.casefold(): c for c in prompt.choices}.get(choice.casefold())
        if match is None:
            raise ConfigError(
                f"{choice!r} is not a choice of prompt {prompt_id}; "
                f"choose one of: {', '.join(prompt.choices)}"
            )
        self._put(
            dataclasses.replace(
                prompt, state="answered", answer=match, by=by, answered_utc=self._utc()
            )
        )
        self._waiting[prompt_id].set_result(match)
        return self._prompts[prompt_id]

    def prompts(self) -> tuple[PromptInfo, ...]:
        """Open prompts, oldest first, then closed ones, newest first."""
        known = list(self._prompts.values())
        is_open = [p for p in known if p.state == "asked"]
        return (*is_open, *(p for p in reversed(known) if p.state != "asked"))

    def _close(self, prompt_id: str, state: str) -> None:
        prompt = self._prompts.get(prompt_id)
        if prompt is not None and prompt.state == "asked":
            self._put(dataclasses.replace(prompt, state=state))

    def _put(self, prompt: PromptInfo) -> None:
        self._prompts[prompt.id] = prompt
        closed = [p.id for p in self._prompts.values() if p.state != "asked"]
        for prompt_id in closed[: max(0, len(closed) - KEPT)]:
            del self._prompts[prompt_id]
        data = cast("dict[str, Json]", dataclasses.asdict(prompt) | {"choices": [*prompt.choices]})
        self._bus.publish(Kind.PROMPT, "tool", **data)
