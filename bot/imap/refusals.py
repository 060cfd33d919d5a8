"""What a refused login means, and what to do about it. Pure."""

import re
from collections.abc import Sequence
from typing import Final

__all__ = ("advice", "is_passing")

# The server's own trouble (RFC 5530), or too many connections: not the password.
_PASSING: Final = re.compile(
    r"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG|CONTACTADMIN)\]|too many|temporar"
    r"|try again|timed? ?out|unavailable|internal error",
    re.IGNORECASE,
)
_NEEDS_TOKEN: Final = re.compile(
    r"basic ?auth\w*( is)? (blocked|disabled)|oauth|BasicAuthBlocked"
    r"|offers no (other|password)",
    re.IGNORECASE,
)
_NEEDS_APP_PASSWORD: Final = re.compile(
    r"app(lication)?[- ]?(specific[- ])?password|two-?(factor|step)|2fa",
    re.IGNORECASE,
)
_IMAP_IS_OFF: Final = re.compile(
    r"imap[^.]*\b(disabled|not enabled|not (been )?activated|not allowed|off)\b"
    r"|\[AUTHORIZATIONFAILED\]|protocol (is )?(disabled|not allowed)",
    re.IGNORECASE,
)
_OAUTH2_ADVICE: Final = (
    "This provider wants OAuth2 instead of a password: run `colporteur login` and"
    ' set auth = "xoauth2" in [mailbox]'
)


def is_passing(words: str) -> bool:
    """Say whether a refusal to log in may be gone in some minutes."""
    return bool(_PASSING.search(words))


def advice(words: str, capabilities: Sequence[bytes], auth: str) -> str:
    """Tell what to do about a refused login, from the server's words."""
    if auth == "xoauth2":
        if b"AUTH=XOAUTH2" not in capabilities:
            return 'Set auth = "password" in [mailbox]'
        return "Run `colporteur login` again; the permission was withdrawn or expired"
    if _NEEDS_APP_PASSWORD.search(words):
        return (
            "Make an app password in the provider's account settings and use it"
            " instead of your own"
        )
    if _NEEDS_TOKEN.search(words) or _only_tokens(capabilities):
        return _OAUTH2_ADVICE
    if _IMAP_IS_OFF.search(words):
        return "Turn IMAP on in the settings of the provider's webmail"
    return (
        "Check username and password in [mailbox]; with two-step login the provider"
        " wants an app password, and some want IMAP turned on in their webmail"
    )


def _only_tokens(capabilities: Sequence[bytes]) -> bool:
    return (
        b"LOGINDISABLED" in capabilities
        and b"AUTH=XOAUTH2" in capabilities
        and b"AUTH=PLAIN" not in capabilities
    )
