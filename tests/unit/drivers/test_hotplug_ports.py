"""Which port is meant, what it is best called, and what a bench file could say."""

from __future__ import annotations

import pytest
import yaml

from drivers.hotplug.ports import AmbiguousPort, NoSuchPort, PortFacts, find, stable_name
from drivers.hotplug.suggestions import suggest


def port(
    node: str, *links: str, subsystem: str = "tty", sys_path: str = "", **properties: str
) -> PortFacts:
    return PortFacts(sys_path or f"/sys/{node}", node, subsystem, links, properties)


FTDI = port(
    "/dev/ttyUSB0",
    "/dev/serial/by-id/usb-FTDI_A50285BI-if00-port0",
    "/dev/serial/by-path/pci-usb-0:1:1.0-port0",
    vid="0403", pid="6001", serial="A50285BI", path="pci-usb-0:1:1.0", id="FTDI_A50285BI",
)  # fmt: skip
CH340 = [
    port(
        f"/dev/ttyUSB{n}",
        "/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0",
        f"/dev/serial/by-path/pci-usb-0:{n}:1.0-port0",
        vid="1a86", pid="7523", path=f"pci-usb-0:{n}:1.0", id="1a86_USB_Serial",
    )
    for n in (2, 3)
]  # fmt: skip
AT = port(
    "/dev/ttyUSB5", "/dev/rig/modem-at", vid="12d1", pid="1506", protocol="12", path="p:4:1.0"
)
DIAL = port("/dev/ttyUSB6", vid="12d1", pid="1506", protocol="10", path="p:4:1.1")
EVERYTHING = [FTDI, *CH340, AT, DIAL]


@pytest.mark.parametrize(
    ("wanted", "node"),
    [
        ({"serial": "A50285BI"}, "/dev/ttyUSB0"),
        ({"serial": "a50285bi"}, "/dev/ttyUSB0"),
        ({"vid": "0403", "pid": "60*"}, "/dev/ttyUSB0"),
        ({"vid": "1a86", "path": "*:3:1.0"}, "/dev/ttyUSB3"),
        ({"vid": "12d1", "protocol": "12"}, "/dev/ttyUSB5"),
    ],
)
def test_one_port_is_meant(wanted: dict[str, str], node: str) -> None:
    assert find("x", wanted, EVERYTHING).node == node


def test_no_port_is_an_error_that_lists_what_is_there() -> None:
    with pytest.raises(NoSuchPort) as caught:
        find("relay-left", {"vid": "0403", "serial": "OTHER"}, [FTDI])
    assert caught.value.what == "no port with vid 0403, serial OTHER"
    assert "/dev/ttyUSB0: (0403:6001)" in caught.value.hint


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [
        ({"vid": "1a86"}, "`path` to tell them apart: pci-usb-0:2:1.0, pci-usb-0:3:1.0"),
        ({"vid": "12d1"}, "`protocol` to tell them apart: 12, 10"),
    ],
)
def test_several_ports_are_an_error_that_says_what_tells_them_apart(
    wanted: dict[str, str], hint: str
) -> None:
    with pytest.raises(AmbiguousPort) as caught:
        find("x", wanted, EVERYTHING)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        (FTDI, ("/dev/serial/by-id/usb-FTDI_A50285BI-if00-port0", True)),
        (CH340[0], ("/dev/serial/by-path/pci-usb-0:2:1.0-port0", True)),
        (AT, ("/dev/rig/modem-at", True)),
        (DIAL, ("/dev/ttyUSB6", False)),
    ],
)
def test_the_name_that_survives_replugging(facts: PortFacts, name: tuple[str, bool]) -> None:
    assert stable_name(facts, EVERYTHING) == name


def test_a_lonely_adapter_without_serial_number_keeps_its_by_id_name() -> None:
    assert stable_name(CH340[0], [CH340[0]])[0].startswith("/dev/serial/by-id/")


def test_suggestions_are_entries_of_a_bench_file() -> None:
    reader = port("", subsystem="usb", sys_path="/r", vid="072f", pid="2200", BUSNUM="001",
                  DEVNUM="007")  # fmt: skip
    hilink = port("", subsystem="usb", sys_path="/h", vid="12d1", pid="14dc")
    found = suggest([*EVERYTHING, reader, hilink])
    entries = [yaml.safe_load("\n".join(s.entry)) for s in found]
    assert sorted((e["kind"], e.get("port") or e.get("url") or "") for e in entries) == [
        ("card_writer", "usb:072f:2200"),
        ("modem", "/dev/rig/modem-at"),
        ("modem", "http://192.168.8.1"),
        ("relay_board", ""),
        ("relay_board", ""),
        ("relay_board", ""),
    ]
    assert len({s.name for s in found}) == len(found)
    assert len({s.name for s in found if s.entry[0] == "kind: relay_board"}) == 3


def test_a_dongle_that_is_still_a_disk_is_explained() -> None:
    (found,) = suggest([port("", subsystem="usb", vid="12d1", pid="1f01")])
    assert found.entry == ()
    assert "usb_modeswitch" in found.note


def test_what_no_lab_plugs_in_is_passed_over() -> None:
    console = PortFacts("/sys/ttyS0", "/dev/ttyS0", "tty")
    assert suggest([console, port("", subsystem="usb", vid="1d6b", pid="0002")]) == ()
