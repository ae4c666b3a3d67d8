"""M4: payloads keep the schema, errors are named as the standard names them.

Source: OCPP 1.6 JSON schemas with errata v4.0; OCPP-J 1.6, 4.2.3.
"""

from __future__ import annotations

from collections.abc import Iterator

from rig.conformance.catalogue import Role
from rig.conformance.exchanges import Exchange
from rig.conformance.rules.frames import right_spelling
from rig.conformance.rules.log import Log
from rig.conformance.rules.registry import BOTH, Hit, Severity, hit, rule
from rig.ocppj.endpoint import ERROR_CODES
from rig.ocppj.frames import ErrorCode
from rig.ocppj.schemas import KNOWN_ACTIONS, Problem, request_problems, response_problems
from rig.ocppj.wirelog import WireEntry

MISSING = {"ProtocolError", "OccurenceConstraintViolation", "FormationViolation"}
EXTRA = {"FormationViolation", "OccurenceConstraintViolation"}
BAD_VALUE = {"PropertyConstraintViolation", "TypeConstraintViolation", "FormationViolation"}
FITTING: dict[str, set[str]] = {
    ErrorCode.PROTOCOL_ERROR: MISSING,
    ErrorCode.FORMATION_VIOLATION: EXTRA,
    ErrorCode.PROPERTY_CONSTRAINT_VIOLATION: BAD_VALUE,
    ErrorCode.TYPE_CONSTRAINT_VIOLATION: BAD_VALUE,
    ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION: MISSING | EXTRA,
}
"""Codes that fit a violation of the schema, by the code that names it best."""

ABOUT_STRUCTURE = {
    "ProtocolError", "FormationViolation", "OccurenceConstraintViolation",
    "TypeConstraintViolation",
}  # fmt: skip
NOT_HERE = {"NotSupported", "NotImplemented"}
PROFILE_OF = {
    "GetLocalListVersion": "LocalAuthListManagement",
    "SendLocalList": "LocalAuthListManagement",
    "ReserveNow": "Reservation",
    "CancelReservation": "Reservation",
    "SetChargingProfile": "SmartCharging",
    "ClearChargingProfile": "SmartCharging",
    "GetCompositeSchedule": "SmartCharging",
    "TriggerMessage": "RemoteTrigger",
    "UpdateFirmware": "FirmwareManagement",
    "GetDiagnostics": "FirmwareManagement",
}
SECURITY = frozenset({
    "CertificateSigned", "DeleteCertificate", "ExtendedTriggerMessage",
    "GetInstalledCertificateIds",
    "GetLog", "InstallCertificate", "SignedUpdateFirmware",
})  # fmt: skip
CORE_OF_CSMS = frozenset({
    "Authorize", "BootNotification", "Heartbeat", "MeterValues", "StartTransaction",
    "StatusNotification", "StopTransaction",
})  # fmt: skip


def _problems(log: Log) -> Iterator[tuple[str, tuple[Problem, ...], WireEntry]]:
    for x in log.incoming:
        if x.name in KNOWN_ACTIONS and (found := request_problems(x.name, x.req)):
            yield f"{x.name}.req", found, x.call
    for x in log.outgoing:
        if x.answer is None or not x.has_result or x.name not in KNOWN_ACTIONS:
            continue
        if found := response_problems(x.name, x.conf):
            yield f"{x.name}.conf", found, x.answer


@rule("M4.1", roles=BOTH)
def payloads_keep_the_schema(log: Log) -> Iterator[Hit]:
    """Every CALL and CALLRESULT validates against the schema of its action.

    Looks at: payloads, without the lengths of texts, which are M4.5.
    """
    for x in log.incoming:
        if x.name not in KNOWN_ACTIONS and right_spelling(x) is None:
            yield hit(f"OCPP 1.6 has no action {x.name}", x.call)
    for what, problems, entry in _problems(log):
        if other := [p for p in problems if not p.is_length]:
            yield hit(f"{what}: " + "; ".join(map(str, other)), entry)


@rule("M4.2", roles=BOTH)
def error_codes_are_known(log: Log) -> Iterator[Hit]:
    """The code of a CALLERROR is one of the ten of OCPP-J 1.6.

    Looks at: every CALLERROR.
    """
    for x in log.outgoing:
        if x.answer is not None and x.error is not None and x.error.code not in ERROR_CODES:
            yield hit(f"OCPP-J 1.6 has no error code {x.error.code!r}", x.answer)


@rule("M4.3", "warn", roles=BOTH)
def error_codes_fit_the_cause(log: Log) -> Iterator[Hit]:
    """The code of a CALLERROR fits what is wrong with the CALL.

    Looks at: CALLERRORs to CALLs of the tool, beside the schema of those.
    """
    for x in log.outgoing:
        if x.answer is None or x.error is None or x.error.code not in ERROR_CODES:
            continue
        code = x.error.code
        if x.name not in KNOWN_ACTIONS:
            if code not in NOT_HERE:
                yield hit(f"{code} for an unknown action, not NotImplemented", x.call, x.answer)
            continue
        problems = request_problems(x.name, x.req)
        if problems and not any(code in FITTING[p.code] for p in problems):
            detail = f"{code} for {x.name}, which is wrong in: {problems[0]}"
            yield hit(detail, x.call, x.answer)
        elif not problems and code in ABOUT_STRUCTURE and not _is_too_many_keys(x):
            yield hit(f"{code} for a {x.name} that keeps the schema", x.call, x.answer)


def _is_too_many_keys(x: Exchange) -> bool:
    return x.name == "GetConfiguration" and x.error is not None and (
        x.error.code == ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION
    )  # fmt: skip


@rule("M4.4", roles=BOTH)
def a_refusal_is_a_result(log: Log) -> Iterator[Hit]:
    """An undesired but regular outcome is a CALLRESULT with its status, no CALLERROR.

    What errata and published test cases name as exceptions is legal, or a warning. A station
    without reservations may say NotSupported by the standard; the reference tool wants a status.

    Looks at: CALLERRORs to CALLs of the tool that keep the schema.
    """
    for x in log.outgoing:
        error = x.error
        if x.answer is None or error is None or error.code not in ERROR_CODES:
            continue
        if x.name not in KNOWN_ACTIONS or request_problems(x.name, x.req):
            continue
        verdict = (_of_csms if log.scope.role is Role.CSMS else _of_station)(log, x, error.code)
        if verdict is not None:
            detail = f"{x.name} is answered with CALLERROR {error.code}"
            yield hit(detail, x.call, x.answer, severity=verdict)


def _of_csms(log: Log, x: Exchange, code: str) -> Severity | None:
    if code == ErrorCode.SECURITY_ERROR and log.history.registration.at(x.seq) != "Accepted":
        return None
    if code in NOT_HERE and x.name not in CORE_OF_CSMS:
        return None
    return "fail"


def _of_station(log: Log, x: Exchange, code: str) -> Severity | None:
    boots_later = any(
        b.call.connection == x.call.connection and b.end_seq > x.seq for b in log.history.boots
    )
    registered = log.history.registration.at(x.seq) == "Accepted" and not boots_later
    if code == ErrorCode.SECURITY_ERROR and not registered:
        return None
    connector = x.req.get("connectorId")
    unknown = isinstance(connector, int) and 0 < log.scope.connectors < connector
    if x.name == "TriggerMessage" and unknown:
        return "warn"  # the published case takes any code
    profile = PROFILE_OF.get(x.name)
    if code in NOT_HERE:
        if x.name in SECURITY or x.name == "UpdateFirmware":
            return None  # firmware that has to be signed is not updated without signature
        if profile is not None and log.history.has_profile(profile, x.seq) is not True:
            return _without_profile(log, profile)
        return "fail"
    if code == ErrorCode.PROPERTY_CONSTRAINT_VIOLATION:
        if x.name in ("SetChargingProfile", "GetCompositeSchedule"):
            return None if _is_named_by_errata(log, x) else "warn"
        if x.name in ("ChangeConfiguration", "TriggerMessage", "RemoteStartTransaction"):
            return "warn"
    if x.name == "GetConfiguration" and _is_too_many_keys(x):
        return None
    return "fail"


def _without_profile(log: Log, profile: str) -> Severity | None:
    """Published test cases want the status that the messages of two profiles have."""
    if profile == "LocalAuthListManagement":
        return "warn"
    return "warn" if profile == "Reservation" and log.scope.octt else None


def _is_named_by_errata(log: Log, x: Exchange) -> bool:
    connector = x.req.get("connectorId")
    known = log.scope.connectors
    profile = x.req.get("csChargingProfiles")
    schedule = profile.get("chargingSchedule") if isinstance(profile, dict) else x.req
    asked = schedule.get("chargingRateUnit") if isinstance(schedule, dict) else None
    units = log.history.items("ChargingScheduleAllowedChargingRateUnit", x.seq)
    wrong_unit = units is not None and {"A": "Current", "W": "Power"}.get(str(asked)) not in units
    return wrong_unit or (isinstance(connector, int) and 0 < known < connector)


@rule("M4.5", roles=BOTH)
def texts_keep_their_length(log: Log) -> Iterator[Hit]:
    """No text is longer than its type permits.

    Looks at: texts in payloads.
    """
    for what, problems, entry in _problems(log):
        if long := [p for p in problems if p.is_length]:
            yield hit(f"{what}: " + "; ".join(map(str, long)), entry)


@rule("M4.6")
def a_refused_call_does_no_harm(log: Log) -> Iterator[Hit]:
    """A station whose CALL is answered with CALLERROR stays in working order.

    Looks at: whether it hangs up or boots within the tolerance after a CALLERROR of the tool.
    """
    for x in log.incoming:
        if x.answer is None or x.error is None or x.name == "BootNotification":
            continue
        until_s = x.answer.t_s + log.scope.tolerance_s
        if any(x.answer.t_s - log.scope.message_timeout_s <= r.ended_s <= until_s
               for r in log.history.resets):  # fmt: skip
            continue
        for span in log.spans:
            closed = span.closed
            if (
                span.connection == x.call.connection
                and closed is not None
                and closed.detail.get("by") == "peer"
                and x.answer.t_s <= closed.t_s <= until_s
                and not log.powered_off(x.answer.seq - 1, closed.seq)
            ):
                yield hit(f"hangs up after {x.name} was refused", x.answer, closed)
        for boot in log.history.boots:
            if x.answer.seq < boot.seq and boot.t_s <= until_s and boot.seq not in (
                log.history.triggered
            ):  # fmt: skip
                yield hit(f"boots after {x.name} was refused", x.answer, boot.call)
