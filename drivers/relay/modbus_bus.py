"""A Modbus line, RTU or TCP: the only module that knows pymodbus.

Several boards may sit on one line, so the bus counts its users, serialises requests and keeps
the line silent between frames. Every failure is a `DriverError` that names the board that was
asked.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import struct
from collections.abc import Awaitable, Callable, Sequence

from pymodbus import FramerType
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from drivers.errors import BadReply, DeviceGone, DeviceTimeout
from drivers.relay.addresses import TcpAddress, silence_s
from drivers.serial_link import SerialConnection, SerialSettings, connect

# Everything that pymodbus logs as an error reaches our caller as an exception.
logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)

ILLEGAL_DATA_ADDRESS = 2

# Modbus Application Protocol 1.1b3, section 7.
EXCEPTION_WORDS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "server device failure",
    6: "server device busy",
    10: "gateway path unavailable",
    11: "gateway target failed to respond",
}


class _TimedCoil(ModbusPDU):
    """FC05 with a time where the standard has FF00 or 0000."""

    function_code = 5

    def __init__(self, address: int, value: int, unit: int) -> None:
        super().__init__(dev_id=unit, address=address)
        self._value = value

    def encode(self) -> bytes:
        return struct.pack(">HH", self.address, self._value)


class ModbusExceptionReply(BadReply):
    """The board answered with an exception response; `code` is its exception code."""

    def __init__(self, device: str, what: str, code: int) -> None:
        self.code = code
        word = EXCEPTION_WORDS.get(code, "unknown exception")
        super().__init__(device, f"{what}: exception {code} ({word})")


class ModbusBus:
    """One line with one or more boards.

    Args:
        address: serial port or TCP address.
        timeout_s: real seconds until an answer is given up.
        retries: how often a request is repeated after silence or noise. Only requests that are
            idempotent are repeated (a coil is set, never toggled); a pulse is not.
        exclusive: lock a serial port against other programs.
    """

    def __init__(
        self,
        address: SerialSettings | TcpAddress,
        *,
        timeout_s: float = 0.5,
        retries: int = 1,
        exclusive: bool = True,
    ) -> None:
        self.address = address
        self.retried = 0
        self._timeout_s = timeout_s
        self._retries = retries
        self._exclusive = exclusive
        self._users = 0
        self._lock = asyncio.Lock()
        self._client: AsyncModbusSerialClient | AsyncModbusTcpClient | None = None
        self._serial: SerialConnection | None = None
        self._lost = asyncio.Event()
        self._heard = b""
        self._heard_at = float("-inf")
        self._silence_s = silence_s(address)
        self._quiet_until = 0.0

    async def acquire(self, device: str) -> None:
        """Open the line, or share it if it is open.

        Raises:
            DeviceGone: no such port, in use, no permission, connection refused ...
        """
        async with self._lock:
            await self._open(device)
            self._users += 1

    async def release(self) -> None:
        """Close the line when its last user leaves."""
        async with self._lock:
            self._users -= 1
            if self._users <= 0:
                self._users = 0
                await self._close()

    async def read_coils(self, device: str, unit: int, address: int, count: int) -> list[bool]:
        """FC01."""
        pdu = await self._request(
            device,
            f"read of coils {address}..{address + count - 1}",
            1,
            lambda c: c.read_coils(address, count=count, device_id=unit),
        )
        return _bits(device, pdu, count)

    async def read_inputs(self, device: str, unit: int, address: int, count: int) -> list[bool]:
        """FC02."""
        pdu = await self._request(
            device,
            f"read of inputs {address}..{address + count - 1}",
            2,
            lambda c: c.read_discrete_inputs(address, count=count, device_id=unit),
        )
        return _bits(device, pdu, count)

    async def read_registers(self, device: str, unit: int, address: int, count: int) -> list[int]:
        """FC03."""
        pdu = await self._request(
            device,
            f"read of holding register 0x{address:04X}",
            3,
            lambda c: c.read_holding_registers(address, count=count, device_id=unit),
        )
        if len(pdu.registers) != count:
            raise BadReply(device, f"asked for {count} registers, got {len(pdu.registers)}")
        return list(pdu.registers)

    async def write_register(
        self, device: str, unit: int, address: int, value: int, *, repeat: bool = True
    ) -> None:
        """FC06. `repeat` says whether it may be sent again when no answer came."""
        await self._request(
            device,
            f"write of holding register 0x{address:04X}",
            6,
            lambda c: c.write_register(address, value, device_id=unit),
            repeat=repeat,
        )

    async def write_timed_coil(self, device: str, unit: int, address: int, value: int) -> None:
        """FC05 with a number instead of on or off, as some makers have it. Never repeated."""
        await self._request(
            device,
            f"timed write of coil 0x{address:04X}",
            5,
            lambda c: c.execute(False, _TimedCoil(address, value, unit)),
            repeat=False,
        )

    async def write_coils(
        self, device: str, unit: int, address: int, closed: Sequence[bool]
    ) -> None:
        """FC05 for one coil, FC0F for several at once. An echo is not a read-back."""
        if len(closed) == 1:
            what = f"write of coil {address}"
            echo = await self._request(
                device, what, 5, lambda c: c.write_coil(address, closed[0], device_id=unit)
            )
            as_sent = echo.address == address and echo.bits[:1] == [closed[0]]
        else:
            what = f"write of coils {address}..{address + len(closed) - 1}"
            echo = await self._request(
                device, what, 15, lambda c: c.write_coils(address, list(closed), device_id=unit)
            )
            as_sent = echo.address == address and echo.count == len(closed)
        if not as_sent:
            raise BadReply(device, f"{what}: the board acknowledged another write")

    async def _open(self, device: str) -> None:
        if self._client is not None and self._client.connected:
            return
        await self._close()
        self._lost = asyncio.Event()
        self._client = client = self._make_client(device)
        # pymodbus says only "False" when it cannot connect; its own hook lets us open the
        # port or socket ourselves and keep the reason.
        if not await client.connect():
            await self._close()
            raise DeviceGone(
                device,
                f"no connection to {self.address} within {self._timeout_s:g} s",
                hint="check power, cable and address",
            )

    def _make_client(self, device: str) -> AsyncModbusSerialClient | AsyncModbusTcpClient:
        lost = self._lost

        def connection_changed(connected: bool) -> None:
            if not connected:
                lost.set()

        def packet(sending: bool, data: bytes) -> bytes:
            if not sending:
                self._heard = data
                self._heard_at = asyncio.get_running_loop().time()
            return data

        address = self.address
        if isinstance(address, SerialSettings):
            line = AsyncModbusSerialClient(
                address.port,
                framer=FramerType.RTU,
                timeout=self._timeout_s,
                retries=0,
                reconnect_delay=0,
                trace_connect=connection_changed,
                trace_packet=packet,
            )
            settings = address

            async def open_serial() -> tuple[asyncio.BaseTransport, asyncio.BaseProtocol]:
                protocol = line.ctx.handle_new_connection()
                self._serial = connect(device, settings, protocol, exclusive=self._exclusive)
                return self._serial.transport, protocol

            line.ctx.call_create = open_serial
            return line
        net = AsyncModbusTcpClient(
            address.host,
            port=address.port,
            framer=FramerType.RTU if address.framing == "rtu" else FramerType.SOCKET,
            timeout=self._timeout_s,
            retries=0,
            reconnect_delay=0,
            trace_connect=connection_changed,
            trace_packet=packet,
        )
        socket_address = address

        async def open_socket() -> tuple[asyncio.BaseTransport, asyncio.BaseProtocol]:
            try:
                return await asyncio.get_running_loop().create_connection(
                    net.ctx.handle_new_connection, socket_address.host, socket_address.port
                )
            except OSError as error:
                raise _refusal(device, socket_address, error) from error

        net.ctx.call_create = open_socket
        return net

    async def _close(self) -> None:
        client, self._client = self._client, None
        line, self._serial = self._serial, None
        if client is not None:
            client.close()
        if line is not None:
            await line.close()

    async def _request(
        self,
        device: str,
        what: str,
        function: int,
        send: Callable[[AsyncModbusSerialClient | AsyncModbusTcpClient], Awaitable[ModbusPDU]],
        *,
        repeat: bool = True,
    ) -> ModbusPDU:
        retries = self._retries if repeat else 0
        async with self._lock:
            if not self._users:
                raise DeviceGone(device, f"{self.address} is not open")
            for attempt in range(retries + 1):
                await self._stay_quiet()
                await self._open(device)
                pdu = await self._once(device, send)
                if pdu is not None and pdu.function_code & 0x7F == function:
                    break
                self._expect_late_answer()
                if attempt < retries:
                    self.retried += 1
            else:
                raise self._silence(device, what)
        if pdu.isError():
            raise ModbusExceptionReply(device, what, pdu.exception_code)
        return pdu

    async def _once(
        self,
        device: str,
        send: Callable[[AsyncModbusSerialClient | AsyncModbusTcpClient], Awaitable[ModbusPDU]],
    ) -> ModbusPDU | None:
        """One exchange; None when nothing (or nothing sensible) came back in time."""
        assert self._client is not None  # noqa: S101  # _open has just made it
        self._heard = b""
        answer = asyncio.ensure_future(send(self._client))
        lost = asyncio.ensure_future(self._lost.wait())
        try:
            await asyncio.wait({answer, lost}, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done() or (answer.exception() is not None and self._lost.is_set()):
                raise DeviceGone(
                    device,
                    f"{self.address}: hang-up while waiting for the answer",
                    hint="check the cable and the power of the board",
                )
            return answer.result()
        except ModbusException:
            return None
        except asyncio.CancelledError:
            self._expect_late_answer()
            raise
        finally:
            lost.cancel()
            answer.cancel()
            await asyncio.wait({answer, lost})
            if not answer.cancelled():
                answer.exception()  # looked at, whether used or not

    def _expect_late_answer(self) -> None:
        # RTU has no transaction ids: an answer that comes after we gave up could be taken for
        # the answer to the next request. Hold the line quiet for as long again.
        self._quiet_until = asyncio.get_running_loop().time() + self._timeout_s

    async def _stay_quiet(self) -> None:
        """Wait until nobody has spoken for as long as the next board needs to see a new frame."""
        clock = asyncio.get_running_loop().time
        while True:
            until = max(self._quiet_until, self._heard_at + self._silence_s)
            if (wait_s := until - clock()) <= 0:
                return
            await asyncio.sleep(wait_s)

    def _silence(self, device: str, what: str) -> DeviceTimeout | BadReply:
        if self._heard:
            return BadReply(
                device,
                f"{what}: answer not understood ({self._heard[:32].hex(' ')})",
                hint="check line settings, termination and that no two boards share a unit",
            )
        return DeviceTimeout(
            device,
            f"{what}: no answer on {self.address} within {self._timeout_s:g} s",
            hint="check power, unit and line settings of the board",
        )


def _bits(device: str, pdu: ModbusPDU, count: int) -> list[bool]:
    # `bits` is padded to whole bytes.
    if not count <= len(pdu.bits) < count + 8:
        raise BadReply(device, f"asked for {count} bits, got {len(pdu.bits)}")
    return list(pdu.bits[:count])


def _refusal(device: str, address: TcpAddress, error: OSError) -> DeviceGone:
    if error.errno == errno.ECONNREFUSED:
        return DeviceGone(
            device,
            f"connection refused at {address}",
            hint="check that Modbus TCP is switched on in the board and the port is right",
        )
    reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
    return DeviceGone(
        device, f"cannot connect to {address}: {reason}", hint="check cable, power and address"
    )
