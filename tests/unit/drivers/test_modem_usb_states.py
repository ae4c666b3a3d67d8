"""Every USB id that the dongle may show is explained, and the right port is preferred."""

from __future__ import annotations

import pytest

from drivers.hotplug.ports import PortFacts
from drivers.hotplug.suggestions import suggest
from drivers.modem.usb_states import USB_IDS, UsbState, explain, port_rank


@pytest.mark.parametrize(
    ("product", "state"),
    [
        ("1f01", UsbState.DISK),
        ("14fe", UsbState.DISK),
        ("157d", UsbState.DISK),
        ("1506", UsbState.STICK),
        ("15b6", UsbState.STICK),
        ("155E", UsbState.STICK),
        ("14dc", UsbState.HILINK),
        ("14db", UsbState.HILINK),
        ("9999", UsbState.FOREIGN),
    ],
)
def test_a_huawei_device_is_known_by_its_id(product: str, state: UsbState) -> None:
    found = explain("12D1", product)
    assert found is not None
    assert found.state is state


def test_others_are_none_of_ours() -> None:
    assert explain("1a86", "7523") is None
    brovi = explain("3566", "2001")
    assert brovi is not None
    assert brovi.state is UsbState.FOREIGN


@pytest.mark.parametrize("usb_id", USB_IDS)
def test_the_operator_is_told_what_to_do(usb_id: tuple[str, str]) -> None:
    found = USB_IDS[usb_id]
    assert found.what
    words = {UsbState.DISK: "usb_modeswitch", UsbState.STICK: "e3372h", UsbState.HILINK: "hilink",
             UsbState.FOREIGN: "not supported"}  # fmt: skip
    assert words[found.state] in found.remedy
    assert "SETPORT" not in found.remedy


def test_ports_are_chosen_by_protocol() -> None:
    assert sorted(["16", "10", "12", "01", "2"], key=port_rank) == ["12", "2", "10", "01", "16"]


def test_the_dial_port_and_another_platform_are_not_proposed() -> None:
    def tty(protocol: str, name: str) -> PortFacts:
        properties = {"vid": "12d1", "pid": "1506", "protocol": protocol, "path": "p"}
        return PortFacts(f"/sys/{name}", f"/dev/{name}", "tty", (), properties)

    found = suggest([tty("10", "ttyUSB0"), tty("12", "ttyUSB1"), tty("16", "ttyUSB2")])
    assert [s.entry[-1] for s in found] == ["port: /dev/ttyUSB1"]
    other = PortFacts("/sys/x", "", "usb", (), {"vid": "3566", "pid": "2001"})
    (told,) = suggest([other])
    assert told.entry == ()
    assert "not supported" in told.note
