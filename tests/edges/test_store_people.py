"""The store: people and lists, requests and rosters."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from bot.address import Address, NamedAddress
from bot.model import (
    MemberState,
    Outgoing,
    Priority,
    Profile,
    Reach,
    RequestKind,
    Roster,
    TokenState,
)
from bot.store import SqlStore
from tests.stores import new_store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANNE = Address("Anne", "example.org")
BERT = Address("bert", "example.net")
TOKEN = "abcdefghijklmnopqrstuvwx23"  # noqa: S105 - invented
OTHER_TOKEN = "zzzzefghijklmnopqrstuvwx23"  # noqa: S105 - invented


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """A new store, closed at the end."""
    opened = new_store(tmp_path)
    yield opened
    opened.close()


def _ask(
    store: SqlStore,
    address: Address = ANNE,
    token: str = TOKEN,
    kind: RequestKind = RequestKind.MODERATION,
    ref: str = "k7fm2q",
) -> int:
    return store.open_request(
        kind,
        ref,
        token,
        "readers",
        address,
        expires_at=NOW + HOUR,
        facts={"sha256": "b" * 64, "name": "Éléonore"},
        now=NOW,
    )


def _roster(
    store: SqlStore,
    author: Address | None = ANNE,
    tokens: tuple[str, ...] = (),
    refs: tuple[str, ...] = (),
    now: datetime = NOW,
) -> Roster:
    named = NamedAddress("", author) if author else None
    return store.roster_for(named, tokens, refs, "", (), now)


# ---------------------------------------------------------------------- people


def test_enrol_makes_a_member_once(store: SqlStore) -> None:
    """The case of an address is kept for the wire and ignored otherwise."""
    first = store.enrol(ANNE, "", "readers", "command", NOW)
    again = store.enrol(Address("ANNE", "example.org"), "Anne", "readers", "x", NOW)

    (member,) = store.members("readers")
    assert (first, again) == (True, False)
    assert str(member.address) == "Anne@example.org"
    assert (member.name, member.origin, member.joined_at) == ("Anne", "command", NOW)
    assert member.state is MemberState.ACTIVE


def test_person_is_the_same_on_several_lists(store: SqlStore) -> None:
    """That is what lets a post reach each person once."""
    store.enrol(ANNE, "Anne", "readers", "", NOW)
    store.enrol(ANNE, "", "talkers", "", NOW)
    store.enrol(BERT, "", "talkers", "", NOW)

    roster = _roster(store)

    assert roster.person == store.find_person(ANNE)
    assert set(roster.memberships) == {"readers", "talkers"}
    assert store.count_recipients([Reach("readers"), Reach("talkers")]) == 2
    assert store.count_recipients([]) == 0


def test_unenrol_forgets_who_is_on_no_list(store: SqlStore) -> None:
    """Data about people is kept while it serves them."""
    store.enrol(ANNE, "Anne", "readers", "", NOW)
    store.enrol(ANNE, "Anne", "talkers", "", NOW)

    left = [store.unenrol(ANNE, name) for name in ("readers", "readers", "other")]

    assert left == [True, False, False]
    assert store.find_person(ANNE) is not None
    assert store.unenrol(ANNE, "talkers")
    assert store.find_person(ANNE) is None


@pytest.mark.parametrize("state", [MemberState.SUSPENDED, MemberState.PAUSED])
def test_members_who_are_not_active_get_nothing(
    store: SqlStore, state: MemberState
) -> None:
    """Suspended and paused people stay members."""
    store.enrol(ANNE, "", "readers", "", NOW)

    assert store.set_member_state(ANNE, "readers", state)

    assert [one.state for one in store.members("readers")] == [state]
    assert store.count_recipients([Reach("readers")]) == 0
    assert not store.set_member_state(BERT, "readers", state)


def test_import_counts_new_and_known(store: SqlStore) -> None:
    """The file names some twice, and some are members already."""
    store.enrol(BERT, "Bert", "readers", "command", NOW)
    rows = [Profile(Address(f"p{i}", "example.org"), f"P {i}") for i in range(2500)]

    added = store.enrol_many([*rows, Profile(BERT), rows[0]], "readers", "import", NOW)

    members = list(store.members("readers"))
    assert added == (2500, 2)
    assert len(members) == 2501
    assert members == sorted(members, key=lambda one: one.address.key)
    assert {one.name for one in members} == {"Bert", *(row.name for row in rows)}


def test_import_merges_lines_of_one_page(store: SqlStore) -> None:
    """Somebody twice in a small file is one person, with the name that is given."""
    added = store.enrol_many(
        [Profile(ANNE), Profile(ANNE, "Anne")], "readers", "import", NOW
    )

    assert added == (1, 1)
    assert [one.name for one in store.members("readers")] == ["Anne"]


# -------------------------------------------------------------------- requests


def test_request_is_settled_once_for_all_who_were_asked(store: SqlStore) -> None:
    """The first answer wins; the other moderators are told who it was."""
    first = _ask(store)
    second = _ask(store, BERT, OTHER_TOKEN)

    settled = [
        store.settle_request(second, "approve", BERT, NOW),
        store.settle_request(first, "reject", ANNE, NOW),
    ]

    request = _roster(store, tokens=(TOKEN,)).request
    assert settled == [True, False]
    assert store.requests() == ()
    assert request is not None
    assert (request.state, request.verdict) == ("settled", "approve")
    assert (request.settled_by, request.settled_at) == (str(BERT), NOW)


def test_requests_are_listed_by_kind(store: SqlStore) -> None:
    """`held` shows posts, not confirmations."""
    asked = _ask(store)
    _ask(store, BERT, OTHER_TOKEN, RequestKind.SUBSCRIBE, "other")

    (request,) = store.requests(RequestKind.MODERATION)

    assert (request.id, request.address, request.ref) == (asked, ANNE, "k7fm2q")
    assert dict(request.facts) == {"sha256": "b" * 64, "name": "Éléonore"}
    assert len(store.requests()) == 2


def test_requests_expire_on_time_and_once(store: SqlStore) -> None:
    """Somebody is told about each, once."""
    _ask(store)

    expired = [store.expire_requests(NOW + HOUR * part) for part in (0.9, 1, 1)]

    assert [[one.state for one in some] for some in expired] == [[], ["expired"], []]
    assert _roster(store, tokens=(TOKEN,)).token is TokenState.VALID


def test_request_with_another_reference_is_another_matter(store: SqlStore) -> None:
    """Settling one leaves the others open, whoever was asked."""
    first = _ask(store)
    _ask(store, ANNE, OTHER_TOKEN, ref="other")

    settled = store.settle_request(first, "approve", ANNE, NOW)

    assert settled
    assert [one.ref for one in store.requests()] == ["other"]
    assert not store.settle_request(999, "approve", ANNE, NOW)


def test_newest_open_request_to_somebody_is_pending(store: SqlStore) -> None:
    """A second wish is answered by the first question."""
    other = Address("ANNE", "example.org")
    ids = [_ask(store, ANNE, f"token {number}", ref=f"r{number}") for number in (1, 2)]
    kind = RequestKind.MODERATION

    pending = store.pending_request(kind, "readers", other)
    nobody = [
        store.pending_request(RequestKind.SUBSCRIBE, "readers", ANNE),
        store.pending_request(kind, "talkers", ANNE),
        store.pending_request(kind, "readers", BERT),
    ]
    store.settle_request(ids[1], "approve", ANNE, NOW)
    before = store.pending_request(kind, "readers", ANNE)
    store.expire_requests(NOW + HOUR)

    assert pending is not None
    assert before is not None
    assert [pending.id, before.id] == [ids[1], ids[0]]
    assert nobody == [None] * 3
    assert store.pending_request(kind, "readers", ANNE) is None


def test_unanswered_requests_are_reminded_of_once(store: SqlStore) -> None:
    """All who were asked under one reference, and not after the end."""
    for address, token in ((ANNE, TOKEN), (BERT, OTHER_TOKEN)):
        _ask(store, address, token)
    _ask(store, ANNE, "token 3", ref="other")

    early = store.unanswered_requests(NOW - timedelta(microseconds=1), NOW)
    late = store.unanswered_requests(NOW, NOW + HOUR)
    due = store.unanswered_requests(NOW, NOW)
    store.mark_reminded("k7fm2q", NOW)
    rest = store.unanswered_requests(NOW, NOW)

    assert early == late == ()
    assert [(one.ref, one.address) for one in due] == [
        ("k7fm2q", ANNE),
        ("k7fm2q", BERT),
        ("other", ANNE),
    ]
    assert [one.ref for one in rest] == ["other"]
    assert len(store.requests()) == 3


def test_settled_requests_are_not_reminded_of(store: SqlStore) -> None:
    """They were answered."""
    asked = _ask(store)
    store.settle_request(asked, "reject", ANNE, NOW)

    assert store.unanswered_requests(NOW, NOW) == ()


def test_reminder_asks_again_under_the_same_reference(store: SqlStore) -> None:
    """Either token answers; both questions are settled together."""
    first = _ask(store)
    _ask(store, ANNE, OTHER_TOKEN)
    store.mark_reminded("k7fm2q", NOW)

    by_token = [_roster(store, tokens=(one,)).request for one in (TOKEN, OTHER_TOKEN)]
    store.settle_request(first, "approve", ANNE, NOW)
    states = [
        request.state
        for one in (TOKEN, OTHER_TOKEN)
        if (request := _roster(store, tokens=(one,)).request)
    ]

    assert all(by_token)
    assert states == ["settled", "settled"]
    assert store.requests() == ()


def test_open_request_is_found_before_a_settled_one(store: SqlStore) -> None:
    """A mail may quote the tokens of several."""
    store.settle_request(_ask(store), "approve", ANNE, NOW)
    _ask(store, ANNE, OTHER_TOKEN, ref="other")

    request = _roster(store, tokens=(TOKEN, OTHER_TOKEN)).request

    assert request is not None
    assert request.ref == "other"


def test_recipients_of_each_list_are_counted_for_a_mail(store: SqlStore) -> None:
    """Previews and rules say how many will read it."""
    for who, name in ((ANNE, "readers"), (ANNE, "talkers"), (BERT, "talkers")):
        store.enrol(who, "", name, "", NOW)
    reaches = {
        "readers": [Reach("readers"), Reach("talkers")],
        "talkers": [Reach("talkers")],
        "empty": [Reach("empty")],
    }

    roster = store.roster_for(None, (), (), "", (), NOW, reaches=reaches)

    assert dict(roster.recipients) == {"readers": 2, "talkers": 2, "empty": 0}


@pytest.mark.parametrize(
    ("author", "tokens", "expected"),
    [
        pytest.param(ANNE, (TOKEN,), TokenState.VALID, id="own"),
        pytest.param(ANNE, (TOKEN.upper(),), TokenState.VALID, id="upper-case"),
        pytest.param(ANNE, ("x", TOKEN), TokenState.VALID, id="among-others"),
        pytest.param(BERT, (TOKEN,), TokenState.INVALID, id="somebody-elses"),
        pytest.param(None, (TOKEN,), TokenState.INVALID, id="no-author"),
        pytest.param(ANNE, (OTHER_TOKEN,), TokenState.INVALID, id="unknown"),
        pytest.param(ANNE, ("bonjour",), TokenState.NONE, id="no-token-at-all"),
        pytest.param(ANNE, (), TokenState.NONE, id="none"),
    ],
)
def test_token_counts_for_whom_it_was_sent_to(
    store: SqlStore,
    author: Address | None,
    tokens: tuple[str, ...],
    expected: TokenState,
) -> None:
    """It proves the sender only because nobody else has it."""
    _ask(store)

    roster = _roster(store, author, tokens)

    assert roster.token is expected
    assert (roster.request is not None) == (expected is TokenState.VALID)


def test_token_sent_to_another_address_of_the_same_person_counts(
    store: SqlStore,
) -> None:
    """People answer from their other account."""
    store.enrol(ANNE, "", "readers", "", NOW)
    with store.transaction():
        store.connection.exec_driver_sql(
            "INSERT INTO addresses SELECT 'anne@home.example', 'anne@home.example',"
            " person_id, FALSE, 1 FROM addresses"
        )
    _ask(store)

    roster = _roster(store, Address("anne", "home.example"), (TOKEN,))

    assert roster.token is TokenState.VALID
    assert roster.person is not None
    assert roster.person.address == ANNE


def test_reference_finds_a_request_but_proves_nothing(store: SqlStore) -> None:
    """It stands in subjects, where everybody reads it."""
    _ask(store)

    own, foreign = (
        _roster(store, refs=("K7FM2Q",)),
        _roster(store, BERT, (), ("k7fm2q",)),
    )

    assert own.request is not None
    assert own.token is TokenState.NONE
    assert foreign.request is None


def test_ten_wrong_tokens_in_an_hour_shut_out(store: SqlStore) -> None:
    """Guessing must not pay; an hour later an honest person may try again."""
    for minutes in range(9):
        store.count_wrong_token(ANNE, NOW + timedelta(minutes=minutes))
    later = NOW + timedelta(minutes=9)
    before = _roster(store, now=later).shut_out
    store.count_wrong_token(ANNE, later)

    assert not before
    assert _roster(store, now=later).shut_out
    assert not _roster(store, BERT, now=later).shut_out
    assert not _roster(store, now=NOW + HOUR).shut_out


def test_roster_counts_automatic_replies_of_a_day(store: SqlStore) -> None:
    """Two robots must not write to each other for ever."""
    store.note_reply(ANNE, NOW - 25 * HOUR)
    store.note_reply(ANNE, NOW - 23 * HOUR)
    store.note_reply(ANNE, NOW)

    assert _roster(store).replies_today == 2
    assert _roster(store, BERT).replies_today == 0


def test_roster_knows_the_post_and_its_thread(store: SqlStore) -> None:
    """A copy that came another way is no second post; answers find their list."""
    new = [
        store.note_post(name, "f", "<1@x>", "a" * 64, ANNE, NOW)
        for name in ("talkers", "readers", "readers")
    ]

    roster = store.roster_for(
        NamedAddress("", ANNE), (), (), "f", ("<0@x>", "", "<1@x>"), NOW
    )
    stranger = store.roster_for(None, (), (), "", (), NOW)

    assert new == [True, True, False]
    assert roster.posted_to == {"readers", "talkers"}
    assert roster.thread_lists == ("readers", "talkers")
    assert stranger == Roster()


POST: Final = Outgoing("a" * 64, 1000, "post", Priority.POST, "Hello", "readers")
UMBRELLA: Final = {"readers": (Reach("readers"), Reach("talkers"))}


def _sent_to(store: SqlStore, *reach: Reach) -> int:
    """Put a post into the outbox for Anne and Bert."""
    store.enrol(ANNE, "", "readers", "", NOW)
    store.enrol(BERT, "", "readers", "", NOW)
    return store.enqueue_to_lists(POST, reach or [Reach("readers")], "f", NOW)


def test_whoever_leaves_gets_nothing_more_of_the_list(store: SqlStore) -> None:
    """What waits for its hour, or for tomorrow's quota, is not for them any more."""
    send_id = _sent_to(store)
    letter = store.enqueue(replace(POST, kind="notice"), [ANNE], NOW)

    store.unenrol(ANNE, "readers")

    send = store.send(send_id)
    assert send is not None
    assert (send.ready, send.cancelled, send.recipients) == (1, 1, 2)
    assert [one.address for one in store.take(send_id, 9, NOW)] == [BERT]
    assert [one.address for one in store.take(letter, 9, NOW)] == [ANNE]


@pytest.mark.parametrize(
    ("state", "left"), [(MemberState.ACTIVE, 2), (MemberState.SUSPENDED, 1)]
)
def test_whoever_is_reached_by_another_list_gets_it_still(
    store: SqlStore, state: MemberState, left: int
) -> None:
    """They left one of two lists that the post goes to."""
    store.enrol(ANNE, "", "talkers", "", NOW)
    send_id = _sent_to(store, *UMBRELLA["readers"])
    store.set_member_state(ANNE, "talkers", state)

    store.unenrol(ANNE, "readers", UMBRELLA)

    assert len(store.take(send_id, 9, NOW)) == left


def test_whoever_leaves_a_list_below_gets_nothing_of_the_one_above(
    store: SqlStore,
) -> None:
    """They were reached by it only; posts of other lists stay theirs."""
    store.enrol(ANNE, "", "talkers", "", NOW)
    store.enrol(ANNE, "", "others", "", NOW)
    above = store.enqueue_to_lists(POST, UMBRELLA["readers"], "f", NOW)
    other = replace(POST, list_name="others")
    beside = store.enqueue_to_lists(other, [Reach("others")], "g", NOW)

    store.unenrol(ANNE, "talkers", UMBRELLA)

    assert store.take(above, 9, NOW) == ()
    assert [one.address for one in store.take(beside, 9, NOW)] == [ANNE]
