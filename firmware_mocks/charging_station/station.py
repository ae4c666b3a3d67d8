"""The station: sockets, mains and disk, and a controller that boots and boots again.

Source: station behaviour of the conformance reference; OCPP 1.6 edition 2 with errata v4.0.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from firmware_mocks.charging_station.board import Board, SideTasks
from firmware_mocks.charging_station.commands import execute
from firmware_mocks.charging_station.configuration import Configuration
from firmware_mocks.charging_station.connector import cp_state
from firmware_mocks.charging_station.controller import Controller
from firmware_mocks.charging_station.defects import Defects
from firmware_mocks.charging_station.habits import Habits
from firmware_mocks.charging_station.keep_alive import KeepAlive
from firmware_mocks.charging_station.persona import Persona
from firmware_mocks.charging_station.rtc import RealTimeClock
from firmware_mocks.charging_station.security import NOTHING_DELIVERED, Delivered, provision
from firmware_mocks.charging_station.storage import Disk, firmware_version
from firmware_mocks.charging_station.uplink import Account, Uplink
from firmware_mocks.charging_station.wire_defects import Reply
from firmware_mocks.clock import MockClock
from firmware_mocks.electrical import UNPOWERED, ConnectorOutputs, PlugInputs
from rig.jsontypes import Json
from rig.ocppj.endpoint import CallReceived
from rig.ocppj.flag import Flag
from rig.ocppj.link import WireObserver

BACKUP_POWER_S = 10.0
"""How long a station with backup power lives on without mains, at most."""


@dataclass(frozen=True, slots=True)
class StationOptions:
    """How a station is set up before its first power-up."""

    account: Account
    persona: Persona
    defects: tuple[str, ...] = ()
    disk: Path | None = None
    seed: int = 1
    delivered: Delivered = NOTHING_DELIVERED


class ChargingStation:
    """A charging station; give it power, and connect its sockets.

    Implements `firmware_mocks.electrical.StationSockets`.

    Attributes:
        controller: since the last boot; another one after the next.
    """

    def __init__(self, options: StationOptions, clock: MockClock, observer: WireObserver) -> None:
        self.persona = options.persona
        self.connector_ids = tuple(range(1, self.persona.connectors + 1))
        self.defects = Defects((*self.persona.defects, *options.defects))
        self.clock = clock
        self.powered = Flag()
        self._rtc = RealTimeClock(clock, self.defects)
        self._mains = False
        self._delivered = options.delivered
        self._disk = Disk(options.disk)
        self._disk.take(options.account.identity)
        self._written_at: float | None = None
        self._inputs: dict[int, PlugInputs] = {}
        self._output_listeners: list[Callable[[int, ConnectorOutputs], None]] = []
        self._tasks = SideTasks()
        self._life: asyncio.Task[None] | None = None
        self._runs = False
        self.uplink = Uplink(
            options.account,
            clock,
            self.defects,
            observer,
            options.seed,
            KeepAlive(clock, self._ping_interval_s),
            lambda: self.controller.board.configuration.number("MessageTimeout"),
            self._on_command,
            Habits(options.persona.habits, clock) if options.persona.habits else None,
        )
        self.controller = self._load()
        self.controller.deliver(options.delivered)  # a bad delivery is found out at once
        self.defects.began = self._drive

    def _drive(self) -> None:
        """Have contactors and locks show a defect that has begun."""
        if self.powered.is_set():
            for socket in self.controller.sockets.values():
                socket.drive()

    def _ping_interval_s(self) -> float:
        return 0 if self.defects.has("no-pings") else self._number("WebSocketPingInterval")

    def _number(self, key: str) -> float:
        return float(self.controller.board.configuration.number(key))

    def _load(self) -> Controller:
        content = self._disk.read()
        self._written_at = content["written_at"]
        configuration = Configuration(self.persona, content["configuration"])
        provision(configuration, self.uplink.account)
        board = Board(
            persona=self.persona,
            defects=self.defects,
            clock=self.clock,
            rtc=self._rtc,
            configuration=configuration,
            uplink=self.uplink,
            tasks=self._tasks,
            powered=self.powered,
            firmware_version=firmware_version(content, self.persona.firmware_version),
            save=self._save,
            restart=self._reboot,
        )
        return Controller(board, content, self._tell_output)

    def _save(self, *, last: bool = False) -> None:
        if self.powered.is_set():
            self._written_at = self._rtc.posix()
        self._disk.write(lambda: self.controller.content(self._written_at), last=last)

    async def _on_command(self, link: Reply, call: CallReceived) -> None:
        await execute(self.controller, link, call)

    # --- electrical side --------------------------------------------------------------------

    def apply_plug(self, connector_id: int, inputs: PlugInputs) -> None:
        """New values at a connector."""
        if self.defects.any:
            told: dict[str, Json] = {"connectorId": connector_id, "state": cp_state(inputs)}
            self.defects.passes("Pilot", told)
        self._inputs[connector_id] = inputs
        if self.powered.is_set():
            self.controller.sockets[connector_id].apply(inputs)

    def present_card(self, connector_id: int, id_tag: str) -> None:
        """A card at the reader of a connector."""
        if self.defects.any:
            self.defects.passes("Card", {"connectorId": connector_id, "idTag": id_tag})
        if self.powered.is_set():
            self.controller.sessions.settle()
            self._tasks.spawn(self.controller.sessions.card(connector_id, id_tag))

    def outputs(self, connector_id: int) -> ConnectorOutputs:
        """What a connector does now."""
        if not self.powered.is_set():
            return UNPOWERED
        return self.controller.sockets[connector_id].outputs

    def on_outputs(self, listener: Callable[[int, ConnectorOutputs], None]) -> None:
        """Call `listener` with every change of an output."""
        self._output_listeners.append(listener)

    def _tell_output(self, connector_id: int, _: ConnectorOutputs) -> None:
        outputs = self.outputs(connector_id)
        for listener in self._output_listeners:
            listener(connector_id, outputs)

    # --- power ------------------------------------------------------------------------------

    def set_power(self, on: bool) -> None:
        """Mains on or off.

        Off is at once: no message, no handshake, only the disk stays. A station with backup
        power (stop_before_down) ends its transactions first.
        """
        if on == self._mains:
            return
        self._mains = on
        if on and not self.powered.is_set():
            self.powered.set()
            self._life = asyncio.create_task(self._live(), name="station life")
            self._life.add_done_callback(_tell_death)
        elif not on and self.persona.power_failure_mode == "stop_before_down":
            self._tasks.spawn(self._end_on_backup_power())
        elif not on:
            self._go_dark()

    def set_network(self, up: bool) -> None:
        """The way to the Central System; a cut says nothing to either side."""
        if up:
            self.uplink.network_up.set()
        else:
            self.uplink.network_up.clear()
            self.uplink.kill()

    async def _end_on_backup_power(self) -> None:
        await self.controller.wind_down("PowerLoss", BACKUP_POWER_S)
        if self._mains:
            self.controller.stay()
        else:
            self._go_dark()

    def _go_dark(self) -> None:
        self.controller.stop()
        self._save(last=True)
        self.uplink.kill()
        self._tasks.kill()
        self._runs = False
        if self._life is not None:
            self._life.cancel()
            self._life = None
        self.powered.clear()
        for number in self.connector_ids:
            self._tell_output(number, UNPOWERED)

    async def aclose(self) -> None:
        """End the emulator itself."""
        life = self._life
        self._mains = False
        if self.powered.is_set():
            self._go_dark()
        if life is not None:
            await asyncio.gather(life, return_exceptions=True)
        self._disk.give_back()

    async def _live(self) -> None:
        registration = ""
        causes = ["StartupOfTheDevice"]
        while True:
            before = self.controller
            self.controller = self._load()
            for number, socket in self.controller.sockets.items():
                socket.take_over(before.sockets[number])
            del before  # a whole controller, which this frame would keep for a life
            self.controller.deliver(self._delivered)
            for cause in causes:
                self.controller.security_events.raised(cause)
            self.controller.registration.status = registration
            self.controller.settle_interrupted(
                "Reboot" if "ResetOrReboot" in causes else "PowerLoss"
            )
            causes = ["ResetOrReboot", "StartupOfTheDevice"]
            for number, inputs in self._inputs.items():
                self.controller.sockets[number].inputs = inputs
                self.controller.sockets[number].announce()
            await self.clock.sleep(self.persona.boot_time_s)
            await self._run_until_reboot()
            await self._tasks.stop()
            self.controller.stop()
            self._save(last=True)
            if self.defects.has("no-boot-after-reset"):
                registration = "Accepted"

    async def _run_until_reboot(self) -> None:
        self._runs = True
        try:
            await self.controller.run()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task is not self._life:
                raise  # the power is gone
            task.uncancel()
        self._runs = False

    def _reboot(self) -> None:
        """End the controller's life; `_live` begins the next one. Nothing to end while it boots."""
        if self._runs and self._life is not None:
            self._runs = False
            self._life.cancel()


def _tell_death(life: asyncio.Task[None]) -> None:
    """A station that nobody has switched off goes on for ever: anything else is a mistake of ours.

    Without this it would stand there, connected to nothing, and not say why.
    """
    if not life.cancelled() and (error := life.exception()) is not None:
        told = {"message": f"the station has died: {error}", "exception": error, "task": life}
        life.get_loop().call_exception_handler(told)
