"""The models of a bench file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, model_validator

from rig.config.card_set import CardStatus, PhysicalCard
from rig.config.dialects import DIALECTS
from rig.config.edition import EDITION_SCHEMA, Edition
from rig.config.parameters import Parameters
from rig.config.plugs import ManualEvseTester, ModbusEvseTester, RelayEvseTester
from rig.config.transports import Port, RtuTransport, TcpTransport
from rig.config.validation import Strict
from rig.config.values import MOCK, Coil, IdTag, Name, as_numbers


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


class RelayMainsSwitch(Strict):
    """Mains of the station, switched by a coil."""

    kind: Literal["mains_switch"]
    board: Name
    coil: Coil
    safe: Literal["on", "off"] = "off"


class ManualMainsSwitch(Strict):
    """Mains of the station, switched by the operator."""

    kind: Literal["manual_mains_switch"]


class RelayNetworkSwitch(Strict):
    """Network of the station, cut by a coil. Its safe state is up."""

    kind: Literal["network_switch"]
    board: Name
    coil: Coil
    cut_by: Literal["closing", "opening"] = Field(
        "closing",
        description="closing: wired over the normally closed contact, so that the network is up "
        "while nobody drives the relay; opening: over the normally open one",
    )


class ManualNetworkSwitch(Strict):
    """Network of the station, cut by the operator."""

    kind: Literal["manual_network_switch"]


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
    | RelayNetworkSwitch
    | ManualNetworkSwitch
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


class Listener(Strict):
    """Another port of the Central System, for another security profile."""

    security_profile: Annotated[Literal[0, 1, 2, 3], BeforeValidator(as_numbers)]
    port: int = Field(0, ge=0, le=65535, description="0 takes a free port")


class CsmsConfig(Strict):
    """The Central System that the tool plays."""

    host: str = "127.0.0.1"
    port: int = Field(0, ge=0, le=65535, description="0 takes a free port")
    path: str = Field("/ocpp", pattern=r"^/[^?#]*$")
    identity: str = Field("CP-VIRTUAL-1", min_length=1, max_length=255)
    password: SecretStr | None = Field(None, description="Basic authentication; hex of the key")
    security_profile: Annotated[Literal[0, 1, 2, 3] | None, BeforeValidator(as_numbers)] = Field(
        None, description="of the station; 1 with a password and 0 without, when absent"
    )
    also: tuple[Listener, ...] = Field(
        (), description="further security profiles, for cases that need another one than the first"
    )
    name: str | None = Field(
        None,
        min_length=1,
        max_length=64,
        description="host name by which the station dials; CN of the certificate of this side",
    )
    pki: Path | None = Field(
        None,
        description="folder of the laboratory's authorities, made at first use; in the state "
        "folder when absent. The station needs its root.pem and manufacturer-root.pem",
    )
    changing_keys: tuple[str, ...] = Field(
        (), description="configuration keys that the station changes by itself, e.g. counters"
    )
    serial_number: str = Field(
        "RIG-0001", description="CN of the station's certificate (profile 3): its serial number"
    )

    @property
    def profile(self) -> int:
        """Security profile that the station is to use."""
        if self.security_profile is None:
            return 0 if self.password is None else 1
        return self.security_profile

    @property
    def profiles(self) -> tuple[int, ...]:
        """Every security profile that there is to be a listener for; the first one first."""
        return (self.profile, *(other.security_profile for other in self.also))

    @model_validator(mode="after")
    def _has_what_its_profiles_need(self) -> CsmsConfig:
        profiles = self.profiles
        for number in profiles:
            if profiles.count(number) > 1:
                raise ValueError(f"security profile {number} has two listeners; take one out")
            if number in (1, 2) and self.password is None:
                raise ValueError(f"security profile {number} needs `password`")
        if self.password is not None and not {1, 2} & set(profiles):
            raise ValueError(f"security profile {self.profile} has no password; take it out")
        return self


class FilesConfig(Strict):
    """Files that go to the station and come from it: firmware, diagnostics, logs."""

    image: Path | None = Field(None, description="firmware that the station installs")
    broken_image: Path | None = Field(
        None, description="file that the station cannot install; without it, a few words of text"
    )
    image_version: str | None = Field(
        None, max_length=50, description="firmwareVersion that the station has with `image`"
    )
    protocol: Literal["http", "https", "ftp", "ftps"] | None = Field(
        None,
        description="when absent, one of the station's SupportedFileTransferProtocols; ftp first",
    )
    host: str | None = Field(
        None, description="address of this computer for the station; that of csms when absent"
    )
    unreachable: str | None = Field(
        None, description="URL of a folder that the station cannot reach; its loop-back when absent"
    )


class VirtualConfig(Strict):
    """The simulated lab that stands in for hardware."""

    persona: Path | None = Field(None, description="file that describes the station")
    delivered: Path | None = Field(
        None, description="folder with the certificates that the station is delivered with"
    )
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
    files: FilesConfig = FilesConfig()
    devices: dict[Name, DeviceConfig]
    cards: dict[Name, CardConfig]
    card_set: Path | None = Field(None, description="file of a card set, in addition to `cards`")
    csms: CsmsConfig = CsmsConfig()
    csms_under_test: CsmsUnderTest | None = None
    pics: Path | None = None
    parameters: Parameters = Parameters()
    edition: Annotated[Edition, EDITION_SCHEMA] = Edition()
    runs_dir: Path | None = Field(None, description="where runs are kept")
