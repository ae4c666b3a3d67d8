"""Following the preparation of cards: progress, questions to the operator, Ctrl-C."""

from __future__ import annotations

from collections.abc import Sequence

from rig.cli.follow import Follower, Talk, keyboard, term_is_ctrl_c
from rig.cli.output import talk
from rig.client.api import RigClient
from rig.client.cards import CardJobInfo
from rig.client.errors import DaemonGone
from rig.client.stream import SILENCE_S, EventStream, RigEvent


class CardProgress(Talk):
    """One line per card."""

    def show(self, event: RigEvent) -> None:
        """Take one event."""
        line = progress_line(event)
        if line is not None:
            talk(line)


def progress_line(event: RigEvent) -> str | None:
    """What an event says about a card; None for one that is not worth a line."""
    if event.kind != "card" or "job" not in event.data:
        return None
    action, detail = event.text("action"), event.text("detail")
    if action in ("asked", "closed"):
        return None
    place = f"{event.text('index')}/{event.text('total')}"
    return f"{place}  {event.text('card')}: {action}" + (f" ({detail})" if detail else "")


class CardFollower(Follower):
    """Follows one preparation to its end."""

    def job(self, started: CardJobInfo) -> CardJobInfo:
        """Show everything until it has ended.

        Raises:
            DaemonGone: the daemon vanished in the middle.
        """
        with term_is_ctrl_c():
            try:
                with self._client.events(started.after_seq) as events:
                    self._until_job_closed(events, started.job_id)
            except KeyboardInterrupt:
                self._display.say("interrupted: the cards that are done stay done")
                return self._client.card_job_abort()
        return self._client.card_job()

    def _until_job_closed(self, events: EventStream, job_id: str) -> None:
        while True:
            event = events.pop()
            if event is not None:
                self._take(event)
                if event.text("job") == job_id and event.text("action") == "closed":
                    return
            elif events in self._select([events], SILENCE_S) and not events.pump():
                raise DaemonGone("the daemon ended while cards were being prepared")


def follow(
    client: RigClient, names: Sequence[str], *, again: bool = False, verify: bool = False
) -> CardJobInfo:
    """Have cards prepared or verified, and attend to it."""
    started = client.card_job_start(names, again=again, verify=verify)
    return CardFollower(client, CardProgress(), keyboard()).job(started)
