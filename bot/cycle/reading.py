"""From the spool to a decision; also what `explain` shows."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from bot import identity
from bot import message as mail
from bot.actions import Decision
from bot.address import Address, parse
from bot.bounces import (
    read_report,
)
from bot.commands.wants import Wants
from bot.cycle.called import addresses_called, on_sheet
from bot.cycle.returned import of_our_account
from bot.cycle.stopped import repeated, stopped
from bot.cycle.tracing import traced
from bot.decide import understand as decide_about
from bot.decide import wants
from bot.errors import ParseError, StoreError
from bot.model import (
    Bouncing,
    Mark,
    Message,
    Request,
    RequestKind,
    Roster,
    SendState,
    Settings,
)
from bot.ports import BounceLog, Intake, Spool, Store
from bot.rosters import Sheet
from bot.rosters import read as read_roster
from bot.sending.returned import ReplyTable

__all__ = ("is_witness", "read_mail", "understand")


def read_mail(spool: Spool, intake: Intake) -> Message:
    """Read a booked mail.

    Raises:
        ParseError: it can't be read.
        StoreError: its file is gone or damaged.
    """
    return mail.read(
        spool.read(intake.sha256),
        intake.received_at,
        size=intake.size,
        header_only=intake.header_only,
    )


def is_witness(header: bytes, settings: Settings) -> bool:
    """Whether a header is that of a post that we sent ourselves.

    Only posts ride along; whatever else has our mark is read whole.
    """
    if b"x-colporteur" not in header.lower():
        return False
    try:
        facts = mail.read(header, _EPOCH, header_only=True)
    except ParseError:
        return False
    author = facts.author
    mark = identity.own_mark(facts.first("x-colporteur"), settings.secret)
    return (
        mark is not None and author is not None and (author.address == settings.mailbox)
    )


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def understand(
    message: Message,
    settings: Settings,
    books: tuple[Store, Spool] | None,
    now: datetime,
    bounce_log: BounceLog | None = None,
    replies: ReplyTable | None = None,
) -> Decision:
    """Decide about one mail; without books, as if nobody were known.

    `replies` tells reports about our own account from those about people.
    """
    account = partial(of_our_account, settings, replies or ReplyTable(()))
    reports = read_report(message)
    if books is None:
        return decide_about(
            message, settings, Roster(), now, account=account, reports=reports
        )
    store, spool = books
    with store.transaction():
        roster = _roster_for(message, settings, store, now)
        roster = replace(roster, original=_original(roster.request, spool, now))
        needs = wants(message, settings, roster)
        roster = _moderated(message, roster, needs, store)
        roster = replace(roster, called=on_sheet(roster.request, store))
        if roster.request is None:
            again = repeated(message, settings, books, now)
            roster = replace(roster, repeated=again)
        sheet, unreadable = _sheet(roster.original or message, needs)
        asked = (*_also_asked(roster, sheet), *addresses_called(message, roster))
        addresses = tuple(dict.fromkeys((*needs.addresses, *asked)))
        roster = _completed(roster, needs, addresses, (store, bounce_log), now)
        if "stopped" in needs.others:
            roster = replace(roster, stopped=stopped(settings, store, now))
        roster = traced(message, reports, settings, roster, (store, now))
    if message.author is not None and "dossier" in needs.others:
        dossier = _dossier(message.author.address, store, bounce_log)
        roster = replace(roster, dossier=dossier)
    return decide_about(
        message,
        settings,
        roster,
        now,
        sheet=sheet,
        unreadable=unreadable,
        account=account,
        reports=reports,
    )


def _roster_for(
    message: Message, settings: Settings, store: Store, now: datetime
) -> Roster:
    """Load the part of the store that every mail concerns."""
    author = message.author
    return store.roster_for(
        author,
        identity.tokens_in(message, settings.mailbox, settings.subaddressing),
        identity.refs_in(message),
        message.fingerprint,
        (*message.in_reply_to, *message.references),
        now,
        reaches={name: settings.reached_by(name) for name in settings.lists},
    )


def _moderated(message: Message, roster: Roster, needs: Wants, store: Store) -> Roster:
    """Load what moderators ask for: what waits, and what left already."""
    request = roster.request
    reminded = request is not None and request.kind is RequestKind.PENDING
    refs = identity.refs_typed(f"{message.subject}\n{message.typed}")
    if roster.original is not None:
        refs |= identity.refs_typed(roster.original.subject + roster.original.typed)
    asked = "pending" in needs.others or reminded
    released = _released(request, store)
    return replace(
        roster,
        pending=store.matters(sorted(refs)) if asked else (),
        sends=_named_sends(request, refs, store),
        released=released,
        digested=released is not None
        and store.digested(
            released.list_name, released.leave_at or released.created_at
        ),
    )


def _named_sends(
    request: Request | None, refs: frozenset[str], store: Store
) -> tuple[SendState, ...]:
    """Give the sends that « annuler k7fm2q » in an answer may mean."""
    return store.sends(unfinished=True) if request is not None and refs else ()


def _released(request: Request | None, store: Store) -> SendState | None:
    """Give the send that an answer may stop: that was told of, or of what went out."""
    if request is None:
        return None
    if request.kind in _ABOUT_A_SEND:
        return store.send(int(request.facts.get("send", "0")))
    if request.state != "settled":
        return None
    fingerprint = request.facts.get("fingerprint", "")
    return store.send_of(request.list_name, fingerprint) if fingerprint else None


_ABOUT_A_SEND: Final = frozenset(
    {RequestKind.SEND, RequestKind.CORRECTION, RequestKind.REST}
)


def _original(request: Request | None, spool: Spool, now: datetime) -> Message | None:
    """Read the mail that an open request is about, where its answer needs it."""
    if request is None or request.state != "open" or request.kind not in _ABOUT_A_MAIL:
        return None
    sha256 = request.facts.get("sha256", "")
    try:
        return mail.read(spool.read(sha256), now) if sha256 else None
    except (ParseError, StoreError):
        return None


_ABOUT_A_MAIL: Final = frozenset(
    {RequestKind.COMMANDS, RequestKind.IMPORT, RequestKind.LINK}
)


def _sheet(message: Message, needs: Wants) -> tuple[Sheet | None, str]:
    """Read the attached address book; give it, or why it can't be read."""
    if "sheet" not in needs.others:
        return None, ""
    why = ""
    for name, content_type, raw in mail.files_of(message):
        try:
            return read_roster(raw, name, content_type), ""
        except ParseError as error:
            why = why or str(error)
    return None, why


def _also_asked(roster: Roster, sheet: Sheet | None) -> tuple[Address, ...]:
    """Name the addresses that matter beyond those that commands name."""
    found = [one.address for one in roster.namesakes]
    found += [entry.address for entry in sheet.entries] if sheet else []
    matters = (*((roster.request,) if roster.request else ()), *roster.pending)
    for facts in (one.facts for one in matters):
        for key in ("person", "other", "author", "address"):
            try:
                found.append(parse(facts[key]))
            except (KeyError, ParseError):
                continue
    return tuple(found)


def _completed(
    roster: Roster,
    needs: Wants,
    addresses: Sequence[Address],
    books: tuple[Store, BounceLog | None],
    now: datetime,
) -> Roster:
    store = books[0]
    return replace(
        roster,
        standings=store.standings(addresses, now) if addresses else {},
        members={name: tuple(store.members(name)) for name in needs.members},
        figures={name: store.figures(name, now) for name in needs.figures},
        bouncing_on=_bouncing_on(needs.bounces, store),
        changes=store.list_settings() if "changes" in needs.others else (),
        marked=_marked(roster, store)
        if roster.called or "changes" in needs.others
        else {},
        sends=store.sends(unfinished=True) if "sends" in needs.others else roster.sends,
    )


def _bouncing_on(names: Iterable[str], store: Store) -> dict[str, tuple[Bouncing, ...]]:
    """Give those whose mail comes back, by list."""
    everybody = store.bouncing() if names else ()
    return {
        name: tuple(one for one in everybody if name in one.lists) for name in names
    }


def _marked(
    roster: Roster, store: Store
) -> dict[str, tuple[tuple[Address, Mark], ...]]:
    """Give who is trusted or banned, by list."""
    return {
        name: tuple((who, mark) for who, mark, _ in store.marked(name))
        for name in roster.recipients
    }


def _dossier(
    address: Address, store: Store, bounce_log: BounceLog | None
) -> dict[str, object]:
    """Give everything that is stored about somebody."""
    found = store.dossier(address)
    keys = [str(one) for one in found.get("addresses", ())]  # type: ignore[attr-defined] # a list, see there
    return found | {"bounces": bounce_log.about(keys) if bounce_log else {}}
