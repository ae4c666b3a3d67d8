"""The one stream of relays, pilot, cards, messages and rules, as lines a person reads. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from rig.client.evidence import FrameLine
from rig.client.stream import RigEvent
from rig.client.words import CP_WORDS, TECHNOLOGIES, VERDICT_SIGNS

TONES = {"": "", "good": "green", "bad": "bold red", "warn": "yellow", "dim": "dim"}
"""Style of each tone."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the time line.

    Attributes:
        lane: what it is about, at most six characters.
        tone: a key of `TONES`; the words and signs say the same.
        simulated: a simulated device said so.
    """

    seq: int
    t_s: float
    utc: str
    lane: str
    text: str
    tone: str = ""
    octt_id: str = ""
    simulated: bool = False

    @property
    def clock(self) -> str:
        """Lab time of day with milliseconds."""
        return self.utc[11:23]

    @property
    def whole(self) -> str:
        """All of it, as one line of text."""
        return f"{self.clock} {self.lane:<6} {self.text}"


def tell(event: RigEvent, frame: FrameLine | None = None, octt_id: str = "") -> Line | None:
    """The line that an event is worth, None for one that says nothing to a person.

    Args:
        event: what happened.
        frame: of a FRAME event, with the name of its action.
        octt_id: the case in progress.
    """
    said = _said(event, frame)
    if said is None:
        return None
    lane, text, tone = said
    simulated = event.source.startswith("mock+")
    return Line(event.seq, event.t_s, event.utc, lane, text, tone, octt_id, simulated)


def _said(event: RigEvent, frame: FrameLine | None) -> tuple[str, str, str] | None:
    match event.kind:
        case "relay":
            return _relay(event)
        case "pilot":
            state = event.text("cp_state")
            tone = "bad" if state in ("E", "F") else ""
            return "pilot", f"{event.text('plug')} {CP_WORDS.get(state, state)}", tone
        case "input":
            return _input(event)
        case "card":
            return _card(event)
        case "mains":
            return "mains", "● on" if event.data.get("on") else "○ off", ""
        case "network":
            return "network", "● up" if event.data.get("up") else "○ down", ""
        case "modem":
            return _modem(event)
        case "frame" if frame is not None:
            return _frame(frame)
        case "transport":
            return _transport(event)
        case "prompt":
            return _prompt(event)
        case "bench":
            return _bench(event)
        case _:
            return _of_run(event)


def _of_run(event: RigEvent) -> tuple[str, str, str] | None:
    match event.kind:
        case "run":
            return _run(event)
        case "case":
            return _case(event)
        case "step":
            state = event.text("state")
            sign = {"waiting": "…", "done": "✓", "failed": "✗"}.get(state, "·")
            return "step", f"{sign} {event.text('text')}", "bad" if state == "failed" else "dim"
        case "check":
            return _check(event)
        case "finding":
            severity = event.text("severity")
            sign, tone = ("✗", "bad") if severity == "fail" else ("!", "warn")
            return "rule", f"{sign} {event.text('rule')}: {event.text('detail')}", tone
        case _:
            return None


def _relay(event: RigEvent) -> tuple[str, str, str]:
    coil = event.data.get("coil")
    name = f"K{coil + 1}" if isinstance(coil, int) else f"K{coil}"
    word = "● closed" if event.data.get("closed") else "○ open"
    role = event.text("role")
    return "relay", f"{event.text('board')} {name} {word}" + (f" ({role})" if role else ""), "dim"


def _card(event: RigEvent) -> tuple[str, str, str] | None:
    action, name = event.text("action"), event.text("card")
    if "job" in event.data:
        if action == "closed":
            return "card", "preparing cards has ended", ""
        detail = f": {event.text('detail')}" if event.text("detail") else ""
        return "card", f"{name} {action}{detail}", "bad" if action in ("failed", "differs") else ""
    tag = event.text("id_tag")
    if action == "presented":
        return "card", f"{name} held to the reader" + (f" ({tag})" if tag else ""), ""
    return "card", f"{name} {action}", "dim"


def _modem(event: RigEvent) -> tuple[str, str, str] | None:
    if event.text("step") == "signal":
        level = event.data.get("rssi_dbm")
        used = TECHNOLOGIES.get(event.text("access_technology"), "no service")
        return "modem", f"{used}, RSSI {'unknown' if level is None else f'{level} dBm'}", "dim"
    text = event.text("text")
    return ("modem", text, "") if text else None


def arrow(frame: FrameLine) -> str:
    """Direction as a sign: towards the tool, or away from it."""
    return "←" if frame.direction == "in" else "→"


def _frame(frame: FrameLine) -> tuple[str, str, str]:
    kind = {"CALL": "", "CALLRESULT": ".conf", "CALLERROR": " CALLERROR"}.get(
        frame.type, " malformed"
    )
    tone = "" if frame.type == "CALL" else "dim" if frame.type == "CALLRESULT" else "bad"
    text = f"{arrow(frame)} {frame.action or '?'}{kind}  {frame.summary or frame.problem}".rstrip()
    return "ocpp", text, tone


_LINK_WORDS = {
    "connect": ("● station connected", "good"),
    "close": ("○ connection closed", "warn"),
    "refused": ("✗ station refused", "bad"),
    "violation": ("✗ protocol violation", "bad"),
    "late-answer": ("! answer came too late", "warn"),
}


LIVELINESS = {"ping", "pong"}
"""Of a connection; not worth a line, and they change nothing that a status tells."""


def _transport(event: RigEvent) -> tuple[str, str, str] | None:
    if event.text("what") in LIVELINESS:
        return None
    what, detail = event.text("what"), event.data.get("detail")
    word, tone = _LINK_WORDS.get(what, (what, ""))
    if isinstance(detail, dict):
        keys = ("identity", "reason", "remote", "code", "rule", "detail", "error")
        detail = ", ".join(str(detail[key]) for key in keys if detail.get(key) not in (None, ""))
    return "link", f"{word}: {detail}" if detail else word, tone


def _prompt(event: RigEvent) -> tuple[str, str, str]:
    state, question = event.text("state"), event.text("question")
    if state == "asked":
        return "prompt", f"? {question}", "warn"
    if state == "answered":
        return "prompt", f"✓ {event.text('answer')}, by {event.text('by')}: {question}", ""
    return "prompt", f"{'✗' if state == 'expired' else '–'} {state}: {question}", "warn"


def _bench(event: RigEvent) -> tuple[str, str, str]:
    state = event.text("state")
    if state == "lease":
        why = f" ({event.text('reason')})" if event.text("reason") else ""
        return "lease", f"{event.text('owner')} {event.text('what')}{why}", ""
    device, cause = event.text("device"), event.text("cause")
    detail = f": {device}: {cause}" if cause else ""
    if state == "self-test" and device:
        ok = event.data.get("ok") is True
        text = f"{'✓' if ok else '✗'} self-test {device}: {event.text('what')}"
        return "bench", text, "" if ok else "bad"
    tone = {"quarantined": "bad", "unsafe": "bad", "warning": "warn"}.get(state, "")
    sign = {"bad": "✗ ", "warn": "! "}.get(tone, "")
    return "bench", f"{sign}{state}{detail}", tone


def _run(event: RigEvent) -> tuple[str, str, str] | None:
    phase, run_id = event.text("phase"), event.text("run_id")
    if phase == "started":
        return "run", f"▶ run {run_id}: {event.text('total')} cases", ""
    if phase == "finished":
        cause = f": {event.text('cause')}" if event.text("cause") else ""
        sign, tone = verdict_sign(event.text("verdict"))
        return "run", f"{sign} {event.text('verdict')} run {run_id}{cause}", tone
    return None


def _case(event: RigEvent) -> tuple[str, str, str] | None:
    octt_id, phase = event.text("octt_id"), event.text("phase")
    verdict = event.text("verdict")
    if verdict:
        cause = f": {event.text('cause').splitlines()[0]}" if event.text("cause") else ""
        sign, tone = verdict_sign(verdict)
        return "case", f"{sign} {verdict} {octt_id}{cause}", tone
    if phase == "started":
        return "case", f"▶ {octt_id} {event.text('title')}", ""
    return "case", f"{octt_id}: {phase}", "dim"


def _check(event: RigEvent) -> tuple[str, str, str]:
    name = event.text("name")
    if event.data.get("ok"):
        return "check", f"✓ {name}", "good"
    sign, tone = ("!", "warn") if event.text("severity") == "warn" else ("✗", "bad")
    text = f"{sign} {name}: expected {event.text('expected')}, saw {event.text('seen')}"
    return "check", text, tone


def verdict_sign(verdict: str) -> tuple[str, str]:
    """Sign and tone of a verdict; of none, that of something in progress."""
    sign = VERDICT_SIGNS.get(verdict, ("…", ""))[0]
    tones = {"PASS": "good", "FAIL": "bad", "ERROR": "bad", "NOT APPLICABLE": "dim", "": "dim"}
    return sign, tones.get(verdict, "warn")


_INPUTS = {
    "voltage": ("● voltage at the plug", "○ no voltage at the plug"),
    "locked": ("● locked by the station", "○ lock released"),
}


def _input(event: RigEvent) -> tuple[str, str, str]:
    name, value, plug = event.text("name"), event.data.get("value"), event.text("plug")
    if name in _INPUTS and isinstance(value, bool):
        return "input", f"{plug} {_INPUTS[name][0 if value else 1]}", ""
    if name == "offered_current_a":
        return "input", f"{plug} is offered {value} A", ""
    told = {True: "● yes", False: "○ no"}[value] if isinstance(value, bool) else str(value)
    return "input", f"{plug} {name} {told}", "bad" if name == "alarm" else ""
