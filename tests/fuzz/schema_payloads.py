"""Payloads from the JSON schemas of OCPP 1.6: valid ones, and such as are wrong in one place."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from hypothesis import strategies as st

from firmware_mocks.charging_station.configuration import keys_of
from firmware_mocks.charging_station.persona import Persona
from rig.ocppj.schemas import FROM_CENTRAL_SYSTEM

Node = dict[str, Any]

KEYS = [key.name for key in keys_of(Persona(security_extension=True))]
MOMENTS = [
    "2026-09-21T15:00:00Z",
    "2026-09-21T15:10:00.123Z",
    "2026-09-21T16:00:00+01:00",
    "2026-09-22T00:00:00",
    "1970-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00+14:00",
    "2026-09-21",
    "soon",
    "",
    "2026-13-45T99:00:00Z",
    "20260921T150000Z",
]
"""The schemas say date-time; text that is none is valid for those who do not look at formats."""
WORDS: dict[str, list[str]] = {
    "key": [*KEYS, "Unknown", "heartbeatINTERVAL", ""],
    "value": [
        "true",
        "FALSE",
        "0",
        "1",
        "2",
        "-1",
        "60",
        "007",
        "1.0",
        " 1",
        "2147483648",
        "",
        "yes",
        "x" * 500,
        "Voltage,Current.Import",
        "Energy.Active.Import.Register",
        "SoC",
        ",,,",
        "1.RST",
        "9.RST",
        "00" * 16,
        "٣",
        "é" * 64,
    ],
    "idTag": [
        "04A1B2C3D4E5F6",
        "04a1b2c3d4e5f6",
        "04F12E4D000001",
        "04BADBADBADBAD",
        "",
        "é",
        "FAMILY",
    ],
    "parentIdTag": ["FAMILY", "family", "OTHER", ""],
    "vendorId": ["RigVendor", "", "x" * 255],
    "location": ["ftp://127.0.0.1/", "", "file:///etc/passwd"],
}
INTEGERS = [0, 1, 2, 3, 4, -1, 5, 60, 86_400, 2**31 - 1, 2**31, -(2**31), 10**18]
JUNK: list[Any] = [
    None,
    True,
    -1,
    1.5,
    2**70,
    1e6,
    "",
    "x" * 600,
    "\ud83d\ude00",
    "\x00",
    [],
    {},
    [[]],
    {"a": 1},
    [None],
]


@cache
def schema(name: str) -> Node:
    """A schema as the `ocpp` package has it."""
    text = (files("ocpp") / "v16" / "schemas" / f"{name}.json").read_text(encoding="utf-8-sig")
    loaded: Node = json.loads(text)
    return loaded


def values(node: Node, name: str = "") -> st.SearchStrategy[Any]:
    """What a schema permits."""
    if "enum" in node:
        return st.sampled_from(node["enum"])
    match node.get("type"):
        case "object":
            rules, required = node.get("properties", {}), set(node.get("required", ()))
            parts = {key: values(rule, key) for key, rule in rules.items()}
            return st.fixed_dictionaries(
                {key: part for key, part in parts.items() if key in required},
                optional={key: part for key, part in parts.items() if key not in required},
            )
        case "array":
            return st.lists(
                values(node["items"], name), min_size=node.get("minItems", 0), max_size=4
            )
        case "integer":
            return _integers(name)
        case "number":
            return st.sampled_from([0.0, 5.9, 6.0, 10.0, 16.1, 32.0, -0.1, 1e9, 11_000.0])
        case "boolean":
            return st.booleans()
        case _:
            return _texts(node, name)


def _integers(name: str) -> st.SearchStrategy[int]:
    if name == "connectorId":
        return st.sampled_from([1, 2, 1, 2, 0, 3, -1, 2**31])
    return st.sampled_from(INTEGERS)


def _texts(node: Node, name: str) -> st.SearchStrategy[str]:
    longest = node.get("maxLength", 40)
    if node.get("format") == "date-time":
        return st.sampled_from(MOMENTS)
    known = [word for word in WORDS.get(name, []) if len(word) <= longest]
    anything = st.text(max_size=min(longest, 40))
    return st.one_of(st.sampled_from(known), anything) if known else anything


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield (*path, key)
            yield from _places(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield (*path, index)
            yield from _places(child, (*path, index))


def _within(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


@st.composite
def nearly_valid(draw: Callable[..., Any], action: str) -> Any:
    """A valid payload with one thing in it that does not belong there, or is not there."""
    payload = copy.deepcopy(draw(values(schema(action))))
    places = list(_places(payload))
    how = draw(
        st.sampled_from(
            ["more", "less", "junk", "junk", "no object"] if places else ["more", "no object"]
        )
    )
    if how == "no object":
        return draw(st.sampled_from([None, [], "text", 5, [{}]]))
    if how == "more":
        payload[draw(st.sampled_from(["unknown", "", "Status", "connectorid"]))] = draw(
            st.sampled_from(JUNK)
        )
        return payload
    place = draw(st.sampled_from(places))
    around = _within(payload, place[:-1])
    if how == "less":
        del around[place[-1]]
    else:
        around[place[-1]] = draw(st.sampled_from(JUNK))
    return payload


ACTIONS = sorted(FROM_CENTRAL_SYSTEM)
CARDS = st.sampled_from(["04A1B2C3D4E5F6", "04A1B2C3D4E5F6", "04F12E4D000001", "04BADBADBADBAD"])
LATER = st.sampled_from(
    ["2026-09-21T14:20:00Z", "2026-09-21T15:00:00Z", "2026-09-22T00:00:00Z", "2027-01-01T00:00:00Z"]
)
FILES = st.sampled_from(["http://127.0.0.1:1/", "ftp://127.0.0.1:1/", "gopher://nowhere/"])
PAST = st.sampled_from(["2026-09-21T00:00:00Z", "2026-09-21T14:20:00Z"])
CONNECTORS = st.sampled_from([1, 2, 1, 2, 0])
SETTINGS = {
    "ConnectionTimeOut": "0 5 60",
    "MeterValueSampleInterval": "0 1 60",
    "ClockAlignedDataInterval": "0 7 900",
    "MinimumStatusDuration": "0 2",
    "MaxEnergyOnInvalidId": "0 100",
    "HeartbeatInterval": "10 86400",
    "WebSocketPingInterval": "0 1 60",
    "MessageTimeout": "1 30",
    "TransactionMessageAttempts": "1 3",
    "TransactionMessageRetryInterval": "0 10",
    "StopTransactionOnInvalidId": "true false",
    "StopTransactionOnEVSideDisconnect": "true false",
    "UnlockConnectorOnEVSideDisconnect": "true false",
    "AuthorizeRemoteTxRequests": "true false",
    "LocalPreAuthorize": "true false",
    "LocalAuthorizeOffline": "true false",
    "AllowOfflineTxForUnknownId": "true false",
    "AuthorizationCacheEnabled": "true false",
    "LocalAuthListEnabled": "true false",
    "StopTxnSampledData": "Voltage Energy.Active.Import.Register,SoC",
    "MeterValuesSampledData": "Current.Import Power.Offered",
    "StopTxnAlignedData": "Voltage.L1",
    "AuthorizationKey": "00112233445566778899AABBCCDDEEFF",
    "SecurityProfile": "0 1 2",
}


@st.composite
def _profile(draw: Callable[..., Any], purposes: list[str]) -> Node:
    purpose = draw(st.sampled_from(purposes))
    kind = draw(st.sampled_from(["Absolute", "Relative", "Recurring"]))
    offsets = sorted(draw(st.sets(st.sampled_from([5, 60, 600, 40_000]), max_size=3)))
    limits = st.sampled_from([0.0, 5.0, 6.0, 10.0, 16.5, 32.0])
    schedule: Node = {
        "chargingRateUnit": draw(st.sampled_from("AW")),
        "chargingSchedulePeriod": [
            {"startPeriod": n, "limit": draw(limits)} for n in (0, *offsets)
        ],
    }
    schedule |= draw(
        st.fixed_dictionaries({}, optional={"duration": st.sampled_from([1, 300, 90_000])})
    )
    if kind != "Relative":
        schedule["startSchedule"] = "2026-09-21T13:00:00Z"
    profile: Node = {
        "chargingProfileId": draw(st.integers(1, 4)),
        "stackLevel": draw(st.integers(0, 3)),
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": kind,
        "chargingSchedule": schedule,
    }
    if kind == "Recurring":
        profile["recurrencyKind"] = draw(st.sampled_from(["Daily", "Weekly"]))
    times: Node = draw(st.fixed_dictionaries({}, optional={"validTo": LATER, "validFrom": LATER}))
    return profile | times


@st.composite
def _setting(draw: Callable[..., Any]) -> Node:
    key = draw(st.sampled_from(sorted(SETTINGS)))
    return {"key": key, "value": draw(st.sampled_from(SETTINGS[key].split()))}


def _record(**fields: Any) -> st.SearchStrategy[Node]:
    """A payload; a field that ends in _ may be missing."""
    return st.fixed_dictionaries(
        {name: part for name, part in fields.items() if not name.endswith("_")},
        optional={name[:-1]: part for name, part in fields.items() if name.endswith("_")},
    )


SENSIBLE: dict[str, st.SearchStrategy[Node]] = {
    "ChangeAvailability": _record(
        connectorId=CONNECTORS, type=st.sampled_from(["Operative", "Inoperative"])
    ),
    "ChangeConfiguration": _setting(),
    "GetCompositeSchedule": _record(
        connectorId=CONNECTORS, duration=st.sampled_from([0, 60, 86_400, 10**9])
    ),
    "RemoteStartTransaction": _record(
        idTag=CARDS, connectorId_=st.sampled_from([1, 2]), chargingProfile_=_profile(["TxProfile"])
    ),
    "RemoteStopTransaction": _record(transactionId=st.integers(1, 4)),
    "ReserveNow": _record(
        connectorId=CONNECTORS,
        expiryDate=LATER,
        idTag=CARDS,
        reservationId=st.integers(1, 3),
        parentIdTag_=st.just("FAMILY"),
    ),
    "CancelReservation": _record(reservationId=st.integers(1, 3)),
    "SendLocalList": _record(
        listVersion=st.integers(1, 5),
        updateType=st.sampled_from(["Full", "Differential"]),
        localAuthorizationList_=st.lists(
            _record(
                idTag=CARDS,
                idTagInfo_=_record(
                    status=st.sampled_from(["Accepted", "Blocked"]), expiryDate_=LATER
                ),
            ),
            max_size=2,
        ),
    ),
    "SetChargingProfile": _record(
        connectorId=CONNECTORS,
        csChargingProfiles=_profile(["ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"]),
    ),
    "UpdateFirmware": _record(
        location=FILES, retrieveDate=PAST, retries_=st.just(1), retryInterval_=st.just(5)
    ),
    "GetDiagnostics": _record(location=FILES, retries_=st.just(1)),
    "GetLog": _record(
        logType=st.just("SecurityLog"),
        requestId=st.integers(1, 3),
        log=_record(remoteLocation=FILES),
    ),
    "UnlockConnector": _record(connectorId=st.sampled_from([1, 2])),
}
"""What a Central System in its right mind sends: it leads somewhere."""


@st.composite
def commands(draw: Callable[..., Any]) -> tuple[str, Any]:
    """Action and payload of a CALL: sensible ones, valid ones, and some that are not."""
    how = draw(st.sampled_from(["sensible", "sensible", "sensible", "valid", "valid", "wrong"]))
    if how == "sensible":
        action = draw(st.sampled_from(sorted(SENSIBLE)))
        return action, draw(SENSIBLE[action])
    action = draw(st.sampled_from(ACTIONS))
    return action, draw(values(schema(action)) if how == "valid" else nearly_valid(action))


BIG = f'[2,"m20","DataTransfer",{{"vendorId":"{"x" * 70_000}"}}]'
FRAMES = [
    "",
    " ",
    "null",
    "{}",
    "[]",
    "[2]",
    "[2,1]",
    '"text"',
    "[",
    "]",
    '[2,"m0","Reset"',
    "\u0000",
    '[2,"m1","Reset"]',
    '[2,"m2","Reset",null]',
    '[2,"m3","Reset",[]]',
    '[2,"m4","ClearCache",{},{}]',
    '[2,7,"ClearCache",{}]',
    '[2,null,"ClearCache",{}]',
    '[2,"","ClearCache",{}]',
    '[2,"m5",null,{}]',
    '[2,"m6",5,{}]',
    '[2,"m7","",{}]',
    '[2,"m8","Nonsense",{}]',
    '[2,"m9","clearcache",{}]',
    '[2,"m10","Authorize",{"idTag":"X"}]',
    '["2","m11","ClearCache",{}]',
    '[2.0,"m12","ClearCache",{}]',
    '[3,"nobody",{}]',
    '[3,"nobody"]',
    "[3]",
    '[3,"nobody",null]',
    '[4,"nobody","GenericError","",{}]',
    '[4,"nobody","Nonsense"]',
    "[4]",
    '[5,"m13",{}]',
    '[-2,"m14","ClearCache",{}]',
    '[true,"m15","ClearCache",{}]',
    '[2,"m16","GetConfiguration",{"key":["A","A"]}]',
    '[2,"m17","Reset",{"type":"Soft","type":"No"}]',
    '[2,"m18","SetChargingProfile",{"connectorId":NaN}]',
    '[2,"m19","ClearCache",{"\\ud800":1}]',
    '[2,"' + "i" * 300 + '","ClearCache",{}]',
    "[" * 3000,
    '{"a":' * 500,
    BIG,
]
