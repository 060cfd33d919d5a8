"""Dot-stuffing, there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.content import stuff


@pytest.mark.parametrize(
    ("raw", "stuffed"),
    [
        (b"a\r\n.b\r\n", b"a\r\n..b\r\n"),
        (b".\r\n", b"..\r\n"),
        (b"a\r\n..\r\n.\r\n", b"a\r\n...\r\n..\r\n"),
        (b"a.b\r\n", b"a.b\r\n"),
        (b"a\n.\r\nQUIT\r\n", b"a\n..\r\nQUIT\r\n"),
        (b"a\r.\rQUIT\r\n", b"a\r..\rQUIT\r\n"),
        (b"", b""),
    ],
)
def test_each_line_with_a_dot_gets_another(raw: bytes, stuffed: bytes) -> None:
    """A line of one dot would end the message, after a lone CR or LF too."""
    assert stuff(raw) == stuffed


@given(st.lists(st.text("ab.", max_size=4)))
def test_a_receiver_gets_the_same_lines(lines: list[str]) -> None:
    """Taking one dot from each line that begins with one gives the message back."""
    raw = "".join(f"{line}\r\n" for line in lines).encode()

    stuffed = stuff(raw)

    assert b"\r\n.\r\n" not in b"\r\n" + stuffed
    received = [line.removeprefix(b".") for line in stuffed.split(b"\r\n")]
    assert b"\r\n".join(received) == raw


def test_a_message_without_such_a_line_is_not_copied() -> None:
    """A post of 10 MB must not cost 10 MB more."""
    raw = b"x" * 1000 + b"\r\n"

    assert stuff(raw) is raw
