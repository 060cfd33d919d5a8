"""What a server's reply means: the words decide, then the enhanced code, then the code.

The rules are data (the table of replies beside the providers); this module only
reads them. To teach the bot a new wording, add a rule to the table; where no rule
knows the words, `guesses` reads them.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from bot.model import SmtpReply
from bot.sending.guesses import (
    asks_patience,
    by_code,
    by_words,
    patience,
    with_figures,
)
from bot.sending.meanings import Meaning, Reading, ReplyRule, Step

__all__ = (
    "Meaning",
    "Reading",
    "ReplyRule",
    "Step",
    "bounce_kind",
    "parse_reply",
    "read",
)

# A reply is read this far: words that matter come first, and matching stays quick.
_TEXT_MAX: Final = 2000
# Longer numbers are queue ids, telephone numbers or attacks.
_LIMIT_DIGITS: Final = 7

_REPLY = re.compile(r"\s*(?:smtp;\s*)?([2-5]\d\d)(?:[\s-]+|$)", re.IGNORECASE)
_ENHANCED = re.compile(r"[\s(#]*([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
# An address in the words (`<quota@example.org>: user unknown`) says nothing.
_ADDRESSES = re.compile(r"<?[^\s<>]+@[^\s<>:;,]*>?")


def parse_reply(text: str) -> SmtpReply:
    """Read a reply from one line of text, as in a report's Diagnostic-Code.

    The reply code is 0 where the text has none.
    """
    found = _REPLY.match(text)
    words = text[found.end() :] if found else text
    enhanced = _ENHANCED.match(words)
    return SmtpReply(
        int(found[1]) if found else 0, enhanced[1] if enhanced else "", words.strip()
    )


def read(
    reply: SmtpReply, stage: str, rules: Sequence[ReplyRule], provider: str = ""
) -> Reading:
    """Say what a refusal means and what to do about it; never raises.

    Args:
        reply: what the server said.
        stage: auth, mail, rcpt, data (DATA or the final dot) or connect.
        rules: the table; the first rule that matches decides.
        provider: the id of the provider, empty where it is unknown.
    """
    words = _ADDRESSES.sub("<>", " ".join(str(reply)[:_TEXT_MAX].split()))
    return with_figures(_read(reply, words, stage, rules, provider), words)


def _read(
    reply: SmtpReply,
    words: str,
    stage: str,
    rules: Sequence[ReplyRule],
    provider: str,
) -> Reading:
    is_quota = asks_patience(words, stage)
    guess = (
        patience(words, stage) if is_quota else by_words(words, stage, reply.reply_code)
    )
    for rule in rules:
        if not _concerns(rule, reply, stage, provider):
            continue
        found = _compiled(rule.pattern).search(words)
        if found is None:
            continue
        if guess is not None and _gives_way(rule, is_quota=is_quota):
            return guess
        return _reading(rule, found)
    return guess or by_code(reply, stage)


def bounce_kind(reply: SmtpReply, reading: Reading) -> tuple[str, str]:
    """Give (kind, reason) of a refused recipient for the log of bounces.

    Kinds are hard (the address is dead) and soft; "other" is the reason where a
    refusal by no known rule has an enhanced code that isn't about policy.
    """
    if reading.step is Step.BOUNCE and reading.meaning in _DEAD:
        return "hard", _REASONS[reading.meaning]
    subject = reply.enhanced_status_code[2:4]
    if reading.meaning is Meaning.POLICY and subject not in {"", "7."}:
        return "soft", "other"
    return "soft", _REASONS[reading.meaning]


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _concerns(rule: ReplyRule, reply: SmtpReply, stage: str, provider: str) -> bool:
    return (
        rule.stage in ("any", stage)
        and (not rule.codes or reply.reply_code in rule.codes)
        and (not rule.enhanced or reply.enhanced_status_code in rule.enhanced)
        and ("*" in rule.providers or provider in rule.providers)
    )


def _reading(rule: ReplyRule, found: re.Match[str]) -> Reading:
    groups = found.groupdict()
    # limit2 stands in "reduce to less than N": N itself is one too many.
    limit = _number(groups.get("limit")) or _number(groups.get("limit2"), 1)
    return Reading(
        Meaning(rule.meaning),
        Step(rule.action),
        rule.wait,
        limit,
        rule.id,
        _number(groups.get("used")),
        groups.get("until") or "",
    )


def _number(digits: str | None, too_many: int = 0) -> int | None:
    if digits and len(digits) <= _LIMIT_DIGITS and int(digits) > too_many:
        return int(digits) - too_many
    return None


def _gives_way(rule: ReplyRule, *, is_quota: bool) -> bool:
    """Whether a guess from the words is stronger than this rule.

    It is stronger than a rule that looks at codes alone; words about a quota are
    stronger even than what would declare an address dead, but not than a code about
    a full mailbox or the number of recipients.
    """
    if is_quota and (rule.action == Step.BOUNCE or not rule.pattern):
        return rule.action == Step.BOUNCE or rule.meaning in _BY_CODE
    return not rule.pattern and not rule.enhanced and rule.meaning in _BY_CODE


_BY_CODE: Final = frozenset(
    {
        Meaning.CONTENT_REFUSED,
        Meaning.POLICY,
        Meaning.TEMPORARY,
        Meaning.USER_DISABLED,
    }
)
_DEAD: Final = frozenset({Meaning.USER_UNKNOWN, Meaning.DOMAIN_NOT_FOUND})
_REASONS: Final = {
    Meaning.USER_UNKNOWN: "unknown-user",
    Meaning.DOMAIN_NOT_FOUND: "unknown-host",
    Meaning.USER_DISABLED: "inactive",
    Meaning.MAILBOX_FULL: "mailbox-full",
    Meaning.MESSAGE_TOO_BIG: "too-big",
    Meaning.ACCOUNT_BLOCKED: "policy",
    Meaning.AUTH_FAILED: "policy",
    Meaning.AUTH_METHOD: "policy",
    Meaning.CONTENT_REFUSED: "policy",
    Meaning.POLICY: "policy",
    Meaning.SENDER_REFUSED: "policy",
    Meaning.TLS_REQUIRED: "policy",
    Meaning.CONNECTIONS: "temporary",
    Meaning.GREYLISTED: "temporary",
    Meaning.QUOTA_DAY: "temporary",
    Meaning.QUOTA_HOUR: "temporary",
    Meaning.RATE: "temporary",
    Meaning.RECIPIENT_RATE: "temporary",
    Meaning.SAME_MESSAGE_ID: "temporary",
    Meaning.TEMPORARY: "temporary",
    Meaning.TOO_MANY_RECIPIENTS: "temporary",
}
