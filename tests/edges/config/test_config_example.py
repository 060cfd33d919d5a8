"""config.example.toml: it loads, and shows every key."""

import re
from pathlib import Path

import pytest

from bot import config
from bot.config.models import (
    BouncesSection,
    DefaultsSection,
    ImapSection,
    LimitsSection,
    ListSection,
    MailboxSection,
    Section,
    SmtpSection,
    StoreSection,
)
from bot.model import ListKind
from tests.configuring import (
    written,
)

EXAMPLE = Path(__file__).parents[3] / "config.example.toml"
KEY_LINE = re.compile(r"^# (?=[a-z_]+ = )", re.MULTILINE)


def uncommented(text: str, *, without: str = "") -> str:
    """Make every commented key count, but for those that a pattern names."""
    lines = text.splitlines()
    return "\n".join(
        line
        if without and re.match(f"# (?:{without}) =", line)
        else KEY_LINE.sub("", line)
        for line in lines
    )


def test_example_loads_as_it_stands() -> None:
    """It is what people copy."""
    found = config.load(EXAMPLE)

    assert found.imap.host == "imap.laposte.net"
    assert found.mailbox.username == "comite.arles"
    assert found.default_list == "discuter"
    assert found.lists["informer"].kind is ListKind.ANNOUNCEMENT


def test_example_loads_with_every_commented_key(tmp_path: Path) -> None:
    """A key shown in a comment will be uncommented one day."""
    others = "password_env|password_command|password"
    text = uncommented(EXAMPLE.read_text(encoding="utf-8"), without=others)

    found = config.load(written(tmp_path, text))

    assert found.limits.recipients_per_hour == 200
    assert found.lists["discuter"].footer
    assert found.store.database.startswith("postgresql+psycopg://")


@pytest.mark.parametrize("source", ["password_env", "password_command", "password"])
def test_example_loads_with_each_source_of_the_password(
    tmp_path: Path, source: str
) -> None:
    """They exclude each other, so each has to be tried alone."""
    text = EXAMPLE.read_text(encoding="utf-8")
    text = text.replace("password_file =", "# password_file =", 1)
    text = text.replace(f"# {source} =", f"{source} =", 1)

    found = config.load(written(tmp_path, text))

    assert getattr(found.mailbox, source) is not None


def test_example_documents_every_key() -> None:
    """A key that the example doesn't show is found by nobody."""
    text = uncommented(EXAMPLE.read_text(encoding="utf-8"))
    parts = re.split(r"^\[([a-z]+)[^\]]*\]", text, flags=re.MULTILINE)
    shown: dict[str, set[str]] = {}
    for name, inside in zip(parts[1::2], parts[2::2], strict=True):
        keys = re.findall(r"^([a-z_]+) *=", inside, re.MULTILINE)
        shown.setdefault(name, set()).update(keys)
    models: dict[str, type[Section]] = {
        "mailbox": MailboxSection,
        "imap": ImapSection,
        "smtp": SmtpSection,
        "limits": LimitsSection,
        "store": StoreSection,
        "bounces": BouncesSection,
        "lists": ListSection,
    }
    shown["mailbox"].add("default_list")  # shown where it is usual: [defaults]

    missing = {
        name: set(model.model_fields) - shown[name] for name, model in models.items()
    }

    assert not any(missing.values()), missing
    assert "default_list" in shown["defaults"] & set(DefaultsSection.model_fields)
