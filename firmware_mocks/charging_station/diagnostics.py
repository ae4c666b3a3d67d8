"""What a station has to say about itself when a service technician asks: one text file.

Source: OCPP 1.6, 5.9 (GetDiagnostics); station behaviour 13.2. The form is ours.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firmware_mocks.charging_station.controller import Controller


def file_name(controller: Controller, kind: str) -> str:
    """Name of a file that is made now."""
    board = controller.board
    serial = re.sub(r"[^A-Za-z0-9._-]", "_", board.persona.serial_number) or "station"
    return f"{kind}_{serial}_{board.rtc.utc():%Y%m%dT%H%M%SZ}.log"


def diagnostics(
    controller: Controller, start: datetime | None = None, stop: datetime | None = None
) -> bytes:
    """Who the station is, its keys, what it does, and what happened from start to stop."""
    board, persona = controller.board, controller.board.persona
    head = {
        "vendor": persona.vendor,
        "model": persona.model,
        "serialNumber": persona.serial_number,
        "firmwareVersion": board.firmware_version,
        "time": f"{board.rtc.utc():%Y-%m-%dT%H:%M:%SZ}",
    }
    connectors = {
        number: {
            "status": socket.status,
            "error": socket.fault or "NoError",
            "register_wh": round(socket.meter.wh),
            "transaction": socket.transaction and socket.transaction.transaction_id,
        }
        for number, socket in controller.sockets.items()
    }
    parts = [
        ("station", [json.dumps(head)]),
        ("connectors", [json.dumps(connectors)]),
        ("configuration", [f"{k}={v}" for k, v in board.configuration.listed().items()]),
        ("waiting messages", [m["action"] for m in controller.queue.messages]),
        ("events", controller.security_log.entries(start, stop)),
    ]
    return "".join(
        f"[{title}]\n" + "".join(f"{line}\n" for line in lines) for title, lines in parts
    ).encode()


def security_log(
    controller: Controller, start: datetime | None = None, stop: datetime | None = None
) -> bytes:
    """The security log from start to stop; empty when there is nothing."""
    lines = controller.security_log.entries(start, stop)
    return "".join(f"{line}\n" for line in lines).encode()
