"""The contract of `ports.Mailbox` is tested on every kind of IMAP server."""

from collections.abc import Iterator

import pytest

from bot.demo.provider import Provider
from bot.imap import ImapMailbox
from tests.accounts import BARE, Account, new_account, opened
from tests.box import Box

SERVERS = [
    pytest.param(("provider", ()), id="embedded"),
    pytest.param(("provider", BARE), id="embedded-bare"),
    pytest.param(("provider", ("MOVE",)), id="embedded-without-move"),
    pytest.param(("box", ()), id="dovecot", marks=pytest.mark.box),
    pytest.param(("box", BARE), id="dovecot-bare", marks=pytest.mark.box),
    pytest.param(("dotted_box", ()), id="dovecot-dotted", marks=pytest.mark.box),
]


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    """Serve all accounts of the embedded kind."""
    with Provider({}) as running:
        yield running


@pytest.fixture(scope="session")
def dotted_box(box: Box) -> Iterator[Box]:
    """Serve as the providers do whose folders live inside the inbox."""
    del box  # it skips where there can be none
    with Box({}, separator=".", prefix="INBOX.") as running:
        yield running


@pytest.fixture(params=SERVERS)
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    """Give a fresh mailbox on each kind of server."""
    name, hide = request.param
    with new_account(request.getfixturevalue(name), hide) as fresh:
        yield fresh


@pytest.fixture
def real(box: Box) -> Iterator[Account]:
    """Give a fresh mailbox on Dovecot."""
    with new_account(box) as fresh:
        yield fresh


@pytest.fixture
def mailbox(account: Account) -> Iterator[ImapMailbox]:
    """Open the account."""
    with opened(account.settings) as mailbox:
        yield mailbox
