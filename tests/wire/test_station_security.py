"""Password and security profile of the emulated station, on the wire."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.wire.emulated_station import Lab, laboratory

SCALE = 80.0
FIRST, SECOND = "0011223344556677" * 2, "8899AABBCCDDEEFF" * 2


async def reconnected(lab: Lab) -> None:
    """Return once the station is back, and registered as before."""
    await lab.entry(lambda e: e.what == "close", "the goodbye")
    await lab.entry(lambda e: e.what == "connect", "the next connection")
    await lab.call("Heartbeat")


async def test_a_station_becomes_one_with_a_password(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station():
        await lab.booted()
        rejected = await lab.command("ChangeConfiguration", key="SecurityProfile", value="1")
        assert rejected == {"status": "Rejected"}  # without a key
        await lab.change("AuthorizationKey", FIRST)
        await reconnected(lab)
        lab.csms.password = bytes.fromhex(FIRST)
        await lab.change("SecurityProfile", "1")
        await reconnected(lab)
        assert len(lab.calls("BootNotification")) == 1


@pytest.mark.rig_covers("key:AuthorizationKey")
async def test_a_new_password_is_used_from_the_next_connection_on(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab:
        lab.csms.password = bytes.fromhex(FIRST)
        async with lab.station(password=FIRST):
            await lab.booted()
            lab.csms.password = bytes.fromhex(SECOND)
            await lab.change("AuthorizationKey", SECOND)
            await reconnected(lab)
            conf = await lab.command("GetConfiguration", key=["AuthorizationKey"])
            assert conf == {"configurationKey": [], "unknownKey": ["AuthorizationKey"]}
            assert SECOND not in str(await lab.command("GetConfiguration"))
            await lab.ask("power", on=False)
            await lab.ask("power", on=True)
            await lab.booted()  # and kept over a loss of power


@pytest.mark.rig_covers("key:SecurityProfile")
async def test_a_profile_is_never_lowered(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab:
        lab.csms.password = bytes.fromhex(FIRST)
        async with lab.station(password=FIRST):
            await lab.booted()
            assert await lab.read("SecurityProfile") == "1"
            for value in ("0", "1", "2", "3", "x"):
                conf = await lab.command("ChangeConfiguration", key="SecurityProfile", value=value)
                assert conf == {"status": "Rejected"}
