"""The two utility scripts of chapter 7: 000_RESET before every station case, 000_STOPTX.

Source: test procedure 7.2.2 and 7.3; steps from the conformance reference.
"""

from __future__ import annotations

from collections.abc import Mapping

from rig.clock import DeadlineExceeded
from rig.conformance.evidence import StepFailed
from rig.conformance.inbox import Expectation
from rig.conformance.states import reported, write_key
from rig.conformance.status_rules import STATUSES
from rig.conformance.steps import StationCase
from rig.ocppj.endpoint import ERROR_CODES

RESET_SETTINGS = (
    ("MeterValueSampleInterval", "0"),
    ("ClockAlignedDataInterval", "0"),
    ("LocalPreAuthorize", "false"),
)
NO_DELAY = "MinimumStatusDuration"
"""0 where the key exists; not written otherwise: the laboratory receives the station with it."""


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
                await _first_word(s)
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


async def _first_word(s: StationCase) -> None:
    """A station that has just connected may have booted: then it says so, and at once."""
    connection, position = s.csms.connection, len(s.csms.log.entries)
    for entry in reversed(s.csms.log.entries):
        if entry.connection == connection and entry.direction == "in":
            return
        if entry.connection == connection and entry.what == "connect":
            break
    try:
        async with s.clock.deadline(s.parameters.max_time_deviation, "first word"):
            await s.csms.log.grow(position)
    except DeadlineExceeded:
        pass  # a plain reconnect


async def lab_at_rest(s: StationCase) -> None:
    """Mains and network are there again, whatever a case that was broken off has left."""
    if not s.bench.mains.is_on:
        with s.evidence.step("mains on"):
            await s.bench.mains.on()
    if not s.bench.network.is_on:
        with s.evidence.step("network up"):
            await s.bench.network.on()
    s.csms.restore()


async def reset(s: StationCase) -> None:
    """000_RESET: put the station into the common start state.

    Raises:
        StepFailed: it cannot be reached; the next case must not start.
    """
    await lab_at_rest(s)
    await wait_registered(s)
    await reported(s)
    if s.csms.station.transactions:
        await stop_transactions(s)
    await take_cables_out(s)
    for key, value in RESET_SETTINGS:
        await _write(s, key, value)
    if await s.read_key(NO_DELAY) not in (None, "0"):
        await _write(s, NO_DELAY, "0")
    await s.command("ChangeAvailability", connectorId=0, type="Operative")
    if await s.read_key("AuthorizationCacheEnabled") is not None:
        await s.command("ClearCache")
    if await s.read_key("LocalAuthListEnabled") is not None:
        await s.command("SendLocalList", updateType="Full", listVersion=1)
    if await s.read_key("MaxChargingProfilesInstalled") is not None:
        await s.command("ClearChargingProfile", "Accepted", "Unknown")
    if s.facts.get("profile_reservation"):
        await cancel_reservations(s)
    if s.edition.hard_reset_between:
        await _restart(s)
    await _all_available(s)


async def _write(s: StationCase, key: str, value: str) -> None:
    answer = await write_key(s, key, value)
    if not s.check(
        f"ChangeConfiguration(key {key}, value {value}) is answered Accepted",
        answer == "Accepted",
        "000_RESET, steps 3 to 5",
        expected="Accepted",
        seen=answer,
    ):
        raise StepFailed(f"{key} = {value}: the station answered {answer}")


async def cancel_reservations(s: StationCase) -> None:
    """Cancel what may be left; a reservation that has ended by itself is Rejected."""
    while s.reservations:
        number = s.reservations.pop()
        await s.command("CancelReservation", "Accepted", "Rejected", reservationId=number)


async def _all_available(s: StationCase) -> None:
    seen = await statuses_in_the_end(s)
    if not _is_at_rest(seen) and s.facts.get("profile_remote_trigger"):
        await _ask_for_statuses(s)
        seen = await statuses_in_the_end(s)
    if not _is_at_rest(seen):
        # Accepted before we listened, or in a state from which only a restart leads out.
        await _restart(s)
        seen = await statuses_in_the_end(s)
    if not s.check(
        "connector 0 and every connector is Available",
        _is_at_rest(seen),
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


def _is_at_rest(statuses: Mapping[int, str]) -> bool:
    return set(statuses.values()) == {"Available"}


async def _ask_for_statuses(s: StationCase) -> None:
    """Step 15: have the station say how it is. Optional: refusing is no failure."""
    conf = await s.call(
        "TriggerMessage", error_ok=tuple(ERROR_CODES), requestedMessage="StatusNotification"
    )
    if conf.get("status") == "Accepted":
        group = [
            s.status_of(*STATUSES, connector_id=n, optional=True) for n in range(s.connectors + 1)
        ]
        await s.expect_all(*group, patient=True)


async def _restart(s: StationCase) -> None:
    await s.command("Reset", type="Hard")
    boot = await s.expect("BootNotification", within=s.parameters.long_operation_timeout)
    await s.answered(boot)  # from then on every connector reports anew


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
    if not _is_at_rest(await statuses_in_the_end(s)):
        await _restart(s)
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
        finishing = s.status_of("Finishing", connector_id=transaction.connector_id, optional=True)
        await s.expect_all(stop, finishing, patient=True)
    await take_cables_out(s)


async def take_cables_out(s: StationCase) -> None:
    """Unplug everywhere; a plug that the station has kept is asked for."""
    with s.evidence.step("every cable out"):
        for plug in s.bench.plugs.values():
            if not plug.is_manual and (await plug.read()).plug_locked:
                await s.call("UnlockConnector", connectorId=plug.connector_id)
            await plug.unplug()
