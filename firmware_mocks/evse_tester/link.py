"""The cable between a tester plug and a connector of the station: volts one way, volts back."""

from __future__ import annotations

from collections.abc import Callable

from firmware_mocks.electrical import UNPOWERED, ConnectorOutputs, StationSockets
from firmware_mocks.evse_tester.circuit import Switches, measure


class PlugLink:
    """Connects the contacts of one plug with one connector.

    Args:
        station: None leaves the cable loose.
        connector_id: where the plug belongs.
        switches: asked for the position of the plug's contacts.
        show: told what comes out of the connector.
    """

    def __init__(
        self,
        station: StationSockets | None,
        connector_id: int,
        switches: Callable[[], Switches],
        show: Callable[[ConnectorOutputs], None],
    ) -> None:
        self._station = station
        self._connector_id = connector_id
        self._switches = switches
        self._show = show
        self._busy = False

    def connect(self) -> None:
        """Begin: from now on contacts and outputs move each other."""
        if self._station is not None:
            self._station.on_outputs(self._outputs_changed)
        self.update()

    def update(self) -> None:
        """A contact has moved, or the station has."""
        if self._station is None or self._busy:
            return
        self._busy = True  # applying may change the outputs, which come back here
        outputs = self._station.outputs(self._connector_id)
        self._station.apply_plug(self._connector_id, measure(self._switches(), outputs.pilot))
        self._busy = False
        self._show(self.outputs)

    @property
    def outputs(self) -> ConnectorOutputs:
        """What the connector puts on the cable now."""
        if self._station is None:
            return UNPOWERED
        return self._station.outputs(self._connector_id)

    def _outputs_changed(self, connector_id: int, outputs: ConnectorOutputs) -> None:
        if connector_id == self._connector_id:
            self._show(outputs)
            self.update()
