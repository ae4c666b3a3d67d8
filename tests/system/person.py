"""A person at a bench without hardware: reads each question, does it at the station, answers."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Self

from firmware_mocks.station_client import StationClient, StationError
from rig.client.api import RigClient
from rig.client.errors import ClientError
from rig.client.results import PromptInfo
from rig.client.stream import RigEvent

PLUG, UNPLUG_EV, UNPLUG_STATION = "plug_in", "unplug_ev", "unplug_station"
LOOK_S = 1.0
DEEDS = (
    (r"put the type2 plug|connect the type2 cable", PLUG),
    (r"let the EV request energy", "ev_request"),
    (r"let the EV stop charging", "ev_stop"),
    (r"disconnect the cable on the EV's side", UNPLUG_EV),
    (r"pull the plug out", UNPLUG_STATION),
)


class Person:
    """Answers every prompt of a daemon over its HTTP interface, from a thread of its own.

    Args:
        client: of the daemon.
        station: whose sockets, cards and mains are worked.
        mistake: answers in place of a right one; "" does what is asked.

    Attributes:
        answered: prompts as they were closed.
        failed: what went wrong with the person itself, which is a mistake of the test.
    """

    def __init__(
        self,
        client: RigClient,
        station: StationClient,
        mistake: Callable[[PromptInfo], str] = lambda _: "",
    ) -> None:
        self._client = client
        self._station = station
        self.mistake = mistake
        self.answered: list[PromptInfo] = []
        self.failed: list[Exception] = []
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="person")

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._begun.wait(20)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._client.shutdown()  # which ends the stream of events
        self._thread.join(30)

    def _watch(self) -> None:
        try:
            with self._client.events() as events:
                self._begun.set()
                for event in events:
                    if event.kind == "prompt" and event.text("state") == "asked":
                        self._attend(event)
        except Exception as error:  # told to the test, which is in another thread
            self.failed.append(error)
            self._client.shutdown()  # nobody waits for an answer that will not come

    def _attend(self, event: RigEvent) -> None:
        (prompt,) = (p for p in self._client.prompts() if p.id == event.text("id"))
        if prompt.state == "asked":
            choice = self.mistake(prompt) or self._act(prompt)
            try:
                self.answered.append(self._client.answer(prompt.id, choice, "ann@lab"))
            except ClientError as error:
                if error.kind != "busy":  # withdrawn meanwhile
                    raise

    def _sees_energy(self) -> bool:
        """A person looks for a moment: a contactor may close after it was reported."""
        try:
            self._station.wait_state({"connectors": {"1": {"contactor": True}}}, LOOK_S)
        except StationError:
            return False
        return True

    def _act(self, prompt: PromptInfo) -> str:
        text = prompt.question
        if "get energy" in text:
            return "yes" if self._sees_energy() else "no"
        if "pulled out" in text:
            return "no" if self._station.connector()["locked"] else "yes"
        if "mains" in text:
            self._station.power(text.endswith("on"))
            return "done"
        if card := re.search(r"\(idTag (\w+)\)", text):
            self._station.card(card[1])
            return "done"
        for pattern, deed in DEEDS:
            if re.search(pattern, text):
                self._station.do(deed, connector=1)
                return "done"
        raise AssertionError(f"what does this want of me? {text}")
