"""Posts that look wrong: what is held of everybody, and what is not."""

import io
import zipfile
from dataclasses import replace
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import message as mail
from bot.address import Address, NamedAddress
from bot.model import Attachment, Mark, Message, Proof, Verdict
from bot.routing import is_named
from bot.rules import Post, judge
from tests.committee import (
    ANNE,
    BOX,
    CLAIRE,
    EVE,
    MAIL,
    NEWS,
    NOW,
    PAUL,
    SETTINGS,
    TALK,
)
from tests.committee import mail as written

POST = Post(MAIL, frozenset({ANNE}), Proof.NONE, is_member=True, approved=1)
PDF = "application/pdf"


def held(message: Message, **more: object) -> list[str]:
    """Name the rules that hold a member's post."""
    post = replace(POST, message=message, **more)  # type: ignore[arg-type] # its fields
    hits = judge(post, TALK)
    assert all(hit.verdict is Verdict.HOLD for hit in hits)
    return [hit.rule for hit in hits]


def said(text: str, subject: str = "Samedi") -> Message:
    """Write a post."""
    return written(subject, text)


# ------------------------------------------------------------------------ programs


@pytest.mark.parametrize(
    ("name", "kind", "suspicious"),
    [
        ("facture.pdf.exe", PDF, True),
        ("Facture.EXE ", PDF, True),
        ("facture.exe\u200b", PDF, True),
        ("budget.xlsm", "application/octet-stream", True),
        ("", "application/x-msdownload", True),
        ("photo.jpg", "image/jpeg", False),
        ("budget.xlsx", "application/octet-stream", False),
        ("tract.pdf", PDF, False),
        ("exe", PDF, True),
        ("notes", "text/plain", False),
    ],
)
def test_programs_are_known_by_their_name_and_type(
    name: str, kind: str, *, suspicious: bool
) -> None:
    """Whatever the type says, a double click goes by the name."""
    message = replace(said("Voici."), attachments=(Attachment(name, kind, 99),))

    assert held(message) == (["program-attached"] if suspicious else [])


def test_an_archive_is_looked_into() -> None:
    """Worms come zipped; what can't be listed may hold anything."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("photos/vacances.jpg", b"x")
        archive.writestr("photos/voir.scr", b"x")
    found = [zipped(packed.getvalue()), zipped(packed.getvalue()[:-9]), zipped(b"")]

    assert [held(one) for one in found] == [["program-attached"]] * 3
    assert found[0].attachments[0].inside == ("vacances.jpg", "voir.scr")


def zipped(content: bytes) -> Message:
    """Read a mail with an archive."""
    raw = EmailMessage()
    raw["From"], raw["To"], raw["Subject"] = str(ANNE), str(BOX), "Photos"
    raw.set_content("Voici.")
    raw.add_attachment(
        content, maintype="application", subtype="zip", filename="photos.zip"
    )
    return mail.read(raw.as_bytes(), NOW)


# -------------------------------------------------------------------------- links


@pytest.mark.parametrize(
    ("text", "suspicious"),
    [
        ("Signez : https://petition.example/a", False),
        ("Voir https://a.example https://b.example", False),
        ("https://a.example https://b.example https://c.example", True),
        (" ".join(f"https://a.example/{n}" for n in range(6)) + " mot" * 999, True),
        ("https://a.example " * 9, False),  # one and the same
        ("www.un.example, www.deux.example, www.trois.example" + " mot" * 99, False),
    ],
)
def test_a_first_post_full_of_links_is_held(text: str, *, suspicious: bool) -> None:
    """A volunteer writes words around a link or two; known people may do more."""
    assert held(said(text), approved=0) == (["many-links"] if suspicious else [])
    assert held(said(text), approved=1) == []


# ------------------------------------------------------------------ administrivia


@pytest.mark.parametrize(
    ("text", "subject", "suspicious"),
    [
        ("Comment fait-on pour se désabonner ?", "Question", True),
        ("Merci de me retirer, je déménage.", "Re: Troc", True),
        ("Please remove me from this list, thanks, and happy gardening", "Hi", True),
        ("Voir ci-joint.", "Désabonnement", True),
        ("Voir ci-joint.", "Re: Désabonnement du journal", False),
        ("Je ne veux plus recevoir ces messages", "Troc", True),
        ("Qui peut retirer les tables samedi ?", "Samedi", False),
        ("mot " * 50 + "se désabonner", "Réforme", False),
    ],
)
def test_a_wish_to_leave_that_went_to_everybody_is_held(
    text: str, subject: str, *, suspicious: bool
) -> None:
    """In a few words; a long post is about something else, too."""
    wanted = ["administrivia"] if suspicious else []

    assert held(said(text, subject)) == wanted


# ------------------------------------------------------------------- whom it is for


def test_a_blind_copy_is_held() -> None:
    """A list that nobody names was copied in by a mailing."""
    assert held(said("Bonjour."), names_list=False) == ["implicit-destination"]


@pytest.mark.parametrize(
    ("to", "named"),
    [
        ("comite@example.org", True),
        ("comite+discuter@example.org", True),
        ("Comite@ancien.example", True),  # forwarded
        ("discuter@lists.example", True),
        ("eve@example.net", False),
    ],
)
def test_to_and_cc_name_the_list_or_not(to: str, *, named: bool) -> None:
    """Its own address, the mailbox's, or one that is forwarded to it."""
    local_part, _, domain = to.partition("@")
    message = replace(MAIL, to=(NamedAddress("", Address(local_part, domain)),))

    assert is_named(message, SETTINGS, TALK) is named
    assert is_named(replace(message, cc=message.to, to=()), SETTINGS, TALK) is named


@pytest.mark.parametrize(("number", "suspicious"), [(10, False), (11, True)])
def test_more_than_ten_addressees_are_held(number: int, *, suspicious: bool) -> None:
    """To and Cc together, each address once."""
    people = [
        NamedAddress("", Address(f"p{one}", "example.org")) for one in range(number)
    ]
    message = replace(said("Bonjour."), to=tuple(people[:6]), cc=tuple(people[3:]))

    assert held(message) == (["many-addressees"] if suspicious else [])


# ------------------------------------------------------------------ whom it concerns


def test_announcements_have_their_preview() -> None:
    """The sender sees it before anybody else."""
    message = said("désabonner https://a.example https://b.example https://c.example")
    post = Post(message, frozenset({CLAIRE}), Proof.NONE, is_member=False)

    assert judge(post, NEWS) == ()


def test_those_in_charge_are_spared_where_they_are_proved() -> None:
    """But for programs: worms write in their names, from their machines."""
    files = (Attachment("tract.docm", PDF, 9),)
    message = replace(said("désabonner"), attachments=())
    mine = Post(
        message, frozenset({PAUL}), Proof.PASS, is_member=False, names_list=False
    )

    assert judge(mine, TALK) == ()
    assert [
        hit.rule
        for hit in judge(
            replace(mine, message=replace(message, attachments=files)), TALK
        )
    ] == ["program-attached"]


def test_every_reason_is_told() -> None:
    """And what is banned is nobody's work."""
    text = "Désabonner : https://a.example https://b.example https://c.example"
    stranger = Post(
        said(text), frozenset({EVE}), Proof.FAIL, is_member=False, names_list=False
    )
    lst = replace(TALK, moderation="all", max_size=10)

    assert [hit.rule for hit in judge(stranger, lst)] == [
        *("forged", "non-member", "moderated", "too-large"),
        *("administrivia", "many-links", "implicit-destination"),
    ]
    (hit,) = judge(replace(stranger, mark=Mark.BANNED), lst)
    assert (hit.rule, hit.verdict) == ("banned", Verdict.DISCARD)


@pytest.mark.parametrize("approved", [0, 2, 3])
def test_new_members_are_held_until_three_posts_went_out(approved: int) -> None:
    """Then they are members like the others."""
    lst = replace(TALK, moderation="new-members")
    hits = judge(replace(POST, message=said("Bonjour."), approved=approved), lst)

    assert bool(hits) is (approved < 3)
    trusted = replace(POST, message=said("Bonjour."), mark=Mark.TRUSTED, approved=1)
    assert judge(trusted, lst) == ()


def test_trust_spares_a_stranger_but_not_a_forger() -> None:
    """« approuver toujours » is about the person, not about whoever uses the name."""
    stranger = Post(
        said("Bonjour."),
        frozenset({EVE}),
        Proof.PASS,
        is_member=False,
        mark=Mark.TRUSTED,
        approved=1,
    )
    lst = replace(TALK, moderation="all")

    assert judge(stranger, lst) == ()
    assert {hit.rule for hit in judge(replace(stranger, proof=Proof.FAIL), lst)} == {
        *("forged", "non-member", "moderated")
    }


@given(st.text(max_size=300), st.text(max_size=60), st.text(max_size=40))
def test_whatever_is_written_can_be_judged(text: str, subject: str, name: str) -> None:
    """No rule raises, and each is told once."""
    files = (Attachment(name, name, 9, (name,)),)

    rules = held(replace(said(text, subject), attachments=files), approved=0)

    assert len(rules) == len(set(rules))
