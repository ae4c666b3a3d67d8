"""Reads a bench file: schema, then what only the whole file can show to be wrong."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path

from rig.config.card_set import load_card_set
from rig.config.dialects import DIALECTS
from rig.config.models import (
    BenchConfig,
    CardConfig,
    CardWriter,
    ManualCardWriter,
    ManualMainsSwitch,
    ManualModem,
    ManualNetworkSwitch,
    Modem,
    RelayBoard,
    RelayCardPresenter,
    RelayMainsSwitch,
    RelayNetworkSwitch,
)
from rig.config.nodes import Document, KeyPath, read_document
from rig.config.plugs import ManualEvseTester, ModbusEvseTester, RelayEvseTester
from rig.config.shipped import shipped
from rig.config.transports import RtuTransport, TcpTransport
from rig.config.validation import in_order, validate
from rig.config.values import MOCK, on_board
from rig.errors import ConfigError

ONE_PER_BENCH: dict[str, tuple[type, ...]] = {
    "mains switch": (RelayMainsSwitch, ManualMainsSwitch),
    "network switch": (RelayNetworkSwitch, ManualNetworkSwitch),
    "modem": (Modem, ManualModem),
    "card writer": (CardWriter, ManualCardWriter),
}
MOCK_BOARDS = ("relay", "plug-relays", "plug-watchdog")
"""Relay boards of the virtual bench."""


def default_bench() -> Path:
    """The bench file that counts when none is named: the virtual bench.

    Raises:
        ConfigError: the installation is incomplete.
    """
    return shipped("benches/virtual.yaml", "default bench file")


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
    images = {
        name: _existing(folder / image, ("files", name), document, problems)
        for name in ("image", "broken_image")
        if (image := getattr(config.files, name)) is not None
    }
    changes["files"] = config.files.model_copy(update=images)
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
        yield from _mock_address(("devices", name), board.transport, MOCK_BOARDS, config)
        yield from _board(("devices", name), board)
    used: dict[tuple[str, int], str] = {}
    for name, kind, board_name, number, path in _connections(config):
        if board_name not in boards:
            near = difflib.get_close_matches(board_name, boards, 1)
            remedy = f"did you mean {near[0]!r}?" if near else "add it under `devices`"
            device = config.devices[str(path[1])]
            place = (*path[:2], "board") if getattr(device, "board", "") == board_name else path
            yield place, f"no relay board {board_name!r}; {remedy}"
            continue
        size = DIALECTS[boards[board_name].dialect]
        count = size.coils if kind == "coil" else size.inputs
        if number >= count:
            yield path, f"{board_name} has {kind}s 0 to {count - 1}, not {number}"
        elif kind == "coil" and (owner := used.setdefault((board_name, number), name)) != name:
            yield path, f"coil {number} of {board_name} is used by {owner} already"
    yield from _plugs(config)
    yield from _one_of_each(config)
    yield from _modems(config)
    yield from _card_writers(config)
    for name, device in config.devices.items():
        if isinstance(device, RelayCardPresenter):
            for card in device.cards:
                if card not in config.cards:
                    near = difflib.get_close_matches(card, config.cards, 1)
                    remedy = f"did you mean {near[0]!r}?" if near else "add it under `cards`"
                    yield ("devices", name, "cards", card), f"no card {card!r}; {remedy}"


def _mock_address(
    path: KeyPath, transport: RtuTransport | TcpTransport, names: Sequence[str], config: BenchConfig
) -> Iterator[tuple[KeyPath, str]]:
    key, address = ("port", transport.port) if transport.kind == "rtu" else ("host", transport.host)
    if isinstance(address, str) and address.startswith(MOCK):
        known = [f"{MOCK}{name}-{transport.kind}" for name in names]
        if config.virtual is None:
            yield (*path, "transport", key), f"{address} exists only with `virtual:`; add it"
        elif address not in known:
            what = f"no {address}; the virtual bench has {', '.join(known)}"
            yield (*path, "transport", key), what


def _loads(name: str, plug: RelayEvseTester, config: BenchConfig) -> Iterator[tuple[KeyPath, str]]:
    """A load must fall when the rig dies: what feeds it hangs on a board that notices silence."""
    loads = [role for role in ("load1", "load2", "load3") if getattr(plug.coils, role) is not None]
    for role in ["enable"] if loads and plug.coils.enable is not None else loads:
        board = config.devices.get(on_board(getattr(plug.coils, role), plug.board)[0])
        if isinstance(board, RelayBoard) and not (
            DIALECTS[board.dialect].watchdog and board.watchdog_s
        ):
            yield (
                ("devices", name, "coils", role),
                f"a load needs a board that opens its relays in silence, {board.dialect} here "
                "does not; wire `enable` to one with a watchdog",
            )


def _board(path: KeyPath, board: RelayBoard) -> Iterator[tuple[KeyPath, str]]:
    count = DIALECTS[board.dialect].coils
    for index, coil in enumerate(board.safe_closed):
        if coil >= count:
            yield (*path, "safe_closed", index), f"the board has coils 0 to {count - 1}"


def _connections(config: BenchConfig) -> Iterator[tuple[str, str, str, int, KeyPath]]:
    """Everything wired to a board: device, coil or input, board, number, place in the file."""
    for name, d in config.devices.items():
        if isinstance(d, RelayEvseTester):
            for path, terminal in _terminals(d):
                board, number = on_board(terminal, d.board)
                kind = "coil" if path[0] == "coils" else "input"
                owner = f"{name}.{''.join(map(str, path[1:]))}" if kind == "coil" else name
                yield owner, kind, board, number, ("devices", name, *path)
        elif isinstance(d, RelayMainsSwitch | RelayNetworkSwitch):
            yield name, "coil", d.board, d.coil, ("devices", name, "coil")
        elif isinstance(d, RelayCardPresenter):
            for card, coil in d.cards.items():
                yield f"{name}.{card}", "coil", d.board, coil, ("devices", name, "cards", card)


def _terminals(plug: RelayEvseTester) -> Iterator[tuple[KeyPath, str]]:
    """What a plug is wired to, and where the bench file says so."""
    for section in ("coils", "inputs"):
        for role, wired in getattr(plug, section):
            if isinstance(wired, dict):
                yield from (((section, role, code), end) for code, end in wired.items())
            elif wired is not None:
                yield (section, role), wired


def _one_of_each(config: BenchConfig) -> Iterator[tuple[KeyPath, str]]:
    for what, kinds in ONE_PER_BENCH.items():
        names = [name for name, device in config.devices.items() if isinstance(device, kinds)]
        for name in names[1:]:
            yield ("devices", name), f"one {what} per bench; there is {names[0]} already"


def _modems(config: BenchConfig) -> Iterator[tuple[KeyPath, str]]:
    for name, device in config.devices.items():
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
    for name, device in config.devices.items():
        port = device.port if isinstance(device, CardWriter) else None
        if isinstance(port, str) and port.startswith(MOCK):
            if config.virtual is None:
                yield ("devices", name, "port"), f"{port} exists only with `virtual:`; add it"
            elif port != f"{MOCK}nfc":
                yield ("devices", name, "port"), f"no {port}; the virtual bench has {MOCK}nfc"


def _plugs(config: BenchConfig) -> Iterator[tuple[KeyPath, str]]:
    on: dict[int, str] = {}
    for name, device in config.devices.items():
        if isinstance(device, ModbusEvseTester):
            yield from _mock_address(("devices", name), device.transport, ("tester",), config)
        if isinstance(device, RelayEvseTester):
            yield from _loads(name, device, config)
        if isinstance(device, RelayEvseTester | ModbusEvseTester | ManualEvseTester):
            owner = on.setdefault(device.connector_id, name)
            if owner != name:
                what = f"connector {device.connector_id} has tester plug {owner} already"
                yield ("devices", name, "connector_id"), what
