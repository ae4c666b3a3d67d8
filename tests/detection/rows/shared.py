"""What many cases check in the same words, because they share a state or a step.

Each way to fail is written once, and made a row for each case that has the check.
"""

from __future__ import annotations

from collections.abc import Iterator

Ways = tuple[tuple[str, str], ...]

TWO = "two-plugs"
START, STOP = "field:StartTransaction", "field:StopTransaction"
ANSWER = "answer-field:GetCompositeSchedule"


def _status(status: str, connector: int = 1) -> str:
    return f"StatusNotification(connectorId {connector}, status {status}) received"


REMOTE_START: Ways = (
    ("hides-key:AuthorizeRemoteTxRequests", "AuthorizeRemoteTxRequests can be read"),
    ('answer-field:RemoteStartTransaction.status="Rejected"', "RemoteStartTransaction("),
)
"""Reusable state Charging: the order."""
BEGUN: Ways = (
    ("skip:StartTransaction", "StartTransaction received"),
    (f"{START}.connectorId=2", "StartTransaction.connectorId is"),
    ("wrong-id-tag+invalid-id-goes-on", "StartTransaction.idTag is"),
    ("skip-status:Charging", _status("Charging")),
)
"""A transaction begins."""
WITHOUT_RESERVATION: Ways = (
    (f"{START}.reservationId=5", "StartTransaction carries no reservationId"),
    ("skip-status:Preparing", _status("Preparing")),
)
ENERGY: Ways = (("contactor-never-closes", "energy flows at the plug"),)
OVER: Ways = (
    ("skip:StopTransaction", "StopTransaction received"),
    (f"{STOP}.transactionId=4711", "StopTransaction.transactionId is"),
    (f"{STOP}.meterStop=-1", "StopTransaction.meterStop is not below meterStart"),
    ("contactor-stays-closed", "no energy flows at the plug"),
    ("skip-status:Finishing", _status("Finishing")),
    (
        "skip:StatusNotification[status=Available,connectorId=1]@StopTransaction",
        _status("Available"),
    ),
)
"""A session is closed."""
BY_CARD: Ways = (
    ("wrong-stop-reason:Remote", "StopTransaction.reason is absent or Local"),
    (f'{STOP}.idTag="SOMEBODY"', "StopTransaction.idTag is"),
)
ALONE: Ways = (
    ('answer-field:ChangeAvailability[connectorId=2].status="Rejected"', "ChangeAvailability("),
    ("skip:StatusNotification[connectorId=2,status=Unavailable]", _status("Unavailable", 2)),
)
"""The other connectors are out of service."""
RESERVED: Ways = (
    ('answer-field:ReserveNow.status="Rejected"', "ReserveNow("),
    ("skip-status:Reserved", _status("Reserved")),
)
COMPOSITE: Ways = (
    (f'{ANSWER}.status="Rejected"', "GetCompositeSchedule("),
    (f"{ANSWER}.connectorId=2", "connectorId is the one that was asked for"),
    (f'{ANSWER}.scheduleStart="2020-01-01T00:00:00Z"', "scheduleStart is now"),
    (f"{ANSWER}.chargingSchedule.duration=1", "the schedule's duration is what was asked"),
    (f'{ANSWER}.chargingSchedule.chargingRateUnit="W"', "the schedule's chargingRateUnit is"),
)
PROFILE: Ways = (('answer-field:SetChargingProfile.status="Rejected"', "SetChargingProfile("),)

CASES: dict[str, tuple[Ways, ...]] = {
    "008": (BEGUN, WITHOUT_RESERVATION, OVER, BY_CARD),
    "046_1": (ALONE, RESERVED, BEGUN, OVER, BY_CARD),
    "046_2": (RESERVED, REMOTE_START, BEGUN),
    "047": (ALONE, RESERVED, REMOTE_START, BEGUN, WITHOUT_RESERVATION),
    "051": (RESERVED, REMOTE_START, BEGUN, WITHOUT_RESERVATION),
    "052": (RESERVED,),
    "053": (ALONE, RESERVED, BEGUN, OVER, BY_CARD),
    "056": (REMOTE_START, BEGUN, WITHOUT_RESERVATION, ENERGY, OVER),
    "059": (REMOTE_START, BEGUN, WITHOUT_RESERVATION, ENERGY, COMPOSITE),
    "067": (PROFILE, COMPOSITE),
    "072": (COMPOSITE,),
    "058_2": (REMOTE_START, BEGUN, WITHOUT_RESERVATION, ENERGY),
    **dict.fromkeys(
        ("057", "082", "066"),
        (REMOTE_START, BEGUN, WITHOUT_RESERVATION, ENERGY, PROFILE, COMPOSITE),
    ),
}
OF_ANOTHER_LABORATORY: dict[tuple[str, str], tuple[Ways, ...]] = {
    ("049", TWO): (ALONE, RESERVED, REMOTE_START, BEGUN),
}


def _rows() -> Iterator[tuple[str, ...]]:
    for case, groups in CASES.items():
        yield from ((case, *way) for group in groups for way in group)
    for (case, setup), groups in OF_ANOTHER_LABORATORY.items():
        yield from ((case, *way, setup) for group in groups for way in group)


WRONG: list[tuple[str, ...]] = list(_rows())
