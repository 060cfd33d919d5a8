"""What replies mean: every example of the table, and the wordings no rule knows."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import SmtpReply
from bot.sending.replies import (
    Meaning,
    Reading,
    ReplyRule,
    Step,
    bounce_kind,
    parse_reply,
    read,
)

TABLE = Path(__file__).parents[2] / "bot" / "data" / "providers.toml"
CONTENT = tomllib.loads(TABLE.read_text(encoding="utf-8"))
STAGES = ("auth", "mail", "rcpt", "data", "connect")


def rule_of(row: dict[str, Any]) -> ReplyRule:
    """Make a rule of a row of the table."""
    return ReplyRule(
        id=row["id"],
        providers=tuple(row.get("provider", ("*",))),
        codes=tuple(row.get("codes", ())),
        enhanced=tuple(row.get("enhanced", ())),
        pattern=row.get("pattern", ""),
        stage=row.get("stage", "any"),
        meaning=row["meaning"],
        action=row["action"],
        wait=row.get("wait", 0),
        example=row["example"],
    )


RULES = tuple(rule_of(row) for row in CONTENT["reply"])


def reading_of(text: str, stage: str, provider: str = "") -> Reading:
    """Read a reply with the whole table."""
    return read(parse_reply(text), stage, RULES, provider)


def test_the_vocabularies_are_those_of_the_table() -> None:
    """A word that only one side knows would make a rule unreadable."""
    assert {each.value for each in Meaning} == set(CONTENT["vocabulary"]["meanings"])
    assert {each.value for each in Step} == set(CONTENT["vocabulary"]["actions"])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_each_example_of_the_table_is_read_as_its_rule_says(rule: ReplyRule) -> None:
    """A rule that an earlier one hides, or the heuristics override, is dead."""
    provider = "" if "*" in rule.providers else rule.providers[0]
    stage = "data" if rule.stage == "any" else rule.stage

    reading = reading_of(rule.example, stage, provider)

    assert (reading.meaning, reading.step) == (rule.meaning, rule.action)
    assert reading.wait_seconds == rule.wait


@pytest.mark.parametrize(
    ("text", "stage", "limit"),
    [
        ("Domain x.fr has exceeded the max emails per hour (125/100 (125%))", "", 100),
        ("552 Message would take you over your relay quota of 500", "data", 500),
        ("552 5.5.3 Maximum limit of 50 recipients reached", "rcpt", 50),
        ("550 Please reduce to less than 50 recipients", "rcpt", 49),
        ("452 4.5.3 Error: too many recipients", "rcpt", None),
        ("550 maximum number of 0 recipients", "rcpt", None),
        (f"550 maximum number of {'9' * 5000} recipients", "rcpt", None),
    ],
)
def test_a_number_in_the_words_is_learnt(
    text: str, stage: str, limit: int | None
) -> None:
    """The provider's own figure spares a search; an absurd one is no figure."""
    assert reading_of(text, stage).limit == limit


def test_what_is_used_and_until_when_is_read_too() -> None:
    """They tell what is counted, and when it is worth trying again."""
    used = reading_of("Domain x.fr has exceeded the max emails per hour (125/100 (", "")
    until = reading_of(
        "550 5.4.6 Sender Hourly Quota Exceeded - [account=x] will not be allowed to"
        " send emails till [time=2026-11-24 11:30:00]",
        "data",
    )

    assert (used.used, used.limit) == (125, 100)
    assert until.until == "2026-11-24 11:30:00"


def test_a_reply_code_is_no_figure_of_a_quota() -> None:
    """« 550 messages par heure » would be a fine limit, and isn't one."""
    reading = reading_of("550 Messages par heure : limite atteinte", "data")

    assert (reading.meaning, reading.limit) == (Meaning.QUOTA_HOUR, None)


@pytest.mark.parametrize(
    ("text", "stage", "expected"),
    [
        ("550 5.7.1 You exceeded your allowance", "rcpt", ("rate", "wait", 3600)),
        ("550 Too many mails, come back", "data", ("rate", "wait", 3600)),
        ("554 5.1.1 Account limit: 500 a day", "rcpt", ("quota_day", "wait", 86400)),
        ("550 quota dépassé pour ce jour", "rcpt", ("quota_day", "wait", 86400)),
        ("450 Volume limited", "data", ("rate", "wait", 3600)),
        (
            "550 5.1.1 User unknown (limit of tries reached)",
            "rcpt",
            ("recipient_rate", "retry", 3600),
        ),
        ("550 Mailbox quota exceeded", "rcpt", ("mailbox_full", "soft_bounce", 0)),
        ("550 5.1.1 <quota@limits.org>: nope", "rcpt", ("user_unknown", "bounce", 0)),
        ("550 5.1.1 quota@limits.org: nope", "rcpt", ("user_unknown", "bounce", 0)),
        ("421 4.4.2 Error: timeout exceeded", "mail", ("temporary", "reconnect", 300)),
        ("421 Error: too many errors", "rcpt", ("temporary", "reconnect", 300)),
        ("550 corporate policy", "rcpt", ("policy", "soft_bounce", 0)),
        ("535 5.7.8 too many failed logins", "auth", ("auth_failed", "stop", 0)),
    ],
)
def test_words_about_a_quota_are_stronger_than_codes(
    text: str, stage: str, expected: tuple[str, str, int]
) -> None:
    """Quota replies run from 421 to 554; addresses and time-outs are no quota."""
    reading = reading_of(text, stage)

    assert (reading.meaning, reading.step, reading.wait_seconds) == expected


@pytest.mark.parametrize(
    ("text", "stage", "expected"),
    [
        ("535 nope", "auth", ("auth_failed", "stop")),
        ("432 4.7.12 password transition", "auth", ("temporary", "retry")),
        ("421 bye", "rcpt", ("connections", "reconnect")),
        ("450 later", "rcpt", ("temporary", "retry")),
        ("550 5.1.2 nope", "rcpt", ("domain_not_found", "bounce")),
        ("550 5.1.8 nope", "rcpt", ("sender_refused", "stop")),
        ("550 5.1.6 nope", "rcpt", ("user_unknown", "bounce")),
        ("550 5.2.1 nope", "rcpt", ("user_disabled", "bounce")),
        ("550 5.2.2 nope", "rcpt", ("mailbox_full", "soft_bounce")),
        ("550 5.7.1 nope", "rcpt", ("policy", "soft_bounce")),
        ("550 nope", "rcpt", ("policy", "soft_bounce")),
        ("553 nope", "mail", ("sender_refused", "stop")),
        ("552 message size exceeds it", "mail", ("message_too_big", "fail")),
        ("554 nope", "data", ("content_refused", "fail")),
        ("554 nope", "connect", ("policy", "stop")),
        ("5.1.1 no code at all", "rcpt", ("user_unknown", "bounce")),
        ("no code at all", "rcpt", ("temporary", "retry")),
    ],
)
def test_without_a_rule_the_enhanced_code_decides_then_the_code(
    text: str, stage: str, expected: tuple[str, str]
) -> None:
    """A server with a language of its own must still be understood."""
    reading = read(parse_reply(text), stage, (), "")

    assert (reading.meaning, reading.step) == expected
    assert reading.rule == "fallback"


def test_a_rule_of_one_provider_says_nothing_about_another() -> None:
    """« Too many errors » is OVH's word for a quota, and nobody else's."""
    text = "421 4.7.0 player771.ha.ovh.net Error: too many errors"

    at_ovh = reading_of(text, "rcpt", "ovh-mxplan")
    elsewhere = reading_of(text, "rcpt", "orange")

    assert at_ovh.meaning is Meaning.QUOTA_HOUR
    assert elsewhere.step is Step.RECONNECT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("550 5.1.1 User unknown", ("hard", "unknown-user")),
        ("550 5.1.2 Host or domain name not found", ("hard", "unknown-host")),
        ("550 5.2.1 The account is disabled", ("soft", "inactive")),
        ("552 5.2.2 over quota", ("soft", "mailbox-full")),
        ("552 5.3.4 Message size exceeds fixed limit", ("soft", "too-big")),
        ("550 5.7.1 Access denied", ("soft", "policy")),
        ("550 Access denied", ("soft", "policy")),
        ("550 5.4.0 Strange", ("soft", "other")),
        ("450 4.2.0 Greylisted for 300 sec.", ("soft", "temporary")),
        ("550 5.7.1 Your mail limit has been reached.", ("soft", "temporary")),
    ],
)
def test_a_refused_recipient_is_logged_with_kind_and_reason(
    text: str, expected: tuple[str, str]
) -> None:
    """Only a dead address or domain is hard."""
    reply = parse_reply(text)

    assert bounce_kind(reply, read(reply, "rcpt", RULES)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("550 5.1.1 nope", SmtpReply(550, "5.1.1", "5.1.1 nope")),
        ("smtp; 550-5.1.1 nope", SmtpReply(550, "5.1.1", "5.1.1 nope")),
        ("550 sorry (#5.7.1)", SmtpReply(550, "", "sorry (#5.7.1)")),
        ("550 10.0.0.1 is listed", SmtpReply(550, "", "10.0.0.1 is listed")),
        ("550 5.7.1.2 is an address", SmtpReply(550, "", "5.7.1.2 is an address")),
        ("LPR-RCPT01", SmtpReply(0, "", "LPR-RCPT01")),
    ],
)
def test_a_reply_is_taken_apart(text: str, expected: SmtpReply) -> None:
    """Reports and hosts give replies as one line of text."""
    assert parse_reply(text) == expected


@given(
    code=st.integers(-1, 999),
    enhanced=st.from_regex(r"([245]\.\d{1,3}\.\d{1,3})?", fullmatch=True),
    text=st.text(),
    stage=st.sampled_from(STAGES),
    rules=st.sampled_from((RULES, ())),
)
def test_any_reply_has_a_reading(
    code: int, enhanced: str, text: str, stage: str, rules: tuple[ReplyRule, ...]
) -> None:
    """A strange server must not stop the sender."""
    reply = SmtpReply(code, enhanced, text)

    kind, reason = bounce_kind(reply, read(reply, stage, rules))

    assert kind in {"hard", "soft"}
    assert reason


@given(
    before=st.sampled_from(("", "5.1.1 ", "User unknown. ", "<a@b.fr>: Sorry: ", "X ")),
    words=st.sampled_from(
        (
            "quota exceeded",
            "limit reached",
            "You have exceeded it",
            "too many mails",
            "sending too fast",
            "trop de messages",
            "Rate limit",
        )
    ),
    code=st.integers(500, 559),
    enhanced=st.sampled_from(("", "5.1.1", "5.1.2", "5.2.1", "5.4.6", "5.7.1")),
    stage=st.sampled_from(STAGES),
    rules=st.sampled_from((RULES, ())),
)
def test_words_about_a_quota_never_make_an_address_look_dead(
    *,
    before: str,
    words: str,
    code: int,
    enhanced: str,
    stage: str,
    rules: tuple[ReplyRule, ...],
) -> None:
    """Nobody leaves a list because the account sent too much."""
    reply = SmtpReply(code, enhanced, before + words)

    reading = read(reply, stage, rules)

    assert reading.step is not Step.BOUNCE
    assert bounce_kind(reply, reading)[0] == "soft"
