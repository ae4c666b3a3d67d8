"""What a station has for its maintenance, made when it is first needed: most never do.

Source: station behaviour 13 and 14.9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware_mocks.charging_station.certificates import CertificateType
from firmware_mocks.charging_station.firmware import Firmware
from firmware_mocks.charging_station.transfer import Manner
from firmware_mocks.charging_station.uploads import Uploader

if TYPE_CHECKING:
    from firmware_mocks.charging_station.controller import Controller

PROTOCOLS = "SupportedFileTransferProtocols"


class Maintenance:
    """Firmware, diagnostics and logs.

    Args:
        controller: of the station.

    Attributes:
        firmware: updates.
        diagnostics: uploads of GetDiagnostics.
        logs: uploads of GetLog.
    """

    def __init__(self, controller: Controller) -> None:
        board, self._controller = controller.board, controller
        self.firmware = Firmware(controller, controller.firmware_memory, self._manner)
        self.diagnostics = Uploader(board, "DiagnosticsStatusNotification", self._manner)
        self.logs = Uploader(board, "LogStatusNotification", self._manner)

    def _manner(self) -> Manner:
        """How files are transferred now: roots come and go."""
        board, roots = self._controller.board, self._controller.certificates
        protocols = board.configuration.values.get(PROTOCOLS, "")
        return Manner(
            tuple(name.strip().lower() for name in protocols.split(",")),
            tuple(roots.roots(CertificateType.CENTRAL_SYSTEM)),
            board.persona.uploads_by_post,
        )
