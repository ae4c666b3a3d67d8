"""What a station makes of a card's UID: the idTag it is expected to send. Pure.

Sources: OCPP 1.6, IdToken (CiString20Type); how stations and readers of several makes do it,
see the documentation of card sets.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

LONGEST = 20
"""Characters of an idTag."""
CASCADE_TAG = b"\x88"

Base = Literal["hex", "decimal"]
Case = Literal["upper", "lower"]
Order = Literal["as-read", "reversed"]
Side = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class IdTagRule:
    """How a UID is written as an idTag; the attributes take effect in this order.

    Attributes:
        cascade: the UID is cut to 4 bytes with the cascade tag 88 in front, as readers of one
            cascade level see a UID of 7 bytes.
        length: only so many of its first bytes; None for all.
        order: first byte first, or last byte first.
        pad: bytes of zero are added up to so many; None for none.
        side: where they are added.
        base: hexadecimal, or one decimal number with leading zeros for its number of bytes.
        case: of hexadecimal letters.
        separator: between bytes, hexadecimal only.
        prefix: in front of everything.
    """

    base: Base = "hex"
    case: Case = "upper"
    order: Order = "as-read"
    length: int | None = None
    pad: int | None = None
    side: Side = "left"
    separator: str = ""
    prefix: str = ""
    cascade: bool = False

    def __str__(self) -> str:
        words = ["decimal" if self.base == "decimal" else f"hex, {self.case} case", self.order]
        if self.cascade:
            words.append("cascade tag and 3 bytes")
        if self.length is not None:
            words.append(f"first {self.length} bytes")
        if self.pad is not None:
            words.append(f"zeros on the {self.side} to {self.pad} bytes")
        if self.separator:
            words.append(f"separated by {self.separator!r}")
        if self.prefix:
            words.append(f"after {self.prefix!r}")
        return ", ".join(words)


def render(uid: bytes, rule: IdTagRule) -> str:
    """The idTag of a UID.

    Raises:
        ValueError: it would have more than 20 characters, or the rule does not fit the UID.
    """
    if rule.cascade:
        if len(uid) != 7:
            raise ValueError(f"a UID of {len(uid)} bytes is not cut to a cascade level")
        uid = CASCADE_TAG + uid[:3]
    if rule.length is not None:
        uid = uid[: rule.length]
    if rule.order == "reversed":
        uid = uid[::-1]
    if rule.pad is not None:
        zeros = bytes(max(0, rule.pad - len(uid)))
        uid = zeros + uid if rule.side == "left" else uid + zeros
    if rule.base == "decimal":
        text = str(int.from_bytes(uid, "big")).zfill(len(str(256 ** len(uid) - 1)))
    else:
        text = rule.separator.join(f"{octet:02X}" for octet in uid)
        text = text.lower() if rule.case == "lower" else text
    text = rule.prefix + text
    if len(text) > LONGEST:
        raise ValueError(f"idTag {text} has {len(text)} characters; OCPP 1.6 has {LONGEST} at most")
    return text


COMMON = (
    IdTagRule(),
    IdTagRule(case="lower"),
    IdTagRule(order="reversed"),
    IdTagRule(base="decimal"),
    IdTagRule(base="decimal", order="reversed"),
)
"""What most stations do."""


def renderings(uid: bytes) -> list[tuple[IdTagRule, str]]:
    """What a station may send for a UID, the most usual first; each text once."""
    found: dict[str, IdTagRule] = {}
    for rule in COMMON:
        try:
            found.setdefault(render(uid, rule), rule)
        except ValueError:
            continue  # does not fit into an idTag, so nobody sends it
    return [(rule, text) for text, rule in found.items()]


def rules_that_give(uid: bytes, id_tag: str) -> list[IdTagRule]:
    """Rules by which a station may have made `id_tag` of `uid`, the simplest first.

    Letters count as they are if a rule gives them so; idTags compare without case otherwise.
    """
    exact: list[IdTagRule] = []
    folded: list[IdTagRule] = []
    for rule in _all_rules(len(uid)):
        try:
            text = render(uid, rule)
        except ValueError:
            continue
        if text == id_tag:
            exact.append(rule)
        elif text.casefold() == id_tag.casefold():
            folded.append(rule)
    return exact or folded


def _all_rules(size: int) -> Iterator[IdTagRule]:
    lengths: list[int | None] = [None, *range(size - 1, 2, -1)]
    pads: list[tuple[int | None, Side]] = [(None, "left")]
    pads += [(pad, side) for pad in range(size + 1, 11) for side in ("left", "right")]
    orders: tuple[Order, ...] = ("as-read", "reversed")
    for length, (pad, side), prefix, cascade, order in itertools.product(
        lengths, pads, ("", "0x"), (False, True), orders
    ):
        shape = {"order": order, "length": length, "pad": pad, "side": side, "prefix": prefix}
        if cascade and length is not None:
            continue
        yield IdTagRule(base="decimal", cascade=cascade, **shape)  # type: ignore[arg-type]
        for separator in ("", ":", "-"):
            for case in ("upper", "lower"):
                yield IdTagRule(
                    case=case,
                    separator=separator,
                    cascade=cascade,
                    **shape,  # type: ignore[arg-type]
                )
