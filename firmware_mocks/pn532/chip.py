"""The chip: commands, registers, and the cards in its field. Source: PN532 user manual, ch. 7."""

from __future__ import annotations

from collections.abc import Callable

from firmware_mocks.pn532.air import Nibble, crc_a, with_crc, without_crc
from firmware_mocks.pn532.anticollision import Anticollision, cascaded
from firmware_mocks.pn532.classic import NO_ANSWER, ClassicCard
from firmware_mocks.pn532.smart import ATS, SmartCard
from firmware_mocks.pn532.stock import AnyCard
from firmware_mocks.pn532.type2 import Type2Card

TX_MODE, RX_MODE, FIFO_DATA, BIT_FRAMING = 0x6302, 0x6303, 0x6339, 0x633D
CRC_ENABLED = 0x80
CRC_ERROR = 0x02
BAD_COMMAND = 0x27
BAUD_RATES = (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600, 1288000)
AUTO_RATS = 0x10
TYPE_A = 0


class SyntaxFault(Exception):
    """The chip answers a command with its error frame."""


class Pn532Chip:
    """Firmware 1.6.

    Args:
        on_lost: told when a card leaves in the middle of writing (`leave_after`).

    Attributes:
        baudrate: of the line; a new one counts from the host's next acknowledgement.
        field: cards in front of the antenna.
        leave_after: number of writes after which the card is taken away; None never.
    """

    def __init__(self, on_lost: Callable[[], None] | None = None) -> None:
        self.baudrate = 115200
        self.ic = 0x32
        self.field: list[AnyCard] = []
        self.leave_after: int | None = None
        self._on_lost = on_lost
        self._next_baudrate: int | None = None
        self._registers: dict[int, int] = {}
        self._parameters = 0x14
        self._targets: dict[int, AnyCard] = {}
        self._powered = False
        self._anticollision = Anticollision()
        self._commands: dict[int, Callable[[bytes], bytes | None]] = {
            0x00: self._diagnose,
            0x02: lambda _: bytes([self.ic, 1, 6, 7]),
            0x04: self._general_status,
            0x06: self._read_register,
            0x08: self._write_register,
            0x0C: lambda _: bytes(3),
            0x0E: lambda _: b"",
            0x10: self._set_baudrate,
            0x12: self._set_parameters,
            0x14: lambda _: b"",
            0x16: self._power_down,
            0x32: self._rf_configuration,
            0x40: self._data_exchange,
            0x42: self._communicate_thru,
            0x44: self._release,
            0x4A: self._list_passive_target,
            0x52: self._release,
            0x54: lambda data: b"\0" if data and data[0] in self._targets else b"\x27",
            0x60: self._auto_poll,
            0x8C: lambda _: None,  # no reader ever comes to us
        }

    def power_up(self) -> None:
        """Plugged in: everything is as at the factory."""
        self.baudrate, self._next_baudrate = 115200, None
        self._registers = {}
        self._field_off()

    def understands(self, baudrate: int | None) -> bool:
        """Whether the host's speed is right: what it sent before a change is read after it."""
        return baudrate in (self.baudrate, self._next_baudrate or self.baudrate)

    def acknowledged(self) -> None:
        """The host has acknowledged, which also makes a new baud rate count."""
        if self._next_baudrate is not None:
            self.baudrate, self._next_baudrate = self._next_baudrate, None

    def execute(self, code: int, data: bytes) -> bytes | None:
        """Do a command; the data of its response, None while nothing happens.

        Raises:
            SyntaxFault: no such command, or it lacks something.
        """
        try:
            return self._commands[code](data)
        except (LookupError, ValueError) as error:
            raise SyntaxFault(f"{code:02X} {data.hex()}") from error

    def lay(self, card: AnyCard) -> None:
        """A card comes into the field."""
        if card not in self.field:
            card.power_up()
            self.field.append(card)

    def take(self, card: AnyCard | None = None) -> None:
        """A card leaves the field, or all do."""
        self.field = [] if card is None else [c for c in self.field if c is not card]
        self._targets = {n: c for n, c in self._targets.items() if c in self.field}

    # -- the chip itself ----------------------------------------------------------------------

    def _diagnose(self, data: bytes) -> bytes:
        test = data[0]
        if test == 0:
            return data
        if test in (1, 2):
            return b"\0"
        if test == 6:  # is the card still there
            return b"\0" if self._targets else b"\x01"
        raise ValueError(f"no test {test}")

    def _general_status(self, _data: bytes) -> bytes:
        listed = b"".join(bytes([number, 0, 0, 0x10]) for number in self._targets)
        return bytes([0, int(self._powered), len(self._targets)]) + listed + b"\0"

    def _register(self, address: int) -> int:
        default = 0x26 if address == FIFO_DATA else 0
        return self._registers.get(address, default)

    def _read_register(self, data: bytes) -> bytes:
        pairs = range(0, len(data), 2)
        return bytes(self._register(int.from_bytes(data[at : at + 2], "big")) for at in pairs)

    def _write_register(self, data: bytes) -> bytes:
        if len(data) % 3:
            raise ValueError("address and value")
        for at in range(0, len(data), 3):
            self._registers[int.from_bytes(data[at : at + 2], "big")] = data[at + 2]
        return b""

    def _set_baudrate(self, data: bytes) -> bytes:
        self._next_baudrate = BAUD_RATES[data[0]]
        return b""

    def _set_parameters(self, data: bytes) -> bytes:
        self._parameters = data[0]
        return b""

    def _power_down(self, _data: bytes) -> bytes:
        self._field_off()
        return b"\0"

    def _rf_configuration(self, data: bytes) -> bytes:
        item, value = data[0], data[1:]
        if item == 1:
            if value[0] & 1:
                self._powered = True
            else:
                self._field_off()
        return b""

    def _field_off(self) -> None:
        self._powered = False
        self._targets = {}
        for card in self.field:
            card.power_up()

    # -- cards --------------------------------------------------------------------------------

    def _list_passive_target(self, data: bytes) -> bytes:
        most, kind, wanted = data[0], data[1], data[2:]
        self._powered = True
        self._targets = {}
        if kind != TYPE_A:
            return b"\0"
        self._registers[TX_MODE] = self._registers[RX_MODE] = CRC_ENABLED
        self._registers[FIFO_DATA] = 0x26
        said = b""
        for card in sorted(self.field, key=lambda card: card.uid or b""):
            uid = card.uid
            card.power_up()
            if uid is None or (wanted and cascaded(uid) != wanted):
                continue
            if len(self._targets) == most:
                break
            number = len(self._targets) + 1
            self._targets[number] = card
            said += bytes([number]) + self._described(card, uid)
            self._registers[FIFO_DATA] = 0
        return bytes([len(self._targets)]) + said

    def _described(self, card: AnyCard, uid: bytes) -> bytes:
        said = card.atqa.to_bytes(2, "big") + bytes([card.sak, len(uid)]) + uid
        if isinstance(card, SmartCard) and self._parameters & AUTO_RATS:
            card.receive(with_crc(b"\xe0\x50"))
            said += ATS
        return said

    def _auto_poll(self, data: bytes) -> bytes:
        kinds = data[2:]
        if not any(kind in (0x00, 0x10, 0x20, 0x40) for kind in kinds):
            return b"\0"
        listed = self._list_passive_target(b"\x01\x00")
        if not listed[0]:
            return b"\0"
        smart = isinstance(self._targets[1], SmartCard)
        return bytes([1, 0x20 if smart else 0x10, len(listed) - 1]) + listed[1:]

    def _release(self, data: bytes) -> bytes:
        if data[0] == 0:
            self._targets = {}
        else:
            self._targets.pop(data[0], None)
        return b"\0"

    def _data_exchange(self, data: bytes) -> bytes:
        card, command = self._targets.get(data[0] & 0x3F), data[1:]
        if card is None:
            return bytes([BAD_COMMAND if data[0] not in self._targets else NO_ANSWER])
        if isinstance(card, ClassicCard):
            outcome = card.exchange(command)
            self._count_write(card, command)
            return bytes([outcome.status]) + outcome.data
        if isinstance(card, Type2Card):
            answer = card.receive(with_crc(command))
        else:
            block = card.receive(with_crc(b"\x02" + command))
            data_in = without_crc(block) if isinstance(block, bytes) else None
            answer = with_crc(data_in[1:]) if data_in else None
        self._count_write(card, command)
        if isinstance(answer, Nibble):
            return b"\0" if answer.value == 0xA else b"\x05"
        content = None if answer is None else without_crc(answer)
        return bytes([NO_ANSWER]) if content is None else b"\0" + content

    def _communicate_thru(self, data: bytes) -> bytes:
        card = self._targets.get(1)
        bits = self._register(BIT_FRAMING) & 7
        frame = with_crc(data) if self._register(TX_MODE) & CRC_ENABLED and not bits else data
        if card is None:
            answer, selected = self._anticollision.receive(frame, bits or 8, self.field)
            if selected is not None:
                self._targets[1] = selected
        else:
            answer = card.receive(frame, bits or 8)
        if card is not None:
            self._count_write(card, data)
        if answer is None:
            return bytes([NO_ANSWER])
        checked = self._register(RX_MODE) & CRC_ENABLED
        if isinstance(answer, Nibble):
            return bytes([CRC_ERROR]) if checked else bytes([0, answer.value])
        if not checked:
            return b"\0" + answer
        whole = crc_a(answer[:-2]) == answer[-2:]
        return b"\0" + answer[:-2] if whole else bytes([CRC_ERROR])

    def _count_write(self, card: AnyCard, command: bytes) -> None:
        """A hand takes the card away while it is being written."""
        if self.leave_after is None or command[:1] not in (b"\xa2", b"\xa0"):
            return
        self.leave_after -= 1
        if self.leave_after <= 0:
            self.leave_after = None
            self.take(card)
            if self._on_lost is not None:
                self._on_lost()
