"""Which driver serves which `kind` of a bench file.

Built-in kinds are listed here; packages add theirs by an entry point of the group
`evse_rig.drivers` that names a factory: `kind = "package.module:factory"`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import cast

from drivers.cards.manual import ManualCardPresenter
from drivers.cards.relay_presenter import RelayCardPresenter
from drivers.errors import NotSupported
from drivers.evse_tester.circuit import PlugCircuit
from drivers.evse_tester.manual import ManualEvseTester
from drivers.evse_tester.plug import PlugDriver
from drivers.evse_tester.register_circuit import WATCHDOG_S as TESTER_WATCHDOG_S
from drivers.evse_tester.register_circuit import RegisterCircuit
from drivers.evse_tester.relay_circuit import Contact, PlugWiring, RelayCircuit
from drivers.evse_tester.timings import PlugTimings
from drivers.modem.at_sim import Secret
from drivers.modem.e3372h import E3372hModem
from drivers.modem.manual import ManualModem
from drivers.modem.timings import ModemTimings
from drivers.nfc.manual import ManualCardWriter
from drivers.options import Options
from drivers.ports import CableCode, Device, Observer, Operator, RelayBoardPort, TechnologyLock
from drivers.relay.addresses import TcpAddress
from drivers.relay.board import WATCHDOG_S, RelayBoard
from drivers.relay.dialects import DIALECTS, Dialect
from drivers.relay.manual_board import ManualRelayBoard
from drivers.relay.modbus_bus import ModbusBus
from drivers.serial_link import SerialSettings
from drivers.switches.feed import MAINS, NETWORK
from drivers.switches.manual import ManualSwitch
from drivers.switches.relay import RelaySwitch

GROUP = "evse_rig.drivers"


@dataclass(slots=True)
class Surroundings:
    """What a driver may need besides its own section of the bench file.

    Attributes:
        operator: who is asked by manual drivers.
        observe: takes what drivers did and saw.
        real: real seconds that a span of lab time takes.
        boards: relay boards made so far, by name; boards are made before what hangs on them.
        buses: Modbus lines by address: boards on one line share it.
        factories: of all kinds, once the first device is made: looking for packages takes time.
    """

    operator: Operator
    observe: Observer
    real: Callable[[float], float]
    boards: dict[str, RelayBoardPort] = field(default_factory=dict)
    buses: dict[SerialSettings | TcpAddress, ModbusBus] = field(default_factory=dict)
    factories: dict[str, Factory] = field(default_factory=dict)

    def board(self, device: str, name: str) -> RelayBoardPort:
        """The relay board that `device` hangs on.

        Raises:
            NotSupported: there is no such board.
        """
        if name not in self.boards:
            known = ", ".join(sorted(self.boards)) or "none"
            raise NotSupported(device, f"no relay board {name!r} on this bench; there is {known}")
        return self.boards[name]

    def bus(self, device: str, section: Mapping[str, object]) -> ModbusBus:
        """The line that a section's `transport` names; devices on one line share it.

        Raises:
            ValueError: no transport, or none that we know.
        """
        transport = section.get("transport")
        if not isinstance(transport, Mapping):
            raise ValueError(f"{device}.transport: missing")
        address = bus_address(device, transport)
        timeout_s = Options(device, transport).number("timeout_s", 0.5)
        return self.buses.setdefault(address, ModbusBus(address, timeout_s=timeout_s))


Factory = Callable[[str, Mapping[str, object], Surroundings], Device]


def create(
    kind: str, name: str, section: Mapping[str, object], surroundings: Surroundings
) -> Device:
    """Make the driver for one device; no I/O yet.

    Args:
        kind: as in the bench file.
        name: of the device.
        section: of the bench file, as plain values.
        surroundings: shared parts; a relay board is added to them.

    Raises:
        NotSupported: no driver for this kind.
        ValueError: the section does not fit the driver.
    """
    factories = surroundings.factories
    if not factories:
        factories |= known_kinds()
    if kind not in factories:
        raise NotSupported(
            name, f"no driver for kind {kind!r}; there are {', '.join(sorted(factories))}"
        )
    device = factories[kind](name, section, surroundings)
    if isinstance(device, RelayBoardPort):
        surroundings.boards[name] = device
    return device


def known_kinds() -> dict[str, Factory]:
    """Factories by kind: the built-in ones, and those of installed packages."""
    found: dict[str, Factory] = dict(BUILT_IN)
    for point in entry_points(group=GROUP):
        found[point.name] = point.load()
    return found


def bus_address(device: str, transport: Mapping[str, object]) -> SerialSettings | TcpAddress:
    """Line of a relay board from its `transport` section.

    Raises:
        ValueError: neither rtu nor tcp.
    """
    options = Options(f"{device}.transport", transport)
    kind = options.text("kind")
    if kind == "rtu":
        return SerialSettings(
            options.text("port"),
            options.integer("baudrate", 9600),
            options.text("parity", "N"),
            options.integer("stopbits", 1),
        )
    if kind == "tcp":
        framing = options.text("framing", "tcp")
        return TcpAddress(options.text("host"), options.integer("port", 502), framing)
    raise ValueError(f"{device}.transport.kind: {kind!r} is neither 'rtu' nor 'tcp'")


def dialect_of(device: str, section: Mapping[str, object]) -> Dialect:
    """Dialect that a relay board's section names.

    Raises:
        NotSupported: no such dialect.
    """
    name = Options(device, section).text("dialect", "waveshare-8")
    if name not in DIALECTS:
        raise NotSupported(device, f"no dialect {name!r}; there are {', '.join(sorted(DIALECTS))}")
    return DIALECTS[name]


def _relay_board(name: str, section: Mapping[str, object], around: Surroundings) -> Device:
    options = Options(name, section)
    return RelayBoard(
        name,
        around.bus(name, section),
        options.integer("unit", 1),
        dialect_of(name, section),
        safe_closed=options.integers("safe_closed"),
        watchdog_s=options.number("watchdog_s", WATCHDOG_S),
        observe=around.observe,
    )


def _manual_relay_board(name: str, section: Mapping[str, object], around: Surroundings) -> Device:
    return ManualRelayBoard(
        name,
        around.operator,
        observe=around.observe,
        coil_count=Options(name, section).integer("coil_count", 8),
    )


def _evse_tester(name: str, section: Mapping[str, object], around: Surroundings) -> Device:
    options = Options(name, section)
    code = CableCode(options.text("cable", CableCode.A32))
    fixed_cable = options.flag("fixed_cable", False) or options.text("plug_type", "") == "type1"

    def contacts(key: str) -> dict[str, Contact]:
        ends = options.section(key).terminals(options.text("board"))
        return {role: Contact(around.board(name, b), n) for role, (b, n) in ends.items()}

    coils = contacts("coils")
    cables = {each: coils.pop(f"pp{each}") for each in CableCode if f"pp{each}" in coils}
    if "pp" in coils:
        cables[code] = coils.pop("pp")
    if not (cables or fixed_cable):
        raise ValueError(f"{name}.coils.pp: missing")
    circuit = RelayCircuit(
        name,
        PlugWiring(coils, {} if fixed_cable else cables, contacts("inputs")),
        break_s=PlugTimings().break_s,
    )
    return _plug_driver(circuit, options, around)


def _evse_tester_modbus(name: str, section: Mapping[str, object], around: Surroundings) -> Device:
    options = Options(name, section)
    circuit = RegisterCircuit(
        name,
        around.bus(name, section),
        options.integer("unit", 1),
        plug_type=options.text("plug_type", "type2"),
        watchdog_s=options.number("watchdog_s", TESTER_WATCHDOG_S),
    )
    return _plug_driver(circuit, options, around)


def _plug_driver(circuit: PlugCircuit, options: Options, around: Surroundings) -> PlugDriver:
    return PlugDriver(
        circuit,
        observe=around.observe,
        plug_type=options.text("plug_type", "type2"),
        fixed_cable=options.flag("fixed_cable", False),
        cable=CableCode(options.text("cable", CableCode.A32)),
        timings=PlugTimings().scaled(around.real),
    )


def _manual_evse_tester(name: str, section: Mapping[str, object], around: Surroundings) -> Device:
    options = Options(name, section)
    return ManualEvseTester(
        name,
        around.operator,
        observe=around.observe,
        plug_type=options.text("plug_type", "type2"),
        fixed_cable=options.flag("fixed_cable", False),
    )


def _mains_switch(name: str, section: Mapping[str, object], around: Surroundings) -> Device:
    options = Options(name, section)
    return RelaySwitch(
        name,
        around.board(name, options.text("board")),
        options.integer("coil"),
        MAINS,
        safe_on=options.text("safe", "off") == "on",
        observe=around.observe,
    )


def _manual_mains_switch(name: str, section: Mapping[str, object], around: Surroundings) -> Device:
    safe = Options(name, section).text("safe", "on")
    return ManualSwitch(name, around.operator, MAINS, safe_on=safe == "on", observe=around.observe)


def _network_switch(name: str, section: Mapping[str, object], around: Surroundings) -> Device:
    options = Options(name, section)
    return RelaySwitch(
        name,
        around.board(name, options.text("board")),
        options.integer("coil"),
        NETWORK,
        closed_is_on=options.text("cut_by", "closing") == "opening",
        safe_on=True,
        observe=around.observe,
    )


def _manual_network_switch(
    name: str, section: Mapping[str, object], around: Surroundings
) -> Device:
    return ManualSwitch(name, around.operator, NETWORK, observe=around.observe)


def _card_presenter(name: str, section: Mapping[str, object], around: Surroundings) -> Device:
    options = Options(name, section)
    return RelayCardPresenter(
        name,
        around.board(name, options.text("board")),
        options.section("cards").mapping(),
        travel_s=options.number("travel_s", 0.0),
        observe=around.observe,
    )


def _manual_card_presenter(
    name: str, section: Mapping[str, object], around: Surroundings
) -> Device:
    known = section.get("id_tags")
    id_tags = {str(k): str(v) for k, v in known.items()} if isinstance(known, Mapping) else {}
    return ManualCardPresenter(name, around.operator, observe=around.observe, id_tags=id_tags)


def _modem(name: str, section: Mapping[str, object], around: Surroundings) -> Device:
    options = Options(name, section)
    backend = options.text("backend", "e3372h")
    if backend not in ("e3372h", "hilink"):
        raise ValueError(f"{name}.backend: {backend!r} is neither 'e3372h' nor 'hilink'")
    imei = options.text("imei") if section.get("imei") is not None else None
    pin = _secret(name, "pin", section)
    safe_lock = TechnologyLock(options.text("safe", "auto"))
    timings = ModemTimings().scaled(around.real)
    if backend == "hilink":
        from drivers.modem.hilink import HilinkModem  # aiohttp only for benches that need it

        return HilinkModem(
            name,
            options.text("url"),
            observe=around.observe,
            imei=imei,
            pin=pin,
            user=options.text("user", "admin"),
            password=_secret(name, "password", section),
            safe_lock=safe_lock,
            timings=timings,
        )
    return E3372hModem(
        name,
        options.text("port"),
        observe=around.observe,
        apn=options.text("apn", "internet"),
        imei=imei,
        pin=pin,
        safe_lock=safe_lock,
        timings=timings,
    )


def _secret(name: str, key: str, section: Mapping[str, object]) -> Secret | None:
    """A secret of the bench file; it is not read here."""
    found = section.get(key)
    if found is None:
        return None
    if not hasattr(found, "get_secret_value"):
        raise ValueError(f"{name}.{key}: not a secret")
    return cast("Secret", found)


def _manual_modem(name: str, section: Mapping[str, object], around: Surroundings) -> Device:
    return ManualModem(name, around.operator, observe=around.observe)


def _card_writer(name: str, section: Mapping[str, object], around: Surroundings) -> Device:
    from drivers.nfc.writer import NfcCardWriter  # nfcpy only for benches that need it

    options = Options(name, section)
    chip = options.text("chip", "pn532")
    return NfcCardWriter(name, chip, options.text("port"), observe=around.observe)


def _manual_card_writer(name: str, section: Mapping[str, object], around: Surroundings) -> Device:
    return ManualCardWriter(name, around.operator, observe=around.observe)


BUILT_IN: dict[str, Factory] = {
    "relay_board": _relay_board,
    "manual_relay_board": _manual_relay_board,
    "evse_tester": _evse_tester,
    "evse_tester_modbus": _evse_tester_modbus,
    "manual_evse_tester": _manual_evse_tester,
    "mains_switch": _mains_switch,
    "manual_mains_switch": _manual_mains_switch,
    "network_switch": _network_switch,
    "manual_network_switch": _manual_network_switch,
    "card_presenter": _card_presenter,
    "manual_card_presenter": _manual_card_presenter,
    "card_writer": _card_writer,
    "manual_card_writer": _manual_card_writer,
    "modem": _modem,
    "manual_modem": _manual_modem,
}
