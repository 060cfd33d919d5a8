"""The provider in a box behaves like a provider."""

import smtplib
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.box import Box

MAIL = b"Subject: hello\r\n\r\nbody \xe9\r\n"


def until(true: Callable[[], bool], seconds: float = 20) -> bool:
    """Wait until something has happened elsewhere."""
    end = time.monotonic() + seconds
    while not (done := true()) and time.monotonic() < end:
        time.sleep(0.02)
    return done


def test_box_delivers_to_subaddresses(box: Box) -> None:
    """Answers come to `bot+TOKEN`, and the header says so."""
    box.add_user("sub@list.test", "pw")

    box.deliver("sub+token@list.test", MAIL, "anne@example.org")

    (mail,) = box.mails("sub@list.test")
    assert mail.endswith(MAIL)
    assert b"\r\nDelivered-To: sub+token@list.test\r\n" in mail


def test_box_limits_recipients_and_returns_bounces(box: Box) -> None:
    """The sender meets the provider's limit and, later, real reports."""
    box.add_user("sender@list.test", "pw")
    recipients = [f"member{number}@member.test" for number in range(1, 50)]
    recipients += ["nouser@member.test", "one-too-many@member.test"]
    context = ssl.create_default_context(cafile=str(box.cafile))

    with smtplib.SMTP("localhost", box.submission_port) as smtp:
        smtp.starttls(context=context)
        smtp.login("sender@list.test", "pw")
        refused = smtp.sendmail("sender@list.test", recipients, MAIL)

    assert refused == {
        "one-too-many@member.test": (452, b"4.5.3 Error: too many recipients")
    }
    assert until(lambda: len(box.mails("sender@list.test")) == 1), box.log()
    assert b"Status: 5.1.1" in box.mails("sender@list.test")[0]
    assert until(lambda: _came(box, "member49@member.test")), box.log()


def test_box_submissions_port_wants_a_login(box: Box) -> None:
    """The port with TLS from the start refuses strangers, as the other one does."""
    context = ssl.create_default_context(cafile=str(box.cafile))

    with smtplib.SMTP_SSL("localhost", box.submissions_port, context=context) as smtp:
        smtp.mail("sender@list.test")
        code, words = smtp.rcpt("member1@member.test")

    assert (code, words[:5]) == (554, b"5.7.1")


def test_box_leaves_nothing_behind() -> None:
    """A test run must leave no process and no folder."""
    if missing := Box.missing():
        pytest.skip(missing)
    box = Box({"a@list.test": "pw"}).start()
    folder = box.folder

    box.stop()

    assert not folder.exists()
    assert [pid for pid in Path("/proc").glob("[0-9]*") if _uses(pid, folder)] == []


def _uses(process: Path, folder: Path) -> bool:
    with suppress(OSError):
        words = (process / "cmdline").read_bytes()
        return bytes(folder) in words or str(
            process.joinpath("cwd").readlink()
        ).startswith(str(folder))
    return False


def _came(box: Box, address: str) -> bool:
    """Whether the sender's mail is there, among those of other tests."""
    mine = b"Return-Path: <sender@list.test>"
    return sum(mine in raw for raw in box.mails(address)) == 1
