"""The set of test cards: write it, verify it."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from rig.client.cards import CardJobInfo, CardReading
from rig.client.results import CardInfo
from rig.tui.actions import bindings
from rig.tui.bench_facts import share_bar
from rig.tui.mirror import Mirror, Topic
from rig.tui.screens.base import RigScreen
from rig.tui.story import TONES
from rig.tui.widgets.facts import Fact, Facts
from rig.tui.widgets.lines import LineList

OUTCOMES = {
    "right": ("✓", "good"), "written": ("✓", "good"), "known": ("✓", "good"),
    "differs": ("✗", "bad"), "failed": ("✗", "bad"), "skipped": ("–", "warn"),
}  # fmt: skip


class CardsScreen(RigScreen):
    """Cards of the bench and what became of them; the card on the writer."""

    NAME = "cards"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("cards")]

    def body(self) -> ComposeResult:
        """The panels."""
        yield Facts("Preparing cards", id="job", label_width=9)
        with Container(id="split"):
            yield LineList[CardInfo](
                self._paint, lambda card: card.name, id="list", classes="panel",
                empty="This bench has no cards; give it some in its file, under `cards`.",
            )  # fmt: skip
            yield Facts("On the writer", id="detail", label_width=9)

    def on_mount(self) -> None:
        """Begin with the set."""
        self.query_one("#list").border_title = "Cards of this bench"
        self.query_one("#detail", Facts).show([Fact("", "v reads the card that lies there")])
        self.query_one("#list").focus()

    def show(self, mirror: Mirror, topics: Topic) -> None:
        """Draw what has changed."""
        cards = self.query_one("#list", LineList)
        if mirror.status is not None and tuple(cards.rows) != mirror.status.bench.cards:
            cards.set_rows(mirror.status.bench.cards)
        if topics & Topic.CARDS:
            self.query_one("#job", Facts).show(job_facts(self.rig.news.job))
            cards.repaint()

    def _paint(self, card: CardInfo, width: int) -> Text:
        job = self.rig.news.job
        line = next((c for c in job.cards if c.name == card.name), None) if job else None
        text = Text(f"{card.name:<11} {card.id_tag:<16} {card.status:<9} ", no_wrap=True)
        if card.parent and width > 70:
            text.append(f"parent {card.parent}  ", style="dim")
        if line is not None:
            sign, tone = OUTCOMES.get(line.outcome, ("·", ""))
            text.append(f"{sign} {line.outcome}", style=TONES[tone])
            if line.detail:
                text.append(f": {line.detail}")
        return text

    def _start(self, names: list[str], *, again: bool = False, verify: bool = False) -> None:
        def done(job: CardJobInfo) -> None:
            self.rig.news.job = job
            self.rig.changed(Topic.CARDS)
            doing = "verifying" if verify else "preparing"
            self.rig.say(f"✓ {doing} {len(job.names)} card{'s' * (len(job.names) != 1)}")

        self.rig.order(
            "verify cards" if verify else "prepare cards",
            lambda c: c.card_job_start(names, again=again, verify=verify),
            done,
        )

    def do_write_set(self) -> None:
        """All cards."""
        self._start([])

    def do_verify_set(self) -> None:
        """Look at all cards."""
        self._start([], verify=True)

    def do_write_one(self) -> None:
        """The one under the cursor."""
        card = self.query_one("#list", LineList).current
        if isinstance(card, CardInfo):
            self._start([card.name], again=True)

    def do_verify(self) -> None:
        """Read what is on the writer."""

        def done(seen: CardReading) -> None:
            self.query_one("#detail", Facts).show(reading_facts(seen))
            who = seen.name or "not one of this bench"
            self.rig.say(f"✓ the card on the writer is {who}")

        self.rig.order("read the card", lambda c: c.card_read(), done)

    def do_stop_cards(self) -> None:
        """Stop the job."""
        self.rig.order("stop", lambda c: c.card_job_abort(), lambda _: self.rig.say("✓ stopped"))


def job_facts(job: CardJobInfo | None) -> list[Fact]:
    """The job in progress, or the last one."""
    if job is None:
        return [Fact("", "None yet. w writes the whole set, Enter the card under the cursor."),
                Fact("", "The writer asks for each card in turn.")]  # fmt: skip
    done, total = len(job.cards), len(job.names)
    right = sum(OUTCOMES.get(c.outcome, ("", ""))[0] == "✓" for c in job.cards)
    word = {"running": "… running", "finished": "✓ finished", "failed": "✗ failed",
            "aborted": "■ stopped"}.get(job.state, job.state)  # fmt: skip
    facts = [Fact(job.job_id, f"{word}  {share_bar(done, total)} {done}/{total}, {right} right")]
    if job.cause:
        facts.append(Fact("cause", job.cause, "bad"))
    elif job.state == "running" and done < total:
        facts.append(Fact("next", job.names[done]))
    return facts


def reading_facts(seen: CardReading) -> list[Fact]:
    """A card on the writer."""
    uid = ":".join(seen.uid[i : i + 2] for i in range(0, len(seen.uid), 2))
    facts = [
        Fact("card", seen.name or "not one of this bench", "" if seen.name else "warn"),
        Fact("type", seen.card_type),
        Fact("UID", uid + (" (a new one every time)" if seen.uid_is_random else "")),
    ]
    if seen.text:
        facts.append(Fact("text", seen.text))
    facts += [Fact("idTag", f"{tag.id_tag}  {tag.rule}") for tag in seen.id_tags]
    return facts
