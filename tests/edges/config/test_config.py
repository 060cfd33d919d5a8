"""Where config.toml is found, and what is filled in."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import config
from bot.address import Address, parse
from bot.errors import ConfigError
from bot.model import Learnt, RoleChange, SettingChange
from tests.configuring import (
    DISCUSSION,
    IMAP,
    MAILBOX,
    OWNER,
    SMTP,
    text_of,
    written,
)

# ----------------------------------------------------------------- find_config


def test_find_config_follows_its_order(tmp_path: Path) -> None:
    """--config, then the environment, then the folder."""
    for name in ("given.toml", "environ.toml", "config.toml"):
        (tmp_path / name).touch()
    environ = {"COLPORTEUR_CONFIG": "environ.toml"}

    found = [
        config.find_config(Path("given.toml"), environ, tmp_path).name,
        config.find_config(None, environ, tmp_path).name,
        config.find_config(None, {}, tmp_path).name,
    ]

    assert found == ["given.toml", "environ.toml", "config.toml"]


@pytest.mark.parametrize(
    ("explicit", "environ", "named"),
    [
        pytest.param(Path("no.toml"), {}, "--config", id="option"),
        pytest.param(None, {"COLPORTEUR_CONFIG": "no"}, "$COLPORTEUR_CONFIG", id="env"),
    ],
)
def test_find_config_never_replaces_a_file_that_was_named(
    tmp_path: Path, explicit: Path | None, environ: dict[str, str], named: str
) -> None:
    """Another file than the one asked for would be another committee's."""
    (tmp_path / "config.toml").touch()

    with pytest.raises(ConfigError) as caught:
        config.find_config(explicit, environ, tmp_path)

    assert named in str(caught.value)
    assert "config.example.toml" in str(caught.value)


@pytest.mark.skipif(
    Path("/etc/colporteur/config.toml").exists(), reason="this machine has one"
)
def test_find_config_says_where_it_looked(tmp_path: Path) -> None:
    """A beginner needs the places, and the first step."""
    (tmp_path / "config.toml").mkdir()

    with pytest.raises(ConfigError) as caught:
        config.find_config(None, {}, tmp_path)

    assert str(tmp_path / "config.toml") in str(caught.value)
    assert "/etc/colporteur/config.toml" in str(caught.value)
    assert "config.example.toml" in str(caught.value)


# ------------------------------------------------------------------- filled in


def test_defaults_suit_the_kind_of_list(tmp_path: Path) -> None:
    """Readers answer the author of a letter, and the list in a discussion."""
    letter = f'[lists.informer]\nkind = "announcement"\n{OWNER}\n'

    lists = config.load(written(tmp_path, text_of(lists=DISCUSSION + letter))).lists

    discuter, informer = lists["discuter"], lists["informer"]
    assert (discuter.reply_to, discuter.subject_prefix) == ("list", "[discuter]")
    assert (informer.reply_to, informer.subject_prefix) == ("author", "")
    assert (discuter.title, discuter.language) == ("discuter", "fr")
    assert discuter.owners == {parse("claire@example.org")}


def test_defaults_section_gives_way_to_a_list(tmp_path: Path) -> None:
    """A list's own key is the more special one."""
    more = '[defaults]\nhold_days = 3\nreply_to = "both"\nlanguage = "en"'
    lists = DISCUSSION + "hold_days = 9\n"

    found = config.load(written(tmp_path, text_of(lists=lists, more=more))).lists[
        "discuter"
    ]

    assert (found.hold_days, found.reply_to, found.language) == (9, "both", "en")


@pytest.mark.parametrize(
    ("mailbox", "more"),
    [
        pytest.param("", '[defaults]\ndefault_list = "discuter"', id="defaults"),
        pytest.param('\ndefault_list = "discuter"', "", id="mailbox"),
    ],
)
def test_default_list_may_stand_in_two_sections(
    tmp_path: Path, mailbox: str, more: str
) -> None:
    """It concerns the lists as much as the mailbox."""
    found = config.load(written(tmp_path, text_of(MAILBOX + mailbox, more=more)))

    assert found.default_list == "discuter"
    assert config.settings(found, b"key", {}).default_list == "discuter"


def test_provider_fills_in_servers_login_and_limits(tmp_path: Path) -> None:
    """A committee knows its provider's name, and nothing of ports."""
    mailbox = 'address = "comite@gmail.com"\nprovider = "gmail"'
    limits = "recipients_per_day = 50"

    found = config.load(written(tmp_path, text_of(mailbox, "", "", limits=limits)))

    assert (found.imap.host, found.imap.port) == ("imap.gmail.com", 993)
    assert (found.smtp.host, found.smtp.security) == ("smtp.gmail.com", "tls")
    assert found.mailbox.username == "comite@gmail.com"
    assert found.mailbox.subaddressing == "+"
    assert found.limits.recipients_per_message == 100
    assert found.limits.recipients_per_day == 50


def test_minute_quota_of_a_provider_becomes_a_pause(tmp_path: Path) -> None:
    """There is no key for minutes; a pause keeps the same pace."""
    mailbox = 'address = "a@example.org"\nprovider = "microsoft365"'

    found = config.load(written(tmp_path, text_of(mailbox, "", "")))

    assert found.limits.pause_between_messages == 2
    assert found.mailbox.auth == "xoauth2"


@pytest.mark.parametrize(
    ("security", "ports"),
    [("tls", (993, 465)), ("starttls", (143, 587))],
)
def test_port_follows_from_security(
    tmp_path: Path, security: str, ports: tuple[int, int]
) -> None:
    """Each way of encrypting has its own port (RFC 8314)."""
    line = f'\nsecurity = "{security}"'

    found = config.load(written(tmp_path, text_of(imap=IMAP + line, smtp=SMTP + line)))

    assert (found.imap.port, found.smtp.port) == ports


def test_relative_paths_start_at_the_file(tmp_path: Path) -> None:
    """The service is not started from there."""
    mailbox = MAILBOX + '\npassword_file = "password"'

    found = config.load(
        written(tmp_path, text_of(mailbox, more='[store]\ndirectory = "data"'))
    )

    assert found.store.directory == tmp_path / "data"
    assert found.store.database == f"sqlite:///{tmp_path}/data/colporteur.db"
    assert found.mailbox.password_file == tmp_path / "password"


def test_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    """Some editors put one before the first line."""
    assert config.load(written(tmp_path, "\ufeff" + text_of())).lists.keys() == {
        "discuter"
    }


# ------------------------------------------------------------ settings, limits

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


def change(key: str, value: str, name: str = "discuter") -> SettingChange:
    """Give what an owner changed."""
    return SettingChange(name, key, value, "claire@example.org", NOW)


@pytest.mark.parametrize("role", ["owners", "moderators", "senders", "callers"])
def test_roles_are_given_and_taken_over_the_file(tmp_path: Path, role: str) -> None:
    """What the file says of the others stays in force."""
    found = config.load(written(tmp_path, text_of()))
    before = getattr(found.lists["discuter"], role)
    zoe, gone = Address("zoe", "example.org"), min(before, default=None)
    roles = [RoleChange("discuter", role, zoe, granted=True, by="x", at=NOW)]
    if gone is not None:
        roles.append(RoleChange("discuter", role, gone, granted=False, by="x", at=NOW))

    changed = config.settings(found, b"key", roles=roles).lists["discuter"]

    assert getattr(changed, role) == (before - {gone}) | {zoe}


def test_owners_changes_win_over_the_file(tmp_path: Path) -> None:
    """They live in the store, as text."""
    found = config.load(
        written(tmp_path, text_of(lists=DISCUSSION + 'title = "Avant"'))
    )
    changed_keys = {"title": "Après", "max_size": "5000", "moderation": "all"}
    changes = [change(key, value) for key, value in changed_keys.items()]

    changed = config.settings(found, b"key", changes).lists["discuter"]

    assert (changed.title, changed.max_size, changed.moderation) == (
        "Après",
        5000,
        "all",
    )
    assert found.lists["discuter"].title == "Avant"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("max_size", "big"),
        ("max_size", "²"),
        ("moderation", "perhaps"),
        ("title", "a\nb"),
        ("owners", "x@example.org"),
        ("name", "x"),
    ],
)
def test_unfit_changes_are_passed_over(tmp_path: Path, key: str, value: str) -> None:
    """What another version wrote into the store must not stop the service."""
    found = config.load(written(tmp_path, text_of()))

    settings = config.settings(
        found, b"key", [change(key, value), change("title", "x", "gone")]
    )

    assert settings.lists == found.lists


@pytest.mark.parametrize(
    ("limits", "learnt", "expected", "source"),
    [
        pytest.param("", {}, 100, "start", id="nothing-known"),
        pytest.param("", {"recipients_per_hour": "300"}, 300, "learnt", id="learnt"),
        pytest.param("recipients_per_hour = 200", {}, 200, "configured", id="file"),
        pytest.param(
            "recipients_per_hour = 200",
            {"recipients_per_hour": "150"},
            150,
            "learnt",
            id="lower",
        ),
        pytest.param(
            "recipients_per_hour = 200",
            {"recipients_per_hour": "300"},
            200,
            "configured",
            id="higher",
        ),
        pytest.param("recipients_per_hour = 0", {}, 0, "configured", id="none"),
        pytest.param(
            "recipients_per_hour = 0",
            {"recipients_per_hour": "9"},
            9,
            "learnt",
            id="none-but-said",
        ),
        pytest.param(
            "learn = false",
            {"recipients_per_hour": "9"},
            100,
            "start",
            id="not-learning",
        ),
        pytest.param("", {"recipients_per_hour": "-1"}, 100, "start", id="unfit"),
    ],
)
def test_limits_in_force(
    tmp_path: Path, limits: str, learnt: dict[str, str], expected: int, source: str
) -> None:
    """The provider's word wins when it is the lower one."""
    found = config.load(written(tmp_path, text_of(limits=limits)))

    in_force = config.limits(found, learnt)

    assert in_force.recipients_per_hour == expected
    assert config.limit_sources(found, learnt)["recipients_per_hour"] == source
    assert in_force.recipients_per_message == 25


def test_what_nobody_has_told_is_a_guess(tmp_path: Path) -> None:
    """Guesses grow; what is configured or was said doesn't."""
    at = datetime(2026, 11, 24, tzinfo=UTC)
    found = config.load(written(tmp_path, text_of(limits="recipients_per_day = 900")))
    learnt = (
        Learnt("recipients_per_hour", "160", "", at, "grown"),
        Learnt("recipients_per_hour_refused", "200", "too many", at, "counted"),
        Learnt("recipients_per_day", "800", "", at, "grown"),
        Learnt("messages_per_hour", "30", "30 an hour", at, "said"),
        Learnt("pace_per_hour", "120", "slow down", at, "grown"),
        Learnt("milliseconds_per_batch", "350", "", at, "counted"),
    )

    in_force = config.limits_in_force(found, learnt)

    assert in_force.recipients_per_hour == 160
    assert in_force.recipients_per_day == 900  # a guess from before it was configured
    assert (in_force.messages_per_hour, in_force.pace) == (30, 120)
    assert in_force.seconds_per_batch == 0.35
    assert dict(in_force.guesses) == {
        "recipients_per_message": 0,
        "recipients_per_hour": 200,
        "pace_per_hour": 0,
    }


def test_who_doesnt_want_to_learn_has_no_guesses(tmp_path: Path) -> None:
    """`learn = false` keeps to where it began."""
    at = datetime(2026, 11, 24, tzinfo=UTC)
    found = config.load(written(tmp_path, text_of(limits="learn = false")))
    learnt = (Learnt("pace_per_hour", "120", "slow down", at, "grown"),)

    in_force = config.limits_in_force(found, learnt)

    assert (in_force.recipients_per_hour, in_force.pace) == (100, 0)
    assert not in_force.guesses
