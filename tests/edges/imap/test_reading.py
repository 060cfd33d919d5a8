"""Reading the mailbox."""

from datetime import UTC, datetime, timedelta

from imapclient import DELETED

from bot.imap import FOLDERS, ImapMailbox
from tests.accounts import MAIL, Account


def test_open_makes_folders_once(account: Account, mailbox: ImapMailbox) -> None:
    """People find the folders in their mail client; the poll opens again and again."""
    first = mailbox.open()
    again = mailbox.open()

    with account.client() as client:
        names = {name for _, _, name in client.list_folders()}
        subscribed = {name for _, _, name in client.list_sub_folders()}
    wanted = {account.folder(f"Colporteur/{folder}") for folder in FOLDERS}
    assert first == again > 0
    assert wanted <= names
    assert wanted <= subscribed


def test_fetch_gives_every_byte_and_leaves_unread(
    account: Account, mailbox: ImapMailbox
) -> None:
    """The hash of a mail is its name, and people see what nobody has read yet."""
    account.deliver()
    (uid,) = mailbox.uids()

    raw = mailbox.fetch(uid)

    assert raw == account.mails()[0]
    assert raw.endswith(MAIL)
    with account.client() as client:
        assert b"\\Seen" not in client.get_flags([uid])[uid]


def test_uids_are_ascending_without_deleted_mail(
    account: Account, mailbox: ImapMailbox
) -> None:
    """What a person deleted in their client must not be posted."""
    for _ in range(3):
        account.deliver()
    first, second, third = mailbox.uids()
    with account.client() as client:
        client.add_flags([second], [DELETED])

    left = mailbox.uids()

    assert first < second < third
    assert left == (first, third)


def test_headers_come_in_order_without_the_missing(
    account: Account, mailbox: ImapMailbox
) -> None:
    """More mails than one command fetches, one gone meanwhile, a header too long."""
    account.deliver(b"X-Long: " + b"x\r\n " * 90_000 + b"\r\n\r\nbody\r\n")
    for number in range(51):
        account.deliver(b"Subject: %d\r\n\r\nbody\r\n" % number)
    uids = mailbox.uids()

    arrivals = list(mailbox.fetch_headers([*uids, uids[-1] + 1000]))

    assert [arrival.uid for arrival in arrivals] == list(uids)
    assert len(arrivals[0].header) == 262_144
    assert arrivals[-1].header.endswith(b"\r\nSubject: 50\r\n\r\n")
    assert arrivals[-1].size == len(account.mails()[-1])
    assert abs(arrivals[-1].received_at - datetime.now(UTC)) < timedelta(minutes=5)


def test_missing_mail_is_none(account: Account, mailbox: ImapMailbox) -> None:
    """A person may delete a mail at any moment."""
    del account

    assert mailbox.fetch(4711) is None
    assert mailbox.uids() == ()
    assert list(mailbox.fetch_headers([])) == []
