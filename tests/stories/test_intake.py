"""Mail comes in exactly once, whatever breaks on the way."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import config as configuration
from bot.cli.wiring import SystemClock, build
from bot.cycle import poll_once
from bot.demo.provider import Provider
from bot.errors import MailboxError, MailboxRefusalError
from bot.store import open_store
from tests.proxy import Proxy
from tests.stories.dying_bot import die
from tests.stories.scenes import BOT, OWNER, a_mail, enrol, once, write_config

MEMBER = "anne@member.test"
STEPS = 28


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Start an embedded provider."""
    with Provider({BOT: "botpw", OWNER: "pw", MEMBER: "pw"}) as made:
        yield made


def post(provider: Provider, number: int) -> str:
    """Deliver a post; give its subject."""
    mail = a_mail(MEMBER, BOT, f"Numéro {number}", "Bonjour.")
    provider.deliver(BOT, mail.as_bytes(), MEMBER)
    return f"Numéro {number}"


def distributed(config: Path) -> list[str]:
    """List what went into the outbox as a post, by subject."""
    store = open_store("", config.parent / "store", read_only=True)
    try:
        sends = store.sends(unfinished=False)
        return sorted(send.subject for send in sends if send.kind == "post")
    finally:
        store.close()


@pytest.mark.timeout(300)
def test_killed_between_any_two_steps(provider: Provider, tmp_path: Path) -> None:
    """A mail is decided once and filed once, whichever call was the last."""
    config = write_config(tmp_path, provider.imap_port, provider.smtp_port)
    enrol(config, "discuter", [MEMBER])

    subjects, died = [], []
    for step in range(1, STEPS + 1):
        subjects.append(post(provider, step))
        died.append(die(config, step) == -signal.SIGKILL)
    once(config)
    once(config)  # the witnesses of what the first one sent

    assert all(died)
    assert distributed(config) == sorted(subjects)
    assert not provider.mails(BOT)


@pytest.mark.parametrize("deliver_last", [False, True], ids=["unsaid", "unheard"])
def test_cut_at_every_command(
    provider: Provider, tmp_path: Path, *, deliver_last: bool
) -> None:
    """The line breaks before, or after, the server acts; the next poll goes on."""
    config = write_config(tmp_path, provider.imap_port, provider.smtp_port)
    enrol(config, "discuter", [MEMBER])

    subjects = []
    for commands in range(1, 25):
        subjects.append(post(provider, commands))
        proxy = Proxy(
            "127.0.0.1",
            provider.imap_port,
            cut_after=commands,
            deliver_last=deliver_last,
        )
        poll(write_config(tmp_path, proxy.port, provider.smtp_port))
        proxy.stop()
    poll(write_config(tmp_path, provider.imap_port, provider.smtp_port))

    assert distributed(config) == sorted(subjects)
    assert not provider.mails(BOT)


def poll(path: Path, validity: int = 0) -> None:
    """Poll once; the line may break. `validity` is added to the server's."""
    config = configuration.load(path)
    store = open_store(config.store.database, config.store.directory)
    instance = build(config, store, {}, SystemClock())
    if validity:
        genuine = instance.parts.mailbox.open
        instance.parts.mailbox.open = lambda: genuine() + validity  # type: ignore[method-assign]
    try:
        poll_once(instance.parts)
    except MailboxError:
        pass
    finally:
        instance.close()
        store.close()


def test_a_changed_uidvalidity_repeats_nothing(
    provider: Provider, tmp_path: Path
) -> None:
    """The server renumbers: what was handled is recognised by its bytes."""
    config = write_config(tmp_path, provider.imap_port, provider.smtp_port)
    enrol(config, "discuter", [MEMBER])
    mail = a_mail(MEMBER, BOT, "Une fois", "Bonjour.").as_bytes()
    provider.deliver(BOT, mail, MEMBER)
    poll(config)

    provider.deliver(BOT, mail, MEMBER)
    poll(config, validity=1)
    provider.deliver(BOT, mail, MEMBER)
    poll(config, validity=2)

    assert distributed(config) == ["Une fois"]
    assert not provider.mails(BOT)


def test_a_mail_over_the_limit_is_told_and_kept(
    provider: Provider, tmp_path: Path
) -> None:
    """Only its header is fetched; the person learns why nothing happens."""
    config = write_config(
        tmp_path,
        provider.imap_port,
        provider.smtp_port,
        imap="max_message_size = 100000",
    )
    enrol(config, "discuter", [MEMBER])
    mail = a_mail(MEMBER, BOT, "Photos", "x" * 70 + "\n")
    mail.add_attachment(b"x" * 200_000, maintype="image", subtype="jpeg")
    provider.deliver(BOT, mail.as_bytes(), MEMBER)

    once(config)

    assert distributed(config) == []
    assert len(provider.mails(BOT, "Colporteur/Refused")) == 1
    (told,) = provider.mails(MEMBER)
    assert b"X-Colporteur: reply;" in told


def test_a_mail_that_cannot_be_moved_stops_no_other(
    provider: Provider, tmp_path: Path
) -> None:
    """A full folder is no reason to read nothing more; it is tried again."""
    path = write_config(tmp_path, provider.imap_port, provider.smtp_port)
    enrol(path, "discuter", [MEMBER])
    config = configuration.load(path)
    store = open_store(config.store.database, config.store.directory)
    instance = build(config, store, {}, SystemClock())
    mailbox = instance.parts.mailbox
    genuine = mailbox.file_away

    def refused(uid: int, folder: str) -> None:
        raise MailboxRefusalError(f"{uid} to {folder}: [OVERQUOTA]")

    subjects = []
    mailbox.file_away = refused  # type: ignore[method-assign]
    for number in (1, 2):
        subjects.append(post(provider, number))
        poll_once(instance.parts)
    left_over = len(provider.mails(BOT))
    mailbox.file_away = genuine  # type: ignore[method-assign]
    poll_once(instance.parts)
    instance.close()
    store.close()

    assert distributed(path) == subjects
    assert left_over == 2
    assert not provider.mails(BOT)
