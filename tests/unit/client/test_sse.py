"""The event-stream parser: any split of the bytes gives the same messages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rig.client.sse import Message, SseParser

STREAM = (
    ': open\n\nid: 1\nevent: run\ndata: {"a":\n data: no\ndata: 1}\n\n'
    "event: lost\n\nid: 2\r\ndata:é\r\n\r\n"
).encode()
MESSAGES = [Message("run", '{"a":\n1}', "1"), Message("message", "é", "2")]


@given(st.lists(st.integers(0, len(STREAM))))
def test_any_split_gives_the_same_messages(cuts: list[int]) -> None:
    parser, got, at = SseParser(), [], 0
    for cut in [*sorted(cuts), len(STREAM)]:
        got += parser.feed(STREAM[at:cut])
        at = cut
    assert got == MESSAGES


def test_unfinished_message_is_not_dispatched() -> None:
    assert SseParser().feed(b"id: 7\ndata: half") == []
