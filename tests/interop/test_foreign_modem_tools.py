"""Programs that we did not write talk to our simulated dongle, as they would to a real one."""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.contract.dongle_mocks import DongleMock, dongle_mock

needs_gammu = pytest.mark.skipif(
    shutil.which("gammu") is None, reason="gammu is not installed: apt-get install gammu"
)
needs_library = pytest.mark.skipif(
    importlib.util.find_spec("huawei_lte_api") is None,
    reason="huawei-lte-api is not installed: pip install -e .[dev]",
)
SLOW = 0.02
"""Gammu reads two bytes at a time and is confused by reports: let them come rarely."""


def gammu(dongle: DongleMock, folder: Path, *words: str) -> str:
    settings = folder / "gammurc"
    settings.write_text(f"[gammu]\nport = {dongle.port}\nconnection = at115200\n")
    done = subprocess.run(
        ["gammu", "-c", str(settings), *words],
        capture_output=True, text=True, timeout=50, check=False,
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs_gammu
@pytest.mark.parametrize("firmware", ["21.200", "21.110"])
def test_gammu_knows_the_stick(tmp_path: Path, firmware: str) -> None:
    with dongle_mock("e3372h", "--firmware", firmware, scale=SLOW) as dongle:
        said = gammu(dongle, tmp_path, "--identify")
    words = ("Huawei", "E3372", f"{firmware}.07.00.00", "861821030000017")
    assert [word for word in words if word not in said] == []


@needs_gammu
def test_gammu_unlocks_the_sim(tmp_path: Path) -> None:
    with dongle_mock("e3372h", "--sim", "pin", scale=SLOW) as dongle:
        assert "PIN" in gammu(dongle, tmp_path, "--getsecuritystatus")
        gammu(dongle, tmp_path, "--entersecuritycode", "PIN", "1234")
        state = asyncio.run(dongle.state())
    assert (state["sim"] in ("busy", "ready"), state["pin_tries"]) == (True, 3)


@needs_library
@pytest.mark.parametrize("login", [False, True], ids=["open", "with login"])
def test_the_public_library_works_the_web_interface(login: bool) -> None:
    from huawei_lte_api.Client import Client
    from huawei_lte_api.Connection import Connection
    from huawei_lte_api.enums.net import NetworkModeEnum

    options = ("--login", "admin:secret") if login else ()
    user, password = ("admin", "secret") if login else (None, None)
    with (
        dongle_mock("hilink", *options) as dongle,
        Connection(dongle.url, username=user, password=password) as link,
    ):
        client = Client(link)
        assert client.device.information()["Imei"] == "861821030000017"
        for mode in (NetworkModeEnum.MODE_3G_ONLY, NetworkModeEnum.MODE_4G_ONLY):
            said = client.net.set_net_mode("7FFFFFFFFFFFFFFF", "3FFFFFFF", mode)
            assert said == "OK"
            assert client.net.net_mode()["NetworkMode"] == mode.value
        assert asyncio.run(dongle.state())["order"] == "03"
        assert client.dial_up.set_mobile_dataswitch(0) == "OK"
        assert client.pin.status()["SimPinTimes"] == "3"


@needs_library
def test_the_public_library_is_refused_without_login() -> None:
    from huawei_lte_api.Client import Client
    from huawei_lte_api.Connection import Connection
    from huawei_lte_api.exceptions import ResponseErrorLoginRequiredException

    with dongle_mock("hilink", "--login", "admin:secret") as dongle:
        with Connection(dongle.url) as link, pytest.raises(ResponseErrorLoginRequiredException):
            Client(link).device.information()
