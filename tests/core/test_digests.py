"""Digests: many posts in one small mail that tells nobody's address."""

import re
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.address import parse
from bot.compose.digests import DigestFacts, digest
from bot.compose.texts import texts
from bot.message import read as read_mail
from bot.model import ListKind, MailingList, Message

TEXTS = texts(None, ZoneInfo("Europe/Paris"))
NOW = datetime(2026, 11, 27, 18, tzinfo=UTC)
NBSP = "\u00a0"
TWO_MEGABYTES = 2_000_000
LIST = MailingList(
    name="discuter",
    kind=ListKind.DISCUSSION,
    title="Discuter",
    subject_prefix="[discuter]",
)
ANNE = "anne@durand.example"
HEAD = (
    "From: Anne Durand <anne@durand.example>\n"
    "To: comite+discuter@example.org\n"
    "Date: Fri, 27 Nov 2026 09:05:00 +0100\n"
    "Message-ID: <%s@mail.example>\n"
    "Subject: %s\n"
)


def post(
    subject: str = "Pique-nique", body: bytes = b"Bonjour.\r\n", more: str = ""
) -> Message:
    """Make a post of Anne; its id comes from the subject."""
    name = re.sub(r"\W+", "", subject).lower() or "empty"
    return parsed((HEAD % (name, subject) + more).encode(), body)


def parsed(head: bytes, body: bytes) -> Message:
    """Read a mail put together from header lines and a body."""
    raw = head.replace(b"\n", b"\r\n") + b"\r\n" + body
    return read_mail(raw, NOW - timedelta(hours=1))


def attached(subject: str, size: int, head: str = "mixed") -> Message:
    """Make a post with a file of so many bytes, encoded."""
    more = f'MIME-Version: 1.0\nContent-Type: multipart/{head}; boundary="b"\n'
    body = (
        b"--b\r\nContent-Type: text/plain\r\n\r\nVoici l'affiche.\r\n"
        b"--b\r\nContent-Type: application/pdf\r\n"
        b'Content-Disposition: attachment; filename="affiche.pdf"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QUJD" * (size // 4) + b"\r\n"
        b"--b--\r\n"
    )
    return post(subject, body, more)


FACTS = DigestFacts(
    list=LIST,
    mailbox=parse("comite@example.org"),
    mailbox_name="Comité d'Arles",
    subaddressing="+",
    message_id="<k7fm2q.digest@example.org>",
    date=NOW,
    footer="Quitter la liste : désabonner",
    posts=(post(), post("Re: [discuter] Pique-nique"), post("Samedi")),
)


def made(*posts: Message, facts: DigestFacts = FACTS) -> bytes:
    """Compose the digest of some posts."""
    return digest(replace(facts, posts=posts), TEXTS)


def opened(raw: bytes) -> EmailMessage:
    """Read a mail as modern clients do."""
    found = message_from_bytes(raw, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def parts_of(raw: bytes) -> tuple[str, list[EmailMessage]]:
    """Take a digest apart: its text with LF lines, and its posts."""
    text, *rest = opened(raw).iter_parts()
    assert isinstance(text, EmailMessage)
    content = str(text.get_content()).replace("\r\n", "\n")
    if not rest:
        return content, []
    assert rest[0].get_content_type() == "multipart/digest"
    posts = [inner.get_content() for inner in rest[0].iter_parts()]
    assert all(isinstance(one, EmailMessage) for one in posts)
    return content, posts


# ------------------------------------------------------------------------ header


def test_header_is_the_lists() -> None:
    """Filters and threads treat a digest as they treat the list's posts."""
    sent = opened(digest(FACTS, TEXTS))

    assert sent["From"] == "Discuter <comite@example.org>"
    assert sent["To"] == "Discuter <comite+discuter@example.org>"
    assert sent["Reply-To"] == "Discuter <comite+discuter@example.org>"
    assert sent["Subject"] == (
        f"[discuter] Résumé du 27{NBSP}novembre{NBSP}: 3{NBSP}messages"
    )
    assert sent["Date"] == "Fri, 27 Nov 2026 18:00:00 +0000"
    assert sent["Message-ID"] == "<k7fm2q.digest@example.org>"
    assert sent["References"].split() == [
        "<piquenique@mail.example>",
        "<rediscuterpiquenique@mail.example>",
        "<samedi@mail.example>",
    ]
    assert sent["List-Id"] == '"Discuter" <discuter.comite.example.org>'
    assert sent["List-Post"] == "<mailto:comite+discuter@example.org>"
    assert sent["List-Unsubscribe"] == "<mailto:comite+discuter-leave@example.org>"
    assert sent["Precedence"] == "list"
    assert sent["Auto-Submitted"] is None
    assert sent["X-Colporteur"] is None
    assert sent.get_content_type() == "multipart/mixed"


@pytest.mark.parametrize(
    ("kind", "reply_to", "answers"),
    [
        pytest.param(
            ListKind.DISCUSSION, "list", "comite+discuter@example.org", id="list"
        ),
        pytest.param(ListKind.DISCUSSION, "author", "comite@example.org", id="author"),
        pytest.param(ListKind.DISCUSSION, "both", "comite@example.org", id="both"),
        pytest.param(
            ListKind.ANNOUNCEMENT, "list", "comite@example.org", id="announcement"
        ),
    ],
)
def test_answers_never_reach_more_people_than_meant(
    kind: ListKind, reply_to: str, answers: str
) -> None:
    """Where the list wants private answers, the digest leads to nobody else."""
    facts = replace(FACTS, list=replace(LIST, kind=kind, reply_to=reply_to))

    raw = digest(facts, TEXTS)

    _, posts = parts_of(raw)
    for one in (opened(raw), *posts):
        assert one["Reply-To"].addresses[0].addr_spec == answers


def test_list_without_prefix_is_named_in_the_subject() -> None:
    """Answers find the list by that name where there are no sub-addresses."""
    facts = replace(FACTS, list=replace(LIST, subject_prefix="", language="en"))

    sent = opened(made(post(), facts=facts))

    assert sent["Subject"] == f"[discuter] Digest of 27{NBSP}November: 1{NBSP}message"


def test_references_are_bounded() -> None:
    """Lines have an end, and so has the patience of mail clients."""
    found = opened(made(*(post(f"n{n}") for n in range(50))))["References"].split()

    assert len(found) == 12
    assert found[-1] == "<n49@mail.example>"


# -------------------------------------------------------------------------- text


def test_text_tells_what_there_is() -> None:
    """Most people read the text and nothing else."""
    text, _ = parts_of(
        made(
            post(body=b"Qui vient ?\r\n\r\n> Samedi\r\n"),
            post("Re: [discuter] Samedi"),
            attached("L'affiche", 4_000),
        )
    )

    assert f"  1. Anne Durand{NBSP}: Pique-nique\n" in text
    assert f"  2. Anne Durand{NBSP}: Re: Samedi\n" in text
    assert (
        "\n1. Pique-nique\n"
        f"Anne Durand, vendredi 27{NBSP}novembre 2026 à 9{NBSP}h{NBSP}05\n"
        "\n| Qui vient ?\n"
    ) in text
    assert "> Samedi" not in text
    assert f"\nPièce jointe{NBSP}: affiche.pdf (3,9{NBSP}Ko)\n" in text
    assert text.endswith("\n-- \nQuitter la liste : désabonner\n")


def test_long_text_is_cut_after_sixty_lines() -> None:
    """The whole post is attached."""
    body = b"".join(b"ligne %d\r\n" % n for n in range(100))

    text, (whole,) = parts_of(made(post(body=body)))

    assert "| ligne 59\n| …\n" in text
    assert "| ligne 60" not in text
    assert "ligne 99" in whole.get_content()


def test_paragraphs_of_one_line_are_shown_whole() -> None:
    """Phones and web mails send a paragraph as one line."""
    body = b"mot " * 400 + b"fin\r\n"

    text, _ = parts_of(made(post(body=body)))

    assert "mot fin\n" in text
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 72


def test_endless_line_is_marked_as_cut() -> None:
    """Nobody should take half a text for the whole."""
    text, _ = parts_of(made(post(body=b"x" * 20_000 + b"\r\n")))

    assert "| …\n" in text


def test_html_only_post_is_read_as_text() -> None:
    """Some web mails send nothing else."""
    more = "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n"
    body = "<p>Bonjour <b>à toutes</b></p>\r\n".encode()

    text, (whole,) = parts_of(made(post("HTML", body, more)))

    assert "\n| Bonjour à toutes\n" in text
    assert whole.get_content_type() == "text/html"
    assert "<b>à toutes</b>" in whole.get_content()


def test_post_without_subject_text_and_name() -> None:
    """Gaps are told, not shown as gaps."""
    one = parsed(b"From: anne@durand.example\n", b"\r\n")

    text, (whole,) = parts_of(made(one))

    assert f"  1. anne{NBSP}: (sans objet)\n" in text
    assert "\n(pas de texte)\n" in text
    assert whole["Subject"] == "[discuter]"
    assert whole["Message-ID"] == "<1.k7fm2q.digest@example.org>"
    assert whole["Date"].datetime == NOW - timedelta(hours=1)


def test_date_of_a_wrong_clock_is_not_believed() -> None:
    """A post of 1970, or of the year 9999, came today."""
    for date in ("Thu, 1 Jan 1970 00:00:00 +0000", "Fri, 31 Dec 9999 23:59:00 -0000"):
        one = parsed(f"From: {ANNE}\nDate: {date}\n".encode(), b"x\r\n")

        text, _ = parts_of(made(one))

        assert f"anne, vendredi 27{NBSP}novembre 2026 à 18{NBSP}h{NBSP}00" in text


def test_digest_without_footer_or_posts() -> None:
    """An empty digest is the caller's mistake; it is a mail all the same."""
    text, posts = parts_of(made(facts=replace(FACTS, footer="")))

    assert "-- " not in text
    assert posts == []


# ------------------------------------------------------------------------- posts


def test_plain_post_keeps_its_bytes() -> None:
    """What an author wrote is not ours to change, trailing blanks included."""
    body = b"Bonjour \r\n.\r\n-- \r\nFrom Anne\r\n\xc3\xa9t\xc3\xa9\r\n\r\n"
    more = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
    more += "Content-Transfer-Encoding: 8bit\n"

    raw = made(post("Bytes", body, more))

    assert b"\r\n\r\n" + body + b"\r\n--=_" in raw
    assert opened(raw)["Content-Transfer-Encoding"] == "8bit"
    _, (whole,) = parts_of(raw)
    assert whole["From"] == "Anne Durand via Discuter <comite@example.org>"
    assert whole["To"] == "Discuter <comite+discuter@example.org>"
    assert whole["Subject"] == "[discuter] Bytes"
    assert whole["Message-ID"] == "<bytes@mail.example>"
    assert whole["Date"] == "Fri, 27 Nov 2026 09:05:00 +0100"
    assert whole.get_content() == body.decode()


def test_ascii_posts_make_a_seven_bit_digest() -> None:
    """Nothing then asks anything of the servers on the way."""
    raw = digest(FACTS, TEXTS)

    assert raw.isascii()
    assert opened(raw)["Content-Transfer-Encoding"] is None


def test_signed_post_stays_as_it_was_signed() -> None:
    """A changed byte would make the author a forger, whatever the size."""
    one = attached("Signé", 150_000, 'signed; protocol="application/pgp-signature"')
    signed = one.raw.partition(b"\r\n\r\n")[2]

    raw = made(one)

    assert signed in raw
    text, _ = parts_of(raw)
    assert "non reprise" not in text


def test_heavy_post_loses_its_attachments() -> None:
    """The text says so, with the name and the size."""
    raw = made(attached("Lourd", 150_000), post())

    text, (lean, _) = parts_of(raw)
    assert f"Pièce jointe (non reprise ici){NBSP}: affiche.pdf (146{NBSP}Ko)" in text
    body, note = lean.iter_parts()
    assert body.get_content().strip() == "Voici l'affiche."
    assert f"[Pièce jointe retirée{NBSP}: affiche.pdf]" in note.get_content()
    assert len(raw) < 10_000


def test_list_that_takes_no_attachments_has_none_in_digests() -> None:
    """What posts don't carry, digests don't either."""
    facts = replace(FACTS, list=replace(LIST, attachments="strip"))

    raw = made(attached("Petit", 400), facts=facts)

    assert b"QUJDQUJD" not in raw
    assert "(non reprise ici)" in parts_of(raw)[0]


def test_post_that_was_not_read_whole_is_not_embedded() -> None:
    """Half a mail is a broken mail."""
    one = replace(post(), size=30_000_000, truncated=True)

    text, posts = parts_of(made(one))

    assert posts == []
    assert "(Ce message est trop lourd pour être joint. En voici le texte.)" in text


def big_posts(count: int) -> tuple[Message, ...]:
    """Make posts of a megabyte each that can't be stripped: long texts."""
    line = b"Une ligne de soixante-dix signes, dont on ne fait pas le compte.\r\n"
    return tuple(post(f"n{n}", line * (1_000_000 // len(line))) for n in range(count))


def test_a_dozen_posts_of_a_megabyte_stay_under_two() -> None:
    """A digest that mailboxes refuse would tell nobody anything."""
    raw = made(*big_posts(12), post("Petit"))

    text, posts = parts_of(raw)
    assert len(raw) < TWO_MEGABYTES
    assert [one["Subject"] for one in posts] == ["[discuter] n0", "[discuter] Petit"]
    assert text.count("(Ce message est trop lourd") == 11
    assert text.count("| Une ligne") >= 12


def test_a_dozen_posts_with_a_megabyte_attached_are_all_there() -> None:
    """Without their files they are small."""
    raw = made(*(attached(f"n{n}", 1_000_000) for n in range(12)))

    assert len(raw) < TWO_MEGABYTES
    assert len(parts_of(raw)[1]) == 12


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\U0001f33b " * 4_000, id="four-bytes-each"),
        pytest.param("=\n" * 100_000, id="equals-signs"),
        pytest.param("x" * 300_000, id="endless-word"),
    ],
)
def test_storm_of_posts_stays_small(text: str) -> None:
    """Hundreds of posts, each as costly to encode as can be."""
    one = post()
    storm = tuple(
        replace(one, text=text, typed="", subject="\U0001f33b" * 500)
        for _ in range(300)
    )

    raw = made(*storm)

    assert len(raw) < TWO_MEGABYTES


# ----------------------------------------------------------------------- privacy

MEMBER = "zoe.secret@members.example"
LEAKY = (
    "From: {}",
    "Sender: {}",
    "Reply-To: {}",
    "To: {}",
    "Cc: Paul <paul@x.example>, {}",
    "Bcc: {}",
    "Autocrypt: addr={}; keydata=AAAA",
    "X-Original-From: {}",
    "X-Unheard-Of: {}",
    "Delivered-To: {}",
    "Return-Path: <{}>",
    "Disposition-Notification-To: {}",
    "Organization: {}",
    "In-Reply-To: Your message of Monday <{}> <1@a.example>",
    "References: mail of {} <1@a.example>",
    "DKIM-Signature: v=1; i={}",
    'From: "{}" <zoe.secret@members.example>',
    "From: {}\n\t(Zoé)",
)


@pytest.mark.parametrize("reply_to", ["list", "author", "both"])
@pytest.mark.parametrize("field", LEAKY, ids=[one.split(":")[0] for one in LEAKY])
def test_no_field_tells_an_address(field: str, reply_to: str) -> None:
    """Members see each other's names; addresses are theirs to give."""
    author = "" if field.startswith("From") else f"From: Zoé <{MEMBER}>\n"
    head = f"{author}{field.format(MEMBER)}\nSubject: x\n".encode()
    facts = replace(FACTS, list=replace(LIST, reply_to=reply_to))

    raw = made(parsed(head, b"x\r\n"), facts=facts)

    assert MEMBER.encode() not in raw
    assert b"members.example" not in raw
    assert b"paul@x.example" not in raw
    shown = f"{parts_of(raw)[0]}{parts_of(raw)[1][0]}"
    assert MEMBER not in shown


@given(
    name=st.text(max_size=20),
    fields=st.lists(st.sampled_from(LEAKY), max_size=6),
    encoded=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_no_mail_tells_an_address(
    name: str, fields: list[str], *, encoded: bool
) -> None:
    """Whatever fields a mail brings, and whatever its author is called."""
    shown = f"{name} {MEMBER}"
    word = b64encode(shown.encode("utf-8", "replace")).decode()
    author = f"=?utf-8?b?{word}?= <{MEMBER}>" if encoded else f'"Zoé" <{MEMBER}>'
    lines = [f"From: {author}", *(one.format(MEMBER) for one in fields), "Subject: x"]

    raw = made(parsed("\n".join([*lines, ""]).encode(), b"x\r\n"))

    assert MEMBER.encode() not in raw
    text, posts = parts_of(raw)
    assert MEMBER not in text
    assert all(MEMBER not in str(one["From"]) for one in posts)


def test_known_thread_is_kept() -> None:
    """Answers are put where they belong when a reader opens a post."""
    more = "In-Reply-To: <1@a.example>\nReferences: <0@a.example>\n <1@a.example>\n"

    _, (whole,) = parts_of(made(post(more=more)))

    assert whole["In-Reply-To"] == "<1@a.example>"
    assert whole["References"].split() == ["<0@a.example>", "<1@a.example>"]


# --------------------------------------------------------------------- integrity


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param("a\r\nBcc: x@y.z", id="crlf"),
        pytest.param("a\n\n<html>", id="end-of-header"),
        pytest.param("a\rBcc: x@y.z", id="lone-cr"),
        pytest.param("a\u2028b\u0085c\x0cd", id="unicode-line-ends"),
        pytest.param("{{ 7 * 7 }}", id="template"),
        pytest.param("\ud800", id="surrogate"),
    ],
)
def test_no_fact_injects_anything(hostile: str) -> None:
    """Subjects, names and texts come from strangers."""
    one = replace(
        post(),
        subject=hostile,
        message_id=f"<{hostile}@x>",
        typed=hostile,
    )
    author = one.author
    assert author is not None
    facts = replace(
        FACTS,
        list=replace(LIST, title=hostile, subject_prefix=hostile),
        mailbox_name=hostile,
        message_id=f"<{hostile}@x>",
        footer=hostile,
    )

    raw = made(replace(one, author=replace(author, name=hostile)), facts=facts)

    head, _, rest = raw.partition(b"\r\n\r\n")
    assert opened(raw)["Bcc"] is None
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", head)
    assert rest.startswith(b"--=_")
    assert b"\r\nBcc:" not in raw.partition(b"multipart/digest")[2]
    assert "| 49" not in parts_of(raw)[0]


def test_text_of_a_post_cannot_pass_for_ours() -> None:
    """Every line of it stands behind a bar, however it is broken."""
    typed = "a\n____\n2. Faux\x0cClaire, lundi\u2028-- \x1ePied" + " mot" * 40

    text, _ = parts_of(made(replace(post(), typed=typed)))

    after = text.partition("09:05")[2] or text.partition(f"h{NBSP}05\n")[2]
    lines = after.partition("\n-- \n")[0].strip().splitlines()
    assert all(line.startswith("|") for line in lines)
    assert len(lines) > 6


def test_boundaries_are_in_no_post() -> None:
    """A digest that somebody forwards must not end the next one early."""
    first = digest(FACTS, TEXTS)
    marks = re.findall(rb'boundary="([^"]+)"', first)
    body = b"".join(b"--" + one + b"\r\n--" + one + b"--\r\n" for one in marks)

    text, posts = parts_of(made(post("Fwd", body), post("Samedi")))

    assert len(set(marks)) == 2
    assert [one["Subject"] for one in posts] == [
        "[discuter] Fwd",
        "[discuter] Samedi",
    ]
    assert posts[0].get_content().replace("\n", "\r\n").replace("\r\r", "\r") == (
        body.decode()
    )
    assert "Quitter la liste" in text


def test_same_posts_make_the_same_digest() -> None:
    """What was begun before a crash is found again by its hash."""
    assert digest(FACTS, TEXTS) == digest(FACTS, TEXTS)


@given(st.lists(st.binary(max_size=200), max_size=4), st.text(max_size=50))
@settings(max_examples=60, deadline=None)
def test_any_bytes_make_a_digest(bodies: list[bytes], typed: str) -> None:
    """A broken post must not cost people the others."""
    posts = [
        replace(one, typed=typed, raw=body, size=len(body))
        for one, body in ((post(f"n{n}"), body) for n, body in enumerate(bodies))
    ]

    raw = made(*posts)

    assert raw.endswith(b"--\r\n")
    assert not re.search(rb"(?<!\r)\n", raw)
    assert len(parts_of(raw)[1]) == len(posts)
