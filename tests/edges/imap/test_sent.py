"""The Sent folder as a witness, and a look around."""

from datetime import UTC, datetime

import pytest

from bot.imap import ImapMailbox
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
