"""Bytes to messages."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.framing import LONGEST_MESSAGE, Framer

STREAM = (
    b"Asterisk Call Manager/11.0.0\r\nEvent: A\r\nName: \xe5\xae\xa2\xe6\x88\xb7\r\n\r\n"
    b"Event: B\r\nVariable: X=1\r\nVariable: Y=2\r\nEmpty:\r\nno colon\r\n\r\n"
)
MESSAGES = [{"event": "A", "name": "客户"}, {"event": "B", "variable": "X=1\nY=2", "empty": ""}]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_messages_are_the_same_wherever_the_stream_is_cut(cuts: list[int]) -> None:
    framer = Framer()
    places = [0, *sorted(cuts), len(STREAM)]
    found = [m for a, b in pairwise(places) for m in framer.feed(STREAM[a:b])]
    assert found == MESSAGES
    assert framer.version == "11.0.0"


def test_bytes_that_are_no_utf8_do_not_stop_the_stream() -> None:
    framer = Framer()
    found = framer.feed(b"Asterisk Call Manager/1\r\nEvent: A\r\nName: \xff\xfe\r\n\r\nEvent: B\r\n\r\n")
    assert [each["event"] for each in found] == ["A", "B"]


def test_a_message_without_end_is_refused() -> None:
    framer = Framer()
    framer.feed(b"Asterisk Call Manager/1\r\n")
    with pytest.raises(ValueError, match="without the end"):
        framer.feed(b"x" * (LONGEST_MESSAGE + 1))
