"""Where a device is connected: serial ports and Modbus lines."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from rig.config.validation import Strict


class PortMatch(Strict):
    """What tells a plugged-in port from all others; `*` and `?` stand for anything."""

    vid: str | None = Field(None, description="USB vendor id, four hexadecimal digits")
    pid: str | None = Field(None, description="USB product id, four hexadecimal digits")
    serial: str | None = Field(None, description="USB serial number")
    path: str | None = Field(None, description="socket it is plugged into, ID_PATH")
    interface: str | None = Field(None, description="USB interface number")
    protocol: str | None = Field(None, description="USB interface protocol, hexadecimal")
    driver: str | None = Field(None, description="kernel driver")

    @model_validator(mode="after")
    def _says_something(self) -> PortMatch:
        if not self.model_fields_set:
            raise ValueError("says nothing; name at least one of vid, pid, serial, path")
        return self


Port = str | PortMatch


class RtuTransport(Strict):
    """Modbus RTU on a serial line."""

    kind: Literal["rtu"]
    port: Port = Field(
        description="stable path of the port, what tells it from others, or mock:relay-rtu"
    )
    baudrate: int = Field(9600, ge=300, le=1_000_000)
    parity: Literal["N", "E", "O"] = "N"
    stopbits: Literal[1, 2] = 1
    timeout_s: float = Field(0.5, gt=0, le=60, description="real seconds for an answer")

    @model_validator(mode="before")
    @classmethod
    def _stopbits_as_number(cls, data: object) -> object:
        if isinstance(data, dict) and data.get("stopbits") in ("1", "2"):
            return {**data, "stopbits": int(data["stopbits"])}
        return data


class TcpTransport(Strict):
    """Modbus TCP."""

    kind: Literal["tcp"]
    host: str = Field(description="name or address, or mock:relay-tcp")
    port: int = Field(502, ge=1, le=65535)
    framing: Literal["tcp", "rtu"] = Field(
        "tcp", description="rtu: RTU frames on the TCP connection, as transparent converters do"
    )
    timeout_s: float = Field(0.5, gt=0, le=60, description="real seconds for an answer")
