"""`python -m firmware_mocks relay-board`."""

from __future__ import annotations

import argparse

from firmware_mocks.control import Control
from firmware_mocks.process import serve_until_stopped
from firmware_mocks.relay_board.board import DIALECTS, RelayLineMock


async def serve(args: argparse.Namespace) -> None:
    """Serve the boards of one line."""
    control = Control()
    boards = boards_of(args.unit, args.dialect)

    def moved(unit: int, coil: int, closed: bool) -> None:
        more = {} if len(boards) == 1 else {"unit": unit}
        control.publish("relay", coil=coil, closed=closed, **more)

    board = RelayLineMock(
        boards,
        moved,
        rtu=args.transport in ("rtu", "both"),
        tcp=args.transport in ("tcp", "both"),
        rtu_over_tcp=args.rtu_over_tcp,
        bind=args.bind,
        link=args.link,
    )
    for text in args.fault:
        for unit in board.units.values():
            unit.fault_text(text)
    board.register(control)
    async with control, board:
        ready = {"kind": "relay-board", **board.addresses, "control": control.address}
        await serve_until_stopped(ready, args.follow_stdin)


def boards_of(units: list[str], dialect: str) -> dict[int, str]:
    """Dialect by unit from "2:r4d8a08", or from "2" alone for the one of `dialect`.

    Raises:
        ValueError: a unit that is none or comes twice, or an unknown dialect.
    """
    boards: dict[int, str] = {}
    for text in units or ["1"]:
        number, _, named = text.partition(":")
        unit, make = int(number), named or dialect
        if not 1 <= unit <= 247 or unit in boards:
            raise ValueError(f"unit {unit} comes twice or is not 1 to 247")
        if make not in DIALECTS:
            raise ValueError(f"no dialect {make!r}; there are {', '.join(DIALECTS)}")
        boards[unit] = make
    return boards
