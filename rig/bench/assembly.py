"""From the bench file to drivers: who hangs on whom, which coil plays which part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from drivers.errors import DriverError
from drivers.options import Options
from drivers.ports import Device, Observer, Operator
from drivers.registry import Surroundings, create
from rig.bench.faults import translate
from rig.bench.kinds import BOARD_KINDS, PORT_KINDS
from rig.clock import Clock
from rig.errors import BenchError

if TYPE_CHECKING:
    from rig.config.models import BenchConfig

Section = dict[str, object]
MOCK = "mock:"
SECRETS = ("pin", "password")


@dataclass(slots=True)
class Assembled:
    """The drivers of a bench, not yet opened.

    Attributes:
        boards: relay boards by name.
        others: everything else by name, in the order of the bench file.
        sections: what each device was made from, addresses resolved.
        errors: what could not be made.
    """

    boards: dict[str, Device] = field(default_factory=dict)
    others: dict[str, Device] = field(default_factory=dict)
    sections: dict[str, Section] = field(default_factory=dict)
    errors: list[BenchError] = field(default_factory=list)

    def add(self, device: Device, section: Section) -> None:
        """A device that is made elsewhere."""
        self.others[device.name] = device
        self.sections[device.name] = section

    def devices(self) -> dict[str, Device]:
        """All of them, boards first."""
        return {**self.boards, **self.others}

    def boards_of(self, device: str) -> frozenset[str]:
        """Relay boards that a device hangs on."""
        return boards_of(self.sections[device])

    def guard_order(self) -> list[Mapping[str, object]]:
        """Sections of the real relay boards for the guard."""
        return [
            {"name": name, **self.sections[name]}
            for name in self.boards
            if self.sections[name]["kind"] == "relay_board"
        ]


def plain_sections(config: BenchConfig) -> dict[str, Section]:
    """Every device's section as plain values, with the coils that its board leaves closed.

    A switch whose coil is closed in safe state must stay so when its board is made safe with one
    frame, so its coil joins the board's `safe_closed`.
    """
    sections = {
        name: cast("Section", device.model_dump(mode="json"))
        for name, device in config.devices.items()
    }
    for name, device in config.devices.items():
        # a secret stays wrapped until the driver needs it
        secrets = {key: getattr(device, key, None) for key in SECRETS}
        sections[name] |= {key: value for key, value in secrets.items() if value is not None}
    for section in sections.values():
        if section["kind"] == "manual_card_presenter":  # a person must find the right card
            section["id_tags"] = {card: known.id_tag for card, known in config.cards.items()}
        board = sections.get(str(section.get("board")))
        if board is not None and _is_closed_when_safe(section):
            closed = set(cast("list[int]", board.get("safe_closed") or []))
            board["safe_closed"] = sorted(closed | {cast("int", section["coil"])})
    return sections


def _is_closed_when_safe(section: Section) -> bool:
    """Of a switch on a relay: mains that are to be on, a network that an open coil cuts."""
    if section["kind"] == "mains_switch":
        return section.get("safe") == "on"
    return section["kind"] == "network_switch" and section.get("cut_by") == "opening"


def assemble(
    sections: Mapping[str, Section],
    operator: Operator,
    observe: Observer,
    clock: Clock,
    resolve: Callable[[str, Mapping[str, object]], dict[str, object]],
) -> Assembled:
    """Make all drivers, boards before what hangs on them; no I/O.

    Args:
        sections: as from `plain_sections`.
        operator: for manual drivers.
        observe: takes what drivers did and saw.
        clock: scales the waits of the drivers.
        resolve: given a device and a section, returns it with addresses as they are now.
    """
    made = Assembled()
    around = Surroundings(operator, observe, clock.real)
    for name in sorted(sections, key=lambda n: sections[n]["kind"] not in BOARD_KINDS):
        section = dict(sections[name])
        made.sections[name] = section
        if (boards_of(section) & sections.keys()) - made.boards.keys():
            continue  # its board could not be made: that is what needs attention
        try:
            if isinstance(section.get("transport"), dict):
                section["transport"] = resolve(name, cast("Section", section["transport"]))
            kind = str(section["kind"])
            if kind in PORT_KINDS:
                section = made.sections[name] = resolve(name, section)
            device = create(kind, name, section, around)
        except DriverError as error:
            made.errors.append(translate(error))
        except BenchError as error:
            made.errors.append(BenchError(name, error.cause, error.remedy))
        except ValueError as error:
            made.errors.append(BenchError(name, str(error), "check the bench file"))
        else:
            (made.boards if kind in BOARD_KINDS else made.others)[name] = device
    return made


def boards_of(section: Section) -> frozenset[str]:
    """Relay boards that a device needs: its own, and those that single terminals name."""
    board = section.get("board")
    if not isinstance(board, str):
        return frozenset()
    ends = [end for key in ("coils", "inputs") for _, end in _ends(section, key, board)]
    return frozenset({board, *(named for named, _ in ends)})


def coil_roles(sections: Mapping[str, Section]) -> dict[tuple[str, int], str]:
    """What each coil does, for the record: (board, coil) -> "plug-1.cp"."""
    return {end: role for name, section in sections.items() for role, end in _coils(name, section)}


def uses_line(sections: Mapping[str, Section], name: str) -> bool:
    """Whether a device is on a simulated line whose name begins like this."""
    transports = [section.get("transport") for section in sections.values()]
    values = [str(v) for t in transports if isinstance(t, dict) for v in t.values()]
    return any(value.startswith(f"{MOCK}{name}") for value in values)


def simulated(sections: Mapping[str, Section]) -> frozenset[str]:
    """Devices that are mocks, directly or through a board."""

    def is_mock(section: Section) -> bool:
        transport = section.get("transport")
        values = [section.get("port"), section.get("url")]
        values += transport.values() if isinstance(transport, dict) else ()
        return any(str(value).startswith(MOCK) for value in values)

    boards = {name for name, section in sections.items() if is_mock(section)}
    return frozenset(
        name for name, section in sections.items() if name in boards or boards_of(section) & boards
    )


def _coils(name: str, section: Section) -> Iterator[tuple[str, tuple[str, int]]]:
    board = section.get("board")
    if not isinstance(board, str):
        return
    if isinstance(coil := section.get("coil"), int):
        yield name, (board, coil)
    for key in ("coils", "cards"):
        yield from ((f"{name}.{role}", end) for role, end in _ends(section, key, board))


def _ends(section: Section, key: str, board: str) -> Iterator[tuple[str, tuple[str, int]]]:
    """Coils or inputs of a section below `key`, by role."""
    named = section.get(key)
    if isinstance(named, dict):
        yield from Options(key, named).terminals(board).items()
