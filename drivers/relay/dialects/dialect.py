"""What the relay board driver must know about a make of board."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.relay.dialects.watchdogs import Watchdog


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
class Commands:
    """Relays that are holding registers, not coils: FC06 with a command, FC03 for the state.

    Attributes:
        first: register of relay K1.
        close, open: commands.
        closed: what the register of a closed relay reads; an open one reads 0.
    """

    first: int
    close: int
    open: int
    closed: int


@dataclass(frozen=True, slots=True)
class Pulse:
    """The board closes a relay and opens it again by its own clock.

    Attributes:
        function: 5 or 6, with the number of units as the value.
        base: address of K1.
        unit_s: seconds per unit: what the board can resolve.
        longest: greatest number of units.
        command: added to the value.
    """

    function: int
    base: int
    unit_s: float
    longest: int
    command: int = 0


@dataclass(frozen=True, slots=True)
class Setting:
    """Holding registers that must have a value, or the board is not safe to use.

    Attributes:
        register: first of them.
        value: of each.
        why: completes "must be N: ...".
        count: how many.
    """

    register: int
    value: int
    why: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Dialect:
    """Register map of one make of board.

    Attributes:
        name: as bench files spell it.
        model: as the maker spells it.
        coil_count: number of relays.
        input_count: number of discrete inputs, 0 if none.
        source: where this was read.
        coil_base: address of the first coil for FC05 and FC0F.
        read_base: address of the first coil for FC01; None for the same.
        input_base: address of the first input for FC02.
        writes_several: FC0F is understood; else relays are switched one by one.
        commands: the relays are registers; None for coils.
        pulse: None if the board cannot time one, or not surely.
        version: which firmware is accepted; None if the board does not tell.
        linkage_base: first of `input_count` holding registers that let an input move its relay
            behind our back; the driver forces them to 0. None if the board has none.
        settings: what is forced on opening.
        power_on: what is not known about the relays after power-up, as a warning; "" where
            they come back open, by themselves or by `settings`.
        watchdog: None if the board has none.
    """

    name: str
    model: str
    coil_count: int
    input_count: int
    source: str
    coil_base: int = 0
    read_base: int | None = None
    input_base: int = 0
    writes_several: bool = True
    commands: Commands | None = None
    pulse: Pulse | None = None
    version: VersionRule | None = None
    linkage_base: int | None = None
    settings: tuple[Setting, ...] = ()
    power_on: str = ""
    watchdog: Watchdog | None = None
