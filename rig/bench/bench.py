"""The bench: all devices of one bench file, opened, watched and made safe together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from drivers.ports import (
    CardWriter,
    Device,
    EvseTester,
    Modem,
    Operator,
    StationSwitch,
)
from rig.bench import checkup, virtual_network
from rig.bench.addresses import Addresses
from rig.bench.assembly import Assembled, assemble, coil_roles, plain_sections, simulated
from rig.bench.card_writer import BenchCardWriter
from rig.bench.cards import Card, Cards, presenters
from rig.bench.checkup import DeviceReport
from rig.bench.children import Children, Guard, Processes
from rig.bench.devices import DeviceSet
from rig.bench.faults import FaultDesk, Quarantine
from rig.bench.guard_process import NAME as GUARD
from rig.bench.kinds import (
    CARD_KINDS,
    MAINS_KINDS,
    MODEM_KINDS,
    NETWORK_KINDS,
    PLUG_KINDS,
    WRITER_KINDS,
    is_manual,
)
from rig.bench.lease import Lease
from rig.bench.modem import BenchModem
from rig.bench.plug import Plug
from rig.bench.record import BenchRecord
from rig.bench.relays import Relays
from rig.bench.self_test import SelfTest, SelfTestReport, SelfTestStep
from rig.bench.switch import BenchSwitch
from rig.bench.watch import BenchWatch
from rig.bench.world import NAME as WORLD
from rig.bench.world import VirtualWorld
from rig.bench.world_settings import world_settings
from rig.clock import Clock
from rig.errors import BenchError, BenchUnavailable
from rig.events import EventBus

if TYPE_CHECKING:
    from rig.config.models import BenchConfig

# Order in which things are made safe: no card, no load, no EV, then mains, then what can wait;
# the network of the station is last.
SAFE_ORDER = (CARD_KINDS, PLUG_KINDS, MAINS_KINDS, MODEM_KINDS)


class Bench:
    """Everything physical of one bench.

    Entering starts the virtual world (if the bench has one), opens all devices at once, starts
    the safety process, makes everything safe and switches the station's mains on. Leaving makes
    everything safe, whatever happened.

    Args:
        config: the bench file.
        bus: takes what happens.
        clock: lab time.
        operator: for manual devices.
        csms_url: where the virtual station connects.
        state_dir: for the virtual station's disk and for logs.
        children: makes the virtual world and the guard; processes, as a rule.

    Attributes:
        plugs: tester plugs by name.
        cards: test cards.
        mains, network: of the station under test.
        modem: that measures the mobile network.
        writer: that prepares the test cards.
        relays: the boards themselves.
        virtual: the virtual world, None on a bench of real devices.
        lease: who may give orders.
        operator: as given.
        last_self_test: of this opening, None when there was none.
    """

    def __init__(
        self,
        config: BenchConfig,
        bus: EventBus,
        clock: Clock,
        operator: Operator,
        *,
        csms_url: str,
        state_dir: Path,
        children: Children | None = None,
    ) -> None:
        self.name = config.bench
        self.operator = operator
        self._clock = clock
        self._state_dir = state_dir
        self._children = children or Processes()
        self._sections = plain_sections(config)
        self._roles = coil_roles(self._sections)
        self._simulated = simulated(self._sections) | {virtual_network.NAME}
        self._desk = FaultDesk(self.name, bus, clock, self._root_cause)
        self.lease = Lease(self.name, clock, bus, self.safe)
        self.virtual = self._make_world(config, csms_url)
        self.plugs = {
            name: Plug(
                name,
                cast("int", section["connector_id"]),
                str(section["plug_type"]),
                bool(section["fixed_cable"]) or section["plug_type"] == "type1",
                self._desk,
                clock,
            )
            for name, section in self._of_kind(PLUG_KINDS)
        }
        self.mains = BenchSwitch(self._first(MAINS_KINDS), "mains", self._desk)
        self.network = BenchSwitch(
            self._first(NETWORK_KINDS) or (virtual_network.NAME if self.virtual else None),
            "network",
            self._desk,
        )
        writers = self._of_kind(WRITER_KINDS)
        plastic = {n: c.physical for n, c in config.cards.items() if c.physical is not None}
        self.writer = BenchCardWriter(
            writers[0][0] if writers else None,
            self._desk,
            plastic,
            by_hand=any(is_manual(str(section["kind"])) for _, section in writers),
        )
        known_cards = {
            name: Card(name, card.id_tag, str(card.status), card.parent_id_tag)
            for name, card in config.cards.items()
        }
        self.cards = Cards(self.name, known_cards, self._desk, clock)
        self._record = BenchRecord(
            self.name, bus, self._simulated, self._roles, known_cards, self.writer.name_of
        )
        modem = self._first(MODEM_KINDS)
        self.modem = BenchModem(modem, self._desk, clock, self._record.observe)
        self._devices = DeviceSet(Assembled())
        self.relays = Relays(
            lambda name: self._devices.find(name), lambda: self._devices.opened(),
            self._roles, self._desk,
        )  # fmt: skip
        self.last_self_test: SelfTestReport | None = None
        self._guard: Guard | None = None
        self._watch = BenchWatch(self._desk, self._rest)
        self._is_open = False

    @property
    def simulated(self) -> frozenset[str]:
        """Devices that are mocks."""
        return self._simulated

    @property
    def cuts_network(self) -> bool:
        """The bench file names a network switch: a case's outage is the bench's to make."""
        return self.network.has_switch and self.network.name != virtual_network.NAME

    @property
    def quarantine(self) -> Quarantine | None:
        """Why the bench is not trusted, None if it is."""
        return self._desk.quarantine

    @property
    def quarantined(self) -> asyncio.Event:
        """Set while the bench is not trusted."""
        return self._desk.quarantined

    async def __aenter__(self) -> Self:
        try:
            await self._open()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.lease.close()
        await self._close()
        if self.virtual is not None:
            self.virtual.discard()
        self._record.state("closed")

    async def prove(self) -> None:
        """Have every device show that it works.

        Raises:
            BenchError: one does not, which also puts the bench into quarantine.
        """
        self._desk.refuse_if_quarantined()
        if self.virtual is not None and self.virtual.exited.is_set():
            raise await self._desk.condemn(BenchError(WORLD, self.virtual.exit_cause))

        async def ask(device: Device) -> None:
            async with self._desk.order(device.name):
                await device.prove()

        results = await asyncio.gather(
            *(ask(device) for device in self._devices.opened()), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def check(self) -> list[DeviceReport]:
        """Look at every device and say what to do about those that do not work. Never raises.

        A bench that is not open is opened for the check and closed again.
        """
        if self._is_open or self.quarantine is not None:
            return await checkup.of_open_bench(self._sections, self._devices, self.virtual)
        try:
            async with self:
                return await self.check()
        except BenchUnavailable as error:
            return checkup.of_failed_opening(error, self._sections, self._simulated)

    async def safe(self) -> None:
        """Bring everything into its safe state, and read it back.

        Goes on after a failure, so that one dead device does not keep the others unsafe.

        Raises:
            BenchError: a device could not be made safe; the bench is then in quarantine.
        """
        errors = await self._make_safe()
        if errors:
            raise await self._desk.condemn(errors[0])
        self._record.state("safe")

    async def ready(self) -> None:
        """Safe, the station's network up and its mains on: where a run starts.

        Raises:
            BenchError: a device failed.
        """
        await self.safe()
        await self.mains.on()

    async def self_test(self, progress: Callable[[SelfTestStep], None]) -> SelfTestReport:
        """Try every device that needs no person; the station loses power meanwhile.

        Leaves the bench as a run wants it: safe, mains on. If something does not work it stays
        safe, and is in quarantine with the first cause.

        Args:
            progress: told of each step once it is done.

        Raises:
            Quarantined: the bench failed before.
            BenchError: it could not be made safe.
        """
        self._desk.refuse_if_quarantined()
        await self._watch.look_away()
        try:
            await self.safe()
            test = SelfTest(self._sections, self._devices.find, self._roles, progress)
            self.last_self_test = report = await test.run(self._clock.stamp())
            failed = next((step for step in report.steps if not step.ok), None)
            if failed is None:
                await self.ready()
            else:
                await self._make_safe()
                cause = f"self-test, {failed.what}: {failed.detail}"
                self._desk.blame(failed.device, cause)
        finally:
            self._look()
        return report

    async def recover(self) -> None:
        """Open everything anew after a failure; a virtual world is started anew.

        Raises:
            BenchUnavailable: devices still do not work; the quarantine stays.
        """
        await self._close()
        before = self._desk.quarantine
        self._desk.clear()
        try:
            await self._open()
        except BaseException:
            await self._close()
            self._desk.quarantine = before or self._desk.quarantine
            self._desk.quarantined.set()
            raise

    async def _open(self) -> None:
        if self.virtual is not None:
            try:
                await self.virtual.start()
            except BenchError as error:
                raise BenchUnavailable(error) from error
        resolve = Addresses(self.virtual)
        made = assemble(self._sections, self.operator, self._record.observe, self._clock, resolve)
        if self.virtual is not None and self.network.name == virtual_network.NAME:
            virtual_network.add_to(made, self.virtual, self._record.observe)
        self._devices = DeviceSet(made)
        errors = await self._devices.open()
        if errors:
            raise BenchUnavailable(*errors)
        self._attach(made)
        boards = made.guard_order()
        if boards:
            log = self._state_dir / "guard.log"
            self._guard = self._children.guard(boards, log, self._guard_ended)
            try:
                await self._guard.start()
            except BenchError as error:
                raise BenchUnavailable(error) from error
        self._is_open = True
        await self.ready()
        self._record.state("open")
        self.tell_warnings()
        self._look()

    def tell_warnings(self) -> None:
        """Put on the record what the devices cannot do for safety."""
        for device, cause in self.relays.warnings():
            self._record.warning(device, cause)

    def _look(self) -> None:
        self._watch.look(
            device
            for device in self._devices.opened()
            # What hangs on a board is alive if the board is; a plug also has inputs to watch.
            if device.name in self.plugs or not self._devices.hangs_on_board(device.name)
        )

    async def _close(self) -> None:
        """Safe, free every device, end our processes. Also after a failed opening."""
        await self._watch.look_away()
        self._is_open = False
        errors = await self._make_safe()
        self._attach(None)
        errors += await self._devices.close()
        guard, self._guard = self._guard, None
        if guard is not None:
            # Whoever could not be made safe by us gets a second try by the guard, unless the
            # boards were simulated and have died with their world.
            vanished = self.virtual is not None and self.virtual.exited.is_set()
            await (guard.abandon() if errors and not vanished else guard.bye())
        if self.virtual is not None:
            await self.virtual.stop()
        self._record.unsafe(errors)

    async def _make_safe(self) -> list[BenchError]:
        order = [[name for name, _ in self._of_kind(kinds)] for kinds in SAFE_ORDER]
        return await self._devices.make_safe([*order, [self.network.name]])

    def _attach(self, made: Assembled | None) -> None:
        devices = {} if made is None else made.others
        for name, plug in self.plugs.items():
            plug.attach(cast("EvseTester | None", devices.get(name)))
        for switch in (self.mains, self.network):
            switch.attach(cast("StationSwitch | None", devices.get(switch.name)))
        self.modem.attach(cast("Modem | None", devices.get(self.modem.name)))
        self.writer.attach(cast("CardWriter | None", devices.get(self.writer.name)))
        self.cards.attach(*presenters(self._of_kind(CARD_KINDS), devices))

    async def _rest(self) -> None:
        self._record.unsafe(await self._make_safe())

    async def _root_cause(self) -> tuple[str, str] | None:
        """A device that vanishes together with the virtual world is not to blame."""
        return None if self.virtual is None else await self.virtual.died()

    def _guard_ended(self, cause: str) -> None:
        self._desk.blame(GUARD, cause)

    def _make_world(self, config: BenchConfig, csms_url: str) -> VirtualWorld | None:
        settings = world_settings(config, self._sections)
        if settings is None:
            return None
        return VirtualWorld(
            settings,
            csms_url,
            self._state_dir,
            self._clock,
            lambda cause: self._desk.blame(WORLD, cause),
            self._children,
        )

    def _first(self, kinds: tuple[str, ...]) -> str | None:
        return next((name for name, _ in self._of_kind(kinds)), None)

    def _of_kind(self, kinds: tuple[str, ...]) -> list[tuple[str, dict[str, object]]]:
        return [(n, section) for n, section in self._sections.items() if section["kind"] in kinds]
