"""What becomes of a post: previewed, held, distributed."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot import identity, logs
from bot import message as mail
from bot.actions import Distribute, Preview
from bot.address import NamedAddress
from bot.apply.bounces import spare
from bot.apply.desk import Desk, Errand
from bot.apply.letters import Letter
from bot.compose import posts as composed
from bot.compose.untimed import stays, without_wish
from bot.model import (
    ListKind,
    MailingList,
    Message,
    Outgoing,
    Priority,
    Reception,
    RequestKind,
)
from bot.moments.wishes import wish_of, without_tag

__all__ = (
    "PREVIEW_DAYS",
    "distribute",
    "excerpt",
    "kept",
    "read_post",
    "rendered",
    "untimed",
)

PREVIEW_DAYS = 7
_EXCERPT_LINES = 40
_EXCERPT_WIDTH = 500


def read_post(desk: Desk, sha256: str, errand: Errand) -> Message:
    """Read a post back; it is the mail at hand, or one that waited."""
    if errand.message is not None and errand.message.sha256 == sha256:
        return errand.message
    return mail.read(desk.spool.read(sha256), errand.now)


def _named(desk: Desk, post: Message) -> NamedAddress:
    """Give the author as they call themselves, or as they told us."""
    author = post.author or NamedAddress("", desk.settings.mailbox)
    person = None if author.name else desk.store.find_person(author.address)
    return replace(author, name=person.name) if person else author


def distribute(desk: Desk, action: Distribute, errand: Errand) -> None:
    """Put a post into the outbox for everybody on its list, once."""
    one = desk.settings.lists[action.list_name]
    if action.releases and not _release(desk, action, errand):
        return  # the moderators decided before
    post = read_post(desk, action.sha256, errand)
    author, leave_at = _named(desk, post), _later(action.leave_at, errand.now)
    if not desk.store.note_post(
        one.name,
        post.fingerprint,
        post.message_id,
        action.sha256,
        author.address,
        leave_at or errand.now,  # a digest before has nothing of it
        partial=bool(action.groups),
    ):
        return
    for send_id in action.replaces:
        _replace(desk, send_id, errand.now)
    shown = replace(one, attachments="strip") if action.strip else one
    original, post = post, untimed(desk, post, errand.now)
    rendered = composed.render(post.raw, _facts(desk, shown, author, errand.now))
    outgoing = Outgoing(
        sha256=desk.spool.add(rendered),
        size=len(rendered),
        kind="post",
        priority=Priority.POST,
        subject=post.subject,
        list_name=one.name,
        sender=author.address if one.kind is ListKind.ANNOUNCEMENT else None,
        message_id=post.message_id,
        leave_at=leave_at,
    )
    # Who takes digests gets at once what no digest will bring.
    at_once = bool(action.groups) or one.digest == "off"
    send_id = desk.store.enqueue_to_lists(
        outgoing,
        desk.settings.reached_by(one.name, action.groups),
        post.fingerprint,
        errand.now,
        (Reception.EACH, Reception.DIGEST) if at_once else (Reception.EACH,),
    )
    spare(desk, send_id, errand.now)
    logs.log(
        "post.distributed", list=one.name, message_id=post.message_id, send=send_id
    )
    if leave_at is not None and action.asked_by is not None:
        _tell_when(desk, replace(action, leave_at=leave_at), original, errand)


def _replace(desk: Desk, send_id: int, now: datetime) -> None:
    """Cancel the send of an earlier version, unless it began to leave."""
    send = desk.store.send(send_id)
    if send is None or send.is_over or send.started_at is not None:
        return
    left = desk.store.cancel_send(send_id, now)
    logs.log("send.cancelled", send=send.ref, list=send.list_name, remaining=left)


def _later(leave_at: datetime | None, now: datetime) -> datetime | None:
    """Give a time that is still to come."""
    return leave_at if leave_at is not None and leave_at > now else None


def untimed(desk: Desk, post: Message, now: datetime) -> Message:
    """Take out of a post what says when it is to leave."""
    wish = wish_of(post, desk.settings.timezone, now)
    if wish is None or not (wish.line or wish.tag):
        return post
    raw = without_wish(post.raw, wish.line, wish.tag)
    bare = mail.read(raw, post.received_at)
    # It is the same post still, for whoever looks for copies of it.
    return replace(bare, sha256=post.sha256, fingerprint=post.fingerprint)


def _tell_when(desk: Desk, action: Distribute, post: Message, errand: Errand) -> None:
    """Tell an author when their post leaves; an answer « annuler » stops it."""
    author, token = action.asked_by, desk.new_token()
    if author is None:
        return
    one = desk.settings.lists[action.list_name]
    request_id = desk.store.open_request(
        RequestKind.PREVIEW,
        desk.new_ref(),
        token,
        one.name,
        author,
        expires_at=(action.leave_at or errand.now) + timedelta(days=PREVIEW_DAYS),
        facts=kept(action, untimed(desk, post, errand.now)),
        now=errand.now,
    )
    desk.store.settle_request(request_id, "ok", author, errand.now)
    wish = wish_of(post, desk.settings.timezone, errand.now)
    word = "cancel" if desk.language_of(author, one) == "en" else "annuler"
    facts: dict[str, object] = {
        "subject": without_tag(post.subject, wish.tag) if wish else post.subject,
        "leave_at": action.leave_at,
        "quiet": desk.quiet_until(action.leave_at),
        "tag": wish.tag if wish else "",
        "line": wish.line if wish and stays(post.raw, wish.line) else "",
        "end": None,
        "cancel": desk.mailtos(token, cancel=word)["cancel"],
    }
    letter = Letter(
        author,
        "scheduled",
        facts,
        list_name=one.name,
        kind="notice",
        token=token,
        answers=errand.message,
        groups=action.groups,
    )
    desk.send_letter(letter, errand.now)
    desk.store.note_reply(author, errand.now)


def kept(action: Distribute | Preview, post: Message) -> dict[str, str]:
    """Say what is kept with a question about a post: all that an answer needs."""
    return {
        "sha256": action.sha256,
        "fingerprint": post.fingerprint,
        "message_id": post.message_id,
        "subject": post.subject,
        "groups": ",".join(sorted(action.groups)),
        "leave_at": action.leave_at.isoformat() if action.leave_at else "",
    }


def rendered(desk: Desk, one: MailingList, post: Message, now: datetime) -> bytes:
    """Give a post as it leaves for a list."""
    return composed.render(post.raw, _facts(desk, one, _named(desk, post), now))


def _release(desk: Desk, action: Distribute, errand: Errand) -> bool:
    """Close what the moderators were asked about a post; False when it is closed."""
    by = action.approved_by or desk.settings.mailbox
    for request in desk.store.requests(RequestKind.MODERATION):
        same = request.facts.get("sha256") == action.sha256
        if same and request.list_name == action.list_name:
            # The others share its reference.
            return desk.store.settle_request(request.id, "approve", by, errand.now)
    return False


def _facts(
    desk: Desk, one: MailingList, author: NamedAddress, now: datetime
) -> composed.PostFacts:
    settings = desk.settings
    unique = identity.new_token(desk.random)
    return composed.PostFacts(
        list=one,
        mailbox=settings.mailbox,
        author=author,
        fallback_message_id=f"<{unique}.post@{settings.mailbox.domain}>",
        fallback_date=now,
        mailbox_name=settings.name,
        subaddressing=settings.subaddressing,
        footer=composed.footer_of(one, settings, desk.texts),
        removed_note=desk.texts.sentence("attachment-removed", one.language, {}),
    )


def excerpt(post: Message) -> str:
    """Give the first lines of a post's text."""
    lines = post.text.strip().splitlines()[:_EXCERPT_LINES]
    return "\n".join(line[:_EXCERPT_WIDTH] for line in lines)
