"""Posts that wait for their time, as decisions: asked, put off, approved, edited."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.actions import (
    BrakeSend,
    CancelSend,
    Decision,
    Distribute,
    Hold,
    Preview,
    Reply,
    Settle,
    TellOfSend,
)
from bot.address import NamedAddress
from bot.model import (
    Message,
    Priority,
    Proof,
    Request,
    RequestKind,
    Roster,
    SendState,
    TokenState,
)
from tests.committee import (
    ANNE,
    BOX,
    CLAIRE,
    NOW,
    PARIS,
    PAUL,
    SETTINGS,
    SHA,
    TALK,
    TOKEN,
    among,
    answered,
    asked,
    decided,
    kinds,
    mail,
    member,
    roster,
)

LATER = datetime(2027, 6, 3, 16, 0, tzinfo=UTC)
ISO = LATER.isoformat()
MEMBER = roster(member(ANNE, "discuter"))


def post(first_line: str, list_name: str = "discuter", **more: object) -> Message:
    """Write a post whose first line says something."""
    by = CLAIRE if list_name == "informer" else ANNE
    proof = Proof.PASS if list_name == "informer" else Proof.NONE
    return mail(
        f"[{list_name}] Fête", f"{first_line}\n\nVenez.", by=by, proof=proof, **more
    )


def only(decision: Decision) -> object:
    """Give the only action."""
    (action,) = decision.actions
    return action


def near(now: datetime) -> str:
    """Write a line for a time within a year."""
    return f"envoyer : {now.astimezone(PARIS):%Y-%m-%d %H:%M}"


SOON = NOW + timedelta(days=3)


def test_a_discussion_waits_and_its_author_is_told() -> None:
    """No preview is needed where nothing is in doubt."""
    sent = only(decided(post(near(SOON)), MEMBER))

    at = SOON.replace(second=0, microsecond=0)
    assert sent == Distribute("discuter", SHA, leave_at=at, asked_by=ANNE)


def test_an_announcement_shows_when_it_leaves() -> None:
    """The preview has the time; « ok » comes later."""
    shown = only(decided(post(near(SOON), "informer")))

    at = SOON.replace(second=0, microsecond=0)
    assert shown == Preview("informer", SHA, CLAIRE, leave_at=at)


@pytest.mark.parametrize(
    ("line", "doubt"),
    [
        ("envoyer : blabla", "unclear"),
        (near(NOW - timedelta(days=1)), "past"),
        (near(NOW + timedelta(days=500)), "far"),
    ],
)
def test_doubt_needs_a_preview_where_there_is_none(line: str, doubt: str) -> None:
    """A discussion's post, too, and nothing is lost."""
    decision = decided(post(line), MEMBER)

    assert only(decision) == Preview("discuter", SHA, ANNE, doubt=doubt)
    assert (decision.rule, decision.folder) == ("when", "Held")


def test_a_time_just_gone_by_is_now() -> None:
    """The mail took a minute."""
    sent = only(decided(post(near(NOW - timedelta(minutes=1))), MEMBER))

    assert sent == Distribute("discuter", SHA, asked_by=ANNE)


def test_what_is_held_keeps_its_time() -> None:
    """Moderators see it, and need not hurry."""
    settings = among(replace(TALK, moderation="all"))

    held = only(decided(post(near(SOON)), MEMBER, settings))

    assert isinstance(held, Hold)
    assert held.leave_at == SOON.replace(second=0, microsecond=0)
    assert [hit.rule for hit in held.hits] == ["moderated"]


def test_moderators_are_told_of_a_time_in_doubt() -> None:
    """They approve knowing that it leaves at once."""
    settings = among(replace(TALK, moderation="all"))

    held = only(decided(post("envoyer : blabla"), MEMBER, settings))

    assert isinstance(held, Hold)
    assert [hit.rule for hit in held.hits] == ["moderated", "hour-in-doubt"]


@pytest.mark.parametrize("kept", ["", ISO])
def test_an_approval_puts_off_what_asked_for_it(kept: str) -> None:
    """Requests of before an update have no time."""
    matter = asked(
        *(RequestKind.MODERATION, PAUL, "discuter"),
        sha256=SHA,
        author=str(ANNE),
        leave_at=kept,
    )

    settled, sent, told = answered("ok", matter).actions

    at = LATER if kept else None
    assert isinstance(settled, Settle)
    assert sent == Distribute("discuter", SHA, PAUL, leave_at=at)
    assert isinstance(told, Reply)
    assert told.facts["leave_at"] == at


@pytest.mark.parametrize("kept", ["", ISO])
def test_ok_puts_off_what_asked_for_it(kept: str) -> None:
    """An answer to what tells of it can stop it."""
    preview = asked(
        *(RequestKind.PREVIEW, CLAIRE, "informer"), sha256=SHA, leave_at=kept
    )

    settled, sent, told = answered("ok", preview).actions

    assert settled == Settle(7, "ok", CLAIRE)
    assert sent == Distribute("informer", SHA, leave_at=LATER if kept else None)
    assert isinstance(told, Reply)
    assert told.token == TOKEN


def test_what_takes_days_is_asked_about_again() -> None:
    """Without its attachments, if that was the answer."""
    preview = asked(
        *(RequestKind.PREVIEW, CLAIRE, "informer"), sha256=SHA, leave_at=ISO, days="yes"
    )

    settled, again = answered("ok sans pièce jointe", preview).actions

    assert settled == Settle(7, "days", CLAIRE)
    assert again == Preview(
        "informer", SHA, CLAIRE, leave_at=LATER, again=True, strip=True
    )


def test_the_second_ok_sends_as_the_first_one_said() -> None:
    """« sans pièce jointe » was said to the first preview."""
    preview = asked(*(RequestKind.PREVIEW, CLAIRE, "informer"), sha256=SHA, strip="yes")

    assert answered("ok", preview).actions[1] == Distribute("informer", SHA, strip=True)


@pytest.mark.parametrize("verdict", ["superseded", "days"])
def test_ok_to_what_is_over_sends_nothing(verdict: str) -> None:
    """It says where to answer instead."""
    preview = replace(
        asked(RequestKind.PREVIEW, CLAIRE, "informer", sha256=SHA),
        state="settled",
        verdict=verdict,
        settled_at=NOW,
    )

    assert kinds(answered("ok", preview)) == ["Reply preview-already-settled"]


def in_thread(typed: str, **more: object) -> Decision:
    """Write within the thread of a preview, but not to its address."""
    preview = asked(RequestKind.PREVIEW, CLAIRE, "informer", sha256=SHA)
    message = mail(
        str(more.pop("subject", "[informer] Fête")),
        typed,
        by=CLAIRE,
        proof=Proof.PASS,
        references=(f"<{TOKEN}.preview@example.org>",),
        **{"to": (NamedAddress("", BOX),), **more},
    )
    where = Roster(request=preview, token=TokenState.VALID)
    return decided(message, where, SETTINGS)


def test_a_new_version_within_the_thread_is_a_post() -> None:
    """Whoever edits replies to the last mail about it, and names the list."""
    assert only(in_thread("Samedi, finalement.")) == Preview("informer", SHA, CLAIRE)


def test_a_verdict_within_the_thread_is_an_answer() -> None:
    """Whatever the subject is, « ok » was said to the preview."""
    assert kinds(in_thread("ok"))[:2] == ["Settle", "Distribute"]


def test_words_about_a_preview_are_no_post() -> None:
    """They are for us, unless the list is named by who writes them."""
    decision = in_thread("Samedi, finalement.", subject="Re: À confirmer : Fête")

    assert kinds(decision) == ["Reply preview-unclear"]


def a_send(number: int, ref: str, **more: object) -> SendState:
    """Make a send of Claire's that waits for its time."""
    waits = SendState(
        *(number, ref, "post", Priority.POST, "informer", "Fête", SHA, 9, NOW),
        *(50, 50, 0, 0, 0, 0, 0),
        sender=CLAIRE,
        leave_at=LATER,
    )
    return replace(waits, **more)  # type: ignore[arg-type] # by name


MINE = a_send(1, "k7fmq2")
OTHER = a_send(2, "w4epx5")
GONE_OUT = replace(
    asked(RequestKind.PREVIEW, CLAIRE, "informer", sha256=SHA, leave_at=ISO),
    state="settled",
    verdict="ok",
    settled_at=NOW,
)


def said(typed: str, request: Request, *sends: SendState) -> list[object]:
    """Answer where sends are known, the first of them what the question led to."""
    where = Roster(
        request=request,
        token=TokenState.VALID,
        sends=sends,
        released=sends[0] if request.state == "settled" else None,
    )
    message = mail("Re: C'est noté", typed, by=CLAIRE, to=(NamedAddress("", BOX),))
    return list(decided(message, where, SETTINGS).actions)


@pytest.mark.parametrize("request_", [GONE_OUT, replace(GONE_OUT, state="open")])
def test_a_reference_names_the_send_that_is_meant(request_: Request) -> None:
    """The mail at hand is about another, which goes on."""
    cancelled, told = said("annuler w4epx5", request_, MINE, OTHER)

    assert cancelled == CancelSend(OTHER.id)
    assert isinstance(told, TellOfSend)
    assert (told.send_id, told.text_id) == (OTHER.id, "send-stopped")


@pytest.mark.parametrize(
    "other",
    [
        replace(OTHER, sender=PAUL, list_name="jardin"),
        replace(OTHER, ref="zzzzz9"),
    ],
)
@pytest.mark.parametrize("word", ["annuler", "pause", "reprendre"])
def test_a_reference_of_nothing_of_theirs_changes_nothing(
    other: SendState, word: str
) -> None:
    """Neither what was named nor what was answered about."""
    typed = f"{word} w4epx5"
    about_send = kinds_of(said(typed, GONE_OUT, MINE, other))
    about_preview = kinds_of(said(typed, replace(GONE_OUT, state="open"), MINE, other))

    assert about_send == ["send-unclear"]
    assert about_preview == ["preview-unclear"]


def kinds_of(actions: list[object]) -> list[str]:
    """Give the texts of replies; nothing else was done."""
    assert all(isinstance(one, Reply) for one in actions)
    return [one.text_id for one in actions if isinstance(one, Reply)]


def test_the_own_reference_is_nothing_else() -> None:
    """It stands in what we wrote."""
    assert said("annuler k7fmq2", GONE_OUT, MINE, OTHER)[0] == CancelSend(MINE.id)


def test_what_is_paused_is_said_to_be() -> None:
    """It does not leave by itself, whatever its hour."""
    halted = replace(MINE, paused=True)
    (again,) = said("ok", GONE_OUT, halted)

    assert isinstance(again, Reply)
    assert (again.text_id, again.facts["paused"]) == ("preview-already-settled", True)
    assert kinds_of(said("Que faire ?", GONE_OUT, halted)) == ["send-unclear"]


def test_what_is_on_its_way_can_be_stopped_still() -> None:
    """Where doubt is all that is left, it may come back."""
    doubtful = replace(MINE, ready=0, in_flight=50)

    assert not doubtful.is_over
    assert said("annuler", GONE_OUT, doubtful)[0] == CancelSend(MINE.id)
    assert said("pause", GONE_OUT, doubtful)[0] == BrakeSend(MINE.id, paused=True)


def test_ok_replaces_the_version_that_waits() -> None:
    """The sends were found when it was asked about."""
    preview = asked(RequestKind.PREVIEW, CLAIRE, "informer", sha256=SHA, replaces="3 4")

    assert answered("ok", preview).actions[1] == Distribute(
        "informer", SHA, replaces=(3, 4)
    )
