from __future__ import annotations

import pytest

from drivers.hotplug.ports import PortFacts
from rig.bench import addresses
from rig.bench.addresses import Addresses


def test_a_port_is_found_by_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = PortFacts("/sys/x", "/dev/ttyUSB4", "tty", (), {"vid": "0403", "serial": "A5"})
    resolve = Addresses(None)
    monkeypatch.setattr(addresses.Addresses, "_present", [listed])
    section = {"kind": "rtu", "port": {"vid": "0403", "serial": "A5", "path": None}}
    assert resolve("left", section) == {"kind": "rtu", "port": "/dev/ttyUSB4"}


@pytest.mark.parametrize("section", [{"port": "/dev/rig/relay0"}, {"host": "relay", "port": 502}])
def test_plain_addresses_stay(section: dict[str, object]) -> None:
    assert Addresses(None)("left", section) == section
