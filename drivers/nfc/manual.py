"""Cards written by a person with a telephone or a reader of another make."""

from __future__ import annotations

from typing import Self

from drivers.errors import NotSupported
from drivers.operator import Hands
from drivers.ports import CardSeen, Observer, Operator, SectorKey

BY_HAND = "read by hand"


class ManualCardWriter:
    """Manual twin of the card writer. Knows what the operator said.

    A person can compare a number with one that is shown, but not type one in; that is why cards
    are found here only when somebody says which one is expected.

    Args:
        name: of the writer on the bench.
        operator: who is asked.
        observe: told what was written.
    """

    def __init__(self, name: str, operator: Operator, *, observe: Observer) -> None:
        self.name = name
        self._hands = Hands(name, operator)
        self._observe = observe
        self._texts: dict[bytes, str] = {}
        self._blocks: dict[tuple[bytes, int], bytes] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.safe()

    async def prove(self) -> str:
        """Nothing to ask a device: the operator is the device."""
        return "cards written by hand"

    async def safe(self) -> None:
        """Nothing is ever left on."""

    async def find_card(self, expected: bytes | None = None) -> CardSeen | None:
        """Ask whether the expected card is there.

        Raises:
            NotSupported: no card is expected.
        """
        if expected is None:
            raise NotSupported(
                self.name, "the operator can compare a UID but not type it in",
                hint="read a card of the card set by its name, or use a card_writer",
            )  # fmt: skip
        said = await self._hands.choose(
            f"does your reader show the UID {spaced(expected)} ?", ("yes", "no")
        )
        return CardSeen(expected, BY_HAND) if said == "yes" else None

    async def read_text(self, uid: bytes) -> str | None:
        """What the operator has confirmed."""
        return self._texts.get(uid)

    async def write_text(self, uid: bytes, text: str, *, format_blank: bool = False) -> None:
        """Have a text written."""
        extra = ", formatting it if need be" if format_blank else ""
        await self._hands.do(
            f"write the text {text!r} (NDEF, plain text) to the card {spaced(uid)}{extra}, "
            "read it back, then confirm"
        )
        self._texts[uid] = text
        self._tell(uid, "text written")

    async def read_block(self, uid: bytes, block: int, key: SectorKey) -> bytes:
        """What the operator has confirmed.

        Raises:
            NotSupported: nothing yet.
        """
        del key
        if (uid, block) not in self._blocks:
            raise NotSupported(self.name, f"nobody has said what block {block} holds")
        return self._blocks[uid, block]

    async def write_block(self, uid: bytes, block: int, data: bytes, key: SectorKey) -> None:
        """Have a block written."""
        await self._hands.do(
            f"write {data.hex().upper()} to block {block} of the card {spaced(uid)} with key "
            f"{key.kind} {key.value.hex().upper()}, read it back, then confirm"
        )
        self._blocks[uid, block] = data
        self._tell(uid, f"block {block} written")

    async def write_trailer(
        self, uid: bytes, sector: int, trailer: bytes, key: SectorKey, *, forever: bool = False
    ) -> None:
        """Keys are not written by hand: one wrong digit loses the sector.

        Raises:
            NotSupported: always.
        """
        raise NotSupported(self.name, "keys and access bits are not written by hand")

    async def set_uid(self, uid: bytes, new_uid: bytes) -> CardSeen:
        """Have the UID changed."""
        await self._hands.do(
            f"change the UID of the card {spaced(uid)} to {spaced(new_uid)}, read it back, "
            "then confirm"
        )
        self._tell(new_uid, f"UID changed from {uid.hex().upper()}")
        return CardSeen(new_uid, BY_HAND)

    def _tell(self, uid: bytes, action: str) -> None:
        self._observe("card", self.name, {"card": uid.hex().upper(), "action": action})


def spaced(uid: bytes) -> str:
    """A UID as telephones show it."""
    return uid.hex(":").upper()
