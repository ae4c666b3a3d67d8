"""Events of a case as rows of its sequence diagram."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from rig.events import Event, Kind
from rig.jsontypes import Json
from rig.report.model import CheckView, FrameView, Lane, PromptView, Shape, TimelineRow

STATION_LANES = (Lane.RIG, Lane.PLUG, Lane.STATION, Lane.TOOL)
CSMS_LANES = (Lane.TOOL, Lane.CSMS)

_SHAPES = {"CALL": Shape.CALL, "CALLRESULT": Shape.RESULT, "CALLERROR": Shape.ERROR}
_PHASES = {"preparation": "Preparation", "steps": "Steps", "cleanup": "Clean-up"}
_INPUTS = {
    ("voltage", True): "voltage present",
    ("voltage", False): "voltage gone",
    ("locked", True): "plug locked",
    ("locked", False): "plug released",
    ("lid_open", True): "tester's lid open",
    ("lid_open", False): "tester's lid closed",
    ("emergency_stop", True): "emergency stop pressed",
    ("emergency_stop", False): "emergency stop released",
    ("too_hot", True): "tester too hot",
    ("too_hot", False): "tester cool again",
}
_NAMES = {"latch": "connector", "offered_current_a": "offered current"}
_UNITS = {"offered_current_a": " A"}
_MODEM_STEPS = {
    "lock": "modem, network mode:",
    "register": "modem, network:",
    "done": "modem, network:",
    "failed": "✗ modem:",
    "connect": "modem, data:",
    "connected": "modem, data:",
    "disconnect": "modem, data:",
    "signal": "modem, signal:",
}
_TECHNOLOGIES = {"2g": "2G (GSM)", "3g": "3G (UMTS)", "4g": "4G (LTE)"}
_LEVELS = (
    ("RSSI", "rssi_dbm", "dBm"),
    ("RSRP", "rsrp_dbm", "dBm"),
    ("RSRQ", "rsrq_db", "dB"),
    ("SINR", "sinr_db", "dB"),
    ("RSCP", "rscp_dbm", "dBm"),
    ("Ec/Io", "ecio_db", "dB"),
)
# What happens to a card at the station's reader; anything else is done by the card writer.
_AT_THE_STATION = ("presented", "removed")
# Contacts of a tester plug, as its bench file names them.
_PLUG_ROLE = re.compile(
    r"cp|s2[cd]|pp(\d+A)?|pp_short|e_hard|e_soft|diode|pe|load[123]|enable|button"
)


def lanes(dut: str) -> tuple[Lane, ...]:
    """The verticals for a device under test."""
    return CSMS_LANES if dut == "csms" else STATION_LANES


def sides(dut: str) -> tuple[Lane, Lane]:
    """Lanes of the device under test and of the tool."""
    return (Lane.CSMS if dut == "csms" else Lane.STATION), Lane.TOOL


def rows(
    events: Iterable[Event],
    frames: Mapping[int, FrameView],
    checks: Iterable[CheckView],
    start_s: float,
    dut: str,
) -> tuple[TimelineRow, ...]:
    """What the diagram of a case shows, in order of time.

    Args:
        events: of the case.
        frames: views of its FRAME events by sequence number.
        checks: of the case; those that did not hold become rows.
        start_s: when the case began.
        dut: "station" or "csms".
    """
    found: list[TimelineRow] = []
    for event in events:
        if event.kind == Kind.FRAME:
            found.append(_frame(frames[event.seq]))
        elif draw := _DRAW.get(event.kind):
            row = draw(event, event.t_s - start_s, dut)
            if row is not None:
                found.append(row)
    found += [_check(check) for check in checks if check.state != "ok"]
    return tuple(sorted(found, key=lambda row: round(row.at_s, 4)))  # stable: checks come last


def _frame(frame: FrameView) -> TimelineRow:
    shape = _SHAPES.get(frame.kind, Shape.MALFORMED)
    bold = frame.action or "(unknown)"
    if shape is Shape.RESULT:
        bold = f"{frame.action}.conf" if frame.action else "CALLRESULT"
    elif shape is Shape.ERROR:
        bold = f"✗ CALLERROR {frame.action}".rstrip()
    elif shape is Shape.MALFORMED:
        bold = "⚠ malformed"
    text = frame.problem or frame.summary
    return TimelineRow(
        frame.at_s,
        frame.seq,
        shape,
        text,
        frame.sender,
        frame.receiver,
        bold,
        frame.anchor,
        frame.marks,
    )


def _check(check: CheckView) -> TimelineRow:
    sign = "✗ check failed:" if check.state == "failed" else "⚠ warning:"
    text = check.name
    if check.expected or check.seen:
        text += f" — expected {check.expected or 'nothing'}, seen {check.seen or 'nothing'}"
    return TimelineRow(check.at_s, 0, Shape.ALERT, text, bold=sign, anchor=check.anchor)


def _relay(event: Event, at_s: float, dut: str) -> TimelineRow | None:
    data = event.data
    role = str(data.get("role") or "")
    if role.endswith((".mains", ".on")) or "mains" in role or "network" in role:
        return None  # the MAINS or NETWORK event says it in the operator's words
    action = "closed" if data.get("closed") else "open"
    where = f"({data.get('board')} coil {data.get('coil')})"
    plug = _PLUG_ROLE.fullmatch(role.rsplit(".", 1)[-1]) is not None
    return _physical(event, at_s, dut, where, Lane.RIG,
                     Lane.PLUG if plug else None, f"{role or 'relay'} {action}")  # fmt: skip


def _pilot(event: Event, at_s: float, dut: str) -> TimelineRow:
    data = event.data
    state = f"pilot state {data.get('cp_state')}"
    if data.get("fault"):
        state += f", fault {data['fault']}"
    return _physical(event, at_s, dut, f"({data.get('plug')})", Lane.PLUG, Lane.STATION, state)


def _input(event: Event, at_s: float, dut: str) -> TimelineRow:
    name, value = str(event.data.get("name")), event.data.get("value")
    if isinstance(value, bool):
        bold, text = _INPUTS.get((name, value), f"{name} {value}"), ""
    else:
        bold, text = (
            _NAMES.get(name, name),
            f"{value:g}" if isinstance(value, float) else str(value),
        )
        text += _UNITS.get(name, "")
    return _physical(event, at_s, dut, text, Lane.STATION, Lane.PLUG, bold)


def _card(event: Event, at_s: float, dut: str) -> TimelineRow:
    data = event.data
    bold = f"card “{data.get('card')}” {data.get('action', '')}".rstrip()
    text = str(data.get("id_tag") or "")
    if data.get("action") not in _AT_THE_STATION:
        return _beside(event, at_s, dut, text, f"card writer: {bold}")
    return _physical(event, at_s, dut, text, Lane.RIG, Lane.STATION, bold)


def _modem(event: Event, at_s: float, dut: str) -> TimelineRow:
    step = str(event.data.get("step") or "")
    text = _levels(event.data) if step == "signal" else str(event.data.get("text") or "")
    return _beside(event, at_s, dut, text, _MODEM_STEPS.get(step, "modem:"))


def _levels(reading: Mapping[str, Json]) -> str:
    """What a reading of the signal says; what is not known is left out."""
    used = str(reading.get("access_technology") or "")
    values = [(name, reading.get(key), unit) for name, key, unit in _LEVELS]
    words = [_TECHNOLOGIES.get(used, used)] if used else []
    words += [f"{name} {_plain(value)} {unit}" for name, value, unit in values if value is not None]
    return ", ".join(words) or "no signal"


def _mains(event: Event, at_s: float, dut: str) -> TimelineRow:
    bold = "mains on" if event.data.get("on") else "mains off"
    return _physical(event, at_s, dut, "", Lane.RIG, Lane.STATION, bold)


def _network(event: Event, at_s: float, dut: str) -> TimelineRow:
    bold = "network up" if event.data.get("up") else "network down"
    return _physical(event, at_s, dut, "", Lane.RIG, Lane.STATION, bold)


def _physical(
    event: Event,
    at_s: float,
    dut: str,
    text: str,
    source: Lane,
    target: Lane | None,
    bold: str,
) -> TimelineRow:
    if dut == "csms":  # no plug in the picture: the tool plays the station
        return TimelineRow(at_s, event.seq, Shape.NOTE, text, Lane.TOOL, None, bold)
    return TimelineRow(at_s, event.seq, Shape.PHYSICAL, text, source, target, bold)


def _beside(event: Event, at_s: float, dut: str, text: str, bold: str) -> TimelineRow:
    """Something of the rig that neither the device under test nor the plug notices."""
    lane = Lane.TOOL if dut == "csms" else Lane.RIG
    return TimelineRow(at_s, event.seq, Shape.NOTE, text, lane, None, bold)


def _transport(event: Event, at_s: float, dut: str) -> TimelineRow:
    data = event.data
    detail = data.get("detail")
    said = detail.items() if isinstance(detail, dict) else ()
    text = ", ".join(
        f"{name} {_plain(value)}" for name, value in said if value not in (None, "", [])
    )
    what = str(data.get("what"))
    bold = {
        "connect": "WebSocket open",
        "close": "WebSocket closed",
        "refused": "✗ WebSocket refused",
        "violation": "⚠ protocol violation",
        "late-answer": "⚠ late answer",
    }.get(what, what)
    side, other = sides(dut)
    return TimelineRow(at_s, event.seq, Shape.NOTE, text, side, other, bold)


def _plain(value: Json) -> str:
    return "/".join(map(str, value)) if isinstance(value, list) else str(value)


def _step(event: Event, at_s: float, _dut: str) -> TimelineRow | None:
    state = event.data.get("state")
    if state not in ("waiting", "failed"):
        return None
    bold = "step failed:" if state == "failed" else "▸"
    return TimelineRow(at_s, event.seq, Shape.STEP, str(event.data.get("text")), bold=bold)


def _case(event: Event, at_s: float, _dut: str) -> TimelineRow | None:
    phase = event.data.get("phase")
    if not isinstance(phase, str) or event.data.get("verdict"):
        return None
    return TimelineRow(at_s, event.seq, Shape.PHASE, _PHASES.get(phase, phase))


def _prompt(event: Event, at_s: float, dut: str) -> TimelineRow:
    data = event.data
    state = str(data.get("state"))
    by = f" by {data.get('by')}" if data.get("by") else ""
    by += f" ({data.get('via')})" if data.get("via") else ""
    bold = "operator asked:" if state == "asked" else f"operator {state}{by}:"
    text = str(data.get("answer") or data.get("question") or "")
    return _beside(event, at_s, dut, text, bold)


def prompts(events: Iterable[Event], start_s: float) -> tuple[PromptView, ...]:
    """Questions to the operator, in the order in which they were asked, and what became of them."""
    asked: dict[str, float] = {}
    found: dict[str, PromptView] = {}
    for event in events:
        if event.kind != Kind.PROMPT:
            continue
        data = event.data
        number = str(data.get("id"))

        def text(key: str, data: Mapping[str, Json] = data) -> str:
            return str(data.get(key) or "")

        found[number] = PromptView(
            asked.setdefault(number, event.t_s - start_s), text("question"), text("kind"),
            text("step"), text("state"), text("answer"), text("by"), text("via"),
            text("asked_utc"), text("answered_utc"),
        )  # fmt: skip
    return tuple(found.values())


def _bench(event: Event, at_s: float, dut: str) -> TimelineRow:
    data = event.data
    state = str(data.get("state"))
    text = ": ".join(str(data[k]) for k in ("device", "cause") if data.get(k))
    if state in ("quarantined", "unsafe"):
        return TimelineRow(at_s, event.seq, Shape.ALERT, text, bold=f"✗ bench {state}:")
    return _beside(event, at_s, dut, text, f"bench {state}")


_DRAW: dict[str, Callable[[Event, float, str], TimelineRow | None]] = {
    Kind.RELAY: _relay,
    Kind.PILOT: _pilot,
    Kind.INPUT: _input,
    Kind.CARD: _card,
    Kind.MAINS: _mains,
    Kind.NETWORK: _network,
    Kind.MODEM: _modem,
    Kind.TRANSPORT: _transport,
    Kind.STEP: _step,
    Kind.CASE: _case,
    Kind.PROMPT: _prompt,
    Kind.BENCH: _bench,
}

_PLACES: dict[str, str] = {
    Kind.RELAY: "relay",
    Kind.PILOT: "pilot",
    Kind.INPUT: "input",
    Kind.CARD: "card",
    Kind.MAINS: "mains",
    Kind.NETWORK: "network",
    Kind.MODEM: "modem",
    Kind.TRANSPORT: "connection",
}


def place(kind: str) -> str:
    """What evidence that is no frame is called."""
    return _PLACES.get(kind, kind)
