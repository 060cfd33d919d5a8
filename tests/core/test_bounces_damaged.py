"""Bounces: whatever strangers send, nothing raises and nothing takes for ever."""

from functools import cache

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.bounces import (
    complaint,
    is_bounce,
    is_feedback_report,
    read_report,
    returned_ids,
    returned_names,
)
from bot.model import Message
from tests.bounces.measuring import UNSEEN, labels, read_mail

QUICK = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@cache
def mails() -> tuple[bytes, ...]:
    """Give labelled mails to damage, of each kind some."""
    known = [label.raw for label in labels()][::5]
    return tuple(raw for raw in (*known, *(one.raw for one in labels(UNSEEN))) if raw)


def ask_everything(raw: bytes) -> None:
    """Ask all that the bot asks about a mail."""
    message: Message | None = read_mail(raw)
    if message is None:
        return
    events = read_report(message)
    assert is_bounce(message) or not events
    assert bool(complaint(message)) <= is_feedback_report(message)
    assert len(returned_names(message)) <= 10
    assert len(returned_ids(message)) <= 5


@QUICK
@given(st.binary(max_size=600))
def test_any_bytes(raw: bytes) -> None:
    """Most of it is no mail at all."""
    ask_everything(raw)


@QUICK
@given(st.data())
def test_any_damage_to_a_known_mail(data: st.DataObject) -> None:
    """Cut, glued, overwritten: what servers and filters do to reports."""
    raw = data.draw(st.sampled_from(mails()))
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, min(len(raw), start + 400)))
    noise = data.draw(
        st.one_of(
            st.binary(max_size=60),
            st.sampled_from(
                (b"\n\n", b"\r\n--B\r\n", b"=?utf-8?b?", b"\xe9\xff", b"@")
            ),
        )
    )

    ask_everything(raw[:start] + noise + raw[end:])


@QUICK
@given(st.data())
def test_two_mails_in_one(data: st.DataObject) -> None:
    """A forwarded beginning with another one's end."""
    one, other = (data.draw(st.sampled_from(mails())) for _ in range(2))

    ask_everything(one[: data.draw(st.integers(0, len(one)))] + other)
