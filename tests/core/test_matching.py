"""Whose address a report is about, through redirections."""

from datetime import UTC, datetime

import pytest

from bot.address import Address
from bot.bounces import matched, named_in
from bot.model import BounceEvent, Returned

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
OLD = Address("jean.dupont", "asso.example")  # on the list
NEW = Address("jd", "mail.example")  # where it is redirected to
OTHERS = tuple(Address(f"p{i}", f"d{i}.example") for i in range(3))


def event(address: Address, *also: Address) -> BounceEvent:
    """Tell of a dead address."""
    return BounceEvent(address, "hard", "5.1.1", "unknown-user", "no", also=also)


def mail(*recipients: Address) -> Returned:
    """Give a post whose batch went to these."""
    return Returned(1, "post", "news", NOW, recipients)


@pytest.mark.parametrize(
    ("found", "names", "batch", "ours", "whom"),
    [
        pytest.param(event(OLD), (), (), {OLD.key}, OLD, id="named-itself"),
        pytest.param(event(NEW, OLD), (), (), {OLD.key}, OLD, id="other-name"),
        pytest.param(event(NEW), (OLD,), (), {OLD.key}, OLD, id="returned-header"),
        pytest.param(event(NEW), (), (OLD,), set(), OLD, id="batch-of-one"),
        pytest.param(event(NEW), (OLD,), (OLD, *OTHERS), set(), OLD, id="in-batch"),
        pytest.param(
            event(Address("jean.dupont", "home.example")),
            (),
            (OLD, *OTHERS),
            set(),
            OLD,
            id="same-full-name",
        ),
        pytest.param(
            event(Address("j", "mx.asso.example")),
            (),
            (OLD, *OTHERS),
            set(),
            OLD,
            id="server-of-that-domain",
        ),
        pytest.param(event(NEW), (), (OLD, *OTHERS), set(), NEW, id="nobody-fits"),
        pytest.param(event(NEW), (), (), set(), NEW, id="nothing-known"),
        pytest.param(
            event(OTHERS[0]), (), (OLD,), {OTHERS[0].key}, OLD, id="batch-knows-better"
        ),
    ],
)
def test_report_is_about_whom_we_wrote_to(
    found: BounceEvent,
    names: tuple[Address, ...],
    batch: tuple[Address, ...],
    ours: set[str],
    whom: Address,
) -> None:
    """A list knows the subscribed address, a server the last one."""
    (one,) = matched((found,), names, mail(*batch) if batch else None, ours)

    assert one.address == whom


@pytest.mark.parametrize(
    ("address", "batch"),
    [
        pytest.param(
            Address("marie", "home.example"),
            (Address("marie", "asso.example"), *OTHERS),
            id="first-name",
        ),
        pytest.param(
            Address("jean.dupont", "home.example"),
            (OLD, Address("jean.dupont", "other.example")),
            id="two-of-that-name",
        ),
        pytest.param(
            Address("jean", "free.fr"),
            (OLD, Address("marie", "perso.free.fr"), *OTHERS),
            id="page-at-a-provider",
        ),
        pytest.param(
            Address("jd1970", "big.example"),
            (OLD, Address("marie", "big.example"), *OTHERS),
            id="another-at-that-domain",
        ),
    ],
)
def test_where_it_is_not_sure_nobody_is_named(
    address: Address, batch: tuple[Address, ...]
) -> None:
    """To count against the wrong person is worse than not to count."""
    (one,) = matched((event(address),), (), mail(*batch), set())

    assert one.address == address


def test_several_recipients_are_each_their_own() -> None:
    """The header of the returned copy can't be about all of them."""
    events = (event(OTHERS[0]), event(NEW))

    found = matched(events, (OLD,), mail(OLD, *OTHERS), set())

    assert [one.address for one in found] == [OTHERS[0], NEW]


def test_two_names_of_one_person_are_one_event() -> None:
    """Some servers report both the alias and what it stands for."""
    found = matched((event(NEW, OLD), event(OLD)), (), None, {OLD.key})

    assert [one.address for one in found] == [OLD]


def test_all_that_a_report_names_is_looked_up() -> None:
    """Once each, the surest first."""
    names = named_in((event(NEW, OLD), event(OTHERS[0])), (OLD, OTHERS[1]))

    assert names == (NEW, OLD, OTHERS[0], OTHERS[1])
