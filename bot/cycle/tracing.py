"""What a report, or a complaint, is about: which mail of ours, and who is named."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.bounces import (
    is_feedback_report,
    named_in,
    returned_ids,
    returned_marks,
    returned_names,
)
from bot.identity import own_mark
from bot.model import BounceEvent, Message, Roster, Settings
from bot.ports import Store

__all__: Final = ("traced",)

# A report names its recipients; of more than these nobody is looked for.
_NAMED_MAX: Final = 200


def traced(
    message: Message,
    reports: tuple[BounceEvent, ...],
    settings: Settings,
    roster: Roster,
    books: tuple[Store, datetime],
) -> Roster:
    """Load whose mail came back: which mail a report is about, and who is named.

    Or what came back of the author's mail, who writes and so is there.
    """
    store, now = books
    if not reports and not is_feedback_report(message):
        authors = [message.author.address] if message.author else []
        return replace(roster, bouncing=store.bouncing_at(authors))
    marks = (own_mark(one, settings.secret) for one in returned_marks(message))
    batches = (store.returned_by_batch(mark[1]) for mark in marks if mark)
    mail = next((one for one in batches if one), None)
    if not reports:
        people = mail.recipients[:_NAMED_MAX] if mail else ()
        return replace(roster, returned=mail, standings=store.standings(people, now))
    if mail is None:
        mail = store.returned_by_ids(returned_ids(message))
    named = named_in(reports, returned_names(message))
    return replace(
        roster, returned=mail, ours=frozenset(store.find_people(named[:_NAMED_MAX]))
    )
