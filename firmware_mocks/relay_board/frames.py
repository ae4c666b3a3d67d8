"""Modbus frames as a board's firmware sees them: RTU with CRC, TCP with MBAP header. Pure.

Source: Modbus over serial line V1.02, 2.5.1; Modbus messaging on TCP/IP V1.0b, 3.1.3.
"""

from __future__ import annotations

from dataclasses import dataclass

REQUEST_LENGTH = {1: 8, 2: 8, 3: 8, 4: 8, 5: 8, 6: 8}
LONGEST = 256


@dataclass(frozen=True, slots=True)
class Request:
    """A request to a unit; `transaction` echoes back on TCP."""

    unit: int
    pdu: bytes
    transaction: int = 0


def crc16(data: bytes) -> bytes:
    """CRC of an RTU frame, low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc.to_bytes(2, "little")


class RtuParser:
    """Finds requests in bytes that come in any pieces, with noise in between.

    A real board finds the borders of frames by silence; here the check sum must do, so a
    frame with a wrong one is dropped byte by byte until the next good one.
    """

    def __init__(self) -> None:
        self._tail = b""

    def feed(self, data: bytes) -> list[Request]:
        """Requests that are complete now."""
        self._tail += data
        found: list[Request] = []
        while len(self._tail) >= 4:
            length = self._length()
            if length is not None and len(self._tail) < length:
                break
            frame = self._tail[:length] if length else b""
            if length and crc16(frame[:-2]) == frame[-2:]:
                found.append(Request(frame[0], frame[1:-2]))
                self._tail = self._tail[length:]
            else:
                self._tail = self._tail[1:]
        return found

    def _length(self) -> int | None:
        function = self._tail[1]
        if function in (15, 16):
            length = 9 + self._tail[6] if len(self._tail) > 6 else 9
            return length if length <= LONGEST else None
        return REQUEST_LENGTH.get(function)


def rtu(unit: int, pdu: bytes) -> bytes:
    """An RTU frame."""
    body = bytes([unit]) + pdu
    return body + crc16(body)


class TcpParser:
    """Finds requests in a TCP stream. After a header that is none, the stream is dead."""

    def __init__(self) -> None:
        self._tail = b""
        self._dead = False

    def feed(self, data: bytes) -> list[Request]:
        """Requests that are complete now."""
        self._tail += data
        found: list[Request] = []
        while len(self._tail) >= 8 and not self._dead:
            transaction = int.from_bytes(self._tail[0:2])
            protocol, length = int.from_bytes(self._tail[2:4]), int.from_bytes(self._tail[4:6])
            if protocol != 0 or not 2 <= length <= LONGEST:
                self._dead = True
                break
            if len(self._tail) < 6 + length:
                break
            found.append(Request(self._tail[6], self._tail[7 : 6 + length], transaction))
            self._tail = self._tail[6 + length :]
        return found


def tcp(request: Request, unit: int, pdu: bytes) -> bytes:
    """A response with MBAP header."""
    head = request.transaction.to_bytes(2) + b"\x00\x00" + (len(pdu) + 1).to_bytes(2)
    return head + bytes([unit]) + pdu
