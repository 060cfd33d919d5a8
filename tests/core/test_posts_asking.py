"""Posts that ask for something: a way out, a group; and « est-ce vous ? »."""

from dataclasses import replace

import pytest

from bot.actions import (
    AskConfirmation,
    Decision,
    Distribute,
    Hold,
    Preview,
    Reply,
)
from bot.address import Address, NamedAddress
from bot.model import Attachment, MailingList, Proof, Roster, Settings, Standing
from tests.committee import (
    ADMIN,
    ANNE,
    CLAIRE,
    EVE,
    NEWS,
    PAUL,
    SETTINGS,
    SHA,
    TALK,
    ZOE,
    among,
    decided,
    kinds,
    mail,
    member,
    roster,
)

ON = member(ANNE, "discuter", name="Anne Martin")
AT = Address("anne.martin", "example.net")  # hers, but nobody knows yet


def to(name: str) -> tuple[NamedAddress, ...]:
    """Give the address of a list."""
    return (NamedAddress("", Address(f"comite+{name}", "example.org")),)


def post(
    subject: str,
    typed: str,
    by: Address = ANNE,
    known: Roster | None = None,
    list_name: str = "discuter",
    **more: object,
) -> Decision:
    """Decide about a mail to a list."""
    name = str(more.pop("name", ""))
    proof = more.pop("proof", Proof.NONE)
    settings = more.pop("settings", SETTINGS)
    assert isinstance(proof, Proof)
    assert isinstance(settings, Settings)
    author = NamedAddress(name, by)
    message = mail(subject, typed, by, proof, to=to(list_name), author=author, **more)
    return decided(message, roster(ON) if known is None else known, settings)


def published(decision: Decision) -> bool:
    """Whether anybody but the author may read it."""
    return bool(
        {"Distribute", "Preview", "Hold", "CopyToOwners"} & set(kinds(decision))
    )


# ------------------------------------------------------------------ a way out

WISH = "Bonjour,\nMerci de me désabonner de cette liste.\nCordialement"


@pytest.mark.parametrize(
    ("subject", "typed"),
    [
        ("Re: [discuter] Pique-nique", WISH),
        ("Désabonnement", "Merci !"),
        ("Re: Pique-nique", "please unsubscribe me from this list"),
        ("", "Merci de me retirer de la liste de diffusion"),
    ],
)
def test_a_members_wish_to_leave_is_answered_privately(
    subject: str, typed: str
) -> None:
    """Three hundred would read it, and three would answer « moi aussi »."""
    decision = post(subject, typed)

    assert not published(decision)
    asks = [one for one in decision.actions if isinstance(one, AskConfirmation)]
    assert [(one.address, one.wish, one.list_name) for one in asks] == [
        (ANNE, "unsubscribe", "discuter")
    ]


def test_a_moderated_list_shows_its_moderators_no_wish() -> None:
    """Nor do they have to answer it."""
    settings = among(replace(TALK, moderation="all"))

    assert not published(post("Re: Troc", WISH, settings=settings))


def test_a_reader_of_announcements_is_let_out() -> None:
    """They answer the newsletter."""
    known = roster(member(ANNE, "informer"))

    decision = post("Re: Nouvelles", WISH, known=known, list_name="informer")

    assert kinds(decision) == ["AskConfirmation"]
    assert decision.rule == "asks-to-leave"


def test_who_is_no_member_is_told_so() -> None:
    """And nobody else reads it."""
    decision = post("Re: Troc", WISH, EVE, Roster())

    assert kinds(decision) == ["Reply not-a-member"]


def test_a_namesake_is_asked_at_the_known_address() -> None:
    """They write from another one."""
    assert ON.person is not None
    known = roster(None, ON, namesakes=(ON.person,))

    decision = post("Re: Troc", WISH, AT, known, name="Anne Martin")

    assert kinds(decision) == ["AskConfirmation", "Reply not-a-member"]
    assert not published(decision)
    ask = decision.actions[0]
    assert isinstance(ask, AskConfirmation)
    assert ask.address == ANNE


def test_two_namesakes_are_not_asked() -> None:
    """One of them would leave by mistake."""
    other = member(PAUL, "discuter", id=2, name="Anne Martin")
    assert ON.person is not None
    assert other.person is not None
    known = roster(None, ON, other, namesakes=(ON.person, other.person))

    decision = post("Re: Troc", WISH, AT, known, name="Anne Martin")

    assert kinds(decision) == ["Reply not-a-member"]


@pytest.mark.parametrize("by", [CLAIRE, PAUL])
def test_who_is_in_charge_writes_about_others(by: Address) -> None:
    """« Merci de me retirer … » may quote what a member asked on the telephone."""
    assert published(post("Re: Troc", WISH, by, roster(member(by, "discuter"))))


def test_a_forged_wish_is_held_and_nobody_is_asked() -> None:
    """Somebody plays with an address."""
    decision = post("Re: Troc", WISH, proof=Proof.FAIL)

    assert kinds(decision) == ["Hold"]


def test_what_is_discarded_is_discarded() -> None:
    """A list that drops strangers' mail answers none of them."""
    settings = among(replace(TALK, non_members="discard"))

    assert kinds(post("Re: Troc", WISH, EVE, Roster(), settings=settings)) == []


def test_a_file_is_meant_for_somebody() -> None:
    """A wish to leave has none."""
    file = (Attachment("tract.pdf", "application/pdf", 99),)

    assert published(post("Re: Troc", WISH, attachments=file))


@pytest.mark.parametrize(
    "typed",
    [
        f"{WISH}\n\nLa réunion de samedi est annulée.",
        "Qui sait comment désabonner ma mère ?",
        "Ne me désabonnez pas !",
        "Paul veut se désabonner du journal.",
    ],
)
def test_a_post_about_leaving_is_looked_at_first(typed: str) -> None:
    """It is no order, and may be meant for people: moderators see which."""
    decision = post("Re: Troc", typed)

    assert (kinds(decision), decision.rule) == (["Hold"], "administrivia")


def test_a_long_post_about_leaving_is_a_post() -> None:
    """Mail for people must reach people."""
    typed = "Je pense à tous ceux qui veulent se désabonner du journal. " * 6

    assert kinds(post("Re: Troc", typed)) == ["Distribute"]


# -------------------------------------------------------------------- groups

GROUPS = {"adherent": "Adhérents", "bureau": "Bureau", "ca elargi": "CA élargi"}


def grouped(subject: str, by: Address = CLAIRE, name: str = "informer") -> Decision:
    """Write to some groups of a list."""
    return decided(
        mail(subject, "Bonjour à tous, la réunion est samedi.", by, Proof.PASS),
        roster(member(by, name), groups=GROUPS),
    )


@pytest.mark.parametrize(
    ("subject", "keys"),
    [
        ("[informer: adhérents] Samedi", {"adherent"}),
        ("[informer : Adhérents] Samedi", {"adherent"}),
        ("[INFORMER:ADHERENT] Samedi", {"adherent"}),
        ("[ informer :  adhe\u0301rents  ] Samedi", {"adherent"}),
        ("[informer: adhérents, bureau] Samedi", {"adherent", "bureau"}),
        ("[informer: adhérents + bureau ; CA élargis] x", {*GROUPS}),
        ("Tr: [informer: bureau] Samedi", {"bureau"}),
    ],
)
def test_an_announcement_to_some_groups(subject: str, keys: set[str]) -> None:
    """Accents, case and plural are the program's business."""
    assert grouped(subject).actions == (
        Preview("informer", SHA, CLAIRE, frozenset(keys)),
    )


def test_a_post_to_a_group_of_a_discussion() -> None:
    """Not to everybody by mistake."""
    decision = grouped("[discuter: bureau] Samedi", ANNE, "discuter")

    groups = frozenset({"bureau"})
    assert decision.actions == (
        Distribute("discuter", SHA, groups=groups, asked_by=ANNE),
    )


@pytest.mark.parametrize(
    ("subject", "unknown"),
    [
        ("[informer: buro] Samedi", ("buro",)),
        ("[informer: adhérents, buro] Samedi", ("buro",)),
        ("[informer: burö, trésor] Samedi", ("burö", "trésor")),
    ],
)
def test_a_group_that_nobody_has_gives_the_post_back(
    subject: str, unknown: tuple[str, ...]
) -> None:
    """Neither to everybody nor to nobody; the groups that there are are told."""
    decision = grouped(subject)

    reply = decision.actions[0]
    assert kinds(decision) == ["Reply no-such-group"]
    assert isinstance(reply, Reply)
    assert (reply.attach, reply.facts["unknown"]) == (SHA, unknown)
    assert decision.folder == "Refused"


def test_a_held_post_keeps_its_groups() -> None:
    """The moderators approve what was written."""
    decision = decided(
        mail("[discuter: bureau] Samedi", "Bonjour, à samedi.", EVE),
        Roster(groups=GROUPS),
    )

    hold = decision.actions[0]
    assert isinstance(hold, Hold)
    assert hold.groups == {"bureau"}


def test_a_colon_without_groups_is_a_subject() -> None:
    """« [informer:] » names nobody: the whole list."""
    decision = grouped("[informer] Rappel : samedi")

    assert decision.actions == (Preview("informer", SHA, CLAIRE),)


# --------------------------------------------------------------- « est-ce vous ? »


def stranger(
    name: str = "Anne Martin",
    known: Standing = ON,
    lst: MailingList = TALK,
    proof: Proof = Proof.NONE,
    list_name: str = "discuter",
) -> Decision:
    """Write from an unknown address under a member's name."""
    assert known.person is not None
    where = roster(None, known, namesakes=(known.person,))
    text = "Bonjour, à samedi !"
    settings = among(lst)
    return post(
        *("Pique-nique", text, AT, where, list_name),
        name=name,
        proof=proof,
        settings=settings,
    )


def asks(decision: Decision) -> list[AskConfirmation]:
    """Give the questions to people."""
    return [one for one in decision.actions if isinstance(one, AskConfirmation)]


@pytest.mark.parametrize("proof", [Proof.NONE, Proof.PASS])
def test_a_member_of_that_name_is_asked(proof: Proof) -> None:
    """At the known address; the post is held meanwhile."""
    decision = stranger(proof=proof)

    assert kinds(decision) == ["Hold", "AskConfirmation"]
    ask = asks(decision)[0]
    assert (ask.address, ask.wish, ask.list_name) == (ANNE, "link", "discuter")
    assert ask.facts == {
        "person": str(ANNE),
        "other": str(AT),
        "sha256": SHA,
        "subject": "Pique-nique",
        "groups": "",
    }


def test_a_refused_post_asks_as_well() -> None:
    """The person learns why, and what to do."""
    decision = stranger(lst=replace(TALK, non_members="reject"))

    assert kinds(decision) == ["Reply post-rejected-non-member", "AskConfirmation"]


@pytest.mark.parametrize("name", ["Anne", "", "  Anne  "])
def test_a_first_name_is_everybodys(name: str) -> None:
    """Half the country would be asked."""
    assert asks(stranger(name)) == []


def test_never_for_a_forged_from() -> None:
    """It would be spam in a member's box."""
    assert asks(stranger(proof=Proof.FAIL)) == []


def test_never_where_strangers_are_discarded() -> None:
    """Silence is silence."""
    assert stranger(lst=replace(TALK, non_members="discard")).actions == ()


def test_never_where_strangers_may_write() -> None:
    """Nothing is in the way."""
    assert kinds(stranger(lst=replace(TALK, non_members="accept"))) == ["Distribute"]


def test_never_a_member_of_other_lists_alone() -> None:
    """They may not write here either."""
    assert asks(stranger(known=member(ANNE, "jardin", name="Anne Martin"))) == []


@pytest.mark.parametrize("address", [CLAIRE, PAUL, ADMIN, ZOE])
def test_never_somebody_in_charge(address: Address) -> None:
    """Who has their name would only need a careless « oui »."""
    assert asks(stranger(known=member(address, "discuter", name="Anne Martin"))) == []


@pytest.mark.parametrize("role", ["senders", "callers", "moderators", "owners"])
def test_nor_by_another_of_their_addresses(role: str) -> None:
    """A role may be given to any of them."""
    lst = replace(NEWS, **{role: frozenset({PAUL})})  # type: ignore[arg-type] # a role
    known = member(ANNE, "discuter", name="Anne Martin", others=(PAUL,))
    assert known.person is not None
    where = roster(None, known, namesakes=(known.person,))

    decision = post(
        *("Troc", "Bonjour, à samedi", AT, where),
        name="Anne Martin",
        settings=among(lst, replace(TALK, moderators=frozenset())),
    )

    assert kinds(decision) == ["Hold"]


def test_leaving_from_another_address_asks_the_known_one() -> None:
    """« désabonner » by somebody whom nobody knows at that address."""
    assert ON.person is not None
    known = roster(None, ON, namesakes=(ON.person,))
    message = mail("désabonner discuter", author=NamedAddress("Anne Martin", AT))

    decision = decided(message, known)

    assert kinds(decision) == ["Reply command-results", "AskConfirmation"]
    assert asks(decision)[0].wish == "link"


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Anne", member(ANNE, "discuter", name="Anne")),
        ("Claire Roux", member(CLAIRE, "discuter", name="Claire Roux")),
        ("Claire Roux", member(ADMIN, "discuter", name="Claire Roux")),
    ],
)
def test_nor_does_leaving_ask_everybody(name: str, known: Standing) -> None:
    """The same people are left in peace."""
    assert known.person is not None
    where = roster(None, known, namesakes=(known.person,))
    message = mail("désabonner discuter", author=NamedAddress(name, AT))

    assert asks(decided(message, where)) == []
