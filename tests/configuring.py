"""Configurations as text, for the tests of `bot.config`."""

from pathlib import Path
from typing import Final

import pytest

from bot import config
from bot.errors import ConfigError

OWNER: Final = 'owners = ["claire@example.org"]'
MAILBOX: Final = 'address = "comite@example.org"'
IMAP: Final = 'host = "imap.example.org"'
SMTP: Final = 'host = "smtp.example.org"'
DISCUSSION: Final = f'[lists.discuter]\nkind = "discussion"\n{OWNER}\n'
SECRET: Final = "hunter2"  # noqa: S105 - must never be shown


def written(folder: Path, text: str) -> Path:
    """Write config.toml, readable by its owner alone."""
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def text_of(
    mailbox: str = MAILBOX,
    imap: str = IMAP,
    smtp: str = SMTP,
    lists: str = DISCUSSION,
    *,
    limits: str = "",
    more: str = "",
) -> str:
    """Put a configuration together; each argument is the inside of a section."""
    return (
        f"[mailbox]\n{mailbox}\n[imap]\n{imap}\n[smtp]\n{smtp}\n"
        f"[limits]\n{limits}\n{lists}\n{more}\n"
    )


def problems_of(path: Path) -> tuple[str, ...]:
    """Give the complaints about a file."""
    with pytest.raises(ConfigError) as caught:
        config.load(path)
    return caught.value.problems
