"""Who is to be telephoned because their mail comes back, and by whom.

A person is on one sheet whatever the number of their lists. Shares are even and
stable: who called somebody before goes on, and only as many people move as evenness
needs; but whoever had no luck twice hands over to another voice.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.address import Address
from bot.model import Bouncing, MailingList

__all__: Final = ("SHEET_MAX", "Sheet", "needs_call", "share", "sheets")

# Of one sheet: nobody telephones more people in a week.
SHEET_MAX: Final = 40
# Calls of one caller that nobody answered.
_NO_LUCK: Final = 2
# Posts in a row that met a mailbox that is full, closed or out of reach.
_FULL: Final = 2
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Whom one caller telephones, each with the list that it is for.

    In the order of their numbers on the sheet; the last ones may have no place on it.
    """

    caller: Address
    waiting: tuple[tuple[Bouncing, str], ...]

    @property
    def people(self) -> tuple[Bouncing, ...]:
        """Those whom the sheet has room for."""
        return tuple(one for one, _ in self.waiting[:SHEET_MAX])

    @property
    def more(self) -> int:
        """How many wait for a place on it."""
        return max(len(self.waiting) - SHEET_MAX, 0)


def needs_call(one: Bouncing) -> bool:
    """Whether somebody should be asked for an address that works.

    One post that found no mailbox is enough. What may end by itself, a full mailbox
    say, isn't worth a call before it met two posts in a row.
    """
    return bool(one.state) or one.dead > 0 or one.posts >= _FULL


def sheets(
    bouncing: Sequence[Bouncing],
    lists: Mapping[str, MailingList],
    admins: Sequence[Address],
) -> tuple[Sheet, ...]:
    """Share out all who need a call, by caller.

    Args:
        bouncing: those whose mail comes back, or who get none.
        lists: ours, in the order of the configuration.
        admins: who calls where nobody else can.
    """
    people = [one for one in bouncing if needs_call(one)]
    out_of_reach = frozenset(one.address for one in people)
    pools: dict[tuple[str, frozenset[Address]], list[Bouncing]] = {}
    for one in people:
        theirs = [lst for lst in lists.values() if lst.name in one.lists]
        if theirs:
            pool = _pool(theirs, frozenset(admins), out_of_reach)
            pools.setdefault(pool, []).append(one)
    found: dict[Address, list[tuple[Bouncing, str]]] = {}
    for (name, callers), those in pools.items():
        if not callers:
            continue
        shares = share(those, sorted(callers))
        for one in those:
            found.setdefault(shares[one.person_id], []).append((one, name))
    return tuple(_sheet(caller, found[caller]) for caller in sorted(found))


def _pool(
    theirs: Sequence[MailingList],
    admins: frozenset[Address],
    out_of_reach: AbstractSet[Address],
) -> tuple[str, frozenset[Address]]:
    """Say who may call somebody, and for which of their lists.

    The first list that has callers; else the owners of the first one, then admins. A
    sheet is a mail: who can't be reached by mail gets none, unless there is nobody
    else.
    """
    for lst in theirs:
        if callers := lst.callers - out_of_reach:
            return lst.name, callers
    first = theirs[0]
    return first.name, first.owners - out_of_reach or admins - out_of_reach or admins


def _sheet(caller: Address, people: Sequence[tuple[Bouncing, str]]) -> Sheet:
    """Put who was called least first, then who bounces longest."""
    return Sheet(caller, tuple(sorted(people, key=lambda one: _turn(one[0]))))


def _turn(one: Bouncing) -> tuple[int, datetime, str]:
    return one.tries, one.first_at or one.since or _LONG_AGO, one.address.key


# ------------------------------------------------------------------- even and stable


def share(people: Sequence[Bouncing], callers: Sequence[Address]) -> dict[int, Address]:
    """Say who calls whom: by person's id.

    Sizes differ by one at most. Who had no luck with somebody twice keeps them only
    where all the others have their hands full with such people.

    Args:
        people: each once.
        callers: one at least, each once.
    """
    kept: dict[Address, list[Bouncing]] = {caller: [] for caller in callers}
    tired: list[Bouncing] = []
    new: list[Bouncing] = []
    for one in sorted(people, key=lambda one: (-one.tries, one.person_id)):
        if one.caller not in kept:
            new.append(one)
        elif one.tries >= _NO_LUCK and len(callers) > 1:
            tired.append(one)
        else:
            kept[one.caller].append(one)
    room = _sizes(len(people), kept, tired)
    shares = _handed_over(tired, kept, room)
    for caller, theirs in kept.items():
        stays = max(room[caller], 0)
        shares |= {one.person_id: caller for one in theirs[:stays]}
        room[caller] -= len(theirs[:stays])
        new += theirs[stays:]
    new += [one for one in tired if one.person_id not in shares]
    for one in new:
        caller = max(room, key=room.__getitem__)
        shares[one.person_id] = caller
        room[caller] -= 1
    return shares


def _sizes(
    number: int, kept: Mapping[Address, Sequence[Bouncing]], tired: Sequence[Bouncing]
) -> dict[Address, int]:
    """Say how many each caller gets: one more for those who have the most already."""
    without_luck = Counter(one.caller for one in tired)
    size, more = divmod(number, len(kept))
    first = sorted(kept, key=lambda who: (-len(kept[who]), without_luck[who], who))
    return {who: size + (place < more) for place, who in enumerate(first)}


def _handed_over(
    tired: Sequence[Bouncing],
    kept: Mapping[Address, Sequence[Bouncing]],
    room: dict[Address, int],
) -> dict[int, Address]:
    """Give people to another than their caller: who must give up least for it.

    What is taken from `room` is gone.
    """
    waiting = Counter(one.caller for one in tired)
    shares: dict[int, Address] = {}
    for one in tired:
        waiting[one.caller] -= 1
        others = [who for who in room if who != one.caller and room[who] > 0]
        if others:
            # Of equals the one whose own people can't be given to.
            chosen = max(
                others, key=lambda who: (room[who] - len(kept[who]), waiting[who])
            )
            shares[one.person_id] = chosen
            room[chosen] -= 1
    return shares
