"""Whoever pretends to be an owner, in whatever way a header can be written.

Everything here goes from raw bytes to a decision, since it is in between that a
forger would slip through.
"""

from dataclasses import replace

import pytest

from bot.actions import AskToProceed, CountWrongToken, Decision, Enrol
from bot.address import Address
from bot.message import read
from bot.model import Kind, RequestKind, Roster, TokenState
from tests.committee import (
    ADMIN,
    ANNE,
    CLAIRE,
    EVE,
    NOW,
    SETTINGS,
    TOKEN,
    asked,
    decided,
    kinds,
    mail,
    member,
    results,
    roster,
)

# Header fields, as the provider writes them or somebody else.
LINE = "ajouter discuter neuf@example.net"
PROVED = "Authentication-Results: mx.example.org; dmarc=pass header.from=example.org"
FAILED = "Authentication-Results: mx.example.org; dmarc=fail header.from=example.org"
SILENT = "Authentication-Results: mx.example.org; none"
OTHERS = "Authentication-Results: mx.evil.example; dmarc=pass header.from=example.org"
SPF = "Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=example.org"
FROM = "From: Claire <claire@example.org>"


def sent(*fields: str, known: Roster | None = None, line: str = LINE) -> Decision:
    """Decide about raw bytes with these header fields, topmost first."""
    head = "\r\n".join(
        (
            *fields,
            "To: comite@example.org",
            "Subject: commandes",
            "Message-ID: <1@example.org>",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
        )
    )
    raw = f"{head}\r\n\r\n{line}\r\n".encode()
    return decided(read(raw, NOW), known or roster(), SETTINGS)


def does(decision: Decision) -> bool:
    """Whether somebody was enrolled."""
    return any(isinstance(act, Enrol) for act in decision.actions)


def test_a_proved_owner_is_obeyed_at_once() -> None:
    """The plain case, so that the others mean something."""
    assert kinds(sent(PROVED, FROM)) == ["Reply command-results", "Enrol"]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param((FROM,), id="no-results"),
        pytest.param((SILENT, FROM), id="nothing-proved"),
        pytest.param((SPF, FROM), id="spf-alone"),
        pytest.param((OTHERS, FROM), id="another-server"),
        pytest.param((FROM, OTHERS), id="another-server-below"),
        pytest.param((SILENT, OTHERS, FROM), id="injected-between"),
        pytest.param((SILENT, FROM, PROVED), id="right-name-but-below"),
        pytest.param((OTHERS, PROVED, FROM), id="right-name-below-anothers"),
        pytest.param((SPF, PROVED, FROM), id="right-name-below-spf"),
        pytest.param(
            (PROVED.replace("mx.example.org;", "mx.example.org.evil.example;"), FROM),
            id="name-that-begins-alike",
        ),
        pytest.param(
            (
                PROVED.replace("mx.example.org;", "(mx.example.org) mx.evil.example;"),
                FROM,
            ),
            id="name-in-a-comment",
        ),
        pytest.param(
            (
                PROVED.replace("header.from=example.org", "header.from=evil.example"),
                FROM,
            ),
            id="another-domain-passed",
        ),
        pytest.param(
            (SILENT.replace("none", "spf=pass (dmarc=pass)"), FROM), id="in-a-comment"
        ),
        pytest.param(
            (SILENT.replace("none", 'spf=pass reason="; dmarc=pass"'), FROM),
            id="in-a-reason",
        ),
        pytest.param(
            (SILENT.replace("none", "dkim=pass header.d=evil.example"), FROM),
            id="signed-by-another",
        ),
        pytest.param(
            ("X-Authentication-Results: mx.example.org; dmarc=pass", FROM), id="x-field"
        ),
        pytest.param(
            ("ARC-Authentication-Results: i=1; mx.example.org; dmarc=pass", FROM),
            id="arc",
        ),
        pytest.param(("Received-SPF: pass", FROM), id="received-spf"),
    ],
)
def test_what_proves_nothing_waits_for_ok(fields: tuple[str, ...]) -> None:
    """The question goes to the owner's own address, where the forger isn't."""
    decision = sent(*fields)

    assert kinds(decision) == ["AskToProceed"]
    wait = decision.actions[0]
    assert isinstance(wait, AskToProceed)
    assert wait.address == CLAIRE


@pytest.mark.parametrize(
    "fields", [(FAILED, FROM), (FAILED, PROVED, FROM), (FAILED, OTHERS, FROM)]
)
def test_a_failed_dmarc_is_refused(fields: tuple[str, ...]) -> None:
    """Whatever was injected below."""
    decision = sent(*fields)

    assert kinds(decision) == ["Reply forged", "Alert"]
    assert decision.folder == "Refused"


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param((PROVED, FROM, "From: Eve <eve@example.net>"), id="two-from"),
        pytest.param(
            (PROVED, "From: eve@example.net", FROM), id="two-from-other-order"
        ),
        pytest.param((PROVED, FROM, FROM), id="twice-the-same"),
        pytest.param((PROVED, f"{FROM}, Eve <eve@example.net>"), id="two-addresses"),
        pytest.param(
            (PROVED, "From: Eve <eve@example.net>, claire@example.org"),
            id="owner-second",
        ),
        pytest.param(
            (PROVED, "From: C: claire@example.org, eve@example.net;"), id="group-of-two"
        ),
        pytest.param((PROVED, "From: undisclosed-recipients:;"), id="empty-group"),
        pytest.param((PROVED, "From: claire"), id="no-address"),
        pytest.param((PROVED, "From:"), id="empty"),
        pytest.param((PROVED,), id="no-from"),
    ],
)
def test_nobody_speaks_where_from_names_not_exactly_one(
    fields: tuple[str, ...],
) -> None:
    """DMARC may have looked at the other one."""
    decision = sent(*fields)

    assert not does(decision)
    assert not {"AskToProceed", "Reply command-results"} & set(kinds(decision))


# Eve's own domain passes: that makes her Eve.
EVES = "Authentication-Results: mx.example.org; dmarc=pass header.from=example.net"


@pytest.mark.parametrize(
    "field",
    [
        '"claire@example.org" <eve@example.net>',
        "claire@example.org <eve@example.net>",
        '"Claire <claire@example.org>" <eve@example.net>',
        "(claire@example.org) eve@example.net",
        "eve@example.net (claire@example.org)",
        "=?utf-8?q?claire=40example.org=2C?= <eve@example.net>",
        "=?utf-8?q?claire=40example=2Eorg?= <eve@example.net>",
        "=?utf-8?b?Y2xhaXJlQGV4YW1wbGUub3JnLA==?= <eve@example.net>",
        "=?utf-8?q?=3Cclaire=40example.org=3E?= <eve@example.net>",
        "=?utf-8?q?Claire=0D=0AFrom=3A_claire=40example.org?= <eve@example.net>",
        '"claire@example.org\\" <eve@example.net>',
        "<eve@example.net> claire@example.org",
        "Claire\r\n <claire@example.org>\r\n <eve@example.net>",
        "<claire@example.org><eve@example.net>",
        "claire@example.org\x00 <eve@example.net>",
        "C: eve@example.net;",
    ],
)
def test_a_name_that_looks_like_an_owners_address_is_a_name(field: str) -> None:
    """The mail is Eve's, or nobody's."""
    decision = sent(EVES, f"From: {field}")

    assert not does(decision)
    assert results(decision) in ([], ["not-allowed"])


@pytest.mark.parametrize(
    "address",
    [
        "claire@xn--exampl-8of.org",  # a Cyrillic letter
        "claire@ex\u0430mple.org",  # another
        "cl\u0430ire@example.org",
        "claire@\uff45xample.org.evil.example",
        "claire@example.org.evil.example",
        "claire@evil.example.org",
        "claire@example.com",
        "claire+x@example.org",
        "claire.@example.org",
        '"claire "@example.org',
        "claire%example.org@example.net",
        "claire@example.org@example.net",
        "claire@[192.0.2.1]",
    ],
)
def test_a_look_alike_is_somebody_else(address: str) -> None:
    """Even with a proof for its own domain."""
    domain = address.rpartition("@")[2]
    results_field = (
        f"Authentication-Results: mx.example.org; dmarc=pass header.from={domain}"
    )

    decision = sent(results_field, f"From: Claire <{address}>")

    assert not does(decision)
    assert results(decision) in ([], ["not-allowed"])


@pytest.mark.parametrize("address", ["CLAIRE@EXAMPLE.ORG", "Claire@Example.org"])
def test_case_makes_no_other_person(address: str) -> None:
    """Every provider ignores it."""
    assert does(sent(PROVED, f"From: {address}"))


@pytest.mark.parametrize("domain", ["example.org", "EXAMPLE.ORG", "example.org."])
def test_the_domain_of_the_proof_is_compared_as_domains_are(domain: str) -> None:
    """Without case or a final dot."""
    field = f"Authentication-Results: mx.example.org; dmarc=pass header.from={domain}"

    assert does(sent(field, FROM))


@pytest.mark.parametrize(
    "field",
    [
        "Sender: claire@example.org",
        "Reply-To: claire@example.org",
        "Return-Path: <claire@example.org>",
        "Resent-From: claire@example.org",
        "X-Original-From: claire@example.org",
        "X-Sender: claire@example.org",
        "Cc: claire@example.org",
        "Approved: claire@example.org",
    ],
)
def test_no_other_field_says_who_speaks(field: str) -> None:
    """Above From: or below it."""
    for fields in (
        (EVES, field, "From: eve@example.net"),
        (EVES, "From: eve@example.net", field),
    ):
        decision = sent(*fields)

        assert results(decision) == ["not-allowed"]


def test_an_alias_has_rights_only_after_linking() -> None:
    """An address that was confirmed from, by an owner who was proved."""
    alias = ("From: Claire <eve@example.net>",)

    assert results(sent(EVES, *alias)) == ["not-allowed"]

    linked = roster(member(CLAIRE, others=(EVE,)))
    assert does(sent(EVES, *alias, known=linked))
    assert kinds(sent(SILENT, *alias, known=linked)) == ["AskToProceed"]


def test_a_namesake_of_an_owner_has_no_rights() -> None:
    """A name is no proof."""
    claire = member(CLAIRE, name="Claire Roux").person
    assert claire is not None

    decision = sent(
        EVES, "From: Claire Roux <eve@example.net>", known=Roster(namesakes=(claire,))
    )

    assert results(decision) == ["not-allowed"]


def test_the_bots_own_address_commands_nothing() -> None:
    """Our own mail may come back with whatever somebody quoted."""
    assert not does(sent(PROVED, "From: comite@example.org"))


def test_an_admin_is_asked_for_a_proof_too() -> None:
    """More rights need no less."""
    assert kinds(sent(SILENT, f"From: {ADMIN}")) == ["AskToProceed"]
    assert does(sent(PROVED, f"From: {ADMIN}"))


def answering(*fields: str, known: Roster) -> Decision:
    """Answer a question by raw bytes."""
    head = "\r\n".join((*fields, f"To: comite+{TOKEN}@example.org", "Subject: Re: ok"))
    return decided(read(f"{head}\r\n\r\nok\r\n".encode(), NOW), known, SETTINGS)


COMMANDS = asked(RequestKind.COMMANDS, CLAIRE, sha256="a" * 64, lines=LINE)


def test_a_token_of_somebody_else_is_no_token() -> None:
    """The store looks for tokens of the author alone; the guess is counted."""
    decision = answering(
        EVES, "From: eve@example.net", known=Roster(token=TokenState.INVALID)
    )

    assert decision.kind is Kind.ANSWER
    assert kinds(decision) == ["CountWrongToken", "Reply token-invalid"]
    assert decision.actions[0] == CountWrongToken(EVE)


def test_a_token_proves_without_dmarc() -> None:
    """It was sent to that very person."""
    known = roster(
        request=COMMANDS,
        token=TokenState.VALID,
        original=mail("commandes", LINE, CLAIRE),
    )

    assert does(answering(SILENT, FROM, known=known))
    assert kinds(answering(FAILED, FROM, known=known)) == ["Reply forged", "Alert"]


def test_a_token_does_one_thing() -> None:
    """Commands of the same mail are not done on its account."""
    known = roster(member(ANNE, "discuter"), request=COMMANDS, token=TokenState.VALID)
    known = replace(known, original=mail("commandes", LINE, CLAIRE))
    head = f"{SILENT}\r\n{FROM}\r\nTo: comite+{TOKEN}@example.org\r\nSubject: Re: ok"
    text = f"ok\r\najouter discuter {Address('autre', 'example.net')}"

    decision = decided(read(f"{head}\r\n\r\n{text}\r\n".encode(), NOW), known, SETTINGS)

    assert not does(decision)
