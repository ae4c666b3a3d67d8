"""AT dialogue: bytes to lines, and which line belongs to whom."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modem.at_codec import (
    MAX_LINE,
    AtParser,
    Exchange,
    Role,
    is_unknown_command,
    refusal_code,
    refusal_text,
)

TALK = (
    b'AT+CSQ\r\r\n+CSQ: 16,99\r\n\r\nOK\r\n^RSSI:20\r\r\n\0\0\r\n^HCSQ:"LTE",53,45,181,18\r\n'
    b"COMMAND NOT SUPPORT\r\n+CME ERROR: SIM busy\r\n"
)
LINES = [
    "AT+CSQ", "+CSQ: 16,99", "OK", "^RSSI:20", '^HCSQ:"LTE",53,45,181,18',
    "COMMAND NOT SUPPORT", "+CME ERROR: SIM busy",
]  # fmt: skip


def taken(command: str, *lines: str) -> tuple[Exchange, list[str]]:
    exchange = Exchange(command)
    return exchange, [exchange.take(line).name for line in lines]


def in_parts(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]


@given(st.lists(st.integers(0, 1000), max_size=20))
def test_any_split_gives_the_same_lines(cuts: list[int]) -> None:
    parser = AtParser()
    assert [line for part in in_parts(TALK, cuts) for line in parser.feed(part)] == LINES


@given(st.binary(max_size=300), st.lists(st.integers(0, 1000), max_size=10))
def test_garbage_gives_lines_whatever_the_split_and_no_exception(
    data: bytes, cuts: list[int]
) -> None:
    whole, parts = AtParser(), AtParser()
    lines = whole.feed(data)
    assert [line for part in in_parts(data, cuts) for line in parts.feed(part)] == lines
    assert all(line.strip() == line and line for line in lines)


@given(st.lists(st.integers(0, 20000), max_size=5))
def test_a_line_without_end_is_given_up_and_the_next_is_heard(cuts: list[int]) -> None:
    parser = AtParser()
    data = b"x" * (2 * MAX_LINE) + b"\r\nOK\r\n"
    assert [line for part in in_parts(data, cuts) for line in parser.feed(part)] == ["OK"]


@given(st.sampled_from(["AT", "AT+CSQ", "ATI", "AT^HCSQ?", "AT+CGSN", "AT+CPIN=1"]), st.text())
def test_no_line_makes_an_exchange_raise(command: str, line: str) -> None:
    exchange = Exchange(command, re.compile(r"\d{15}"))
    exchange.take(line)
    assert refusal_text(line) is not None


@pytest.mark.parametrize(
    ("command", "lines", "roles", "reply"),
    [
        ("AT+CSQ", ["AT+CSQ", "+CSQ: 16,99", "OK"], "ECHO REPLY FINAL", ["16,99"]),
        ("AT+CSQ", ["^RSSI:20", "+CSQ:16,99", "^MODE:5,4", "OK"], "URC REPLY URC FINAL", ["16,99"]),
        ("AT+CSQ", ['+CREG: 1,"792D","04947221"', "+CSQ: 1,99", "OK"], "URC REPLY FINAL", ["1,99"]),
        ("AT+CREG?", ["+CREG: 0,1", "OK"], "REPLY FINAL", ["0,1"]),
        ("AT^HCSQ?", ['^HCSQ:"LTE",1', '^HCSQ: "LTE",2', "OK"], "REPLY REPLY FINAL",
         ['"LTE",1', '"LTE",2']),
        ("AT^NDISSTATQRY?", ["^NDISSTAT:1,,,", "^NDISSTATQry:1", "OK"], "URC REPLY FINAL", ["1"]),
        ("AT+CGMM", ["E3372", "OK"], "REPLY FINAL", ["E3372"]),
        ("AT+CGMR", ["+CGMR: 21.200", "OK"], "REPLY FINAL", ["21.200"]),
        ("ATI", ["Model: E3372", "+GCAP: +CGSM", "OK"], "REPLY REPLY FINAL",
         ["Model: E3372", "+GCAP: +CGSM"]),
        ("AT^HCSQ?", ["COMMAND NOT SUPPORT"], "FINAL", []),
        ("AT^HCSQ?", ["TOO MANY PARAMETERS"], "FINAL", []),
        ("AT+CEREG?", ["ERROR"], "FINAL", []),
        ("AT+CPIN?", ["+CME ERROR: 10"], "FINAL", []),
        ("AT+CPIN?", ["+CMS ERROR: 310"], "FINAL", []),
        ("AT+CSQ", ["at + csq", "+csq: 9,99", "ok"], "ECHO REPLY FINAL", ["9,99"]),
        ("AT+CSQ", ["OK", "+CSQ: 16,99", "OK"], "STRAY REPLY FINAL", ["16,99"]),
        ("ATE0", ["ATE0", "OK"], "ECHO FINAL", []),
        ("AT+CSQ", ["AT+CGMI", "+CSQ: 1,99"], "FOREIGN_ECHO REPLY", ["1,99"]),
        ("AT+CSQ", ["E3372", "OK"], "STRAY STRAY", []),
    ],
)  # fmt: skip
def test_a_line_is_sorted(command: str, lines: list[str], roles: str, reply: list[str]) -> None:
    exchange, found = taken(command, *lines)
    assert found == roles.split()
    assert exchange.lines == reply


def test_with_a_marker_everything_before_our_reply_is_old() -> None:
    exchange = Exchange("AT+CGSN", re.compile(r"\d{15}"))
    roles = [exchange.take(x) for x in ("OK", "ERROR", "E3372", "861821030000017", "OK")]
    assert roles == [Role.STRAY, Role.STRAY, Role.STRAY, Role.REPLY, Role.FINAL]


@pytest.mark.parametrize(
    ("final", "code", "text", "unknown"),
    [
        ("ERROR", None, "ERROR", False),
        ("+CME ERROR: 10", 10, "SIM not inserted (+CME ERROR 10)", False),
        ("+CME ERROR: SIM busy", 14, "SIM busy (+CME ERROR 14)", False),
        ("+CME ERROR:Incorrect Parameters", 50, "incorrect parameters (+CME ERROR 50)", False),
        ("+CME ERROR: 999", 999, "+CME ERROR: 999", False),
        ("+CME ERROR: 4", 4, "operation not supported (+CME ERROR 4)", True),
        ("COMMAND NOT SUPPORT", None, "COMMAND NOT SUPPORT", True),
    ],
)
def test_a_refusal_is_told_in_words(final: str, code: int | None, text: str, unknown: bool) -> None:
    assert (refusal_code(final), refusal_text(final), is_unknown_command(final)) == (
        code, text, unknown
    )  # fmt: skip
