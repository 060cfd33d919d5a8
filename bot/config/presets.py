"""What a provider's entry in the table fills in; the file's own keys win."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from bot import address as addresses
from bot.config.fields import did_you_mean
from bot.config.models import LimitsSection
from bot.config.problems import shown
from bot.config.providers import Provider, provider, provider_of_domain, providers
from bot.errors import ParseError

__all__ = ("missing_host", "preset", "with_preset")

_MINUTE: Final = 60
# Ports follow from the way of encrypting (RFC 8314 §3, RFC 6409, RFC 9051).
_PORTS: Final = {
    ("imap", "starttls"): 143,
    ("imap", "none"): 143,
    ("smtp", "starttls"): 587,
    ("smtp", "none"): 587,
}


def preset(mailbox: Mapping[str, Any]) -> tuple[Provider | None, str]:
    """Find the provider that `[mailbox]` names, or say what is wrong with the name."""
    name = mailbox.get("provider", "")
    if not isinstance(name, str) or not name:
        return None, ""
    found = provider(name)
    if found is not None:
        return found, ""
    known = [one.id for one in providers()]
    hint = did_you_mean(name, known) or f"; known are {', '.join(known)}"
    return None, f"{shown(name)} is not in the table of providers{hint}"


def with_preset(
    section: str, given: Mapping[str, Any], mailbox: Mapping[str, Any]
) -> dict[str, Any]:
    """Lay a section of the file over what its provider fills in."""
    known = preset(mailbox)[0]
    filled = {**(_filled(section, known) if known else {}), **given}
    if section in ("imap", "smtp") and "port" not in filled:
        port = _PORTS.get((section, str(filled.get("security"))))
        return {**filled, **({"port": port} if port else {})}
    return filled


def missing_host(section: str, mailbox: Mapping[str, Any]) -> str:
    """Say that a host is missing, and which provider would fill it in."""
    told = f'missing, expected the {section.upper()} server, as in "mail.example.org"'
    known = preset(mailbox)[0]
    if known is not None:
        server = getattr(known, section)
        name = server.host if server else "none is known"
        return f"{told}; provider {shown(known.id)} does not fill it in ({name})"
    guess = _guess(mailbox.get("address"))
    if guess is None or mailbox.get("provider"):
        return told
    return f'{told}, or provider = "{guess.id}" in [mailbox] ({guess.name})'


def _guess(address: object) -> Provider | None:
    try:
        return provider_of_domain(addresses.parse(str(address)).domain)
    except ParseError:
        return None


def _filled(section: str, known: Provider) -> Mapping[str, Any]:
    match section:
        case "imap" | "smtp":
            server = getattr(known, section)
            return asdict(server) if server and server.is_complete else {}
        case "limits":
            return _limits(known)
        case "mailbox":
            return _mailbox(known)
        case _:
            return {}


def _limits(known: Provider) -> Mapping[str, Any]:
    keys = LimitsSection.model_fields
    found: dict[str, Any] = {k: v for k, v in known.limits.items() if k in keys}
    per_minute = known.limits.get("messages_per_minute")
    if per_minute:
        found["pause_between_messages"] = _MINUTE / per_minute
    return found


def _mailbox(known: Provider) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    if known.subaddressing is not None:
        found["subaddressing"] = known.subaddressing
    if known.auth == ("xoauth2",):  # it takes no password at all
        found["auth"] = "xoauth2"
    return found
