"""What a Huawei dongle is at the moment, by its USB id, and what to do about it. Pure.

Source: usb_modeswitch and its device data, Linux's option driver, and logs of real sticks in
public forums; none of it was seen on hardware by this project. The same stick changes its id
when it is switched from the disk that it pretends to be into what it is for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

VENDOR = "12d1"


class UsbState(StrEnum):
    """What a program can do with the device."""

    DISK = "disk"
    """Mass storage only; must be switched."""
    STICK = "stick"
    """AT ports: backend e3372h."""
    HILINK = "hilink"
    """Network card with a web interface: backend hilink."""
    FOREIGN = "foreign"
    """Another platform under a similar name."""


@dataclass(frozen=True, slots=True)
class UsbIdentity:
    """One USB id.

    Attributes:
        state: what can be done with it.
        what: for the operator.
        remedy: what to do; "" where it can be used as it is.
    """

    state: UsbState
    what: str
    remedy: str = ""


_SWITCH = "install usb_modeswitch (package usb-modeswitch) and replug the dongle"
_AT = "use backend e3372h with the port whose interface protocol is 12 (see: rig bench suggest)"
_WEB = "use backend hilink with its web interface, http://192.168.8.1 unless it was changed"

USB_IDS: dict[tuple[str, str], UsbIdentity] = {
    (VENDOR, "1f01"): UsbIdentity(
        UsbState.DISK, "dongle with HiLink firmware (or E3372-320), still a disk", _SWITCH
    ),
    (VENDOR, "14fe"): UsbIdentity(
        UsbState.DISK, "dongle with stick firmware, still a disk", _SWITCH
    ),
    (VENDOR, "157d"): UsbIdentity(UsbState.DISK, "dongle, still a disk", _SWITCH),
    (VENDOR, "1506"): UsbIdentity(UsbState.STICK, "stick with AT ports", _AT),
    (VENDOR, "15b6"): UsbIdentity(
        UsbState.STICK, "stick with AT ports from the start, without disk", _AT
    ),
    (VENDOR, "155e"): UsbIdentity(
        UsbState.STICK, "E3372-320 with AT ports; its firmware differs from the E3372h's", _AT
    ),
    (VENDOR, "14dc"): UsbIdentity(UsbState.HILINK, "dongle with HiLink firmware", _WEB),
    (VENDOR, "14db"): UsbIdentity(UsbState.HILINK, "E3372-320 with HiLink firmware", _WEB),
    ("3566", "2001"): UsbIdentity(
        UsbState.FOREIGN,
        "E3372-325, another platform under the same name",
        "use an E3372h: this one is not supported",
    ),
}
"""By (vendor, product), hexadecimal and lower case."""

COMMAND_PROTOCOLS = ("12", "02")
"""bInterfaceProtocol of the command port, hexadecimal; reports come on this one."""
DIAL_PROTOCOLS = ("10", "01")
"""bInterfaceProtocol of the port meant for dialling; takes commands, sends no reports."""


def explain(vendor: str, product: str) -> UsbIdentity | None:
    """What a USB id stands for; None for a device that this product does not know.

    Args:
        vendor: four hexadecimal digits, any case.
        product: likewise.
    """
    key = (vendor.lower(), product.lower())
    if key in USB_IDS:
        return USB_IDS[key]
    if key[0] == VENDOR:
        return UsbIdentity(
            UsbState.FOREIGN,
            f"Huawei device {key[0]}:{key[1]}",
            "not known as an E3372h; look up its USB id",
        )
    return None


def port_rank(protocol: str) -> int:
    """How good a port is for commands by its bInterfaceProtocol; smaller is better.

    Never choose by the number in ttyUSB0: on a machine with other adapters that port belongs to
    somebody else.
    """
    value = protocol.lower().zfill(2)
    return next(
        (rank for rank, known in enumerate((COMMAND_PROTOCOLS, DIAL_PROTOCOLS)) if value in known),
        2,
    )
