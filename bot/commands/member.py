"""Commands of members about themselves.

They take effect at once: the answer goes to the address concerned, tells what
changed, and how to change it back. Only what can't be taken back is asked first.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from bot.actions import Action, AskConfirmation, Pause, Resume, SetPerson
from bot.address import Address
from bot.commands.arguments import (
    address_of,
    split_all,
    split_list,
    takes_anything,
    takes_list_or_all,
    takes_sure_send,
)
from bot.commands.registry import Outcome, Registry, Request, Who, command
from bot.commands.send_orders import brake, names_send
from bot.domains import suggestion
from bot.errors import CommandError
from bot.folding import fold
from bot.model import MailingList, MemberState, Person, Settings
from bot.moments.days import read_day

__all__: Final = ("COMMANDS",)

_NAME_MAX: Final = 120
_PAUSE_DAYS_MAX: Final = 3 * 366
_LANGUAGES: Final = {
    "fr": "fr",
    "francais": "fr",
    "french": "fr",
    "en": "en",
    "anglais": "en",
    "english": "en",
}


def _person(request: Request) -> Person:
    """Give the person that the sender is.

    Raises:
        CommandError: nobody of ours.
    """
    if request.roster.person is None or not request.roster.memberships:
        raise CommandError("no-member", address=str(request.sender))
    return request.roster.person


def _lists_meant(
    request: Request, words: Sequence[str]
) -> tuple[tuple[MailingList, ...], tuple[str, ...]]:
    """Give the sender's lists that words begin with, and what is left of them."""
    _person(request)
    everything, rest = split_all(words)
    if everything:
        return request.joined, rest
    lst, rest = split_list(request.registry, request.settings, words)
    if lst is None:
        return request.joined, rest
    if lst not in request.joined:
        title = lst.display_name
        raise CommandError("not-on-list", address=str(request.sender), list_title=title)
    return (lst,), rest


# ------------------------------------------------------------------------- pause


def _takes_pause(registry: Registry, settings: Settings, words: Sequence[str]) -> bool:
    """Fit a list or `*`, and a day; or a send.

    « Pause de deux semaines » with a text below is what somebody tells the others.
    """
    if takes_sure_send(registry, settings, words):
        return True
    named, rest = split_all(words)
    if not named:
        lst, rest = split_list(registry, settings, words)
        named = lst is not None
    return named and (not rest or _is_day(rest))


def _is_day(words: Sequence[str]) -> bool:
    return read_day(words, date(2000, 1, 1)) is not None


@command(
    both=("pause",),
    usage={
        "en": "LIST | *, until DATE; or REF",
        "fr": "LISTE | * jusqu'au DATE ; ou RÉF",
    },
    about={
        "en": "Get nothing until a day, then again; REF: let a send wait.",
        "fr": "Ne rien recevoir jusqu'à un jour ; RÉF : suspendre un envoi.",
    },
    takes=_takes_pause,
    alone=lambda _registry, _settings, words: _is_day(words),
    who=Who.MEMBER,
    wants=("sends",),
)
def pause(request: Request) -> Outcome:
    """Send the sender nothing until a day is over; or let a send of theirs wait.

    Raises:
        CommandError: no member, or no day that makes sense.
    """
    if names_send(request):
        return brake(request, paused=True)
    lists, words = _lists_meant(request, request.arguments)
    person = _person(request)
    day = _until(request, words)
    zone = request.settings.timezone
    until = datetime.combine(day + timedelta(days=1), time(), zone) if day else None
    actions = tuple(Pause(person.id, lst.name, until) for lst in lists)
    facts = {"list_title": _titles(lists), "day": day, "back": until}
    return Outcome("paused" if day else "paused-open", facts, actions)


def _until(request: Request, words: Sequence[str]) -> date | None:
    if not words:
        return None
    today = request.now.astimezone(request.settings.timezone).date()
    day = read_day(words, today)
    if day is None:
        if _is_day(words[1:]):
            raise request.no_such_list(words[0])
        raise CommandError("bad-date", text=" ".join(words))
    if not today <= day <= today + timedelta(days=_PAUSE_DAYS_MAX):
        raise CommandError("date-out-of-range", text=" ".join(words))
    return day


@command(
    en=("resume",),
    fr=("reprendre",),
    usage={"en": "LIST | *; or REF", "fr": "LISTE | * ; ou RÉF"},
    about={
        "en": "End your pause; REF: let a send go on.",
        "fr": "Mettre fin à votre pause ; RÉF : continuer un envoi.",
    },
    # « Résumé » alone is a post's subject.
    takes=lambda registry, settings, words: (
        bool(words)
        and (
            takes_list_or_all(registry, settings, words)
            or takes_sure_send(registry, settings, words)
        )
    ),
    who=Who.MEMBER,
    wants=("sends",),
)
def resume(request: Request) -> Outcome:
    """End the sender's pause; or let a send of theirs go on.

    Raises:
        CommandError: no member.
    """
    if names_send(request):
        return brake(request, paused=False)
    lists, _ = _lists_meant(request, request.arguments)
    person = _person(request)
    on = request.roster.memberships
    paused = [one for one in lists if on[one.name].state is MemberState.PAUSED]
    actions = tuple(Resume(person.id, lst.name) for lst in paused)
    return Outcome(
        "resumed" if paused else "not-paused",
        {"list_title": _titles(paused or lists)},
        actions,
    )


def _titles(lists: Sequence[MailingList]) -> str:
    return ", ".join(lst.display_name for lst in lists)


# ---------------------------------------------------------------- name, language


@command(
    en=("name",),
    fr=("nom",),
    usage={"en": "full name", "fr": "prénom nom"},
    about={"en": "Say how you are called.", "fr": "Dire comment vous vous appelez."},
    takes=takes_anything,
    who=Who.MEMBER,
    free=True,
)
def set_name(request: Request) -> Outcome:
    """Keep the sender's name.

    Raises:
        CommandError: no member, or no name.
    """
    person = _person(request)
    name = " ".join(request.arguments).strip(" :,;")
    if not name or len(name) > _NAME_MAX or "@" in name:
        raise CommandError("bad-name")
    return Outcome("name-set", {"name": name}, (SetPerson(person.id, "name", name),))


def _takes_language(_r: Registry, _s: Settings, words: Sequence[str]) -> bool:
    return len(words) == 1 and fold(words[0]) in _LANGUAGES


@command(
    en=("language",),
    fr=("langue",),
    usage={"en": "fr | en", "fr": "fr | en"},
    about={
        "en": "Choose the language that we write to you in.",
        "fr": "Choisir la langue dans laquelle nous vous écrivons.",
    },
    takes=_takes_language,
    who=Who.MEMBER,
)
def set_language(request: Request) -> Outcome:
    """Keep the language that the sender wants.

    Raises:
        CommandError: no member, or a language that we don't speak.
    """
    person = _person(request)
    word = fold(" ".join(request.arguments))
    if word not in _LANGUAGES:
        raise CommandError("bad-language", text=" ".join(request.arguments))
    change = SetPerson(person.id, "language", _LANGUAGES[word])
    return Outcome("language-set", {"language": _LANGUAGES[word]}, (change,))


# ------------------------------------------------------------------ more addresses


def _takes_address(_r: Registry, _s: Settings, words: Sequence[str]) -> bool:
    return len(words) == 1 and "@" in words[0]


@command(
    en=("also",),
    fr=("aussi",),
    usage={"en": "ADDRESS", "fr": "ADRESSE"},
    about={
        "en": "Name another address of yours: you may write from it, too.",
        "fr": "Déclarer une autre adresse à vous : vous pourrez aussi écrire de là.",
    },
    takes=_takes_address,
    who=Who.MEMBER,
    alters=True,
    wants=("standings",),
)
def add_address(request: Request) -> Outcome:
    """Ask another address whether it is the sender's.

    The sender has to be proved as well: who has the address may give commands in
    their name from then on.

    Raises:
        CommandError: no member, or no address that can be theirs.
    """
    person = _person(request)
    address = _address(request)
    if address in {person.address, *person.others}:
        raise CommandError("also-known", address=str(address))
    likely = suggestion(address)
    if likely is not None and not request.in_doubt:
        raise CommandError("also-typo", address=str(address), suggestion=str(likely))
    memberships = request.roster.standing(address).memberships
    lists = request.settings.lists
    titles = (lists[name].display_name for name in memberships if name in lists)
    facts = {
        "person": str(person.address),
        "other": str(address),
        "titles": ", ".join(titles),
    }
    action: Action = AskConfirmation(address, "also", "", person.name, facts)
    return Outcome("also-asked", {"address": str(address)}, (action,))


def _address(request: Request) -> Address:
    text = " ".join(request.arguments)
    if not text.strip("<>()[],;: "):
        raise CommandError("address-missing")
    return address_of(request, text)


COMMANDS: Final = (pause, resume, set_name, set_language, add_address)
