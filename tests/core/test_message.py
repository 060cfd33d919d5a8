"""Reading mail: every field, every trick, and any bytes at all."""

import tracemalloc
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.address import Address
from bot.errors import ParseError
from bot.message import read
from bot.model import Message

NOW = datetime(2025, 5, 13, 8, 0, tzinfo=UTC)
SAMPLES = Path(__file__).parents[1] / "mail" / "bounces" / "mails"


def mail(text: str) -> Message:
    """Read a mail written with plain line ends."""
    return read(text.encode(), NOW)


PLAIN = """\
Return-Path: <anne@asso.example>
Delivered-To: comite+discuter@asso.example
X-Original-To: comite+discuter@asso.example
From: =?utf-8?q?Anne_L=C3=A9vy=2C_tr=C3=A9sori=C3=A8re?= <anne@asso.example>
To: Discuter <comite+discuter@asso.example>, zoe@asso.example
Cc: Amis: paul@asso.example, luc@asso.example;
Subject: =?utf-8?q?F=C3=AAte_?=
 =?utf-8?q?d'=C3=A9t=C3=A9?=
Date: Tue, 13 May 2025 09:30:00 +0200
Message-ID: <a1@asso.example>
In-Reply-To: <b2@asso.example>
References: <b1@asso.example>
  <b2@asso.example>
Content-Type: text/plain; charset=utf-8

Bonjour à tous
"""


def test_every_fact_of_a_plain_mail() -> None:
    """All later decisions rest on these."""
    message = mail(PLAIN)

    assert message.author is not None
    assert message.author.name == "Anne Lévy, trésorière"
    assert message.author.address == Address("anne", "asso.example")
    assert message.envelope_sender == Address("anne", "asso.example")
    assert not message.null_sender
    assert [str(who.address) for who in message.to] == [
        "comite+discuter@asso.example",
        "zoe@asso.example",
    ]
    assert [who.address.local_part for who in message.cc] == ["paul", "luc"]
    assert message.delivered_to == (Address("comite+discuter", "asso.example"),)
    assert message.subject == "Fête d'été"
    assert message.message_id == "<a1@asso.example>"
    assert message.in_reply_to == ("<b2@asso.example>",)
    assert message.references == ("<b1@asso.example>", "<b2@asso.example>")
    assert message.sent_at == datetime(2025, 5, 13, 7, 30, tzinfo=UTC)
    assert message.text == "Bonjour à tous"
    assert message.content_type == "text/plain"
    assert message.size == len(message.raw)
    assert message.first("References").split() == list(message.references)


@pytest.mark.parametrize(
    ("fields", "author"),
    [
        pytest.param("From: a@asso.example\nFrom: b@asso.example", "", id="two-fields"),
        pytest.param("From: a@asso.example, b@asso.example", "", id="two-addresses"),
        pytest.param("From: boss@bank.example <evil@x.example>", "", id="bare-address"),
        pytest.param("X-None: 1", "", id="none"),
        pytest.param("From: undisclosed:;", "", id="empty-group"),
        pytest.param(
            "From: =?utf-8?q?boss=40bank=2Eexample=2C?= <evil@x.example>",
            "evil@x.example",
            id="encoded-comma",
        ),
        pytest.param(
            'From: "boss@bank.example" <evil@x.example>', "evil@x.example", id="quoted"
        ),
        pytest.param("From: Martin, Bob <bob@x.example>", "bob@x.example", id="comma"),
        pytest.param("FROM :bob@x.example", "bob@x.example", id="odd-spelling"),
    ],
)
def test_author_is_one_address_or_nobody(fields: str, author: str) -> None:
    """Whoever is shown as the sender must be the one who is believed."""
    message = mail(f"{fields}\nSubject: x\n\nhello")

    assert str(message.author.address if message.author else "") == author


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (b"=?iso-8859-1?q?=C9t=E9?=", "Été"),
        (b"=?utf-8?b?w4l0w6k=?=", "Été"),
        (b"=?utf-8?q?=C3?= =?utf-8?q?=89t=C3=A9?=", "Été"),
        ("Été".encode(), "Été"),
        ("Été à 5 €".encode("cp1252"), "Été à 5 €"),
        (b"=?iso-8859-1?q?=C3=89t=C3=A9?=", "Été"),
        (b"=?x-unknown?q?=C9t=E9?=", "Été"),
        (b"Re: =?utf-8?q?_=C3=89t=C3=A9?= suite", "Re: Été suite"),
        (b"=?utf-8?q?a=0D=0ABcc:_x=40y.example?=", "a Bcc: x@y.example"),
        (b"a\r\n  b", "a b"),
    ],
)
def test_subject_is_one_readable_line(subject: bytes, expected: str) -> None:
    """Mail programs encode subjects in every wrong way there is."""
    message = read(b"Subject: " + subject + b"\r\n\r\n", NOW)

    assert message.subject == expected


@pytest.mark.parametrize(
    ("charset", "body", "expected"),
    [
        ("utf-8", "déjà".encode(), "déjà"),
        ("iso-8859-1", "déjà, 5 €".encode("cp1252"), "déjà, 5 €"),
        ("us-ascii", "déjà".encode(), "déjà"),
        ("utf-8", "déjà".encode("cp1252"), "déjà"),
        ("iso-8859-1", "déjà".encode(), "déjà"),
        ("made-up", "déjà".encode("cp1252"), "déjà"),
        ("utf-8", b"\xef\xbb\xbfabonner", "abonner"),
        ("koi8-r", "привет".encode("koi8-r"), "привет"),
        ("iso-2022-jp", "日本".encode("iso-2022-jp"), "日本"),
        ("idna", b"xn--a", "xn--a"),
    ],
)
def test_body_is_decoded_whatever_its_label_says(
    charset: str, body: bytes, expected: str
) -> None:
    """A command with an accent must work from every mail program."""
    header = f"Subject: x\r\nContent-Type: text/plain; charset={charset}\r\n\r\n"

    message = read(header.encode() + body, NOW)

    assert message.text == expected


def test_text_of_an_attached_mail_is_not_the_authors() -> None:
    """A moderator's « je ne sais pas » must not become the post's « ok »."""
    inner = EmailMessage()
    inner.set_content("reject\n")
    post = EmailMessage()
    post["From"] = "anne@asso.example"
    post.set_content("je ne sais pas\n")
    post.add_attachment(inner)

    message = read(post.as_bytes(), NOW)

    assert message.text == "je ne sais pas"
    assert [part.content_type for part in message.attachments] == ["message/rfc822"]


def test_attachments_have_safe_names_and_sizes() -> None:
    """Names are shown to moderators and may become files in somebody's hands."""
    post = EmailMessage()
    post["From"] = "anne@asso.example"
    post.set_content("ci-joint\n")
    post.add_attachment(b"x" * 30, "image", "png", filename="../../etc/été.png")
    post.add_attachment("note\n", filename="note.txt")

    message = read(post.as_bytes(), NOW)

    assert [part.name for part in message.attachments] == ["été.png", "note.txt"]
    assert message.attachments[0].size >= 40
    assert message.text == "ci-joint"


HTML = """\
From: anne@asso.example
Content-Type: text/html; charset=utf-8

<html><body><div style="display:none">rejeter</div><p>approuver</p>
{quote}
</body></html>
"""


@pytest.mark.parametrize(
    "quote",
    [
        '<div class="gmail_quote">X a écrit :<blockquote>non</blockquote></div>',
        '<blockquote type="cite"><p>non<blockquote>et</blockquote></p>fin</blockquote>',
        '<div id="appendonsend"></div><hr><div>De : X<br>non</div>',
        '<div id="divRplyFwdMsg"><b>De :</b> X</div><div>non</div>',
        '<div class="moz-cite-prefix">X a écrit</div><blockquote>non</blockquote>',
        '<div id="appendonsend"/><div>non</div>',
    ],
)
def test_html_alone_gives_what_was_typed(quote: str) -> None:
    """Half of the answers come from programs that write HTML only."""
    message = mail(HTML.format(quote=quote))

    assert message.html_only
    assert message.typed.strip() == "approuver"
    assert "non" in message.text


TYPED = [
    (
        "gmail",
        "ok\n\nLe mar. 13 mai 2025 à 09:30, Comité <c@asso.example> a écrit :\n> non",
    ),
    (
        "gmail-wrapped",
        "ok\n\nLe mar. 13 mai 2025 à 09:30, Comité\n<c@a.example> a écrit :\n\n> non",
    ),
    ("outlook", "ok\n\nDe : Comité <c@asso.example>\nEnvoyé : mardi\nObjet : x\n\nnon"),
    (
        "outlook-bare",
        "ok\n\nDe : Comité\nEnvoyé : mardi 13 mai\nÀ : Anne\nObjet : x\n\nnon",
    ),
    ("outlook-line", "ok\n\n________________________________\nDe : Comité\nnon"),
    ("original", "ok\n\n-----Message d'origine-----\nDe : x\nnon"),
    ("original-en", "ok\n\n-------- Original Message --------\nnon"),
    ("forward", "ok\n\nDébut du message réexpédié :\n\nnon"),
    (
        "iphone",
        "ok\n\nEnvoyé de mon iPhone\n\n> Le 13 mai, X <x@y.example> a écrit :\n> non",
    ),
    ("bottom", "Le 13/05/2025 à 09:30, Comité a écrit :\n> non\n> non\n\nok"),
    ("english", "ok\n\nOn Tue, May 13, 2025 at 9:30 AM X <x@y.example> wrote:\n\nnon"),
    ("signature", "ok\n-- \nAnne\nnon"),
    ("orange", "ok\n\n> Message du 13/05/25 09:30\n> De : x\n> non"),
    ("orange-bare", "ok\n\nMessage du 13/05/25 09:30\nDe : x\nnon"),
    ("german", "ok\n\nAm 13.05.25 um 09:30 schrieb X:\n> non"),
    ("empty", "\n\nLe 13 mai 2025, X a écrit :\n> ok\n> non"),
]


@pytest.mark.parametrize(("name", "text"), TYPED, ids=[name for name, _ in TYPED])
def test_typed_has_no_quotation_and_no_signature(name: str, text: str) -> None:
    """An answer is understood by what was typed, never by what was quoted."""
    message = mail(f"From: anne@asso.example\n\n{text}\n")

    assert message.typed == ("" if name == "empty" else "ok")


@pytest.mark.parametrize(
    "text",
    [
        "Le comité a écrit une lettre.\nElle est belle.",
        "De : la part de tous\nmerci",
        "abonner discuter Anne Lévy\nNom : Lévy\nfin",
        "- un\n- deux\n- trois",
    ],
)
def test_typed_keeps_what_only_looks_like_a_quotation(text: str) -> None:
    """A line that is cut is a command that is lost."""
    message = mail(f"From: anne@asso.example\n\n{text}\n")

    assert message.typed == text


def test_typed_is_capped() -> None:
    """Patterns on endless lines take endless time."""
    text = "\n".join(["On " * 3000, *["x" * 900] * 900])

    message = mail(f"From: anne@asso.example\n\n{text}\n")

    assert len(message.typed) <= 8192
    assert max(map(len, message.typed.splitlines())) <= 500
    assert message.text == text


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "html", ["<a " * 80_000, "<blockquote>" * 20_000, "<div class=" * 20_000]
)
def test_hostile_html_takes_no_time(html: str) -> None:
    """The standard library's reader takes minutes for the first of these."""
    message = mail(f"From: a@b.example\nContent-Type: text/html\n\n{html}")

    assert message.html_only


def test_same_post_by_two_routes_has_one_fingerprint() -> None:
    """Who writes to two lists, or twice by alias, is posted once."""
    other = PLAIN.replace("Return-Path", "Received: by x\nReturn-Path", 1)
    crlf = other.replace("\n", "\r\n").encode() + b"\r\n\r\n"

    message, copy = mail(PLAIN), read(crlf, NOW)
    changed = mail(PLAIN.replace("Bonjour", "Bonsoir"))

    assert message.sha256 != copy.sha256
    assert message.fingerprint == copy.fingerprint
    assert message.fingerprint != changed.fingerprint


def test_null_sender_is_told_from_none() -> None:
    """`<>` means that nobody wants an answer."""
    assert mail("Return-Path: <>\nSubject: x\n\n").null_sender
    assert not mail("Subject: x\n\n").null_sender


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Tue, 13 May 2025 09:30:00 +0200", datetime(2025, 5, 13, 7, 30, tzinfo=UTC)),
        ("Tue, 13 May 2025 09:30:00 -0000", datetime(2025, 5, 13, 9, 30, tzinfo=UTC)),
        ("Tue, 13 May 2025 09:30:00", None),
        ("mardi 13 mai", None),
        ("Fri, 31 Dec 9999 23:00:00 -2300", None),
    ],
)
def test_date_is_utc_or_nothing(date: str, expected: datetime | None) -> None:
    """A date without its zone may be a day off."""
    assert mail(f"Date: {date}\n\n").sent_at == expected


def test_damaged_header_hides_nothing() -> None:
    """A line without a colon ends the header for the standard library."""
    message = mail(
        "From: anne@asso.example\nthis is no field\nSubject: aide\n"
        "Content-Type: text/plain\n\nbonjour"
    )

    assert message.subject == "aide"
    assert message.text == "bonjour"
    assert "damaged header" in message.defects


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n\r\nhello",
        b"hello",
        b"just\nsome text\n\nmore",
        b"From: a@b.example\nno field and no blank line",
        b"From: a@b.example\r\nX: " + b"x" * 300_000 + b"\r\n\r\nhello",
        "From: a@b.example\n\n".encode("utf-16"),
    ],
)
def test_what_is_no_mail_is_refused(raw: bytes) -> None:
    """Such a mail goes to the folder Problem, untouched."""
    with pytest.raises(ParseError):
        read(raw, NOW)


def test_mail_without_a_body_is_a_mail() -> None:
    """A command may be the subject alone, without a blank line behind it."""
    message = read(b"From: a@b.example\r\nSubject: aide\r\n", NOW)

    assert (message.subject, message.text) == ("aide", "")


def test_nested_comments_in_an_address_field_are_survived() -> None:
    """The standard library's address reader calls itself for each."""
    message = mail("From: a@b.example\nTo: " + "(<," * 60_000 + "\n\n")

    assert message.to == ()
    assert message.author is not None


@pytest.mark.timeout(10)
def test_unfinished_encoded_words_take_no_time() -> None:
    """The library takes a minute for these."""
    message = mail("From: a@b.example\nSubject: " + "=?utf-8?q?a" * 20_000 + "\n\nx")

    assert message.subject
    assert message.text == "x"


def test_header_alone() -> None:
    """Of what is too big only the header is fetched."""
    raw = PLAIN.encode().partition(b"\n\n")[0] + b"\n\n"

    message = read(raw, NOW, size=30_000_000, header_only=True)

    assert message.truncated
    assert message.size == 30_000_000
    assert message.subject == "Fête d'été"
    assert message.text == ""


def test_big_mail_is_read_in_part_and_copied_once() -> None:
    """A cheap server has little memory; 25 MB must not become 150."""
    post = EmailMessage()
    post["From"] = "anne@asso.example"
    post.set_content("bonjour\n")
    post.add_attachment(b"x" * 9_000_000, "video", "mp4", filename="film.mp4")
    raw = post.as_bytes()

    tracemalloc.start()
    message = read(raw, NOW)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert message.truncated
    assert message.text == "bonjour"
    assert message.raw is raw
    assert peak < len(raw)


def test_nested_parts_without_end_are_survived() -> None:
    """Thousands of parts in one another exhaust every parser."""
    parts = "".join(
        f'--b{n}\nContent-Type: multipart/mixed; boundary="b{n + 1}"\n\n'
        for n in range(1500)
    )

    message = mail(
        f'From: a@b.example\nContent-Type: multipart/mixed; boundary="b0"\n\n{parts}'
    )

    assert message.author is not None
    assert message.defects


@given(st.binary(max_size=600))
def test_any_bytes_are_a_message_or_refused(raw: bytes) -> None:
    """Nothing else may come out, or one mail stops the bot."""
    try:
        message = read(raw, NOW)
    except ParseError:
        return

    assert message.raw is raw
    message.subject.encode()
    message.text.encode()


@given(
    st.sampled_from(sorted(SAMPLES.glob("*.eml"))),
    st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=6)), max_size=8),
)
def test_damaged_real_mails_are_a_message_or_refused(
    sample: Path, damage: list[tuple[float, bytes]]
) -> None:
    """Real MIME, broken anywhere."""
    raw = sample.read_bytes()[:20_000]
    for place, noise in damage:
        at = int(place * len(raw))
        raw = raw[:at] + noise + raw[at + len(noise) :]

    try:
        message = read(raw, NOW)
    except ParseError:
        return

    for text in (message.subject, message.text, message.typed):
        text.encode()


@pytest.mark.parametrize(
    "below",
    [
        "Message du 12 à corriger avant envoi",
        "Début du message à raccourcir, s'il te plaît",
        "Le premier paragraphe est faux, car il a écrit :\nsamedi",
        "---\nMais pas avant lundi",
    ],
)
def test_what_looks_like_a_quotation_and_is_none_was_typed(below: str) -> None:
    """Below « ok » it may take it back."""
    raw = f"From: anne@example.org\nSubject: x\n\nok\n{below}\n".encode()

    assert below.splitlines()[-1] in read(raw, NOW).typed


@pytest.mark.parametrize(
    ("html", "typed"),
    [
        ("<p>ok</p><blockquote>mais pas demain</blockquote>", "mais pas demain"),
        ("<p><s>approuver</s> rejeter</p>", "~~approuver"),
        ("<p>ok <del>toujours</del></p>", "~~toujours"),
    ],
)
def test_what_is_indented_or_struck_out_was_typed(html: str, typed: str) -> None:
    """An indented paragraph is one's own; struck out words are marked."""
    head = "From: anne@example.org\nSubject: x\nContent-Type: text/html\n\n"

    assert typed in read(f"{head}{html}".encode(), NOW).typed
