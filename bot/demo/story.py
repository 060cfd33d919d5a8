"""A committee's week in a minute, played on the real bot.

The provider is embedded, the bot is the real one, started as a process of its own.
Every step is checked against what the mailboxes hold; the first thing that is not
as it should be ends the demo with an error.
"""

import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from bot.demo.calls import called, configure, note_wrongly, returned
from bot.demo.cast import (
    ALICE,
    BOX,
    CLAIRE,
    DISCUSSANTS,
    JEANNE,
    NEWCOMER,
    ODETTE_NOW,
    PASSWORD,
    PAUL,
    PHONES,
    READERS,
    RETURNED,
    UNKNOWN,
    ZOE,
)
from bot.demo.policy import Policy
from bot.demo.provider import Provider
from bot.demo.stage import Stage

__all__ = ("play",)

_RECIPIENTS_MAX = 50


def play(folder: Path | None) -> None:
    """Play the story in `folder`, or a new temporary one that stays.

    Raises:
        BotError: a step did not do what it should.
    """
    place = folder or Path(tempfile.mkdtemp(prefix="colporteur-demo-"))
    place.mkdir(parents=True, exist_ok=True)
    members = {*map(str, READERS), *map(str, DISCUSSANTS), NEWCOMER}
    users = {str(BOX), *members, PAUL, ZOE, JEANNE, ODETTE_NOW}
    provider = Provider(
        dict.fromkeys(sorted(users), PASSWORD),
        Policy(
            recipients_per_message=_RECIPIENTS_MAX,
            recipients_per_hour=1000,
            refusals=dict.fromkeys(UNKNOWN, "550 5.1.1 No such user here"),
            bounces=RETURNED,
        ),
    )
    provider.start()
    try:
        stage = Stage(provider, place, Console(highlight=False))
        _set_up(stage)
        with _bot(stage):
            for act in (
                _newcomer,
                _discussion,
                _announcement,
                returned,
                called,
                _goodbye,
            ):
                act(stage)
        _nobody_twice(stage)
    finally:
        provider.stop()
    stage.tell("", f"All as it should be. Everything is in {place} to look at.")


def _set_up(stage: Stage) -> None:
    stage.headline("A committee: 343 readers, 77 discussants, one mailbox")
    password = stage.place / "password"
    password.touch(mode=0o600)
    password.write_text(PASSWORD + "\n")
    configure(stage, in_days=2)
    for name, people in (("informer", READERS), ("discuter", DISCUSSANTS)):
        rows = (f"{one},{','.join(PHONES.get(str(one), ('', '')))}" for one in people)
        path = stage.place / f"{name}.csv"
        path.write_text("\n".join(("email,name,phone", *rows, "")))
        done = stage.colporteur("members", name, "import", str(path))
        stage.tell(f"   $ colporteur members {name} import {name}.csv")
        stage.check(done.stdout.strip() or done.stderr, ok=done.returncode == 0)
    note_wrongly(stage)


@contextmanager
def _bot(stage: Stage) -> Iterator[None]:
    with (stage.place / "bot.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program
            stage.command("-v", "run"), stderr=log, stdout=log
        )
        stage.bot = process
        try:
            yield
            process.terminate()
            stage.check("the bot stops cleanly", ok=process.wait(30) == 0)
        finally:
            process.kill()
            process.wait()


def _newcomer(stage: Stage) -> None:
    stage.headline("Somebody subscribes, by mail")
    stage.tell(f"   {NEWCOMER} writes: « Je voudrais m'abonner à discuter »")
    stage.write(NEWCOMER, "Bonjour", "Je voudrais m'abonner à discuter\n\nMerci !\n")
    question = stage.expect(NEWCOMER, "confirm")
    stage.tell("   She replies: « oui »")
    stage.answer(NEWCOMER, question, "oui\n")
    stage.expect(NEWCOMER, "welcome")


def _discussion(stage: Stage) -> None:
    stage.headline("A member writes to the discussion list; a moderator approves")
    stage.write(
        ALICE,
        "Covoiturage pour samedi",
        "Bonjour à toutes et tous,\n\nJ'ai trois places au départ d'Arles, à 9 h."
        "\nQui en veut ?\n\nAlice\n",
        to=f"{BOX.local_part}+discuter@{BOX.domain}",
    )
    question = stage.expect(PAUL, "moderation")
    others = stage.of_kind(ZOE, "moderation")
    people = [*map(str, DISCUSSANTS), NEWCOMER]
    stage.check("nobody has it yet", ok=not any(_posts(stage, one) for one in people))
    stage.tell("   Paul replies: « Ok pour moi, merci ! »")
    stage.answer(PAUL, question, "Ok pour moi, merci !\n\nPaul\n")
    stage.wait_for(
        f"all {len(people)} members have it, once each",
        lambda: all(_posts(stage, one)["Covoiturage"] == 1 for one in people),
    )
    mail = stage.last(NEWCOMER, "post")
    if mail is not None:
        stage.show(mail)
    stage.check("Zoé, who moderates too, was asked the same", ok=len(others) == 1)
    stage.tell("   Zoé replies a little later: « rejeter »")
    stage.answer(ZOE, others[0], "rejeter\n")
    stage.expect(ZOE, "reply")


def _posts(stage: Stage, address: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for raw in stage.provider.mails(address):
        for word in ("Covoiturage", "Réunion"):
            encoded = word.replace("é", "=C3=A9")
            header = raw.split(b"\r\n\r\n", 1)[0].decode("latin-1")
            if "X-Colporteur: post;" in header and (
                word in header or encoded in header
            ):
                found[word] += 1
    return found


def _announcement(stage: Stage) -> None:
    stage.headline("An announcement to 343 readers; the provider allows 50 a message")
    stage.write(
        CLAIRE,
        "Réunion publique du 12 décembre",
        "Bonjour,\n\nNotre réunion publique aura lieu samedi 12 décembre à 18 h,"
        " salle Jean-Moulin.\n\nVenez nombreux !\n\nClaire\n",
        to=f"{BOX.local_part}+informer@{BOX.domain}",
    )
    preview = stage.expect(CLAIRE, "preview")
    stage.tell("   Claire replies: « ok »")
    stage.answer(CLAIRE, preview, "ok\n")
    lost = {*UNKNOWN, *RETURNED, ODETTE_NOW}
    known = [str(one) for one in READERS if str(one) not in lost]
    with Progress(console=stage.console, transient=True) as bars:
        task = bars.add_task("   sending", total=len(known))

        def all_served() -> bool:
            served = sum(_posts(stage, one)["Réunion"] for one in known)
            bars.update(task, completed=served)
            return served >= len(known)

        stage.wait_for(f"{len(known)} readers have it", all_served)
    stage.expect(CLAIRE, "receipt")
    largest = max(len(one.recipients) for one in stage.provider.transactions)
    stage.check(
        f"{largest} recipients in the largest message", ok=largest <= _RECIPIENTS_MAX
    )


def _goodbye(stage: Stage) -> None:
    stage.headline("The newcomer leaves, by mail")
    stage.tell(f"   {NEWCOMER} writes: « désabonner »")
    stage.write(NEWCOMER, "désabonner", "")
    asked = f"{NEWCOMER} is asked to confirm"
    stage.wait_for(asked, lambda: len(stage.of_kind(NEWCOMER, "confirm")) > 1)
    question = stage.of_kind(NEWCOMER, "confirm")[-1]
    stage.show(question)
    stage.tell("   She replies: « oui »")
    stage.answer(NEWCOMER, question, "oui\n")
    stage.expect(NEWCOMER, "notice")
    done = stage.colporteur("members", "discuter", "--json")
    stage.check(
        f"{NEWCOMER} is no longer on the list",
        ok=done.returncode == 0 and NEWCOMER not in done.stdout,
    )


def _nobody_twice(stage: Stage) -> None:
    stage.headline("What the mailboxes hold")
    people = {*map(str, READERS), *map(str, DISCUSSANTS), NEWCOMER} - set(UNKNOWN)
    counts = [_posts(stage, one) for one in sorted(people)]
    stage.check(
        "nobody has anything twice",
        ok=all(count == 1 for found in counts for count in found.values()),
    )
    hidden = {str(one).encode() for one in READERS} - {ALICE.encode(), CLAIRE.encode()}
    leaks = [
        one
        for one in map(str, READERS[2:52])
        for raw in stage.provider.mails(one)
        if any(other in raw for other in hidden - {one.encode()})
    ]
    stage.check("nobody sees another reader's address", ok=not leaks)
