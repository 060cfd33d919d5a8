"""A quota that nobody told, end to end: learnt, kept to, and nobody served twice."""

from datetime import datetime, timedelta
from pathlib import Path

from bot.demo.policy import Policy
from bot.demo.provider import Provider
from tests.stories.committee import committee, text_of
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
