"""What the relay board driver must know about a make of board."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VersionRule:
    """Which firmware speaks this dialect.

    Attributes:
        register: holding register with the version.
        minimum: lowest value accepted.
        refusal: why an older one is refused, as a sentence without full stop.
    """

    register: int
    minimum: int
    refusal: str


@dataclass(frozen=True, slots=True)
class Dialect:
    """Register map of one make of board.

    Attributes:
        name: as bench files spell it.
        model: as the maker spells it.
        coil_count: number of relays.
        input_count: number of discrete inputs, 0 if none.
        coil_base: address of the first coil for FC01, FC05 and FC0F.
        input_base: address of the first input for FC02.
        version: which firmware is accepted; None if the board does not tell.
        linkage_base: first of `input_count` holding registers that let an input move its relay
            behind our back; the driver forces them to 0. None if the board has none.
        source: where this was read.
    """

    name: str
    model: str
    coil_count: int
    input_count: int
    source: str
    coil_base: int = 0
    input_base: int = 0
    version: VersionRule | None = None
    linkage_base: int | None = None
