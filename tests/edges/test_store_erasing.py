"""The store: what is known of somebody is shown to them, and goes when they say so."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect

from bot.address import Address, NamedAddress
from bot.model import (
    Absence,
    BatchState,
    Delivery,
    Mark,
    Outgoing,
    Priority,
    Profile,
    Reach,
    Reception,
    RequestKind,
    RosterEvent,
    SmtpReply,
)
from bot.store import SqlStore

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ANNE = Address("Anne.Mueller", "example.org")
HOME = Address("Amue", "home.example")
BERT = Address("bert", "example.net")
OWNER = Address("owner", "example.org")
NAME = "Anne Müller"
PHONE = "+33 1 98 76 54 32"
SECRETS = ("anne.mueller", "amue@", "müller", "98 76 54")
POST = Outgoing("a" * 64, 1000, "post", Priority.POST, "Hello", "readers")


def _letter(subject: str, kind: str = "notice") -> Outgoing:
    return Outgoing("c" * 64, 100, kind, Priority.INTERACTIVE, subject)


def _ask(
    store: SqlStore,
    kind: RequestKind,
    ref: str,
    to: Address,
    facts: dict[str, str],
    list_name: str = "readers",
) -> int:
    return store.open_request(
        kind,
        ref,
        f"{ref} {to}",
        list_name,
        to,
        expires_at=NOW + DAY,
        facts=facts,
        now=NOW,
    )


def _join(store: SqlStore) -> None:
    """Make Anne a member of two lists with two addresses, and Bert of one."""
    profiles = [Profile(ANNE, NAME, PHONE, ("Bureau",), "fr"), Profile(BERT, "Bert")]
    store.enrol_many(profiles, "readers", f"imported by {OWNER}, <i@x>", NOW)
    store.enrol(ANNE, "", "talkers", f"admitted by {ANNE}, <a@x>", NOW)
    store.enrol(BERT, "", "talkers", f"imported by {ANNE}, <b@x>", NOW)
    person = store.find_person(ANNE)
    assert person is not None
    store.link_address(person, HOME)
    store.set_reception(person.id, "talkers", Reception.DIGEST)
    for who, name, by in ((ANNE, NAME, OWNER), (BERT, "Bert", ANNE)):
        store.note_event(RosterEvent("readers", who, name, "added", str(by), NOW))


def _write(store: SqlStore) -> None:
    """Let Anne post, be asked, have roles, and be written about."""
    store.note_post("readers", "f", "<1@x>", "a" * 64, ANNE, NOW)
    held = {"sha256": "b" * 64, "author": str(HOME), "subject": "Hi"}
    _ask(store, RequestKind.MODERATION, "held", OWNER, held)
    _ask(store, RequestKind.MODERATION, "held", BERT, held)
    lines = {"lines": f"add {ANNE} {NAME}\nremove x@y.example"}
    _ask(store, RequestKind.COMMANDS, "lines", OWNER, lines, "")
    _ask(store, RequestKind.UNSUBSCRIBE, "leave", ANNE, {"name": NAME})
    about_bert = _ask(store, RequestKind.ADMISSION, "bert", OWNER, {"name": "Bert"})
    store.settle_request(about_bert, "approve", ANNE, NOW)
    store.set_role("readers", "owners", ANNE, granted=True, by=str(HOME), now=NOW)
    store.set_role("readers", "senders", BERT, granted=True, by=str(ANNE), now=NOW)
    store.set_list_setting("readers", "title", "T", str(ANNE), NOW)
    store.count_wrong_token(ANNE, NOW)
    store.mark("readers", HOME, Mark.TRUSTED, str(OWNER), NOW)
    store.mark("readers", BERT, Mark.BANNED, str(ANNE), NOW)
    store.note_absence(ANNE, Absence.AWAY, NOW + DAY)
    _ask(store, RequestKind.HELD, "mine", HOME, {"subject": "Hi"})
    store.note_reply(HOME, NOW)
    store.alert_due(f"forged {ANNE.key}", NOW, HOUR)
    store.learn("recipients_per_hour", "9", f"450 {ANNE} sends too much", NOW)
    store.enqueue(_letter(f"To decide: {NAME} would join"), [OWNER], NOW)
    store.enqueue(_letter(f"To decide: {HOME} would leave"), [OWNER], NOW)
    store.enqueue(_letter("Welcome"), [ANNE], NOW)


def _post(store: SqlStore) -> int:
    return store.enqueue_to_lists(POST, [Reach("readers")], "f", NOW)


def _hand_over(
    store: SqlStore, send_id: int, who: Address
) -> tuple[int, tuple[Delivery, ...]]:
    """Put one recipient's delivery in flight."""
    taken = tuple(one for one in store.take(send_id, 9, NOW) if one.address == who)
    return store.start_batch(taken, NOW, "off"), taken


def _everything(store: SqlStore) -> str:
    """Give all that stands in the tables, as text."""
    words = []
    with store.transaction():
        for table in inspect(store.connection).get_table_names():
            sql = f'SELECT * FROM "{table}"'  # noqa: S608 - our own tables
            rows = store.connection.exec_driver_sql(sql)
            words += [f"{table}: {tuple(row)}" for row in rows]
    return "\n".join(words).lower()


def _found(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def _counters_agree(store: SqlStore) -> bool:
    """Whether each send counts its deliveries right."""
    states = ("ready", "deferred", "sending", "doubtful", "sent", "failed", "cancelled")
    counts = [f"count(CASE state WHEN '{one}' THEN 1 END)" for one in states]
    counts[2:4] = [" + ".join(counts[2:4])]
    sql = (
        "SELECT s.id FROM sends s WHERE (recipients, ready, deferred, in_flight,"  # noqa: S608 - constants
        f" accepted, refused, cancelled) <> (SELECT count(*), {', '.join(counts)}"
        " FROM deliveries d WHERE d.send_id = s.id)"
    )
    with store.transaction():
        return store.connection.exec_driver_sql(sql).all() == []


# ----------------------------------------------------------------------- dossier


def test_dossier_has_everything(store: SqlStore) -> None:
    """Whoever asks must be shown all, by whichever address of theirs."""
    _join(store)
    _write(store)
    _post(store)

    found: dict[str, Any] = store.dossier(HOME)

    assert set(found["addresses"]) == {ANNE.key, HOME.key}
    told = (found["name"], found["telephone"], found["language"], found["groups"])
    assert told == (NAME, PHONE, "fr", ["Bureau"])
    assert found["receives_at"] == str(ANNE)
    lists = {one["list"]: one["reception"] for one in found["subscriptions"]}
    assert lists == {"readers": "each", "talkers": "digest"}
    assert [one["kind"] for one in found["requests"]] == ["unsubscribe", "held"]
    assert found["marks"] == [
        {"list_name": "readers", "mark": "trusted", "changed_at": NOW}
    ]
    assert found["absent"] == ["away"]
    assert [one["kind"] for one in found["asked_of_others"]] == [
        "moderation",
        "commands",
    ]
    assert [one["message_id"] for one in found["posts"]] == ["<1@x>"]
    assert found["roles"] == [{"list_name": "readers", "role": "owners"}]
    assert found["settings"] == [
        {"list_name": "readers", "key": "title", "changed_at": NOW}
    ]
    assert found["events"] == [{"list_name": "readers", "what": "added", "at": NOW}]
    assert [one["subject"] for one in found["mails_sent"]] == ["Hello", "Welcome"]


def test_dossier_shows_nobody_elses_address(store: SqlStore) -> None:
    """Who was asked about them, or added them, is not for them to read."""
    _join(store)
    _write(store)

    found = dict(store.dossier(ANNE))
    found.pop("subscriptions")  # say how somebody came, by which mail

    text = json.dumps(found, default=str)
    assert str(OWNER) not in text
    assert str(BERT) not in text


def test_dossier_of_a_stranger_has_what_was_sent_there(store: SqlStore) -> None:
    """People who left, or were only asked, may ask as well."""
    store.enqueue(_letter("Please confirm"), [ANNE], NOW)

    found: dict[str, Any] = store.dossier(ANNE)

    assert "name" not in found
    assert [one["subject"] for one in found["mails_sent"]] == ["Please confirm"]
    assert store.dossier(BERT)["mails_sent"] == []


# ------------------------------------------------------------------------- erase


def test_erase_leaves_no_trace(store: SqlStore, tmp_path: Path) -> None:
    """Neither in a table nor in a page of the file that isn't used any more."""
    _join(store)
    _write(store)
    _post(store)
    assert _found(_everything(store)) == list(SECRETS)

    erased = store.erase(HOME, NOW)

    assert set(erased) == {ANNE, HOME}
    assert _found(_everything(store)) == []
    store.close()
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert _found(files.decode("utf-8", "replace").lower()) == []


def test_erase_leaves_others_alone(store: SqlStore) -> None:
    """What others are, and were asked, goes on."""
    _join(store)
    _write(store)
    send = _post(store)

    store.erase(ANNE, NOW)

    assert [one.name for one in store.members("readers")] == ["Bert"]
    assert [one.address for one in store.take(send, 9, NOW)] == [BERT]
    assert [(one.address, one.granted) for one in store.roles()] == [(BERT, True)]
    assert [one.value for one in store.list_settings()] == ["T"]
    assert "bert" in _everything(store)


def test_erased_member_gets_nothing_more(store: SqlStore) -> None:
    """What waits is cancelled, and the sends count it."""
    _join(store)
    _write(store)
    first, second = _post(store), store.enqueue(POST, [ANNE, BERT], NOW)
    deferred = [one for one in store.take(second, 9, NOW) if one.address == ANNE]
    store.defer(deferred, NOW + HOUR, "450 later, dear anne.mueller@example.org")

    store.erase(ANNE, NOW)

    sends = {one.id: one for one in store.sends(unfinished=False)}
    assert _counters_agree(store)
    assert (sends[first].cancelled, sends[second].cancelled) == (1, 1)
    assert _found(_everything(store)) == []
    for one in (first, second):
        assert [d.address for d in store.take(one, 9, NOW + DAY)] == [BERT]


@pytest.mark.parametrize(
    ("state", "counter", "doubtful"),
    [
        (BatchState.SENT, "accepted", False),
        (BatchState.FAILED, "refused", False),
        (BatchState.READY, "cancelled", False),
        (BatchState.DEFERRED, "cancelled", False),
        (BatchState.SENT, "accepted", True),
        (BatchState.READY, "cancelled", True),
    ],
)
def test_delivery_in_flight_is_forgotten_when_it_lands(
    store: SqlStore, state: BatchState, counter: str, *, doubtful: bool
) -> None:
    """Until then its address is needed; nothing goes there afterwards."""
    _join(store)
    send = _post(store)
    batch, _ = _hand_over(store, send, ANNE)

    store.erase(ANNE, NOW)
    flying = _found(_everything(store))
    if doubtful:
        store.interrupted_batches(NOW)
    store.settle_batch(batch, state, NOW, "words", NOW + HOUR)

    (sent,) = store.sends(unfinished=False)
    assert flying == ["anne.mueller"]
    assert _found(_everything(store)) == []
    assert _counters_agree(store)
    assert getattr(sent, counter) == 1
    assert [one.address for one in store.take(send, 9, NOW + DAY)] == [BERT]


def test_letter_in_flight_still_arrives(store: SqlStore) -> None:
    """Whoever is taken off their last list must hear of it, greylisted or not."""
    store.enrol(ANNE, NAME, "readers", "", NOW)
    send = store.enqueue(_letter("You are off the list"), [ANNE], NOW)
    batch, _ = _hand_over(store, send, ANNE)
    store.unenrol(ANNE, "readers")

    store.settle_batch(batch, BatchState.DEFERRED, NOW, "450 later", NOW + HOUR)
    again = store.take(send, 9, NOW + HOUR)
    _send_all(store, send, NOW + HOUR)

    assert [one.address for one in again] == [ANNE]
    assert _counters_agree(store)
    assert _found(_everything(store)) == []


def test_whoever_left_before_is_erased_as_well(store: SqlStore) -> None:
    """They are nobody's member, but stand in what was sent to them."""
    _join(store)
    send = _post(store)
    for name in ("readers", "talkers"):
        store.unenrol(ANNE, name)

    store.erase(ANNE, NOW)
    store.erase(HOME, NOW)

    assert _found(_everything(store)) == []
    assert _counters_agree(store)
    assert [one.address for one in store.take(send, 9, NOW)] == [BERT]


def test_whoever_was_merged_or_moved_is_erased_as_well(store: SqlStore) -> None:
    """Deliveries name who somebody was when the post went out."""
    store.enrol(ANNE, NAME, "readers", "", NOW)
    store.enrol(HOME, "", "talkers", "", NOW)
    store.enqueue_to_lists(POST, [Reach("readers"), Reach("talkers")], "f", NOW)
    people = store.find_people([ANNE, HOME])
    store.link_address(people[HOME.key], ANNE)
    person = store.find_person(ANNE)
    assert person is not None
    moved = Address("new", "example.net")
    store.change_address(person, moved, ["readers", "talkers"], NOW)

    store.erase(moved, NOW)

    assert _found(_everything(store)) == []
    assert _counters_agree(store)


def test_open_questions_about_the_erased_are_withdrawn(store: SqlStore) -> None:
    """A moderator must not publish the post of somebody who is gone."""
    _join(store)
    _write(store)

    store.erase(ANNE, NOW)

    roster = store.roster_for(
        NamedAddress("", OWNER), (f"held {OWNER}",), (), "", (), NOW
    )
    assert store.requests() == ()
    assert roster.request is not None
    assert roster.request.state == "withdrawn"
    assert dict(roster.request.facts) == {}
    assert "b" * 64 not in store.needed_spool(NOW + timedelta(hours=2))


def test_question_about_a_similar_address_stays(store: SqlStore) -> None:
    """`jean-anne@…` is not `anne@…`."""
    _ask(store, RequestKind.ALSO, "other", BERT, {"person": f"jean-{ANNE}"})

    store.erase(ANNE, NOW)

    assert [one.ref for one in store.requests()] == ["other"]


def test_letters_keep_names_that_are_not_theirs(store: SqlStore) -> None:
    """A name with signs that mean something in SQL is only a name."""
    store.enrol(ANNE, "%", "readers", "", NOW)
    store.enqueue(_letter("To decide: Bert would join"), [OWNER], NOW)
    store.enqueue(_letter("To decide: % would join"), [OWNER], NOW)

    store.erase(ANNE, NOW)

    assert [one.subject for one in store.sends(unfinished=True)] == [
        "To decide: Bert would join",
        "",
    ]


def test_owners_hear_that_somebody_was_forgotten(store: SqlStore) -> None:
    """But not who; and nothing of what they did before."""
    _join(store)
    store.note_event(RosterEvent("readers", ANNE, NAME, "forgot", "", NOW))

    store.erase(ANNE, NOW)

    told = [(event.what, event.name) for _, event in store.untold_events()]
    assert told == [("added", "Bert"), ("forgot", "")]
    assert store.figures("readers", NOW).left == 1


# --------------------------------------------------------------------- forgotten


def test_forgotten_are_known_by_every_address(store: SqlStore) -> None:
    """An import that names them must be stopped."""
    _join(store)

    store.erase(HOME, NOW)

    standings = store.standings([ANNE, HOME, BERT], NOW)
    assert [standings[one.key].forgotten for one in (ANNE, HOME, BERT)] == [
        True,
        True,
        False,
    ]
    assert store.forgotten_keys([BERT.key, HOME.key, ANNE.key]) == (HOME.key, ANNE.key)
    assert store.forgotten_keys([]) == ()


def test_forgotten_are_found_among_thousands(store: SqlStore) -> None:
    """The bounce log may have more keys than one statement takes."""
    keys = [f"p{number}@example.org" for number in range(2100)]
    for number in (0, 999, 1000, 2099):
        store.erase(Address(f"P{number}", "example.org"), NOW)

    assert len(store.forgotten_keys(keys)) == 4


def test_erasing_twice_or_a_stranger_does_no_harm(store: SqlStore) -> None:
    """A repeated wish is granted again."""
    _join(store)

    erased = [store.erase(who, NOW) for who in (ANNE, ANNE, Address("x", "y.example"))]

    assert [len(some) for some in erased] == [2, 1, 1]
    assert [one.address for one in store.members("readers")] == [BERT]


def test_whoever_joins_again_is_known_again(store: SqlStore) -> None:
    """They came back by themselves."""
    _join(store)
    store.erase(ANNE, NOW)

    store.enrol(ANNE, "", "readers", "command", NOW)

    standing = store.standings([ANNE], NOW)[ANNE.key]
    assert not standing.forgotten
    assert standing.person is not None
    assert standing.person.name == ""


# ----------------------------------------------------------------------- letters


def _send_all(store: SqlStore, send_id: int, now: datetime) -> None:
    while taken := store.take(send_id, 9, now):
        batch = store.start_batch(taken, now, "off")
        store.settle_batch(batch, BatchState.SENT, now, "250 ok")
    store.finish_sends(now)


def test_letters_are_forgotten_after_a_month(store: SqlStore) -> None:
    """Whom an answer went to, and about whom, is nobody's business for long."""
    letter = store.enqueue(_letter("To decide: Anne Müller"), [BERT, ANNE], NOW)
    refused = store.enqueue(_letter("Anne.Mueller"), [ANNE], NOW)
    store.refuse(store.take(refused, 9, NOW), [SmtpReply(550, "", f"no {ANNE}")])
    waiting = store.enqueue(_letter("Hi"), [BERT], NOW)
    _send_all(store, letter, NOW)

    counts = [store.blank_old_letters(NOW + days * DAY) for days in (30, 31, 31)]

    assert counts == [0, 3, 0]
    assert _found(_everything(store)) == []
    assert [one.address for one in store.take(waiting, 9, NOW)] == [BERT]


def test_posts_are_no_letters(store: SqlStore) -> None:
    """Who got a post is needed, so that nobody gets it twice."""
    store.enrol(ANNE, NAME, "readers", "", NOW)
    _send_all(store, _post(store), NOW)

    assert store.blank_old_letters(NOW + 99 * DAY) == 0
    assert store.take(_post(store), 9, NOW) == ()


def test_last_letter_to_the_erased_is_forgotten_at_once(store: SqlStore) -> None:
    """« You are forgotten » must not keep their address for a month."""
    _join(store)
    store.erase(ANNE, NOW)
    goodbye = store.enqueue(_letter("You are forgotten"), [ANNE, BERT], NOW)
    waiting = store.blank_old_letters(NOW)
    _send_all(store, goodbye, NOW)

    blanked = store.blank_old_letters(NOW)

    assert (waiting, blanked) == (0, 1)
    assert _found(_everything(store)) == []
    assert "bert" in _everything(store)


def test_deleted_content_is_overwritten(store: SqlStore) -> None:
    """Some builds of SQLite leave it in the file until the page is used again."""
    with store.transaction():
        answer = store.connection.exec_driver_sql("PRAGMA secure_delete").scalar()

    assert answer == 1


# ------------------------------------------------------------------ after a year


def test_history_is_forgotten_after_400_days_and_posts_stay_known(
    store: SqlStore,
) -> None:
    """What a list's members got is nobody's business for ever."""
    store.enrol(ANNE, "Anne", "readers", "", NOW)
    store.note_post("readers", "f", "<1@x>", "a" * 64, ANNE, NOW)
    mail = Outgoing("a" * 64, 1, "post", Priority.POST, "s", "readers")
    send = store.enqueue_to_lists(mail, [Reach("readers")], "f", NOW)
    batch = store.start_batch(store.take(send, 9, NOW), NOW, "off")
    store.settle_batch(batch, BatchState.SENT, NOW, "250 ok")
    store.finish_sends(NOW)

    early = store.forget_old(NOW + 400 * DAY - timedelta(seconds=1))
    late = store.forget_old(NOW + 400 * DAY)

    assert (early, late) == (0, 1)
    assert not store.note_post("readers", "f", "<1@x>", "a" * 64, ANNE, NOW)
