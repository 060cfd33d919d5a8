"""Suspensions, the brake, probes and incidents, with the real store and no network."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from bot import message
from bot.actions import (
    Action,
    Decision,
    Pause,
    RecordBounce,
    Revive,
    Settle,
    SettleSuspensions,
)
from bot.address import Address
from bot.apply.bounces import spare
from bot.cycle.bounced import judge_bounces, write_log
from bot.model import (
    BatchState,
    BounceEvent,
    BounceState,
    Kind,
    Outgoing,
    Priority,
    Profile,
    Reach,
    RequestKind,
)
from tests.stories.committee import START, Committee, NoPlace
from tests.stories.scenes import OWNER, write_config

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
PEOPLE = tuple(Address(f"p{n}", f"d{n % 10}.example") for n in range(60))
POST = Outgoing("a" * 64, 1000, "post", Priority.POST, "Bonjour", "informer")
BOSS = Address("owner", "list.test")


@pytest.fixture
def club(tmp_path: Path) -> Iterator[Committee]:
    """A committee of sixty readers."""
    with Committee(NoPlace(), write_config(tmp_path, 1, 1)) as made:
        made.store.enrol_many(map(Profile, PEOPLE), "informer", "test", START)
        yield made


def carry_out(club: Committee, action: Action) -> None:
    """Carry out an action as a poll does."""
    with club.store.transaction():
        decision = Decision(Kind.BOUNCE, "test", (action,))
        club.instance.parts.apply(decision, None, club.clock.now())


def judge(club: Committee, later: timedelta = MINUTE) -> None:
    """Let time pass, and then what is due by the clock."""
    club.clock.at += later
    judge_bounces(club.instance.parts, club.clock.now())


def post(
    club: Committee,
    dead: Iterable[Address] = (),
    reason: str = "unknown-user",
    kind: str = "hard",
) -> int:
    """Send a post to all readers; let some of them bounce. Gives its id."""
    club.clock.at += MINUTE
    now = club.clock.now()
    reach = [Reach("informer")]
    send_id = club.store.enqueue_to_lists(POST, reach, f"f {now}", now)
    batch_id = club.store.start_batch(club.store.take(send_id, 99, now), now, "off")
    club.store.settle_batch(batch_id, BatchState.SENT, now)
    club.store.finish_sends(now)
    mail = club.store.returned_by_batch(batch_id)
    for one in dead:
        event = BounceEvent(one, kind, "5.1.1", reason, f"550 spam? {one} {reason}")
        carry_out(club, RecordBounce(f"{batch_id} {one}", (event,), mail))
    return send_id


def states(club: Committee) -> dict[Address, BounceState]:
    """Say what became of those whose mail comes back."""
    return {one.address: one.state for one in club.store.bouncing()}


def letters(club: Committee, kind: str) -> list[str]:
    """Give the subjects of what waits in the outbox."""
    return [
        one.subject for one in club.store.sends(unfinished=True) if one.kind == kind
    ]


def test_two_dead_posts_suspend_and_writing_revives(club: Committee) -> None:
    """The person stays a member all the time."""
    for _ in range(2):
        post(club, PEOPLE[:2])
        judge(club)

    assert states(club) == dict.fromkeys(PEOPLE[:2], BounceState.SUSPENDED)
    assert club.store.count_recipients([Reach("informer")]) == 58
    assert len(club.members("informer")) == 60

    carry_out(club, Revive(PEOPLE[0]))

    assert states(club) == {PEOPLE[1]: BounceState.SUSPENDED}
    events = [one.what for _, one in club.store.untold_events(weekly=True)]
    assert events == ["suspended", "suspended", "revived"]


def test_reports_about_mail_that_nobody_sent_count_nothing(club: Committee) -> None:
    """Anybody can write a report; only what was sent can come back."""
    stranger = Address("new", "d.example")
    club.store.enrol(stranger, "", "discuter", "test", club.clock.now())
    post(club)
    batch = club.store.returned_by_batch(1)
    event = BounceEvent(stranger, "hard", "5.1.1", "unknown-user", "no")

    carry_out(club, RecordBounce("with another's mark", (event,), batch))
    carry_out(club, RecordBounce("with none", (event,)))

    assert states(club) == {}
    assert len(club.store.unlogged_bounces(9)) == 2


def test_a_stranger_s_report_does_not_fill_the_log(club: Committee) -> None:
    """It may name the whole world; those of ours are kept."""
    names = [Address(f"x{n}", "world.example") for n in range(90)]
    events = [
        BounceEvent(one, "hard", "5.1.1", "unknown-user", "no")
        for one in (*names, PEOPLE[0])
    ]

    carry_out(club, RecordBounce("world", tuple(events)))

    kept = [one[2].address for one in club.store.unlogged_bounces(99)]
    assert kept == [*names[:5], PEOPLE[0]]


def test_a_report_without_a_word_of_the_mail_is_about_the_last(
    club: Committee,
) -> None:
    """Small servers return nothing of it."""
    post(club)
    event = BounceEvent(PEOPLE[0], "hard", "5.1.1", "unknown-user", "no")

    carry_out(club, RecordBounce("bare", (event,)))
    carry_out(club, RecordBounce("bare again", (event,)))

    assert [(one.address, one.claimed) for one in club.store.bouncing()] == [
        (PEOPLE[0], 1)
    ]


def test_a_stranger_suspends_nobody_and_holds_nothing_up(club: Committee) -> None:
    """Two reports that anybody can write, and one of a rule at three domains."""
    for number in range(3):
        post(club)
        dead = BounceEvent(PEOPLE[0], "hard", "5.1.1", "unknown-user", "no")
        spam = [
            BounceEvent(one, "soft", "5.7.1", "policy", "spam") for one in PEOPLE[:3]
        ]
        carry_out(club, RecordBounce(f"dead {number}", (dead,)))
        carry_out(club, RecordBounce(f"spam {number}", tuple(spam)))
        judge(club)

    assert states(club) == {PEOPLE[0]: BounceState.BOUNCING}
    assert letters(club, "alert") == []


def too_many(club: Committee, count: int = 7) -> None:
    """Let more of them be dead than the brake lets pass."""
    for _ in range(2):
        post(club, PEOPLE[:count])
        judge(club)


def test_the_brake_asks_the_owner_and_suspends_nobody(club: Committee) -> None:
    """Once, and it goes on writing to them."""
    too_many(club)
    judge(club)

    assert states(club) == dict.fromkeys(PEOPLE[:7], BounceState.ASKED)
    assert club.store.count_recipients([Reach("informer")]) == 60
    asked = club.store.requests(RequestKind.SUSPEND)
    assert [str(one.address) for one in asked] == [OWNER]
    assert letters(club, "confirm") == [
        "7\u00a0adresses à suspendre dans «\u00a0Les nouvelles\u00a0»\u00a0?"
    ]


def test_no_address_is_a_formula_in_the_owner_s_table(club: Committee) -> None:
    """A stranger may subscribe with whatever stands before the @."""
    evil = Address("=1+2", "d0.example")
    club.store.enrol(evil, "", "informer", "test", club.clock.now())
    for _ in range(2):
        post(club, (*PEOPLE[:7], evil))
        judge(club)

    (asked,) = (
        one for one in club.store.sends(unfinished=True) if one.kind == "confirm"
    )
    raw = club.instance.parts.spool.read(asked.sha256)
    (file,) = (
        part
        for part in message_from_bytes(raw, policy=default).walk()
        if part.get_filename() == "informer.csv"
    )
    table = file.get_content()
    lines = table.splitlines()

    assert lines[0] == "address,reason,status"
    assert "'=1+2@d0.example,unknown-user,5.1.1" in lines
    assert len(lines) == 9


def test_a_pause_of_somebody_suspended_is_kept(club: Committee) -> None:
    """They write, so they get mail again: but only when they are back."""
    for _ in range(2):
        post(club, PEOPLE[:1])
        judge(club)
    person = club.store.find_person(PEOPLE[0])
    assert person is not None
    end = club.clock.now() + DAY

    carry_out(club, Pause(person.id, "informer", end))
    carry_out(club, Revive(PEOPLE[0]))
    away = club.store.memberships_of(person)["informer"].state
    club.store.resume_due(end)

    assert away == "paused"
    assert club.store.memberships_of(person)["informer"].state == "active"


def test_what_trickles_in_over_a_day_is_braked_together(club: Committee) -> None:
    """Those suspended an hour ago get mail again, until the owner says."""
    too_many(club, 4)
    assert set(states(club).values()) == {BounceState.SUSPENDED}

    for _ in range(2):
        post(club, PEOPLE[4:8])
        judge(club)

    assert states(club) == dict.fromkeys(PEOPLE[:8], BounceState.ASKED)
    assert club.store.count_recipients([Reach("informer")]) == 60


def says(club: Committee, list_name: str, *, suspend: bool) -> str:
    """Let an owner answer the open question about a list; gives what they are told."""
    (request,) = (
        one
        for one in club.store.requests(RequestKind.SUSPEND)
        if one.list_name == list_name
    )
    carry_out(club, Settle(request.id, "ok" if suspend else "no", BOSS))
    carry_out(club, SettleSuspensions(list_name, suspend, BOSS, request.people))
    told = [one for one in club.store.sends(unfinished=True) if one.kind == "reply"]
    raw = club.instance.parts.spool.read(told[-1].sha256)
    return " ".join(message.read(raw, club.clock.now()).text.split())


@pytest.mark.parametrize("suspend", [True, False])
def test_the_owner_s_word_is_the_last(club: Committee, *, suspend: bool) -> None:
    """It is neither undone nor asked again with the next judgement."""
    too_many(club)

    says(club, "informer", suspend=suspend)
    judge(club)
    judge(club, DAY)

    kept = dict.fromkeys(PEOPLE[:7], BounceState.SUSPENDED) if suspend else {}
    assert states(club) == kept
    assert club.store.requests(RequestKind.SUSPEND) == ()
    assert "C'est noté pour «\u00a0Les nouvelles\u00a0»" in letters(club, "reply")


def test_an_owner_decides_about_nobody_whom_they_did_not_see(club: Committee) -> None:
    """A provider breaks down while the question waits: that is another question."""
    too_many(club)
    too_many(club, 20)

    says(club, "informer", suspend=True)
    judge(club)
    (again,) = club.store.requests(RequestKind.SUSPEND)
    judge(club)

    assert len(again.people) == 13
    assert states(club) == dict.fromkeys(
        PEOPLE[:7], BounceState.SUSPENDED
    ) | dict.fromkeys(PEOPLE[7:20], BounceState.ASKED)
    assert club.store.requests(RequestKind.SUSPEND) == (again,)

    says(club, "informer", suspend=False)
    judge(club)

    assert states(club) == dict.fromkeys(PEOPLE[:7], BounceState.SUSPENDED)
    assert club.store.requests(RequestKind.SUSPEND) == ()


@pytest.mark.parametrize("suspend", [True, False])
def test_a_person_on_two_lists_waits_for_the_owners_of_both(
    club: Committee, *, suspend: bool
) -> None:
    """One « ok » suspends none of them, and one « non » is enough."""
    club.store.enrol_many(map(Profile, PEOPLE[1:]), "discuter", "test", START)
    too_many(club)

    first = says(club, "informer", suspend=True)
    judge(club)
    between = states(club)
    second = says(club, "discuter", suspend=suspend)
    judge(club)

    asked = dict.fromkeys(PEOPLE[1:7], BounceState.ASKED)
    assert between == {PEOPLE[0]: BounceState.SUSPENDED} | asked
    assert "6 autres adresses sont aussi sur une autre liste" in first
    suspended = dict.fromkeys(PEOPLE[: 7 if suspend else 1], BounceState.SUSPENDED)
    assert states(club) == suspended
    assert ("Nous ne suspendons personne." in second) is not suspend
    assert club.store.requests(RequestKind.SUSPEND) == ()


def test_an_ok_after_another_s_no_suspends_nobody(club: Committee) -> None:
    """And the owner is told so."""
    club.store.enrol_many(map(Profile, PEOPLE), "discuter", "test", START)
    too_many(club)

    says(club, "discuter", suspend=False)
    told = says(club, "informer", suspend=True)
    judge(club)

    assert states(club) == {}
    assert "plus aucune adresse" in told


def test_a_post_that_arrives_lets_go_whom_the_brake_held(club: Committee) -> None:
    """The provider had a bad day."""
    too_many(club)
    post(club)

    judge(club, 3 * DAY + MINUTE)

    assert states(club) == {}


def test_probes_go_to_those_in_doubt_and_a_few_at_a_time(club: Committee) -> None:
    """After three days without another post; more of them ten minutes later."""
    post(club, PEOPLE[:8])

    judge(club, 3 * DAY - MINUTE)
    early = letters(club, "confirm")
    judge(club, 2 * MINUTE)
    first = letters(club, "confirm")
    judge(club)
    then = letters(club, "confirm")
    judge(club, DAY)

    assert (len(early), len(first), len(then)) == (0, 5, 8)
    assert letters(club, "confirm") == then
    assert set(then) == {"Recevez-vous nos messages\u00a0?"}


def test_probes_are_a_few_a_day(club: Committee) -> None:
    """They must not use up what people wait for."""
    post(club, PEOPLE[:40])
    judge(club, 3 * DAY)
    for _ in range(8):
        judge(club)

    a_day = len(letters(club, "confirm"))
    for _ in range(12):
        judge(club, DAY / 4)

    assert (a_day, len(letters(club, "confirm"))) == (25, 40)


def test_a_list_that_is_gone_asks_nobody(club: Committee) -> None:
    """Its question could not be answered."""
    club.store.enrol_many(map(Profile, PEOPLE[:8]), "old", "test", club.clock.now())
    club.store.enrol_many(
        [Profile(Address(f"x{n}", "e.example")) for n in range(40)],
        "informer",
        "test",
        club.clock.now(),
    )

    too_many(club, 8)

    assert set(states(club).values()) == {BounceState.SUSPENDED}
    assert club.store.requests(RequestKind.SUSPEND) == ()


def test_what_came_back_from_an_address_of_before_counts_nothing(
    club: Committee,
) -> None:
    """Reports are on their way while people move."""
    now = club.clock.now()
    send_id = club.store.enqueue_to_lists(POST, [Reach("informer")], "f", now)
    batch = club.store.start_batch(club.store.take(send_id, 99, now), now, "off")
    club.store.settle_batch(batch, BatchState.SENT, now)
    person = club.store.find_person(PEOPLE[1])
    assert person is not None
    club.store.link_address(person, PEOPLE[0])
    event = BounceEvent(PEOPLE[0], "hard", "5.1.1", "unknown-user", "no")

    mail = club.store.returned_by_batch(batch)
    carry_out(club, RecordBounce("late", (event,), mail))

    assert states(club) == {}


def test_no_probe_where_a_newer_post_will_tell(club: Committee) -> None:
    """A daily list needs none."""
    post(club, PEOPLE[:1])
    club.clock.at += DAY
    post(club)

    judge(club, 2 * DAY + MINUTE)

    assert letters(club, "confirm") == []


def test_refusals_by_rule_are_our_fault_and_let_domains_wait(club: Committee) -> None:
    """Nobody is suspended, the admins are told once, also later posts wait."""
    for _ in range(3):
        post(club, [one for n in range(3) for one in PEOPLE[n:20:10]], "policy", "soft")
        judge(club)
    now = club.clock.now()
    reach = [Reach("informer")]

    send_id = club.store.enqueue_to_lists(POST, reach, "next", now)
    spare(club.instance.parts.apply, send_id, now)

    send = club.store.send(send_id)
    assert send is not None
    assert (send.ready, send.deferred) == (42, 18)
    assert states(club) == {}
    assert letters(club, "alert") == ["Un message est refusé par 3\u00a0fournisseurs"]


def test_the_log_gets_what_the_store_has_once(club: Committee, tmp_path: Path) -> None:
    """Also where the process died between the two, or somebody edited the file."""
    post(club, PEOPLE[:2])
    parts = club.instance.parts
    write_log(parts)
    club.store.log_again()  # as if it had died before it was noted

    write_log(parts)
    about = parts.bounce_log.about([PEOPLE[0].key])
    path = tmp_path / "store" / "bounces.json"
    path.write_text(path.read_text().replace("unknown-user", "mailbox-full"))
    post(club, PEOPLE[2:3])
    write_log(parts)

    assert about[PEOPLE[0].key]["hard"] == 1
    assert set(parts.bounce_log.keys()) == {one.key for one in PEOPLE[:3]}
    assert parts.bounce_log.about([PEOPLE[0].key]) == about
    assert letters(club, "alert") == ["Le journal des retours était abîmé"]
    assert len(list(path.parent.glob("bounces.json.broken-*"))) == 1
