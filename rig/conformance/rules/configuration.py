"""M10: configuration keys.

Source: OCPP 1.6, 5.3, 5.8, 9; security white paper for AuthorizationKey.
"""

from __future__ import annotations

from collections.abc import Iterator

from rig.conformance.catalogue import Role
from rig.conformance.exchanges import Exchange
from rig.conformance.required_keys import REQUIRED, RW, R
from rig.conformance.rules.fields import objects
from rig.conformance.rules.log import Log
from rig.conformance.rules.registry import Hit, hit, rule
from rig.ocppj.frames import ErrorCode

SECRET = "AuthorizationKey"  # noqa: S105  # name of the key
BOOLEANS = frozenset({
    "AllowOfflineTxForUnknownId", "AuthorizationCacheEnabled", "AuthorizeRemoteTxRequests",
    "LocalAuthListEnabled", "LocalAuthorizeOffline", "LocalPreAuthorize",
    "StopTransactionOnEVSideDisconnect", "StopTransactionOnInvalidId",
    "UnlockConnectorOnEVSideDisconnect",
})  # fmt: skip
NOT_NEGATIVE = frozenset({
    "ClockAlignedDataInterval", "ConnectionTimeOut", "HeartbeatInterval",
    "MeterValueSampleInterval",
    "MinimumStatusDuration", "ResetRetries", "TransactionMessageAttempts",
    "TransactionMessageRetryInterval", "WebSocketPingInterval",
})  # fmt: skip
LISTS = frozenset({
    "ChargingScheduleAllowedChargingRateUnit", "ConnectorPhaseRotation", "MeterValuesAlignedData",
    "MeterValuesSampledData", "StopTxnAlignedData", "StopTxnSampledData",
    "SupportedFeatureProfiles",
    "SupportedFileTransferProtocols",
})  # fmt: skip
CHANGES_BY_ITSELF = frozenset({"heartbeatinterval", "authorizationkey", "securityprofile"})
"""HeartbeatInterval is overwritten by each registration, SecurityProfile when it is put to use."""

STANDARD = {key.casefold(): key for keys in REQUIRED.values() for key in keys} | {
    key.casefold(): key for key in (*BOOLEANS, *NOT_NEGATIVE, *LISTS, SECRET)
}
WORDS = {"true", "false"}


def _entries(x: Exchange) -> list[dict[str, object]]:
    return [dict(e) for e in objects(x.conf.get("configurationKey"))]


def _fold(key: object) -> str:
    return str(key).casefold()


@rule("M10.1")
def keys_are_answered_once(log: Log) -> Iterator[Hit]:
    """GetConfiguration answers each key that was asked for once, known or unknown, and no other.

    Without keys it answers all. Names have the spelling of the standard.

    Looks at: keys in question and answer.
    """
    for x in log.told("GetConfiguration"):
        if not x.has_result or x.answer is None:
            continue
        asked = x.req.get("key")
        unknown = x.conf.get("unknownKey")
        names = [str(e.get("key")) for e in _entries(x)]
        listed = [*names, *(str(k) for k in (unknown if isinstance(unknown, list) else []))]
        for name in names:
            right = STANDARD.get(name.casefold(), name)
            if name != right:
                yield hit(f"{right} is spelled {name}", x.answer)
        folded = [name.casefold() for name in listed]
        for name in sorted({n for n in folded if folded.count(n) > 1}) if len(folded) < 99 else []:
            yield hit(f"{name} is answered {folded.count(name)} times", x.call, x.answer)
        if not isinstance(asked, list) or not asked:
            continue
        wanted = {_fold(key) for key in asked}
        if missing := sorted(wanted - set(folded)):
            yield hit(f"no answer for {', '.join(missing)}", x.call, x.answer)
        if extra := sorted(set(folded) - wanted):
            shown = ", ".join(extra[:3]) + (" ..." if len(extra) > 3 else "")
            yield hit(f"answers {shown}, which nobody asked for", x.call, x.answer)


@rule("M10.2")
def changes_are_answered_and_applied(log: Log) -> Iterator[Hit]:
    """A change of an unknown key is NotSupported, of a read-only one Rejected.

    One that is Accepted is read back equal.

    Looks at: ChangeConfiguration beside what was read of the key before and after.
    """
    for x in log.told("ChangeConfiguration"):
        key = str(x.req.get("key"))
        if x.answer is None or not x.has_result:
            continue
        if log.history.lacks(key, x.seq) and _fold(key) != _fold(SECRET):
            if x.status != "NotSupported":
                yield hit(f"{key}, which it does not know, is {x.status}", x.call, x.answer)
        elif log.history.value(key, x.seq) is not None:
            if x.status == "NotSupported":
                yield hit(f"{key}, which it knows, is NotSupported", x.call, x.answer)
            elif log.history.readonly.get(_fold(key)) and x.is_accepted:
                yield hit(f"{key}, which is read-only, is Accepted", x.call, x.answer)
    for written, read, value, booted in _read_back(log):
        if not booted:
            detail = f"{written.req.get('key')} = {written.req.get('value')} reads {value}"
            yield hit(detail, *((written.answer,) if written.answer else ()), read)


def _read_back(log: Log) -> Iterator[tuple[Exchange, int, str, bool]]:
    """Keys that do not read what was written: the change, place and value, a boot between."""
    written: dict[str, Exchange] = {}
    for x in log.told("ChangeConfiguration", "GetConfiguration"):
        if x.name == "ChangeConfiguration":
            key = _fold(x.req.get("key"))
            if x.is_accepted and key not in CHANGES_BY_ITSELF:
                written[key] = x
            elif x.status == "RebootRequired" or x.answer is None:
                written.pop(key, None)
            continue
        for entry in _entries(x):
            key, value = _fold(entry.get("key")), str(entry.get("value", ""))
            change = written.get(key)
            if change is None or _same(value, str(change.req.get("value"))):
                continue
            booted = any(change.end_seq < b.seq < x.seq for b in log.history.boots)
            yield change, x.end_seq, value, booted
            del written[key]


def _same(one: str, other: str) -> bool:
    a, b = ([i.strip() for i in text.split(",")] for text in (one, other))
    same_number = _number(one) is not None and _number(one) == _number(other)
    return a == b or one.casefold() == other.casefold() or same_number


def _number(text: str) -> int | None:
    return int(text) if text.strip().lstrip("-").isdigit() else None


@rule("M10.3")
def required_keys_exist(log: Log) -> Iterator[Hit]:
    """The keys that Core and each supported profile require exist, with the permitted access.

    Looks at: answers to GetConfiguration for all keys, and readonly flags.
    """
    for x in log.told("GetConfiguration"):
        if x.answer is None or not x.has_result:
            continue
        access = {str(e.get("key")): e.get("readonly") is True for e in _entries(x)}
        profiles = log.history.items("SupportedFeatureProfiles", x.end_seq + 1)
        for profile in ("Core", *(p for p in profiles or [] if p != "Core")):
            for key, wanted in REQUIRED.get(profile, {}).items():
                if key not in access:
                    # How many keys fit one answer is the station's own business.
                    complete = not x.req.get("key") and len(access) > 1
                    if complete and not _is_cut(log, access):
                        yield hit(f"{key} is missing", x.answer)
                elif (wanted == R and not access[key]) or (wanted == RW and access[key]):
                    has = "read-only" if access[key] else "writable"
                    yield hit(f"{key} is {has}", x.answer)


def _is_cut(log: Log, access: dict[str, bool]) -> bool:
    most = log.history.number("GetConfigurationMaxKeys", log.end_seq)
    return most is not None and len(access) >= most


@rule("M10.4")
def nonsense_is_rejected(log: Log) -> Iterator[Hit]:
    """A negative interval, or a word that is no boolean for a boolean key, is Rejected.

    CALLERROR PropertyConstraintViolation instead is a warning.

    Looks at: ChangeConfiguration with such values.
    """
    negative = {key.casefold() for key in NOT_NEGATIVE}
    boolean = {key.casefold() for key in BOOLEANS}
    for x in log.told("ChangeConfiguration"):
        key, value = _fold(x.req.get("key")), str(x.req.get("value")).strip()
        number = _number(value)
        bad = (key in negative and number is not None and number < 0) or (
            key in boolean and value.casefold() not in WORDS
        )
        if not bad or x.answer is None or log.history.lacks(key, x.seq):
            continue
        if x.error is not None:
            tolerated = x.error.code == ErrorCode.PROPERTY_CONSTRAINT_VIOLATION
            yield hit(f"{x.req.get('key')} = {value}: CALLERROR {x.error.code}", x.call, x.answer,
                      severity="warn" if tolerated else None)  # fmt: skip
        elif x.status not in ("Rejected", "NotSupported"):
            yield hit(f"{x.req.get('key')} = {value} is {x.status}", x.call, x.answer)


@rule("M10.5")
def the_authorization_key_stays_secret(log: Log) -> Iterator[Hit]:
    """AuthorizationKey is never returned in clear.

    Looks at: its value in answers to GetConfiguration, beside the keys that were in use.
    """
    known = {p.casefold() for p in log.scope.passwords}
    known |= {
        _fold(x.req.get("value")) for x in log.told("ChangeConfiguration")
        if _fold(x.req.get("key")) == _fold(SECRET)
    }  # fmt: skip
    for x in log.told("GetConfiguration"):
        for entry in _entries(x):
            if (
                _fold(entry.get("key")) == _fold(SECRET)
                and _fold(entry.get("value", "")) in known
                and x.answer is not None
            ):
                yield hit("AuthorizationKey is shown", x.call, x.answer)


@rule("M10.6", "warn")
def lists_have_no_blanks(log: Log) -> Iterator[Hit]:
    """Items of a list are separated by commas without blanks.

    Looks at: values of keys that hold a list.
    """
    folded = {key.casefold() for key in LISTS}
    for x in log.told("GetConfiguration"):
        for entry in _entries(x):
            value = str(entry.get("value", ""))
            blanks = ", " in value or " ," in value
            # A list that the tool has written with blanks comes back with them.
            if _fold(entry.get("key")) in folded and blanks and x.answer is not None:
                yield hit(f"{entry.get('key')} reads {value!r}", x.answer)


@rule("M10.7", roles=(Role.CSMS,))
def not_more_keys_than_permitted(log: Log) -> Iterator[Hit]:
    """One request asks for no more keys than GetConfigurationMaxKeys, once that is known.

    Looks at: number of keys in GetConfiguration.
    """
    for x in log.told("GetConfiguration"):
        asked = x.req.get("key")
        most = log.history.number("GetConfigurationMaxKeys", x.seq)
        if isinstance(asked, list) and most is not None and len(asked) > most:
            yield hit(f"asks for {len(asked)} keys, at most {most}", x.call)


@rule("M10.8")
def configuration_survives_a_boot(log: Log) -> Iterator[Hit]:
    """What was written is still there after a reboot.

    Looks at: keys that were written before a boot and read after it.
    """
    for written, read, value, booted in _read_back(log):
        if booted:
            detail = f"{written.req.get('key')} = {written.req.get('value')} reads {value} after"
            yield hit(f"{detail} a boot", written.end_seq, read)
