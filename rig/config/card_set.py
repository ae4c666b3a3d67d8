"""A laboratory's set of test cards: what each one is for, what it shows, what is written on it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from rig.config.id_tag import Base, Case, IdTagRule, Order, Side, render
from rig.config.nodes import KeyPath, read_document
from rig.config.validation import Strict, in_order, validate
from rig.errors import ConfigError

UID_SIZES = (4, 7, 10)
CARD_TYPES = Literal[
    "NTAG213",
    "NTAG215",
    "NTAG216",
    "MIFARE Ultralight EV1",
    "MIFARE Classic Mini",
    "MIFARE Classic 1K",
    "MIFARE Classic 4K",
    "MIFARE DESFire",
]
CLASSIC = "MIFARE Classic"


def _hex_of(*sizes: int) -> AfterValidator:
    def check(text: str) -> str:
        plain = text.translate(str.maketrans("", "", ":- ")).upper()
        try:
            data = bytes.fromhex(plain)
        except ValueError:
            raise ValueError(f"{text!r} is not hexadecimal") from None
        if len(data) not in sizes:
            wanted = " or ".join(map(str, sizes))
            raise ValueError(f"{text!r} has {len(data)} bytes, not {wanted}")
        return data.hex().upper()

    return AfterValidator(check)


def _name(text: str) -> str:
    if not text or not all(c.isalnum() or c in "-_." for c in text):
        raise ValueError(f"{text!r} is no name; use letters, digits, - _ .")
    return text


Uid = Annotated[str, _hex_of(*UID_SIZES)]
BlockData = Annotated[str, _hex_of(16)]
Key = Annotated[str, _hex_of(6)]
CardName = Annotated[str, AfterValidator(_name)]
IdTag = Annotated[str, Field(min_length=1, max_length=20, description="as the station sends it")]
CardStatus = Literal["Accepted", "Invalid", "Blocked", "Expired", "ConcurrentTx"]
Block = Annotated[int, Field(ge=0, le=255)]


class Rendering(Strict):
    """How stations write a UID as an idTag; see `IdTagRule`."""

    base: Base = "hex"
    case: Case = "upper"
    order: Order = "as-read"
    length: int | None = Field(None, ge=1, le=10, description="first bytes of the UID only")
    pad: int | None = Field(None, ge=1, le=10, description="zeros up to so many bytes")
    side: Side = Field("left", description="where the zeros are")
    separator: str = Field("", max_length=3)
    prefix: str = Field("", max_length=12)
    cascade: bool = Field(False, description="88 and the first 3 bytes of a UID of 7")

    def rule(self) -> IdTagRule:
        """The rule."""
        return IdTagRule(**self.model_dump())


class PhysicalCard(Strict):
    """The plastic: what identifies it, and what is to be written on it."""

    uid: Uid = Field(description="4, 7 or 10 bytes, hexadecimal")
    byte_order: Order = Field("as-read", description="in which `uid` is given here")
    type: CARD_TYPES | None = Field(None, description="refuse cards of another type")
    set_uid: bool = Field(False, description="give a UID-changeable card this UID")
    text: str | None = Field(None, max_length=800, description="NDEF text that labels the card")
    format: bool = Field(False, description="prepare never-formatted tags; cannot be undone")
    blocks: dict[Block, BlockData] = Field({}, description="of a MIFARE Classic: 16 bytes each")
    trailers: dict[Block, BlockData] = Field(
        {}, description="key A, access bits, key B by sector of a MIFARE Classic"
    )
    key: Key = Field("FFFFFFFFFFFF", description="that may write blocks and trailers")
    key_kind: Literal["A", "B"] = "A"

    @field_validator("text")
    @classmethod
    def _text_says_something(cls, text: str | None) -> str | None:
        if text == "":
            raise ValueError("says nothing; remove it")
        return text

    @model_validator(mode="after")
    def _fits_together(self) -> PhysicalCard:
        uid = self.uid_bytes
        if len(uid) == 4 and uid[0] == 0x08:
            raise ValueError(
                f"UID {self.uid} begins with 08: such cards make up a new one every time"
            )
        if self.set_uid and len(uid) != 4:
            raise ValueError("only UIDs of 4 bytes can be set; remove `set_uid`")
        if self.type is not None:
            classic = self.type.startswith(CLASSIC)
            if (self.blocks or self.trailers or self.set_uid) and not classic:
                raise ValueError(f"a {self.type} has no blocks, keys or UID to be written")
            if self.text is not None and classic:
                raise ValueError(f"a {self.type} takes no text; use `blocks`")
        if 0 in self.blocks:
            raise ValueError("block 0 holds the UID; use `set_uid`")
        keys = [n for n in self.blocks if (n % 4 == 3 if n < 128 else n % 16 == 15)]
        if keys:
            raise ValueError(f"block {keys[0]} holds keys; use `trailers`, by sector")
        return self

    @property
    def uid_bytes(self) -> bytes:
        """As a reader gives it, first byte first."""
        uid = bytes.fromhex(self.uid)
        return uid if self.byte_order == "as-read" else uid[::-1]

    @property
    def has_content(self) -> bool:
        """Whether anything is to be written besides the UID."""
        return self.text is not None or bool(self.blocks or self.trailers)


class SetCard(PhysicalCard):
    """A card of a set.

    What a station reads from it follows from its UID; what the Central System says about it is
    its status.
    """

    status: CardStatus
    id_tag: IdTag | None = Field(None, description="where it does not follow from the UID")
    rendering: Rendering | None = Field(None, description="instead of that of the set")
    group: CardName | None = Field(None, description="of `groups`")

    def physical(self) -> PhysicalCard:
        """The plastic alone."""
        names = set(PhysicalCard.model_fields)
        return PhysicalCard.model_validate(self.model_dump(include=names))


class CardSetConfig(Strict):
    """A card set file."""

    card_set: CardName
    rendering: Rendering = Field(
        Rendering(), description="what the station under test makes of a UID"
    )
    groups: dict[CardName, IdTag] = Field({}, description="parentIdTag by name of the group")
    cards: dict[CardName, SetCard]

    def id_tag(self, card: SetCard) -> str:
        """What the station is expected to send.

        Raises:
            ValueError: there is no such idTag.
        """
        if card.id_tag is not None:
            return card.id_tag
        return render(card.uid_bytes, (card.rendering or self.rendering).rule())


def load_card_set(file: Path) -> CardSetConfig:
    """Read and check a card set file.

    Raises:
        ConfigError: every problem of the file.
    """
    document = read_document(file)
    config = validate(CardSetConfig, document)
    problems = [document.problem(path, what) for path, what in _cross_checks(config)]
    if problems:
        raise ConfigError(*in_order(problems, document.file))
    return config


def _cross_checks(config: CardSetConfig) -> Iterator[tuple[KeyPath, str]]:
    uids: dict[bytes, str] = {}
    id_tags: dict[str, str] = {}
    members: dict[str, int] = dict.fromkeys(config.groups, 0)
    strayed = False
    for name, card in config.cards.items():
        owner = uids.setdefault(card.uid_bytes, name)
        if owner != name:
            yield ("cards", name, "uid"), f"card {owner} has this UID already"
        try:
            id_tag = config.id_tag(card)
        except ValueError as error:
            yield ("cards", name, "uid"), f"{error}; set `rendering` or `id_tag`"
        else:
            owner = id_tags.setdefault(id_tag.casefold(), name)
            if owner != name:
                yield ("cards", name), f"card {owner} has idTag {id_tag} already"
        if card.group is not None:
            if card.group in members:
                members[card.group] += 1
            else:
                strayed = True  # its group may look too small for that alone
                near = difflib.get_close_matches(card.group, members, 1)
                remedy = f"did you mean {near[0]!r}?" if near else "add it under `groups`"
                yield ("cards", name, "group"), f"no group {card.group!r}; {remedy}"
    for group, count in members.items():
        if count < 2 and not strayed:
            yield ("groups", group), "a group is of two cards at least; give its name to another"
