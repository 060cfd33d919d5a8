"""The line that says when a post leaves, taken out of it; and which limit binds."""

from base64 import encodebytes
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.compose.untimed import stays, without_wish
from bot.model import Limits
from bot.sending.binding import binding

LINE = "envoyer : demain à 8h"
REST = "Bonjour à toutes,\r\n\r\nVenez.\r\n"
HTML = "<html><head><style>p {}</style></head><body>%s</body></html>\r\n"
HEADER = (
    b"From: anne@example.org\r\nX-Subject: [jeudi 18h]\r\nSubject: [jeudi 18h] F\r\n"
    b"Message-ID: <a@b>\r\nMIME-Version: 1.0\r\n"
)


def mail(
    body: str, encoding: str, kind: str = "plain", charset: str = "utf-8"
) -> bytes:
    """Write a mail of one part."""
    fields = (
        f'Content-Type: text/{kind}; charset="{charset}"\r\n'
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    )
    return HEADER + fields.encode() + encoded(body, encoding, charset)


def encoded(body: str, encoding: str, charset: str = "utf-8") -> bytes:
    """Encode a body as mail programs do."""
    raw = body.encode(charset)
    if encoding == "base64":
        return encodebytes(raw).replace(b"\n", b"\r\n")
    if encoding == "quoted-printable":
        part = EmailMessage(policy=policy.SMTP)
        part.set_content(body.replace("\r\n", "\n"), cte="quoted-printable")
        return part.as_bytes().split(b"\r\n\r\n", maxsplit=1)[1]
    return raw


def texts(raw: bytes) -> dict[str, str]:
    """Read the texts of a mail, by kind."""
    whole = message_from_bytes(raw, policy=policy.default)
    return {
        part.get_content_subtype(): str(part.get_content()).replace("\r\n", "\n")
        for part in whole.walk()
        if part.get_content_maintype() == "text"
    }


@pytest.mark.parametrize("encoding", ["8bit", "quoted-printable", "base64"])
def test_the_line_goes_from_a_plain_text(encoding: str) -> None:
    """With the empty line below it; the rest is the author's."""
    raw = mail(f"\r\n{LINE}\r\n\r\n{REST}", encoding)

    found = texts(without_wish(raw, LINE, ""))

    assert found["plain"].lstrip("\n") == REST.replace("\r\n", "\n")
    assert not stays(raw, LINE)


@pytest.mark.parametrize("encoding", ["8bit", "quoted-printable"])
def test_all_else_stays_byte_for_byte(encoding: str) -> None:
    """Signatures, odd line ends and soft breaks are the author's."""
    rest = "é" * 300 + "\r\n" + "x" * 90 + " =\r\n.\r\n"
    with_line = mail(f"{LINE}\r\n{rest}", encoding)

    assert without_wish(with_line, LINE, "") == mail(rest, encoding)


def test_another_charset_is_read_as_such() -> None:
    """Old programs write Latin-1."""
    raw = mail(f"{LINE}\r\n{REST}", "8bit", charset="iso-8859-1")

    expected = mail(REST, "8bit", charset="iso-8859-1")
    assert without_wish(raw, LINE, "") == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"<div>{LINE}</div><div>Venez.</div>", "<div></div><div>Venez.</div>"),
        (f"<p>{LINE}<br>Venez.</p>", "<p>Venez.</p>"),
        (f"<p>{LINE}<br />\r\nVenez.</p>", "<p>\r\nVenez.</p>"),
        (
            "<p><b>envoyer</b>&nbsp;: demain &agrave; 8h</p><p>Venez.</p>",
            "<p><b></b></p><p>Venez.</p>",
        ),
        (
            f"<!-- {LINE} -->\r\n<div dir='ltr'>{LINE}<div>Venez.</div></div>",
            f"<!-- {LINE} -->\r\n<div dir='ltr'><div>Venez.</div></div>",
        ),
    ],
)
@pytest.mark.parametrize("encoding", ["8bit", "quoted-printable", "base64"])
def test_the_line_goes_from_html(encoding: str, before: str, after: str) -> None:
    """Tags stay, so that what follows looks as it did."""
    raw = mail(HTML % before, encoding, "html")

    assert texts(without_wish(raw, LINE, ""))["html"] == HTML.replace("\r\n", "\n") % (
        after.replace("\r\n", "\n")
    )


def alternative(plain: str, html: str, kind: str = "alternative") -> bytes:
    """Write a text and its HTML twin."""
    both = (("plain", plain), ("html", html))
    parts = "".join(
        f'--b\r\nContent-Type: text/{subtype}; charset="utf-8"\r\n'
        f"Content-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n"
        for subtype, text in both
    )
    start = f'Content-Type: multipart/{kind}; boundary="b"\r\n\r\n'
    return HEADER + start.encode() + parts.encode() + b"--b--\r\n"


def test_the_line_goes_from_both_twins() -> None:
    """Most people see the HTML."""
    raw = alternative(f"{LINE}\r\n{REST}", HTML % f"<p>{LINE}</p><p>Venez.</p>")

    expected = alternative(REST, HTML % "<p></p><p>Venez.</p>")
    assert without_wish(raw, LINE, "") == expected


def test_a_line_that_stays_in_one_twin_stays_in_both() -> None:
    """Half a change is worse than none; the preview warns of it."""
    raw = alternative(f"{LINE}\r\n{REST}", HTML % "<p>Venez.</p>")

    assert without_wish(raw, LINE, "") == raw
    assert stays(raw, LINE)


def test_what_is_signed_is_not_touched() -> None:
    """The signature would no longer hold."""
    raw = alternative(f"{LINE}\r\n{REST}", HTML % "x", kind="signed")
    clear = mail(f"{LINE}\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\n", "8bit")

    assert without_wish(raw, LINE, "") == raw
    assert (stays(raw, LINE), stays(clear, LINE)) == (True, True)


def test_an_attached_page_is_not_the_text() -> None:
    """Only what mail programs show first is looked at."""
    raw = alternative(f"{LINE}\r\n{REST}", HTML % "<p>Page.</p>", kind="mixed")

    expected = alternative(REST, HTML % "<p>Page.</p>", kind="mixed")
    assert without_wish(raw, LINE, "") == expected


def test_the_brackets_go_from_the_subject_alone() -> None:
    """The other fields stay, and so does the Message-ID."""
    raw = mail(REST, "8bit")

    expected = raw.replace(b"\r\nSubject: [jeudi 18h] F", b"\r\nSubject: F")
    assert without_wish(raw, "", "[jeudi 18h]") == expected


def test_the_brackets_go_from_an_encoded_subject() -> None:
    """Programs encode the whole line for one accent, and fold it."""
    raw = mail(REST, "8bit").replace(
        b"Subject: [jeudi 18h] F\r\nM",
        b"Subject: =?utf-8?q?=5Bjeudi_18h=5D_F=C3=AAte?=\r\n =?utf-8?q?_ici?=\r\nM",
    )

    bare = message_from_bytes(
        without_wish(raw, "", "[jeudi 18h]"), policy=policy.default
    )
    assert str(bare["Subject"]) == "Fête ici"


def test_a_post_without_a_wish_stays_as_it_is() -> None:
    """Bare line feeds included."""
    raw = mail(REST, "8bit").replace(b"\r\n", b"\n")

    assert without_wish(raw, "", "") is raw


@given(
    st.binary(max_size=300),
    st.sampled_from(["8bit", "quoted-printable", "base64", "x-uuencode"]),
    st.sampled_from(["plain", "html"]),
    st.sampled_from(["utf-8", "utf-16", "nonsense", "iso-2022-jp"]),
)
def test_no_body_raises(body: bytes, encoding: str, kind: str, charset: str) -> None:
    """Whatever somebody sends, the post gets on."""
    raw = mail("", encoding, kind).replace(b"utf-8", charset.encode()) + body

    without_wish(raw, LINE, "[jeudi 18h]")
    stays(raw, LINE)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "body",
    ["<style>" * 40_000, "<a " * 90_000, "<!--" * 70_000, " " * 270_000, "=" * 9**5],
)
@pytest.mark.parametrize("encoding", ["8bit", "quoted-printable"])
def test_no_body_takes_for_ever(encoding: str, body: str) -> None:
    """Everything else waits for the mail that is read."""
    raw = mail("", encoding, "html") + body.encode()

    assert without_wish(raw, LINE, "") == raw


# ------------------------------------------------------------------ which one binds


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Limits(50, recipients_per_hour=200), ("recipients_per_hour", 200)),
        (
            Limits(50, recipients_per_hour=200, recipients_per_day=500),
            ("recipients_per_day", 500),
        ),
        (
            Limits(50, recipients_per_hour=200, recipients_per_day=100_000),
            ("recipients_per_hour", 200),
        ),
        (Limits(50, messages_per_day=10), ("messages_per_day", 10)),
        (Limits(50, messages_per_hour=5), ("messages_per_hour", 5)),
        (Limits(50, pause_between_messages=600), ("pause_between_messages", 600)),
        (Limits(50), ("", 0)),
    ],
)
def test_the_limit_that_takes_longest_binds(
    limits: Limits, expected: tuple[str, int]
) -> None:
    """It is the one that people can ask their provider about."""
    assert binding(limits, recipients=5_000, batches=100) == expected
