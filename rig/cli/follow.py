"""Following a run: progress, questions to the operator, Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Protocol

from rig.cli.output import talk
from rig.client.api import RigClient
from rig.client.errors import ClientError, DaemonGone
from rig.client.launcher import only_wait
from rig.client.paths import owner, socket_path
from rig.client.results import RunInfo, RunStarted
from rig.client.stream import SILENCE_S, EventStream, RigEvent


class Display(Protocol):
    """Shows the progress of a run."""

    def show(self, event: RigEvent) -> None:
        """Take one event."""
        ...

    def say(self, text: str) -> None:
        """Print a line that stays."""
        ...


class Follower:
    """Follows one run to its end.

    Args:
        client: the daemon of the run.
        display: where progress goes.
        keyboard: file descriptor of a terminal on which questions are answered; None without.
    """

    def __init__(self, client: RigClient, display: Display, keyboard: int | None) -> None:
        self._client = client
        self._display = display
        self._keyboard = keyboard
        self._open: dict[str, tuple[str, ...]] = {}  # prompt id -> choices, oldest first

    def follow(self, started: RunStarted) -> tuple[RunInfo, bool]:
        """Show everything until the run has ended; its outcome, and whether Ctrl-C ended it.

        Raises:
            DaemonGone: the daemon vanished in the middle.
        """
        run_id, interrupted = started.run_id, False
        with term_is_ctrl_c():
            try:
                with self._client.events(started.after_seq) as events:
                    self._until_closed(events, run_id)
            except KeyboardInterrupt:
                interrupted = True
                self._display.say("interrupted: aborting the run, making the bench safe ...")
                self._client.abort(run_id)
        return self._client.run(run_id), interrupted

    def attend(self, fd: int, timeout_s: float) -> bool:
        """Show and answer questions until `fd` is readable.

        Args:
            fd: what is waited for.
            timeout_s: real seconds without a word from the daemon; a person takes any time.

        Returns:
            Whether `fd` became readable.
        """
        with self._client.events(0) as events:
            while True:
                while (event := events.pop()) is not None:
                    self._take(event)
                ready = self._select([fd, events], None if self._open else timeout_s)
                if fd in ready or not ready:
                    return bool(ready)
                if events in ready and not events.pump():
                    break
        return only_wait(self._client.socket, fd, timeout_s)

    def _until_closed(self, events: EventStream, run_id: str) -> None:
        end = (run_id, "closed")
        while True:
            event = events.pop()
            if event is not None:
                self._take(event)
                if event.kind == "run" and (event.text("run_id"), event.text("phase")) == end:
                    return
            elif events in self._select([events], SILENCE_S) and not events.pump():
                raise DaemonGone(
                    f"the daemon ended in the middle of run {run_id}; what had happened is "
                    f"stored, see: rig runs show {run_id}"
                )

    def _select(
        self, sources: list[EventStream | int], timeout_s: float | None
    ) -> list[EventStream | int]:
        """Wait for one of `sources` or the keyboard, which is read here."""
        keyboard = [self._keyboard] if self._keyboard is not None and self._open else []
        ready = select.select([*sources, *keyboard], [], [], timeout_s)[0]
        if self._keyboard is not None and self._keyboard in ready:
            self._typed(self._keyboard)
        return ready

    def _take(self, event: RigEvent) -> None:
        if event.kind == "prompt":
            self._prompt(event)
        else:
            self._display.show(event)

    def _prompt(self, event: RigEvent) -> None:
        prompt_id, choices = event.text("id"), event.data.get("choices")
        if event.text("state") == "asked":
            self._open[prompt_id] = tuple(map(str, choices if isinstance(choices, list) else []))
            self._ask(prompt_id, event.text("question"))
            return
        self._open.pop(prompt_id, None)
        by = f" by {event.text('by')}" if event.text("by") else ""
        answer = f": {event.text('answer')}" if event.text("answer") else ""
        self._display.say(f"  {prompt_id} {event.text('state')}{by}{answer}")

    def _ask(self, prompt_id: str, question: str) -> None:
        choices = "/".join(self._open[prompt_id])
        self._display.say(f"? {prompt_id}: {question} [{choices}]")
        if self._keyboard is None:
            self._display.say(f"  answer it with: {self._rig()} prompt answer {prompt_id} CHOICE")

    def _rig(self) -> str:
        own = self._client.socket != socket_path()
        return f"RIG_SOCKET={self._client.socket} rig" if own else "rig"

    def _typed(self, keyboard: int) -> None:
        data = os.read(keyboard, 4096)
        if not data:  # Ctrl-D: somebody else may answer
            self._keyboard = None
            return
        prompt_id, choices = next(iter(self._open.items()))
        choice = chosen(data.decode(errors="replace"), choices)
        if choice is None:
            self._display.say(f"  please answer {prompt_id} with one of: {', '.join(choices)}")
            return
        with contextlib.suppress(ClientError):  # somebody was faster; the event says who
            self._client.answer(prompt_id, choice, owner(), "cli")


class Talk:
    """A display for what is not a run: only what a person must know."""

    def show(self, event: RigEvent) -> None:
        """Nothing."""

    def say(self, text: str) -> None:
        """On stderr."""
        talk(text)


def attend(socket: Path, fd: int, timeout_s: float) -> bool:
    """Wait for `fd`, and meanwhile let a person answer the daemon's questions."""
    try:
        return Follower(RigClient(socket), Talk(), keyboard()).attend(fd, timeout_s)
    except ClientError:  # it is so near its end that it does not take us any more
        return only_wait(socket, fd, timeout_s)


def chosen(typed: str, choices: tuple[str, ...]) -> str | None:
    """The one choice that starts with what was typed, None if that is not exactly one."""
    text = typed.strip().casefold()
    exact = [choice for choice in choices if choice.casefold() == text]
    found = exact or [choice for choice in choices if text and choice.casefold().startswith(text)]
    return found[0] if len(found) == 1 else None


def keyboard() -> int | None:
    """The terminal to ask on, None without one."""
    if sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty():
        return sys.stdin.fileno()
    return None


@contextlib.contextmanager
def term_is_ctrl_c() -> Iterator[None]:
    """A CI that stops us wants the same as a person: abort cleanly."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
