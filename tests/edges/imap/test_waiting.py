"""Waiting with IDLE."""

import threading
import time

import pytest

from bot.errors import MailboxError
from bot.imap import ImapMailbox
from tests.accounts import Account, opened


def never() -> bool:
    """Go on."""
    return False


def test_wait_wakes_for_new_mail(account: Account, mailbox: ImapMailbox) -> None:
    """Mail is answered within seconds where the server has IDLE."""
    courier = threading.Timer(0.3, account.deliver)
    courier.start()
    began = time.monotonic()

    woken = mailbox.wait(30, never)
    took = time.monotonic() - began

    courier.join()
    has_idle = "IDLE" in mailbox.capabilities()
    assert woken == has_idle
    assert took < 10
    mailbox.open()
    assert len(mailbox.uids()) == 1


def test_wait_notices_what_came_before(account: Account, mailbox: ImapMailbox) -> None:
    """A mail announced among other answers must not wait for the next one."""
    mailbox.open()
    account.deliver()
    mailbox.uids()

    woken = mailbox.wait(30, never)
    again = mailbox.wait(0.1, never)

    assert woken == ("IDLE" in mailbox.capabilities())
    assert not again


def test_wait_reads_lines_that_come_in_pieces(
    account: Account, mailbox: ImapMailbox
) -> None:
    """A line may come in two segments; the connection must survive that."""
    mailbox.open()
    account.proxy.pause_seconds = 0.03
    courier = threading.Timer(0.5, account.deliver)
    courier.start()

    woken = mailbox.wait(30, never)

    courier.join()
    account.proxy.pause_seconds = 0.0
    assert woken == ("IDLE" in mailbox.capabilities())
    assert len(mailbox.uids()) == 1


def test_wait_ends_when_told(mailbox: ImapMailbox) -> None:
    """SIGTERM must not wait for nine minutes."""
    began = time.monotonic()

    woken = mailbox.wait(60, lambda: time.monotonic() - began > 0.2)

    assert not woken
    assert time.monotonic() - began < 3


def test_wait_tells_of_a_dead_connection(account: Account) -> None:
    """The library reports silence, at once and for ever."""
    with opened(account.settings) as mailbox:
        if "IDLE" not in mailbox.capabilities():
            pytest.skip("nothing to wait with")
        cutter = threading.Timer(0.3, account.proxy.cut)
        cutter.start()

        with pytest.raises(MailboxError):
            mailbox.wait(30, never)

        cutter.join()
