"""The two utility scripts of chapter 7: 000_RESET before every station case, 000_STOPTX.

Source: test procedure 7.2.2 and 7.3; steps from the conformance reference.
"""

from __future__ import annotations

from rig.clock import DeadlineExceeded
from rig.conformance.evidence import StepFailed
from rig.conformance.inbox import Expectation
from rig.conformance.steps import StationCase

RESET_SETTINGS = (
    ("MeterValueSampleInterval", "0"),
    ("ClockAlignedDataInterval", "0"),
    ("LocalPreAuthorize", "false"),
)


async def wait_registered(s: StationCase) -> None:
    """Wait until the station is connected and accepted.

    Raises:
        StepFailed: it is not, within the time for long operations.
    """
    timeout_s = s.parameters.long_operation_timeout
    with s.evidence.step("wait until the station is connected and accepted"):
        try:
            async with s.clock.deadline(timeout_s, "registration"):
                await s.csms.wait_registered()
        except DeadlineExceeded as late:
            await s.bench.prove()
            s.check(
                "the station is connected and accepted",
                False,
                "000_RESET, step 1",
                expected=f"within {timeout_s:g} s",
                seen=s.csms.station.registration or "never connected",
            )
            raise StepFailed("the station is not connected and accepted") from late


async def reset(s: StationCase) -> None:
    """000_RESET: put the station into the common start state.

    Raises:
        StepFailed: it cannot be reached; the next case must not start.
    """
    await wait_registered(s)
    await take_cables_out(s)
    if s.csms.station.transactions:
        await stop_transactions(s)
    for key, value in RESET_SETTINGS:
        await s.command("ChangeConfiguration", key=key, value=value)
    await s.command("ChangeAvailability", connectorId=0, type="Operative")
    if await s.read_key("AuthorizationCacheEnabled") is not None:
        await s.command("ClearCache")
    if await s.read_key("LocalAuthListEnabled") is not None:
        await s.command("SendLocalList", updateType="Full", listVersion=1)
    if await s.read_key("MaxChargingProfilesInstalled") is not None:
        await s.command("ClearChargingProfile", "Accepted", "Unknown")
    await _all_available(s)


async def _all_available(s: StationCase) -> None:
    numbers = range(s.connectors + 1)
    if any(n not in s.csms.station.statuses for n in numbers):
        # The station was accepted before we listened and has not reported since.
        await s.command("Reset", type="Soft")
        await s.expect("BootNotification", within=s.parameters.long_operation_timeout)
    seen = await statuses_in_the_end(s)
    if not s.check(
        "connector 0 and every connector is Available",
        set(seen.values()) == {"Available"},
        "000_RESET, step 16",
        expected="Available",
        seen=", ".join(f"{n}: {status}" for n, status in seen.items()),
    ):
        raise StepFailed("a connector is not Available")
    s.check(
        "no transaction is open",
        not s.csms.station.transactions,
        "000_RESET, step 16",
        expected="none",
        seen=", ".join(map(str, s.csms.station.transactions)) or "none",
    )


async def statuses_in_the_end(s: StationCase, *, within: float | None = None) -> dict[int, str]:
    """Wait for every connector to be Available; returns what each one has reported in the end.

    Args:
        s: the case.
        within: lab seconds, `message_timeout` when absent.
    """
    numbers = range(s.connectors + 1)
    with s.evidence.step("wait until connector 0 and every connector is Available"):
        deadline = s.clock.now() + (s.parameters.message_timeout if within is None else within)
        while True:
            position = len(s.csms.log.entries)
            statuses = s.csms.station.statuses
            if all(statuses.get(n) == "Available" for n in numbers):
                break
            try:
                async with s.clock.deadline(deadline - s.clock.now(), "statuses"):
                    await s.csms.log.grow(position)
            except DeadlineExceeded:
                break
    return {n: s.csms.station.statuses.get(n, "not reported") for n in numbers}


async def settle(s: StationCase) -> None:
    """After a case that failed: a hard reset, if the station does not come to rest by itself.

    Else one misbehaviour would fail every later case in its 000_RESET.

    Raises:
        StepFailed: the station does not answer.
    """
    if set((await statuses_in_the_end(s)).values()) == {"Available"}:
        return
    await s.call("Reset", type="Hard")
    await s.expect("BootNotification", within=s.parameters.long_operation_timeout)
    await statuses_in_the_end(s)


async def stop_transactions(s: StationCase) -> None:
    """000_STOPTX: end whatever transaction is still open, then take the cable out."""
    for transaction in tuple(s.csms.station.transactions.values()):
        number = transaction.transaction_id
        conf = await s.call("RemoteStopTransaction", transactionId=number)
        if conf.get("status") != "Accepted":
            # The station has lost it: nothing will ever stop it.
            s.csms.station.transactions.pop(number, None)
            s.check(
                f"RemoteStopTransaction({number}) is Accepted",
                False,
                "000_STOPTX, step 2",
                expected="Accepted",
                seen=conf.get("status"),
                severity="warn",
            )
            continue
        stop = Expectation("StopTransaction", {"transactionId": number})
        await s.expect_all(stop)
    await take_cables_out(s)


async def take_cables_out(s: StationCase) -> None:
    """Unplug everywhere; a plug that the station has kept is asked for."""
    for plug in s.bench.plugs.values():
        if not plug.is_manual and (await plug.read()).plug_locked:
            await s.call("UnlockConnector", connectorId=plug.connector_id)
        await plug.unplug()
