"""What is known about a plugged-in port, and how a bench file says which one it means.

Source: systemd's udev documentation for the names of the properties; a name like ttyUSB0 says in
which order things were plugged in and is never a match.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from drivers.errors import DeviceGone, NotSupported

PREFERRED_LINKS = ("/dev/rig", "/dev/serial/by-id/", "/dev/serial/by-path/")
"""Links from the most to the least telling."""


@dataclass(frozen=True, slots=True)
class PortFacts:
    """One device node and all that udev and its parents say about it.

    Attributes:
        sys_path: where it is in sysfs; its identity while it is plugged in.
        node: e.g. /dev/ttyUSB0; "" for a device without one.
        subsystem: tty or usb.
        links: stable names under /dev.
        properties: of the device and, where it does not say itself, of its parents: vid, pid,
            serial, path, interface, protocol, driver, product, manufacturer, and every udev
            property under its own name.
    """

    sys_path: str
    node: str
    subsystem: str
    links: tuple[str, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.properties.get(name, "")

    @property
    def label(self) -> str:
        """For people."""
        ids = f"{self['vid']}:{self['pid']}" if self["vid"] else ""
        words = (self["manufacturer"], self["product"], f"({ids})" if ids else "")
        return " ".join(filter(None, words)) or self.node or self.sys_path


class AmbiguousPort(NotSupported):
    """Several ports fit; the bench file must say more."""


class NoSuchPort(DeviceGone):
    """No port fits."""


def fits(facts: PortFacts, wanted: Mapping[str, str]) -> bool:
    """Whether every wanted property has its value; `*` and `?` stand for anything, case is free."""
    return all(
        fnmatch.fnmatchcase(facts[name].casefold(), pattern.casefold())
        for name, pattern in wanted.items()
    )


def find(device: str, wanted: Mapping[str, str], present: Iterable[PortFacts]) -> PortFacts:
    """The one port that fits.

    Raises:
        NoSuchPort: none does; says what is plugged in.
        AmbiguousPort: more than one does; says what tells them apart.
    """
    ports = [facts for facts in present if facts.node]
    found = [facts for facts in ports if fits(facts, wanted)]
    asked = ", ".join(f"{name} {value}" for name, value in wanted.items())
    if not found:
        there = "; ".join(f"{f.node}: {f.label}" for f in ports) or "nothing"
        raise NoSuchPort(device, f"no port with {asked}", hint=f"plugged in now: {there}")
    if len(found) > 1:
        nodes = ", ".join(f"{f.node} (path {f['path'] or '?'})" for f in found)
        raise AmbiguousPort(
            device, f"{len(found)} ports have {asked}: {nodes}", hint=f"add {_apart(found)}"
        )
    return found[0]


def stable_name(facts: PortFacts, present: Iterable[PortFacts]) -> tuple[str, bool]:
    """The best name for a bench file, and whether it survives replugging.

    Two adapters without serial number share their by-id link, and one of them wins it: such a
    link is passed over.
    """
    others = [other for other in present if other.sys_path != facts.sys_path]
    twins = any(other["id"] == facts["id"] for other in others) if facts["id"] else False
    for prefix in PREFERRED_LINKS:
        for link in sorted(facts.links):
            if link.startswith(prefix) and not ("by-id" in prefix and twins):
                return link, True
    return facts.node, False


def _apart(found: list[PortFacts]) -> str:
    for name in ("serial", "protocol", "interface", "path"):
        values = [facts[name] for facts in found]
        if len(set(values)) == len(values) and all(values):
            return f"`{name}` to tell them apart: {', '.join(values)}"
    return "`path`, the socket it is plugged into"
