"""Simulated card readers as processes, to run the card writer against."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, cast

from rig.bench.control import ControlChannel
from rig.jsontypes import Json


@dataclass(frozen=True)
class NfcMock:
    """`python -m firmware_mocks pn532`, running."""

    ready: dict[str, Any]

    @property
    def port(self) -> str:
        return str(self.ready["path"])

    async def control(self, do: str, **args: Json) -> Json:
        """One command on the control channel."""
        where = self.ready["control"]
        async with ControlChannel("nfc mock", where["host"], where["port"]) as channel:
            return await channel.ask(do, **args)

    async def lay(self, card: str, name: str = "card") -> bytes:
        """Lay a new card `MODEL:UID` on the reader; its UID."""
        await self.control("nfc_card", name=name, card=card)
        await self.control("nfc_lay", name=name)
        return bytes.fromhex(card.partition(":")[2])

    async def card(self, name: str = "card") -> dict[str, Any]:
        """A card, seen without the driver."""
        state = cast("dict[str, Any]", await self.control("nfc_state"))
        return cast("dict[str, Any]", state["cards"][name])

    async def block(self, number: int, size: int = 16) -> str:
        """What a block or page of the card holds, hexadecimal."""
        content = str((await self.card())["content"])
        return content[number * size * 2 : (number + 1) * size * 2]


@contextmanager
def nfc_mock(*options: str) -> Iterator[NfcMock]:
    """Start a reader that cannot outlive the test."""
    process = subprocess.Popen(
        [sys.executable, "-m", "firmware_mocks", "pn532", "--follow-stdin", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield NfcMock(json.loads(cast("IO[str]", process.stdout).readline()))
    finally:
        process.kill()
        process.communicate()
