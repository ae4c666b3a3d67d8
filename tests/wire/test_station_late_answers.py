"""An answer that is late on purpose: what follows from the command is later still."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.virtual_station import GOOD, Site, at_a_site

PERIOD = {"startPeriod": 0, "limit": 0}
PROFILE = {
    "chargingProfileId": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxProfile",
    "chargingProfileKind": "Relative",
    "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [PERIOD]},
}


@pytest.mark.parametrize(
    ("action", "payload", "follows"),
    [
        ("UnlockConnector", {"connectorId": 1}, "StopTransaction"),
        ("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": PROFILE},
         "StatusNotification"),
        ("RemoteStopTransaction", {"transactionId": 1}, "StopTransaction"),
        ("RemoteStartTransaction", {"connectorId": 2, "idTag": GOOD}, "StatusNotification"),
        ("ChangeAvailability", {"connectorId": 2, "type": "Inoperative"}, "StatusNotification"),
        ("TriggerMessage", {"requestedMessage": "Heartbeat"}, "Heartbeat"),
        ("Reset", {"type": "Soft"}, "StopTransaction"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_nothing_leaves_before_a_late_answer(
    action: str, payload: dict[str, Any], follows: str
) -> None:
    @at_a_site()
    async def run(here: Site) -> None:
        await here.charge()
        here.control.defect(f"answer-late:{action}=5", True)
        here.csms.said.clear()
        began = asyncio.get_running_loop().time()
        answer = await here.csms.call(action, payload)
        assert answer is not None
        assert answer[0] == 3
        assert asyncio.get_running_loop().time() - began == pytest.approx(5, abs=0.1)
        await asyncio.sleep(3)
        assert here.said(follows)
        assert all(said.at - began > 4.9 for said in here.csms.said)

    run()
