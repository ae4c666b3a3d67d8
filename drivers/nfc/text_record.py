"""NDEF messages with a text in them. Source: NFC Forum NDEF 1.0, RTD Text 1.0."""

from __future__ import annotations

BEGIN, END, CHUNK, SHORT, HAS_ID = 0x80, 0x40, 0x20, 0x10, 0x08
WELL_KNOWN = 0x01
TEXT = b"T"
UTF_16 = 0x80


def encode_text(text: str, language: str = "en") -> bytes:
    """A message of one text record, UTF-8.

    Raises:
        ValueError: the language code has more than 63 letters.
    """
    code = language.encode("ascii")
    if len(code) > 63:
        raise ValueError("a language code has 63 letters at most")
    payload = bytes([len(code)]) + code + text.encode()
    head = BEGIN | END | WELL_KNOWN
    if len(payload) < 256:
        return bytes([head | SHORT, 1, len(payload)]) + TEXT + payload
    return bytes([head, 1]) + len(payload).to_bytes(4, "big") + TEXT + payload


def decode_text(message: bytes) -> str | None:
    """The first text of a message; None when there is none, or no message at all."""
    rest = message
    while rest:
        flags = rest[0]
        size = 1 if flags & SHORT else 4
        head = 2 + size + bool(flags & HAS_ID)
        if len(rest) < head or flags & CHUNK:
            return None
        length = int.from_bytes(rest[2 : 2 + size], "big")
        kind_end = head + rest[1]
        start = kind_end + (rest[head - 1] if flags & HAS_ID else 0)
        kind, payload = rest[head:kind_end], rest[start : start + length]
        if len(payload) < length:
            return None
        if flags & 0x07 == WELL_KNOWN and kind == TEXT and payload:
            return _text(payload)
        if flags & END:
            return None
        rest = rest[start + length :]
    return None


def _text(payload: bytes) -> str | None:
    start = 1 + (payload[0] & 0x3F)
    encoding = "utf-16" if payload[0] & UTF_16 else "utf-8"
    if start > len(payload):
        return None
    try:
        return payload[start:].decode(encoding)
    except UnicodeDecodeError:
        return None
