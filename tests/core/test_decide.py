"""Decisions: for each kind of mail the actions, and who is never written to."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot import identity
from bot.actions import (
    Action,
    Alert,
    AskConfirmation,
    CopyToOwners,
    CountWrongToken,
    Decision,
    Distribute,
    Enrol,
    Hold,
    MarkWitness,
    Preview,
    RecordBounce,
    Reply,
    Settle,
    Unenrol,
)
from bot.address import Address, NamedAddress
from bot.compose.texts import texts
from bot.decide import Facts, decide, orders, understand
from bot.model import (
    BounceEvent,
    Hit,
    Kind,
    ListKind,
    MailingList,
    Member,
    Message,
    Person,
    Proof,
    Request,
    RequestKind,
    Roster,
    Settings,
    TokenState,
    Verdict,
)

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
BOX = Address("comite", "example.org")
ANNE = Address("anne", "example.org")
PAUL = Address("paul", "example.org")
CLAIRE = Address("claire", "example.org")
ADMIN = Address("admin", "example.org")
SHA = "a" * 64
TOKEN = "abcdefghijklmnopqrstuvwx22"  # noqa: S105 - no secret
TALK = MailingList(
    "discuter",
    ListKind.DISCUSSION,
    title="Discussion",
    owners=frozenset({CLAIRE}),
    moderators=frozenset({PAUL}),
)
NEWS = MailingList(
    "informer",
    ListKind.ANNOUNCEMENT,
    title="Nouvelles",
    owners=frozenset({CLAIRE}),
    senders=frozenset({CLAIRE}),
)
SETTINGS = Settings(
    mailbox=BOX,
    name="Comité",
    language="fr",
    timezone=ZoneInfo("Europe/Paris"),
    admins=(ADMIN,),
    lists=MappingProxyType({"discuter": TALK, "informer": NEWS}),
    default_list="",
    subaddressing="+",
    trusted_authserv="mx.example.org",
    max_message_size=1_000_000,
    secret=b"s" * 32,
)
MEMBER = Roster(
    person=Person(1, ANNE, "Anne"),
    memberships={"discuter": Member(1, ANNE, "Anne", "discuter")},
)
MAIL = Message(
    SHA,
    900,
    NOW,
    {},
    author=NamedAddress("Anne", ANNE),
    to=(NamedAddress("", BOX),),
    subject="Pique-nique",
    text="Samedi au parc ?",
    typed="Samedi au parc ?",
    message_id="<1@example.org>",
)
POST = Facts(MAIL, Kind.POST, "to-list", MEMBER, SETTINGS, NOW, routed=("discuter",))


def by(who: Address, roster: Roster | None = None, **more: Any) -> Facts:  # noqa: ANN401 - fields
    """Give a mail by somebody else."""
    mail = replace(MAIL, author=NamedAddress("", who))
    return replace(POST, message=mail, roster=roster or Roster(), **more)


def kinds(decision: Decision) -> list[str]:
    """Name the actions; a reply by its text."""
    return [
        f"Reply {act.text_id}" if isinstance(act, Reply) else type(act).__name__
        for act in decision.actions
    ]


def renders(decision: Decision) -> None:
    """Check that every text gets the facts that it needs."""
    told = texts(None, SETTINGS.timezone)
    common = {"mailbox": "m", "list_title": "t", "mailtos": {"join": "j"}}
    for act in decision.actions:
        if isinstance(act, Reply | CopyToOwners | Alert):
            for language in ("fr", "en"):
                assert told.render(act.text_id, language, {**common, **act.facts})


def only(decision: Decision) -> Action:
    """Give the only action."""
    assert len(decision.actions) == 1, decision.actions
    return decision.actions[0]


# ----------------------------------------------------------------------- posts


def test_a_members_post_is_distributed() -> None:
    """The plain case."""
    decision = decide(POST)

    assert decision.actions == (Distribute("discuter", SHA, asked_by=ANNE),)
    assert (decision.rule, decision.folder) == ("accepted", "Done")


def test_a_strangers_post_is_held() -> None:
    """The moderators see why; the author is told."""
    decision = decide(by(Address("x", "example.net")))

    hits = (Hit("non-member", Verdict.HOLD),)
    author = Address("x", "example.net")
    assert decision.actions == (Hold("discuter", SHA, author, hits),)
    assert (decision.rule, decision.folder) == ("non-member", "Held")


def test_a_forged_post_is_held_and_its_author_not_told() -> None:
    """The address was used by somebody else."""
    hold = only(decide(replace(POST, proof=Proof.FAIL)))

    assert isinstance(hold, Hold)
    assert not hold.tell_author


@pytest.mark.parametrize(
    ("proof", "confirm", "wanted"),
    [
        (Proof.PASS, True, "Preview"),
        (Proof.NONE, True, "Preview"),
        (Proof.PASS, False, "Distribute"),
        (Proof.NONE, False, "Preview"),
    ],
)
def test_announcements_are_previewed(
    proof: Proof,
    confirm: bool,  # noqa: FBT001 - a case
    wanted: str,
) -> None:
    """Nothing goes to everybody for a From: that anybody can write."""
    lists = {"informer": replace(NEWS, confirm_announcements=confirm)}
    settings = replace(SETTINGS, lists=lists)

    decision = decide(by(CLAIRE, routed=("informer",), proof=proof, settings=settings))

    assert kinds(decision) == [wanted]


def test_an_announcement_by_somebody_else_goes_to_the_owners() -> None:
    """A reader who answers a newsletter writes to people after all."""
    decision = decide(replace(POST, routed=("informer",)))

    assert kinds(decision) == ["Reply post-rejected-not-sender", "CopyToOwners"]
    assert decision.folder == "Refused"
    renders(decision)


def test_a_forged_announcement_is_refused_and_told() -> None:
    """The person and the admins learn that the address is used."""
    decision = decide(by(CLAIRE, routed=("informer",), proof=Proof.FAIL))

    assert kinds(decision) == ["Reply forged", "Alert"]
    assert decision.folder == "Refused"
    renders(decision)


def test_a_rejected_stranger_is_told_how_to_join() -> None:
    """With the post attached, so that it need not be typed again."""
    lists = {"discuter": replace(TALK, non_members="reject")}
    settings = replace(SETTINGS, lists=lists)

    decision = decide(by(Address("x", "example.net"), settings=settings))

    reply = only(decision)
    assert isinstance(reply, Reply)
    assert (reply.text_id, reply.attach) == ("post-rejected-non-member", SHA)
    renders(decision)


def test_no_backscatter_to_forged_strangers() -> None:
    """Who is refused under a forged address is somebody else."""
    lists = {"discuter": replace(TALK, non_members="reject")}
    settings = replace(SETTINGS, lists=lists)
    facts = by(Address("x", "example.net"), settings=settings, proof=Proof.FAIL)

    assert decide(facts).actions == ()


def test_a_post_for_two_lists_goes_to_both() -> None:
    """Each list has its own rules."""
    decision = decide(by(CLAIRE, routed=("discuter", "informer"), proof=Proof.PASS))

    assert kinds(decision) == ["Distribute", "Preview"]
    assert decision.folder == "Held"


def test_a_second_copy_does_nothing() -> None:
    """The list had it."""
    roster = replace(MEMBER, posted_to=frozenset({"discuter"}))

    decision = decide(replace(POST, roster=roster))

    assert (decision.actions, decision.rule) == ((), "already-posted")


def test_a_post_without_a_list_asks_which() -> None:
    """Never guessed, never dropped."""
    decision = decide(replace(POST, routed=()))

    reply = only(decision)
    assert isinstance(reply, Reply)
    assert (reply.text_id, reply.attach) == ("which-list", SHA)
    renders(decision)


def test_a_reader_who_may_post_nowhere_reaches_people() -> None:
    """There is nothing to choose from, so somebody reads it."""
    reader = Roster(Person(1, ANNE), {"informer": Member(1, ANNE, "", "informer")})

    decision = decide(replace(POST, routed=(), roster=reader))

    assert kinds(decision) == ["Reply unclear-help", "CopyToOwners"]
    copy = decision.actions[1]
    assert isinstance(copy, CopyToOwners)
    assert copy.list_name == "informer"
    renders(decision)


def test_members_of_included_lists_may_post() -> None:
    """They get its posts, so they may answer."""
    big = replace(TALK, name="tous", include=("discuter",))
    settings = replace(SETTINGS, lists={**SETTINGS.lists, "tous": big})

    decision = decide(replace(POST, routed=("tous",), settings=settings))

    assert decision.actions == (Distribute("tous", SHA, asked_by=ANNE),)


# ------------------------------------------------------------------- machines


def test_our_own_copy_settles_its_batch() -> None:
    """The mark says which one."""
    mark = identity.sign("post", 42, SETTINGS.secret)
    mail = replace(
        MAIL, author=NamedAddress("", BOX), fields={"x-colporteur": ("x", mark)}
    )

    decision = understand(mail, SETTINGS, Roster(), NOW)

    assert decision.kind is Kind.WITNESS
    assert decision.actions == (MarkWitness(42),)


def test_a_report_is_logged() -> None:
    """Each report once, known by its hash."""
    events = (BounceEvent(ANNE, "hard", "5.1.1", "unknown-user", "550 no"),)

    decision = decide(replace(POST, kind=Kind.BOUNCE, reports=events))

    assert decision.actions == (RecordBounce(SHA, events),)
    assert (decision.folder, decision.bounces) == ("Bounces", events)


@pytest.mark.parametrize("kind", [Kind.AUTOMATIC, Kind.LOOP])
def test_machines_are_not_answered(kind: Kind) -> None:
    """Two machines that answer each other never end."""
    assert decide(replace(POST, kind=kind)).actions == ()


def test_a_complaint_is_shown_to_people() -> None:
    """Somebody wants to be left alone."""
    decision = decide(replace(POST, kind=Kind.FEEDBACK))

    assert kinds(decision) == ["CopyToOwners"]
    renders(decision)


# ------------------------------------------------------------------ moderation

REQUEST = Request(
    7,
    "k7fm2q",
    RequestKind.MODERATION,
    "discuter",
    PAUL,
    "open",
    NOW,
    NOW + timedelta(days=7),
    facts={"sha256": "b" * 64, "subject": "Troc", "author": str(ANNE)},
)


def answer(
    typed: str,
    request: Request | None = REQUEST,
    token: TokenState = TokenState.VALID,
    **more: Any,  # noqa: ANN401 - fields
) -> Decision:
    """Decide about an answer to a request, typed by whom it was put to."""
    who = request.address if request else PAUL
    mail = replace(
        MAIL,
        author=NamedAddress("", who),
        subject="Re: À modérer",
        typed=typed,
        to=(NamedAddress("", Address(f"comite+{TOKEN}", "example.org")),),
    )
    roster = Roster(request=request, token=token)
    facts = Facts(mail, Kind.ANSWER, "token", roster, SETTINGS, NOW)
    decision = decide(replace(facts, **more))
    renders(decision)
    return decision


def test_an_approval_distributes_and_tells_the_author() -> None:
    """Under the moderator's name, and once."""
    decision = answer("approuver")

    assert decision.actions[:2] == (
        Settle(7, "approve", PAUL),
        Distribute("discuter", "b" * 64, PAUL),
    )
    reply = decision.actions[2]
    assert isinstance(reply, Reply)
    assert (reply.to, reply.text_id, reply.answers) == (ANNE, "post-approved", False)
    told = {"verdict": "approve", "reason": "", "detail": "", "token": "valid"}
    assert decision.answer == told


def test_a_rejection_gives_the_post_back_with_the_reason() -> None:
    """The author can correct it."""
    settle, reply = answer("rejeter hors sujet").actions

    assert settle == Settle(7, "reject", PAUL)
    assert isinstance(reply, Reply)
    assert (reply.to, reply.attach) == (ANNE, "b" * 64)
    assert reply.facts["reason"] == "hors sujet"


@pytest.mark.parametrize("typed", ["supprimer", "à supprimer"])
def test_a_discard_is_silent(typed: str) -> None:
    """Spammers learn nothing."""
    assert kinds(answer(typed)) == ["Settle"]


def test_an_unclear_answer_changes_nothing() -> None:
    """The choices are put again."""
    decision = answer("ok mais demain")

    assert kinds(decision) == ["Reply moderation-unclear"]
    reply = only(decision)
    assert isinstance(reply, Reply)
    mailtos = reply.facts["mailtos"]
    assert isinstance(mailtos, Mapping)
    assert mailtos["approve"] == f"mailto:comite+{TOKEN}@example.org?subject=approuver"


def test_whoever_answers_later_is_told_who_decided() -> None:
    """The first answer wins."""
    request = replace(
        REQUEST,
        state="settled",
        verdict="reject",
        settled_by="zoe@example.org",
        settled_at=NOW,
    )

    assert kinds(answer("approuver", request)) == ["Reply moderation-already-settled"]


def test_a_request_of_a_list_that_is_gone_is_too_late() -> None:
    """The configuration may have changed meanwhile."""
    request = replace(REQUEST, list_name="jardin")

    assert kinds(answer("approuver", request)) == ["Reply token-expired"]


def test_an_author_who_cannot_be_written_to_is_left_out() -> None:
    """The decision counts all the same."""
    request = replace(REQUEST, facts={"sha256": SHA, "author": "nobody"})

    assert kinds(answer("approuver", request)) == ["Settle", "Distribute"]


def test_links_work_without_sub_addresses() -> None:
    """The token goes into the subject then."""
    settings = replace(SETTINGS, subaddressing="")
    mail = replace(MAIL, subject=f"Re: {TOKEN}", typed="hm")
    roster = Roster(request=REQUEST, token=TokenState.VALID)
    facts = Facts(mail, Kind.ANSWER, "token", roster, settings, NOW)

    reply = only(decide(facts))

    assert isinstance(reply, Reply)
    mailtos = reply.facts["mailtos"]
    assert isinstance(mailtos, Mapping)
    assert mailtos["reject"] == f"mailto:comite@example.org?subject=rejeter%20{TOKEN}"


def test_an_expired_request_is_told() -> None:
    """Nothing happens behind anybody's back."""
    request = replace(REQUEST, state="expired")
    preview = replace(request, kind=RequestKind.PREVIEW)

    assert kinds(answer("approuver", request)) == ["Reply moderation-already-settled"]
    assert kinds(answer("ok", preview)) == ["Reply token-expired"]


def test_a_wrong_token_is_counted() -> None:
    """Ten an hour shut the sender out."""
    decision = answer("approuver", None, TokenState.INVALID)

    assert kinds(decision) == ["CountWrongToken", "Reply token-invalid"]
    assert decision.actions[0] == CountWrongToken(PAUL)


def test_who_is_shut_out_gets_nothing() -> None:
    """Guessing must not be worth it."""
    roster = Roster(token=TokenState.INVALID, shut_out=True)

    assert answer("ok", roster=roster).actions == ()


def test_a_short_reference_alone_proves_nothing() -> None:
    """Anybody can read it over a shoulder."""
    assert kinds(answer("approuver", token=TokenState.NONE)) == ["Reply token-invalid"]


def test_a_short_reference_of_a_proved_moderator_counts() -> None:
    """DMARC says that it is the moderator."""
    decision = answer("approuver", token=TokenState.NONE, proof=Proof.PASS)

    assert kinds(decision)[:2] == ["Settle", "Distribute"]


def test_a_forged_approval_is_refused() -> None:
    """Even with a token: it may have been seen by somebody else."""
    decision = answer("approuver", proof=Proof.FAIL)

    assert kinds(decision) == ["Reply forged", "Alert"]
    assert decision.folder == "Refused"


# -------------------------------------------------------------------- previews

PREVIEW = replace(REQUEST, kind=RequestKind.PREVIEW, list_name="informer")


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("ok", ["Settle", "Distribute", "Reply preview-confirmed"]),
        ("non", ["Settle", "Reply preview-dropped"]),
        ("ok mais corrige la date", ["Reply preview-unclear"]),
    ],
)
def test_an_announcement_leaves_on_ok_alone(typed: str, wanted: list[str]) -> None:
    """27,557 people can't be asked to forget a mail."""
    assert kinds(answer(typed, PREVIEW)) == wanted


def test_ok_twice_sends_once() -> None:
    """The sender learns that it left."""
    request = replace(PREVIEW, state="settled", verdict="ok", settled_at=NOW)

    assert kinds(answer("ok", request)) == ["Reply preview-already-settled"]


# --------------------------------------------------------------- subscriptions

JOIN = replace(
    REQUEST, kind=RequestKind.SUBSCRIBE, address=ANNE, facts={"name": "Anne M."}
)
LEAVE = replace(JOIN, kind=RequestKind.UNSUBSCRIBE)


def test_a_confirmed_wish_is_carried_out() -> None:
    """The token came back from the address concerned."""
    joined = answer("oui", JOIN, proof=Proof.FAIL).actions
    left = answer("ok", LEAVE).actions

    assert joined == (
        Settle(7, "ok", ANNE),
        Enrol(ANNE, "Anne M.", "discuter", "confirmed by mail <1@example.org>"),
    )
    assert left == (Settle(7, "ok", ANNE), Unenrol(ANNE, "discuter"))


def test_a_declined_wish_is_settled() -> None:
    """« non » ends the matter."""
    assert answer("non", JOIN).actions == (Settle(7, "no", ANNE),)


def test_a_link_counts_whatever_the_program_added() -> None:
    """Providers add their own lines below an empty mail."""
    mail = replace(MAIL, subject=f"ok {TOKEN}", typed="Profitez de nos offres")
    roster = Roster(request=JOIN, token=TokenState.VALID)

    decision = decide(Facts(mail, Kind.ANSWER, "token", roster, SETTINGS, NOW))

    assert kinds(decision) == ["Settle", "Enrol"]


def test_an_unclear_answer_about_oneself_is_put_again() -> None:
    """Nothing changes."""
    assert kinds(answer("hm", JOIN)) == ["Reply question-unclear"]


def test_confirming_too_late_after_leaving_again_is_told() -> None:
    """An old link must not say that one is a member."""
    done = replace(JOIN, state="settled", verdict="ok", settled_at=NOW)

    assert kinds(answer("oui", done)) == ["Reply token-expired"]


def test_confirming_again_tells_where_one_stands() -> None:
    """A double click must not look like a failure."""
    done = {"state": "settled", "verdict": "ok", "settled_at": NOW}
    joined = replace(MEMBER, request=replace(JOIN, **done), token=TokenState.VALID)  # type: ignore[arg-type]
    left = Roster(request=replace(LEAVE, **done), token=TokenState.VALID)  # type: ignore[arg-type]

    assert kinds(answer("oui", JOIN, roster=joined)) == ["Reply already-member"]
    assert kinds(answer("oui", LEAVE, roster=left)) == ["Reply not-a-member"]


# -------------------------------------------------------------------- commands


def command(subject: str, typed: str = "", **more: Any) -> Decision:  # noqa: ANN401 - fields
    """Decide about a mail as a whole."""
    mail = replace(MAIL, subject=subject, typed=typed, **more)
    decision = understand(mail, SETTINGS, MEMBER, NOW)
    renders(decision)
    return decision


def test_one_reply_answers_all_commands() -> None:
    """Each line with its result."""
    decision = command("", "listes\ninfos jardin\ndésabonner discuter")

    assert kinds(decision) == ["Reply command-results", "AskConfirmation"]
    reply = decision.actions[0]
    assert isinstance(reply, Reply)
    results = reply.facts["results"]
    assert isinstance(results, tuple)
    assert [one["ok"] for one in results] == [True, False, True]
    assert [one["name"] for one in decision.commands] == [
        "lists",
        "info",
        "unsubscribe",
    ]
    assert decision.commands[1]["error"] == "no-such-list"


def test_a_lone_wish_is_answered_by_its_confirmation() -> None:
    """One mail, not two."""
    decision = command("désabonner discuter")

    assert decision.actions == (AskConfirmation(ANNE, "unsubscribe", "discuter"),)
    assert decision.list_name == "discuter"


def test_who_asks_is_no_error_of_the_words() -> None:
    """`explain` tells how a mail is read, whoever is in the store."""
    decision = understand(replace(MAIL, subject="stop"), SETTINGS, Roster(), NOW)

    assert kinds(decision) == ["Reply command-results"]
    assert decision.commands[0]["error"] is None


def test_a_slip_gets_a_suggestion() -> None:
    """« vouliez-vous dire … ? »."""
    decision = command("desaboner discuter", text="")

    assert decision.kind is Kind.COMMANDS
    assert decision.commands[0]["error"] == "unknown-command"


@pytest.mark.parametrize(
    ("word", "meant"),
    [("desaboner", "désabonner"), ("prommotte", ""), ("subscrbe", "subscribe")],
)
def test_a_suggestion_is_in_the_language_that_is_spoken(word: str, meant: str) -> None:
    """A word of another language must be nearer."""
    assert orders.REGISTRY.suggestion(word, "fr") == meant
    assert orders.REGISTRY.suggestion("prommotte", "en") == "promote"


def test_sub_address_leave_asks_the_address() -> None:
    """Whatever was written in it."""
    to = (NamedAddress("", Address("comite+discuter-leave", "example.org")),)

    decision = command("Bonjour", "Je veux partir", to=to)

    assert decision.actions == (AskConfirmation(ANNE, "unsubscribe", "discuter"),)


def test_forged_commands_are_refused() -> None:
    """The person and the admins are told."""
    failed = "mx.example.org; dmarc=fail header.from=example.org"

    decision = command("stop", fields={"authentication-results": (failed,)})

    assert kinds(decision) == ["Reply forged", "Alert"]


def test_a_reply_in_a_thread_is_a_post_whatever_its_subject() -> None:
    """« Re: Aide » answers somebody who asked the list for help."""
    roster = replace(MEMBER, thread_lists=("discuter",))
    mail = replace(MAIL, subject="Re: Aide")

    decision = understand(mail, SETTINGS, roster, NOW)

    assert decision.actions == (Distribute("discuter", SHA, asked_by=ANNE),)


@pytest.mark.parametrize("kind", ["post", "reply"])
def test_a_reply_to_any_mail_of_ours_is_no_guessing(kind: str) -> None:
    """Their ids look like tokens; nobody meant to send one."""
    mail = replace(MAIL, subject="aide", in_reply_to=(f"<{TOKEN}.{kind}@example.org>",))
    roster = replace(MEMBER, token=TokenState.INVALID)

    decision = understand(mail, SETTINGS, roster, NOW)

    assert decision.kind is Kind.COMMANDS


def test_a_stale_answer_is_not_posted() -> None:
    """« ok » to a mail that asked nothing must not reach a list."""
    settings = replace(SETTINGS, default_list="discuter")
    mail = replace(MAIL, typed="ok", in_reply_to=(f"<{TOKEN}.notice@example.org>",))
    roster = replace(MEMBER, token=TokenState.INVALID)

    decision = understand(mail, settings, roster, NOW)

    assert kinds(decision) == ["Reply token-invalid"]


# --------------------------------------------------------------------- unclear


def test_a_strangers_mail_is_read_by_people_and_not_answered() -> None:
    """It may be spam, and From: may be anybody."""
    decision = understand(
        replace(MAIL, author=NamedAddress("", Address("x", "example.net"))),
        SETTINGS,
        Roster(),
        NOW,
    )

    assert (decision.kind, kinds(decision)) == (Kind.UNCLEAR, ["CopyToOwners"])
    renders(decision)


def test_an_unclear_mail_of_ours_gets_help_and_a_reader() -> None:
    """Never dropped."""
    decision = decide(replace(POST, kind=Kind.UNCLEAR))

    assert kinds(decision) == ["Reply unclear-help", "CopyToOwners"]
    renders(decision)


def test_mail_to_the_owners_goes_to_them() -> None:
    """`discuter-owner` has no other use."""
    decision = decide(replace(POST, kind=Kind.UNCLEAR, asked=("discuter", "owner")))

    told, copy = decision.actions
    assert isinstance(told, Reply)
    assert told.text_id == "passed-on"
    assert isinstance(copy, CopyToOwners)
    assert copy.list_name == "discuter"
    assert copy.facts["why"] == "owner"
    renders(decision)


def test_a_mail_too_large_to_fetch_is_refused() -> None:
    """The sender is told the limit."""
    mail = replace(MAIL, truncated=True, size=2_000_000)

    decision = decide(replace(POST, message=mail))

    assert kinds(decision) == ["Reply too-large-mail"]
    assert decision.folder == "Refused"
    renders(decision)


# ---------------------------------------------------------------------- bounds


@pytest.mark.parametrize(
    "address",
    ["noreply@example.net", "MAILER-DAEMON@example.net", "ne-pas-repondre@example.net"],
)
def test_nobody_answers_behind_such_addresses(address: str) -> None:
    """A reply would bounce."""
    local_part, _, domain = address.partition("@")

    decision = decide(by(Address(local_part, domain), MEMBER, routed=()))

    assert decision.actions == ()


def test_our_own_mailbox_is_never_answered() -> None:
    """It would answer itself."""
    assert decide(by(BOX, MEMBER, routed=())).actions == ()


def test_the_null_sender_is_never_answered() -> None:
    """RFC 5321 §4.5.5."""
    mail = replace(MAIL, null_sender=True)

    assert decide(replace(POST, message=mail, routed=())).actions == ()


@pytest.mark.parametrize(
    ("replies", "kept"),
    [(2, ["Reply which-list"]), (3, ["CopyToOwners"])],
)
def test_errors_are_told_three_times_a_day(replies: int, kept: list[str]) -> None:
    """After that a machine is at the other end, or somebody whom people must help."""
    roster = replace(MEMBER, replies_today=replies)

    assert kinds(decide(replace(POST, routed=(), roster=roster))) == kept


def test_ten_replies_a_day_are_enough() -> None:
    """Posts go on, only the notices stop."""
    roster = Roster(replies_today=10)

    hold = only(decide(by(Address("x", "example.net"), roster)))

    assert isinstance(hold, Hold)
    assert not hold.tell_author


def test_previews_are_for_the_sender() -> None:
    """The address in From: is asked, so that a forger learns nothing."""
    decision = decide(by(CLAIRE, routed=("informer",)))

    assert decision.actions == (Preview("informer", SHA, CLAIRE),)
