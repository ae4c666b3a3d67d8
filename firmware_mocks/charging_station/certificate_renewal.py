"""The station asks for its certificate: when it is told to, and a month before the old one ends.

Source: OCPP security white paper, A02 and A03; station behaviour 14.4.
"""

from __future__ import annotations

import asyncio

from firmware_mocks.charging_station.board import Board
from firmware_mocks.charging_station.own_certificates import MONTH, OwnCertificates
from rig.ocppj.endpoint import Result
from rig.ocppj.flag import Flag

DAY_S = 86400.0


class CertificateRenewal:
    """Sends SignCertificate.

    Args:
        board: of the station.
        own: certificates of the station.
    """

    __slots__ = ("_board", "_changed", "_own")

    def __init__(self, board: Board, own: OwnCertificates) -> None:
        self._board = board
        self._own = own
        self._changed = Flag()

    @property
    def is_possible(self) -> bool:
        """Whether there is an organisation to put into a request."""
        return bool(self._board.configuration.values["CpoName"])

    async def request(self) -> None:
        """Ask once; a Central System that has rejected is not asked again."""
        csr = await self._own.request()
        outcome = await self._board.uplink.call("SignCertificate", {"csr": csr})
        accepted = isinstance(outcome, Result) and outcome.payload.get("status") == "Accepted"
        if not accepted:
            self._own.give_up_request()

    def look_again(self) -> None:
        """Certificate or CpoName has changed."""
        self._changed.set()

    async def run(self, settled: Flag) -> None:
        """Ask a month before the newest certificate ends, once a day until there is another."""
        while True:
            await settled.wait()
            self._changed.clear()
            wait_s = self._due_in_s()
            if wait_s is not None and wait_s <= 0 and self.is_possible:
                await self.request()
                wait_s = DAY_S
            elif wait_s is not None and wait_s <= 0:
                wait_s = None  # until there is a CpoName
            try:
                real_s = None if wait_s is None else self._board.clock.real(wait_s)
                async with asyncio.timeout(real_s):
                    await self._changed.wait()
            except TimeoutError:
                pass

    def _due_in_s(self) -> float | None:
        expiry = self._own.newest_expiry()
        if expiry is None:
            return None
        return (expiry - MONTH - self._board.rtc.utc()).total_seconds()
