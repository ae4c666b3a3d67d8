"""Stations that might fail a given validation: guesses to be tried, the narrowest first.

From a correct run it is known which messages went before a check. Most checks are about one of
them: it is lost, has another field, or is answered otherwise. The rest is tried with whatever the
emulator can do wrong, from one of the last messages before the check on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from firmware_mocks.charging_station.defects import DEFECTS
from firmware_mocks.charging_station.message_selector import parse
from firmware_mocks.charging_station.wire_defect_names import WIRE_DEFECTS
from rig.events import Event, Kind
from rig.jsontypes import Json

TELLING = (
    "connectorId", "status", "key", "key.0", "value", "type", "requestedMessage", "updateType",
    "certificateType", "errorCode", "chargingProfilePurpose",
    "csChargingProfiles.chargingProfilePurpose",
)  # fmt: skip
"""Fields that tell one message of an action from another."""
STATUSES = (
    "Rejected", "Accepted", "Failed", "NotSupported", "Unlocked", "UnlockFailed", "Occupied",
    "Unavailable", "Faulted", "VersionMismatch", "NotImplemented", "UnknownVendorId", "Unknown",
    "NotFound",
)  # fmt: skip
GHOSTS: Mapping[str, dict[str, Json]] = {
    "Authorize": {"idTag": "04A1B2C3D4E5F6"},
    "StartTransaction": {
        "connectorId": 1, "idTag": "04A1B2C3D4E5F6", "meterStart": 0, "timestamp": "$now",
    },
    "StopTransaction": {"transactionId": 1, "meterStop": 9, "timestamp": "$now"},
    "MeterValues": {
        "connectorId": 1,
        "meterValue": [{"timestamp": "$now", "sampledValue": [{"value": "1"}]}],
    },
    "BootNotification": {"chargePointVendor": "RigVendor", "chargePointModel": "RigModel"},
    "Heartbeat": {},
    "FirmwareStatusNotification": {"status": "Installing"},
    "SignedFirmwareStatusNotification": {"status": "Installing"},
    "DiagnosticsStatusNotification": {"status": "Uploading"},
}  # fmt: skip
PHYSICAL = (
    "contactor-follows-vehicle",
    "contactor-stays-closed", "contactor-never-closes", "contactor-welded",
    "energy-without-authorization", "energy-without-vehicle", "lock-stays-closed",
    "lock-opens-on-ev-disconnect", "lock-never-closes", "lock-closes-with-cable",
)  # fmt: skip
KEYS = ("HeartbeatInterval", "ResetRetries", "NumberOfConnectors", "GetConfigurationMaxKeys")
PLAIN = [
    name for name, text in DEFECTS.items() if name not in WIRE_DEFECTS and not text.startswith("(")
]
"""Defects of the station without an argument."""
ARGUMENTS = [
    ("accepts-bad-certificate", "server"), ("accepts-bad-certificate", "root"),
    ("accepts-bad-certificate", "station"), ("accepts-bad-certificate", "firmware"),
    ("wrong-context", "Other"), ("wrong-context", "Sample.Clock"),
    ("wrong-context", "Sample.Periodic"), ("lacks-measurand", "Energy.Active.Import.Register"),
    ("wrong-stop-reason", "Other"), ("extra-status", "Charging"), ("repeat-status", "Charging"),
]  # fmt: skip
"""Defects of the station with one."""
HAPPENING = (
    "Disconnect",
    "Connect",
    "Card",
    "Card#2",
    "Card#3",
    "Pilot[state=B]#2",
    "Pilot[state=A]#2",
)
"""What is no message, and a defect may begin with."""
LOOK_BACK = 6
"""Messages before a check with one of which a defect may begin."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a correct run.

    Attributes:
        seq: on the time line.
        from_station: who sent it.
        type: CALL or CALLRESULT.
        action: also of an answer.
        payload: what it says.
        request: of an answer: the CALL.
        selector: of the CALL, as the emulator reads it.
    """

    seq: int
    from_station: bool
    type: str
    action: str
    payload: dict[str, Json]
    request: Message | None
    selector: str


def messages(events: Sequence[Event]) -> list[Message]:
    """The messages of a run, each with a selector that is about it and what comes after it."""
    found: list[Message] = []
    calls: dict[str, Message] = {}
    for event in events:
        if event.kind != Kind.FRAME:
            continue
        try:
            frame = json.loads(str(event.data["raw"]))
        except ValueError:
            continue
        incoming = event.data["direction"] == "in"
        if frame[0] == 2:
            payload = frame[3]
            selector = _selector(frame[2], payload, [m for m in found if m.type == "CALL"])
            calls[frame[1]] = Message(
                event.seq, incoming, "CALL", frame[2], payload, None, selector
            )
            found.append(calls[frame[1]])
        elif frame[0] == 3 and frame[1] in calls:
            call = calls[frame[1]]
            found.append(
                Message(
                    event.seq, incoming, "CALLRESULT", call.action, frame[2], call, call.selector
                )
            )
    return found


def _selector(action: str, payload: dict[str, Json], before: Sequence[Message]) -> str:
    pairs = []
    for path in TELLING:
        value: Json = payload
        for step in path.split("."):
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and step.isdecimal() and value:
                value = value[0]
            else:
                value = None
        if value == "NoError":
            continue
        if isinstance(value, str | int) and not re.search(r"[\],@=]", str(value)):
            text = value if isinstance(value, str) else json.dumps(value)
            if text:
                pairs.append(f"{path}={text}")
    text = f"{action}[{','.join(pairs)}]" if pairs else action
    chosen = parse(text)[0]
    number = 1 + sum(chosen.fits(m.action, m.payload) for m in before)
    return text if number == 1 else f"{text}#{number}"


def suspects(name: str, seqs: Sequence[int], at: int, log: Sequence[Message]) -> Iterator[str]:
    """Stations that may fail a check.

    Args:
        name: of the check, normalised.
        seqs: messages that show it.
        at: when it was made.
        log: of the correct run.
    """
    name = re.sub(r" \(\d+\)$", "", name)
    before = [m for m in log if m.seq < at]
    calls = [m for m in before if m.type == "CALL"]
    said = [m for m in calls if m.from_station]
    answers = [m for m in before if m.from_station and m.type == "CALLRESULT"]
    shown = [m for m in said if m.seq in seqs]
    if re.search(r"interval|apart|comes?|later|first|every ", name):
        for message in reversed(shown):
            yield from (f"delay:{message.selector}={late_s}" for late_s in (7, 3, 15))
    for message in shown:
        yield from _of_call(name, message)
        yield from _of_leaves("field", message)
    if found := re.match(r"(?:\[.*\] )?([A-Z]\w+) (?:can be read|is a number)", name):
        yield f"hides-key:{found[1]}"
        yield from (f"hides-key:{found[1]}@{m.selector}" for m in reversed(calls[-3:]))
    if " is answered " in name and answers:
        yield from _of_status(answers[-1])
    if found := re.search(r"(?:^|\] )no ([A-Z]\w+(?::\w+)?(?:, [A-Z]\w+(?::\w+)?)*) ", name):
        for what in found[1].split(", "):
            yield from _ghosts(what, before)
    if "energy" in name or "lock" in name:
        yield from _physical([d for d in PHYSICAL if ("lock" in d) == ("lock" in name)], before)
    if "connect" in name:
        for message in reversed(calls[-LOOK_BACK:]):
            yield f"close-after:{message.selector}"
            yield from (f"close-after:{message.selector} + delay:{m.selector}=8" for m in shown)
            yield f"close-in-exchange:{message.selector}"
    for answer in answers[-1:]:
        yield from _of_leaves("answer-field", answer)
    if not re.search(r"received$| is answered | is there$|^\w+\.\w+ is ", name):
        yield from PLAIN
    for answer in reversed(answers[-2:]):
        yield from _of_leaves("answer-field", answer)
        yield f"answer-callerror:{onwards(answer.selector)}"
    if "goes on" in name:
        for number in (1, 2):
            ghost = json.dumps({**GHOSTS["StopTransaction"], "transactionId": number})
            yield from (f"unasked:{m.selector}>StopTransaction={ghost}" for m in said[-3:])
    if "key" in name:
        yield from (f"hides-key:{key}" for key in KEYS)
        yield from (f"wrong-readonly:{key}" for key in KEYS)
    for message in reversed(said[-4:]):
        yield from _of_call(name, message)
        yield from _of_leaves("field", message)
        yield f"delay:{message.selector}=7"
        yield f"delay:{message.selector}=30"
        yield f"duplicate:{message.selector}"
    yield from PLAIN
    for message in reversed(calls[-3:]):
        yield from (f"{defect}@{message.selector}" for defect in PLAIN)
    yield from (f"{name}:{argument}" for name, argument in ARGUMENTS)


def onwards(selector: str) -> str:
    """About a message and all of its kind that follow."""
    return f"{selector}+" if "#" in selector else selector


def _of_call(name: str, message: Message) -> Iterator[str]:
    every = onwards(message.selector)
    if name.endswith("received"):
        yield f"skip:{every}"
    field = re.search(rf"{message.action}\.(\w+) ", name)
    names = [field[1]] if field is not None else []
    if "reservationId" in name:
        names.append("reservationId")
    for field_name in names:
        for station in _spoilt(every, field_name, message.payload.get(field_name)):
            yield station
            if field_name == "idTag":  # the Central System refuses it
                yield f"{station} + start-for-refused-card"
                yield f"{station} + invalid-id-goes-on"
    for field_name, value in message.payload.items():
        if field_name not in names and not isinstance(value, list | dict):
            yield from _spoilt(every, field_name, value)


def _spoilt(selector: str, field: str, value: Json) -> Iterator[str]:
    match value:
        case None:
            yield f"field:{selector}.{field}=4711"
            yield f'field:{selector}.{field}="Other"'
        case bool():
            yield f"field:{selector}.{field}={json.dumps(not value)}"
        case int():
            yield f"field:{selector}.{field}={value + 1000}"
            yield f"field:{selector}.{field}={value - 1000}"
            yield f"drop-field:{selector}.{field}"
        case str() if re.match(r"\d{4}-\d\d-\d\dT", value):
            yield f'field:{selector}.{field}="2020-01-01T00:00:00.000Z"'
            yield f"drop-field:{selector}.{field}"
        case str():
            yield f'field:{selector}.{field}="Other"'
            yield f"drop-field:{selector}.{field}"
            yield f'field:{selector}.{field}=""'


def _of_status(answer: Message) -> Iterator[str]:
    for status in STATUSES:
        if status != answer.payload.get("status"):
            yield f'answer-field:{onwards(answer.selector)}.status="{status}"'


def _ghosts(what: str, before: Sequence[Message]) -> Iterator[str]:
    action, _, status = what.partition(":")
    payload = GHOSTS.get(action)
    if action == "StatusNotification":
        payload = {"connectorId": 1, "errorCode": "NoError", "status": status or "Charging"}
    if payload is None:
        return
    text = json.dumps(payload, separators=(",", ":"))
    for message in reversed([m for m in before if m.type == "CALL"][-LOOK_BACK:]):
        yield f"unasked:{message.selector}>{action}={text}"


def _physical(defects: Sequence[str], before: Sequence[Message]) -> Iterator[str]:
    calls = [m.selector for m in before if m.type == "CALL"][-LOOK_BACK:]
    for defect in defects:
        yield from (f"{defect}@{selector}" for selector in reversed(calls))
        yield from (f"{defect}@{event}" for event in HAPPENING)
        yield defect
    for message in [m for m in before if m.type == "CALL" and m.from_station][-1:]:
        late = f"delay:{message.selector}=2"  # what it does wrong takes a moment
        yield from (f"{defect} + {late}" for defect in defects)
    for answer in [m for m in before if m.from_station and m.type == "CALLRESULT"][-1:]:
        status = json.dumps(answer.payload.get("status"))  # and says that all is well
        well = f"answer-field:{onwards(answer.selector)}.status={status}"
        yield from (f"{defect}@{answer.selector} + {well}" for defect in defects)
        yield from (f"{defect} + {well}" for defect in defects)


def _of_leaves(defect: str, message: Message) -> Iterator[str]:
    for path, value in _leaves(message.payload):
        for other in _others(value):
            yield f"{defect}:{onwards(message.selector)}.{path}={other}"


def _leaves(value: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(item, f"{path}.{name}".removeprefix("."))
    elif isinstance(value, list):
        for number, item in enumerate(value[:2]):
            yield from _leaves(item, f"{path}.{number}".removeprefix("."))
    else:
        yield path, value


def _others(value: Json) -> list[str]:
    match value:
        case bool():
            return [json.dumps(not value)]
        case int() | float():
            return [json.dumps(value + 7), "0"]
        case str():
            return ['"Other"', '"-1"', '""', '"2020-01-01T00:00:00.000Z"']
    return ['"Other"']
