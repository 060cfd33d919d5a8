"""Posts: what leaves is the author's mail, byte for byte, with a list's header."""

import re
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.policy import default
from pathlib import Path
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.address import Address, NamedAddress, parse
from bot.compose.posts import (
    PostFacts,
    footer_of,
    list_address,
    list_id,
    render,
    witnessed,
)
from bot.compose.texts import texts
from bot.model import ListKind, MailingList, Settings

MAILBOX = parse("comite@example.org")
LIST = MailingList(
    name="discuter",
    kind=ListKind.DISCUSSION,
    title="Discuter",
    subject_prefix="[discuter]",
)
POST = PostFacts(
    list=LIST,
    mailbox=MAILBOX,
    author=NamedAddress("Alice Martin", parse("alice@martin.example")),
    fallback_message_id="<made@example.org>",
    fallback_date=datetime(2026, 11, 24, 13, 5, tzinfo=UTC),
    subaddressing="+",
    footer="Quitter la liste : désabonner",
    removed_note="[Pièce jointe retirée : {name}]",
)
ASCII_POST = replace(POST, footer="Leave: unsubscribe")
BARE = replace(POST, footer="")
SAMPLES = Path(__file__).parents[1] / "mail"
MULTIPART = (
    b"Subject: deux\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/%s; boundary="b"\r\n\r\n'
    b"preamble\r\n"
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n\r\n"
    b"\xc3\xa9t\xc3\xa9 \r\n.\r\n"
    b"--b\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n<p>\xe9t\xe9\r\n"
    b"--b--\r\nepilogue\r\n"
)


def mail(head: str, body: bytes = b"Bonjour\r\n") -> bytes:
    """Put a mail together from header lines and a body."""
    return head.encode().replace(b"\n", b"\r\n") + b"\r\n\r\n" + body


def header_of(raw: bytes) -> Message:
    """Read a header as old mail clients do."""
    return message_from_bytes(raw)


def shown(raw: bytes, name: str) -> str:
    """Read one field, encoded words decoded."""
    return str(make_header(decode_header(str(header_of(raw)[name]))))


# ------------------------------------------------------------------------ header


def test_header_is_the_lists() -> None:
    """What DMARC, filters, mail clients and members go by (RFC 2369, RFC 2919)."""
    raw = mail("From: alice@martin.example\nSubject: Samedi\nMessage-ID: <1@m.example>")

    sent = header_of(render(raw, POST))

    assert sent["From"] == '"Alice Martin via Discuter" <comite@example.org>'
    assert sent["To"] == '"Discuter" <comite+discuter@example.org>'
    assert sent["Reply-To"] == '"Discuter" <comite+discuter@example.org>'
    assert sent["X-Original-From"] == '"Alice Martin" <alice@martin.example>'
    assert sent["List-Id"] == '"Discuter" <discuter.comite.example.org>'
    assert sent["List-Post"] == "<mailto:comite+discuter@example.org>"
    assert sent["List-Help"] == (
        "<mailto:comite+discuter-request@example.org?subject=aide>"
    )
    assert sent["List-Subscribe"] == "<mailto:comite+discuter-join@example.org>"
    assert sent["List-Unsubscribe"] == "<mailto:comite+discuter-leave@example.org>"
    assert sent["List-Owner"] == "<mailto:comite+discuter-owner@example.org>"
    assert sent["Precedence"] == "list"
    assert sent["Subject"] == "[discuter] Samedi"
    assert sent["Message-ID"] == "<1@m.example>"


def test_header_works_without_subaddresses() -> None:
    """Many providers have none; then the subject says what is wanted."""
    sent = header_of(render(mail("Subject: x"), replace(POST, subaddressing="")))

    assert sent["To"] == '"Discuter" <comite@example.org>'
    assert sent["List-Post"] == "<mailto:comite@example.org?subject=%5Bdiscuter%5D%20>"
    assert sent["List-Unsubscribe"] == (
        "<mailto:comite@example.org?subject=desabonner%20discuter>"
    )
    assert sent["List-Owner"] == "<mailto:comite@example.org?subject=aide>"


def test_announcements_take_no_posts() -> None:
    """Readers must not be led to write to everybody; answers go to the author."""
    one = replace(LIST, kind=ListKind.ANNOUNCEMENT)

    sent = header_of(render(mail("Subject: x"), replace(POST, list=one)))

    assert sent["List-Post"] == "NO"
    assert sent["Reply-To"] == '"Alice Martin" <alice@martin.example>'


@pytest.mark.parametrize(
    ("reply_to", "addresses"),
    [
        pytest.param("list", ["comite+discuter@example.org"], id="list"),
        pytest.param("author", ["alice@martin.example"], id="author"),
        pytest.param(
            "both", ["comite+discuter@example.org", "alice@martin.example"], id="both"
        ),
    ],
)
def test_reply_to_follows_the_setting(reply_to: str, addresses: list[str]) -> None:
    """Whether answers are for all is the list's choice."""
    post = replace(POST, list=replace(LIST, reply_to=reply_to))

    sent = header_of(render(mail("Reply-To: else@x.example"), post))

    assert re.findall(r"<(.*?)>", sent["Reply-To"]) == addresses


REMOVED = """Return-Path: <m@x.example>
Delivered-To: m@x.example
X-Original-To: m@x.example
Envelope-To: m@x.example
Received: from a (m@x.example)
 by b; Mon
DKIM-Signature: v=1; a=rsa-sha256; b=abc
ARC-Seal: i=1; a=x
Authentication-Results: mx; dmarc=pass
Bcc: m@x.example
Cc: m@x.example
To: m@x.example
Sender: m@x.example
Errors-To: m@x.example
Apparently-To: m@x.example
Disposition-Notification-To: m@x.example
Return-Receipt-To: m@x.example
X-Confirm-Reading-To: m@x.example
List-Unsubscribe: <mailto:m@x.example>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
X-Originating-IP: 192.0.2.7
Approved: secret
Urgent: secret
Resent-To: m@x.example
X-Spam-Status: No
X-Loop: m@x.example
X-Colporteur: post; id=1; sig=forged
X-Envelope-To: m@x.example
X-Gm-Original-To: m@x.example
Auto-Submitted: no
Precedence: bulk
Mail-Followup-To: m@x.example
Archived-At: <http://x.example/m>"""


def test_private_and_stale_fields_are_removed() -> None:
    """They name people, prove what no longer holds, or order something."""
    sent = render(mail(REMOVED + "\nSubject: x\nReceived: again"), POST)

    left = header_of(sent)
    names = {line.split(":")[0] for line in REMOVED.splitlines() if line[0] != " "}
    ours = {"To", "List-Unsubscribe", "Precedence"}
    assert [name for name in names - ours if name in left] == []
    assert left.get_all("Precedence") == ["list"]
    assert b"m@x.example" not in sent
    assert b"192.0.2.7" not in sent


KEPT = (
    b"Message-Id:  <x@y.example>  \r\n"
    b"DATE: Tue,  24 Nov 2026 14:05:00 +0100 (CET)\r\n"
    b"subject: =?iso-8859-1?Q?[Discuter]_=E9t=E9?=\r\n\t=?utf-8?B?w6k=?=\r\n"
    b"In-Reply-To: <a@b>\r\n"
    b"References: <a@b>\r\n <c@d>\r\n"
    b"MIME-version: 1.0 (x)\r\n"
    b"Content-type: text/plain;\r\n charset=iso-8859-1;\r\n\tformat=flowed\r\n"
    b"Content-Transfer-encoding: 8BIT\r\n"
    b"Autocrypt: addr=alice@martin.example; keydata=abc=\r\n"
    b"Thread-Index: AcQ\r\n"
    b"User-Agent: x\xe9\r\n"
)


def test_fields_of_the_author_stay_byte_for_byte() -> None:
    """Folding, case and encoding are part of signatures and of habits."""
    sent = render(KEPT + b"\r\n\xe9t\xe9\r\n", BARE)

    assert sent.endswith(b"Precedence: list\r\n" + KEPT + b"\r\n\xe9t\xe9\r\n")


def test_missing_message_id_and_date_are_made() -> None:
    """Mails without them are refused by some, and can't be answered."""
    sent = header_of(render(mail("Subject: x\nMessage-ID:\nDate: "), POST))

    assert sent.get_all("Message-ID") == ["<made@example.org>"]
    assert sent.get_all("Date") == ["Tue, 24 Nov 2026 13:05:00 +0000"]


def test_second_subject_is_dropped() -> None:
    """Readers see either one; moderators saw the first."""
    sent = render(mail("Subject: a\nSubject: b\nMessage-ID: <1@x.y>"), POST)

    assert header_of(sent).get_all("Subject") == ["[discuter] a"]


def test_author_without_name_is_called_by_the_local_part() -> None:
    """The domain in a name looks like phishing to filters."""
    nameless = NamedAddress("", parse("alice.martin@martin.example"))
    spelt = NamedAddress("alice@martin.example", nameless.address)

    for author in (nameless, spelt):
        sent = header_of(render(mail("Subject: x"), replace(POST, author=author)))

        assert re.fullmatch(
            r'"alice(\.martin)? via Discuter" <comite@example.org>', sent["From"]
        )


def test_list_without_title_goes_by_its_name() -> None:
    """A title is optional."""
    post = replace(POST, list=replace(LIST, title=""))

    assert header_of(render(mail("Subject: x"), post))["From"].startswith(
        '"Alice Martin via discuter"'
    )


def test_own_address_of_a_list_is_used() -> None:
    """An alias is what members know."""
    one = replace(LIST, address=parse("discuter@example.org"))

    sent = header_of(render(mail("Subject: x"), replace(POST, list=one)))

    assert sent["To"] == '"Discuter" <discuter@example.org>'
    assert sent["List-Post"] == "<mailto:discuter@example.org>"


def test_subaddress_too_long_for_smtp_is_not_made() -> None:
    """RFC 5321 allows 64 octets before the @; servers refuse more."""
    long = Address("c" * 60, "example.org")

    assert list_address(LIST, long, "+") == long


def test_list_id_is_a_domain_whatever_the_name() -> None:
    """Mail clients file by it (RFC 2919)."""
    odd = replace(LIST, name="Été & co", title="")

    assert list_id(odd, MAILBOX).endswith("<-t-co.comite.example.org>")


@given(
    name=st.text(),
    title=st.text(),
    prefix=st.text(max_size=40),
    message_id=st.text(max_size=60),
)
def test_names_cannot_inject_a_field(
    name: str, title: str, prefix: str, message_id: str
) -> None:
    """Display names come from strangers, titles and prefixes from owners."""
    one = replace(LIST, title=title, subject_prefix=prefix)
    author = NamedAddress(name, POST.author.address)
    post = replace(POST, list=one, author=author, fallback_message_id=message_id)

    sent = render(mail("From: x@y.example\nSubject: x"), post)

    head = sent.split(b"\r\n\r\n")[0]
    names = re.findall(rb"^([^ \t\r\n:]+):", head, re.MULTILINE)
    assert len(names) == len(set(names))
    assert set(names) <= EXPECTED_FIELDS
    assert all(len(line) <= 998 for line in head.split(b"\r\n"))
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", head)


EXPECTED_FIELDS = {
    *(b"From", b"To", b"Reply-To", b"Message-ID", b"Date", b"X-Original-From"),
    *(b"List-Id", b"List-Post", b"List-Help", b"List-Subscribe", b"List-Unsubscribe"),
    *(b"List-Owner", b"Precedence", b"Subject", b"MIME-Version", b"Content-Type"),
}


def test_names_are_decoded_before_they_are_joined() -> None:
    """Encoded words inside quotes would be shown as gibberish."""
    author = NamedAddress("=?utf-8?q?Zo=C3=A9_Dupr=C3=A9?=", POST.author.address)

    sent = render(mail("Subject: x"), replace(POST, author=author))

    assert shown(sent, "From") == "Zoé Dupré via Discuter <comite@example.org>"


def test_lone_carriage_return_does_not_end_a_field() -> None:
    """Some servers take it for a line end, and what follows for a field."""
    sent = render(b"Subject: x\rBcc: evil@x.example\r\n\r\nBonjour\r\n", POST)

    assert b"\r\nSubject: [discuter] x Bcc: evil@x.example\r\n" in sent


def test_lines_that_are_no_fields_are_dropped() -> None:
    """Mailbox files leave a From line that breaks the header."""
    raw = b"From alice Tue\r\n folded\r\n>Bcc: x@y.example\r\nSubject: x\r\n\r\nB\r\n"

    sent = render(raw, BARE)

    assert b"folded" not in sent
    assert header_of(sent)["Subject"] == "[discuter] x"


# ----------------------------------------------------------------------- subject


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("Samedi", "[discuter] Samedi", id="plain"),
        pytest.param("", "[discuter]", id="empty"),
        pytest.param("Re: Samedi", "[discuter] Re: Samedi", id="answer"),
        pytest.param("Re: RE : Tr: Samedi", "[discuter] Re: Samedi", id="pile-up"),
        pytest.param("TR : Fwd: Samedi", "[discuter] TR : Samedi", id="forwards"),
        pytest.param("Re[2]: AW: x", "[discuter] Re[2]: x", id="counted"),
        pytest.param("Re: [discuter] Samedi", "Re: [discuter] Samedi", id="there"),
        pytest.param("RE: RE: [DISCUTER] x", "RE: RE: [DISCUTER] x", id="other-case"),
        pytest.param("[autre] [discuter] x", "[autre] [discuter] x", id="two-lists"),
        pytest.param("Le [discuter] x", "[discuter] Le [discuter] x", id="in-the-text"),
        pytest.param("Réunion: jeudi", "[discuter] Réunion: jeudi", id="no-mark"),
    ],
)
def test_prefix_comes_once(before: str, after: str) -> None:
    """Prefixes and answers must not pile up over a discussion."""
    sent = render(mail(f"Subject: {before}"), POST)

    raw = sent.split(b"\nSubject:")[1].split(b"\r\n")[0]
    assert str(make_header(decode_header(raw.decode().strip()))) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            b"=?utf-8?q?=C3=A9t=C3=A9?=\r\n =?utf-8?q?_x?=",
            b"[discuter] =?utf-8?q?=C3=A9t=C3=A9?=\r\n =?utf-8?q?_x?=",
            id="encoded",
        ),
        pytest.param(
            b"=?utf-8?q?Re=3A_=5Bdiscuter=5D_x?=",
            b"=?utf-8?q?Re=3A_=5Bdiscuter=5D_x?=",
            id="prefix-encoded",
        ),
        pytest.param(b"caf\xe9", b"[discuter] caf\xe9", id="raw-latin-1"),
        pytest.param(b"=?x-no?q?=E9?=", b"[discuter] =?x-no?q?=E9?=", id="no-charset"),
        pytest.param(b"=?utf-8?b?!!!?=", b"[discuter] =?utf-8?b?!!!?=", id="damaged"),
    ],
)
def test_subject_bytes_stay_behind_the_prefix(before: bytes, after: bytes) -> None:
    """What need not be written anew is not."""
    sent = render(b"Subject: " + before + b"\r\n\r\nBonjour\r\n", POST)

    assert b"\r\nSubject: " + after + b"\r\n" in sent


def test_pile_up_in_encoded_words_shrinks() -> None:
    """Mail clients encode the whole subject for one accent."""
    sent = render(mail("Subject: =?utf-8?q?Re=3A_RE_=3A_=C3=A9t=C3=A9?="), POST)

    assert shown(sent, "Subject") == "[discuter] Re: été"


@pytest.mark.parametrize("before", ["x", "=?utf-8?q?=C3=A9t=C3=A9?="])
def test_prefix_with_accents_is_encoded(before: str) -> None:
    """Raw UTF-8 in a header needs SMTPUTF8; and the blank must survive."""
    post = replace(POST, list=replace(LIST, subject_prefix="[Comité]"))

    sent = render(mail(f"Subject: {before}"), post)

    assert sent.isascii()
    assert shown(sent, "Subject") in {"[Comité] x", "[Comité] été"}


# -------------------------------------------------------------------------- body


def leaves(raw: bytes) -> list[bytes]:
    """Cut a mail into its leaf parts, header and body, as they travel."""
    head, _, body = raw.partition(b"\r\n\r\n")
    content = message_from_bytes(head + b"\r\n\r\n")
    if content.get_content_maintype() != "multipart":
        kept = re.findall(rb"(?im)^content-[^\n]*\n(?:[ \t][^\n]*\n)*", head + b"\r\n")
        return [b"".join(kept) + b"\r\n" + body]
    boundary = re.escape(str(content.get_boundary()).encode())
    parts = re.split(
        rb"(?m)(?:^|\r\n)--" + boundary + rb"(?:--)?[ \t]*(?:\r\n|\Z)", body
    )
    return [leaf for part in parts[1:-1] for leaf in leaves(part)]


@pytest.mark.parametrize("kind", [b"mixed", b"alternative", b"related"])
def test_parts_stay_and_the_footer_follows(kind: bytes) -> None:
    """Parts are written by programs that know why."""
    raw = MULTIPART % kind

    sent = render(raw, POST)

    assert message_from_bytes(sent).get_content_type() == "multipart/mixed"
    before = message_from_bytes(raw).get_payload()
    after = [
        part for part in message_from_bytes(sent).walk() if not part.is_multipart()
    ]
    assert isinstance(before, list)
    assert [part.as_bytes() for part in after[:-1]] == [
        part.as_bytes() for part in before if isinstance(part, Message)
    ]
    assert b"\xc3\xa9t\xc3\xa9 \r\n.\r\n--b" in sent
    assert b"d=C3=A9sabonner" in sent
    assert sent.count(b"epilogue") == 1


def test_footer_needs_no_closing_delimiter() -> None:
    """Some programs forget it, and cut mails lose it."""
    raw = (MULTIPART % b"mixed").split(b"--b--")[0].removesuffix(b"\r\n")

    sent = message_from_bytes(render(raw, POST), policy=default)

    assert [part.get_content_type() for part in sent.iter_parts()] == [
        "text/plain",
        "text/html",
        "text/plain",
    ]


@pytest.mark.parametrize(
    ("head", "body"),
    [
        pytest.param("Subject: x", b"Bonjour", id="no-mime"),
        pytest.param(
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit",
            "été\r\n".encode(),
            id="8bit",
        ),
        pytest.param(
            'Content-Type: text/plain; charset="UTF-8"\n'
            "Content-Transfer-Encoding: quoted-printable",
            b"=C3=A9t=C3=A9=\r\n !\r\n",
            id="quoted-printable",
        ),
        pytest.param(
            "Content-Type: text/plain; charset=utf-8; format=flowed",
            b"Bonjour \r\nAnne\r\n",
            id="flowed",
        ),
    ],
)
def test_plain_text_is_followed_by_the_footer(head: str, body: bytes) -> None:
    """A single text needs no parts, and its own bytes stay in front."""
    sent = render(mail(head, body), ASCII_POST)

    assert sent.partition(b"\r\n\r\n")[2].startswith(body)
    assert sent.endswith(b"Leave: unsubscribe\r\n")
    read = message_from_bytes(sent, policy=default)
    assert read.get_content_type() == "text/plain"
    assert "\n-- \n" in read.get_content().replace("\r\n", "\n")


@pytest.mark.parametrize("text", ["a", "été", "Bonjour ! ", "x" * 100, ""])
@pytest.mark.parametrize("end", [b"", b"\r\n", b"\r\n\r\n"])
def test_footer_goes_on_with_base64(text: str, end: bytes) -> None:
    """Base64 ends in padding, which must not stand in the middle."""
    body = b64encode(text.encode()).replace(b"\n", b"") + end
    head = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64"

    sent = render(mail(head, body), POST)

    content = message_from_bytes(sent, policy=default).get_content()
    assert content.replace("\r\n", "\n") == (
        f"{text}\n\n-- \nQuitter la liste : désabonner\n"
    )


@pytest.mark.parametrize(
    ("head", "body"),
    [
        pytest.param("Content-Type: text/html; charset=utf-8", b"<p>Hi", id="html"),
        pytest.param("Content-Type: text/plain", b"\xe9t\xe9", id="unknown-charset"),
        pytest.param("Subject: x", b"ascii, footer is not", id="ascii"),
        pytest.param(
            "Content-Type: text/plain; charset=iso-8859-1", b"\xe9t\xe9", id="latin-1"
        ),
        pytest.param(
            "Content-Type: text/plain; charset=utf8\nContent-Transfer-Encoding: base64",
            b"!!!",
            id="damaged-base64",
        ),
        pytest.param(
            "Content-Type: text/plain; charset=utf8\nContent-Transfer-Encoding: base64",
            b"QUJDREV\r\nG",
            id="base64-cut-oddly",
        ),
        pytest.param("Content-Type: text/calendar", b"BEGIN:VCALENDAR", id="calendar"),
        pytest.param(
            "Content-Type: text/plain; charset=utf-8\nContent-Disposition: attachment",
            b"a file",
            id="file",
        ),
        pytest.param(
            "Content-Type: image/gif\nContent-Transfer-Encoding: binary",
            b"GIF\0\xff",
            id="binary",
        ),
    ],
)
def test_other_mails_become_the_first_part(head: str, body: bytes) -> None:
    """A footer that the charset can't hold gets a part of its own."""
    sent = render(mail(head, body), POST)

    read = message_from_bytes(sent, policy=default)
    first, footer = read.iter_parts()
    assert b"\r\n\r\n" + body + b"\r\n--=_" in sent
    assert first.get_content_type() == message_from_bytes(mail(head)).get_content_type()
    assert "désabonner" in footer.get_content()
    assert read["MIME-Version"] == "1.0"
    assert sent.isascii() or read["Content-Transfer-Encoding"] in {"8bit", "binary"}


@pytest.mark.parametrize(
    ("head", "body"),
    [
        pytest.param(
            'Content-Type: multipart/signed; boundary="b"; micalg=pgp-sha256',
            b"--b\r\n\r\nhi\r\n--b\r\n\r\nsig\r\n--b--\r\n",
            id="signed",
        ),
        pytest.param(
            "Content-Type: multipart/encrypted; boundary=b",
            b"--b\r\n\r\nhi\r\n--b--\r\n",
            id="encrypted",
        ),
        pytest.param(
            "Content-Type: application/pkcs7-mime; smime-type=signed-data",
            b"MIIB\r\n",
            id="smime",
        ),
        pytest.param(
            "Subject: x", b"-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\nhi\r\n", id="pgp"
        ),
        pytest.param(
            "Content-Type: text/plain; charset=utf8\nContent-Transfer-Encoding: base64",
            b64encode(b"-----BEGIN PGP MESSAGE-----\r\n") + b"\r\n",
            id="pgp-in-base64",
        ),
        pytest.param(
            "Content-Type: multipart/mixed", b"--b\r\n\r\nhi\r\n", id="broken"
        ),
    ],
)
def test_sealed_mails_stay_as_they_are(head: str, body: bytes) -> None:
    """A byte more and the signature is wrong, or the text can't be deciphered."""
    post = replace(POST, list=replace(LIST, attachments="strip"))

    sent = render(mail(head, body), post)

    assert sent.partition(b"\r\n\r\n")[2] == body


def test_bare_line_feeds_become_crlf() -> None:
    """SMTP knows no others; some servers refuse them as an attack."""
    raw = b"Subject: x\nContent-Type: text/html\n\na\nb\r\nc"

    sent = render(raw, POST)

    assert b"\r\n\r\na\r\nb\r\nc\r\n" in sent
    assert not re.search(rb"(?<!\r)\n", sent)


@pytest.mark.parametrize("raw", [b"", b"\r\nBonjour", b"Subject: x", b"\n", b"\0\xff:"])
def test_stumps_of_mails_are_rendered(raw: bytes) -> None:
    """Whatever was accepted as a post leaves as a mail with a header."""
    sent = render(raw, POST)

    assert header_of(sent)["To"] == '"Discuter" <comite+discuter@example.org>'
    assert sent.endswith(b"\r\n")


lines = st.lists(st.binary(max_size=80).map(lambda b: re.sub(rb"[\r\n]", b".", b)))
bodies = lines.map(lambda some: b"\r\n".join([*some, b""]))
encodings = st.sampled_from([b"7bit", b"8bit", b"base64", b"quoted-printable", b"odd"])
kinds = st.sampled_from(
    [b"text/plain", b"text/html; charset=utf-8", b"image/png", b"TEXT/plain; x"]
)
boundaries = st.sampled_from([b"b", b"=_x", b"a b'()+_,-./:=?z", b"----=_Part"])


@st.composite
def parts(draw: st.DrawFn, depth: int = 2) -> bytes:
    """Make a MIME part: a leaf, or parts between odd boundaries."""
    if depth and draw(st.booleans()):
        boundary = draw(boundaries) + str(depth).encode()
        kind = draw(st.sampled_from([b"mixed", b"alternative", b"signed", b"related"]))
        inner = draw(st.lists(parts(depth=depth - 1), min_size=1, max_size=3))
        between = b"".join(b"--" + boundary + b"\r\n" + one + b"\r\n" for one in inner)
        head = b"Content-Type: multipart/" + kind + b'; boundary="' + boundary + b'"'
        return head + b"\r\n\r\n" + between + b"--" + boundary + b"--\r\n"
    head = b"Content-Type: " + draw(kinds) + b"\r\n"
    encoding = b"Content-Transfer-Encoding: " + draw(encodings) + b"\r\n"
    body = draw(bodies).replace(b"--", b"-.")
    return head + draw(st.sampled_from([b"", encoding])) + b"\r\n" + body


@settings(max_examples=200)
@given(parts())
def test_every_part_stays_byte_for_byte(part: bytes) -> None:
    """Whatever the structure, what the author sent is in what leaves."""
    head, _, body = part.partition(b"\r\n\r\n")

    sent = render(b"Subject: x\r\n" + part, POST)

    if b"multipart" not in head and b"base64" in head:
        body = body.rstrip()[:-4]  # the last group goes on with the footer
    closed = body.rpartition(b"\r\n--")[0] if b"multipart" in head else body
    assert closed in sent
    assert all(one in sent for one in leaves(part) if b"multipart" in head)
    without = render(b"Subject: x\r\n" + part, BARE)
    assert without.endswith(b"\r\n" + part.partition(b"\r\n\r\n")[2])


@given(st.binary())
def test_any_bytes_are_rendered(raw: bytes) -> None:
    """Nothing that somebody sends may stop the bot."""
    stripping = replace(POST, list=replace(LIST, attachments="strip"))

    for post in (POST, stripping):
        sent = render(raw, post)

        assert sent.startswith(b"From: ")
        assert not re.search(rb"(?<!\r)\n", sent)


def sample_mails() -> list[Path]:
    """List the mails that other tests bring along."""
    return sorted(SAMPLES.rglob("*.eml"))[:500]


@pytest.mark.parametrize("path", sample_mails(), ids=lambda path: path.stem)
def test_sample_mails_keep_their_bodies(path: Path) -> None:
    """Mails of the wild are odder than anything made up."""
    raw = path.read_bytes()
    raw = re.sub(rb"(?<!\r)\n", b"\r\n", raw)

    sent = render(raw, BARE)

    body = raw.partition(b"\r\n\r\n")[2]
    assert sent.removesuffix(b"\r\n").endswith(body.removesuffix(b"\r\n"))


def test_ten_megabytes_are_spliced() -> None:
    """Announcements carry pictures; only the footer is added."""
    picture = b64encode(bytes(range(256)) * 4).replace(b"\n", b"") + b"\r\n"
    raw = (MULTIPART % b"mixed").replace(b"<p>", picture * 7_500)

    sent = render(raw, POST)

    assert len(raw) > 10_000_000
    assert picture * 7_500 in sent
    assert len(sent) - len(raw) < 2_000


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"Subject: x\r\n" + b" \r\n" * 500_000, id="folds"),
        pytest.param(b"Subject: " + b"Re: " * 300_000 + b"\r\n\r\nB", id="answers"),
        pytest.param(b'Content-Type: a/b; c="' + b'";' * 300_000, id="parameters"),
        pytest.param(
            b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + b" " * 1_000_000
            + b"!",
            id="blanks",
        ),
        pytest.param(
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n" * 200_000,
            id="delimiters",
        ),
    ],
)
def test_hostile_mails_take_no_longer_than_others(raw: bytes) -> None:
    """One mail must not stop the mailbox; a quadratic step would take minutes."""
    began = process_time()

    for post in (POST, STRIP):
        render(raw, post)

    assert process_time() - began < 10


# ------------------------------------------------------------------- attachments

ATTACHED = (
    b"Subject: x\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n"
    b"--o\r\nContent-Type: multipart/related; boundary=i\r\n\r\n"
    b"--i\r\nContent-Type: text/html\r\n\r\n<img src=cid:1>\r\n"
    b"--i\r\nContent-Type: image/png\r\nContent-ID: <1>\r\n\r\nPICTURE\r\n"
    b"--i--\r\n"
    b"--o\r\nContent-Type: application/pdf\r\n"
    b"Content-Disposition: attachment; filename*=utf-8''%C3%A9t%C3%A9.pdf\r\n\r\n"
    b"PDF\r\n"
    b"--o\r\nContent-Type: text/csv\r\nContent-Disposition: attachment\r\n\r\na;b\r\n"
    b"--o--\r\n"
)
STRIP = replace(POST, list=replace(LIST, attachments="strip"))


def test_attachments_are_replaced_by_notes() -> None:
    """The list takes none; readers shall know that there was one."""
    sent = render(ATTACHED, STRIP)

    parts_left = [
        part
        for part in message_from_bytes(sent, policy=default).walk()
        if not part.is_multipart()
    ]
    assert [part.get_content_type() for part in parts_left] == [
        *("text/html", "image/png", "text/plain", "text/plain", "text/plain"),
    ]
    notes = [part.get_content().strip() for part in parts_left[2:4]]
    assert notes == [
        "[Pièce jointe retirée : été.pdf]",
        "[Pièce jointe retirée : text/csv]",
    ]
    assert b"PDF" not in sent
    assert b"a;b" not in sent
    assert b"PICTURE" in sent


def test_attachments_are_kept_by_default() -> None:
    """Stripping is a choice of the list."""
    assert b"PDF" in render(ATTACHED, POST)


def test_mail_that_is_an_attachment_becomes_a_note() -> None:
    """Scanners send such mails."""
    sent = render(mail("Content-Type: application/pdf; name=x.pdf", b"PDF"), STRIP)

    read = message_from_bytes(sent, policy=default)
    assert read.get_content_type() == "text/plain"
    assert "[Pièce jointe retirée : x.pdf]" in read.get_content()
    assert b"PDF\r\n" not in sent


# ------------------------------------------------------------------ around a post


def test_witness_mark_goes_before_without_a_copy() -> None:
    """A mail of 10 MB leaves in hundreds of batches."""
    rendered = b"From: x\r\n\r\n"

    head, rest = witnessed(rendered, "post; id=7; sig=ab\r\nBcc: x")

    assert head == b"X-Colporteur: post; id=7; sig=abBcc: x\r\n"
    assert rest is rendered


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("separator", ["+", ""])
def test_standard_footer_says_how_to_leave(language: str, separator: str) -> None:
    """Who can't find the way out marks mails as spam."""
    one = replace(LIST, language=language)
    known = Settings(
        mailbox=MAILBOX,
        name="Comité",
        language="fr",
        timezone=ZoneInfo("Europe/Paris"),
        admins=(),
        lists={},
        default_list="",
        subaddressing=separator,
        trusted_authserv="",
        max_message_size=0,
        secret=b"",
    )

    footer = footer_of(one, known, texts(None))

    assert "mailto:comite" in footer
    assert footer_of(replace(one, footer="À nous"), known, texts(None)) == "À nous"
