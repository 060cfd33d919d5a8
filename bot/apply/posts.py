"""What becomes of a post: previewed, held, distributed."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot import identity, logs
from bot import message as mail
from bot.actions import Distribute, Preview
from bot.address import NamedAddress
from bot.apply.desk import Desk, Errand
from bot.apply.letters import Letter
from bot.compose import posts as composed
from bot.compose.previews import warnings
from bot.model import (
    ListKind,
    MailingList,
    Message,
    Outgoing,
    Priority,
    Reception,
    RequestKind,
)

__all__ = ("ask_sender", "distribute", "excerpt", "read_post", "rendered")

_PREVIEW_DAYS = 7
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
    author = _named(desk, post)
    if not desk.store.note_post(
        one.name,
        post.fingerprint,
        post.message_id,
        action.sha256,
        author.address,
        errand.now,
        partial=bool(action.groups),
    ):
        return
    shown = replace(one, attachments="strip") if action.strip else one
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
    logs.log(
        "post.distributed", list=one.name, message_id=post.message_id, send=send_id
    )


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


def ask_sender(desk: Desk, action: Preview, errand: Errand) -> None:
    """Show an announcement to its sender, and wait for « ok »."""
    one = desk.settings.lists[action.list_name]
    post = read_post(desk, action.sha256, errand)
    outlook = desk.outlook(one, errand.now, action.groups)
    token = desk.new_token()
    desk.store.open_request(
        RequestKind.PREVIEW,
        desk.new_ref(),
        token,
        one.name,
        action.sender,
        expires_at=errand.now + timedelta(days=_PREVIEW_DAYS),
        facts={
            "sha256": action.sha256,
            "subject": post.subject,
            "groups": ",".join(sorted(action.groups)),
            # An answer to it finds the send.
            "fingerprint": post.fingerprint,
        },
        now=errand.now,
    )
    facts = {
        "subject": post.subject,
        "recipients": outlook.recipients,
        "batches": outlook.batches,
        "start": outlook.start,
        "end": outlook.end,
        "size": post.size,
        "warnings": (
            *action.warnings,
            *warnings(post, outlook.start, outlook.end),
        ),
        "excerpt": excerpt(post),
        "token": token,
        "mailtos": desk.mailtos(token, ok="ok", no="non"),
    }
    desk.send_letter(
        Letter(
            action.sender,
            "preview",
            facts,
            list_name=one.name,
            kind="preview",
            token=token,
            answers=errand.message,
        ),
        errand.now,
    )


def excerpt(post: Message) -> str:
    """Give the first lines of a post's text."""
    lines = post.text.strip().splitlines()[:_EXCERPT_LINES]
    return "\n".join(line[:_EXCERPT_WIDTH] for line in lines)
