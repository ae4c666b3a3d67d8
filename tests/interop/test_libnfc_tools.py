"""libnfc's own programs talk to our simulated reader and its cards, as they would to real ones."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from drivers.nfc.writer import NfcCardWriter
from drivers.ports import SectorKey
from tests.contract.nfc_mocks import NfcMock, nfc_mock
from tests.unit.drivers.fake_board import Notes

DEADLINE_S = 30


def needs(tool: str, package: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        shutil.which(tool) is None, reason=f"{tool} is not installed: apt-get install {package}"
    )


def environment(reader: NfcMock) -> dict[str, str]:
    device = f"pn532_uart:{os.path.realpath(reader.port)}"
    return {"LC_ALL": "C", "PATH": "/usr/bin:/bin", "LIBNFC_DEVICE": device}


def run(reader: NfcMock, *words: str) -> str:
    done = subprocess.run(
        words, env=environment(reader), capture_output=True, text=True, timeout=DEADLINE_S,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def state(reader: NfcMock) -> dict[str, Any]:
    return cast("dict[str, Any]", asyncio.run(reader.control("nfc_state")))


@contextmanager
def driver_at_work(reader: NfcMock) -> Iterator[tuple[asyncio.Runner, NfcCardWriter]]:
    """Our driver on the same reader, before or after the tool."""
    with asyncio.Runner() as runner:
        writer = NfcCardWriter("writer", "pn532", reader.port, observe=Notes())
        runner.run(writer.__aenter__())
        try:
            yield runner, writer
        finally:
            runner.run(writer.__aexit__())


@needs("nfc-list", "libnfc-bin")
@pytest.mark.parametrize(
    ("card", "lines"),
    [
        ("ntag213:04A1B2C3D4E5F6", ["00  44", "04  a1  b2  c3  d4  e5  f6", "SAK (SEL_RES): 00"]),
        ("classic:DEADBEEF", ["00  04", "de  ad  be  ef", "SAK (SEL_RES): 08"]),
        ("desfire:04112233445566", ["03  44", "SAK (SEL_RES): 20", "ATS: 75  77  81  02  80"]),
        ("desfire:0411223344556677889A", ["03  84", "04  11  22  33  44  55  66  77  88  9a"]),
    ],
)
def test_nfc_list_finds_the_card(card: str, lines: list[str]) -> None:
    with nfc_mock("--card", card) as reader:
        said = run(reader, "nfc-list")
    assert [line for line in lines if line not in said] == []


@needs("nfc-list", "libnfc-bin")
def test_nfc_list_without_a_card() -> None:
    with nfc_mock() as reader:
        assert "target" not in run(reader, "nfc-list")


@needs("nfc-mfclassic", "libnfc-bin")
def test_nfc_mfclassic_reads_what_the_driver_wrote(tmp_path: Path) -> None:
    data = bytes(range(16))
    with nfc_mock("--card", "classic:DEADBEEF") as reader:
        with driver_at_work(reader) as (runner, writer):
            runner.run(writer.write_block(bytes.fromhex("DEADBEEF"), 6, data, SectorKey()))
        said = run(reader, "nfc-mfclassic", "r", "A", "u", str(tmp_path / "dump"))
    assert "64 of 64 blocks read" in said
    dump = (tmp_path / "dump").read_bytes()
    assert (dump[:4].hex(), dump[96:112]) == ("deadbeef", data)


@needs("nfc-mfultralight", "libnfc-bin")
def test_nfc_mfultralight_reads_what_the_driver_wrote(tmp_path: Path) -> None:
    with nfc_mock("--card", "ntag213:04A1B2C3D4E5F6") as reader:
        with driver_at_work(reader) as (runner, writer):
            runner.run(writer.write_text(bytes.fromhex("04A1B2C3D4E5F6"), "found it"))
        said = run(reader, "nfc-mfultralight", "r", str(tmp_path / "dump"))
    assert "NTAG213" in said
    assert b"found it" in (tmp_path / "dump").read_bytes()


@needs("nfc-poll", "libnfc-examples")
def test_nfc_poll_sees_a_card_come_and_go() -> None:
    with nfc_mock("--card", "classic:DEADBEEF") as reader:
        polling = subprocess.Popen(
            ["nfc-poll"], env=environment(reader), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        try:
            # It asks for the card again and again until that is gone.
            while state(reader)["heard"].count("4a") + state(reader)["heard"].count("60") < 2:
                assert polling.poll() is None, polling.communicate()
            asyncio.run(reader.control("nfc_take"))
            said, wrong = polling.communicate(timeout=DEADLINE_S)
        finally:
            polling.kill()
            polling.wait()
    assert "de  ad  be  ef" in said, wrong
    assert "SAK (SEL_RES): 08" in said


@needs("nfc-mfsetuid", "libnfc-examples")
def test_nfc_mfsetuid_comes_through_the_back_door() -> None:
    with nfc_mock("--card", "gen1a:DEADBEEF") as reader:
        assert "Card unlocked" in run(reader, "nfc-mfsetuid", "C0FFEE01")
        assert state(reader)["cards"]["card-0"]["uid"] == "c0ffee01"
        with driver_at_work(reader) as (runner, writer):
            runner.run(writer.set_uid(bytes.fromhex("C0FFEE01"), bytes.fromhex("01020304")))
        assert "01  02  03  04" in run(reader, "nfc-list")


@needs("nfc-anticol", "libnfc-examples")
@pytest.mark.parametrize("uid", ["deadbeef", "04112233445566"])
def test_nfc_anticol_finds_the_card_by_hand(uid: str) -> None:
    with nfc_mock("--card", f"classic:{uid}") as reader:
        said = run(reader, "nfc-anticol")
    assert f"UID: {uid}" in said
    assert "SAK: 08" in said
