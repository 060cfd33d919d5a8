"""Dialling, logging in, and what becomes of a broken connection."""

from dataclasses import replace

import pytest

from bot.errors import MailboxError, MailboxLoginError
from bot.imap import ImapMailbox, ImapSettings
from tests.accounts import Account, opened
from tests.box import Box
from tests.proxy import Proxy


def test_cut_connection_is_told_and_opened_anew(
    account: Account, mailbox: ImapMailbox
) -> None:
    """A provider's restart costs one poll."""
    account.deliver()
    account.proxy.cut()

    with pytest.raises(MailboxError):
        mailbox.uids()
    mailbox.open()

    assert len(mailbox.uids()) == 1


def test_open_dials_again_by_itself(account: Account, mailbox: ImapMailbox) -> None:
    """A connection that died between two polls is nobody's trouble."""
    account.proxy.cut()

    mailbox.open()

    assert mailbox.uids() == ()


def test_wrong_password_is_told_apart(account: Account) -> None:
    """A refused login must not be tried again; a broken line must."""
    wrong = replace(account.settings, password="no")  # noqa: S106 - it is wrong

    with pytest.raises(MailboxLoginError, match="Check username and password"):
        ImapMailbox(wrong).open()


def test_login_cut_short_is_no_refusal(account: Account) -> None:
    """The library calls a connection lost during LOGIN a refused login."""
    account.proxy.cut_after = account.proxy.count + 2  # CAPABILITY, LOGIN

    with pytest.raises(MailboxError) as caught:
        ImapMailbox(account.settings).open()

    assert not isinstance(caught.value, MailboxLoginError)
    assert b"LOGIN" in account.proxy.commands[-1]


def test_method_before_open_says_so(account: Account) -> None:
    """Also after close, which may be called twice."""
    mailbox = ImapMailbox(account.settings)
    mailbox.close()

    with pytest.raises(MailboxError, match="not open"):
        mailbox.uids()


def test_unreachable_server_is_a_mailbox_error() -> None:
    """Nobody listens there."""
    with Proxy("127.0.0.1", 1) as gone:
        port = gone.port

    with pytest.raises(MailboxError, match=f"127.0.0.1:{port}"):
        ImapMailbox(ImapSettings("127.0.0.1", port, "none")).open()


def test_password_never_travels_in_the_clear() -> None:
    """`none` is for loopback; the name must not even be looked up."""
    with pytest.raises(MailboxError, match="in the clear"):
        ImapMailbox(ImapSettings("imap.example.org", 143, "none")).open()


def tls(box: Box, address: str, security: str, cafile: str | None) -> ImapSettings:
    """Give settings for a direct connection."""
    return ImapSettings(
        host="localhost",
        port=box.imaps_port if security == "tls" else box.imap_port,
        security=security,
        username=address,
        password="pw",  # noqa: S106 - of a mailbox that lives some seconds
        cafile=cafile,
    )


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_certificate_is_checked(box: Box, real: Account, security: str) -> None:
    """A stranger in between gets no password."""
    with opened(tls(box, real.address, security, str(box.cafile))) as mailbox:
        assert mailbox.uids() == ()

    with pytest.raises(MailboxError, match="certificate is not trusted"):
        ImapMailbox(tls(box, real.address, security, None)).open()


def test_starttls_is_demanded(box: Box, real: Account) -> None:
    """A stranger in between could leave the offer out."""
    with Proxy("127.0.0.1", box.imap_port, hide=("STARTTLS",)) as proxy:
        settings = tls(box, real.address, "starttls", str(box.cafile))

        with pytest.raises(MailboxError, match="no STARTTLS"):
            ImapMailbox(replace(settings, port=proxy.port)).open()

        assert not [line for line in proxy.commands if b"LOGIN" in line]


@pytest.mark.parametrize("password", ['a "quoted\\ one', "clé été", "{7} %s"])
def test_any_password_gets_through(real: Account, password: str) -> None:
    """Password generators love what protocols don't."""
    real.server.add_user(real.address, password)

    with opened(replace(real.settings, password=lambda: password)) as mailbox:
        assert mailbox.uids() == ()


def test_oauth2_needs_the_servers_offer(real: Account) -> None:
    """The box has no OAuth2, and says so without getting the token."""
    with pytest.raises(MailboxLoginError, match="offers no XOAUTH2"):
        ImapMailbox(replace(real.settings, auth="xoauth2")).open()
