"""Killed at any moment, the bot serves everybody exactly once."""

import itertools
import random
import threading
from collections import Counter
from pathlib import Path

import pytest

from bot.demo.provider import Provider
from tests.scripted_smtp import Script, ScriptedSmtp
from tests.stories.living_bot import start_bot
from tests.stories.scenes import (
    BOT,
    OWNER,
    a_mail,
    an_answer,
    answers_to,
    enrol,
    of_kind,
    once,
    write_config,
)

KILLS = 8
SUBJECTS = ("Réunion",)
PEOPLE = [f"reader{number}@member.test" for number in range(343)]
TO = BOT.replace("@", "+informer@")


@pytest.mark.timeout(400)
def test_sends_killed_eight_times_serve_each_member_once(tmp_path: Path) -> None:
    """343 members, 50 a message, 100 an hour: count = 1 for each, whatever dies.

    `make chaos` does the same for hundreds of kills.
    """
    provider = Provider({BOT: "botpw", OWNER: "pw"}).start()
    lock = threading.Lock()

    def hand_over(_: str, recipients: tuple[str, ...], data: bytes) -> None:
        with lock:
            for address in {BOT, OWNER} & set(recipients):
                provider.deliver(address, data)

    script = Script(auth=("PLAIN",), delay=0.08, on_message=hand_over)
    with ScriptedSmtp(script) as server:
        config = write_config(
            tmp_path,
            provider.imap_port,
            server.port,
            limits="recipients_per_hour = 100\nrecipients_per_day = 0",
        )
        enrol(config, "informer", PEOPLE)
        clock = tmp_path / "clock"
        clock.write_text("0")
        posts = [_announce(provider, config, subject) for subject in SUBJECTS]
        # A mail that the program dies over four times is put aside, and on a busy
        # machine eight kills may do that; here the sends are tried, not the mails.
        once(config)

        in_the_middle = _kill_again_and_again(config, clock, server)
        finished = start_bot(config, clock)
        finished.join(120)

        counts = Counter(
            {
                (message_id, address): count
                for (message_id, address), count in server.taken.deliveries.items()
                if message_id in posts and address in PEOPLE
            }
        )
    provider.stop()
    assert finished.exitcode == 0, (tmp_path / "bot.log").read_text()[-2000:]
    assert counts == dict.fromkeys(itertools.product(posts, PEOPLE), 1)
    assert in_the_middle >= KILLS // 2  # else the test has proved too little


def _announce(provider: Provider, config: Path, subject: str) -> str:
    """Write an announcement and confirm it; give its Message-ID."""
    announcement = a_mail(OWNER, TO, subject, "Venez.")
    provider.deliver(TO, announcement.as_bytes(), OWNER)
    once(config)
    preview = of_kind(provider.mails(OWNER), "preview")[-1]
    answer = an_answer(OWNER, preview, "ok\n")
    provider.deliver(answers_to(preview), answer.as_bytes(), OWNER)
    return str(announcement["Message-ID"])


def _kill_again_and_again(config: Path, clock: Path, server: ScriptedSmtp) -> int:
    """Kill the bots; give how many died with people still to serve."""
    chance = random.Random(2026)  # noqa: S311 - repeatable, not secret
    in_the_middle = 0
    for _ in range(KILLS):
        process = start_bot(config, clock)
        process.join(chance.uniform(0.0, 0.2))
        process.kill()
        process.join()
        served = sum(address in PEOPLE for _, address in server.taken.deliveries)
        in_the_middle += served < len(PEOPLE) * len(SUBJECTS)
    return in_the_middle
