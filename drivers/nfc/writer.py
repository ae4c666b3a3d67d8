"""Card writer with a contactless reader on a serial line or on USB."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Self, TypeVar

from drivers.completion import to_completion
from drivers.errors import (
    BadReply,
    CardMismatch,
    CardRefused,
    DeviceGone,
    DeviceTimeout,
    DriverError,
    NoCard,
)
from drivers.nfc.card_types import CLASSIC_SECTORS, Target, type_name
from drivers.nfc.classic_card import ClassicCard
from drivers.nfc.nfcpy_reader import NfcpyReader
from drivers.nfc.text_record import decode_text, encode_text
from drivers.nfc.timings import NfcTimings
from drivers.ports import CardSeen, Observer, SectorKey

T = TypeVar("T")


class NfcCardWriter:
    """Card writer.

    The library blocks, so that it has a thread of its own. Orders that only read end soon after
    their caller is cancelled; orders that write are finished first: half a card helps nobody. A
    reader that failed is opened anew with the next order.

    Args:
        name: of the writer on the bench.
        chip: "pn532", "pn533", "acr122u" or "rc-s380".
        port: path of the serial port, or `usb:VID:PID`.
        observe: told what was written.
        timings: deadlines.
    """

    def __init__(
        self,
        name: str,
        chip: str,
        port: str,
        *,
        observe: Observer,
        timings: NfcTimings | None = None,
    ) -> None:
        self.name = name
        self._observe = observe
        self._times = timings or NfcTimings()
        self._give_up = threading.Event()
        self._reader = NfcpyReader(name, chip, port, self._give_up)
        self._thread: ThreadPoolExecutor | None = None
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> Self:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"{self.name} nfc")
        try:
            await self.prove()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self._end()

    async def prove(self) -> str:
        """The chip says who it is."""
        return await self._do(self._reader.firmware)

    async def safe(self) -> None:
        """The field is on only during an order."""

    async def find_card(self, expected: bytes | None = None) -> CardSeen | None:
        """Look once; None when there is no card.

        Raises:
            NoCard: several cards at once.
        """
        del expected  # for a person
        return await self._do(self._find)

    async def read_text(self, uid: bytes) -> str | None:
        """Text of the first NDEF text record; None when there is none."""
        message = await self._do(lambda: self._reader.read_message(self._here(uid).uid))
        return None if message is None else decode_text(message)

    async def write_text(self, uid: bytes, text: str, *, format_blank: bool = False) -> None:
        """Write an NDEF text record and read it back."""

        def job() -> None:
            card = self._here(uid)
            message = encode_text(text)
            if self._reader.read_message(uid) is None:
                if not format_blank:
                    raise CardRefused(
                        self.name, f"this {card.card_type} was never formatted for a text",
                        hint="allow it to be formatted, which cannot be undone",
                    )  # fmt: skip
                self._reader.format_blank(uid, card.card_type)
            self._reader.write_message(uid, message)
            if self._reader.read_message(uid) != message:
                raise CardMismatch(self.name, "the text reads back otherwise: try it again")

        await self._write(job)
        self._tell(uid, "text written")

    async def read_block(self, uid: bytes, block: int, key: SectorKey) -> bytes:
        """16 bytes of a MIFARE Classic."""
        return await self._do(lambda: self._classic(uid).read_block(block, key))

    async def write_block(self, uid: bytes, block: int, data: bytes, key: SectorKey) -> None:
        """Write 16 bytes of a MIFARE Classic and read them back."""
        await self._write(lambda: self._classic(uid).write_block(block, data, key))
        self._tell(uid, f"block {block} written")

    async def write_trailer(
        self, uid: bytes, sector: int, trailer: bytes, key: SectorKey, *, forever: bool = False
    ) -> None:
        """Write key A, access bits and key B of a sector; proved by using the new keys."""
        await self._write(
            lambda: self._classic(uid).write_trailer(sector, trailer, key, forever=forever)
        )
        self._tell(uid, f"keys of sector {sector} written")

    async def set_uid(self, uid: bytes, new_uid: bytes) -> CardSeen:
        """Give a UID-changeable card another UID."""

        def job() -> CardSeen:
            self._classic(uid).set_uid(new_uid)
            found = self._find()
            if found is None or found.uid != new_uid:
                got = "none" if found is None else found.uid.hex().upper()
                raise CardMismatch(
                    self.name, f"UID: wrote {new_uid.hex().upper()}, read back {got}"
                )
            return found

        seen = await self._write(job)
        self._tell(new_uid, f"UID changed from {uid.hex().upper()}")
        return seen

    # -- in the thread ------------------------------------------------------------------------

    def _find(self) -> CardSeen | None:
        found = self._reader.list_cards()
        if len(found) > 1:
            uids = " and ".join(target.uid.hex().upper() for target in found)
            raise NoCard(self.name, f"several cards on the reader: {uids}; leave one")
        return self._seen(found[0]) if found else None

    def _seen(self, target: Target) -> CardSeen:
        asks_version = target.sak & 0x60 == 0 and type_name(target) not in CLASSIC_SECTORS
        version = self._reader.version() if asks_version else None
        return CardSeen(target.uid, type_name(target, version), target.atqa, target.sak)

    def _here(self, uid: bytes) -> CardSeen:
        card = self._find()
        if card is None:
            raise NoCard(self.name, f"no card on the reader; {uid.hex().upper()} was expected")
        if card.uid != uid:
            raise NoCard(
                self.name,
                f"card {card.uid.hex().upper()} on the reader; {uid.hex().upper()} was expected",
            )
        return card

    def _classic(self, uid: bytes) -> ClassicCard:
        card = self._here(uid)
        if card.card_type not in CLASSIC_SECTORS:
            raise CardRefused(self.name, f"a {card.card_type} has no sectors of a MIFARE Classic")
        return ClassicCard(self.name, self._reader, uid, CLASSIC_SECTORS[card.card_type])

    # -- around the thread --------------------------------------------------------------------

    async def _write(self, job: Callable[[], T]) -> T:
        return await to_completion(self._do(job))

    async def _do(self, job: Callable[[], T]) -> T:
        """Run a job in the thread, one at a time.

        Raises:
            DriverError: it failed, or took too long.
        """
        async with self._lock:
            if self._thread is None:
                raise DeviceGone(self.name, "the writer is not open")
            running = asyncio.get_running_loop().run_in_executor(self._thread, self._opened(job))
            try:
                async with asyncio.timeout(self._times.job_s):
                    return await asyncio.shield(running)
            except TimeoutError:
                raise DeviceTimeout(
                    self.name, f"the reader was not done within {self._times.job_s:g} s"
                ) from None
            finally:
                if not running.done():
                    self._give_up.set()
                    await to_completion(_ended(running))
                    self._give_up.clear()

    def _opened(self, job: Callable[[], T]) -> Callable[[], T]:
        def run() -> T:
            self._reader.open()
            try:
                return job()
            except (DeviceGone, DeviceTimeout, BadReply):
                self._reader.close()
                raise

        return run

    async def _end(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            loop = asyncio.get_running_loop()
            await to_completion(_ended(loop.run_in_executor(thread, self._reader.close)))
            thread.shutdown(wait=True)

    def _tell(self, uid: bytes, action: str) -> None:
        self._observe("card", self.name, {"card": uid.hex().upper(), "action": action})


async def _ended(running: asyncio.Future[T]) -> None:
    """Wait for the end of a job; how it ended is of no interest any more."""
    await asyncio.wait({running})
    error = running.exception()
    if error is not None and not isinstance(error, DriverError):
        raise error
