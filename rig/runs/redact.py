"""Keeps secrets out of run store and reports.

Masked are: the value of the configuration key AuthorizationKey, Authorization headers,
members called password, and the password in a URL. A value that was masked once is masked
wherever it turns up again. Everything else stays byte for byte as it was on the wire.

Source: OCPP security white paper, 2.3: the AuthorizationKey is write-only for a reason.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from rig.jsontypes import Json

MASK = "***"
LEARNABLE_LENGTH = 12
"""Shorter values are masked where they stand but not searched for elsewhere."""

_KEY_WORD = "AuthorizationKey".casefold()
_SECRET_MEMBERS = frozenset({"authorization", "authorizationkey", "authorization_key", "password"})
_HINT = re.compile(r"authorization(?:_?key|\W)|password|\\u00|://[^/\s]*@", re.IGNORECASE)
_URL = re.compile(r"(://[^/\s:@\"']*:)([^@/\s\"']+)(?=@)")
_HEADER = re.compile(
    r"(authorization[\"']?\s*[:=]\s*[\"']?)((?:basic|bearer|digest)\s+)?([^\s\"',]+)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"(\bvalue[\"']?\s*[:=]\s*)(?:\"((?:[^\"\\]|\\.)*)\"?|'([^']*)'?|([^\s,}]+))")
_ASSIGNED = re.compile(
    r"(authorization_?key[\"']?\s*(?:=|:|(?:\w+\s+)?to\b)\s*[\"']?)([^\s\"',}]+)", re.IGNORECASE
)
_TOKEN = re.compile(r"\"(?:[^\"\\]|\\.)*\"?|[{}\[\],:]|[^\s{}\[\],:\"]+")
_HEX = re.compile(r"(?:[0-9a-f]{2})+", re.IGNORECASE)


@dataclass(slots=True)
class _Open:
    """An object or list whose end has not come yet."""

    is_object: bool
    start: int
    member: str = ""
    value_next: bool = False
    names_secret: bool = False
    value: tuple[int, int] | None = None


@dataclass(slots=True)
class Redactor:
    """Masks secrets; remembers those it has seen. One per run."""

    _known: set[str] = field(default_factory=set)

    def raw(self, text: str) -> str:
        """A frame as on the wire, also a malformed one."""
        if _HEX.fullmatch(text) and len(text) >= 2 * LEARNABLE_LENGTH:
            return self._binary(text)
        if _HINT.search(text):
            spans = list(self._secret_spans(text))
            if not spans and _KEY_WORD in text.casefold() and not _is_json(text):
                # No JSON that we could find the value in: rather lose evidence than a secret.
                spans = [(text.casefold().index(_KEY_WORD) + len(_KEY_WORD), len(text))]
            for start, end in sorted(spans, reverse=True):
                bare = text[start - 1] != '"'  # no string: what is put there must be one
                text = text[:start] + (f'"{MASK}"' if bare else MASK) + text[end:]
            text = self._urls(text)
        return self._again(text)

    def text(self, text: str) -> str:
        """A sentence for people."""
        if _HINT.search(text):
            text = self._urls(text)
            text = _HEADER.sub(lambda m: self._masked(m[1] + (m[2] or ""), m[3]), text)
            text = _ASSIGNED.sub(lambda m: self._masked(m[1], m[2]), text)
            if _KEY_WORD in text.casefold():
                text = _QUOTED.sub(self._quoted, text)
        return self._again(text)

    def json(self, value: Json) -> Json:
        """Any JSON value; strings in it are taken for sentences, members called raw for frames."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.json(item) for item in value]
        if isinstance(value, dict):
            return self.members(value)
        return value

    def members(self, value: dict[str, Json]) -> dict[str, Json]:
        """A JSON object."""
        secret = any(
            isinstance(word, str) and word.casefold() == _KEY_WORD for word in value.values()
        )
        done: dict[str, Json] = {}
        for name, item in value.items():
            if name.casefold() in _SECRET_MEMBERS or (secret and name.casefold() == "value"):
                done[name] = self._learn(item)
            elif name == "raw" and isinstance(item, str):
                done[name] = self.raw(item)
            else:
                done[name] = self.json(item)
        return done

    def _learn(self, value: Json) -> Json:
        if value is None or value == "":
            return value
        if isinstance(value, str) and len(value) >= LEARNABLE_LENGTH and value != MASK:
            self._known.add(value)
        return MASK

    def _again(self, text: str) -> str:
        for secret in self._known:
            if secret in text:
                text = text.replace(secret, MASK)
        return text

    def _masked(self, before: str, secret: str) -> str:
        self._learn(secret)
        return before + MASK

    def _quoted(self, match: re.Match[str]) -> str:
        value = next((group for group in match.groups()[1:] if group), "")
        quote = match[0][len(match[1])]
        quote = quote if quote in "\"'" else ""
        return self._masked(match[1] + quote, value) + quote

    def _urls(self, text: str) -> str:
        return _URL.sub(lambda m: self._masked(m[1], m[2]), text)

    def _binary(self, text: str) -> str:
        plain = bytes.fromhex(text).decode("latin-1")
        hidden = self.raw(plain) if not _HEX.fullmatch(plain) else plain
        if hidden == plain:
            return text
        return hidden.encode("latin-1").hex()

    def _secret_spans(self, text: str) -> list[tuple[int, int]]:
        """Where secret values stand in JSON text, also in text that is cut off or malformed."""
        spans: list[tuple[int, int]] = []
        stack: list[_Open] = []

        def close(end: int) -> None:
            top = stack.pop()
            if top.names_secret and top.value is not None:
                spans.append(top.value)
            if stack and stack[-1].is_object:
                _take(stack[-1], (top.start, end), spans)

        for match in _TOKEN.finditer(text):
            word = match[0]
            if word in "{[":
                stack.append(_Open(word == "{", match.start()))
            elif word in "}]":
                if stack:
                    close(match.end())
            elif stack and stack[-1].is_object:
                _member(stack[-1], word, match.span(), spans)
        while stack:
            close(len(text))
        outer = [s for s in spans if not any(_within(s, other) for other in spans)]
        return [(a, b) for a, b in outer if self._learned_span(text, a, b)]

    def _learned_span(self, text: str, start: int, end: int) -> bool:
        value = text[start:end]
        if value in ("", "null", MASK):
            return False
        self._learn(value)
        self._learn(_string(f'"{value}"'))
        return True


def _member(top: _Open, word: str, span: tuple[int, int], spans: list[tuple[int, int]]) -> None:
    """Take a word of an object: a colon, a comma, a name or a plain value."""
    if word == ":":
        top.value_next = True
    elif word == ",":
        top.value_next, top.member = False, ""
    elif not top.value_next:
        top.member = _string(word).casefold()
    else:
        if _string(word).casefold() == _KEY_WORD:
            top.names_secret = True
        _take(top, _inside(word, span), spans)


def _take(top: _Open, span: tuple[int, int], spans: list[tuple[int, int]]) -> None:
    """Take the place of a value, plain or not."""
    if top.value_next and top.member in _SECRET_MEMBERS:
        spans.append(span)
    elif top.value_next and top.member == "value":
        top.value = span


def _within(span: tuple[int, int], other: tuple[int, int]) -> bool:
    return span != other and other[0] <= span[0] and span[1] <= other[1]


def _inside(token: str, span: tuple[int, int]) -> tuple[int, int]:
    start, end = span
    if token.startswith('"'):
        start += 1
        end -= token.endswith('"') and len(token) > 1
    return start, end


def _string(token: str) -> str:
    try:
        value = json.loads(token)
    except ValueError:
        return token.strip('"')
    return value if isinstance(value, str) else token


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
