"""What `rig bench suggest` proposes can be pasted into a bench file."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from drivers.hotplug.ports import PortFacts
from drivers.hotplug.suggestions import Suggestion, suggest
from rig.config.models import BenchConfig

Load = Callable[[str], BenchConfig]


def serial(vid: str, pid: str, n: int, link: str = "", **properties: str) -> PortFacts:
    """A port at a socket of its own, with the links that udev makes."""
    path = f"pci-0000:00:14.0-usb-0:{n}:1.0"
    links = (f"/dev/serial/by-path/{path}-port0", *([link] if link else []))
    facts = {"vid": vid, "pid": pid, "path": path, **properties}
    return PortFacts(f"/sys/tty{n}", f"/dev/ttyUSB{n}", "tty", links, facts)


def on_usb(vid: str, pid: str, number: str = "007") -> PortFacts:
    facts = {"vid": vid, "pid": pid, "BUSNUM": "001", "DEVNUM": number}
    return PortFacts(f"/sys/usb{number}", f"/dev/bus/usb/001/{number}", "usb", (), facts)


RS485 = serial("0403", "6001", 1, "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0",
               id="FTDI_FT232R_USB_UART_A50285BI")  # fmt: skip
CH340 = serial("1a86", "7523", 2, "/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0",
               id="1a86_USB_Serial")  # fmt: skip
CP2102 = serial("10c4", "ea60", 3, id="Silicon_Labs_CP2102_0001")
BARE = PortFacts("/sys/tty9", "/dev/ttyUSB9", "tty", (), {"vid": "067b", "pid": "2303"})
STICK = serial("12d1", "1506", 4, "/dev/rig/modem-at", protocol="12", interface="02")
OLD_STICK = serial("12d1", "15b6", 5, protocol="02", interface="00")
HILINK = on_usb("12d1", "14dc")
ONE: dict[str, tuple[PortFacts, dict[str, str]]] = {
    "FTDI with RS-485": (RS485, {"kind": "relay_board"}),
    "CH340": (CH340, {"kind": "relay_board"}),
    "CP2102": (CP2102, {"kind": "relay_board"}),
    "PL2303 without links": (BARE, {"kind": "relay_board"}),
    "ACR122U": (on_usb("072f", "2200"), {"kind": "card_writer", "chip": "acr122u"}),
    "PN533": (on_usb("04e6", "5591"), {"kind": "card_writer", "chip": "pn533"}),
    "RC-S380/S": (on_usb("054c", "06c1"), {"kind": "card_writer", "chip": "rc-s380"}),
    "RC-S380/P": (on_usb("054c", "06c3"), {"kind": "card_writer", "chip": "rc-s380"}),
    "E3372h, stick": (STICK, {"kind": "modem", "backend": "e3372h"}),
    "E3372h, stick of another id": (OLD_STICK, {"kind": "modem", "backend": "e3372h"}),
    "E3372h, HiLink": (HILINK, {"kind": "modem", "backend": "hilink"}),
}


def file_of(*found: Suggestion) -> str:
    """A bench file as the operator would make one: the entries below `devices`."""
    lines = ["bench: suggested", "cards: {}", "devices:"]
    for one in found:
        lines += [f"  {one.name}:", *(f"    {line}" for line in one.entry)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("what", ONE)
def test_an_entry_is_loaded_as_what_it_is(load: Load, what: str) -> None:
    facts, expected = ONE[what]
    (found,) = suggest([facts])
    (device,) = load(file_of(found)).devices.values()
    assert {key: getattr(device, key) for key in expected} == expected


@pytest.mark.parametrize(
    "what", [name for name, (_, e) in ONE.items() if e["kind"] == "relay_board"]
)
def test_a_pn532_behind_an_adapter_is_shown_as_it_is_written(load: Load, what: str) -> None:
    (found,) = suggest([ONE[what][0]])
    (entry,) = re.findall(r"\{kind: card_writer.*?\}", found.note)
    device = load(f"bench: b\ncards: {{}}\ndevices:\n  writer: {entry}\n").devices["writer"]
    assert (device.kind, getattr(device, "chip", "")) == ("card_writer", "pn532")
    assert getattr(device, "port", "") in found.entry[-1]


def test_everything_at_once_is_one_bench(load: Load) -> None:
    reader = ONE["ACR122U"][0]
    found = suggest([RS485, CH340, CP2102, reader, STICK])
    assert len(load(file_of(*found)).devices) == 5


def test_twins_have_names_and_addresses_of_their_own(load: Load) -> None:
    found = suggest([on_usb("072f", "2200", "007"), on_usb("072f", "2200", "009")])
    assert [s.name for s in found] == ["card-writer", "card-writer-2"]
    assert [s.entry[-1] for s in found] == ["port: usb:001:007", "port: usb:001:009"]
    assert not any(s.stable for s in found)
    for one in found:
        load(file_of(one))


def test_other_ports_of_a_stick_and_dongles_that_cannot_be_used_give_no_entry() -> None:
    dial = serial("12d1", "1506", 6, protocol="10")
    assert suggest([dial]) == ()
    for vid, pid in (("12d1", "1f01"), ("12d1", "14fe"), ("3566", "2001")):
        assert [s.entry for s in suggest([on_usb(vid, pid)])] == [()]
