"""Who is speaking: nothing that a sender writes may count as proof."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.address import Address
from bot.errors import ParseError
from bot.identity import (
    new_ref,
    new_token,
    own_mark,
    proof,
    refs_in,
    sign,
    sub_details,
    token_hash,
    tokens_in,
)
from bot.message import read
from bot.model import Message, Proof

NOW = datetime(2025, 5, 13, 8, 0, tzinfo=UTC)
MAILBOX = Address("comite.arles", "asso.example")
SECRET = b"s" * 32
TOKEN = "abcdefghijklmnopqrstuvwx23"  # noqa: S105 - a sample
OTHER = "zbcdefghijklmnopqrstuvwx77"


def mail(fields: str) -> Message:
    """Read a mail that is only header."""
    return read(f"{fields}\n\n".encode(), NOW)


def stated(*results: str, author: str = "anne@mail.asso.example") -> Message:
    """Make a mail with these Authentication-Results, topmost first."""
    fields = "".join(f"Authentication-Results: {one}\n" for one in results)
    return mail(f"{fields}From: {author}")


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ("mx.example; dmarc=pass header.from=mail.asso.example", Proof.PASS),
        ("MX.Example; dmarc=pass", Proof.PASS),
        ("mx.example 1; dmarc=pass (p=NONE) header.from=mail.asso.example", Proof.PASS),
        ("mx.example; dmarc=fail header.from=mail.asso.example", Proof.FAIL),
        ("mx.example; dkim=pass header.d=asso.example; dmarc=fail", Proof.FAIL),
        ("mx.example; dkim=pass header.d=mail.asso.example", Proof.PASS),
        ("mx.example; dkim=pass header.d=asso.example", Proof.PASS),
        ("mx.example; dkim=pass header.i=@asso.example", Proof.PASS),
        ("mx.example; dkim=fail header.d=asso.example", Proof.NONE),
        ("mx.example; dkim=pass header.d=evil.example", Proof.NONE),
        ("mx.example; dkim=pass header.d=example", Proof.NONE),
        ("mx.example; spf=pass smtp.mailfrom=mail.asso.example", Proof.NONE),
        ("mx.example; dmarc=pass header.from=evil.example", Proof.NONE),
        ("mx.example; dmarc=bestguesspass", Proof.NONE),
        ("mx.example; none", Proof.NONE),
        ("evil.example; dmarc=pass", Proof.NONE),
        ("dmarc=pass action=none header.from=mail.asso.example", Proof.NONE),
        ("mx.example; dmarc=(", Proof.NONE),
        ("", Proof.NONE),
    ],
)
def test_proof(results: str, expected: Proof) -> None:
    """DMARC decides, else aligned DKIM; the rest says nothing about From:."""
    assert proof(stated(results), "mx.example") is expected


def test_only_the_topmost_field_counts() -> None:
    """A sender may write the provider's name into a field of their own."""
    message = stated("other.example; spf=pass", "mx.example; dmarc=pass")

    assert proof(message, "mx.example") is Proof.NONE


def test_no_trusted_name_means_no_proof() -> None:
    """Some providers add no results: then anybody could have written them."""
    assert proof(stated("; dmarc=pass"), "") is Proof.NONE
    assert proof(stated("mx.example; dmarc=pass"), "") is Proof.NONE


def test_two_authors_are_never_proved() -> None:
    """DMARC may have looked at the other one."""
    message = stated("mx.example; dmarc=pass", author="a@x.example\nFrom: b@x.example")

    assert proof(message, "mx.example") is Proof.NONE


@pytest.mark.parametrize(
    ("signer", "author"),
    [
        ("evil.asso.fr", "anne@bon.asso.fr"),
        ("evil.co.uk", "anne@good.co.uk"),
        ("asso.fr", "anne@bon.asso.fr"),
        ("evil.eu.org", "anne@bon.eu.org"),
        ("evil.github.io", "anne@bon.github.io"),
        ("fr", "anne@asso.fr"),
    ],
)
def test_neighbours_under_a_public_suffix_are_not_aligned(
    signer: str, author: str
) -> None:
    """Everybody may have a domain under asso.fr."""
    message = stated(f"mx.example; dkim=pass header.d={signer}", author=author)

    assert proof(message, "mx.example") is Proof.NONE


@given(st.text(max_size=200))
def test_any_results_are_read(text: str) -> None:
    """The field comes from outside."""
    try:
        message = stated("mx.example; " + text)
    except ParseError:
        return

    assert proof(message, "mx.example") in Proof


def test_own_mark_is_read_back() -> None:
    """The witness must be recognised after a restart."""
    assert own_mark(sign("post", 17, SECRET), SECRET) == ("post", 17)


@pytest.mark.parametrize(
    "value",
    [
        sign("post", 17, b"other secret"),
        sign("post", 17, SECRET).replace("17", "18"),
        sign("post", 17, SECRET).replace("post", "alert"),
        sign("post", 17, SECRET)[:-1],
        "post; id=17",
        "",
        "post; id=\u0661\u0667; sig=" + "0" * 32,
    ],
)
def test_own_mark_refuses_what_we_did_not_make(value: str) -> None:
    """A forged mark could end a batch that never left."""
    assert own_mark(value, SECRET) is None


def test_tokens_and_references_can_be_typed() -> None:
    """A token survives a lower-cased local part; a ref has no 0/o, 1/l/i."""
    token, ref = new_token(lambda size: b"\xff" * size), new_ref(lambda n: b"\x11" * n)

    assert len(token) == 26
    assert token == token.lower()
    assert len(ref) == 6
    assert not set(ref) & set("01ilo")
    assert token_hash(token) == token_hash(f" {token.upper()} ")
    assert token_hash(token) != token


def test_tokens_are_found_wherever_they_come_back() -> None:
    """With sub-addresses, without, by reply, by hand; surest first."""
    answered = f"In-Reply-To: <{OTHER}.moderation@asso.example>"
    message = mail(
        f"To: comite.arles+{TOKEN.upper()}@asso.example\n{answered}\n"
        f"Subject: Re: confirmer {TOKEN}"
    )

    assert tokens_in(message, MAILBOX, "+") == (TOKEN,)
    assert tokens_in(mail(answered), MAILBOX, "+") == (OTHER,)
    assert tokens_in(mail(answered.replace("In-Reply-To", "References")), MAILBOX, "")


def test_what_stands_further_up_in_a_thread_is_not_answered() -> None:
    """« ok, merci » to a receipt must not approve what the receipt followed."""
    question = f"<{TOKEN}.moderation@asso.example>"
    receipt = f"<{OTHER}.reply@asso.example>"
    thread = f"References: {question} {receipt}"

    for fields in (f"In-Reply-To: {receipt}\n{thread}", thread):
        assert tokens_in(mail(fields), MAILBOX, "+") == ()


@pytest.mark.parametrize(
    "fields",
    [
        f"To: other+{TOKEN}@asso.example",
        f"To: comite.arles+{TOKEN}@evil.example",
        f"In-Reply-To: <{TOKEN}.post@asso.example>",
        f"In-Reply-To: <{TOKEN}.reply@asso.example>",
        f"Subject: x{TOKEN}",
        f"Subject: {TOKEN}@asso.example",
    ],
)
def test_what_is_no_token_of_ours_is_none(fields: str) -> None:
    """Wrong tokens are counted against people."""
    assert tokens_in(mail(fields), MAILBOX, "+") == ()


def test_tokens_in_brackets_are_found() -> None:
    """The reference in the subject is there for mail programs that lose the rest."""
    assert tokens_in(mail(f"Subject: Re: [réf. {TOKEN}] x"), MAILBOX, "") == (TOKEN,)


@pytest.mark.parametrize(
    ("subject", "refs"),
    [
        ("Re: À modérer [réf. k7fm2q]", ("k7fm2q",)),
        ("Re: [ref K7FM2Q] held", ("k7fm2q",)),
        ("[re\u0301f. k7fm2q]", ("k7fm2q",)),
        ("[réf k7fm2q] [réf. abcdef]", ("k7fm2q", "abcdef")),
        ("réf. k7fm2q", ()),
        ("[réf. k7fm2]", ()),
    ],
)
def test_short_references(subject: str, refs: tuple[str, ...]) -> None:
    """People and mail programs change case and accents."""
    assert refs_in(mail(f"Subject: {subject}")) == refs


def test_sub_details_of_a_mailbox_that_has_the_separator_in_its_name() -> None:
    """`comite-arles-discuter@` is `discuter` of `comite-arles`."""
    message = mail("To: Comite-Arles-Discuter@asso.example, comite-x@asso.example")

    found = sub_details(message, Address("comite-arles", "asso.example"), "-")

    assert found == ("Discuter",)
