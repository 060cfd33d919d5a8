"""Commands of moderators: what waits, and deciding about it by its reference.

The same words as in a reply to a request, with the references after them.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from bot.actions import Action, SetMark, ShowPending
from bot.commands.answer_lines import compressed, words_of
from bot.commands.answer_words import COURTESY
from bot.commands.answers import Reading
from bot.commands.arguments import address_of, split_list, takes_list
from bot.commands.grammar import CommandLine
from bot.commands.registry import Command, Outcome, Registry, Request, Who, command
from bot.commands.verdicts import Verdict, address_in, consequences
from bot.errors import CommandError
from bot.folding import fold, tidy
from bot.model import Request as Matter
from bot.model import RequestKind, Settings, shown_pending

__all__: Final = ("COMMANDS", "DECIDING", "names_references")

_REFERENCE: Final = re.compile(r"[a-hjkmnp-z][a-hjkmnp-z2-9]{4}[2-9]")
_EVERYTHING: Final = "*"
_AROUND_REFERENCES: Final = frozenset({"ref", "reference", "et", "and", ""})
# What people say about other things, too.
_VAGUE: Final = (
    *("ok", "oui", "yes", "non", "no", "spam", "supprimer"),
    *("accepter", "accept", "refuser", "refuse"),
)
# What nobody who moderates says to the members.
_PLAIN: Final = (
    *("approuver", "rejeter", "supprimer", "bannir"),
    *("approve", "reject", "discard", "ban", "trust"),
)
_BARE: Final = "[](){}<>.,:;#«»\"'"


def _split(words: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Take the references that words begin with; give them, and what is left."""
    refs: list[str] = []
    for index, word in enumerate(words):
        bare = fold(word.strip(_BARE))
        if word == _EVERYTHING or _REFERENCE.fullmatch(bare):
            refs.append(word if word == _EVERYTHING else bare)
        elif bare not in _AROUND_REFERENCES:
            return tuple(dict.fromkeys(refs)), tuple(words[index:])
    return tuple(dict.fromkeys(refs)), ()


def names_references(line: CommandLine) -> bool:
    """Whether a line decides about what it names, or asks what there is."""
    if line.error or line.name not in DECIDING:
        return False
    return line.name == "pending" or bool(_split(line.arguments)[0])


DECIDING: Final = frozenset(
    {"approve", "reject", "discard", "spam", "trust", "ban", "pending"}
)


def _takes_references(_: Registry, __: Settings, arguments: Sequence[str]) -> bool:
    refs, rest = _split(arguments)
    return bool(refs) and not rest


def _takes_reason(_: Registry, __: Settings, arguments: Sequence[str]) -> bool:
    return bool(_split(arguments)[0])


def _waiting(request: Request) -> tuple[Matter, ...]:
    """Give what waits for the sender, oldest first."""
    names = {lst.name for lst in request.moderated}
    return tuple(
        one
        for one in request.roster.pending
        if one.list_name in names and one.state == "open"
    )


# -------------------------------------------------------------------------- looking


@command(
    en=("pending",),
    fr=("en attente", "attente"),
    usage={"en": "[LIST]", "fr": "[LISTE]"},
    about={
        "en": "What waits for your decision.",
        "fr": "Ce qui attend votre décision.",
    },
    takes=takes_list,
    who=Who.MODERATOR,
    wants=("pending",),
)
def pending(request: Request) -> Outcome:
    """Show what waits for the moderators of the sender's lists, or of one.

    Raises:
        CommandError: the sender moderates nothing, or not that list.
    """
    if not request.moderated:
        raise CommandError("moderators-only")
    lst, rest = split_list(request.registry, request.settings, request.arguments)
    if rest:
        raise request.no_such_list(rest[0])
    if lst is not None and not request.moderates(lst):
        raise CommandError("not-moderator", list_title=lst.display_name)
    chosen = [one for one in _waiting(request) if lst in {None, _list_of(request, one)}]
    shown = ShowPending(request.sender, tuple(chosen), request.language)
    actions = (shown,) if chosen and not request.at_console else ()
    # Sent apart, so that a reply to it can decide.
    return Outcome("pending", {"number": len(chosen)}, actions, answered=bool(chosen))


def _list_of(request: Request, matter: Matter) -> object:
    return request.settings.lists[matter.list_name]


def _item(request: Request, matter: Matter) -> dict[str, object]:
    title = request.settings.lists[matter.list_name].display_name
    return shown_pending(matter, title)


# ------------------------------------------------------------------------- deciding


def _judge(request: Request, word: str, detail: str = "") -> Outcome:
    """Decide about the matters that are named.

    Raises:
        CommandError: the sender moderates nothing, or nothing waits.
    """
    if not request.moderated:
        raise CommandError("moderators-only")
    refs, rest = _split(request.arguments)
    if not refs:
        raise CommandError("reference-missing")
    polite = set(compressed(words_of(" ".join(rest)))) <= COURTESY
    if word != "reject" and not polite:
        raise CommandError("words-left", text=" ".join(rest))
    said = Reading(word, tidy(" ".join(rest)) if word == "reject" else "", detail)
    if _EVERYTHING in refs:
        return _judge_all(request, said)
    known = {one.ref: one for one in request.roster.pending}
    people: list[dict[str, object]] = []
    actions: list[Action] = []
    for ref in refs:
        told, done = _one(request, ref, known.get(ref), said)
        people.append(told)
        actions += done
    if len(people) == 1 and not people[0]["ok"]:
        facts = {key: str(value) for key, value in people[0].items() if key != "ok"}
        raise CommandError(facts.pop("id"), **facts)
    return Outcome("people-results", {"people": tuple(people)}, tuple(actions))


def _judge_all(request: Request, said: Reading) -> Outcome:
    """Decide about everything, once the sender has seen what that is."""
    waiting = _waiting(request)
    if not waiting:
        raise CommandError("nothing-pending")
    if not request.in_doubt:
        items = tuple(_item(request, one) for one in waiting)
        shown = tuple(one.ref for one in waiting)
        return Outcome("all-pending", {"items": items}, doubtful=True, meant=shown)
    done = [
        _one(request, one.ref, one, said) for one in waiting if one.ref in request.meant
    ]
    if not done:
        raise CommandError("nothing-pending")
    people = tuple(told for told, _ in done)
    actions = tuple(action for _, some in done for action in some)
    return Outcome("people-results", {"people": people}, actions)


def _one(
    request: Request, ref: str, matter: Matter | None, said: Reading
) -> tuple[dict[str, object], tuple[Action, ...]]:
    """Decide about one matter; say what came of it."""
    lst = request.settings.lists.get(matter.list_name) if matter else None
    if matter is None or lst is None or not request.moderates(lst):
        return {"id": "no-such-pending", "ok": False, "ref": ref}, ()
    kept = matter.facts
    subject = kept.get("subject") or kept.get("name") or kept.get("address") or ref
    if matter.state != "open":
        told = {"subject": subject, "verdict": matter.verdict or matter.state}
        told["by"] = matter.settled_by
        return {"id": "decided-before", "ok": False, "ref": ref, **told}, ()
    key = "author" if matter.kind is RequestKind.MODERATION else "address"
    who = address_in(matter.facts, key)
    standing = request.roster.standing(who) if who else None
    verdict = Verdict(said, matter, lst, request.sender, standing, request.origin)
    word = said.detail or said.verdict
    told = {"id": f"judged-{word}", "subject": subject, "ref": ref}
    return {**told, "ok": True}, consequences(verdict)


def _deciding(
    word: str,
    words: Mapping[str, tuple[str, ...]],
    about: Mapping[str, str],
    detail: str = "",
) -> Command:
    """Make the command of one verdict; `words` are those of each language."""

    def handler(request: Request) -> Outcome:
        return _judge(request, word, detail)

    reason = word == "reject"
    return command(
        en=words.get("en", ()),
        fr=words.get("fr", ()),
        both=words.get("", ()),
        usage={
            "en": "REF … [reason]" if reason else "REF … | *",
            "fr": "RÉF … [raison]" if reason else "RÉF … | *",
        },
        about=about,
        takes=_takes_reason if reason else _takes_references,
        who=Who.MODERATOR,
        alters=True,
        wants=("pending",),
        vague=_VAGUE,
        plain=_PLAIN,
    )(handler)


approve = _deciding(
    "approve",
    {
        "en": ("approve", "accept", "yes"),
        "fr": ("approuver", "accepter", "oui"),
        "": ("ok",),
    },
    {"en": "Let through what waits.", "fr": "Accepter ce qui attend."},
)
reject = _deciding(
    "reject",
    {"en": ("reject", "refuse", "no"), "fr": ("rejeter", "refuser", "non")},
    {
        "en": "Turn it down; the reason is passed on.",
        "fr": "Le refuser ; la raison est transmise.",
    },
)
discard = _deciding(
    "discard",
    {"en": ("discard",), "fr": ("supprimer",)},
    {"en": "Drop it without a word.", "fr": "L'écarter sans rien dire."},
)
spam = _deciding(
    "discard",
    {"": ("spam",)},
    {"en": "Drop it as spam.", "fr": "L'écarter comme indésirable."},
    detail="spam",
)
trust = _deciding(
    "trust",
    {"en": ("trust", "always approve"), "fr": ("approuver toujours",)},
    {
        "en": "Let it through, and hold this person's posts no more.",
        "fr": "L'accepter, et ne plus retenir les messages de cette personne.",
    },
)
ban = _deciding(
    "ban",
    {"en": ("ban",), "fr": ("bannir",)},
    {
        "en": "Drop it, and whatever that address will write.",
        "fr": "L'écarter, ainsi que tout ce que cette adresse écrira.",
    },
)


def _takes_address(_: Registry, __: Settings, arguments: Sequence[str]) -> bool:
    return any("@" in word for word in arguments)


@command(
    en=("unban",),
    fr=("débannir",),
    usage={"en": "LIST ADDRESS", "fr": "LISTE ADRESSE"},
    about={
        "en": "Judge an address's posts as anybody's again.",
        "fr": "Traiter de nouveau une adresse comme les autres.",
    },
    takes=_takes_address,
    who=Who.MODERATOR,
    alters=True,
    wants=("changes",),
)
def unban(request: Request) -> Outcome:
    """Take back « bannir », or « approuver toujours ».

    Raises:
        CommandError: no list of theirs, or no address.
    """
    lst, rest = split_list(request.registry, request.settings, request.arguments)
    lst = lst or (request.moderated[0] if len(request.moderated) == 1 else None)
    if lst is None:
        raise request.list_missing(request.moderated)
    if not request.moderates(lst):
        raise CommandError("not-moderator", list_title=lst.display_name)
    if not rest:
        raise CommandError("address-missing")
    who = address_of(request, rest[0])
    facts = {"address": str(who), "list_title": lst.display_name}
    if all(one != who for one, _ in request.roster.marked.get(lst.name, ())):
        raise CommandError("not-banned", **facts)
    return Outcome("unbanned", facts, (SetMark(lst.name, who, None, request.sender),))


COMMANDS: Final = (pending, approve, reject, discard, spam, trust, ban, unban)
