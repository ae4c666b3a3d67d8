"""Columns that fit: nothing is lost on a narrow terminal, and a pipe gets whole lines."""

from __future__ import annotations

import click

from rig.cli.output import table

HEAD = ("", "case", "title", "why not")
REASON = "not applicable: no single reader for several connectors (general.rfid_readers)"
ROWS = (
    ("–", "006", "One Reader for Multiple Connectors", REASON),
    ("●", "007", "Cached Id", ""),
)


def test_long_texts_go_on_in_the_next_line_below_their_beginning() -> None:
    head, first, second = table(HEAD, ROWS, limit=60)
    lines = first.splitlines()
    assert all(len(line) <= 60 for line in (click.unstyle(head), *lines, second))
    at = click.unstyle(head).index("why not")
    assert " ".join(line[at:].strip() for line in lines) == REASON
    assert second == "●  007   Cached Id"


def test_where_there_is_room_a_row_is_a_line() -> None:
    assert [line.count("\n") for line in table(HEAD, ROWS)] == [0, 0, 0]
    assert REASON in table(HEAD, ROWS)[1]


def test_a_column_can_be_cut_off_instead() -> None:
    _, first, _ = table(HEAD, ROWS, cut=2, limit=110)
    assert (len(first), "One Reader" in first and "…" in first, REASON in first) == (
        110,
        True,
        True,
    )


def test_styles_are_not_broken() -> None:
    styled = click.style("✗ FAIL", fg="red")
    _, row = table(("verdict", "detail"), [(styled, "word " * 20)], limit=40)
    assert styled in row
    assert max(len(click.unstyle(line)) for line in row.splitlines()) <= 40


def test_a_word_that_is_longer_than_the_column_is_broken() -> None:
    path = "/dev/serial/by_id/usb_FTDI_USB_RS485_if00_port0"
    _, row = table(("device", "port"), [("relay-left", path)], limit=40)
    assert "".join(line[12:] for line in row.splitlines()) == path
