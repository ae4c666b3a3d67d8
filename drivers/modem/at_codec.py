"""AT dialogue as bytes and lines. Pure: no port, no clock.

Firmware differs in blanks, quotes, doubled CR and case; echo may come back on by itself, and
unsolicited reports (URCs) arrive between the lines of a reply. Two rules sort that out: a line
belongs to the pending command only if it carries that command's name (or the command answers in
free text), and a known final line ends the reply.

Source: 3GPP TS 27.007; `COMMAND NOT SUPPORT` and `TOO MANY PARAMETERS` are final lines of the
Balong firmware that no OK or ERROR follows.
"""

from __future__ import annotations

import re
from enum import Enum, auto

MAX_LINE = 4096
"""Bytes without a line end that are given up as garbage; the longest real line has some 300."""

_FINAL = re.compile(
    r"OK|ERROR|\+CM[ES]\s+ERROR\s*:.*|COMMAND NOT SUPPORT(?:ED)?|TOO MANY PARAMETERS", re.IGNORECASE
)
_NAME = re.compile(r"AT([+^]\w+)", re.IGNORECASE)
_PREFIX = re.compile(r"([+^]\w+)\s*:\s*(.*)", re.DOTALL)
_FREE_TEXT = frozenset({"+CGMI", "+CGMM", "+CGMR", "+CGSN"})
_BARE = frozenset({"AT", "ATE0", "ATE1", "ATZ"})


class AtParser:
    """Turns bytes into lines; how the bytes are split makes no difference.

    CR and LF both end a line, empty lines vanish, and so do NUL bytes, which appear when a USB
    port is opened.
    """

    def __init__(self) -> None:
        self._tail = b""

    def feed(self, data: bytes) -> list[str]:
        """Lines that `data` completed."""
        lines: list[str] = []
        for piece in data.replace(b"\0", b"").splitlines(keepends=True):
            body = piece.rstrip(b"\r\n")
            self._tail = (self._tail + body)[: MAX_LINE + 1]
            if body != piece:
                text = self._tail.decode("ascii", "replace").strip()
                if text and len(self._tail) <= MAX_LINE:
                    lines.append(text)
                self._tail = b""
        return lines


class Role(Enum):
    """What a line is to the pending command."""

    ECHO = auto()
    """The command itself."""
    FOREIGN_ECHO = auto()
    """A command that we did not send: another program uses the port."""
    REPLY = auto()
    FINAL = auto()
    URC = auto()
    STRAY = auto()
    """Nothing that fits: a late or doubled reply, or garbage."""


class Exchange:
    """One command and what came back.

    Args:
        command: as sent, without CR.
        marker: only free text that matches counts as the reply, and no final line counts before
            it did. Finds the beginning of our reply among those to forgotten commands.

    Attributes:
        lines: of the reply, without the command's name.
        final: the line that ended it, None before.
        strays: lines that fitted nothing.
    """

    def __init__(self, command: str, marker: re.Pattern[str] | None = None) -> None:
        self.command = command
        self.lines: list[str] = []
        self.final: str | None = None
        self.strays: list[str] = []
        self._marker = marker
        found = _NAME.match(command)
        self._name = found[1].upper() if found else ""
        self._free = self._name in _FREE_TEXT or command.upper() == "ATI"
        bare = command.upper() in _BARE or ("=" in command and not command.endswith("=?"))
        self._wants_line = not bare

    @property
    def has_marker(self) -> bool:
        """Whether the beginning of our reply is still to be found."""
        return self._marker is not None

    def take(self, line: str) -> Role:
        """Sort a line in."""
        role = self._role(line)
        if role is Role.FINAL:
            self.final = line
        elif role is Role.REPLY:
            self.lines.append(_without_name(line, self._name))
        elif role is Role.STRAY:
            self.strays.append(line)
        return role

    def _role(self, line: str) -> Role:
        squeezed = "".join(line.split()).upper()
        if squeezed == "".join(self.command.split()).upper():
            return Role.ECHO
        if _FINAL.fullmatch(line):
            return Role.FINAL if self._may_end(line) else Role.STRAY
        if found := _PREFIX.match(line):
            name = found[1].upper()
            if name == self._name or (name == "+GCAP" and self.command.upper() == "ATI"):
                return self._marked(found[2])
            return Role.URC
        if line.startswith(("^", "+")):
            return Role.URC
        if re.match(r"AT(?:[+^E&]|$)", squeezed):
            return Role.FOREIGN_ECHO
        return self._marked(line) if self._free else Role.STRAY

    def _marked(self, text: str) -> Role:
        if self._marker is not None and not self._marker.fullmatch(text.strip().strip('"')):
            return Role.STRAY
        return Role.REPLY

    def _may_end(self, line: str) -> bool:
        """An OK without the line that was asked for is left over from an earlier command."""
        if self.lines:
            return True
        if self._marker is not None:
            return False
        return not (self._wants_line and line.upper() == "OK")


def refusal_code(final: str) -> int | None:
    """Number of a `+CME ERROR`, also where the firmware says it in words; None for any other."""
    found = re.fullmatch(r"\+CME\s+ERROR\s*:\s*(.*)", final, re.IGNORECASE)
    if found is None:
        return None
    text = found[1].strip().strip('"')
    return int(text) if text.isdecimal() else _CODE_OF.get(text.casefold())


def refusal_text(final: str) -> str:
    """A final line that is not OK, in words."""
    code = refusal_code(final)
    return f"{CME_ERRORS[code]} (+CME ERROR {code})" if code in CME_ERRORS else final


def is_unknown_command(final: str) -> bool:
    """Whether the firmware does not know the command at all."""
    return final.upper().startswith("COMMAND NOT SUPPORT") or refusal_code(final) == 4


CME_ERRORS: dict[int | None, str] = {
    0: "phone failure",
    3: "operation not allowed",
    4: "operation not supported",
    10: "SIM not inserted",
    11: "SIM PIN required",
    12: "SIM PUK required",
    13: "SIM failure",
    14: "SIM busy",
    15: "SIM wrong",
    16: "incorrect password",
    17: "SIM PIN2 required",
    18: "SIM PUK2 required",
    30: "no network service",
    31: "network timeout",
    32: "network not allowed - emergency calls only",
    50: "incorrect parameters",
    100: "unknown",
    111: "PLMN not allowed",
    112: "location area not allowed",
    113: "roaming not allowed in this location area",
    133: "requested service option not subscribed",
    148: "unspecified GPRS error",
    149: "PDP authentication failure",
}
"""3GPP TS 27.007, 9.2, as far as a data modem uses them."""

_CODE_OF = {text.casefold(): code for code, text in CME_ERRORS.items()}


def _without_name(line: str, name: str) -> str:
    found = _PREFIX.match(line)
    return found[2].strip() if found and found[1].upper() == name else line
