"""The table of providers: found by domain, sound, fit as presets."""

import re
from pathlib import Path

import pytest

from bot import config
from bot.config.assemble import assemble


def test_provider_is_found_by_domain() -> None:
    """The domain of an address is all that a beginner tells."""
    assert config.provider_of_domain("Orange.FR") == config.provider("orange")
    tenant = config.provider_of_domain("comite.onmicrosoft.com")
    assert tenant == config.provider("microsoft365")
    assert config.provider_of_domain("example.org") is None
    assert config.provider("") is None


def test_table_of_providers_is_sound() -> None:
    """An id stands once; the rules name providers that exist."""
    ids = [one.id for one in config.providers()]
    named = {name for rule in config.reply_rules() for name in rule.providers}

    assert len(ids) == len(set(ids))
    assert named - {"*"} <= set(ids)
    assert all(re.compile(rule.pattern) for rule in config.reply_rules())


@pytest.mark.parametrize("one", config.providers(), ids=lambda one: one.id)
def test_every_preset_passes_the_checks(one: config.Provider) -> None:
    """A slip in the table would refuse the configuration of its customers."""
    complete = [
        server is not None and server.is_complete for server in (one.imap, one.smtp)
    ]
    hosts = [{} if known else {"host": "mail.example.org"} for known in complete]
    content = {
        "mailbox": {"address": "comite@example.org", "provider": one.id},
        "imap": hosts[0],
        "smtp": hosts[1],
        "lists": {"a": {"kind": "discussion", "owners": ["x@example.org"]}},
    }

    found = assemble(Path("/x/config.toml"), content)

    local = one.login == "localpart"
    assert found.mailbox.username == ("comite" if local else "comite@example.org")
