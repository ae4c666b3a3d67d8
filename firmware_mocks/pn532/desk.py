"""The card writer in a world: only if somebody asked for it."""

from __future__ import annotations

import argparse
from contextlib import AsyncExitStack
from typing import Self

from firmware_mocks.control import Control
from firmware_mocks.pn532.chip import Pn532Chip
from firmware_mocks.pn532.control import CardTable
from firmware_mocks.pn532.port import Pn532Port


class NfcDesk:
    """A reader and the cards beside it.

    Args:
        args: of the world: `nfc`.
        control: takes the commands.

    Attributes:
        addresses: {"nfc": path of the port}, or nothing.
    """

    def __init__(self, args: argparse.Namespace, control: Control) -> None:
        self.addresses: dict[str, object] = {}
        self._stack = AsyncExitStack()
        self._port = Pn532Port(Pn532Chip()) if args.nfc else None
        if self._port is not None:
            CardTable(self._port).register(control)

    async def __aenter__(self) -> Self:
        if self._port is not None:
            await self._stack.enter_async_context(self._port)
            self.addresses["nfc"] = self._port.path
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()
