"""Notices: the bot's own mails, which no fact can turn into others."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.address import NamedAddress, parse
from bot.compose.notices import NoticeFacts, notice
from bot.model import TextFile

FACTS = NoticeFacts(
    mailbox=parse("comite@example.org"),
    mailbox_name="Comité d'Arles",
    to=NamedAddress("Alice Martin", parse("alice@martin.example")),
    subject="À confirmer",
    text="Bonjour,\n\nC'est prêt.\n",
    message_id="<k7fm2q.preview@example.org>",
    date=datetime(2026, 11, 24, 13, 5, tzinfo=UTC),
)
REFERENCE = "k7fm2q"
ORIGINAL = b"Subject: =?utf-8?q?x?=\r\n  y\r\n\r\n.\r\n\xe9t\xe9 \r\n--b--"


def read(raw: bytes) -> EmailMessage:
    """Read a mail as modern clients do."""
    found = message_from_bytes(raw, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def test_notice_is_a_plain_automatic_mail() -> None:
    """Other programs must see that a program wrote it (RFC 3834)."""
    sent = read(notice(FACTS))

    assert sent["From"] == "Comité d'Arles <comite@example.org>"
    assert sent["To"] == "Alice Martin <alice@martin.example>"
    assert sent["Reply-To"] == "Comité d'Arles <comite@example.org>"
    assert sent["Subject"] == "À confirmer"
    assert sent["Date"] == "Tue, 24 Nov 2026 13:05:00 +0000"
    assert sent["Message-ID"] == "<k7fm2q.preview@example.org>"
    assert sent["Auto-Submitted"] == "auto-replied"
    assert sent["X-Auto-Response-Suppress"] == "All"
    assert sent["List-Id"] is None
    assert sent["X-Colporteur"] is None
    assert sent.get_content_type() == "text/plain"
    assert sent.get_content() == FACTS.text.replace("\n", "\r\n")


def test_html_says_the_same_beside_the_text() -> None:
    """Programs without HTML show the text; what is attached stays beside both."""
    page = "<p>Prêt</p>\n"
    alone = read(notice(replace(FACTS, html=page)))
    more = read(notice(replace(FACTS, html=page, files=(TextFile("a.txt", "x"),))))

    assert alone.get_content_type() == "multipart/alternative"
    for sent in (alone, more):
        plain, html = sent.get_body(("plain",)), sent.get_body(("html",))
        assert plain is not None
        assert html is not None
        assert plain.get_content() == FACTS.text.replace("\n", "\r\n")
        assert html.get_content() == page.replace("\n", "\r\n")
    assert [one.get_filename() for one in more.iter_attachments()] == ["a.txt"]


def test_optional_fields_are_set() -> None:
    """Threads, lists and marks, where there are such."""
    facts = replace(
        FACTS,
        automatic=False,
        in_reply_to="<c@d>",
        references=("<a@b>", "<c@d>"),
        list_id='"Discuter" <discuter.comite.example.org>',
        mark="preview; id=7; sig=ab",
    )

    sent = read(notice(facts))

    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["In-Reply-To"] == "<c@d>"
    assert sent["References"] == "<a@b> <c@d>"
    assert sent["List-Id"] == '"Discuter" <discuter.comite.example.org>'
    assert sent["X-Colporteur"] == "preview; id=7; sig=ab"


def test_long_threads_keep_the_first_and_the_last() -> None:
    """Mail clients thread by those, and lines have an end."""
    facts = replace(FACTS, references=tuple(f"<{n}@x.y>" for n in range(500)))

    found = read(notice(facts))["References"].split()

    assert len(found) == 12
    assert found[0] == "<0@x.y>"
    assert found[-1] == "<499@x.y>"


@pytest.mark.parametrize(
    ("separator", "language", "reply_to", "subject"),
    [
        pytest.param("+", "fr", "comite+k7fm2q@", "À confirmer", id="sub-address"),
        pytest.param("", "fr", "comite@", "À confirmer [réf. k7fm2q]", id="french"),
        pytest.param("", "en", "comite@", "À confirmer [ref. k7fm2q]", id="english"),
    ],
)
def test_token_travels_in_the_address_or_the_subject(
    separator: str, language: str, reply_to: str, subject: str
) -> None:
    """Answers are found by it, with sub-addresses or without."""
    facts = replace(FACTS, token=REFERENCE, subaddressing=separator, language=language)

    sent = read(notice(facts))

    assert sent["Reply-To"].addresses[0].addr_spec == f"{reply_to}example.org"
    assert sent["Subject"] == subject


def test_reference_survives_a_long_subject() -> None:
    """Subjects are cut before the reference, never through it."""
    facts = replace(FACTS, subject="é" * 2_000, token=REFERENCE)

    subject = read(notice(facts))["Subject"]

    assert subject.endswith("… [réf. k7fm2q]")
    assert len(subject) < 250


def test_attached_original_keeps_its_bytes() -> None:
    """Moderators judge what was written, not what we make of it."""
    raw = notice(replace(FACTS, original=ORIGINAL))

    assert b"\r\n\r\n" + ORIGINAL + b"\r\n--=_" in raw
    sent = read(raw)
    text, attached = sent.iter_parts()
    assert text.get_content() == FACTS.text.replace("\n", "\r\n")
    assert attached.get_content_type() == "message/rfc822"
    assert sent["Content-Transfer-Encoding"] == "8bit"


def test_an_original_with_a_line_that_no_server_takes_is_a_file() -> None:
    """A message/rfc822 can't be encoded, and the notice has to leave."""
    original = b"Subject: x\r\n\r\n\xe9" + b"x" * 998 + b"\r\nfin\r\n"

    raw = notice(replace(FACTS, original=original))

    sent = read(raw)
    _, attached = sent.iter_parts()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.isascii()
    assert attached.get_content_type() == "application/octet-stream"
    assert attached["Content-Transfer-Encoding"] == "base64"
    assert attached.get_filename() == "message.eml"
    assert attached.get_payload(decode=True) == original
    assert sent["Content-Transfer-Encoding"] != "8bit"


def test_an_original_with_the_longest_line_that_servers_take_is_a_mail() -> None:
    """Mail programs open those (RFC 5321 §4.5.3.1.6)."""
    original = b"Subject: x\r\n\r\n" + b"x" * 998 + b"\r\n"

    raw = notice(replace(FACTS, original=original))

    _, attached = read(raw).iter_parts()
    assert attached.get_content_type() == "message/rfc822"
    assert original in raw


def test_attached_files_come_back_whole() -> None:
    """Rosters and personal data are for spreadsheets and programs."""
    files = (
        TextFile("membres discuter.csv", "email,nom\nzoé@x.y,Zoé\n", "text/csv"),
        TextFile("données.json", "{}", "application/json"),
        TextFile('x"\r\nBcc: y.txt', "z", "text/plain\r\nX: y"),
    )

    sent = read(notice(replace(FACTS, files=files)))

    _, csv, json, odd = sent.iter_parts()
    assert csv.get_content().replace("\r\n", "\n") == files[0].text
    assert csv.get_filename() == "membres-discuter.csv"
    assert json.get_content_type() == "application/json"
    assert json.get_payload(decode=True) == b"{}"
    assert odd.get_content_type() == "text/plain"
    assert odd.get_filename() == "x-Bcc-y.txt"
    assert sent["Bcc"] is None


EXPECTED_FIELDS = {
    *(b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Reply-To", b"References"),
    *(b"In-Reply-To", b"Auto-Submitted", b"X-Auto-Response-Suppress", b"List-Id"),
    *(b"MIME-Version", b"Content-Type", b"Content-Transfer-Encoding", b"X-Colporteur"),
}
nasty = st.text() | st.sampled_from(
    ["a\r\nBcc: x@y.z", "a\n\nb", "\r\r\n", '"\\', "=?"]
)


@given(nasty, nasty, nasty, nasty, nasty)
def test_no_fact_injects_a_field(
    name: str, subject: str, token: str, message_id: str, mark: str
) -> None:
    """Names, subjects and ids come from strangers' mails."""
    facts = replace(
        FACTS,
        mailbox_name=name,
        to=NamedAddress(name, FACTS.to.address),
        subject=subject,
        token=token,
        subaddressing="+",
        message_id=message_id,
        in_reply_to=message_id,
        references=(mark, subject),
        list_id=f'"{name}" <a.b>',
        mark=mark,
    )

    raw = notice(facts)

    head = raw.split(b"\r\n\r\n")[0]
    names = re.findall(rb"^([^ \t\r\n:]+):", head, re.MULTILINE)
    assert len(names) == len(set(names))
    assert set(names) <= EXPECTED_FIELDS
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", head)
    assert raw.isascii()


@given(st.text(), st.binary())
def test_any_text_and_original_make_a_mail(text: str, original: bytes) -> None:
    """A notice about a broken mail must not break itself."""
    raw = notice(replace(FACTS, text=text, original=original))

    assert raw.endswith(b"\r\n")
    assert not re.search(rb"(?<!\r)\n", raw)
