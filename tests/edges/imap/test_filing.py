"""Filing mail away, on servers with and without MOVE."""

import itertools
from dataclasses import replace

import pytest
from imapclient import DELETED

from bot.demo.provider import Provider
from bot.errors import MailboxError
from bot.imap import ImapMailbox
from tests.accounts import BARE, MAIL, Account, new_account, opened


def test_file_away_moves_and_can_be_repeated(
    account: Account, mailbox: ImapMailbox
) -> None:
    """After a crash the cycle files again what it filed already."""
    account.deliver()
    (uid,) = mailbox.uids()
    (raw,) = account.mails()

    mailbox.file_away(uid, "Done")
    mailbox.file_away(uid, "Done")

    assert mailbox.uids() == ()
    assert account.mails() == []
    assert account.filed("Done") == [raw]


def test_file_away_makes_a_folder_that_was_deleted(
    account: Account, mailbox: ImapMailbox
) -> None:
    """People tidy up."""
    account.deliver()
    with account.client() as client:
        client.delete_folder(account.folder("Colporteur/Held"))
    (uid,) = mailbox.uids()

    mailbox.file_away(uid, "Held")

    assert len(account.filed("Held")) == 1
    assert mailbox.uids() == ()


def test_file_away_expunges_nothing_else(
    account: Account, mailbox: ImapMailbox
) -> None:
    """What a person flagged as deleted is theirs to expunge or to restore."""
    account.deliver()
    account.deliver(MAIL.replace(b"<1@", b"<2@"))
    theirs, ours = mailbox.uids()
    with account.client() as client:
        client.add_flags([theirs], [DELETED])

    mailbox.file_away(ours, "Done")

    assert mailbox.uids() == ()
    assert [raw for raw in account.mails() if b"<1@example.org>" in raw]
    assert len(account.filed("Done")) == 1


@pytest.mark.parametrize("message_id", [b"Message-ID: <1@example.org>\r\n", b""])
def test_copy_without_move_is_not_made_twice(
    provider: Provider, message_id: bytes
) -> None:
    """The process may have died between COPY and the delete."""
    with (
        new_account(provider, BARE) as account,
        opened(account.settings) as mailbox,
        account.client() as client,
    ):
        account.deliver(MAIL.replace(b"Message-ID: <1@example.org>\r\n", message_id))
        account.deliver(b"X-Another: way\r\n" + MAIL)  # the same mail, through a list
        first, second = mailbox.uids()
        client.copy([first], "Colporteur/Done")

        mailbox.file_away(first, "Done")
        mailbox.file_away(second, "Done")

        done = account.filed("Done")

    assert [raw.count(b"Message-ID") for raw in done] == [len(message_id) // 28, 1]


def test_folder_root_may_have_accents(account: Account) -> None:
    """Folder names travel in modified UTF-7 (RFC 3501 §5.1.3)."""
    account.deliver()
    with opened(replace(account.settings, folder_root="Comité & fils/Été")) as mailbox:
        mailbox.file_away(mailbox.uids()[0], "Done")

        mailbox.open()

    assert len(account.filed("Done", root="Comité & fils/Été")) == 1


@pytest.mark.parametrize("unheard", [False, True])
def test_filing_survives_a_cut_at_every_command(
    provider: Provider, *, unheard: bool
) -> None:
    """Wherever the line breaks, the mail ends in the folder, once."""
    finished = False
    steps = itertools.count(1)
    while not finished:
        with (
            new_account(provider, BARE) as account,
            opened(account.settings) as mailbox,
        ):
            account.deliver()
            account.proxy.cut_after = account.proxy.count + next(steps)
            account.proxy.deliver_last = unheard
            (uid,) = file_once(mailbox)
            finished = account.proxy.count < account.proxy.cut_after
            account.proxy.cut_after = None

            mailbox.open()
            if uid in mailbox.uids():
                mailbox.file_away(uid, "Done")

            assert mailbox.uids() == ()
            assert len(account.filed("Done")) == 1, account.proxy.commands

    assert next(steps) > 8


def file_once(mailbox: ImapMailbox) -> tuple[int, ...]:
    """File the only mail, or break."""
    uids: tuple[int, ...] = ()
    try:
        uids = mailbox.uids()
        mailbox.file_away(uids[0], "Done")
    except MailboxError:
        mailbox.open()
    return uids or mailbox.uids()
