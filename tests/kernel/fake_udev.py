"""A machine whose USB sockets the test owns: umockdev's test bed, through ctypes.

Only in a process under `umockdev-wrapper`, and made before pyudev is imported. Nodes are links
to pseudo-terminals that the test holds, because those can be plugged in twice under one name.
"""

from __future__ import annotations

import ctypes
import os
import tty
from pathlib import Path

SOCKET = "/devices/pci0000:00/0000:00:14.0/usb1"


class FakeMachine:
    """The test bed; one per process."""

    def __init__(self) -> None:
        self._lib = lib = ctypes.CDLL("libumockdev.so.0")
        lib.umockdev_testbed_new.restype = ctypes.c_void_p
        lib.umockdev_testbed_get_root_dir.restype = ctypes.c_char_p
        for name in ("get_root_dir", "add_from_string", "uevent", "remove_device"):
            getattr(lib, f"umockdev_testbed_{name}").argtypes = [
                ctypes.c_void_p,
                *([ctypes.c_char_p] * {"get_root_dir": 0, "uevent": 2}.get(name, 1)),
                *([ctypes.c_void_p] if name == "add_from_string" else []),
            ]
        self._bed = lib.umockdev_testbed_new()
        self.root = Path(lib.umockdev_testbed_get_root_dir(self._bed).decode())
        (self.root / "dev").mkdir(exist_ok=True)

    def add(self, text: str) -> None:
        """Devices from their description, and their `add` events."""
        assert self._lib.umockdev_testbed_add_from_string(self._bed, text.encode(), None)

    def event(self, path: str, action: str) -> None:
        self._lib.umockdev_testbed_uevent(self._bed, path.encode(), action.encode())

    def remove(self, path: str) -> None:
        self.event(f"/sys{path}", "remove")
        self._lib.umockdev_testbed_remove_device(self._bed, f"/sys{path}".encode())


class Adapter:
    """A USB device with serial ports, plugged into one socket."""

    def __init__(
        self,
        machine: FakeMachine,
        socket: str,
        vid: str,
        pid: str,
        *,
        serial: str = "",
        ttys: dict[str, str] | None = None,
        target: str = "",
    ) -> None:
        """`ttys` maps names of ports to their bInterfaceProtocol; `target` is a pty to link to."""
        self._machine = machine
        self._device = f"{SOCKET}/{socket}"
        self._ttys = ttys if ttys is not None else {"ttyUSB0": "ff"}
        self._ends: list[int] = []
        self._paths = [self._device]
        lines = [f"P: {self._device}", "E: DEVTYPE=usb_device", "E: SUBSYSTEM=usb",
                 f"A: idVendor={vid}", f"A: idProduct={pid}"]  # fmt: skip
        lines += [f"A: serial={serial}"] if serial else []
        blocks = ["\n".join(lines)]
        for number, (name, protocol) in enumerate(self._ttys.items()):
            self._link(name, target)
            interface = f"{self._device}/{socket}:1.{number}"
            port = f"{interface}/{name}/tty/{name}"
            blocks.append(
                f"P: {interface}\nE: DEVTYPE=usb_interface\nE: SUBSYSTEM=usb\n"
                f"A: bInterfaceNumber=0{number}\nA: bInterfaceProtocol={protocol}"
            )
            where = f"pci-usb-0:{socket}:1.{number}"
            own = [f"P: {port}", f"E: DEVNAME=/dev/{name}", "E: SUBSYSTEM=tty",
                   f"E: ID_VENDOR_ID={vid}", f"E: ID_MODEL_ID={pid}",
                   f"E: ID_USB_INTERFACE_NUM=0{number}", f"E: ID_PATH={where}",
                   f"E: DEVLINKS=/dev/serial/by-path/{where}",
                   "A: dev=188:0"]  # fmt: skip
            own += [f"E: ID_SERIAL_SHORT={serial}"] if serial else []
            blocks.append("\n".join(own))
            self._paths += [interface, port]
        machine.add("\n\n".join(blocks) + "\n")

    def _link(self, name: str, target: str) -> None:
        if not target:
            master, slave = os.openpty()
            tty.setraw(slave)
            self._ends += [master, slave]
            target = os.ttyname(slave)
        link = self._machine.root / "dev" / name
        link.symlink_to(target)

    def repeat_add(self) -> None:
        for path in self._paths:
            self._machine.event(f"/sys{path}", "add")

    def unplug(self) -> None:
        for name in self._ttys:
            (self._machine.root / "dev" / name).unlink()
        for end in self._ends:
            os.close(end)
        for path in reversed(self._paths):
            self._machine.remove(path)
