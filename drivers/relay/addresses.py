"""Where a Modbus line is, and how long it must be silent between frames."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.serial_link import SerialSettings


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """Where a board listens. `framing` is "tcp", or "rtu" for RTU frames on the connection."""

    host: str
    port: int = 502
    framing: str = "tcp"

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def silence_s(address: SerialSettings | TcpAddress) -> float:
    """Silence that must be on a line between two frames.

    3.5 characters, and 1.75 ms above 19200 baud. Behind a converter that carries RTU frames the
    speed of the line is not known; 9600 baud is assumed.

    Source: Modbus over serial line V1.02, 2.5.1.1.
    """
    if isinstance(address, SerialSettings):
        bits = 9 + address.stopbits + (address.parity != "N")
        return 3.5 * bits / address.baudrate if address.baudrate <= 19200 else 0.00175
    return 3.5 * 10 / 9600 if address.framing == "rtu" else 0.0
