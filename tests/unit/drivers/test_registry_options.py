"""Which driver serves which kind, and how a section is read."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint, EntryPoints

import pytest

from drivers import registry
from drivers.cards.manual import ManualCardPresenter
from drivers.errors import NotSupported
from drivers.evse_tester.manual import ManualEvseTester
from drivers.evse_tester.plug import PlugDriver
from drivers.options import Options
from drivers.ports import Device
from drivers.registry import Surroundings, bus_address, create, dialect_of, known_kinds
from drivers.relay.addresses import TcpAddress
from drivers.relay.board import RelayBoard
from drivers.relay.manual_board import ManualRelayBoard
from drivers.serial_link import SerialSettings
from drivers.switches.manual import ManualSwitch
from tests.unit.drivers.fake_board import Notes, Person

RTU = {"kind": "rtu", "port": "/dev/ttyX", "parity": "E", "timeout_s": 0.2}


@pytest.fixture
def around() -> Surroundings:
    return Surroundings(Person(), Notes(), lambda lab_s: lab_s)


def board_section(unit: int = 1) -> dict[str, object]:
    return {"dialect": "waveshare-8", "unit": unit, "transport": RTU, "safe_closed": [3]}


def test_boards_on_one_line_share_it(around: Surroundings) -> None:
    first = create("relay_board", "left", board_section(1), around)
    create("relay_board", "right", board_section(2), around)
    assert isinstance(first, RelayBoard)
    assert list(around.buses) == [SerialSettings("/dev/ttyX", 9600, "E", 1)]
    assert set(around.boards) == {"left", "right"}


@pytest.mark.parametrize(
    ("kind", "section", "driver"),
    [
        (
            "evse_tester",
            {
                "board": "left",
                "coils": {"cp": 0, "s2c": 1, "pp": 2},
                "inputs": {"voltage": 0, "locked": None},
            },
            PlugDriver,
        ),
        (
            "evse_tester",
            {"board": "left", "coils": {"cp": 0, "s2c": 1, "pp": None}, "fixed_cable": True},
            PlugDriver,
        ),
        ("mains_switch", {"board": "left", "coil": 3, "safe": "on"}, Device),
        ("card_presenter", {"board": "left", "cards": {"good": 4}, "travel_s": 1}, Device),
        ("manual_evse_tester", {"fixed_cable": True}, ManualEvseTester),
        ("manual_mains_switch", {}, ManualSwitch),
        ("manual_network_switch", {}, ManualSwitch),
        ("manual_card_presenter", {}, ManualCardPresenter),
        ("manual_relay_board", {"coil_count": 4}, ManualRelayBoard),
    ],
)
def test_every_kind_has_its_driver(
    around: Surroundings, kind: str, section: dict[str, object], driver: type
) -> None:
    create("relay_board", "left", board_section(), around)
    device = create(kind, "it", section, around)
    assert isinstance(device, driver)
    assert device.name == "it"


def test_unknown_kind_is_refused_with_the_known_ones(around: Surroundings) -> None:
    with pytest.raises(NotSupported, match="relay_board"):
        create("laser", "it", {}, around)


def test_unknown_board_is_named(around: Surroundings) -> None:
    with pytest.raises(NotSupported, match="no relay board 'left'"):
        create("mains_switch", "it", {"board": "left", "coil": 1}, around)


def make_nothing(name: str, section: Mapping[str, object], around: Surroundings) -> Device:
    return ManualCardPresenter(name, around.operator, observe=around.observe)


def test_packages_add_kinds_by_entry_point(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = EntryPoint("robot", f"{__name__}:make_nothing", registry.GROUP)
    monkeypatch.setattr(EntryPoint, "load", lambda self: make_nothing)
    monkeypatch.setattr(registry, "entry_points", lambda group: EntryPoints([point]))
    assert "robot" in known_kinds()
    assert create("robot", "arm", {}, around).name == "arm"


def test_transport_is_rtu_or_tcp() -> None:
    assert bus_address("x", {"kind": "tcp", "host": "h"}) == TcpAddress("h", 502)
    with pytest.raises(ValueError, match=r"x\.transport\.kind: 'ip'"):
        bus_address("x", {"kind": "ip"})


def test_board_without_transport_is_refused(around: Surroundings) -> None:
    with pytest.raises(ValueError, match=r"left\.transport"):
        create("relay_board", "left", {"transport": None}, around)


def test_unknown_dialect_is_refused_with_the_known_ones() -> None:
    with pytest.raises(NotSupported, match="waveshare-8"):
        dialect_of("x", {"dialect": "waveshare-9"})


def test_options_read_by_type() -> None:
    options = Options("d", {"n": 3, "f": 1, "b": True, "s": "x", "l": [1, 2], "m": {"a": 1}})
    assert options.integer("n") == 3
    assert options.number("f") == 1.0
    assert options.flag("b") is True
    assert options.text("s") == "x"
    assert options.integers("l") == (1, 2)
    assert options.section("m").mapping() == {"a": 1}
    assert options.text("none", "default") == "default"


@pytest.mark.parametrize(
    ("read", "key"),
    [
        (lambda o: o.integer("s"), r"d\.s: 'x' is of the wrong type"),
        (lambda o: o.integer("none"), r"d\.none: missing"),
        (lambda o: o.integers("s"), r"d\.s"),
        (lambda o: o.section("s"), r"d\.s"),
    ],
)
def test_options_name_what_is_wrong(read: object, key: str) -> None:
    assert callable(read)
    with pytest.raises(ValueError, match=key):
        read(Options("d", {"s": "x"}))
