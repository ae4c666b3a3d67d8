"""Reads a bench file: schema, then what only the whole file can show to be wrong."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator
from pathlib import Path

from rig.config.card_set import load_card_set
from rig.config.dialects import DIALECTS
from rig.config.models import (
    MOCK,
    BenchConfig,
    CardConfig,
    CardWriter,
    ManualCardWriter,
    ManualEvseTester,
    ManualModem,
    Modem,
    RelayBoard,
    RelayCardPresenter,
    RelayEvseTester,
    RelayMainsSwitch,
)
from rig.config.nodes import Document, KeyPath, read_document
from rig.config.validation import in_order, validate
from rig.errors import ConfigError

DEFAULT = Path("benches/virtual.yaml")


def default_bench() -> Path:
    """The bench file that counts when none is named: the virtual bench.

    Raises:
        ConfigError: the installation is incomplete.
    """
    here = Path(__file__).parents[2] / "configs" / DEFAULT
    installed = Path(sys.prefix) / "share" / "evse-rig" / "configs" / DEFAULT
    for candidate in (here, installed):
        if candidate.is_file():
            return candidate
    raise ConfigError(f"no default bench file: neither {here} nor {installed} exists")


def load_bench(file: Path) -> BenchConfig:
    """Read and check a bench file; relative paths in it count from its folder.

    Raises:
        ConfigError: every problem of the file.
    """
    document = read_document(file)
    config = validate(BenchConfig, document)
    problems: list[str] = []
    elsewhere: list[str] = []
    config = _with_card_set(config, file.parent, document, problems, elsewhere)
    if not elsewhere:  # else every card of the set would be missing too
        problems += [document.problem(path, what) for path, what in _cross_checks(config)]
    config = _resolved(config, file.parent, document, problems)
    if problems or elsewhere:
        raise ConfigError(*in_order(problems, document.file), *elsewhere)
    return config


def _with_card_set(
    config: BenchConfig, folder: Path, document: Document, problems: list[str], elsewhere: list[str]
) -> BenchConfig:
    """The cards of the set beside those of the bench file."""
    if config.card_set is None:
        return config
    file = folder / config.card_set
    try:
        found = load_card_set(file)
    except ConfigError as error:
        elsewhere += error.problems
        return config
    cards = dict(config.cards)
    for name, card in found.cards.items():
        if name in cards:
            what = f"card {name!r} is in {config.card_set} too; remove one"
            problems.append(document.problem(("cards", name), what, at_key=True))
            continue
        parent = None if card.group is None else found.groups[card.group]
        cards[name] = CardConfig(
            id_tag=found.id_tag(card),
            status=card.status,
            parent_id_tag=parent,
            physical=card.physical(),
        )
    return config.model_copy(update={"cards": cards, "card_set": file})


def _resolved(
    config: BenchConfig, folder: Path, document: Document, problems: list[str]
) -> BenchConfig:
    changes: dict[str, object] = {}
    if config.pics is not None:
        changes["pics"] = _existing(folder / config.pics, ("pics",), document, problems)
    if config.runs_dir is not None:
        try:
            changes["runs_dir"] = folder / config.runs_dir.expanduser()
        except RuntimeError:
            what = f"no home folder for {config.runs_dir}; write the whole path"
            problems.append(document.problem(("runs_dir",), what))
    if config.virtual is not None and config.virtual.persona is not None:
        path = ("virtual", "persona")
        persona = _existing(folder / config.virtual.persona, path, document, problems)
        changes["virtual"] = config.virtual.model_copy(update={"persona": persona})
    return config.model_copy(update=changes)


def _existing(file: Path, path: KeyPath, document: Document, problems: list[str]) -> Path:
    try:
        found = file.is_file()
    except OSError as error:
        problems.append(document.problem(path, f"{file} cannot be read: {error.strerror}"))
    else:
        if not found:
            problems.append(document.problem(path, f"{file} does not exist; check the path"))
    return file


def _cross_checks(config: BenchConfig) -> Iterator[tuple[KeyPath, str]]:
    if config.virtual is None and config.time_scale != 1:
        yield ("time_scale",), "real devices need real time; remove it, or add `virtual:`"
    boards = {n: d for n, d in config.devices.items() if isinstance(d, RelayBoard)}
    for name, board in boards.items():
        yield from _board(("devices", name), board, config.virtual is not None)
    used: dict[tuple[str, int], str] = {}
    for name, kind, board_name, number, path in _connections(config):
        if board_name not in boards:
            near = difflib.get_close_matches(board_name, boards, 1)
            remedy = f"did you mean {near[0]!r}?" if near else "add it under `devices`"
            yield ("devices", name, "board"), f"no relay board {board_name!r}; {remedy}"
            continue
        size = DIALECTS[boards[board_name].dialect]
        count = size.coils if kind == "coil" else size.inputs
        if number >= count:
            yield path, f"{board_name} has {kind}s 0 to {count - 1}, not {number}"
        elif kind == "coil" and (owner := used.setdefault((board_name, number), name)) != name:
            yield path, f"coil {number} of {board_name} is used by {owner} already"
    yield from _plugs(config)
    yield from _modems(config)
    yield from _card_writers(config)
    for name, device in config.devices.items():
        if isinstance(device, RelayCardPresenter):
            for card in device.cards:
                if card not in config.cards:
                    near = difflib.get_close_matches(card, config.cards, 1)
                    remedy = f"did you mean {near[0]!r}?" if near else "add it under `cards`"
                    yield ("devices", name, "cards", card), f"no card {card!r}; {remedy}"


def _board(path: KeyPath, board: RelayBoard, virtual: bool) -> Iterator[tuple[KeyPath, str]]:
    transport = board.transport
    key, address = ("port", transport.port) if transport.kind == "rtu" else ("host", transport.host)
    if isinstance(address, str) and address.startswith(MOCK):
        known = f"{MOCK}relay-{transport.kind}"
        if not virtual:
            yield (*path, "transport", key), f"{address} exists only with `virtual:`; add it"
        elif address != known:
            yield (*path, "transport", key), f"no {address}; the virtual bench has {known}"
    count = DIALECTS[board.dialect].coils
    for index, coil in enumerate(board.safe_closed):
        if coil >= count:
            yield (*path, "safe_closed", index), f"the board has coils 0 to {count - 1}"


def _connections(config: BenchConfig) -> Iterator[tuple[str, str, str, int, KeyPath]]:
    """Everything wired to a board: device, coil or input, board, number, place in the file."""
    for name, d in config.devices.items():
        if isinstance(d, RelayEvseTester):
            for role in ("cp", "s2c", "pp"):
                number: int = getattr(d.coils, role)
                yield name, "coil", d.board, number, ("devices", name, "coils", role)
            if len({d.coils.cp, d.coils.s2c, d.coils.pp}) < 3:
                # the same device twice on one coil: show it as a conflict with itself
                yield f"{name} ", "coil", d.board, d.coils.cp, ("devices", name, "coils")
            for role in ("voltage", "locked"):
                wired: int | None = getattr(d.inputs, role)
                if wired is not None:
                    yield name, "input", d.board, wired, ("devices", name, "inputs", role)
        elif isinstance(d, RelayMainsSwitch):
            yield name, "coil", d.board, d.coil, ("devices", name, "coil")
        elif isinstance(d, RelayCardPresenter):
            for card, coil in d.cards.items():
                yield f"{name}.{card}", "coil", d.board, coil, ("devices", name, "cards", card)


def _modems(config: BenchConfig) -> Iterator[tuple[KeyPath, str]]:
    first: str | None = None
    for name, device in config.devices.items():
        if not isinstance(device, Modem | ManualModem):
            continue
        if first is not None:
            yield ("devices", name), f"one modem per bench; there is {first} already"
        first = first or name
        if not isinstance(device, Modem):
            continue
        for key, address, known in (
            ("port", device.port, f"{MOCK}modem-at"),
            ("url", device.url, f"{MOCK}modem-web"),
        ):
            if isinstance(address, str) and address.startswith(MOCK):
                if config.virtual is None:
                    yield ("devices", name, key), f"{address} exists only with `virtual:`; add it"
                elif address != known:
                    yield ("devices", name, key), f"no {address}; the virtual bench has {known}"


def _card_writers(config: BenchConfig) -> Iterator[tuple[KeyPath, str]]:
    first: str | None = None
    for name, device in config.devices.items():
        if not isinstance(device, CardWriter | ManualCardWriter):
            continue
        if first is not None:
            yield ("devices", name), f"one card writer per bench; there is {first} already"
        first = first or name
        port = device.port if isinstance(device, CardWriter) else None
        if isinstance(port, str) and port.startswith(MOCK):
            if config.virtual is None:
                yield ("devices", name, "port"), f"{port} exists only with `virtual:`; add it"
            elif port != f"{MOCK}nfc":
                yield ("devices", name, "port"), f"no {port}; the virtual bench has {MOCK}nfc"


def _plugs(config: BenchConfig) -> Iterator[tuple[KeyPath, str]]:
    on: dict[int, str] = {}
    for name, device in config.devices.items():
        if isinstance(device, RelayEvseTester | ManualEvseTester):
            owner = on.setdefault(device.connector_id, name)
            if owner != name:
                what = f"connector {device.connector_id} has tester plug {owner} already"
                yield ("devices", name, "connector_id"), what
