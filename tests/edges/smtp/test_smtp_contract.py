"""Submission: one contract for scripted servers and a real one."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from uuid import uuid4

import pytest

from bot.address import Address
from bot.demo.provider import Provider
from bot.errors import SubmissionLoginError
from bot.model import content_of
from bot.smtp import SmtpSettings, SmtpSubmission
from tests.box import Box
from tests.submitting import (
    ACCOUNT,
    CONTENT,
    MARK,
    SENDER,
    WRONG,
    Serve,
    people,
    send,
    settings_for,
)

READER = Address("member120", "member.test")


@dataclass(frozen=True)
class Endpoint:
    """A server that takes 50 recipients a message, and what it delivered."""

    settings: SmtpSettings
    mails: Callable[[str], list[bytes]]


def scripted(serve: Serve, kind: str) -> Endpoint:
    """Take the scripted server, with a login."""
    user, password = ACCOUNT
    server = serve(
        pipelining=kind != "one-by-one",
        chunking=kind == "chunking",
        auth=("PLAIN", "LOGIN"),
        passwords=dict([ACCOUNT]),
        recipient_limit=50,
        size_limit=10_485_760,
    )

    def mails(address: str) -> list[bytes]:
        return [raw for _, who, raw in server.taken.messages if address in who]

    settings = settings_for(server, username=user, password=password)
    return Endpoint(settings, mails)


def boxed(box: Box, security: str) -> Endpoint:
    """Take the real Postfix."""
    port = box.submissions_port if security == "tls" else box.submission_port
    settings = SmtpSettings("localhost", port, security, *ACCOUNT)
    return Endpoint(replace(settings, cafile=str(box.cafile)), box.mails)


@pytest.fixture(
    params=[
        "pipelining",
        "chunking",
        "one-by-one",
        "embedded",
        pytest.param("box-tls", marks=pytest.mark.box),
        pytest.param("box-starttls", marks=pytest.mark.box),
    ]
)
def endpoint(request: pytest.FixtureRequest, serve: Serve) -> Iterator[Endpoint]:
    """Give each server in turn."""
    kind: str = request.param
    if kind == "embedded":
        with Provider({**dict([ACCOUNT]), str(READER): "pw"}) as provider:
            settings = SmtpSettings("127.0.0.1", provider.smtp_port, "none", *ACCOUNT)
            yield Endpoint(settings, provider.mails)
    elif kind.startswith("box"):
        box: Box = request.getfixturevalue("box")
        yield boxed(box, kind.removeprefix("box-"))
    else:
        yield scripted(serve, kind)


def until(true: Callable[[], bool], seconds: float = 20) -> bool:
    """Wait until something has happened elsewhere."""
    end = time.monotonic() + seconds
    while not (done := true()) and time.monotonic() < end:
        time.sleep(0.02)
    return done


@pytest.fixture
def submission(endpoint: Endpoint) -> Iterator[SmtpSubmission]:
    """Log in to the server."""
    submission = SmtpSubmission(endpoint.settings)
    submission.open()
    yield submission
    submission.close()


@pytest.mark.parametrize("count", [1, 2, 50])
def test_everybody_is_accepted_up_to_the_limit(
    submission: SmtpSubmission, count: int
) -> None:
    """Each recipient has the reply in its place."""
    offer = submission.offer(SENDER, people(count), CONTENT)
    reply = submission.deliver(MARK)

    assert [each.reply_code for each in offer.recipients] == [250] * count
    assert not offer.closed
    assert reply.reply_code == 250


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b".\r\n..\r\n.a\r\n...\r\n", id="dots"),
        pytest.param(b"0123456789abcde\r\n.\r\n" * 50_000, id="one-megabyte"),
    ],
)
def test_a_message_reaches_its_mailbox_byte_for_byte(
    submission: SmtpSubmission, endpoint: Endpoint, body: bytes
) -> None:
    """Real servers take the dots off again, and the text ends where ours ends."""
    mark = uuid4().hex.encode()
    raw = b"Subject: %s\r\n\r\n%s" % (mark, body)

    def arrived() -> list[bytes]:
        return [mail for mail in endpoint.mails(str(READER)) if mark in mail]

    send(submission, [READER], raw)

    assert until(lambda: len(arrived()) == 1)
    assert arrived()[0].partition(b"\r\n\r\n")[2] == body


def test_what_is_over_the_limit_is_refused_and_the_rest_goes(
    submission: SmtpSubmission,
) -> None:
    """The 51st recipient must not cost the first 50 their mail."""
    offer = submission.offer(SENDER, people(52), CONTENT)
    reply = submission.deliver(MARK)

    assert [each.reply_code for each in offer.recipients] == [250] * 50 + [452] * 2
    assert offer.recipients[50].enhanced_status_code == "4.5.3"
    assert reply.is_positive


def test_one_connection_takes_many_transactions(submission: SmtpSubmission) -> None:
    """A login for each batch would be slow, and is limited by providers."""
    replies = [send(submission, people(2)) for _ in range(3)]

    assert all(reply.is_positive for reply in replies)


def test_an_abandoned_transaction_leaves_nothing(submission: SmtpSubmission) -> None:
    """The recipients of one batch must not receive the next."""
    submission.offer(SENDER, people(50), CONTENT)

    submission.abandon()
    submission.open()
    offer = submission.offer(SENDER, people(2), CONTENT)

    assert [each.reply_code for each in offer.recipients] == [250] * 2
    assert submission.deliver(MARK).is_positive


def test_a_second_offer_replaces_the_first(submission: SmtpSubmission) -> None:
    """A caller that forgot to abandon must not be told « nested MAIL command »."""
    submission.offer(SENDER, people(50), CONTENT)

    offer = submission.offer(SENDER, people(2), CONTENT)

    assert offer.mail.is_positive
    assert [each.reply_code for each in offer.recipients] == [250] * 2


def test_a_message_that_is_announced_too_big_is_refused_at_mail(
    submission: SmtpSubmission,
) -> None:
    """SIZE spares sending 40 MB for nothing; the connection stays usable."""
    offer = submission.offer(SENDER, people(2), content_of(b"x" * 40_000_000))

    assert (offer.mail.reply_code, offer.recipients) == (552, ())
    assert send(submission, people(2)).is_positive


def test_a_wrong_password_is_a_login_error_with_a_hint(endpoint: Endpoint) -> None:
    """Trying again would lock the account, so a person has to be told."""
    submission = SmtpSubmission(replace(endpoint.settings, password=WRONG))

    with pytest.raises(SubmissionLoginError, match="app password") as caught:
        submission.open()

    assert caught.value.reply.startswith("535 5.7.8")
    assert WRONG not in str(caught.value)


def test_features_say_what_the_server_can(
    submission: SmtpSubmission, endpoint: Endpoint
) -> None:
    """`check` shows them, and they set limits."""
    features = submission.features()

    assert features.pipelining is ("pipelining" in features.keywords)
    assert features.size_limit > 10_000_000
    assert {"PLAIN", "LOGIN"} <= set(features.auth)
    assert features.tls.startswith("TLS") is (endpoint.settings.security != "none")
