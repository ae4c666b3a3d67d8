"""The dongle in a world: only if somebody asked for it, by the faces it shows."""

from __future__ import annotations

import argparse
from contextlib import AsyncExitStack
from typing import Self

from firmware_mocks.clock import MockClock
from firmware_mocks.control import Control
from firmware_mocks.modem import control as surroundings
from firmware_mocks.modem.at_firmware import AtFirmware
from firmware_mocks.modem.at_port import AtPort
from firmware_mocks.modem.dongle import Dongle


class ModemFaces:
    """One dongle; real ones have one face, ours may show both.

    Args:
        args: of the world: `modem` names the faces.
        control: takes the commands.

    Attributes:
        addresses: of the faces, by name.
    """

    def __init__(self, args: argparse.Namespace, control: Control) -> None:
        self.addresses: dict[str, object] = {}
        self._stack = AsyncExitStack()
        self._faces: list[str] = args.modem
        if not self._faces:
            return
        self._clock = MockClock(args.time_scale, args.epoch)
        self._dongle = Dongle(self._clock.now, seed=args.seed)
        surroundings.register(self._dongle, control)
        self._port = AtPort(AtFirmware(self._dongle), self._clock)
        self._control = control
        if "at" in self._faces:  # of two faces, faults and plug are those of the AT port
            self._port.register(control)

    async def __aenter__(self) -> Self:
        if "at" in self._faces:
            await self._stack.enter_async_context(self._port)
            self.addresses["at"] = self._port.path
        if "web" in self._faces:
            from firmware_mocks.modem.web_firmware import WebFirmware  # aiohttp for this alone

            web = WebFirmware(self._dongle, ("127.0.0.1", 0))
            if "at" not in self._faces:
                web.register(self._control)
            await self._stack.enter_async_context(web)
            self.addresses["web"] = web.url
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()
