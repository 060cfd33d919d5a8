"""A quota that nobody told, end to end: learnt, kept to, and nobody served twice."""

from datetime import datetime, timedelta
from pathlib import Path

from bot.address import Address
from bot.cycle import poll_once
from bot.demo.policy import Policy
from bot.demo.provider import Provider
from bot.demo.report import failure
from bot.identity import sign
from bot.model import BatchState, Outgoing, Priority
from tests.stories.committee import START, Committee, committee, text_of
from tests.stories.scenes import BOT, OWNER

MEMBERS = [f"member{number}@member.test" for number in range(1, 61)]
HOUR = timedelta(hours=1)


def test_an_hourly_quota_is_learnt_and_everybody_gets_the_post_once(
    tmp_path: Path,
) -> None:
    """The reply names 40; the rest waits, and leaves as the window allows."""
    users = dict.fromkeys([OWNER, *MEMBERS], "pw") | {BOT: "botpw"}
    policy = Policy(recipients_per_hour=40)
    with (
        Provider(users, policy) as provider,
        committee(provider, tmp_path, provider.imap_port, provider.smtp_port) as club,
    ):
        club.enrol("informer", *MEMBERS)
        to = BOT.replace("@", "+informer@")
        club.write(OWNER, "Réunion", "Venez.", to=to)
        club.answer(OWNER, club.last(OWNER, "preview"), "ok")
        (first,) = club.store.learnt_details()
        blocked = club.store.noted("blocked_until")
        served = [one for one in MEMBERS if club.mails(one, "post")]

        policy.recipients_per_hour = 0  # the provider's hour is over
        for _ in range(4):
            club.cycle(HOUR + timedelta(minutes=1))
        counts = [len(club.mails(one, "post")) for one in MEMBERS]
        alerts = club.mails(OWNER, "alert")

        assert (first.key, first.value, first.how) == (
            "recipients_per_hour",
            "40",
            "said",
        )
        assert "hourly sending quota exceeded" in first.words
        assert datetime.fromisoformat(blocked) == first.at + HOUR
        assert 30 <= len(served) < 40
        assert counts == [1] * len(MEMBERS)
        assert len(alerts) == 1
        assert "quota" in text_of(alerts[0])


def test_a_report_waits_for_the_end_of_the_dialogue(tmp_path: Path) -> None:
    """The batch is `sending` for longer than three polls; nobody is left out."""
    users = {OWNER: "pw", BOT: "botpw"}
    with (
        Provider(users) as provider,
        committee(provider, tmp_path, provider.imap_port, provider.smtp_port) as club,
    ):
        batch = _sending(club, MEMBERS[0])
        mark = sign("post", batch, club.instance.parts.settings.secret)
        words = "550 5.7.1 too many emails per hour"
        returned = f"X-Colporteur: {mark}\r\n\r\n".encode()
        provider.deliver(BOT, failure(MEMBERS[0], BOT, words, returned, START))

        for _ in range(5):
            poll_once(club.instance.parts)
        club.store.settle_batch(batch, BatchState.SENT, START)
        poll_once(club.instance.parts)

        (send,) = (
            one for one in club.store.sends(unfinished=True) if one.kind == "post"
        )
        assert (send.accepted, send.deferred) == (0, 1)
        assert provider.mails(BOT, "Colporteur/Problem") == []
        assert len(provider.mails(BOT, "Colporteur/Bounces")) == 1


def _sending(club: Committee, *people: str) -> int:
    """Begin a batch of a post, and leave it there."""
    post = Outgoing("a" * 64, 1000, "post", Priority.POST, "Bonjour", "informer")
    who = [Address(*one.split("@")) for one in people]
    send_id = club.store.enqueue(post, who, START)
    taken = club.store.take(send_id, len(people), START)
    return club.store.start_batch(taken, START, "off")
