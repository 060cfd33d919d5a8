"""What goes over the wire, and refusals."""

import email
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.address import Address
from bot.errors import SubmissionError
from bot.model import SmtpReply, content_of
from bot.smtp import SmtpSettings, SmtpSubmission
from bot.smtp.wire import as_seven_bit
from tests.scripted_smtp import read_counts
from tests.submitting import (
    CONTENT,
    MARK,
    MESSAGE,
    SENDER,
    Connect,
    Serve,
    people,
    send,
)

SERVER = Path(__file__).parents[2] / "scripted_smtp.py"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b".\r\n..\r\n.a\r\n...\r\n", id="dots"),
        pytest.param("Été\r\n".encode(), id="eight-bit"),
        pytest.param(b"", id="empty"),
        pytest.param(b"x" * 998 + b"\r\n", id="long-line"),
        pytest.param(b"0123456789abcde\r\n.\r\n" * 500_000, id="ten-megabytes"),
    ],
)
def test_a_message_arrives_byte_for_byte(
    serve: Serve, connect: Connect, body: bytes
) -> None:
    """Signatures break over one byte."""
    server = serve()
    raw = MESSAGE + body

    reply = send(connect(server), people(2), raw)

    assert reply.is_positive
    assert server.taken.messages == [
        (str(SENDER), tuple(str(each) for each in people(2)), MARK + raw)
    ]


def test_the_mark_of_a_batch_goes_before_the_message(
    serve: Serve, connect: Connect
) -> None:
    """A header per batch and one big body need not be joined in memory."""
    server = serve()
    submission = connect(server)
    big = content_of(MESSAGE + b"a" * 70_000 + b"\r\n" + b"c" * 200_000 + b"\r\n")

    submission.offer(SENDER, people(1), big)
    submission.deliver(MARK)

    assert server.taken.messages[0][2] == MARK + big.raw


def test_a_last_line_without_its_end_gets_one(serve: Serve, connect: Connect) -> None:
    """Else the final dot would be a part of the text, and nothing ends."""
    server = serve()

    send(connect(server), people(1), MESSAGE + b"no end")

    assert server.taken.messages[0][2] == MARK + MESSAGE + b"no end\r\n"


def test_a_batch_is_one_burst_with_data_at_its_end(
    serve: Serve, connect: Connect
) -> None:
    """RFC 2920 §3.1: DATA may be the last of a group; two round trips a batch."""
    server = serve()
    submission = connect(server)

    submission.offer(SENDER, people(3), CONTENT)

    assert server.taken.commands[1:] == [
        f"MAIL FROM:<bot@list.test> SIZE={len(MESSAGE) + 200}",
        "RCPT TO:<member1@member.test>",
        "RCPT TO:<member2@member.test>",
        "RCPT TO:<member3@member.test>",
        "DATA",
    ]
    assert server.taken.messages == []


def test_what_must_not_follow_data_does_not(serve: Serve, connect: Connect) -> None:
    """After 354 there is no other way out than to close (no empty mail leaves)."""
    server = serve()
    submission = connect(server)
    submission.offer(SENDER, people(3), CONTENT)

    submission.abandon()
    submission.open()
    send(submission, people(1))

    assert [who for _, who, _ in server.taken.messages] == [("member1@member.test",)]
    assert server.taken.connections == 2


def test_data_without_recipients_costs_no_connection(
    serve: Serve, connect: Connect
) -> None:
    """The server refuses DATA then, and the dialogue goes on."""
    server = serve(refusals={"member1@member.test": "550 5.1.1 No such user"})
    submission = connect(server)

    offer = submission.offer(SENDER, people(1), CONTENT)
    submission.abandon()
    reply = send(submission, people(2))

    assert [each.reply_code for each in offer.recipients] == [550]
    assert reply.is_positive
    assert server.taken.connections == 1


def test_a_message_goes_in_chunks_where_the_server_takes_them(
    serve: Serve, connect: Connect
) -> None:
    """RFC 3030; the first time the mark goes ahead, to see whether it is true."""
    server = serve(chunking=True)
    submission = connect(server)
    raw = MESSAGE + b".\r\n..\r\nno end"

    for number in range(2):
        submission.offer(SENDER, people(1), content_of(raw))
        submission.deliver(MARK.replace(b"1", b"%d" % number))

    size = len(raw) + 2
    assert [each for each in server.taken.commands if each.startswith("BDAT")] == [
        f"BDAT {len(MARK)}",
        f"BDAT {size} LAST",
        f"BDAT {size + len(MARK)} LAST",
    ]
    assert [each[2][len(MARK) :] for each in server.taken.messages] == [
        raw + b"\r\n"
    ] * 2
    assert "DATA" not in server.taken.commands


def test_a_refused_chunk_ends_its_transaction(serve: Serve, connect: Connect) -> None:
    """RFC 3030 §2: some servers wait for RSET then, and call the next MAIL nested."""
    server = serve(chunking=True, replies={"END": "554 5.7.1 Not wanted"})
    submission = connect(server)

    reply = send(submission, people(1))
    offer = submission.offer(SENDER, people(1), CONTENT)

    verbs = [each.split()[0] for each in server.taken.commands[1:]]
    assert reply.reply_code == 554
    assert offer.mail.is_positive
    assert verbs == ["MAIL", "RCPT", "BDAT", "BDAT", "RSET", "MAIL", "RCPT"]


def test_a_server_that_only_looks_as_if_it_knew_bdat_hears_no_post(
    serve: Serve, connect: Connect
) -> None:
    """A post whose lines are commands would be obeyed, in our name."""
    server = serve(chunking=True, replies={"BDAT": "502 5.5.1 Unknown"})
    submission = connect(server)
    raw = MESSAGE + b"RCPT TO:<victim@member.test>\r\n"

    submission.offer(SENDER, people(1), content_of(raw))
    with pytest.raises(SubmissionError, match="next connection uses DATA") as caught:
        submission.deliver(MARK)
    submission.open()
    reply = send(submission, people(1), raw)

    assert not caught.value.in_doubt
    assert reply.is_positive
    assert not any("victim" in each for each in server.taken.commands)


def test_a_message_is_encoded_for_a_server_of_seven_bits(
    serve: Serve, connect: Connect
) -> None:
    """RFC 6152 §3: without 8BITMIME such bytes are not ours to send."""
    server = serve(eight_bit=False)
    header = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    raw = header + MESSAGE + "Déjà l'été.\r\n".encode()

    send(connect(server), people(1), raw)

    received = server.taken.messages[0][2]
    text = email.message_from_bytes(received).get_payload(decode=True)
    assert received.isascii()
    assert b"\n" not in received.replace(b"\r\n", b"")
    assert isinstance(text, bytes)
    assert text.decode().splitlines() == ["Salut.", "Déjà l'été."]


@given(st.binary(max_size=200), st.sampled_from([b"", b"Content-Type: text/plain\r\n"]))
def test_any_message_can_be_encoded_in_seven_bits(body: bytes, header: bytes) -> None:
    """Whatever somebody posts, the send must not stop."""
    encoded = as_seven_bit(header + b"Subject: \xc3\xa9\r\n\r\n" + body)

    assert encoded.isascii()


@pytest.mark.parametrize("utf8", [True, False])
def test_utf8_in_a_header_is_announced_where_it_is_offered(
    serve: Serve, connect: Connect, *, utf8: bool
) -> None:
    """RFC 6531: a server that knows SMTPUTF8 refuses such a header without it."""
    server = serve(utf8=utf8)

    send(connect(server), people(1), "Subject: Été\r\n\r\nSalut.\r\n".encode())

    assert ("SMTPUTF8" in server.taken.commands[1]) is utf8


@pytest.mark.parametrize("eight_bit", [True, False])
def test_eight_bit_is_announced_where_it_is_offered(
    serve: Serve, connect: Connect, *, eight_bit: bool
) -> None:
    """RFC 6152: BODY=8BITMIME only for a server that knows it."""
    server = serve(eight_bit=eight_bit)

    connect(server).offer(SENDER, people(1), content_of(MESSAGE + b"\xc3\xa9\r\n"))

    assert ("BODY=8BITMIME" in server.taken.commands[1]) is eight_bit


def test_ehlo_does_not_tell_the_name_of_the_machine(
    serve: Serve, connect: Connect
) -> None:
    """Every reader of a Received field would see it."""
    server = serve()

    connect(server)

    assert server.taken.commands == ["ehlo [127.0.0.1]"]
    assert socket.gethostname() not in server.taken.commands[0]


def test_many_recipients_go_in_bursts_that_fit(serve: Serve, connect: Connect) -> None:
    """Some servers take 1,000 at once; neither side may wait for the other."""
    server = serve()
    crowd = people(1000)

    offer = connect(server).offer(SENDER, crowd, CONTENT)

    assert [each.reply_code for each in offer.recipients] == [250] * 1000


# ------------------------------------------------------------------------ refusals


@pytest.mark.parametrize("pipelining", [True, False])
def test_refused_recipients_have_their_own_replies(
    serve: Serve, connect: Connect, *, pipelining: bool
) -> None:
    """A reply given to the wrong person would make the wrong address bounce."""
    refusals = {
        "member2@member.test": "550 5.1.1 User unknown",
        "member4@member.test": "450-4.2.0 Grey\r\n450 4.2.0 listed",
    }
    server = serve(pipelining=pipelining, refusals=refusals)
    submission = connect(server)

    offer = submission.offer(SENDER, people(5), CONTENT)
    submission.deliver(MARK)

    codes = [each.reply_code for each in offer.recipients]
    assert codes == [250, 550, 250, 450, 250]
    assert offer.recipients[3] == SmtpReply(450, "4.2.0", "4.2.0 Grey listed")
    assert len(server.taken.messages[0][1]) == 3


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_refused_sender_ends_the_offer(
    serve: Serve, connect: Connect, *, pipelining: bool
) -> None:
    """The 503 that follow a refused MAIL say nothing about the recipients."""
    server = serve(pipelining=pipelining, replies={"MAIL": "553 5.7.1 Not yours"})

    offer = connect(server).offer(SENDER, people(3), CONTENT)

    assert offer.mail == SmtpReply(553, "5.7.1", "5.7.1 Not yours")
    assert offer.recipients == ()
    assert not offer.closed


@pytest.mark.parametrize(
    "local_part", ["a b", "a\r\nRCPT TO:<evil@x.test>", "é", "a>", "<a", "a\x00"]
)
def test_an_address_that_would_inject_commands_is_refused_here(
    serve: Serve, connect: Connect, local_part: str
) -> None:
    """Whatever the books hold, nothing but an address goes into a command."""
    server = serve()
    submission = connect(server)
    evil = Address(local_part, "member.test")

    offer = submission.offer(SENDER, [*people(1), evil, *people(2)[1:]], CONTENT)
    as_sender = submission.offer(evil, people(1), CONTENT)

    assert [each.reply_code for each in offer.recipients] == [250, 553, 250]
    assert as_sender.mail.reply_code == 553
    assert not any("evil" in command for command in server.taken.commands)


@pytest.mark.parametrize("verb", ["DATA", "END"])
def test_a_refused_message_is_data_and_the_connection_goes_on(
    serve: Serve, connect: Connect, verb: str
) -> None:
    """A refusal is an answer, not an accident."""
    server = serve(replies={verb: "554 5.7.1 Spam"})
    submission = connect(server)

    first = send(submission, people(1))
    second = submission.offer(SENDER, people(1), CONTENT)

    assert first == SmtpReply(554, "5.7.1", "5.7.1 Spam")
    assert second.mail.is_positive
    assert server.taken.connections == 1


def test_the_scripted_server_counts_durably_in_a_process(tmp_path: Path) -> None:
    """Stories kill the bot and read what was delivered from a file."""
    state = tmp_path / "state"
    command = [sys.executable, str(SERVER), "--state", str(state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        submission = SmtpSubmission(SmtpSettings("127.0.0.1", port, "none"))
        submission.open()

        send(submission, people(50))
        send(submission, people(3))
        submission.close()
        process.terminate()

    counts = read_counts(state)
    assert len(counts) == 50
    assert counts["<one@list.test>", "member3@member.test"] == 2
    assert counts["<one@list.test>", "member4@member.test"] == 1
