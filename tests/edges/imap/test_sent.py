"""The Sent folder as a witness, and a look around."""

from datetime import UTC, datetime, timedelta

import pytest
from imapclient import IMAPClient

from bot.imap import ImapMailbox
from bot.ports import SentLook
from tests.accounts import Account, opened


@pytest.mark.parametrize("name", ["Sent", "Envoyés"])
def test_in_sent_finds_genuine_batches(account: Account, name: str) -> None:
    """The provider's copy proves that it took a batch whose reply was lost."""
    with account.client() as client:
        folder = account.folder(name)
        if not client.folder_exists(folder):
            if client.find_special_folder(b"\\Sent"):
                pytest.skip("this server has its own Sent folder")
            client.create_folder(folder)
        for value in (
            "post; id=7; sig=0a",
            "post; id=8; sig=bad",
            "reply; id=9; sig=0",
        ):
            client.append(folder, f"X-Colporteur: {value}\r\n\r\nbody\r\n".encode())
    mailbox = ImapMailbox(
        account.settings, is_ours=lambda value: 7 if value.endswith("=0a") else None
    )
    mailbox.open()
    account.deliver()

    found = mailbox.in_sent([7, 8, 9, 10], datetime.now(UTC))

    assert found == {7}
    assert len(mailbox.uids()) == 1
    mailbox.close()


def test_in_sent_reads_ids_where_nobody_checks(real: Account) -> None:
    """Without a judge of signatures the field is taken at its word."""
    with real.client() as client:
        client.append("Sent", b"X-Colporteur: post;\r\n id=7; sig=00\r\n\r\nbody\r\n")
        client.append("Sent", b"X-Colporteur: digest; id=8; sig=00\r\n\r\nbody\r\n")
    with opened(real.settings) as mailbox:
        found = mailbox.in_sent([7, 8], datetime.now(UTC))

    assert found == {7}


def test_describe_tells_quota_and_folders(real: Account) -> None:
    """`colporteur check` shows how full the mailbox is."""
    real.deliver()
    with opened(real.settings) as mailbox:
        facts = mailbox.describe()

    assert facts.quota_limit == 1024**3
    assert facts.quota_used is not None
    assert facts.sent_folder == "Sent"
    assert facts.mails == 1
    assert "Colporteur/Done" in facts.folders
    assert "MOVE" in facts.capabilities


HAND = b"From: bot@list.test\r\nTo: Anne <anne@a.test>, b@b.test\r\nCc: ANNE@a.test\r\n"


def sent_folder(client: IMAPClient, account: Account) -> str:
    """Find the account's Sent folder, or make one as a mail client does."""
    found = client.find_special_folder(b"\\Sent")
    folder = found or account.folder("Envoyés")
    if not client.folder_exists(folder):
        client.create_folder(folder)
    return str(folder)


def test_mail_sent_by_hand_is_found_with_its_recipients(account: Account) -> None:
    """Ours isn't counted again; what was looked at before isn't fetched again."""
    now = datetime.now(UTC)
    with account.client() as client:
        folder = sent_folder(client, account)
        for raw in (
            HAND + b"Message-ID: <1@x>\r\n\r\nbody\r\n",
            HAND + b"Message-ID: <1@x>\r\n\r\nthe provider's copy\r\n",
            b"X-Colporteur: post; id=7; sig=0a\r\n" + HAND + b"\r\nours\r\n",
            b"X-Colporteur: post; id=8; sig=bad\r\nTo: c@c.test\r\n\r\nforged\r\n",
            b"To: undisclosed-recipients:;\r\n\r\nno Bcc kept\r\n",
        ):
            client.append(folder, raw)
        client.append(folder, HAND + b"\r\nold\r\n", msg_time=now - timedelta(days=9))
    mailbox = ImapMailbox(
        account.settings, is_ours=lambda value: 7 if value.endswith("=0a") else None
    )
    mailbox.open()

    look = mailbox.sent_by_hand(now - timedelta(days=1))
    assert look is not None
    again = mailbox.sent_by_hand(
        now - timedelta(days=1), (look.uid_validity, look.last_uid)
    )
    renumbered = mailbox.sent_by_hand(now - timedelta(days=1), (1, look.last_uid))
    inbox = mailbox.uids()
    mailbox.close()

    assert [one.recipients for one in look.mails] == [2, 1, 1]
    assert all(abs(one.at - now) < timedelta(minutes=5) for one in look.mails)
    assert again == SentLook(look.uid_validity, look.last_uid)
    assert renumbered == look
    assert inbox == ()
    with account.client() as client:
        client.select_folder(folder)
        flags = client.get_flags(client.search())
    assert not [one for one in flags.values() if b"\\Seen" in one]


def test_mailbox_without_a_sent_folder_has_nothing_to_count(account: Account) -> None:
    """Many have none until somebody sends a mail there."""
    with account.client() as client:
        if client.find_special_folder(b"\\Sent"):
            pytest.skip("this server has its own Sent folder")
    with opened(account.settings) as mailbox:
        assert mailbox.sent_by_hand(datetime.now(UTC)) is None
