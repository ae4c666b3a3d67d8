"""From what is plugged in to entries of a bench file. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from drivers.hotplug.ports import PortFacts, stable_name
from drivers.modem.usb_states import VENDOR, UsbState, explain, port_rank

RELAY_ADAPTERS = {
    "1a86:7523": "CH340 adapter",
    "1a86:55d3": "CH343 adapter",
    "0403:6001": "FTDI adapter",
    "0403:6011": "FTDI adapter",
    "0403:6015": "FTDI adapter",
    "10c4:ea60": "CP210x adapter",
    "10c4:ea70": "CP210x adapter",
    "067b:2303": "PL2303 adapter",
}
READERS = {
    "072f:2200": ("acr122u", "ACR122U reader"),
    "04e6:5591": ("pn533", "PN533 reader"),
    "054c:06c1": ("rc-s380", "RC-S380 reader"),
    "054c:06c3": ("rc-s380", "RC-S380 reader"),
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something plugged in, and what a bench file could say about it.

    Attributes:
        name: proposed name of the device.
        entry: lines of YAML below `devices`; empty when there is nothing to write.
        note: what it is, and what to check.
        stable: whether the address survives replugging.
    """

    name: str
    entry: tuple[str, ...]
    note: str
    stable: bool = True


def suggest(present: Iterable[PortFacts]) -> tuple[Suggestion, ...]:
    """Entries for everything that a lab may have plugged in, in the order of the sockets."""
    ports = sorted(present, key=lambda f: (f["path"], f["interface"], f.sys_path))
    found: list[Suggestion] = []
    for facts in ports:
        made = _one(facts, ports, len(found))
        if made is not None:
            found.append(replace(made, name=_free(made.name, {other.name for other in found})))
    return tuple(found)


def _free(name: str, taken: set[str]) -> str:
    """The name, with a number where several devices would have it."""
    numbered = (f"{name}-{n}" for n in range(2, len(taken) + 3))
    return next(free for free in (name, *numbered) if free not in taken)


def _one(facts: PortFacts, ports: Sequence[PortFacts], count: int) -> Suggestion | None:
    usb_id = f"{facts['vid']}:{facts['pid']}"
    if explain(facts["vid"], facts["pid"]) is not None:
        return _modem(facts, ports)
    if facts.subsystem == "usb" and usb_id in READERS:
        return _reader(facts, ports, usb_id)
    if facts.subsystem == "tty" and facts["vid"]:
        address, stable = stable_name(facts, ports)
        what = RELAY_ADAPTERS.get(usb_id, f"serial adapter {facts.label}")
        note = (
            f"{what}; a relay board is assumed: set the dialect, unit and line settings; a PN532 "
            f"reader behind it is {{kind: card_writer, chip: pn532, port: {address}}}"
        )
        entry = (
            "kind: relay_board",
            "dialect: waveshare-8",
            f"transport: {{kind: rtu, port: {address}}}",
        )
        return Suggestion(f"relay-{count + 1}", entry, _with_warning(note, stable), stable)
    return None


def _reader(facts: PortFacts, ports: Sequence[PortFacts], usb_id: str) -> Suggestion:
    """By make where there is one of it; twins only by the place that they have just now."""
    chip, what = READERS[usb_id]
    mine = (facts["vid"], facts["pid"])
    twins = sum(f.subsystem == "usb" and (f["vid"], f["pid"]) == mine for f in ports) > 1
    stable = not (twins and facts["BUSNUM"] and facts["DEVNUM"])
    address = f"usb:{usb_id}" if stable else f"usb:{facts['BUSNUM']}:{facts['DEVNUM']}"
    note = what if stable else f"{what}, one of several: its number changes with every replugging"
    entry = ("kind: card_writer", f"chip: {chip}", f"port: {address}")
    return Suggestion("card-writer", entry, note, stable)


def _modem(facts: PortFacts, ports: Sequence[PortFacts]) -> Suggestion | None:
    known = explain(facts["vid"], facts["pid"])
    if known is None:
        return None
    if facts.subsystem == "usb":
        if known.state is UsbState.HILINK:
            entry = ("kind: modem", "backend: hilink", "url: http://192.168.8.1")
            return Suggestion("modem", entry, f"Huawei {known.what}")
        if known.state is UsbState.DISK or facts["vid"] != VENDOR:
            return Suggestion("modem", (), f"Huawei {known.what}: {known.remedy}")
        return None
    if port_rank(facts["protocol"]) > 0:
        return None
    address, stable = stable_name(facts, ports)
    entry = ("kind: modem", "backend: e3372h", f"port: {address}")
    note = "Huawei dongle, command port (AT)"
    return Suggestion("modem", entry, _with_warning(note, stable), stable)


def _with_warning(note: str, stable: bool) -> str:
    if stable:
        return note
    return f"{note}; this name changes with the order of plugging: install the udev rules"
