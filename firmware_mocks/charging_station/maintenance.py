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
        board = controller.board
        protocols = board.configuration.values.get(PROTOCOLS, "")
        manner = Manner(
            tuple(name.strip().lower() for name in protocols.split(",")),
            tuple(controller.certificates.roots(CertificateType.CENTRAL_SYSTEM)),
            board.persona.uploads_by_post,
        )
        self.firmware = Firmware(controller, controller.firmware_memory, manner)
        self.diagnostics = Uploader(board, "DiagnosticsStatusNotification", manner)
        self.logs = Uploader(board, "LogStatusNotification", manner)
