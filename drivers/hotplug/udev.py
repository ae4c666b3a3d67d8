"""Ports as udev sees them, now and as they come and go. The only module that knows pyudev.

Traps this minds: the monitor starts before the listing, so that nothing slips in between; a
`remove` event has lost parents and attributes, so they are remembered from the `add`; without a
running udevd neither properties nor links exist, and the parents in sysfs have to say it; a
burst may overflow the socket, and then everything is listed anew.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pyudev

from drivers.hotplug.ports import PortFacts

SUBSYSTEMS = ("tty", "usb")
UDEV_RUNS = Path("/run/udev/control")

_PROPERTIES = {
    "vid": "ID_VENDOR_ID",
    "pid": "ID_MODEL_ID",
    "serial": "ID_SERIAL_SHORT",
    "path": "ID_PATH",
    "interface": "ID_USB_INTERFACE_NUM",
    "driver": "ID_USB_DRIVER",
    "product": "ID_MODEL",
    "manufacturer": "ID_VENDOR",
    "id": "ID_SERIAL",
}
_USB_ATTRIBUTES = {
    "vid": "idVendor",
    "pid": "idProduct",
    "serial": "serial",
    "product": "product",
    "manufacturer": "manufacturer",
}
_INTERFACE_ATTRIBUTES = {"interface": "bInterfaceNumber", "protocol": "bInterfaceProtocol"}


@dataclass(frozen=True, slots=True)
class PortEvent:
    """A port came (`present`) or went."""

    facts: PortFacts
    present: bool


class UdevPorts:
    """The ports of this machine, kept up to date on the running event loop.

    Entering lists what is there; after that `changed` is told of every port that comes or goes,
    each once, whatever udev repeats.

    Args:
        changed: takes the events; must not block and must not raise.
    """

    def __init__(self, changed: Callable[[PortEvent], None] = lambda _: None) -> None:
        self._changed = changed
        self._context = pyudev.Context()
        self._monitor: pyudev.Monitor | None = None
        self._present: dict[str, PortFacts] = {}

    async def __aenter__(self) -> Self:
        self._monitor = monitor = pyudev.Monitor.from_netlink(self._context, source=_source())
        for subsystem in SUBSYSTEMS:
            monitor.filter_by(subsystem)
        monitor.start()
        self._present = {f.sys_path: f for f in list_ports(self._context)}
        asyncio.get_running_loop().add_reader(monitor.fileno(), self._drain)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        monitor, self._monitor = self._monitor, None
        if monitor is not None:
            asyncio.get_running_loop().remove_reader(monitor.fileno())

    @property
    def present(self) -> tuple[PortFacts, ...]:
        """What is plugged in now."""
        return tuple(self._present.values())

    def _drain(self) -> None:
        monitor = self._monitor
        try:
            while monitor is not None and (device := monitor.poll(timeout=0)) is not None:
                self._take(device)
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            self._relist()

    def _take(self, device: Any) -> None:
        if device.action == "remove":
            self._gone(device.sys_path)
        elif device.action in ("add", "change", "bind", "move"):
            found = _facts(device)
            if found is not None:
                self._here(found)

    def _relist(self) -> None:
        now = {f.sys_path: f for f in list_ports(self._context)}
        for sys_path in [*self._present]:
            if sys_path not in now:
                self._gone(sys_path)
        for found in now.values():
            self._here(found)

    def _here(self, found: PortFacts) -> None:
        known = self._present.get(found.sys_path)
        self._present[found.sys_path] = found
        if known is None:
            self._changed(PortEvent(found, True))

    def _gone(self, sys_path: str) -> None:
        known = self._present.pop(sys_path, None)
        if known is not None:
            self._changed(PortEvent(known, False))


def list_ports(context: pyudev.Context | None = None) -> list[PortFacts]:
    """Every port that is plugged in, in the order of sysfs."""
    context = context or pyudev.Context()
    found: Iterable[PortFacts | None] = (
        _facts(device)
        for subsystem in SUBSYSTEMS
        for device in context.list_devices(subsystem=subsystem)
    )
    return sorted((f for f in found if f is not None), key=lambda f: f.sys_path)


def _source() -> str:
    return "udev" if UDEV_RUNS.exists() else "kernel"


def _facts(device: Any) -> PortFacts | None:
    """Facts about a device on USB; None for what no lab plugs in (consoles, hubs' interfaces)."""
    subsystem = device.subsystem
    own = dict(device.properties)
    if subsystem == "usb" and own.get("DEVTYPE", device.device_type) != "usb_device":
        return None
    usb = device if subsystem == "usb" else device.find_parent("usb", "usb_device")
    if usb is None and "ID_VENDOR_ID" not in own:
        return None
    properties = {name: own[key] for name, key in _PROPERTIES.items() if own.get(key)}
    interface = device.find_parent("usb", "usb_interface") if subsystem != "usb" else None
    for parent, table in ((interface, _INTERFACE_ATTRIBUTES), (usb, _USB_ATTRIBUTES)):
        for name, attribute in table.items() if parent is not None else ():
            if name not in properties and (value := _attribute(parent, attribute)):
                properties[name] = value
    if usb is not None and "path" not in properties:
        properties["path"] = str(usb.sys_name)
    return PortFacts(
        str(device.sys_path),
        str(own.get("DEVNAME") or device.device_node or ""),
        str(subsystem),
        tuple(str(own.get("DEVLINKS", "")).split()),
        {**own, **properties},
    )


def _attribute(device: Any, name: str) -> str:
    try:
        return str(device.attributes.asstring(name)).strip()
    except (KeyError, UnicodeDecodeError, OSError):
        return ""
