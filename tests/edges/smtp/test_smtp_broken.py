"""Connections that break, at each moment."""

import pytest

from bot.errors import SubmissionError
from bot.smtp import SmtpSubmission
from tests.submitting import (
    CONTENT,
    MESSAGE,
    SENDER,
    Connect,
    Serve,
    people,
    send,
    settings_for,
)


@pytest.mark.parametrize(
    ("cut", "in_doubt", "taken"),
    [
        ("data", False, 0),
        ("body", False, 0),
        ("before-reply", True, 0),
        ("after-reply", True, 1),
    ],
)
def test_a_cut_is_in_doubt_only_after_the_final_dot(
    serve: Serve,
    connect: Connect,
    cut: str,
    *,
    in_doubt: bool,
    taken: int,
) -> None:
    """In doubt means: nobody knows; not in doubt: it may be sent again at once."""
    server = serve(cut=cut)
    submission = connect(server)
    big = MESSAGE + b"x" * 78 + b"\r\n" + b"0123456789\r\n" * 2_000_000
    raw = big if cut == "body" else MESSAGE

    with pytest.raises(SubmissionError) as caught:
        send(submission, people(2), raw)

    assert caught.value.in_doubt is in_doubt
    assert len(server.taken.messages) == taken
    submission.open()
    assert send(submission, people(2)).is_positive


def test_a_silent_server_is_in_doubt_after_the_long_timeout(
    serve: Serve, connect: Connect
) -> None:
    """A server may take minutes over a message, but not for ever."""
    server = serve(delay=60)
    submission = connect(server, final_timeout=0.2)

    with pytest.raises(SubmissionError) as caught:
        send(submission, people(1))

    assert caught.value.in_doubt


def test_a_slow_final_reply_is_waited_for(serve: Serve, connect: Connect) -> None:
    """The final reply has a time-out of its own (RFC 5321 §4.5.3.2.6)."""
    server = serve(delay=0.6)

    reply = send(connect(server, timeout=0.3), people(1))

    assert reply.is_positive


@pytest.mark.parametrize("pipelining", [True, False])
def test_421_at_a_recipient_closes_the_offer(
    serve: Serve, connect: Connect, *, pipelining: bool
) -> None:
    """Nothing was accepted; the replies seen tell whom to leave out next time."""
    refusals = {str(each): "550 5.1.1 User unknown" for each in people(30)[1:]}
    server = serve(pipelining=pipelining, refusals=refusals, error_limit=20)
    submission = connect(server)

    offer = submission.offer(SENDER, people(30), CONTENT)

    assert offer.closed
    codes = [each.reply_code for each in offer.recipients]
    assert codes == [250] + [550] * 20 + [421]
    submission.open()
    assert send(submission, people(1)).is_positive


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_cut_among_the_recipients_closes_the_offer(
    serve: Serve, connect: Connect, *, pipelining: bool
) -> None:
    """A server that just goes away has accepted nothing."""
    server = serve(pipelining=pipelining, cut="rcpt")

    offer = connect(server).offer(SENDER, people(3), CONTENT)

    assert (offer.closed, offer.recipients) == (True, ())


def test_421_at_mail_closes_the_offer(serve: Serve, connect: Connect) -> None:
    """An idle time-out is told like this; the caller just opens again."""
    server = serve(close_at_command=2)

    offer = connect(server).offer(SENDER, people(3), CONTENT)

    assert (offer.mail.reply_code, offer.recipients, offer.closed) == (421, (), True)


@pytest.mark.parametrize("verb", ["DATA", "END"])
def test_421_for_a_message_is_returned_and_closes(
    serve: Serve, connect: Connect, verb: str
) -> None:
    """The words decide what happens next, so they must reach the caller."""
    server = serve(replies={verb: "421 4.7.28 Too much"})
    submission = connect(server)

    reply = send(submission, people(1))

    assert reply.reply_code == 421
    with pytest.raises(SubmissionError, match="opened first"):
        submission.offer(SENDER, people(1), CONTENT)


def test_a_positive_reply_to_data_is_no_acceptance(
    serve: Serve, connect: Connect
) -> None:
    """Only the reply to the final dot takes charge of a message."""
    server = serve(replies={"DATA": "250 Ok"})

    with pytest.raises(SubmissionError) as caught:
        send(connect(server), people(1))

    assert not caught.value.in_doubt


@pytest.mark.parametrize(("idle", "connections"), [(19.0, 1), (21.0, 1)])
def test_a_living_connection_is_used_again(
    serve: Serve, idle: float, connections: int
) -> None:
    """A new login for each post would run into the limits for logins."""
    now = [0.0]
    server = serve()
    submission = SmtpSubmission(settings_for(server), monotonic=lambda: now[0])
    submission.open()
    now[0] = idle

    submission.open()

    assert server.taken.connections == connections
    assert ("NOOP" in server.taken.commands) is (idle > 20)
    submission.close()


def test_an_idle_connection_that_died_is_replaced(serve: Serve) -> None:
    """Providers hang up after some minutes of silence."""
    now = [0.0]
    server = serve()
    submission = SmtpSubmission(settings_for(server), monotonic=lambda: now[0])
    submission.open()
    server.hang_up_all()
    now[0] = 21.0

    submission.open()

    assert send(submission, people(1)).is_positive
    assert server.taken.connections == 2
    submission.close()
