"""The table of providers and of SMTP replies that ships with the program.

The facts live in `bot/data/providers.toml`; to teach the bot a provider or a
wording, edit that file. Here they only become frozen data.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from bot.sending.replies import ReplyRule

__all__ = (
    "Provider",
    "Server",
    "provider",
    "provider_of_domain",
    "providers",
    "reply_rules",
    "start_limits",
)

# In the host names of some providers a digit differs from customer to customer.
_UNKNOWN_DIGIT: Final = "?"


@dataclass(frozen=True, slots=True)
class Server:
    """Where a provider answers; a `?` in `host` stands for the customer's number."""

    host: str
    port: int
    security: str  # tls | starttls

    @property
    def is_complete(self) -> bool:
        """Whether the host name can be used as it is."""
        return _UNKNOWN_DIGIT not in self.host


@dataclass(frozen=True, slots=True)
class Provider:
    """What is known of a provider; empty or None means that nothing was found.

    `limits` has the keys of the section `[limits]`, and some more.
    """

    id: str
    name: str
    domains: tuple[str, ...] = ()
    custom_domains: bool = False  # people bring their own
    mx: tuple[str, ...] = ()  # ends of MX host names
    login: str = "address"  # address | localpart
    auth: tuple[str, ...] = ()  # password, app-password, xoauth2
    subaddressing: str | None = None
    files_sent: bool | None = None  # its Sent folder gets what SMTP takes
    from_check: str = ""  # reject | alias
    notes: str = ""
    imap: Server | None = None
    smtp: Server | None = None
    limits: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


def provider(provider_id: str) -> Provider | None:
    """Find a provider by its id."""
    return _by_id().get(provider_id)


@cache
def providers() -> tuple[Provider, ...]:
    """List the providers, in the order of the table."""
    return tuple(_provider(row) for row in _table()["provider"])


def provider_of_domain(domain: str) -> Provider | None:
    """Find the provider that a domain, or one above it, belongs to."""
    labels = domain.lower().rstrip(".").split(".")
    for start in range(len(labels) - 1):
        found = _by_domain().get(".".join(labels[start:]))
        if found is not None:
            return found
    return None


@cache
def reply_rules() -> tuple[ReplyRule, ...]:
    """List the rules that tell what a reply means; the first that matches decides."""
    return tuple(_rule(row) for row in _table()["reply"])


@cache
def start_limits() -> Mapping[str, int]:
    """Say where to begin when a limit is neither configured nor learnt."""
    return MappingProxyType(dict(_table()["start"]))


@cache
def _table() -> Mapping[str, Any]:
    text = (files("bot") / "data" / "providers.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def _by_id() -> Mapping[str, Provider]:
    return {one.id: one for one in providers()}


@cache
def _by_domain() -> Mapping[str, Provider]:
    return {domain: one for one in providers() for domain in one.domains}


def _provider(row: Mapping[str, Any]) -> Provider:
    return Provider(
        id=row["id"],
        name=row["name"],
        domains=tuple(row.get("domains", ())),
        custom_domains=row.get("custom_domains", False),
        mx=tuple(row.get("mx", ())),
        login=row.get("login", "address"),
        auth=tuple(row.get("auth", ())),
        subaddressing=row.get("subaddressing"),
        files_sent=row.get("files_sent"),
        from_check=row.get("from_check", ""),
        notes=row.get("notes", ""),
        imap=_server(row.get("imap")),
        smtp=_server(row.get("smtp")),
        limits=MappingProxyType(dict(row.get("limits", {}))),
    )


def _server(row: Mapping[str, Any] | None) -> Server | None:
    return Server(row["host"], row["port"], row["security"]) if row else None


def _rule(row: Mapping[str, Any]) -> ReplyRule:
    return ReplyRule(
        id=row["id"],
        providers=tuple(row.get("provider", ("*",))),
        codes=tuple(row.get("codes", ())),
        enhanced=tuple(row.get("enhanced", ())),
        pattern=row.get("pattern", ""),
        stage=row.get("stage", "any"),
        meaning=row["meaning"],
        action=row["action"],
        wait=row.get("wait", 0),
        example=row["example"],
    )
