"""What the stories share: a committee's configuration, mails, and the real program."""

import json
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from email.utils import make_msgid, parseaddr
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest

from bot.cli import main

ROOT = Path(__file__).resolve().parents[2]
BOT = "bot@list.test"
OWNER = "owner@list.test"


def write_config(folder: Path, imap_port: int, smtp_port: int, **more: str) -> Path:
    """Write a configuration for servers on loopback; `more` are lines by section."""
    password = folder / "password"
    password.write_text("botpw\n")
    password.chmod(0o600)
    path = folder / "config.toml"
    path.write_text(
        f"""\
[mailbox]
address = "{BOT}"
name = "Comité local"
admins = ["{OWNER}"]
password_file = "{password}"
subaddressing = "+"
{more.get("mailbox", "")}
[imap]
host = "127.0.0.1"
port = {imap_port}
security = "none"
{more.get("imap", "")}
[smtp]
host = "127.0.0.1"
port = {smtp_port}
security = "none"
{more.get("smtp", "")}
[limits]
recipients_per_message = 50
{more.get("limits", "")}
[store]
directory = "{folder / "store"}"
[lists.informer]
kind = "announcement"
title = "Les nouvelles"
owners = ["{OWNER}"]
senders = ["{OWNER}"]
[lists.discuter]
kind = "discussion"
title = "Discussion"
owners = ["{OWNER}"]
moderation = "none"
subject_prefix = "[discuter]"
{more.get("lists", "")}
[defaults]
default_list = "discuter"
"""
    )
    return path


def colporteur(config: Path, *arguments: str, status: int = 0) -> str:
    """Run the real program; its exit status has to be as given."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", "--config", str(config), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == status, done.stderr + done.stdout
    return done.stdout


def colporteur_here(config: Path, *arguments: str, status: int = 0) -> str:
    """Run the program without a process of its own, which takes a second to start."""
    told = StringIO()
    command = ["colporteur", "--config", str(config), *arguments]
    with (
        patch.object(sys, "argv", command),
        redirect_stdout(told),
        redirect_stderr(told),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    assert ended.value.code == status, told.getvalue()
    return told.getvalue()


def once(config: Path) -> dict[str, object]:
    """Run one cycle; give its summary."""
    summary = json.loads(colporteur(config, "run", "--once", "--json"))
    assert isinstance(summary, dict)
    return summary


def enrol(config: Path, list_name: str, people: list[str]) -> None:
    """Import members."""
    path = config.parent / f"{list_name}.csv"
    path.write_text("email,name\n" + "".join(f"{one},\n" for one in people))
    colporteur_here(config, "members", list_name, "import", str(path))


def a_mail(author: str, to: str, subject: str, text: str) -> EmailMessage:
    """Write a mail as a mail client does."""
    mail = EmailMessage()
    mail["From"] = author
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = "Tue, 24 Nov 2026 10:00:00 +0100"
    mail["Message-ID"] = make_msgid(domain="member.test")
    mail.set_content(text)
    return mail


def an_answer(author: str, question: EmailMessage, text: str) -> EmailMessage:
    """Reply as a mail client does."""
    to = answers_to(question)
    mail = a_mail(author, to, f"Re: {question['Subject']}", text)
    mail["In-Reply-To"] = str(question["Message-ID"])
    thread = f"{question['References'] or ''} {question['Message-ID']}"
    mail["References"] = " ".join(thread.split())
    return mail


def answers_to(question: EmailMessage) -> str:
    """Give the bare address that a reply goes to."""
    return parseaddr(str(question["Reply-To"] or question["From"]))[1]


def of_kind(raws: list[bytes], kind: str) -> list[EmailMessage]:
    """Pick the bot's mails of one kind."""
    parser = BytesParser(policy=default)
    mails = [parser.parsebytes(raw) for raw in raws]
    return [
        mail for mail in mails if str(mail["X-Colporteur"] or "").startswith(f"{kind};")
    ]
