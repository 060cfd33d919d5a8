"""`colporteur bounces` and what owners and members are told of what came back."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.address import Address, parse
from bot.bounce_log import BounceFile
from bot.demo.provider import Provider
from bot.model import (
    BatchState,
    BounceEvent,
    BounceState,
    Outgoing,
    Priority,
    Profile,
    Reach,
)
from bot.store import SqlStore, open_store
from tests.stories.committee import Committee, committee, text_of
from tests.stories.scenes import BOT, OWNER, write_config
from tests.stories.scenes import colporteur_here as colporteur

NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
ANNE = parse("Anne@member.test")
BOB = parse("bob@member.test")
ZOE = parse("zoe@member.test")
MAIL = Outgoing("a" * 64, 1000, "post", Priority.POST, "Salut", "discuter", ANNE)


def note(store: SqlStore, who: Address, reason: str, words: str, day: int = 0) -> None:
    """Let a post to a list come back from one of its members."""
    at = NOW + timedelta(days=day)
    send_id = store.enqueue_to_lists(MAIL, (Reach("discuter"),), f"{who}{day}", at)
    batch_id = store.start_batch(store.take(send_id, 9, at), at, "off")
    store.settle_batch(batch_id, BatchState.SENT, at)
    store.finish_sends(at)
    kind = "soft" if reason == "mailbox-full" else "hard"
    event = BounceEvent(
        who, kind, "5.1.1" if kind == "hard" else "4.2.2", reason, words
    )
    person, mail = store.find_person(who), store.returned_by_batch(batch_id)
    assert person is not None
    store.note_bounces(f"{who}{day}", [(event, person.id, mail, event.tells)], at)


def suspend(store: SqlStore, who: Address) -> None:
    """Let somebody get no mail any more."""
    person = store.find_person(who)
    assert person is not None
    later = NOW + timedelta(days=1)
    store.set_bounce_state([person.id], BounceState.SUSPENDED, later)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write a configuration, and a store in which two of three addresses bounce."""
    path = write_config(tmp_path, 1, 1)
    store = open_store("", tmp_path / "store")
    store.secret()  # as after the first run
    people = (Profile(ANNE, "Anne"), Profile(BOB), Profile(ZOE))
    store.enrol_many(people, "discuter", "import", NOW)
    store.enrol_many(people[:1], "informer", "import", NOW)
    note(store, ANNE, "unknown-user", "550 5.1.1 no such user\x1b[2J")
    note(store, ANNE, "unknown-user", "550 5.1.1 no such user\x1b[2J", day=1)
    note(store, BOB, "mailbox-full", "452 4.2.2 full", day=1)
    suspend(store, ANNE)
    store.close()
    return path


def rows(config: Path, *words: str) -> list[dict[str, object]]:
    """Give what `bounces --json` lists."""
    found = json.loads(colporteur(config, "bounces", *words, "--json"))
    assert isinstance(found, list)
    return found


def states(config: Path) -> dict[str, str]:
    """Give the members of the list and what they get."""
    told = colporteur(config, "members", "discuter", "--json")
    return {one["address"]: one["state"] for one in json.loads(told)}


def test_bounces_are_listed_in_plain_words(config: Path) -> None:
    """One line each; what a stranger's server said drives no terminal."""
    anne, bob = colporteur(config, "bounces").splitlines()

    address, name, lists, state, since, posts, reason, status, words = anne.split("\t")
    assert (address, name, lists) == ("Anne@member.test", "Anne", "discuter informer")
    assert (state, posts, status) == ("suspended", "2", "5.1.1")
    assert since.startswith(str(NOW.year))
    assert reason == "this address does not exist"
    assert words == "550 5.1.1 no such user?[2J"
    assert "bouncing" in bob
    assert "the mailbox is full" in bob


def test_bounces_of_a_list_and_for_programs(config: Path) -> None:
    """`list` may be left out; JSON is one array, and knows more."""
    (anne,) = rows(config, "informer")
    both = rows(config, "list", "discuter")

    assert [one["address"] for one in both] == ["Anne@member.test", "bob@member.test"]
    assert (anne["reason"], anne["posts"]) == ("unknown-user", 2)
    assert anne["reason_in_words"] == "this address does not exist"
    assert datetime.fromisoformat(str(anne["next_probe"])) == NOW + timedelta(days=4)
    assert both[1]["state"] == "bouncing"
    assert both[1]["suspended_at"] is None


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("nowhere",), id="no-such-list"),
        pytest.param(("list", "nowhere"), id="no-such-list-named"),
        pytest.param(("list", "discuter", "informer"), id="two-lists"),
        pytest.param(("clear",), id="clear-nobody"),
        pytest.param(("clear", "bob"), id="no-address"),
        pytest.param(("clear", "--all", "nowhere"), id="clear-no-such-list"),
        pytest.param(
            ("clear", "bob@member.test", "--all", "discuter"), id="clear-both"
        ),
    ],
)
def test_wrong_usage_is_told(config: Path, words: tuple[str, ...]) -> None:
    """With what there is, where that helps; nothing is changed."""
    told = colporteur(config, "bounces", *words, status=2)

    assert "discuter, informer" in told or "expected" in told or "address" in told
    assert len(rows(config)) == 2


def test_clearing_gives_mail_again(config: Path) -> None:
    """On all of their lists, with a count of 0."""
    told = colporteur(config, "bounces", "clear", "anne@member.test")

    assert (
        told == "Anne@member.test: 2 posts that came back forgotten; gets mail again\n"
    )
    assert states(config)["Anne@member.test"] == "active"
    assert [one["address"] for one in rows(config)] == ["bob@member.test"]


def test_clearing_a_list_clears_all_of_it(config: Path) -> None:
    """And nobody else."""
    colporteur(config, "bounces", "clear", "--all", "informer")
    rest = rows(config)
    colporteur(config, "bounces", "clear", "--all", "discuter")
    again = colporteur(config, "bounces", "clear", "--all", "discuter")

    assert [one["address"] for one in rest] == ["bob@member.test"]
    assert rows(config) == []
    assert colporteur(config, "bounces") == ""
    assert again == "nothing counted\n"


def test_clearing_an_unknown_address_changes_nothing(config: Path) -> None:
    """Not even for those that are known: it may be a slip."""
    told = colporteur(
        config, "bounces", "clear", "anne@member.test", "anna@member.test", status=1
    )
    harmless = colporteur(config, "bounces", "clear", "zoe@member.test")

    assert "nobody here has the address anna@member.test; nothing was changed" in told
    assert states(config)["Anne@member.test"] == "suspended"
    assert harmless == "zoe@member.test: nothing counted\n"


def test_status_and_figures_count_what_comes_back(config: Path) -> None:
    """From the store: the file is only a log."""
    (config.parent / "store/bounces.json").write_text("no log")

    report = json.loads(colporteur(config, "status", "--json"))
    lines = colporteur(config, "status").splitlines()
    figures = json.loads(colporteur(config, "lists", "stats", "discuter", "--json"))

    assert report["bounces"] == {"addresses": 2, "suspended": 1}
    assert {"bouncing addresses: 2", "suspended: 1"} <= set(lines)
    assert (figures["bouncing"], figures["suspended"]) == (2, 1)


# ---------------------------------------------------------------------- by mail


@pytest.fixture
def club(tmp_path: Path) -> Iterator[Committee]:
    """Found a committee of which one address bounces."""
    users = {BOT: "botpw", OWNER: "pw", str(ANNE): "pw"}
    with Provider(users) as provider:
        ports = provider.imap_port, provider.smtp_port
        with committee(provider, tmp_path, *ports) as made:
            made.enrol("discuter", str(ANNE))
            yield made


def test_an_owner_asks_who_bounces_and_a_member_for_her_data(club: Committee) -> None:
    """Plain French, and warm where all is well."""
    club.write(OWNER, "retours discuter")
    well = text_of(club.last(OWNER, "reply"))
    note(club.store, ANNE, "unknown-user", "550 5.1.1 no such user")
    suspend(club.store, ANNE)
    club.write(OWNER, "retours discuter")
    ill = text_of(club.last(OWNER, "reply"))
    log: BounceFile = club.instance.bounce_file
    log.record("r", [BounceEvent(ANNE, "hard", "5.1.1", "unknown-user", "so")], NOW)
    club.write(str(ANNE), "mes données")
    data = club.last(str(ANNE), "reply")

    assert "aucun message" in well
    assert "cette adresse n'existe pas. 1 message revenu" in " ".join(ill.split())
    assert "Ne reçoit plus rien" in " ".join(ill.split())
    (file,) = data.iter_attachments()
    assert "unknown-user" in json.dumps(json.loads(file.get_content())["bounces"])
