"""The ports of the bench: what each kind of device can do, whoever makes it.

Every port has a driver and a `Manual*` twin that asks the operator. Drivers report what they
did and saw to an `Observer`; the rig puts that on its time line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, Self, runtime_checkable

Scalar = None | bool | int | float | str


class Observer(Protocol):
    """Receives what a driver did or saw.

    Kinds: "relay", "pilot", "input", "card", "mains" and "modem".
    """

    def __call__(self, kind: str, source: str, data: Mapping[str, Scalar], /) -> None:
        """Take one observation. Must not block and must not raise."""


class CpState(StrEnum):
    """Control pilot state, IEC 61851-1 annex A."""

    A = "A"  # no vehicle
    B = "B"  # vehicle connected, not ready
    C = "C"  # vehicle ready, no ventilation
    D = "D"  # vehicle ready, ventilation required
    E = "E"  # fault: CP short to PE
    F = "F"  # EVSE not available


class CableCode(StrEnum):
    """Current that a Type 2 cable carries, told by its proximity resistor, IEC 61851-1 annex B."""

    A13 = "13A"
    A20 = "20A"
    A32 = "32A"
    A63 = "63A"


class PlugFault(StrEnum):
    """A fault that a tester plug can put between itself and the station."""

    CP_PE_SHORT = "cp-pe-short"  # before the diode: state E
    CP_PE_SHORT_AFTER_DIODE = "cp-pe-short-after-diode"  # many hand testers' "E": not a clean one
    DIODE_SHORT = "diode-short"  # seen by the station with PWM only
    PE_OPEN = "pe-open"  # of pilot and proximity; the load keeps its protective conductor
    CP_OPEN = "cp-open"  # the EV side is gone, the plug still in the station
    PP_OPEN = "pp-open"
    PP_SHORT = "pp-short"


class Latch(StrEnum):
    """What the proximity line of a Type 1 connector tells about it, SAE J1772."""

    ABSENT = "absent"
    LATCHED = "latched"
    PRESSED = "button pressed"  # S3 is open


@dataclass(frozen=True, slots=True)
class PilotMeasurement:
    """What a tester plug with instruments of its own measures; None is not measured.

    Attributes:
        cp_high_v, cp_low_v: levels of the pilot; equal without PWM.
        duty_percent: of the PWM, None without.
        frequency_hz: of the PWM, None without.
        pp_v: at the proximity contact.
        voltages_v: L1 to L3 against neutral.
        currents_a: taken by the load, L1 to L3.
    """

    cp_high_v: float
    cp_low_v: float
    duty_percent: float | None = None
    frequency_hz: float | None = None
    pp_v: float | None = None
    voltages_v: tuple[float, ...] = ()
    currents_a: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds of many like events: the last, least, median and most."""

    last_ms: float
    least_ms: float
    median_ms: float
    most_ms: float


@dataclass(frozen=True, slots=True)
class PlugTiming:
    """How fast a plug obeys.

    Attributes:
        moves: how many switchings the numbers are of.
        readback: from the request to the read-back.
        pilot: from the request to the new state at the pilot; None where nobody measures it.
    """

    moves: int
    readback: Spread
    pilot: Spread | None


@dataclass(frozen=True, slots=True)
class PlugReading:
    """What a tester plug knows about itself and the station.

    Attributes:
        cp_state: state that the plug's circuit presents (A to E).
        cable_in_station: proximity contact made at the station's socket.
        voltage_present: mains voltage at the plug, i.e. the station's contactor is closed;
            None where the plug has no such input.
        plug_locked: feedback of the station's socket lock; None where not wired.
        cable: proximity code that is presented, None without.
        fault: that is put in now.
        load_phases: phases with a load, 0 to 3.
        latch: Type 1 only, None where not wired.
        measured: by the plug's own instruments.
        timing: since the plug was entered, None before it moved.
    """

    cp_state: CpState
    cable_in_station: bool
    voltage_present: bool | None
    plug_locked: bool | None
    cable: CableCode | None = None
    fault: PlugFault | None = None
    load_phases: int = 0
    latch: Latch | None = None
    measured: PilotMeasurement | None = None
    timing: PlugTiming | None = None


@runtime_checkable
class Device(Protocol):
    """Common life of every device. Entering proves that it answers; leaving makes it safe."""

    name: str

    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *exc: object) -> None: ...
    async def prove(self) -> str:
        """Ask the device for a sign of life; returns one line for the operator.

        Raises:
            DriverError: it does not answer as it should.
        """
        ...

    async def safe(self) -> None:
        """Reach the safe state and read it back."""
        ...


@runtime_checkable
class RelayBoardPort(Device, Protocol):
    """Relay board: coils counted from 0 (K1 is coil 0), discrete inputs from 0."""

    coil_count: int
    input_count: int

    async def set_coil(self, coil: int, closed: bool) -> None:
        """Switch one coil; returns once the board reads back the same."""
        ...

    async def set_coils(self, coils: Mapping[int, bool]) -> None:
        """Switch several coils in one frame where the board can; verified by read-back."""
        ...

    async def read_coils(self) -> tuple[bool, ...]:
        """State of every coil, True is closed."""
        ...

    async def read_inputs(self) -> tuple[bool, ...]:
        """State of every discrete input."""
        ...


@runtime_checkable
class PulsingBoard(Protocol):
    """What some relay boards can do besides: close a coil and open it by their own clock."""

    async def pulse(self, coil: int, seconds: float) -> None:
        """Returns when the coil is open again; read back at both ends. Real seconds.

        Raises:
            NotSupported: this board cannot, or not for so long.
        """
        ...


@runtime_checkable
class EvseTester(Device, Protocol):
    """Tester plug that plays cable and EV towards one connector of the station."""

    plug_type: str

    @property
    def cp_state(self) -> CpState:
        """State that it presents."""
        ...

    async def plug_in(self, cable: CableCode | None = None) -> None:
        """Cable into the station, EV connected: proximity made, CP A to B.

        Args:
            cable: what the cable carries; None for what the bench file says.
        """
        ...

    async def request_energy(self, *, ventilation: bool = False) -> None:
        """EV closes S2: CP B to C, or to D where it needs ventilation."""
        ...

    async def stop_energy(self) -> None:
        """EV opens S2: CP C to B."""
        ...

    async def unplug_ev(self) -> None:
        """EV side out: CP to A, the plug stays in the station's socket."""
        ...

    async def unplug_station(self) -> None:
        """Plug out of the station's socket: proximity open."""
        ...

    async def unplug(self) -> None:
        """Both sides out, in the safe order: load, S2, CP, proximity."""
        ...

    async def press_button(self, pressed: bool) -> None:
        """Press or let go the release button of a Type 1 connector; pressing stops charging."""
        ...

    async def inject(self, fault: PlugFault, at_most_s: float) -> None:
        """Put a fault in. It is taken out after `at_most_s` real seconds at the latest."""
        ...

    async def clear_fault(self) -> None:
        """Take the fault out; nothing to do without one."""
        ...

    async def set_load(self, phases: int) -> None:
        """Have 0 to 3 phases of the load on."""
        ...

    async def read(self) -> PlugReading:
        """Present state of the plug and what it sees of the station."""
        ...


@runtime_checkable
class MainsSwitch(Device, Protocol):
    """Mains of the station under test. Safe state is on or off as the bench file says."""

    is_on: bool

    async def on(self) -> None:
        """Give power to the station."""
        ...

    async def off(self) -> None:
        """Take power from the station."""
        ...


@runtime_checkable
class CardPresenter(Device, Protocol):
    """Puts a test card in front of the station's reader. Safe state: no card presented."""

    async def present(self, card: str, hold_s: float) -> None:
        """Present the card named `card` for `hold_s` real seconds, then remove it.

        Raises:
            NotSupported: no such card on this presenter.
        """
        ...


@dataclass(frozen=True, slots=True)
class CardSeen:
    """A contactless card on the writer, ISO 14443-3 A.

    Attributes:
        uid: 4, 7 or 10 bytes, first byte first.
        card_type: what it seems to be, e.g. "NTAG213".
        atqa, sak: its answers to request and selection; None where nobody could read them.
    """

    uid: bytes
    card_type: str
    atqa: int | None = None
    sak: int | None = None

    @property
    def uid_is_random(self) -> bool:
        """Whether it makes up a new UID every time: useless as a test card."""
        return len(self.uid) == 4 and self.uid[0] == 0x08


@dataclass(frozen=True, slots=True)
class SectorKey:
    """A key of a MIFARE Classic sector: 6 bytes, and whether it is key A or key B."""

    value: bytes = b"\xff" * 6
    kind: str = "A"

    def __post_init__(self) -> None:
        if len(self.value) != 6 or self.kind not in ("A", "B"):
            raise ValueError("a sector key is 6 bytes, and A or B")


@runtime_checkable
class CardWriter(Device, Protocol):
    """Reads and writes test cards. Safe state: nothing to do, its field is off.

    Orders name the card by its UID, so that a card exchanged meanwhile is not written. What is
    the matter with a card is a `CardProblem`; the writer is well then.
    """

    async def find_card(self, expected: bytes | None = None) -> CardSeen | None:
        """Look once; None when there is no card.

        Args:
            expected: UID that should be there, for a person who is asked.

        Raises:
            NoCard: several cards at once.
        """
        ...

    async def read_text(self, uid: bytes) -> str | None:
        """Text of the first NDEF text record; None when there is none."""
        ...

    async def write_text(self, uid: bytes, text: str, *, format_blank: bool = False) -> None:
        """Write an NDEF text record and read it back.

        Args:
            uid: of the card.
            text: up to what the card takes.
            format_blank: prepare a card that was never formatted; cannot be undone.

        Raises:
            CardRefused: locked, protected, too small or never formatted.
            CardMismatch: it reads back otherwise.
        """
        ...

    async def read_block(self, uid: bytes, block: int, key: SectorKey) -> bytes:
        """16 bytes of a MIFARE Classic.

        Raises:
            CardRefused: wrong key, or the access bits forbid it.
        """
        ...

    async def write_block(self, uid: bytes, block: int, data: bytes, key: SectorKey) -> None:
        """Write 16 bytes of a MIFARE Classic and read them back; no trailer, not block 0.

        Raises:
            CardRefused: wrong key, the access bits forbid it, or a block that is not for this.
        """
        ...

    async def write_trailer(
        self, uid: bytes, sector: int, trailer: bytes, key: SectorKey, *, forever: bool = False
    ) -> None:
        """Write key A, access bits and key B of a sector; proved by using the new keys.

        Args:
            uid: of the card.
            sector: 0 up.
            trailer: 16 bytes.
            key: that may write it now.
            forever: allow access bits that can never be changed again.

        Raises:
            CardRefused: access bits that would lose the sector; wrong key.
        """
        ...

    async def set_uid(self, uid: bytes, new_uid: bytes) -> CardSeen:
        """Give a UID-changeable card another UID; returns the card as it is then found.

        Raises:
            CardRefused: this card's UID cannot be changed.
        """
        ...


class AccessTechnology(StrEnum):
    """Generation of the radio network, 3GPP TS 27.007 AcT grouped as the procedure does."""

    GSM = "2g"
    UMTS = "3g"
    LTE = "4g"


class TechnologyLock(StrEnum):
    """What the modem is allowed to use."""

    AUTO = "auto"
    GSM = "2g"
    UMTS = "3g"
    LTE = "4g"

    def allows(self, technology: AccessTechnology) -> bool:
        """Whether a modem that is locked like this may use `technology`."""
        return self is TechnologyLock.AUTO or self.value == technology.value


class SimState(StrEnum):
    """What the SIM wants before it can be used."""

    READY = "ready"
    PIN_REQUIRED = "PIN required"
    PUK_REQUIRED = "PUK required"
    MISSING = "missing"
    FAILURE = "failure"
    BUSY = "busy"


class Registration(StrEnum):
    """Registration with the network, <stat> of 3GPP TS 27.007, 7.2."""

    NOT_REGISTERED = "not registered"
    HOME = "home"
    SEARCHING = "searching"
    DENIED = "denied"
    ROAMING = "roaming"

    @property
    def is_registered(self) -> bool:
        """Whether the network serves the modem."""
        return self in (Registration.HOME, Registration.ROAMING)


@dataclass(frozen=True, slots=True)
class ModemIdentity:
    """Who the modem is. Empty text where it does not say; `imei` is its 15 digits."""

    manufacturer: str
    model: str
    revision: str
    imei: str
    iccid: str = ""


@dataclass(frozen=True, slots=True)
class ModemStatus:
    """Where the modem stands with SIM and network; None is not known.

    Attributes:
        sim: what the SIM wants.
        registration: with the network that is used now.
        operator: its name.
        access_technology: generation in use, None also while not registered.
        technology_name: what the modem calls it, e.g. "HSPA+"; "" where it does not say.
        lock: what it is allowed to use, as read back; None where the setting is none of ours.
        data_connected: a data session is up.
        address: of that session.
    """

    sim: SimState | None
    registration: Registration | None
    operator: str | None
    access_technology: AccessTechnology | None
    technology_name: str
    lock: TechnologyLock | None
    data_connected: bool | None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """One reading of the radio signal; None is not known or not of this technology.

    Attributes:
        access_technology: that the values are of.
        csq: as in +CSQ, 0..31.
        rssi_dbm: received signal strength, all technologies.
        rsrp_dbm, rsrq_db, sinr_db: LTE.
        rscp_dbm, ecio_db: UMTS.
    """

    access_technology: AccessTechnology | None = None
    csq: int | None = None
    rssi_dbm: int | None = None
    rsrp_dbm: int | None = None
    rsrq_db: float | None = None
    sinr_db: float | None = None
    rscp_dbm: int | None = None
    ecio_db: float | None = None


@runtime_checkable
class Modem(Device, Protocol):
    """Cellular modem. Safe state: no data session, locked as the bench file says.

    The lock is stored in the modem and survives unplugging and our crash; that is why leaving
    and entering the bench writes it again.
    """

    async def identity(self) -> ModemIdentity:
        """Who it is."""
        ...

    async def status(self) -> ModemStatus:
        """SIM, registration, operator, technology and lock, asked now."""
        ...

    async def read_signal(self) -> Signal:
        """One reading."""
        ...

    async def set_lock(self, lock: TechnologyLock) -> ModemStatus:
        """Allow one technology only, or all; returns once registered again. Tells its progress.

        A data session is ended first.

        Raises:
            RadioUnavailable: no network of that technology took the modem in time, or the SIM
                cannot be used; the modem stays locked as ordered.
            NotSupported: this modem cannot be locked like that.
            ReadbackMismatch: the modem said yes and did not follow.
        """
        ...

    async def connect(self) -> ModemStatus:
        """Bring a data session up.

        Raises:
            RadioUnavailable: the network did not give one in time.
        """
        ...

    async def disconnect(self) -> None:
        """End the data session, if there is one."""
        ...


@runtime_checkable
class Operator(Protocol):
    """A person (or who acts for one) who can do things by hand and answer questions."""

    async def ask(self, question: str, choices: Sequence[str], timeout_s: float) -> str:
        """Ask and return one of `choices`.

        Raises:
            OperatorUnavailable: nobody answered within `timeout_s` real seconds.
        """
        ...


class OperatorUnavailable(Exception):
    """Nobody answered a prompt in time."""
