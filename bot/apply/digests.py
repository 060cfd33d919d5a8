"""A list's digest: what was posted since the last one, in one mail."""

from datetime import datetime
from typing import Final

from bot import logs
from bot import message as mail
from bot.apply.bounces import spare
from bot.apply.desk import Desk
from bot.apply.posts import untimed
from bot.compose import digests as composed
from bot.compose.posts import footer_of
from bot.errors import ParseError, StoreError
from bot.model import MailingList, Message, Outgoing, Priority, Reception

__all__: Final = ("send_digest",)


def send_digest(
    desk: Desk, one: MailingList, span: tuple[datetime, datetime], now: datetime
) -> None:
    """Put a digest into the outbox, if there were posts and somebody takes it."""
    reach = desk.settings.reached_by(one.name)
    names = desk.store.posts_between(one.name, *span)
    if not names or not desk.store.wants_digest(reach):
        return
    posts = tuple(filter(None, (_post(desk, name, now) for name in names)))
    unique = desk.new_token()
    facts = composed.DigestFacts(
        list=one,
        mailbox=desk.settings.mailbox,
        mailbox_name=desk.settings.name,
        subaddressing=desk.settings.subaddressing,
        message_id=f"<{unique}.digest@{desk.settings.mailbox.domain}>",
        date=span[1],
        footer=footer_of(one, desk.settings, desk.texts),
        posts=posts,
    )
    rendered = composed.digest(facts, desk.texts)
    outgoing = Outgoing(
        sha256=desk.spool.add(rendered),
        size=len(rendered),
        kind="digest",
        priority=Priority.DIGEST,
        subject=f"{one.display_name} {span[1]:%Y-%m-%d}",
        list_name=one.name,
        message_id=facts.message_id,
    )
    fingerprint = f"digest {one.name} {span[1].isoformat()}"
    send_id = desk.store.enqueue_to_lists(
        outgoing, reach, fingerprint, now, (Reception.DIGEST,)
    )
    spare(desk, send_id, now)
    logs.log("digest.queued", list=one.name, posts=len(posts), send=send_id)


def _post(desk: Desk, sha256: str, now: datetime) -> Message | None:
    """Read a post back; one that is gone is left out, the others go."""
    try:
        post = mail.read(desk.spool.read(sha256), now)
        bare = untimed(desk, post, now)
        return post if bare is post else mail.read(bare.raw, now)
    except (ParseError, StoreError):
        logs.log("mail.problem", error=f"a post of a digest is gone: {sha256[:12]}")
        return None
