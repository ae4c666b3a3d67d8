"""One serial port on a pseudo terminal, and each way it can fail."""

from __future__ import annotations

import asyncio
import errno
import os
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from drivers.errors import DeviceGone
from drivers.serial_link import SerialLink, SerialSettings, open_port


class Pty:
    """A pseudo terminal; `path` is the side of the driver."""

    def __init__(self) -> None:
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)

    def hang_up(self) -> None:
        if self.master >= 0:
            os.close(self._slave)
            os.close(self.master)
            self.master = -1


@pytest.fixture
def pty() -> Iterator[Pty]:
    pty = Pty()
    yield pty
    pty.hang_up()


async def test_bytes_go_both_ways(pty: Pty) -> None:
    async with SerialLink("dev", SerialSettings(pty.path)) as link:
        link.write(b"hello")
        assert os.read(pty.master, 5) == b"hello"
        os.write(pty.master, b"there")
        assert await link.read() == b"there"


async def test_hang_up_ends_every_read_at_once(pty: Pty) -> None:
    async with SerialLink("dev", SerialSettings(pty.path)) as link:
        reads = [asyncio.create_task(link.read()) for _ in range(2)]
        await asyncio.sleep(0)
        pty.hang_up()
        async with asyncio.timeout(2):
            for read in reads:
                with pytest.raises(DeviceGone, match=r"dev: port .*: hang-up"):
                    await read
        with pytest.raises(DeviceGone, match="hang-up"):
            link.write(b"x")


async def test_a_write_to_a_dead_port_is_reported_by_the_next_read(pty: Pty) -> None:
    async with SerialLink("dev", SerialSettings(pty.path)) as link:
        pty.hang_up()
        link.write(b"x")
        with pytest.raises(DeviceGone, match="hang-up"):
            await link.read()


async def test_works_again_after_replug(pty: Pty, tmp_path: Path) -> None:
    name = tmp_path / "by-id"
    name.symlink_to(pty.path)
    link = SerialLink("dev", SerialSettings(str(name)))
    async with link:
        pty.hang_up()
        with pytest.raises(DeviceGone):
            await link.read()
    other = Pty()
    name.unlink()
    name.symlink_to(other.path)
    async with link:
        os.write(other.master, b"back")
        assert await link.read() == b"back"
    other.hang_up()


async def test_a_closed_link_says_so(pty: Pty) -> None:
    link = SerialLink("dev", SerialSettings(pty.path))
    with pytest.raises(DeviceGone, match="not open"):
        await link.read()
    with pytest.raises(DeviceGone, match="not open"):
        link.write(b"x")


async def test_leaving_frees_the_port_for_the_next(pty: Pty) -> None:
    for _ in range(3):
        async with SerialLink("dev", SerialSettings(pty.path)):
            with pytest.raises(DeviceGone, match="in use by another program"):
                open_port("dev", SerialSettings(pty.path))
        open_port("dev", SerialSettings(pty.path)).close()


async def test_a_shared_open_does_not_ask_for_the_lock(pty: Pty) -> None:
    async with SerialLink("dev", SerialSettings(pty.path)):
        open_port("dev", SerialSettings(pty.path), exclusive=False).close()


def test_a_missing_port_is_named_with_what_to_check() -> None:
    with pytest.raises(DeviceGone, match="no such port /dev/ttyNONE") as caught:
        open_port("dev", SerialSettings("/dev/ttyNONE"))
    assert "the path /dev/ttyNONE" in caught.value.hint


def test_a_file_is_no_port(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DeviceGone, match="cannot be used as a serial port"):
        open_port("dev", SerialSettings(str(tmp_path / "file")))


def test_wrong_line_settings_are_named(pty: Pty) -> None:
    with pytest.raises(DeviceGone, match="Not a valid parity"):
        open_port("dev", SerialSettings(pty.path, parity="X"))


@pytest.mark.parametrize(
    ("code", "word", "hint"),
    [
        (errno.EACCES, "no permission", "dialout"),
        (errno.EBUSY, "in use", "fuser"),
        (errno.EIO, "is dead", "replug"),
    ],
)
def test_each_reason_has_its_words(
    pty: Pty, monkeypatch: pytest.MonkeyPatch, code: int, word: str, hint: str
) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise serial.SerialException(code, os.strerror(code))

    monkeypatch.setattr(serial, "Serial", refuse)
    with pytest.raises(DeviceGone, match=word) as caught:
        open_port("dev", SerialSettings(pty.path))
    assert hint in caught.value.hint


def test_settings_read_as_people_write_them() -> None:
    assert str(SerialSettings("/dev/x", 19200, "E", 2)) == "/dev/x (19200 8E2)"
