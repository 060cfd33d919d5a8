"""Who may see all members that a list reaches: the CSV of those served names them."""

from dataclasses import replace

import pytest

from bot.actions import Reply
from bot.address import Address
from bot.model import (
    ListKind,
    MailingList,
    Priority,
    Request,
    RequestKind,
    Roster,
    SendState,
)
from tests.committee import (
    ADMIN,
    ANNE,
    CLAIRE,
    GARDEN,
    NEWS,
    NOW,
    SHA,
    ZOE,
    among,
    answered,
    asked,
)

# Anne owns each of three lists, Claire the outer one, Zoé one of the inner ones.
ALL = MailingList(
    "tous",
    ListKind.ANNOUNCEMENT,
    owners=frozenset({CLAIRE, ANNE}),
    include=("informer", "jardin"),
)
INNER = replace(GARDEN, owners=frozenset({ZOE, ANNE}), include=("tous",))
BOTH = replace(NEWS, owners=frozenset({CLAIRE, ANNE}))
SETTINGS = among(ALL, INNER, BOTH)
HALF = SendState(
    *(3, "k7fm22", "post", Priority.POST, "tous", "Troc", SHA, 900, NOW),
    *(9, 4, 0, 0, 5, 0, 0),
)


@pytest.mark.parametrize(
    ("who", "name", "sees"),
    [
        pytest.param({CLAIRE}, "informer", True, id="its-owner"),
        pytest.param({CLAIRE}, "tous", False, id="owner-of-the-outer-list-alone"),
        pytest.param({ZOE}, "jardin", False, id="owner-of-the-inner-list-alone"),
        pytest.param({ANNE}, "tous", True, id="owner-of-each"),
        pytest.param({ADMIN}, "tous", True, id="admin"),
        pytest.param({CLAIRE}, "partie", False, id="a-list-that-is-gone"),
        pytest.param({ADMIN}, "partie", True, id="admin-of-a-list-that-is-gone"),
        pytest.param(set(), "informer", False, id="nobody"),
    ],
)
def test_members_are_shown_to_who_owns_every_list_that_is_reached(
    who: set[Address], name: str, *, sees: bool
) -> None:
    """Lists that include each other are asked once."""
    assert SETTINGS.sees_members(who, name) is sees


@pytest.mark.parametrize(
    ("who", "sees"), [pytest.param(CLAIRE, False), pytest.param(ANNE, True)]
)
@pytest.mark.parametrize("kind", [RequestKind.SEND, RequestKind.MODERATION])
def test_who_stops_a_send_gets_the_served_only_if_they_may_see_them(
    kind: RequestKind, who: Address, *, sees: bool
) -> None:
    """« annuler », to the receipt or to the moderators' question."""
    decision = answered(
        "annuler", _asked(kind, who), Roster(released=HALF), SETTINGS, by=who
    )

    (told,) = (one for one in decision.actions if isinstance(one, Reply))
    assert (told.text_id, told.roster) == ("send-stopped", sees)


def _asked(kind: RequestKind, who: Address) -> Request:
    one = asked(kind, who, "tous", send="3", author=str(ZOE), sha256=SHA)
    if kind is RequestKind.SEND:
        return one
    approved = replace(one, state="settled", verdict="approve")
    return replace(approved, settled_by=str(who), settled_at=NOW)
