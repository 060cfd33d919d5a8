"""Hundreds of replies from twenty mail programs: all that counts is what was typed."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from bot import message as mail
from bot.commands.answers import read
from bot.commands.farewells import names_of

REPLIES: Final = Path(__file__).parents[1] / "mail" / "replies"
NOW: Final = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
LABELS: Final = [
    json.loads(line)
    for line in (REPLIES / "labels.jsonl").read_text("utf-8").splitlines()
]


def folded(text: str) -> str:
    """Fold blanks and apostrophes: mail programs wrap and replace them."""
    return " ".join(text.replace("\u00a0", " ").replace("\u2019", "'").split())


@pytest.mark.parametrize("label", LABELS, ids=lambda label: str(label["file"]))
def test_a_reply_is_read_as_a_secretary_would(label: dict[str, str]) -> None:
    """Above or below the quotation, in HTML, with signatures and disclaimers."""
    post = mail.read((REPLIES / label["file"]).read_bytes(), NOW)

    assert post.author is not None
    names = names_of(post.author.name, str(post.author.address))

    found = read(post.typed, post.subject, names)

    assert (found.verdict, found.detail) == (label["verdict"], label["detail"])
    assert folded(found.reason) == folded(label["reason"])


def test_the_replies_are_many_and_from_many_programs() -> None:
    """The promise is about all of them: 200 replies of 12 programs at least."""
    files = {path.name for path in REPLIES.glob("*.eml")}

    assert files == {label["file"] for label in LABELS}
    assert len(files) >= 200
    assert len({label["client"] for label in LABELS}) >= 12
