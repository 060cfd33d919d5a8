"""Questions to people: asked once, put again once, settled by the first answer.

Several questions about the same matter share a reference: whoever asks again gets
another mail that counts as much as the first, and answering one settles both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot import logs
from bot.actions import AskConfirmation, AskModerators, AskToProceed, PreviewImport
from bot.address import Address
from bot.apply.desk import Desk, Errand
from bot.apply.letters import Letter
from bot.model import NOTHING, Request, RequestKind, TextFile

__all__: Final = (
    "ask_confirmation",
    "ask_list_moderators",
    "ask_to_proceed",
    "preview_import",
    "remind",
)

_DAYS: Final = 7
_VERDICTS: Final = {"fr": ("approuver", "rejeter"), "en": ("approve", "reject")}
# Who asks again so soon pressed twice, or a robot does it in their name.
_SAME: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of whom; `kept` is what the answer needs."""

    kind: RequestKind
    address: Address
    list_name: str
    text_id: str
    told: Mapping[str, object]
    kept: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    ref: str = ""
    letter_kind: str = "confirm"
    words: tuple[str, str] = ("ok", "non")  # of a link for yes, and one for no
    language: str = ""
    days: int = _DAYS
    files: tuple[TextFile, ...] = ()


def _ask(
    desk: Desk, question: _Question, errand: Errand, expires_at: datetime | None = None
) -> None:
    token = desk.new_token()
    sent = desk.send_letter(
        Letter(
            question.address,
            question.text_id,
            {
                "hold_days": question.days,
                "token": token,
                "mailtos": desk.mailtos(
                    token, ok=question.words[0], no=question.words[1]
                ),
                **question.told,
            },
            list_name=question.list_name,
            language=question.language,
            kind=question.letter_kind,
            token=token,
            answers=errand.message,
            files=question.files,
        ),
        errand.now,
    )
    desk.store.open_request(
        question.kind,
        question.ref or desk.new_ref(),
        token,
        question.list_name,
        question.address,
        expires_at=expires_at or errand.now + timedelta(days=question.days),
        facts={**question.kept, "asked": sent.subject},
        now=errand.now,
    )
    # Counted like any answer, so that forged wishes can't flood an address.
    desk.store.note_reply(question.address, errand.now)


def ask_confirmation(desk: Desk, action: AskConfirmation, errand: Errand) -> None:
    """Ask the address concerned, unless that was done a moment ago."""
    kind = RequestKind(action.wish)
    pending = desk.store.pending_request(kind, action.list_name, action.address)
    if pending and any(
        pending.facts.get(key, "") != action.facts.get(key, "")
        for key in ("person", "other")
    ):
        pending = None
    if pending and errand.now - pending.created_at < _SAME:
        logs.log("request.repeated", kind=kind.value, list=action.list_name)
        return
    told = {"address": str(action.address), "name": action.name, **action.facts}
    if kind is RequestKind.UNSUBSCRIBE:
        told.setdefault("unpublished", "")
    if kind is RequestKind.LINK:
        # Enough for whoever has it; others learn nothing of a stranger's address.
        told["other"] = _masked(action.facts.get("other", ""))
    if kind is RequestKind.INVITE:
        one = desk.settings.lists[action.list_name]
        told["description"] = one.description
    question = _Question(
        kind,
        action.address,
        action.list_name,
        f"{action.wish}-confirm",
        told,
        {"name": action.name, **action.facts},
        pending.ref if pending else "",
    )
    _ask(desk, question, errand, pending.expires_at if pending else None)


def _masked(address: str) -> str:
    local_part, at, domain = address.rpartition("@")
    return f"{local_part[:1]}…{at}{domain}"


def ask_to_proceed(desk: Desk, action: AskToProceed, errand: Errand) -> None:
    """Answer commands, and ask whether those that wait are meant."""
    question = _Question(
        RequestKind.COMMANDS,
        action.address,
        "",
        "command-results",
        desk.with_ends(action.facts, errand.now),
        {
            "sha256": action.sha256,
            "lines": "\n".join(action.lines),
            "in_doubt": "yes" if action.in_doubt else "",
            "meant": " ".join(action.meant),
        },
        language=action.language,
        files=action.files,
    )
    _ask(desk, question, errand)


def preview_import(desk: Desk, action: PreviewImport, errand: Errand) -> None:
    """Show an owner what an import would change, and wait for « ok »."""
    question = _Question(
        RequestKind.IMPORT,
        action.address,
        action.list_name,
        "import-confirm",
        action.facts,
        {"sha256": action.sha256},
        language=action.language,
        files=action.files,
    )
    _ask(desk, question, errand)


def ask_list_moderators(desk: Desk, action: AskModerators, errand: Errand) -> None:
    """Ask each moderator whether somebody may join or leave, under one reference."""
    one = desk.settings.lists[action.list_name]
    kind, ref = RequestKind(action.wish), desk.new_ref()
    about = (one.name, str(action.address))
    for waiting in desk.store.requests(kind):
        if (waiting.list_name, waiting.facts.get("address")) == about:
            return  # they are thinking about it already
    moderators = tuple(sorted(one.moderators)) or desk.owners_of(one.name)
    for moderator in moderators:
        others = tuple(str(other) for other in moderators if other != moderator)
        told = {"address": str(action.address), "name": action.name, "others": others}
        question = _Question(
            kind,
            moderator,
            one.name,
            action.wish,
            {**told, "ref": ref},
            {"address": str(action.address), "name": action.name},
            ref,
            "moderation",
            _VERDICTS.get(desk.language_of(moderator, one), _VERDICTS["fr"]),
            days=one.hold_days,
        )
        _ask(desk, question, Errand(errand.decision, None, errand.now))


# ---------------------------------------------------------------------- reminders

# Moderators have reminders of their own kind.
_REMINDED: Final = frozenset(RequestKind) - {
    RequestKind.MODERATION,
    RequestKind.ADMISSION,
    RequestKind.DEPARTURE,
    # Whoever is told that their post waits has nothing to do.
    RequestKind.HELD,
    RequestKind.PENDING,
    # Forged ones would have us write twice; whoever meant it asks again.
    RequestKind.COMMANDS,
}


def remind(desk: Desk, request: Request, now: datetime) -> None:
    """Put a question again, once; the first mail's answer still counts."""
    if request.is_for_moderators or request.kind is RequestKind.HELD:
        return  # moderators have their own; the mark would be on all of the reference
    desk.store.mark_reminded(request.ref, now)
    if request.kind not in _REMINDED or not request.facts.get("asked"):
        return
    token = desk.new_token()
    desk.store.open_request(
        request.kind,
        request.ref,
        token,
        request.list_name,
        request.address,
        expires_at=request.expires_at,
        facts=dict(request.facts),
        now=now,
    )
    desk.store.mark_reminded(request.ref, now)
    desk.send_letter(
        Letter(
            request.address,
            "reminder",
            {
                "asked": request.facts["asked"],
                "when": request.created_at,
                "until": request.expires_at,
                "token": token,
                "mailtos": desk.mailtos(token, ok="ok", no="non"),
            },
            list_name=request.list_name,
            kind="confirm",
            token=token,
        ),
        now,
    )
    logs.log("request.reminded", kind=request.kind.value, ref=request.ref)
