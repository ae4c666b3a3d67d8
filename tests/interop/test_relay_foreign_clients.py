"""Clients that we did not write work with the simulated relay boards."""

from __future__ import annotations

import asyncio
import shutil
import subprocess

import pytest
from pymodbus.client import AsyncModbusTcpClient

from tests.contract.opponents import MockProcess, relay_mock

MBPOLL = shutil.which("mbpoll")


def mbpoll(mock: MockProcess, face: str, *more: str) -> str:
    where = ["-m", "rtu", "-b", "9600", "-P", "none", mock.rtu.port] if face == "rtu" else [
        "-m", "tcp", "-p", str(mock.tcp.port), mock.tcp.host]  # fmt: skip
    options, target = where[:-1], where[-1]
    line = [str(MBPOLL), *options, "-a", "1", "-0", "-1", "-q", *more[:-1], target]
    if more[-1]:
        line.append(more[-1])
    ran = subprocess.run(line, capture_output=True, text=True, timeout=20)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.mark.skipif(MBPOLL is None, reason="mbpoll is missing: sudo apt install mbpoll")
@pytest.mark.parametrize("face", ["rtu", "tcp"])
def test_mbpoll_switches_a_relay_and_reads_it_back(face: str) -> None:
    with relay_mock() as mock:
        mbpoll(mock, face, "-t", "0", "-r", "3", "1")
        assert asyncio.run(mock.coils()) == [n == 3 for n in range(8)]
        said = mbpoll(mock, face, "-t", "0", "-r", "0", "-c", "8", "")
        states = [line.split()[-1] for line in said.splitlines() if line.startswith("[")]
        assert states == ["0", "0", "0", "1", "0", "0", "0", "0"]


@pytest.mark.parametrize("dialect", ["waveshare-16", "denkovi-16", "adam-6060"])
async def test_the_client_of_pymodbus_switches_and_reads_back(dialect: str) -> None:
    base = 16 if dialect == "adam-6060" else 0
    with relay_mock(dialect=dialect) as mock:
        async with AsyncModbusTcpClient(mock.tcp.host, port=mock.tcp.port) as client:
            assert not (await client.write_coil(base + 2, True, device_id=1)).isError()
            read = await client.read_coils(base, count=4, device_id=1)
            assert read.bits[:4] == [False, False, True, False]
            assert (await client.write_coil(900, True, device_id=1)).exception_code == 2
