"""The only module that knows nfcpy. Blocking: every method is for the reader's own thread."""

from __future__ import annotations

import contextlib
import errno
import logging
import re
import struct
import termios
import threading
from collections.abc import Iterator
from typing import Any

import nfc.clf
import nfc.clf.pn53x
import nfc.clf.pn532
import nfc.tag
import nfc.tag.tt2

from drivers.errors import (
    BadReply,
    CardRefused,
    DeviceGone,
    DeviceTimeout,
    DriverError,
    NoCard,
    NotSupported,
)
from drivers.nfc.card_types import CAPABILITY, GET_VERSION, Target, parse_targets
from drivers.nfc.line import Pn532Line, plain_path

CHIPS = ("pn532", "pn533", "acr122u", "rc-s380")
USB_PATH = re.compile(r"usb(:[0-9a-fA-F]{3,4}){0,2}")
CARD_SILENT, WRONG_KEY, LIST_CARDS = 0x01, 0x14, 0x4A
TX_MODE, RX_MODE, BIT_FRAMING = "CIU_TxMode", "CIU_RxMode", "CIU_BitFraming"
CRC = 0x80
CARD_S = 0.2
LEFT_AT = 921600
"""Speed at which the library leaves the chip when its process is killed."""
EMPTY_MESSAGE = b"\x03\x00\xfe\x00"

log = logging.getLogger(__name__)
# Its messages go to whoever asks; without this Python would print the errors on stderr.
logging.getLogger("nfc").addHandler(logging.NullHandler())


class NfcpyReader:
    """A reader that nfcpy can drive.

    Args:
        device: name for errors.
        chip: one of `CHIPS`.
        port: path of the serial port (pn532), or `usb`, `usb:VID:PID`, `usb:BUS:ADR`.
        give_up: set by another thread to end what is being waited for.
    """

    def __init__(self, device: str, chip: str, port: str, give_up: threading.Event) -> None:
        self._device = device
        self._chip = chip
        self._port = port
        self._give_up = give_up
        self._line: Pn532Line | None = None
        self._clf: Any = None

    @property
    def is_open(self) -> bool:
        """Whether it was opened and not closed."""
        return self._clf is not None

    def open(self) -> None:
        """Take the port and wake the chip up.

        Raises:
            DriverError: no port, or nothing on it that answers like this chip.
        """
        if self.is_open:
            return
        try:
            with self._told():
                clf = nfc.clf.ContactlessFrontend()
                if self._chip == "pn532":
                    clf.device = self._pn532()
                elif USB_PATH.fullmatch(self._port) is None:
                    raise NotSupported(
                        self._device, f"{self._port!r} is no path of a reader on USB",
                        hint="use usb, usb:VID:PID or usb:BUS:ADR",
                    )  # fmt: skip
                elif not clf.open(self._port):
                    raise DeviceGone(
                        self._device, f"no reader on {self._port}",
                        hint="plug it in; pcscd and the kernel modules pn533_usb and nfc must "
                        "not hold it",
                    )  # fmt: skip
                self._clf = clf
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Field off, chip back to its first speed, port free; also of a reader that is gone."""
        clf, self._clf = self._clf, None
        line, self._line = self._line, None
        try:
            if line is not None:
                line.finish()
            if clf is not None and (line is None or line.is_alive()):
                with contextlib.suppress(*_TECHNICAL):
                    clf.close()
        finally:
            if line is not None:
                with contextlib.suppress(OSError, termios.error):
                    line.release()

    def firmware(self) -> str:
        """Ask the chip who it is."""
        with self._told():
            if self._chip == "rc-s380":
                return str(self._clf.device)
            ic, version, revision, _ = self._chipset.get_firmware_version()
        return f"PN5{ic:02X} v{version}.{revision}"

    # -- cards --------------------------------------------------------------------------------

    def list_cards(self) -> list[Target]:
        """Switch the field off and on, and list the cards in it, two at most."""
        with self._told():
            if self._chip == "rc-s380":
                found = self._sense()
                return [] if found is None else [_target(found)]
            self._clf.device.mute()
            most = min(2, self._chipset.in_list_passive_target_max_target)
            data = self._chipset.command(LIST_CARDS, bytes([most, 0]), timeout=1.0)
            return parse_targets(bytes(data))

    def version(self) -> bytes | None:
        """GET_VERSION of the card that was listed; None when it does not know that."""
        try:
            return self.thru(GET_VERSION)
        except NoCard:
            return None  # it is silent until it is listed again

    def exchange(self, command: bytes) -> bytes:
        """One command to the listed card, the chip doing cipher and framing.

        Raises:
            CardRefused: wrong key, or the card said no.
            NoCard: it is silent.
        """
        with self._told():
            self._need_registers("MIFARE Classic")
            return bytes(self._chipset.in_data_exchange(command, CARD_S)[0])

    def thru(self, command: bytes) -> bytes:
        """One command to the listed card, with CRC."""
        with self._told():
            self._need_registers("cards of this type")
            self._frame_by_chip(whole=True)
            return bytes(self._chipset.in_communicate_thru(command, CARD_S))

    def raw(self, frame: bytes, bits: int = 0) -> bytes:
        """A frame as it is, CRC included; `bits` of its last byte, 0 for all.

        Raises:
            NoCard: nobody answered.
        """
        with self._told():
            self._need_registers("magic cards")
            self._frame_by_chip(whole=False)
            self._chipset.write_register(BIT_FRAMING, bits)
            try:
                return bytes(self._chipset.in_communicate_thru(frame, CARD_S))
            finally:
                self._chipset.write_register(BIT_FRAMING, 0)

    # -- NDEF ---------------------------------------------------------------------------------

    def read_message(self, uid: bytes) -> bytes | None:
        """The NDEF message of a card; None when it is not formatted for one."""
        with self._told():
            ndef = self._activate(uid).ndef
            return None if ndef is None else bytes(ndef.octets)

    def write_message(self, uid: bytes, message: bytes) -> None:
        """Replace the NDEF message of a card.

        Raises:
            CardRefused: not formatted, write-protected or too small.
            NoCard: taken away, possibly half written.
        """
        with self._told():
            ndef = self._activate(uid).ndef
            if ndef is None:
                raise CardRefused(self._device, "the card is not formatted for a text")
            if not ndef.is_writeable:
                raise CardRefused(self._device, "the card is write-protected")
            if len(message) > ndef.capacity:
                raise CardRefused(
                    self._device,
                    f"the card takes {ndef.capacity} bytes, the text needs {len(message)}",
                )
            ndef.octets = message

    def format_blank(self, uid: bytes, card_type: str) -> None:
        """Make a never-formatted NTAG ready for a message; its page 3 can be written once.

        Raises:
            CardRefused: another type, or not blank.
        """
        with self._told():
            if card_type not in CAPABILITY:
                raise CardRefused(self._device, f"a {card_type} cannot be formatted here")
            tag = self._activate(uid)
            if bytes(tag.read(3))[:4] != bytes(4):
                raise CardRefused(self._device, "page 3 of the card is not blank: left as it is")
            # The message area first: a card taken away in between is still blank.
            tag.write(4, EMPTY_MESSAGE)
            tag.write(3, bytes([0xE1, 0x10, CAPABILITY[card_type], 0]))

    # -- inside -------------------------------------------------------------------------------

    @property
    def _chipset(self) -> Any:
        if self._clf is None:
            raise DeviceGone(self._device, "the reader is closed")
        return self._clf.device.chipset

    def _pn532(self) -> Any:
        path = plain_path(self._device, self._port)
        line = self._line = Pn532Line(self._device, path, self._give_up)
        try:
            device = nfc.clf.pn532.init(line)
        except OSError as error:
            heard = line.heard
            if error.errno == errno.ECANCELED or not line.is_alive():
                raise
            try:
                device = self._rescue(line)
            except OSError:
                if heard:
                    raise BadReply(
                        self._device, f"what answers on {self._port} is no PN532"
                    ) from error
                raise
        device._path = self._port  # noqa: SLF001  # what the library's own opener does, for its log
        return device

    def _rescue(self, line: Pn532Line) -> Any:
        """No good answer at the first speed: the chip may have been left at a higher one."""
        line.open(line.port, LEFT_AT)
        chipset = nfc.clf.pn532.Chipset(line, logging.getLogger("nfc.clf.pn532"))
        try:
            chipset.set_serial_baudrate(115200)
        except (OSError, nfc.clf.pn53x.Chipset.Error):
            log.debug("silent at the higher speed too")
        return nfc.clf.pn532.init(line)

    def _need_registers(self, what: str) -> None:
        if self._chip == "rc-s380":
            raise NotSupported(self._device, f"this reader cannot do {what}")

    def _frame_by_chip(self, *, whole: bool) -> None:
        """Let the chip add and check the CRC of frames, or leave them alone."""
        chipset = self._chipset
        tx, rx = chipset.read_register(TX_MODE, RX_MODE)
        tx, rx = (tx | CRC, rx | CRC) if whole else (tx & ~CRC, rx & ~CRC)
        chipset.write_register((TX_MODE, tx), (RX_MODE, rx))

    def _sense(self) -> Any:
        return self._clf.sense(nfc.clf.RemoteTarget("106A"), iterations=1)

    def _activate(self, uid: bytes) -> Any:
        found = self._sense()
        if found is None or bytes(found.sdd_res or b"") != uid:
            raise NoCard(self._device, f"the card {uid.hex().upper()} was taken away")
        tag = nfc.tag.activate(self._clf, found)
        if tag is None:
            raise NoCard(self._device, f"the card {uid.hex().upper()} fell silent")
        return tag

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Everything that the library raises, as a `DriverError`."""
        try:
            yield
        except DriverError:
            raise
        except nfc.clf.pn53x.Chipset.Error as error:
            raise self._of_chip(error.errno, str(error)) from error
        except nfc.clf.CommunicationError as error:
            raise NoCard(self._device, "the card fell silent: taken away?") from error
        except nfc.tag.TagCommandError as error:
            if error.errno > 0:  # the card answered, and said no
                raise CardRefused(self._device, f"the card refused: {error}") from error
            raise NoCard(self._device, "the card fell silent: taken away?") from error
        except (OSError, termios.error) as error:
            raise self._of_line(error) from error
        except _MISUNDERSTOOD as error:
            raise BadReply(self._device, f"an answer that makes no sense ({error!r})") from error

    def _of_chip(self, status: int, text: str) -> DriverError:
        if status == CARD_SILENT:
            return NoCard(self._device, "the card fell silent: taken away?")
        if status == WRONG_KEY:
            return CardRefused(self._device, "wrong key for this sector")
        if status in (0x7F, 0xFF):
            return BadReply(self._device, f"the reader does not understand us ({text})")
        return CardRefused(self._device, f"the card refused ({text})")

    def _of_line(self, error: OSError | termios.error) -> DriverError:
        code = error.errno if isinstance(error, OSError) else None
        if code == errno.ECANCELED:
            return DeviceTimeout(self._device, "given up while the reader was at work")
        if self._line is not None:
            if not self._line.is_alive():
                return DeviceGone(self._device, f"port {self._port}: hang-up")
            if self._line.heard:
                return BadReply(self._device, f"an answer on {self._port} is not understood")
            return DeviceTimeout(
                self._device, f"no answer from a PN532 on {self._port}",
                hint="check power and the HSU switches of the board (both 0)",
            )  # fmt: skip
        if code == errno.ETIMEDOUT:
            return DeviceTimeout(self._device, f"no answer from the reader on {self._port}")
        return DeviceGone(self._device, f"reader {self._port}: {error}")


def _target(found: Any) -> Target:
    """A card as the library found it; it hands ATQA over low byte first."""
    atqa = bytes(found.sens_res)
    return Target(atqa[1] << 8 | atqa[0], found.sel_res[0], bytes(found.sdd_res))


_MISUNDERSTOOD = (LookupError, ValueError, TypeError, AttributeError, AssertionError, struct.error)
_TECHNICAL = (
    OSError, termios.error, nfc.clf.pn53x.Chipset.Error, nfc.clf.CommunicationError, *_MISUNDERSTOOD
)  # fmt: skip
