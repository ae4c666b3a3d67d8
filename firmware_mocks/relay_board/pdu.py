"""Pieces of Modbus PDUs that every board's firmware needs. Pure."""

from __future__ import annotations

from collections.abc import Sequence

ON, OFF = 0xFF00, 0x0000
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
DEVICE_FAILURE = 4


class ModbusException(Exception):
    """Answer with an exception response."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


def two_words(body: bytes) -> tuple[int, int]:
    """Two big-endian words, and nothing else."""
    if len(body) != 4:
        raise ModbusException(ILLEGAL_VALUE)
    return int.from_bytes(body[:2]), int.from_bytes(body[2:])


def bits_from(bits: Sequence[bool], first: int, body: bytes) -> bytes:
    """Answer to FC01 or FC02 for bits whose first address is `first`."""
    address, count = two_words(body)
    start = address - first
    if count == 0 or start < 0 or start + count > len(bits):
        raise ModbusException(ILLEGAL_ADDRESS)
    value = sum(bit << n for n, bit in enumerate(bits[start : start + count]))
    size = (count + 7) // 8
    return bytes([size]) + value.to_bytes(size, "little")


def bits_written(body: bytes, first: int, total: int) -> list[tuple[int, bool]]:
    """What FC0F orders: position from 0, and whether it is to be closed."""
    address, count = two_words(body[:4])
    start = address - first
    if count == 0 or start < 0 or start + count > total:
        raise ModbusException(ILLEGAL_ADDRESS)
    if len(body) < 6 or body[4] != (count + 7) // 8 or len(body) != 5 + body[4]:
        raise ModbusException(ILLEGAL_VALUE)
    bits = int.from_bytes(body[5:], "little")
    return [(start + n, bool(bits >> n & 1)) for n in range(count)]
