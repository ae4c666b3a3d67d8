"""Each shipped persona on the wire: what it boots as, and its configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from firmware_mocks.charging_station.configuration import Configuration
from firmware_mocks.charging_station.persona_files import load_persona, shipped
from rig.jsontypes import Json
from rig.ocppj.endpoint import Error, Result
from tests.wire.emulated_station import GOOD, Lab, laboratory, payload

SCALE = 60.0


@dataclass(frozen=True, slots=True)
class Expected:
    """What a persona is, seen from the Central System."""

    boot: dict[str, Json]
    connectors: int
    keys: dict[str, str] = field(default_factory=dict)
    lacks: tuple[str, ...] = ()


EXPECTED = {
    "default": Expected(
        {
            "chargePointVendor": "RigVendor", "chargePointModel": "RigModel",
            "chargePointSerialNumber": "RIG-0001", "firmwareVersion": "1.0.0",
        },
        2,
        {
            "AuthorizationCacheEnabled": "true", "GetConfigurationMaxKeys": "100",
            "SupportedFeatureProfiles":
                "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,"
                "RemoteTrigger",
            "ConnectorPhaseRotation": "0.RST,1.RST,2.RST", "WebSocketPingInterval": "30",
        },
        ("AuthorizationKey", "CertificateStoreMaxLength"),
    ),
    "minimal": Expected(
        {
            "chargePointVendor": "Tiny", "chargePointModel": "One",
            "chargePointSerialNumber": "TINY-1", "firmwareVersion": "0.9",
        },
        1,
        {
            "GetConfigurationMaxKeys": "1", "SupportedFeatureProfiles": "Core",
            "MeterValuesSampledDataMaxLength": "1", "UnlockConnectorOnEVSideDisconnect": "true",
        },
        (
            "AuthorizationCacheEnabled", "AllowOfflineTxForUnknownId", "WebSocketPingInterval",
            "LocalAuthListEnabled", "ChargeProfileMaxStackLevel", "SecurityProfile", "BlinkRepeat",
        ),
    ),
    "type1-wallbox": Expected(
        {
            "chargePointVendor": "Wallbox Works", "chargePointModel": "Home T1",
            "chargePointSerialNumber": "WW-T1-0042", "firmwareVersion": "1.0.0",
        },
        1,
        {
            "UnlockConnectorOnEVSideDisconnect": "false", "ChargeProfileMaxStackLevel": "3",
            "ChargingScheduleAllowedChargingRateUnit": "Current",
            "MeterValuesSampledData": "Energy.Active.Import.Register,Current.Import,Voltage",
        },
        ("LocalAuthListEnabled", "ReserveConnectorZeroSupported"),
    ),
    "shared-reader": Expected(
        {
            "chargePointVendor": "Street Furniture", "chargePointModel": "Quad",
            "chargePointSerialNumber": "SF-4-0007", "firmwareVersion": "1.0.0",
            "iccid": "8949020000001234567", "imsi": "262021234567890", "meterType": "Quad meter",
        },
        4,
        {
            "ConnectionTimeOut": "90", "SendLocalListMaxLength": "10",
            "UnlockConnectorOnEVSideDisconnect": "false",
        },
        ("ChargeProfileMaxStackLevel",),
    ),
    "dc-quirks": Expected(
        {
            "chargePointVendor": "Fast & Curious", "chargePointModel": "HPC 2",
            "chargePointSerialNumber": "FC-HPC2-31", "firmwareVersion": "4.2.0-rc1",
        },
        2,
        {
            "ChargingScheduleAllowedChargingRateUnit": "Power", "CertificateStoreMaxLength": "10",
            "MeterValuesSampledData": "Energy.Active.Import.Register,Power.Active.Import,SoC",
        },
        ("MinimumStatusDuration", "StopTransactionMaxMeterValues", "LocalAuthListEnabled"),
    ),
    "type1-station": Expected(
        {
            "chargePointVendor": "RigVendor", "chargePointModel": "RigModel",
            "chargePointSerialNumber": "RIG-0001", "firmwareVersion": "1.0.0",
        },
        2,
        {"UnlockConnectorOnEVSideDisconnect": "false"},
        (),
    ),
    "one-plug": Expected(
        {
            "chargePointVendor": "RigVendor", "chargePointModel": "RigModel",
            "chargePointSerialNumber": "RIG-0001", "firmwareVersion": "1.0.0",
        },
        2,
        {"ReserveConnectorZeroSupported": "false"},
        (),
    ),
}  # fmt: skip


def test_every_shipped_persona_is_here() -> None:
    assert set(EXPECTED) == set(shipped())


async def configuration(lab: Lab) -> dict[Json, Json]:
    conf = await lab.command("GetConfiguration")
    items = cast("list[dict[str, Json]]", conf["configurationKey"])
    return {item["key"]: item["value"] for item in items}


@pytest.mark.parametrize("name", EXPECTED)
async def test_it_boots_as_what_it_is(tmp_path: Path, name: str) -> None:
    expected = EXPECTED[name]
    async with laboratory(tmp_path, SCALE) as lab, lab.station(options=["--persona", name]):
        boot = payload(await lab.call("BootNotification"))
        assert boot == expected.boot
        await lab.idle()
        reported = {payload(e)["connectorId"] for e in lab.calls("StatusNotification")}
        assert reported == set(range(expected.connectors + 1))
        keys = await configuration(lab)
        assert keys["NumberOfConnectors"] == str(expected.connectors)
        assert {key: keys[key] for key in expected.keys} == expected.keys
        assert not set(expected.lacks) & set(keys)
        declared = Configuration(load_persona(Path(name))).listed()
        assert keys == declared | {"HeartbeatInterval": "12"}  # as the boot was answered
        for key in expected.lacks:
            if key != "AuthorizationKey":
                conf = await lab.command("ChangeConfiguration", key=key, value="1")
                assert conf == {"status": "NotSupported"}


async def test_the_minimal_one_takes_no_more_keys_than_it_says(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab, lab.station(options=["--persona", "minimal"]):
        await lab.booted()
        one = await lab.csms.call("GetConfiguration", {"key": ["HeartbeatInterval"]}, 20)
        two = await lab.csms.call("GetConfiguration", {"key": ["BlinkRepeat", "X"]}, 20)
        assert isinstance(one, Result)
        assert isinstance(two, Error)
        assert two.code == "OccurenceConstraintViolation"
        assert await lab.command("ClearCache") == {"status": "Rejected"}
        assert await lab.command("GetLocalListVersion") == {"listVersion": -1}
        await lab.charge()


async def test_one_reader_serves_all_sockets(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab:
        async with lab.station(options=["--persona", "shared-reader"]):
            await lab.booted()
            await lab.ask("plug_in", connector=3)
            await lab.status("Preparing", connector=3)
            await lab.ask("card", id_tag=GOOD)
            assert (await lab.next("StartTransaction"))["connectorId"] == 3


async def test_the_dc_one_tells_the_state_of_charge_and_shows_its_quirks(tmp_path: Path) -> None:
    async with laboratory(tmp_path, SCALE) as lab:
        async with lab.station(options=["--persona", "dc-quirks"]):
            await lab.booted()
            await lab.ask("ev", soc=55.0)
            await lab.charge()
            sample = cast("list[dict[str, Json]]", (await lab.next("MeterValues"))["meterValue"])
            values = cast("list[dict[str, str]]", sample[0]["sampledValue"])
            soc = next(value for value in values if value.get("measurand") == "SoC")
            assert 55 <= float(soc["value"]) < 60
            mark = lab.mark
            await lab.ask("card", id_tag=GOOD)
            await lab.status("Finishing")
            assert (await lab.status("Finishing"))["vendorId"] == "FastAndCurious"
            assert lab.statuses(since=mark)[-2:] == ["Finishing", "Finishing"]
