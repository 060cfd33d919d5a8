"""Previews: what a sender is warned of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.compose.previews import warnings
from bot.compose.texts import LANGUAGES, texts
from bot.model import Attachment, Message

NOW = datetime(2026, 11, 24, 13, 5, tzinfo=UTC)
MESSAGE = Message(
    sha256="",
    size=1_000,
    received_at=NOW,
    fields={},
    subject="Samedi",
    text="Bonjour, venez tous.",
    typed="Bonjour, venez tous.",
)
POSTER = Attachment("affiche.pdf", "application/pdf", 5_000_001)


def test_ordinary_mail_warns_of_nothing() -> None:
    """Warnings that always come are read by nobody."""
    assert warnings(MESSAGE) == ()


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        pytest.param(replace(MESSAGE, html_only=True), "no-text", id="html-only"),
        pytest.param(replace(MESSAGE, text=" \n"), "no-text", id="blank"),
        pytest.param(
            replace(MESSAGE, attachments=(POSTER,)), "big-attachments", id="big"
        ),
        pytest.param(
            replace(MESSAGE, size=9_000_000, truncated=True),
            "big-attachments",
            id="too-big-to-read",
        ),
        pytest.param(replace(MESSAGE, subject=" "), "empty-subject", id="no-subject"),
        pytest.param(
            replace(MESSAGE, raw=b'<a href=3D"file:///C:/affiche.pdf">'),
            "local-links",
            id="file-link",
        ),
        pytest.param(
            replace(MESSAGE, raw=b"<img src='c:\\images\\a.png'>"),
            "local-links",
            id="drive",
        ),
        pytest.param(
            replace(MESSAGE, text="Voir C:\\Documents\\a.pdf"), "local-links", id="path"
        ),
        pytest.param(
            replace(MESSAGE, typed="Voir la pièce jointe."),
            "missing-attachment",
            id="french",
        ),
        pytest.param(
            replace(MESSAGE, typed="Ci-joint le tract."),
            "missing-attachment",
            id="ci-joint",
        ),
        pytest.param(
            replace(MESSAGE, typed="See the attached file."),
            "missing-attachment",
            id="english",
        ),
    ],
)
def test_trouble_is_named(changed: Message, found: str) -> None:
    """Each is a mistake that people regret after the mailing."""
    assert warnings(changed) == (found,)
    assert all(texts(None).sentence(found, language) for language in LANGUAGES)


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("recipients_per_hour", "200 destinataires par heure"),
        ("recipients_per_day", "200 destinataires par jour"),
        ("messages_per_hour", "200 messages par heure"),
        ("messages_per_day", "200 messages par jour"),
        ("pause_between_messages", "200 secondes entre deux messages"),
        ("", "d'autres envois passent avant lui"),
    ],
)
def test_long_mailings_are_told_with_what_binds(limit: str, words: str) -> None:
    """A mail about tonight should not arrive tomorrow; people can ask their host."""
    facts = {"limit": limit, "number": 200, "end": NOW + timedelta(days=2)}

    said = texts(None).sentence("many-days", "fr", facts).replace("\u00a0", " ")

    assert words.lower() in said.lower()
    assert "finira jeudi 26 novembre 2026" in said


def test_attachment_that_is_there_is_not_missed() -> None:
    """Only the missing one matters, and the quoted mail's words don't count."""
    attached = replace(
        MESSAGE,
        typed="Voir la pièce jointe.",
        attachments=(replace(POSTER, size=10),),
    )
    quoted = replace(MESSAGE, text="> voir la pièce jointe")

    assert warnings(attached) == ()
    assert warnings(quoted) == ()
