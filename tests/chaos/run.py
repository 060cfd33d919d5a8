"""Kill the bot 500 times in the middle of a send, over connections that misbehave.

`make chaos` prints what became of everybody. The bot is the real one, in processes
of its own that die by SIGKILL at random instants; the servers speak TCP: the
embedded IMAP server gives its mailbox, and an SMTP server cuts connections (before
and after the final reply), hangs up with 421 and answers late, at random. The bot's
clock runs ahead between its rounds, so that hours of patience pass in a moment.

    python tests/chaos/run.py [--kills 500] [--members 2000] [--seed N]
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bot import config as configuration
from bot.address import parse
from bot.demo.provider import Provider
from bot.model import Outgoing, Priority, Profile, Reach
from bot.spool import FileSpool
from bot.store import SqlStore, open_store
from tests.scripted_smtp import Script, ScriptedSmtp, Session
from tests.stories.living_bot import start_bot
from tests.stories.scenes import BOT, OWNER, write_config

LIST = "informer"
BATCH = 20
POST = (
    "From: Comité <{bot}>\r\nTo: Les nouvelles <{bot}>\r\n"
    "Subject: Nouvelles {number}\r\nMessage-ID: <post-{number}@example.test>\r\n\r\n"
    "Bonjour à tous.\r\n"
)
# Of every hundred transactions so many suffer this fault.
FAULTS = {
    "before-reply": 4,
    "after-reply": 4,
    "rcpt": 1,
    "body": 2,
    "421": 2,
    "slow": 8,
}


class MoodySession(Session):
    """A connection that breaks, hangs up or is slow, at random."""

    fault = ""

    def mail(self, line: str) -> None:
        """Begin, in some mood."""
        chance = random.random() * 100  # noqa: S311 - not secret
        self.fault = ""
        for fault, share in FAULTS.items():
            if 0 <= chance < share:
                self.fault = fault
            chance -= share
        super().mail(line)

    def cut(self, moment: str) -> bool:
        """Close without a word, if that is the fault."""
        if self.fault != moment:
            return False
        self.taken.cuts += 1
        self.taken.lost_replies += moment == "after-reply"
        self.close()
        return True

    def end(self, message: bytes) -> None:
        """Hang up, or take the message; perhaps late."""
        if self.fault == "421":
            self.taken.cuts += 1
            self.hang_up("421 4.3.2 Service shutting down")
            return
        if self.fault == "slow":
            time.sleep(0.03)
        super().end(message)


class MoodySmtp(ScriptedSmtp):
    """The scripted server with such connections."""

    def _session(self) -> Session:
        session = MoodySession(self.script, self.taken)
        self._sessions.append(session)
        return session


@dataclass
class Tally:
    """What happened."""

    kills: int = 0
    while_sending: int = 0
    posts: list[str] = field(default_factory=list)
    lost: int = 0
    repeated: int = 0  # deliveries beyond the first
    lost_replies: int = 0
    broken: int = 0  # connections, at any other moment
    seconds: float = 0.0


class Scene:
    """A mailbox, a moody server, a list and a bot to kill."""

    def __init__(self, folder: Path, members: int, witness: str) -> None:
        self.provider = Provider({BOT: "botpw", OWNER: "pw"}).start()
        script = Script(
            auth=("PLAIN",), delay=0.015, keep=False, on_message=self._hand_over
        )
        self.server = MoodySmtp(script)
        self.server.__enter__()
        self.config = write_config(
            folder,
            self.provider.imap_port,
            self.server.port,
            smtp=f'witness = "{witness}"',
            limits="recipients_per_hour = 0\nrecipients_per_day = 0",
        )
        text = self.config.read_text()
        self.config.write_text(text.replace("message = 50", f"message = {BATCH}"))
        self.clock = folder / "clock"
        self.clock.write_text("0")
        self.members = [f"member{number}@example.org" for number in range(members)]
        with self.store() as store:
            people = (Profile(parse(one)) for one in self.members)
            store.enrol_many(people, LIST, "chaos", datetime.now(UTC))

    def close(self) -> None:
        """Stop the servers."""
        self.server.__exit__(None, None, None)
        self.provider.stop()

    def _hand_over(self, _: str, recipients: tuple[str, ...], data: bytes) -> None:
        if BOT in recipients:
            self.provider.deliver(BOT, data)

    @contextmanager
    def store(self) -> Iterator[SqlStore]:
        """Open the store while no bot runs."""
        found = configuration.load(self.config)
        store = open_store(found.store.database, found.store.directory)
        yield store
        store.close()

    def announce(self, number: int) -> str:
        """Put one more post to everybody into the outbox; give its Message-ID."""
        raw = POST.format(bot=BOT, number=number).encode()
        folder = configuration.load(self.config).store.directory
        sha256 = FileSpool(folder / "spool").add(raw)
        subject = f"Nouvelles {number}"
        mail = Outgoing(sha256, len(raw), "post", Priority.POST, subject, LIST)
        with self.store() as store:
            reach, now = [Reach(LIST)], datetime.now(UTC)
            store.enqueue_to_lists(mail, reach, f"post-{number}", now)
        return f"<post-{number}@example.test>"

    def served(self, post: str) -> int:
        """Count the members who have a post."""
        counts = self.server.taken.deliveries
        return sum((post, member) in counts for member in self.members)


def chaos(scene: Scene, kills: int) -> Tally:
    """Kill bots in the middle of sends until there were enough, then let one end."""
    tally, began = Tally(), time.monotonic()
    while tally.while_sending < kills:
        if not tally.posts or scene.served(tally.posts[-1]) == len(scene.members):
            tally.posts.append(scene.announce(len(tally.posts) + 1))
        process = start_bot(scene.config, scene.clock)
        process.join(random.uniform(0.0, 0.4))  # noqa: S311 - not secret
        if process.is_alive():
            process.kill()
            tally.kills += 1
            tally.while_sending += scene.served(tally.posts[-1]) < len(scene.members)
        process.join()
    last = start_bot(scene.config, scene.clock)
    last.join(600)
    assert last.exitcode == 0, "the last bot did not come to an end; see bot.log"
    counts = scene.server.taken.deliveries
    wanted = [(post, member) for post in tally.posts for member in scene.members]
    tally.lost = sum(counts[one] == 0 for one in wanted)
    tally.repeated = sum(max(0, counts[one] - 1) for one in wanted)
    tally.lost_replies = scene.server.taken.lost_replies
    tally.broken = scene.server.taken.cuts
    tally.seconds = time.monotonic() - began
    return tally


def main() -> int:
    """Run with a witness, then without; print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--members", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=2026)
    asked = parser.parse_args()
    random.seed(asked.seed)
    print(
        f"{asked.members:,} members, {BATCH} a message, kills at random instants of"
        f" their sends, seed {asked.seed}"
    )
    print(
        f"{'witness':8} {'kills':>6} {'sends':>6} {'deliveries':>11} {'cut lines':>10}"
        f" {'lost replies':>13} {'lost':>5} {'repeated':>9} {'batches':>8}"
    )
    failed = False
    for witness in ("self", "off"):
        with tempfile.TemporaryDirectory(prefix="colporteur-chaos-") as folder:
            scene = Scene(Path(folder), asked.members, witness)
            tally = chaos(scene, asked.kills)
            scene.close()
        batches = tally.repeated / BATCH
        print(
            f"{witness:8} {tally.while_sending:6} {len(tally.posts):6}"
            f" {len(tally.posts) * asked.members:11,} {tally.broken:10}"
            f" {tally.lost_replies:13} {tally.lost:5} {tally.repeated:9,}"
            f" {batches:8.0f}   ({tally.seconds:.0f} s)",
            flush=True,
        )
        # Without a witness a lost reply, whoever lost it, may repeat one batch.
        allowed = 0 if witness == "self" else tally.kills + tally.lost_replies
        failed = failed or tally.lost > 0 or batches > allowed
    print("FAILED" if failed else "nobody lost; repeats as promised")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
