"""Previews: what an author sees before a post leaves, and what they are asked.

One open question a post: an edited version takes the place of the one before. A
send that would take days is asked about twice, and the second time with what to
do instead.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from bot import identity, logs
from bot.actions import Distribute, Preview
from bot.address import Address
from bot.apply.desk import Desk, Errand
from bot.apply.hosted import hosted_list, may_export
from bot.apply.letters import Letter
from bot.apply.posts import PREVIEW_DAYS, excerpt, kept, read_post, untimed
from bot.compose.previews import warnings
from bot.compose.untimed import stays
from bot.folding import fold, without_reply_prefix
from bot.model import MailingList, Message, Proof, Request, RequestKind, SendState
from bot.moments.wishes import Wish, wish_of
from bot.sending.binding import binding
from bot.sending.limits import Expected

__all__: Final = ("ask_sender", "asked_first")

# What begins within this begins at once.
_SOON: Final = timedelta(minutes=2)
# Longer sends are announced as such …
_LONG: Final = timedelta(days=1)
# … and those are asked about twice.
_TOO_LONG: Final = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A post that its author is asked about."""

    lst: MailingList
    post: Message  # without what says when it leaves
    original: Message
    action: Preview
    wish: Wish | None
    outlook: Expected
    now: datetime

    @property
    def lasts(self) -> timedelta:
        """Say how long after its time, or « ok », the last one gets it."""
        return self.outlook.end - (self.action.leave_at or self.now)


def asked_first(desk: Desk, action: Distribute, errand: Errand) -> bool:
    """Ask the author of a post that would take days; False: nothing to ask."""
    if action.asked_by is None:
        return False
    one = desk.settings.lists[action.list_name]
    alone = desk.outlook_alone(one, errand.now, action.groups)
    if alone.end - errand.now <= _TOO_LONG:
        return False
    asked = Preview(
        action.list_name,
        action.sha256,
        action.asked_by,
        action.groups,
        leave_at=action.leave_at,
        again=True,
    )
    ask_sender(desk, asked, errand)
    return True


def ask_sender(desk: Desk, action: Preview, errand: Errand) -> None:
    """Show a post to its author, and wait for « ok »; a second copy asks nothing."""
    one, now = desk.settings.lists[action.list_name], errand.now
    original = read_post(desk, action.sha256, errand)
    post = untimed(desk, original, now)
    earlier = _earlier(desk, action, post)
    if any(_is_copy(request, action, post) for request in earlier):
        return
    for request in earlier:
        if not _is_theirs(desk, request, original):
            continue  # From: is easily forged; it is asked about beside the other
        desk.store.settle_request(request.id, "superseded", action.sender, now)
        logs.log("preview.superseded", list=one.name, ref=request.ref)
    wish = wish_of(original, desk.settings.timezone, now)
    outlook = desk.outlook(one, now, action.groups, action.leave_at)
    shown = _Shown(one, post, original, action, wish, outlook, now)
    _ask(desk, shown, errand)
    if action.again:
        hosted_list(desk, one, action, outlook.end - (action.leave_at or now), errand)


def _earlier(desk: Desk, action: Preview, post: Message) -> list[Request]:
    """Find the open questions about earlier versions of a post."""
    answered = _answered(post)
    hashes = set(map(_hash, answered))
    subject, theirs = _subject(post.subject), _addresses(desk, action.sender)
    return [
        request
        for request in desk.store.requests(RequestKind.PREVIEW)
        if request.list_name == action.list_name
        and request.address in theirs
        and (
            _subject(request.facts.get("subject", "")) == subject
            or request.facts.get("message_id", "") in answered
            or request.facts.get("asked_by", "") in hashes
        )
    ]


def _answered(post: Message) -> frozenset[str]:
    return frozenset({*post.in_reply_to, *post.references, post.message_id} - {""})


def _is_theirs(desk: Desk, request: Request, post: Message) -> bool:
    """Whether a post is surely its author's: proved, or a reply to their preview."""
    if identity.proof(post, desk.settings.trusted_authserv) is Proof.PASS:
        return True
    return request.facts.get("asked_by", "") in set(map(_hash, _answered(post)))


def _addresses(desk: Desk, who: Address) -> frozenset[Address]:
    """Give all that somebody writes from."""
    person = desk.store.find_person(who)
    return frozenset({who, *((person.address, *person.others) if person else ())})


def _hash(message_id: str) -> str:
    """Hide the token in the id of a preview, as the store does."""
    return sha256(message_id.lower().encode()).hexdigest()


def _subject(text: str) -> str:
    return fold(without_reply_prefix(text))


def _is_copy(request: Request, action: Preview, post: Message) -> bool:
    """Whether it is the very same post, come by another way."""
    wanted = kept(action, post)
    same = ("fingerprint", "subject", "groups", "leave_at")
    return all(request.facts.get(key, "") == wanted[key] for key in same)


def _ask(desk: Desk, shown: _Shown, errand: Errand) -> None:
    action, token = shown.action, desk.new_token()
    more = {
        "asked_by": _hash(f"<{token}.preview@{desk.settings.mailbox.domain}>"),
        "days": "" if action.again or shown.lasts <= _TOO_LONG else "yes",
        "strip": "yes" if action.strip else "",
        "replaces": " ".join(str(one.id) for one in _waiting(desk, shown, own=True)),
    }
    desk.store.open_request(
        RequestKind.PREVIEW,
        desk.new_ref(),
        token,
        shown.lst.name,
        action.sender,
        expires_at=(action.leave_at or shown.now) + timedelta(days=PREVIEW_DAYS),
        facts=kept(action, shown.post) | more,
        now=shown.now,
    )
    letter = Letter(
        action.sender,
        "preview-long" if action.again else "preview",
        _told(desk, shown) | {"token": token, "mailtos": _links(desk, token)},
        list_name=shown.lst.name,
        kind="preview",
        token=token,
        answers=errand.message,
    )
    desk.send_letter(letter, shown.now)


def _links(desk: Desk, token: str) -> object:
    return desk.mailtos(token, ok="ok", no="non")


def _told(desk: Desk, shown: _Shown) -> dict[str, object]:
    """Say what a preview shows."""
    action, wish, outlook = shown.action, shown.wish, shown.outlook
    if action.again:
        return {
            "subject": shown.post.subject,
            "name": shown.lst.name,
            "recipients": outlook.recipients,
            "lasts": shown.lasts,
            "end": outlook.end,
            "leave_at": action.leave_at,
            "csv": may_export(desk, shown.lst, action),
            **_slow(desk, shown),
        }
    return {
        "subject": shown.post.subject,
        "recipients": outlook.recipients,
        "batches": outlook.batches,
        # None where nothing holds it up.
        "start": outlook.start if outlook.start > shown.now + _SOON else None,
        "end": outlook.end,
        "leave_at": action.leave_at,
        "doubt": action.doubt,
        "asked": wish.text if wish else "",
        "asked_at": wish.at if wish else None,
        "size": shown.post.size,
        "warnings": (*action.warnings, *_warnings(desk, shown)),
        "excerpt": excerpt(shown.post),
    }


def _warnings(desk: Desk, shown: _Shown) -> Iterator[object]:
    """Name what the author should look at: ids of sentences, or with their facts."""
    yield from warnings(shown.post)
    wish, quiet = shown.wish, desk.quiet_until(shown.action.leave_at)
    if wish and wish.tag and shown.action.leave_at:
        yield {"id": "tag-taken", "tag": wish.tag}
    if wish and stays(shown.original.raw, wish.line):
        yield {"id": "line-stays", "line": wish.line}
    if quiet is not None:
        yield {"id": "quiet-hours", "when": quiet}
    if shown.lasts > _LONG:
        yield {"id": "many-days", "end": shown.outlook.end, **_slow(desk, shown)}
    if shown.outlook.is_guess:
        yield "end-is-guess"
    for own, sentence in ((True, "earlier-replaced"), (False, "earlier-waits")):
        for send in _waiting(desk, shown, own=own):
            yield {"id": sentence, "when": send.leave_at, "ref": send.ref}


def _slow(desk: Desk, shown: _Shown) -> dict[str, object]:
    """Say which limit makes it take so long."""
    outlook = shown.outlook
    limit, number = binding(desk.limits(), outlook.recipients, outlook.batches)
    return {"limit": limit, "number": number}


def _waiting(desk: Desk, shown: _Shown, *, own: bool) -> Iterator[SendState]:
    """Find confirmed versions that wait for their time; its author's, or others'."""
    subject, theirs = (
        _subject(shown.post.subject),
        _addresses(desk, shown.action.sender),
    )
    for send in desk.store.sends(unfinished=True):
        waits = send.leave_at and send.leave_at > shown.now and not send.stopped
        same = send.list_name == shown.lst.name and _subject(send.subject) == subject
        if waits and same and send.kind == "post" and (send.sender in theirs) is own:
            yield send
