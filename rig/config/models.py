"""The models of a bench file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    WithJsonSchema,
    model_validator,
)

from rig.config.card_set import CardStatus, PhysicalCard
from rig.config.dialects import DIALECTS
from rig.config.parameters import Edition, Parameters
from rig.config.validation import Strict

MOCK = "mock:"
Coil = Annotated[int, Field(ge=0, le=255)]


def _terminal(given: object) -> str:
    text = str(given)
    board, _, number = text.rpartition(":")
    if not (number.isascii() and number.isdecimal() and int(number) <= 255) or (
        ":" in text and not _is_name(board)
    ):
        raise ValueError(f"{text!r} is no coil or input; write a number, or board:number")
    return text


Terminal = Annotated[
    str,
    BeforeValidator(_terminal),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": 255},
                {"type": "string", "pattern": "^[A-Za-z0-9._-]+:[0-9]{1,3}$"},
            ],
            "description": "number on the device's own board, or board:number",
        }
    ),
]
Cable = Literal["13A", "20A", "32A", "63A"]
DEFAULT_CABLE: Cable = "32A"
PlugType = Literal["type1", "type2"]
IdTag = Annotated[str, Field(min_length=1, max_length=20, description="as the station sends it")]


def _is_name(text: str) -> bool:
    return bool(text) and all(c.isalnum() or c in "-_." for c in text)


def _name(text: str) -> str:
    if not _is_name(text):
        raise ValueError(f"{text!r} is no name; use letters, digits, - _ .")
    return text


Name = Annotated[str, AfterValidator(_name)]


def on_board(terminal: str, board: str) -> tuple[str, int]:
    """Board and number of a coil or input; `board` is the one that counts where none is named."""
    named, _, number = terminal.rpartition(":")
    return named or board, int(number)


class PortMatch(Strict):
    """What tells a plugged-in port from all others; `*` and `?` stand for anything."""

    vid: str | None = Field(None, description="USB vendor id, four hexadecimal digits")
    pid: str | None = Field(None, description="USB product id, four hexadecimal digits")
    serial: str | None = Field(None, description="USB serial number")
    path: str | None = Field(None, description="socket it is plugged into, ID_PATH")
    interface: str | None = Field(None, description="USB interface number")
    protocol: str | None = Field(None, description="USB interface protocol, hexadecimal")
    driver: str | None = Field(None, description="kernel driver")

    @model_validator(mode="after")
    def _says_something(self) -> PortMatch:
        if not self.model_fields_set:
            raise ValueError("says nothing; name at least one of vid, pid, serial, path")
        return self


Port = str | PortMatch


class RtuTransport(Strict):
    """Modbus RTU on a serial line."""

    kind: Literal["rtu"]
    port: Port = Field(
        description="stable path of the port, what tells it from others, or mock:relay-rtu"
    )
    baudrate: int = Field(9600, ge=300, le=1_000_000)
    parity: Literal["N", "E", "O"] = "N"
    stopbits: Literal[1, 2] = 1
    timeout_s: float = Field(0.5, gt=0, le=60, description="real seconds for an answer")

    @model_validator(mode="before")
    @classmethod
    def _stopbits_as_number(cls, data: object) -> object:
        if isinstance(data, dict) and data.get("stopbits") in ("1", "2"):
            return {**data, "stopbits": int(data["stopbits"])}
        return data


class TcpTransport(Strict):
    """Modbus TCP."""

    kind: Literal["tcp"]
    host: str = Field(description="name or address, or mock:relay-tcp")
    port: int = Field(502, ge=1, le=65535)
    framing: Literal["tcp", "rtu"] = Field(
        "tcp", description="rtu: RTU frames on the TCP connection, as transparent converters do"
    )
    timeout_s: float = Field(0.5, gt=0, le=60, description="real seconds for an answer")


class RelayBoard(Strict):
    """Relay board on a Modbus bus."""

    kind: Literal["relay_board"]
    dialect: str = Field(description="what the board speaks: " + ", ".join(DIALECTS))
    unit: int = Field(1, ge=1, le=247)
    transport: RtuTransport | TcpTransport = Field(discriminator="kind")
    safe_closed: tuple[Coil, ...] = Field((), description="coils that are closed in safe state")
    watchdog_s: float = Field(
        5.0,
        ge=0,
        le=3600,
        description="the board opens all relays after so much silence, if it can; 0: as it is set",
    )

    @model_validator(mode="after")
    def _known_dialect(self) -> RelayBoard:
        if self.dialect not in DIALECTS:
            known = ", ".join(DIALECTS)
            raise ValueError(f"dialect {self.dialect!r} is not known; use one of {known}")
        return self


def _or_one_coil(schema: dict[str, Any]) -> None:
    by_code = {key: schema.pop(key) for key in list(schema) if key not in ("description", "title")}
    schema["anyOf"] = [by_code, {"type": "integer", "minimum": 0, "maximum": 255}]


class TesterCoils(Strict):
    """Coils of a tester plug. What is not wired is left out; `board:coil` for another board."""

    cp: Terminal = Field(description="pilot line: state B")
    s2c: Terminal = Field(description="1.3 kOhm: state C")
    s2d: Terminal | None = Field(None, description="270 Ohm: state D, ventilation")
    pp: Annotated[
        dict[Cable, Terminal],
        Field(json_schema_extra=_or_one_coil, description="proximity resistor, or one per code"),
    ] = {}  # noqa: RUF012  # pydantic copies defaults
    e_hard: Terminal | None = Field(None, description="CP to PE before the diode: state E")
    e_soft: Terminal | None = Field(None, description="CP to PE behind the diode")
    diode: Terminal | None = Field(None, description="bypass of the diode")
    pe: Terminal | None = Field(None, description="opens PE of pilot and proximity (NC contact)")
    pp_short: Terminal | None = Field(None, description="PP to PE")
    load1: Terminal | None = Field(None, description="load on L1")
    load2: Terminal | None = Field(None, description="load on L2")
    load3: Terminal | None = Field(None, description="load on L3")
    enable: Terminal | None = Field(None, description="feeds the coils of loads and short circuits")
    button: Terminal | None = Field(None, description="presses a Type 1 release button (S3)")


class TesterInputs(Strict):
    """Discrete inputs of a tester plug; leave out what is not wired."""

    voltage: Terminal | None = Field(None, description="mains at the plug")
    locked: Terminal | None = Field(None, description="the station's socket holds the plug")
    lid_open: Terminal | None = None
    emergency_stop: Terminal | None = None
    too_hot: Terminal | None = None
    latched: Terminal | None = Field(None, description="a Type 1 connector is latched")


class RelayEvseTester(Strict):
    """Tester plug switched by relay boards."""

    kind: Literal["evse_tester"]
    plug_type: PlugType = "type2"
    board: Name
    coils: TesterCoils
    inputs: TesterInputs = TesterInputs()
    connector_id: int = Field(1, ge=1)
    fixed_cable: bool = Field(False, description="the cable is the station's; Type 1 always")
    cable: Cable = Field(DEFAULT_CABLE, description="proximity code where an order names none")

    @model_validator(mode="before")
    @classmethod
    def _one_resistor_is_that_of_the_cable(cls, data: object) -> object:
        coils = data.get("coils") if isinstance(data, dict) else None
        if isinstance(data, dict) and isinstance(coils, dict):
            pp = coils.get("pp")
            if pp is not None and not isinstance(pp, dict):
                coded = {str(data.get("cable") or DEFAULT_CABLE): pp}
                return {**data, "coils": {**coils, "pp": coded}}
        return data

    @model_validator(mode="after")
    def _proximity_is_wired(self) -> RelayEvseTester:
        fixed = self.fixed_cable or self.plug_type == "type1"
        if not fixed and not self.coils.pp:
            raise ValueError("a plug for a socket needs `coils.pp`; or set `fixed_cable: true`")
        if not fixed and self.cable not in self.coils.pp:
            raise ValueError(f"cable {self.cable} is not wired in `coils.pp`; wire or change it")
        if self.coils.button is not None and self.plug_type != "type1":
            raise ValueError("only a Type 1 connector has a release button; remove `coils.button`")
        return self


class ModbusEvseTester(Strict):
    """Tester plug with a controller of its own, on Modbus registers."""

    kind: Literal["evse_tester_modbus"]
    plug_type: PlugType = "type2"
    unit: int = Field(1, ge=1, le=247)
    transport: RtuTransport | TcpTransport = Field(discriminator="kind")
    connector_id: int = Field(1, ge=1)
    fixed_cable: bool = Field(False, description="the cable is the station's; Type 1 always")
    cable: Cable = Field(DEFAULT_CABLE, description="proximity code where an order names none")
    watchdog_s: float = Field(
        5.0, ge=0.1, le=3600, description="the tester opens everything after so much silence"
    )


class ManualEvseTester(Strict):
    """Tester plug worked by the operator."""

    kind: Literal["manual_evse_tester"]
    plug_type: str = "type2"
    connector_id: int = Field(1, ge=1)
    fixed_cable: bool = False


class RelayMainsSwitch(Strict):
    """Mains of the station, switched by a coil."""

    kind: Literal["mains_switch"]
    board: Name
    coil: Coil
    safe: Literal["on", "off"] = "off"


class ManualMainsSwitch(Strict):
    """Mains of the station, switched by the operator."""

    kind: Literal["manual_mains_switch"]


class RelayCardPresenter(Strict):
    """Cards brought to the reader by coils: switched antennas, servos, lifting magnets."""

    kind: Literal["card_presenter"]
    board: Name
    cards: dict[Name, Coil]
    travel_s: float = Field(
        0.0, ge=0, le=30, description="real time that a card takes to the reader, and back"
    )


class ManualCardPresenter(Strict):
    """Cards held to the reader by the operator."""

    kind: Literal["manual_card_presenter"]


class CardWriter(Strict):
    """Contactless reader that prepares test cards."""

    kind: Literal["card_writer"]
    chip: Literal["pn532", "pn533", "acr122u", "rc-s380"] = Field(
        "pn532", description="pn532 on a serial line; the others on USB"
    )
    port: Port = Field(
        description="pn532: path of the port, what tells it from others, or mock:nfc; others: usb, "
        "usb:VID:PID or usb:BUS:ADR"
    )

    @model_validator(mode="after")
    def _port_of_its_kind(self) -> CardWriter:
        on_usb = isinstance(self.port, str) and self.port.startswith("usb")
        if self.chip == "pn532" and on_usb:
            raise ValueError("a pn532 is on a serial line; give `port` its path below /dev")
        if self.chip != "pn532" and not on_usb:
            raise ValueError(f"a {self.chip} is on USB; set `port: usb`")
        return self


class ManualCardWriter(Strict):
    """Test cards prepared by the operator."""

    kind: Literal["manual_card_writer"]


class Modem(Strict):
    """Huawei E3372h, with AT commands or with its web interface."""

    kind: Literal["modem"]
    backend: Literal["e3372h", "hilink"] = Field(
        "e3372h", description="stick firmware with AT port, or HiLink firmware with web interface"
    )
    port: Port | None = Field(
        None, description="e3372h: path of the AT port, what tells it from others, or mock:modem-at"
    )
    url: str | None = Field(None, description="hilink: its web interface, or mock:modem-web")
    apn: str = Field("internet", pattern=r'^[^"\\,]{1,100}$', description="access point for data")
    imei: str | None = Field(None, pattern=r"^[0-9]{15}$", description="the modem must have it")
    pin: SecretStr | None = Field(None, description="of the SIM; never sent as the last try")
    user: str = Field("admin", description="hilink: for the login, where the modem wants one")
    password: SecretStr | None = Field(None, description="hilink: for the login")
    safe: Literal["auto", "2g", "3g", "4g"] = Field("auto", description="lock when safe")

    @model_validator(mode="after")
    def _has_its_address(self) -> Modem:
        wanted, other = ("port", "url") if self.backend == "e3372h" else ("url", "port")
        if getattr(self, wanted) is None:
            raise ValueError(f"backend {self.backend} needs `{wanted}`")
        if getattr(self, other) is not None:
            raise ValueError(f"backend {self.backend} has no `{other}`; take it out")
        if self.url is not None and not self.url.startswith(("http://", "https://", MOCK)):
            raise ValueError(f"url {self.url!r} does not begin with http://")
        if self.pin is not None:
            digits = self.pin.get_secret_value()
            if not (digits.isascii() and digits.isdecimal() and 4 <= len(digits) <= 8):
                raise ValueError("pin has 4 to 8 digits")
        return self


class ManualModem(Strict):
    """Modem whose display and settings the operator works."""

    kind: Literal["manual_modem"]


DeviceConfig = Annotated[
    RelayBoard
    | RelayEvseTester
    | ModbusEvseTester
    | ManualEvseTester
    | RelayMainsSwitch
    | ManualMainsSwitch
    | RelayCardPresenter
    | ManualCardPresenter
    | CardWriter
    | ManualCardWriter
    | Modem
    | ManualModem,
    Field(discriminator="kind"),
]


class CardConfig(Strict):
    """A test card: what the station reads, and what the Central System says about it."""

    id_tag: IdTag
    status: CardStatus
    parent_id_tag: IdTag | None = None
    physical: PhysicalCard | None = Field(None, description="the plastic, where the rig knows it")


class CsmsConfig(Strict):
    """The Central System that the tool plays."""

    host: str = "127.0.0.1"
    port: int = Field(0, ge=0, le=65535, description="0 takes a free port")
    path: str = Field("/ocpp", pattern=r"^/[^?#]*$")
    identity: str = Field("CP-VIRTUAL-1", min_length=1, max_length=255)
    password: SecretStr | None = Field(None, description="Basic authentication; hex of the key")


class VirtualConfig(Strict):
    """The simulated lab that stands in for hardware."""

    persona: Path | None = Field(None, description="file that describes the station")
    defects: tuple[str, ...] = Field((), description="what is wrong with the station on purpose")
    seed: int = 1


class CsmsUnderTest(Strict):
    """The CSMS that is tested when the tool plays the station."""

    kind: Literal["mock", "websocket"] = "mock"
    url: str | None = Field(None, pattern=r"^wss?://", description="endpoint without identity")
    identity: str = Field("CP-RIG-1", min_length=1, max_length=255)
    password: SecretStr | None = None
    operator: Literal["mock", "manual"] = "mock"
    defects: tuple[str, ...] = Field((), description="what is wrong with the mock on purpose")

    @model_validator(mode="after")
    def _websocket_has_url(self) -> CsmsUnderTest:
        if self.kind == "websocket" and self.url is None:
            raise ValueError("kind websocket needs the url of the CSMS; add `url: ws://...`")
        if self.kind == "websocket" and self.operator == "mock":
            raise ValueError("a foreign CSMS is told to act by hand; set `operator: manual`")
        return self


class BenchConfig(Strict):
    """A bench file."""

    bench: Name
    time_scale: float = Field(1.0, gt=0, le=1000, description="lab seconds per real second")
    virtual: VirtualConfig | None = None
    devices: dict[Name, DeviceConfig]
    cards: dict[Name, CardConfig]
    card_set: Path | None = Field(None, description="file of a card set, in addition to `cards`")
    csms: CsmsConfig = CsmsConfig()
    csms_under_test: CsmsUnderTest | None = None
    pics: Path | None = None
    parameters: Parameters = Parameters()
    edition: Edition = Edition()
    runs_dir: Path | None = Field(None, description="where runs are kept")
