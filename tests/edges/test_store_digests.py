"""The store: which posts a digest has, and which files they keep in the spool."""

from datetime import UTC, datetime, timedelta

from bot.address import Address
from bot.model import Outgoing, Priority, Reach, Reception, RequestKind
from bot.store import SqlStore

NOW = datetime(2026, 3, 1, 19, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ANNE = Address("Anne", "example.org")


def _post(
    store: SqlStore,
    name: str,
    at: datetime,
    list_name: str = "readers",
    *,
    partial: bool = False,
) -> None:
    """Note a post whose file has a name of 64 times the same letter."""
    fingerprint = f"print of {name}"
    store.note_post(list_name, fingerprint, "<m>", name * 64, ANNE, at, partial=partial)


def _send(store: SqlStore, name: str) -> int:
    """Send a post to a reader who takes each at once."""
    store.enrol(Address("paul", "example.org"), "", "readers", "", NOW)
    mail = Outgoing(name * 64, 100, "post", Priority.POST, name, "readers")
    return store.enqueue_to_lists(mail, [Reach("readers")], f"print of {name}", NOW)


def _between(store: SqlStore, since: datetime, until: datetime) -> str:
    return "".join(one[0] for one in store.posts_between("readers", since, until))


def _kept(store: SqlStore) -> set[str]:
    return {one[0] for one in store.needed_spool(NOW + timedelta(hours=2))}


def _take_digests(store: SqlStore) -> None:
    store.enrol(ANNE, "", "readers", "", NOW)
    person = store.find_person(ANNE)
    assert person is not None
    store.set_reception(person.id, "readers", Reception.DIGEST)


def test_digests_have_each_post_once(store: SqlStore) -> None:
    """The end of one is the beginning of the next, whatever moment a post came."""
    for name, at in (
        ("a", NOW - DAY),
        ("c", NOW),
        ("b", NOW - HOUR),
        ("d", NOW + timedelta(microseconds=1)),
    ):
        _post(store, name, at)

    spans = [
        _between(store, NOW + days * DAY, NOW + (days + 1) * DAY)
        for days in (-2, -1, 0, 1)
    ]

    assert spans == ["a", "bc", "d", ""]


def test_digest_leaves_out_other_lists_and_partial_posts(store: SqlStore) -> None:
    """What only some groups may read must not reach everybody by the digest."""
    _post(store, "a", NOW)
    _post(store, "b", NOW, partial=True)
    _post(store, "c", NOW, "talkers")
    _post(store, "a", NOW, "talkers", partial=True)

    assert _between(store, NOW - DAY, NOW) == "a"


def test_digest_leaves_out_what_was_stopped(store: SqlStore) -> None:
    """But not what was approved again, or what the provider refused."""
    for name in "abc":
        _post(store, name, NOW)
    stopped, again, refused = (_send(store, name) for name in "abc")
    store.cancel_send(stopped, NOW)
    store.cancel_send(again, NOW)
    store.fail_send(refused, "554 no", NOW)
    _send(store, "b")

    assert _between(store, NOW - DAY, NOW) == "bc"


def test_posts_are_kept_for_a_weekly_digest(store: SqlStore) -> None:
    """Eight days, as posts come: so downtime loses none."""
    _take_digests(store)
    for name, days in (("a", 9), ("b", 8), ("c", 7.9), ("d", 0)):
        _post(store, name, NOW - days * DAY)

    assert _kept(store) == {"c", "d"}


def test_a_post_that_leaves_next_year_keeps_the_others(store: SqlStore) -> None:
    """It is noted at its time, and tonight's digest still needs today's posts."""
    _take_digests(store)
    for name, days in (("a", 9), ("b", 1), ("c", -300)):
        _post(store, name, NOW - days * DAY)

    assert _kept(store) == {"b", "c"}


def test_posts_are_not_kept_where_nobody_takes_digests(store: SqlStore) -> None:
    """A copy of each post would fill the disk for nothing."""
    store.enrol(ANNE, "", "readers", "", NOW)
    _post(store, "a", NOW)

    assert _kept(store) == set()


def test_spool_is_kept_for_what_is_under_way(store: SqlStore) -> None:
    """Mails that wait for a decision, for a server, or for an answer."""
    for uid, name in enumerate("abc"):
        store.record_arrival(7, uid, name * 64, 1, NOW, header_only=False)
    spooled, decided, filed = store.pending_intake()
    for one in (decided, filed):
        store.decide_intake(one.id, "post", "", "Done", "")
    store.mark_filed(filed.id)
    sends = [
        store.enqueue(Outgoing(name * 64, 1, "post", Priority.POST, "s"), [ANNE], NOW)
        for name in "de"
    ]
    store.cancel_send(sends[1], NOW)
    store.finish_sends(NOW)
    requests = [
        store.open_request(
            RequestKind.PREVIEW,
            name,
            f"token {name}",
            "readers",
            ANNE,
            expires_at=NOW + DAY,
            facts={"subject": "Hi", "sha256": name * 64},
            now=NOW,
        )
        for name in "1234"
    ]
    store.settle_request(requests[0], "yes", ANNE, NOW)

    assert spooled.sha256 == "a" * 64
    assert _kept(store) == set("abd234")
