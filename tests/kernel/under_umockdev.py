"""Hotplug with real uevents; run by test_hotplug.py under umockdev-wrapper."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.kernel.fake_udev import Adapter, FakeMachine

MACHINE = FakeMachine()  # before pyudev is imported: else no event ever comes

from drivers.errors import DeviceGone, DriverError  # noqa: E402
from drivers.hotplug.ports import AmbiguousPort, NoSuchPort, find  # noqa: E402
from drivers.hotplug.suggestions import suggest  # noqa: E402
from drivers.hotplug.udev import PortEvent, UdevPorts  # noqa: E402
from drivers.relay.board import RelayBoard  # noqa: E402
from drivers.relay.dialects import WAVESHARE_8  # noqa: E402
from drivers.relay.modbus_bus import ModbusBus  # noqa: E402
from drivers.serial_link import SerialSettings  # noqa: E402
from rig.bench import Bench  # noqa: E402
from rig.clock import Clock  # noqa: E402
from rig.config.models import BenchConfig  # noqa: E402
from rig.errors import BenchUnavailable  # noqa: E402
from rig.events import EventBus  # noqa: E402
from tests.contract.opponents import MockProcess, relay_mock  # noqa: E402
from tests.unit.drivers.fake_board import Notes, Person  # noqa: E402

FTDI = ("0403", "6001")


class Watch:
    def __init__(self) -> None:
        self.seen: list[tuple[str, bool]] = []
        self._more = asyncio.Event()
        self.ports = UdevPorts(self._on_event)

    def _on_event(self, event: PortEvent) -> None:
        if event.facts.subsystem == "tty":
            self.seen.append((event.facts.node, event.present))
            self._more.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.seen) < count:
                self._more.clear()
                await self._more.wait()


@pytest.fixture
async def watch() -> AsyncIterator[Watch]:
    watch = Watch()
    async with watch.ports:
        yield watch


async def test_a_port_comes_and_goes_once_with_all_its_facts(watch: Watch) -> None:
    adapter = Adapter(MACHINE, "1-1", *FTDI, serial="A50285BI")
    await watch.until(1)
    (facts,) = [f for f in watch.ports.present if f.subsystem == "tty"]
    wanted = {"vid": "0403", "pid": "6001", "serial": "A50285BI", "interface": "00",
              "protocol": "ff", "path": "pci-usb-0:1-1:1.0"}  # fmt: skip
    assert {name: facts[name] for name in wanted} == wanted
    assert (facts.node, facts.links) == (
        "/dev/ttyUSB0",
        ("/dev/serial/by-path/pci-usb-0:1-1:1.0",),
    )
    adapter.repeat_add()
    adapter.unplug()
    await watch.until(2)
    assert watch.seen == [("/dev/ttyUSB0", True), ("/dev/ttyUSB0", False)]
    assert watch.ports.present == ()


async def test_what_was_there_before_is_listed(watch: Watch) -> None:
    adapter = Adapter(MACHINE, "1-1", *FTDI, serial="A50285BI")
    await watch.until(1)
    async with UdevPorts() as second:
        assert [f.node for f in second.present if f.node] == ["/dev/ttyUSB0"]
    adapter.unplug()
    await watch.until(2)


async def test_replugged_under_another_name_it_is_found_again(watch: Watch) -> None:
    for name in ("ttyUSB0", "ttyUSB7"):
        adapter = Adapter(MACHINE, "1-1", *FTDI, serial="A50285BI", ttys={name: "ff"})
        count = len(watch.seen)
        await watch.until(count + 1)
        found = find("relay-left", {"serial": "A50285BI"}, watch.ports.present)
        assert found.node == f"/dev/{name}"
        adapter.unplug()
        await watch.until(count + 2)
    with pytest.raises(NoSuchPort, match="no port with serial A50285BI"):
        find("relay-left", {"serial": "A50285BI"}, watch.ports.present)


async def test_twins_are_ambiguous_until_the_socket_is_named(watch: Watch) -> None:
    twins = [Adapter(MACHINE, f"1-{n}", "1a86", "7523", ttys={f"ttyUSB{n}": "ff"}) for n in (1, 2)]
    await watch.until(2)
    with pytest.raises(AmbiguousPort) as caught:
        find("relay-left", {"vid": "1a86"}, watch.ports.present)
    assert "path" in caught.value.hint
    one = find("relay-left", {"vid": "1a86", "path": "*:1-2:*"}, watch.ports.present)
    assert one.node == "/dev/ttyUSB2"
    for twin in twins:
        twin.unplug()
    await watch.until(4)


async def test_a_dongle_switches_its_mode_and_its_command_port_is_suggested(watch: Watch) -> None:
    disk = Adapter(MACHINE, "1-2", "12d1", "1f01", ttys={})
    async with UdevPorts() as now:
        assert [s.entry for s in suggest(now.present)] == [()]
    disk.unplug()
    stick = Adapter(MACHINE, "1-2", "12d1", "1506", ttys={"ttyUSB0": "10", "ttyUSB1": "12"})
    await watch.until(2)
    (suggestion,) = suggest(watch.ports.present)
    assert suggestion.entry == (
        "kind: modem",
        "backend: e3372h",
        "port: /dev/serial/by-path/pci-usb-0:1-2:1.1",
    )
    stick.unplug()
    await watch.until(4)


async def test_a_port_that_somebody_has_open_is_busy(watch: Watch) -> None:
    adapter = Adapter(MACHINE, "1-1", *FTDI, serial="A50285BI")
    await watch.until(1)
    first = ModbusBus(SerialSettings("/dev/ttyUSB0"))
    await first.acquire("first")
    second = ModbusBus(SerialSettings("/dev/ttyUSB0"))
    with pytest.raises(DriverError, match=r"in use|busy|another"):
        await second.acquire("second")
    await first.release()
    adapter.unplug()
    await watch.until(2)


async def test_a_relay_board_is_unplugged_in_the_middle_and_plugged_in_again(watch: Watch) -> None:
    board: RelayBoard | None = None
    for round_, name in enumerate(("ttyUSB0", "ttyUSB4")):
        with relay_mock() as mock:
            adapter = Adapter(
                MACHINE, "1-1", *FTDI, serial="A50285BI", ttys={name: "ff"}, target=mock.rtu.port
            )
            await watch.until(2 * round_ + 1)
            node = find("relay-left", {"serial": "A50285BI"}, watch.ports.present).node
            bus = ModbusBus(SerialSettings(node), timeout_s=0.3)
            board = RelayBoard("relay-left", bus, 1, WAVESHARE_8, observe=Notes())
            await board.__aenter__()
            await board.set_coil(2, True)
            assert (await mock.coils())[2]
            mock.process.kill()
            mock.process.wait()
            adapter.unplug()
            with pytest.raises(DeviceGone):
                await board.set_coil(2, False)
            with pytest.raises(DeviceGone):
                await board.__aexit__()
            await watch.until(2 * round_ + 2)


async def test_a_bench_comes_back_when_its_board_is_replugged_under_another_name(
    watch: Watch, tmp_path: Path
) -> None:
    config = BenchConfig.model_validate(
        {
            "bench": "by-serial",
            "devices": {
                "relay-left": {
                    "kind": "relay_board",
                    "dialect": "waveshare-8",
                    "transport": {"kind": "rtu", "port": {"serial": "A50285BI"}},
                },
                "mains": {"kind": "mains_switch", "board": "relay-left", "coil": 3},
            },
            "cards": {},
        }
    )

    def plugged(mock: MockProcess, name: str) -> Adapter:
        return Adapter(
            MACHINE, "1-1", *FTDI, serial="A50285BI", ttys={name: "ff"}, target=mock.rtu.port
        )

    clock = Clock()
    bench = Bench(
        config, EventBus(clock), clock, Person(), csms_url="ws://none", state_dir=tmp_path
    )
    with relay_mock() as mock:
        adapter = plugged(mock, "ttyUSB0")
        await watch.until(1)
        await bench.__aenter__()
        assert (await mock.coils())[3]
        mock.process.kill()
        mock.process.wait()
        adapter.unplug()
        async with asyncio.timeout(10):
            await bench.quarantined.wait()  # noticed although nobody gave an order
        first = bench.quarantine
        assert first is not None
        assert first.device == "relay-left"
        with pytest.raises(BenchUnavailable, match="no port with serial A50285BI"):
            await bench.recover()
        assert bench.quarantine == first
        await watch.until(2)
    with relay_mock() as mock:
        adapter = plugged(mock, "ttyUSB5")
        await watch.until(3)
        await bench.recover()
        assert bench.quarantine is None
        assert [n for n, closed in enumerate(await mock.coils()) if closed] == [3]
        (report,) = [r for r in await bench.check() if r.device == "relay-left"]
        assert report.ok
        assert "/dev/ttyUSB5" in report.detail
        await bench.__aexit__()
        assert not any(await mock.coils())
        adapter.unplug()
        await watch.until(4)
