"""A committee's evening, on the real servers and on the embedded ones."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from bot.demo.provider import Provider
from tests.stories.scenes import (
    BOT,
    OWNER,
    a_mail,
    an_answer,
    answers_to,
    colporteur,
    enrol,
    of_kind,
    once,
    write_config,
)

MEMBERS = [f"member{number}@member.test" for number in range(1, 61)]


class Place(Protocol):
    """What both providers offer."""

    imap_port: int

    def deliver(self, address: str, raw: bytes, envelope_sender: str = "") -> None:
        """Deliver from outside."""

    def mails(self, address: str, folder: str = "INBOX") -> list[bytes]:
        """Look into a mailbox."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Start an embedded provider."""
    users = dict.fromkeys([OWNER, *MEMBERS], "pw") | {BOT: "botpw"}
    with Provider(users) as made:
        yield made


def test_an_announcement_is_previewed_confirmed_and_sent_once(
    provider: Provider, tmp_path: Path
) -> None:
    """The main job, by the real program, cycle by cycle."""
    config = write_config(tmp_path, provider.imap_port, provider.smtp_port)
    enrol(config, "informer", MEMBERS)
    to = BOT.replace("@", "+informer@")

    provider.deliver(to, a_mail(OWNER, to, "Réunion", "Venez.").as_bytes(), OWNER)
    once(config)
    (preview,) = of_kind(provider.mails(OWNER), "preview")
    answer = an_answer(OWNER, preview, "ok\n")
    provider.deliver(answers_to(preview), answer.as_bytes(), OWNER)
    summary = once(config)

    assert summary["accepted"] == 60 + 2  # the answer to the "ok", the receipt
    assert [len(of_kind(provider.mails(one), "post")) for one in MEMBERS] == [1] * 60
    assert len(of_kind(provider.mails(OWNER), "receipt")) == 1


def test_no_member_sees_anothers_address(provider: Provider, tmp_path: Path) -> None:
    """Recipients are in the envelope only, on every path."""
    config = write_config(tmp_path, provider.imap_port, provider.smtp_port)
    enrol(config, "discuter", MEMBERS)
    post = a_mail(MEMBERS[0], BOT, "Covoiturage", "Trois places.")
    post["Cc"] = MEMBERS[5]

    provider.deliver(BOT, post.as_bytes(), MEMBERS[0])
    once(config)

    for one in MEMBERS[1:]:
        (mail,) = provider.mails(one)
        seen = [other for other in MEMBERS[1:] if other != one and other in str(mail)]
        assert not [other for other in seen if f"{other}'" not in other], seen


def test_a_post_from_a_stranger_is_held_and_told(
    provider: Provider, tmp_path: Path
) -> None:
    """Nothing is lost: the owners decide, the mail waits in the folder Held."""
    config = write_config(tmp_path, provider.imap_port, provider.smtp_port)
    enrol(config, "discuter", MEMBERS[1:])
    post = a_mail(MEMBERS[0], BOT, "Bonjour", "Je voudrais vous dire …")

    provider.deliver(BOT, post.as_bytes(), MEMBERS[0])
    once(config)

    assert len(of_kind(provider.mails(OWNER), "moderation")) == 1
    assert len(provider.mails(BOT, "Colporteur/Held")) == 1
    assert not of_kind(provider.mails(MEMBERS[1]), "post")


def test_the_same_mail_twice_is_distributed_once(
    provider: Provider, tmp_path: Path
) -> None:
    """Providers and people copy mails; members never notice."""
    config = write_config(tmp_path, provider.imap_port, provider.smtp_port)
    enrol(config, "discuter", MEMBERS[:3])
    raw = a_mail(MEMBERS[0], BOT, "Une fois", "Seulement.").as_bytes()

    for _ in range(3):
        provider.deliver(BOT, raw, MEMBERS[0])
        once(config)

    assert len(of_kind(provider.mails(MEMBERS[1]), "post")) == 1
    assert not provider.mails(BOT)


def test_a_second_instance_is_refused(provider: Provider, tmp_path: Path) -> None:
    """Two senders on one ledger would not be exactly-once; exit status 4."""
    config = write_config(tmp_path, provider.imap_port, provider.smtp_port)
    enrol(config, "discuter", MEMBERS[:3])
    folder = tmp_path / "store"

    with (folder / "lock").open("w") as held:
        import fcntl  # noqa: PLC0415 - the way the store does it

        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        colporteur(config, "run", "--once", status=4)
        colporteur(config, "status", "--json")
