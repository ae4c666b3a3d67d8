"""A tester with its own controller in service: registers on a line, and the cable."""

from __future__ import annotations

import random
from collections.abc import Callable

from firmware_mocks.control import Control
from firmware_mocks.electrical import ConnectorOutputs, Generator, PilotSignal, StationSockets
from firmware_mocks.evse_tester.firmware import TesterFirmware, TesterKind
from firmware_mocks.evse_tester.link import PlugLink
from firmware_mocks.relay_board.board import ModbusLineMock
from firmware_mocks.relay_board.unit import ModbusUnit

NOISE_V = 0.02
"""Standard deviation of a measured level."""


class EvseTesterMock(ModbusLineMock):
    """One tester.

    Args:
        kind: what it is and can do.
        unit: Modbus unit.
        station: None for a loose cable; what comes out of the socket is then set by hand.
        connector_id: where the plug belongs.
        seed: of the noise.
        rtu, tcp, bind: as of `ModbusLineMock`.
    """

    def __init__(
        self,
        kind: TesterKind,
        unit: int = 1,
        *,
        station: StationSockets | None = None,
        connector_id: int = 1,
        seed: int = 1,
        rtu: bool = True,
        tcp: bool = True,
        bind: tuple[str, int] = ("127.0.0.1", 0),
    ) -> None:
        self._tell: Callable[[], None] = lambda: None
        noise = random.Random(seed)  # noqa: S311  # not for secrets
        self.tester = TesterFirmware(
            kind, unit, self._contacts_moved, lambda: noise.gauss(0.0, NOISE_V)
        )
        self.link = PlugLink(station, connector_id, lambda: self.tester.switches, self._show)
        super().__init__(
            {unit: ModbusUnit(lambda _on_flash: self.tester)}, rtu=rtu, tcp=tcp, bind=bind
        )

    def register(self, control: Control, prefix: str = "") -> None:
        """Offer the contacts, what a person does to the tester, and a socket set by hand."""
        super().register(control, prefix)
        self._tell = lambda: control.publish(f"{prefix}contacts", contacts=self.tester.contacts)
        control.register(f"{prefix}contacts", lambda: list(self.tester.contacts))
        control.register(f"{prefix}tester", self._set)
        control.register(f"{prefix}socket", self._socket)

    def _contacts_moved(self) -> None:
        self._tell()
        self.link.update()

    def _set(self, name: str, on: bool) -> None:
        if name not in ("lid_open", "emergency_stop", "too_hot"):
            raise ValueError(f"no input {name!r}; there are lid_open, emergency_stop, too_hot")
        setattr(self.tester.tester, name, on)
        if on and name == "emergency_stop":
            self.tester.release()

    def _socket(
        self, duty_percent: float | None = None, contactor: bool = False, locked: bool = False
    ) -> None:
        generator = Generator.STEADY if duty_percent is None else Generator.PWM
        self._show(ConnectorOutputs(PilotSignal(generator, duty_percent), contactor, locked))

    def _show(self, outputs: ConnectorOutputs) -> None:
        self.tester.outputs = outputs
