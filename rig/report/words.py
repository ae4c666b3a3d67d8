"""How the report writes verdicts, times and foreign text. Colour never stands alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime

GLYPHS = {
    "PASS": "✓",
    "INCONCLUSIVE": "?",
    "FAIL": "✗",
    "ABORTED": "■",
    "ERROR": "!",
    "NOT APPLICABLE": "–",
    "NOT RUN": "○",
    "RUNNING": "…",
}

OBLIGATIONS = {"M": "mandatory", "C": "conditional", "O": "optional", "U": "utility"}

_ODD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    "\ufffe\uffff\ud800-\udfff]"
)


def visible(text: str) -> str:
    """`text` with characters that cannot be seen or that turn the line round made visible."""
    return _ODD.sub(_picture, text)


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    return chr(0x2400 + code) if code < 0x20 else f"⟨U+{code:04X}⟩"


def glyph(verdict: str) -> str:
    """Sign of a verdict."""
    return GLYPHS.get(verdict, "·")


def css(verdict: str) -> str:
    """CSS class of a verdict."""
    return "v-" + "".join(c if c.isalnum() else "-" for c in verdict.lower())


def obligation(code: str) -> str:
    """What the certification programme asks, in words."""
    return OBLIGATIONS.get(code, code or "not in the programme")


def feature(code: str) -> str:
    """Name of a feature of the certification programme, e.g. Smart Charging."""
    return code.replace("_", " ").title() if code else "Other"


def duration(seconds: float) -> str:
    """A span of time, as precise as is useful."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def stamp(at_s: float) -> str:
    """Time since the case began."""
    return f"{'+' if at_s >= 0 else '−'}{abs(at_s):.3f} s"


def day_and_time(utc: str) -> str:
    """An ISO time stamp for people; text that is none stays as it is."""
    try:
        moment = datetime.fromisoformat(utc)
    except ValueError:
        return utc or "—"
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def short(text: str, limit: int) -> str:
    """`text` in at most `limit` characters."""
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def plural(count: int, word: str) -> str:
    """Number and noun."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
