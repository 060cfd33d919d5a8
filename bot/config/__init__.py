"""Configuration: config.toml and the table of providers, read and checked.

`load` tells every problem in one ConfigError. Reading the password is a step of
its own, so that whoever only looks needs none.
"""

from bot.config.limits import limit_sources, limits, limits_in_force
from bot.config.lists import settings
from bot.config.load import find_config, load
from bot.config.models import (
    BouncesSection,
    Config,
    ImapSection,
    LimitsSection,
    MailboxSection,
    SmtpSection,
    StoreSection,
)
from bot.config.providers import (
    Provider,
    Server,
    provider,
    provider_of_domain,
    providers,
    reply_rules,
)
from bot.config.secrets import read_password

__all__ = (
    "BouncesSection",
    "Config",
    "ImapSection",
    "LimitsSection",
    "MailboxSection",
    "Provider",
    "Server",
    "SmtpSection",
    "StoreSection",
    "find_config",
    "limit_sources",
    "limits",
    "limits_in_force",
    "load",
    "provider",
    "provider_of_domain",
    "providers",
    "read_password",
    "reply_rules",
    "settings",
)
