"""What becomes of a send: paused, stopped, told of, corrected, sent to the others."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot import identity, logs
from bot import message as mail
from bot.actions import (
    AskCorrection,
    AskRest,
    BrakeSend,
    CancelSend,
    Reply,
    SendCorrection,
    SendRest,
    TellOfSend,
)
from bot.address import Address, NamedAddress
from bot.apply.bounces import spare
from bot.apply.desk import Desk, Errand
from bot.apply.letters import Letter
from bot.apply.posts import excerpt, rendered
from bot.compose.corrections import Correction, correction
from bot.errors import StoreConflictError
from bot.model import (
    ListKind,
    MailingList,
    Outgoing,
    Priority,
    RequestKind,
    SendState,
    TextFile,
)
from bot.rosters import table

__all__: Final = (
    "ask_correction",
    "roster_of",
    "send_correction",
    "steer",
    "tell_of_send",
)

# So long an answer to the news of a send is taken.
_SPOKEN_OF: Final = timedelta(days=30)
_ASKED: Final = timedelta(days=7)


def steer(
    desk: Desk, action: CancelSend | BrakeSend | SendRest | AskRest, errand: Errand
) -> None:
    """Stop, pause or go on with a send, or send a stopped one to the others."""
    match action:
        case CancelSend(send_id):
            left = desk.store.cancel_send(send_id, errand.now)
            _log(desk, "send.cancelled", send_id, remaining=left)
        case BrakeSend(send_id, paused):
            desk.store.pause_sends(send_id, paused=paused)
            _log(desk, "send.paused" if paused else "send.resumed", send_id)
        case SendRest():
            _send_rest(desk, action, errand)
        case AskRest():
            _ask_rest(desk, action, errand)


def _log(desk: Desk, event: str, send_id: int, **more: object) -> None:
    send = _send(desk, send_id)
    logs.log(event, send=send.ref, list=send.list_name, **more)


def _send(desk: Desk, send_id: int) -> SendState:
    send = desk.store.send(send_id)
    if send is None:
        raise StoreConflictError(f"send {send_id} is known no more")
    return send


# ------------------------------------------------------------------------- telling


def tell_of_send(desk: Desk, action: TellOfSend, errand: Errand) -> None:
    """Write about a send, in a mail whose answer may stop or correct it."""
    send = _send(desk, action.send_id)
    token = desk.new_token()
    desk.store.open_request(
        RequestKind.SEND,
        desk.new_ref(),
        token,
        action.list_name,
        action.to,
        expires_at=errand.now + _SPOKEN_OF,
        facts={"send": str(send.id), "subject": send.subject},
        now=errand.now,
    )
    files = _who_has_it(desk, send) if action.roster else ()
    desk.send_letter(
        Letter(
            action.to,
            action.text_id,
            {"subject": send.subject, **action.facts},
            list_name=action.list_name,
            kind=action.kind,
            token=token,
            answers=errand.message,
            files=files,
            send_id=send.id,
        ),
        errand.now,
    )


def roster_of(desk: Desk, action: Reply) -> tuple[TextFile, ...]:
    """Give who has what a mail tells of, for those who may know."""
    send = desk.store.send(action.send_id) if action.roster else None
    return _who_has_it(desk, send) if send else ()


def _who_has_it(desk: Desk, send: SendState) -> tuple[TextFile, ...]:
    """List who has a post, in a file; nothing where nobody does."""
    rows = [(str(who), name) for who, name in desk.store.served(send.id)]
    text = table(("email", "name"), rows)
    return (TextFile(f"{send.ref}.csv", text, "text/csv"),) if rows else ()


# ------------------------------------------------------------------------ the others


@dataclass(frozen=True, slots=True)
class _Question:
    """What is shown before it leaves; `kept` is what the answer needs."""

    kind: RequestKind
    text_id: str
    to: Address
    recipients: int
    kept: dict[str, str]
    facts: dict[str, object]


def _ask(desk: Desk, send: SendState, question: _Question, errand: Errand) -> None:
    """Show what would leave, and wait for « ok »."""
    token, outlook = desk.new_token(), desk.outlook_of(question.recipients, errand.now)
    desk.store.open_request(
        question.kind,
        desk.new_ref(),
        token,
        send.list_name,
        question.to,
        expires_at=errand.now + _ASKED,
        facts={"send": str(send.id), "subject": send.subject, **question.kept},
        now=errand.now,
    )
    facts = {
        "subject": send.subject,
        "recipients": outlook.recipients,
        "end": outlook.end,
        "accepted": send.accepted,
        "in_flight": send.in_flight,
        "token": token,
        "mailtos": desk.mailtos(token, ok="ok", no="non"),
        **question.facts,
    }
    desk.send_letter(
        Letter(
            question.to,
            question.text_id,
            facts,
            list_name=send.list_name,
            kind="preview",
            token=token,
            answers=errand.message,
        ),
        errand.now,
    )
    desk.store.note_reply(question.to, errand.now)


def _ask_rest(desk: Desk, action: AskRest, errand: Errand) -> None:
    send = _send(desk, action.send_id)
    had = desk.store.had_before(send.id)
    reach = desk.settings.reached_by(action.list_name)
    question = _Question(
        RequestKind.REST,
        "rest-preview",
        action.to,
        desk.store.unserved(send.id, reach),
        {},
        {"accepted": send.accepted + had},
    )
    _ask(desk, send, question, errand)


def _send_rest(desk: Desk, action: SendRest, errand: Errand) -> None:
    """Send a post to whom its stopped send left out, and nobody else."""
    reach = desk.settings.reached_by(action.list_name)
    new_id = desk.store.send_rest(action.send_id, reach, errand.now)
    spare(desk, new_id, errand.now)
    if new_id:
        _log(desk, "send.continued", new_id, recipients=_send(desk, new_id).recipients)
    if action.tell is None:
        return
    text_id = "rest-confirmed" if new_id else "rest-nobody"
    told = TellOfSend(
        new_id or action.send_id,
        action.tell,
        text_id,
        action.list_name,
        {"before": desk.store.had_before(new_id)},
    )
    tell_of_send(desk, told, errand)


# ---------------------------------------------------------------------- corrections


def ask_correction(desk: Desk, action: AskCorrection, errand: Errand) -> None:
    """Show a correction to its author as it would go out, and wait for « ok »."""
    send = _send(desk, action.send_id)
    one = desk.settings.lists[action.list_name]
    raw = _written(desk, action, send, errand)
    post = mail.read(raw, errand.now)
    question = _Question(
        RequestKind.CORRECTION,
        "correction-preview",
        action.to,
        desk.store.count_served(send.id, desk.settings.reached_by(one.name)),
        {"sha256": desk.spool.add(raw)},
        {
            "title": post.subject,
            "excerpt": excerpt(post),
            "remaining": send.waiting if action.paused else 0,
        },
    )
    _ask(desk, send, question, errand)


def _written(
    desk: Desk, action: AskCorrection, send: SendState, errand: Errand
) -> bytes:
    """Write the correction as its author's mail to the list."""
    one = desk.settings.lists[action.list_name]
    author = errand.message.author if errand.message else None
    person = desk.store.find_person(action.to)
    name = (author.name if author else "") or (person.name if person else "")
    title, domain = {"subject": send.subject}, desk.settings.mailbox.domain
    return correction(
        Correction(
            author=NamedAddress(name, action.to),
            subject=desk.texts.sentence("correction-of", one.language, title),
            text=action.text,
            message_id=f"<{identity.new_token(desk.random)}.post@{domain}>",
            date=errand.now,
            corrects=send.message_id,
        )
    )


def send_correction(desk: Desk, action: SendCorrection, errand: Errand) -> None:
    """Send a correction to those who have the post now."""
    one = desk.settings.lists[action.list_name]
    raw = desk.spool.read(action.sha256)
    post = mail.read(raw, errand.now)
    fingerprint = post.fingerprint
    # In no digest: those who read one get it now, if they have the post.
    if not desk.store.note_post(
        one.name,
        fingerprint,
        post.message_id,
        action.sha256,
        action.by,
        errand.now,
        partial=True,
    ):
        return
    new_id = desk.store.enqueue_to_served(
        _outgoing(desk, action, one, raw, errand),
        action.send_id,
        desk.settings.reached_by(one.name),
        fingerprint,
        errand.now,
    )
    logs.log("post.distributed", list=one.name, message_id=post.message_id, send=new_id)
    told = TellOfSend(new_id, action.by, "correction-confirmed", one.name)
    tell_of_send(desk, told, errand)


def _outgoing(
    desk: Desk, action: SendCorrection, one: MailingList, raw: bytes, errand: Errand
) -> Outgoing:
    post = mail.read(raw, errand.now)
    content = rendered(desk, one, post, errand.now)
    return Outgoing(
        sha256=desk.spool.add(content),
        size=len(content),
        kind="post",
        priority=Priority.POST,
        subject=post.subject,
        list_name=one.name,
        sender=action.by if one.kind is ListKind.ANNOUNCEMENT else None,
        message_id=post.message_id,
    )
