"""Brings the station to the security profile that a case needs.

Upwards the way OCPP has for it: what the new profile needs is written and installed, then
SecurityProfile. Downwards nothing leads over OCPP: a person does it, or the virtual bench. It is
preparation: what does not work is asked of a person, and no failure of the station.

Source: OCPP security white paper, A00.FR and A05; station behaviour 14.1, 14.4, 14.7.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rig.clock import DeadlineExceeded
from rig.conformance.evidence import StepFailed, Unprepared
from rig.conformance.security_steps import (
    CENTRAL_SYSTEM_ROOT,
    authority,
    install,
    installed,
    is_listed,
    requested,
)
from rig.conformance.steps import StationCase
from rig.conformance.utilities import wait_registered
from rig.csms.server import WITH_PASSWORD, WITH_STATION_CERTIFICATE
from rig.ocppj.endpoint import Lost, Result

PROFILE, KEY, OPERATOR = "SecurityProfile", "AuthorizationKey", "CpoName"
TAKEN = ("Accepted", "RebootRequired")
WITH_TLS = 2
DONE = ("done",)


async def reach_profile(s: StationCase, profiles: Sequence[int]) -> None:
    """Have the station connected by one of these security profiles.

    Raises:
        Unprepared: there is no listener for one, or the station did not come.
    """
    if not profiles or s.csms.profile in profiles:
        return
    target = _target(s, profiles)
    await wait_registered(s)
    with s.evidence.step(f"from security profile {s.csms.profile} to {target}"):
        await _tell_endpoint(s, target)
        upwards = target > s.csms.profile and await _raise(s, target)
        if not upwards:
            await _by_hand(s, target)


def _target(s: StationCase, profiles: Sequence[int]) -> int:
    declared = s.facts.get("security_profiles")
    known = declared if isinstance(declared, list | tuple | set | frozenset) else ()
    offered = [p for p in profiles if p in s.csms.urls and (not known or p in known)]
    if not offered:
        wanted = " or ".join(map(str, profiles))
        here = " and ".join(map(str, sorted(s.csms.urls)))
        raise Unprepared(
            f"the case needs security profile {wanted}, the bench listens for {here}; "
            "add one that the station has to csms.also"
        )
    return min((p for p in offered if p > s.csms.profile), default=max(offered))


async def _tell_endpoint(s: StationCase, target: int) -> None:
    """The station has to know where the listener of a security profile is."""
    url = s.csms.urls[target]
    if s.bench.virtual is not None:
        await s.bench.virtual.control("connect", url=url, profile=target)
        return
    await s.ask(f"Please tell the station its endpoint of security profile {target}: {url}", DONE)


@contextmanager
def _not_judged(s: StationCase) -> Iterator[None]:
    s.evidence.muted, strayed = True, s.evidence.strayed
    try:
        yield
    finally:
        s.evidence.muted, s.evidence.strayed = False, strayed


async def _raise(s: StationCase, target: int) -> bool:
    """Over OCPP; whether the station took it."""
    with _not_judged(s):
        try:
            await _provide(s, target)
            status = await _write(s, PROFILE, str(target))
            if status not in TAKEN and target == WITH_STATION_CERTIFICATE:
                # It may lack a certificate that this Central System trusts.
                await _certify(s)
                status = await _write(s, PROFILE, str(target))
            if status == "RebootRequired":
                await s.call("Reset", type="Soft")
        except StepFailed:
            return False
        return status in TAKEN and await _has_come(s, target)


async def _provide(s: StationCase, target: int) -> None:
    """Give the station what the new profile needs, as far as it has not got it."""
    if target in WITH_PASSWORD and s.csms.profile not in WITH_PASSWORD:
        await _write(s, KEY, _key(s))
    if target >= WITH_TLS:
        root = authority(s).root.leaf
        listed = await installed(s, CENTRAL_SYSTEM_ROOT, may_be_none=True)
        if is_listed(listed, root) is None:
            await install(s, CENTRAL_SYSTEM_ROOT, root)


async def _certify(s: StationCase) -> None:
    """Have the station ask for a certificate, and sign it."""
    await _write(s, OPERATOR, s.parameters.cpo_name)
    try:
        made = authority(s).sign_request(await requested(s))
    except ValueError as error:
        raise StepFailed(f"the CSR cannot be signed: {error}") from error
    await s.command("CertificateSigned", certificateChain=made.pem)


async def _write(s: StationCase, key: str, value: str) -> str:
    """ChangeConfiguration; a station that has just gone to connect anew is waited for."""
    payload = {"key": key, "value": value}
    outcome = await s.csms.call("ChangeConfiguration", {**payload}, s.parameters.message_timeout)
    if isinstance(outcome, Lost):
        await wait_registered(s)
        outcome = await s.csms.call(
            "ChangeConfiguration", {**payload}, s.parameters.message_timeout
        )  # fmt: skip
    return str(outcome.payload.get("status")) if isinstance(outcome, Result) else ""


def _key(s: StationCase) -> str:
    return (s.csms.password or b"").hex().upper()


async def _by_hand(s: StationCase, target: int) -> None:
    before = s.csms.profile
    await _set_by_hand(s, target)
    if await _has_come(s, target):
        return
    reason = next((r.reason for r in reversed(s.csms.refusals())), "")
    last = f"; the last connection was refused: {reason}" if reason else ""
    await _set_by_hand(s, before)
    raise Unprepared(f"the station has not come with security profile {target}{last}")


async def _set_by_hand(s: StationCase, target: int) -> None:
    await s.csms.turn_to(target)
    if s.bench.virtual is None:
        url = s.csms.urls[target]
        await s.ask(f"Please set the station to security profile {target}, with {url}", DONE)
        return
    if target in WITH_PASSWORD:
        await s.bench.virtual.control("configure", key=KEY, value=_key(s))
    await s.bench.virtual.control("configure", key=PROFILE, value=str(target))
    await s.csms.drop()


async def _has_come(s: StationCase, target: int) -> bool:
    timeout_s = s.parameters.long_operation_timeout
    try:
        async with s.clock.deadline(timeout_s, f"security profile {target}"):
            await s.csms.wait_profile(target)
    except DeadlineExceeded:
        await s.bench.prove()
        return False
    return True
