"""What a refused IMAP login tells the person who has to act."""

import pytest

from bot.imap.refusals import advice, is_passing


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(
            "[ALERT] Application-specific password required", "app password", id="gmail"
        ),
        pytest.param(
            "LOGIN failed: BasicAuthBlocked", "colporteur login", id="microsoft"
        ),
        pytest.param(
            "Your account is not enabled for IMAP use. IMAP access is disabled",
            "Turn IMAP on",
            id="imap-off",
        ),
        pytest.param(
            "[AUTHENTICATIONFAILED] Authentication failed.",
            "Check username and password",
            id="plain",
        ),
    ],
)
def test_advice_follows_the_servers_words(words: str, expected: str) -> None:
    """Each provider refuses in its own words, and each needs another step."""
    assert expected in advice(words, (b"AUTH=PLAIN",), "password")


def test_advice_follows_the_capabilities() -> None:
    """A server that takes only tokens may refuse in any words."""
    only_tokens = (b"LOGINDISABLED", b"AUTH=XOAUTH2")

    assert "xoauth2" in advice("no", only_tokens, "password")
    assert "colporteur login" in advice("no", only_tokens, "xoauth2")
    assert '"password"' in advice("no", (b"AUTH=PLAIN",), "xoauth2")


@pytest.mark.parametrize(
    ("words", "passing"),
    [
        ("[UNAVAILABLE] Temporary authentication failure.", True),
        ("Too many simultaneous connections", True),
        ("[INUSE] mailbox is locked", True),
        ("[AUTHENTICATIONFAILED] Invalid credentials (Failure)", False),
    ],
)
def test_a_servers_own_trouble_is_passing(words: str, *, passing: bool) -> None:
    """Only a refused password stops the bot for good."""
    assert is_passing(words) is passing
