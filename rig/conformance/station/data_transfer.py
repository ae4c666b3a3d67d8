"""Rows 62 and 64 (062, 064): DataTransfer in both directions."""

from __future__ import annotations

from rig.conformance.cases import case
from rig.conformance.catalogue import Role
from rig.conformance.steps import StationCase


@case("062", dut=Role.STATION)
async def data_transfer_to_station(s: StationCase) -> None:
    """Unknown vendor data is answered."""
    conf = await s.command(
        "DataTransfer",
        "Rejected",
        "UnknownMessageId",
        "UnknownVendorId",
        "Accepted",
        vendorId=s.parameters.vendor_id_unknown,
        messageId=s.parameters.message_id_unknown,
    )
    s.check(
        "data of an unknown vendor is not accepted",
        conf.get("status") != "Accepted",
        "rule M11.11",
        expected="Rejected, UnknownMessageId or UnknownVendorId",
        seen=conf.get("status"),
        severity="warn",
    )


@case("064", dut=Role.STATION)
async def data_transfer_from_station(s: StationCase) -> None:
    """The station goes on working after its data was refused."""
    await s.cause_data_transfer()
    await s.expect("DataTransfer", vendorId="*", within=s.parameters.long_operation_timeout)
    value = await s.read_key("HeartbeatInterval")
    s.check(
        "the station goes on working after the refusal",
        value is not None and s.csms.connected,
        "rule M4.6; step 2 of the case",
        expected="an answer",
        seen=value,
    )
