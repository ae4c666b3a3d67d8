"""What the daemon says about cards on the writer, as frozen records; see `rig.client.results`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IdTagLine:
    """What a station may send for a card, and the rule by which it does."""

    id_tag: str
    rule: str


@dataclass(frozen=True, slots=True)
class CardReading:
    """A card on the writer.

    Attributes:
        name: of the bench's card with this UID, "" for a stranger.
        card_type: what it seems to be.
        uid: hexadecimal, first byte first.
        uid_is_random: it makes up a new one every time.
        text: label on it, if any.
        id_tags: what stations send for it; or, if one was seen, the rules that give it.
    """

    name: str
    card_type: str
    uid: str
    uid_is_random: bool
    text: str | None
    id_tags: tuple[IdTagLine, ...]


@dataclass(frozen=True, slots=True)
class CardLine:
    """A prepared card: `outcome` is right, written, known, differs, failed or skipped."""

    name: str
    uid: str
    outcome: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CardJobInfo:
    """Preparing cards, or verifying them.

    Attributes:
        job_id: "" when there has been none.
        state: "running", "finished", "failed" (the bench, or nobody answered) or "aborted".
        cause: why it failed.
        kind: of that error, as of a `ClientError`.
        after_seq: events of the job have greater numbers.
        names: of all its cards.
        cards: those that are dealt with.
    """

    job_id: str
    state: str
    cause: str
    kind: str
    after_seq: int
    names: tuple[str, ...]
    cards: tuple[CardLine, ...]
