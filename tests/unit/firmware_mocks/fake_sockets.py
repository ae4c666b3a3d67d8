"""The electrical side of a station, and a control channel, without anything behind them."""

from __future__ import annotations

from collections.abc import Callable

from firmware_mocks.control import Control, Handler
from firmware_mocks.electrical import (
    ConnectorOutputs,
    Generator,
    PilotSignal,
    PlugInputs,
)

IDLE = ConnectorOutputs(PilotSignal(Generator.STEADY), False, False)


class FakeSockets:
    """Remembers what the cables did; `change` is what the station does."""

    def __init__(self) -> None:
        self.connector_ids: tuple[int, ...] = (1, 2)
        self.inputs: dict[int, PlugInputs] = {}
        self.cards: list[tuple[int, str]] = []
        self.power: list[bool] = []
        self.network: list[bool] = []
        self.now = dict.fromkeys(self.connector_ids, IDLE)
        self._listeners: list[Callable[[int, ConnectorOutputs], None]] = []

    def apply_plug(self, connector_id: int, inputs: PlugInputs) -> None:
        self.inputs[connector_id] = inputs

    def present_card(self, connector_id: int, id_tag: str) -> None:
        self.cards.append((connector_id, id_tag))

    def set_network(self, up: bool) -> None:
        self.network.append(up)

    def set_power(self, on: bool) -> None:
        self.power.append(on)

    def outputs(self, connector_id: int) -> ConnectorOutputs:
        return self.now[connector_id]

    def on_outputs(self, listener: Callable[[int, ConnectorOutputs], None]) -> None:
        self._listeners.append(listener)

    def change(self, connector_id: int, outputs: ConnectorOutputs = IDLE) -> None:
        self.now[connector_id] = outputs
        for listener in self._listeners:
            listener(connector_id, outputs)


class FakeControl(Control):
    """Runs a command without a connection."""

    def __init__(self) -> None:
        super().__init__()
        self._one: dict[str, Handler] = {}

    def register(self, name: str, handler: Handler) -> None:
        self._one[name] = handler

    def do(self, name: str, **args: object) -> object:
        return self._one[name](**args)
