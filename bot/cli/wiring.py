"""Puts the parts together: configuration in, a working instance out."""

import os
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bot import config as configuration
from bot import identity
from bot.apply import Applier
from bot.bounce_log import BounceFile
from bot.compose.texts import texts
from bot.config import Config
from bot.cycle import Parts
from bot.imap import ImapMailbox, ImapSettings
from bot.model import Limits, Settings
from bot.ports import Clock
from bot.smtp import SmtpSettings, SmtpSubmission
from bot.spool import FileSpool
from bot.store import SqlStore

__all__ = (
    "Instance",
    "SystemClock",
    "applier_of",
    "build",
    "mailbox_of",
    "settings_of",
    "submission_of",
    "witness_of",
)


class SystemClock:
    """The machine's clock; `sleep` ends early when the service stops."""

    def __init__(self) -> None:
        self.stopping = threading.Event()

    def now(self) -> datetime:
        """Give the time, aware, UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Let time pass, or return when the service is asked to stop."""
        self.stopping.wait(seconds)


@dataclass(slots=True)
class Instance:
    """A wired instance; the store is closed by whoever opened it."""

    config: Config
    parts: Parts
    bounce_file: BounceFile

    def close(self) -> None:
        """Close the connections and the log of bounces."""
        self.parts.submission.close()
        self.parts.mailbox.close()
        self.bounce_file.flush()


def settings_of(config: Config, store: SqlStore) -> Settings:
    """Give what the core knows of the configuration and the owners' changes."""
    return configuration.settings(
        config, store.secret(), store.list_settings(), store.roles()
    )


def mailbox_of(config: Config, password: str, secret: bytes = b"") -> ImapMailbox:
    """Make the IMAP edge; `secret` is what our own mails are signed with."""
    imap = config.imap

    def batch_of(mark: str) -> int | None:
        found = identity.own_mark(mark, secret)
        return found[1] if found else None

    return ImapMailbox(
        ImapSettings(
            host=imap.host,
            port=imap.port,
            security=imap.security,
            username=config.mailbox.username,
            password=password,
            folder=imap.folder,
            folder_root=imap.folder_root,
            idle=imap.idle,
        ),
        batch_of,
    )


def submission_of(config: Config, password: str) -> SmtpSubmission:
    """Make the SMTP edge."""
    smtp = config.smtp
    return SmtpSubmission(
        SmtpSettings(
            host=smtp.host,
            port=smtp.port,
            security=smtp.security,
            username=config.mailbox.username,
            password=password,
            timeout=smtp.timeout,
        )
    )


def witness_of(config: Config, learnt: Mapping[str, str]) -> str:
    """Say how a doubtful batch is settled: self, sent or off.

    `auto` asks the Sent folder where the provider is known to file what goes
    through its SMTP server, or `check --mail` found that it does.
    """
    if config.smtp.witness != "auto":
        return config.smtp.witness
    preset = configuration.provider(config.mailbox.provider)
    files_sent = preset is not None and preset.files_sent is True
    return "sent" if files_sent or learnt.get("files_sent") == "yes" else "self"


def build(
    config: Config, store: SqlStore, environ: Mapping[str, str], clock: Clock
) -> Instance:
    """Wire an instance on an open store.

    Raises:
        ConfigError: the password can't be had.
    """
    password = configuration.read_password(config, environ)
    settings = settings_of(config, store)
    spool = FileSpool(config.store.directory / "spool")
    bounce_file = BounceFile(config.store.directory / "bounces.json")
    witness = witness_of(config, store.learnt())

    def limits() -> Limits:
        return configuration.limits_in_force(config, store.learnt_details())

    applier = applier_of(config, store, settings, spool, bounce_file)
    parts = Parts(
        settings=settings,
        store=store,
        spool=spool,
        mailbox=mailbox_of(config, password, settings.secret),
        submission=submission_of(config, password),
        bounce_log=bounce_file,
        clock=clock,
        apply=applier,
        limits=limits,
        witness=witness,
        provider=config.mailbox.provider,
        reply_rules=configuration.reply_rules(),
        jitter=random.random,
        load_settings=lambda: settings_of(config, store),
        count_hand_sent=config.limits.count_hand_sent,
    )
    return Instance(config, parts, bounce_file)


def applier_of(
    config: Config,
    store: SqlStore,
    settings: Settings,
    spool: FileSpool,
    bounce_file: BounceFile,
) -> Applier:
    """Make what carries out decisions."""

    def limits() -> Limits:
        return configuration.limits_in_force(config, store.learnt_details())

    return Applier(
        settings=settings,
        store=store,
        spool=spool,
        bounce_log=bounce_file,
        texts=texts(config.store.directory / "templates", settings.timezone),
        limits=limits,
        random=os.urandom,
        rider=1 if witness_of(config, store.learnt()) == "self" else 0,
    )
