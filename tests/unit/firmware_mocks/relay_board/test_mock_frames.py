"""Modbus frames as the board's firmware sees them: any pieces, noise, both transports."""

from __future__ import annotations

from typing import Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_mocks.relay_board.frames import Request, RtuParser, TcpParser, crc16, rtu, tcp

ADDRESSES = st.integers(0, 0xFFFF).map(lambda n: n.to_bytes(2))
SHORT = st.builds(
    lambda function, address, value: bytes([function]) + address + value,
    st.integers(1, 6), ADDRESSES, ADDRESSES,
)  # fmt: skip
LONG = st.builds(
    lambda function, head, data: bytes([function]) + head + bytes([len(data)]) + data,
    st.sampled_from([15, 16]), st.binary(min_size=4, max_size=4), st.binary(max_size=40),
)  # fmt: skip
REQUESTS = st.builds(Request, st.integers(1, 247), SHORT | LONG)
# No byte of the noise, nor the unit behind it, reads as a function code that is waited for.
NOISE = st.lists(st.integers(0x20, 0xFF), max_size=20).map(bytes)
QUIET_REQUESTS = st.builds(Request, st.integers(32, 247), SHORT | LONG)
TCP_REQUESTS = st.builds(
    Request, st.integers(0, 255), st.binary(min_size=1, max_size=60), st.integers(0, 0xFFFF)
)


class Parser(Protocol):
    def feed(self, data: bytes) -> list[Request]: ...


def in_pieces(parser: Parser, data: bytes, cuts: list[int]) -> list[Request]:
    """What a parser finds when the bytes come cut at these places."""
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    found: list[Request] = []
    for start, end in zip(edges, edges[1:], strict=False):  # noqa: RUF007  # pairs by index
        found += parser.feed(data[start:end])
    return found


def mbap(request: Request) -> bytes:
    """A request as it is on TCP."""
    head = request.transaction.to_bytes(2) + b"\0\0" + (len(request.pdu) + 1).to_bytes(2)
    return head + bytes([request.unit]) + request.pdu


@pytest.mark.parametrize(
    ("data", "crc"),
    [
        # frames printed in the maker's protocol description
        ("01 05 00 00 FF 00", "8C 3A"),
        ("01 05 00 00 00 00", "CD CA"),
        ("01 01 00 00 00 08", "3D CC"),
        ("01 0F 00 00 00 08 01 FF", "BE D5"),
        ("", "FF FF"),
    ],
)
def test_crc_of_known_frames(data: str, crc: str) -> None:
    assert crc16(bytes.fromhex(data)) == bytes.fromhex(crc)


@given(st.binary(max_size=64))
def test_crc_over_a_frame_with_its_crc_is_zero(data: bytes) -> None:
    assert crc16(data + crc16(data)) == b"\0\0"


@given(st.binary(min_size=1, max_size=32), st.data())
def test_crc_shows_every_single_bit(data: bytes, draw: st.DataObject) -> None:
    bit = draw.draw(st.integers(0, 8 * len(data) - 1))
    flipped = int.from_bytes(data) ^ (1 << bit)
    assert crc16(flipped.to_bytes(len(data))) != crc16(data)


@given(st.lists(REQUESTS, max_size=5), st.lists(st.integers(0, 300)))
def test_rtu_requests_are_found_however_the_bytes_are_cut(
    requests: list[Request], cuts: list[int]
) -> None:
    data = b"".join(rtu(r.unit, r.pdu) for r in requests)
    assert in_pieces(RtuParser(), data, cuts) == requests


@given(st.binary(max_size=300), st.lists(st.integers(0, 300)))
def test_rtu_parser_sees_any_bytes_the_same_in_every_cut(data: bytes, cuts: list[int]) -> None:
    assert in_pieces(RtuParser(), data, cuts) == RtuParser().feed(data)


@given(NOISE, QUIET_REQUESTS, st.lists(st.integers(0, 80)))
def test_rtu_request_is_found_behind_noise(noise: bytes, request: Request, cuts: list[int]) -> None:
    assert in_pieces(RtuParser(), noise + rtu(request.unit, request.pdu), cuts) == [request]


@given(st.binary(max_size=40), REQUESTS)
def test_noise_that_looks_like_a_frame_costs_only_time(noise: bytes, request: Request) -> None:
    # The longest frame that noise can announce is over after 256 bytes of anything.
    frame = rtu(request.unit, request.pdu)
    found = RtuParser().feed(noise + frame + 300 * b"\xff")
    assert request in found


@given(REQUESTS, st.data())
def test_rtu_request_with_a_wrong_bit_is_none(request: Request, draw: st.DataObject) -> None:
    frame = rtu(request.unit, request.pdu)
    place = draw.draw(st.integers(0, len(frame) - 1))
    frame = frame[:place] + bytes([frame[place] ^ 0x10]) + frame[place + 1 :]
    assert request not in RtuParser().feed(frame + 300 * b"\xff")


@given(st.lists(TCP_REQUESTS, max_size=5), st.lists(st.integers(0, 400)))
def test_tcp_requests_are_found_however_the_bytes_are_cut(
    requests: list[Request], cuts: list[int]
) -> None:
    data = b"".join(map(mbap, requests))
    assert in_pieces(TcpParser(), data, cuts) == requests


@given(st.binary(max_size=100), st.lists(st.integers(0, 100)))
def test_tcp_parser_sees_any_bytes_the_same_in_every_cut(data: bytes, cuts: list[int]) -> None:
    assert in_pieces(TcpParser(), data, cuts) == TcpParser().feed(data)


@pytest.mark.parametrize(
    "header",
    ["0001 0001 0006 01 03", "0001 0000 0001 01 03", "0001 0000 0101 01 03"],
    ids=["protocol 1", "too short", "too long"],
)
def test_stream_is_dead_after_a_header_that_is_none(header: str) -> None:
    parser = TcpParser()
    good = mbap(Request(1, b"\x01\0\0\0\x08", 2))
    assert parser.feed(bytes.fromhex(header) + good) == []
    assert parser.feed(good) == []


def test_tcp_response_echoes_the_transaction() -> None:
    request = Request(1, b"\x01\0\0\0\x08", 0x1234)
    assert tcp(request, 1, b"\x01\x01\xff") == bytes.fromhex("1234 0000 0004 01 01 01 ff")
