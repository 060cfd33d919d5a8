"""What the replies to a batch amount to."""

from datetime import timedelta

import pytest

from bot.address import Address
from bot.config import reply_rules
from bot.cycle.outcome import Outcome, read_data_reply, read_offer
from bot.model import Delivery, Offer, SmtpReply
from bot.sending.replies import Meaning, parse_reply

OK = SmtpReply(250, "2.1.5", "2.1.5 Ok")
TOO_MANY = SmtpReply(452, "4.5.3", "4.5.3 Error: too many recipients")
UNKNOWN = SmtpReply(550, "5.1.1", "5.1.1 User unknown")
LATER = SmtpReply(451, "4.3.0", "4.3.0 Temporary lookup failure")
RULES = reply_rules()
PEOPLE = tuple(
    Delivery(1, number, Address(f"m{number}", "example.org")) for number in range(4)
)


def outcome_of(*replies: SmtpReply, riders: int = 0, closed: bool = False) -> Outcome:
    """Read an offer to all four."""
    return read_offer(Offer(OK, replies, closed), PEOPLE, riders, RULES, "")


def test_one_refused_recipient_never_stops_the_others() -> None:
    """The others get their mail; the refused one is a bounce of that person."""
    outcome = outcome_of(OK, UNKNOWN, OK, OK)

    assert outcome.accepted == (PEOPLE[0], PEOPLE[2], PEOPLE[3])
    assert outcome.refused == (PEOPLE[1],)
    assert [event.kind for event in outcome.bounces] == ["hard"]


def test_too_many_recipients_teaches_the_limit() -> None:
    """Those accepted go now, the rest stay ready, and the number is kept."""
    outcome = outcome_of(OK, OK, TOO_MANY, TOO_MANY)

    assert outcome.accepted == PEOPLE[:2]
    assert outcome.learn == ("recipients_per_message", 2)
    assert not outcome.refused
    assert not outcome.deferred


def test_the_rider_counts_in_the_limit_learnt() -> None:
    """Our own address takes a place in each message."""
    outcome = outcome_of(OK, OK, OK, TOO_MANY, TOO_MANY, riders=1)

    assert outcome.accepted == PEOPLE[:2]
    assert outcome.learn == ("recipients_per_message", 3)


def test_nothing_goes_without_its_witness() -> None:
    """When our own address is refused, a batch could never be settled."""
    outcome = outcome_of(UNKNOWN, OK, OK, OK, OK, riders=1)

    assert outcome.accepted == ()
    assert outcome.stops
    assert outcome.block_seconds > 0


@pytest.mark.parametrize(
    ("words", "seconds", "is_quota"),
    [
        (
            "450 4.7.1 Hourly quota exceeded, limit of 200 an hour",
            3600,
            True,
        ),
        ("451 4.3.0 Temporary lookup failure", 900, False),
        ("421 4.7.0 Too many connections", 300, False),
    ],
)
def test_our_own_address_is_read_by_its_meaning_too(
    words: str, seconds: int, *, is_quota: bool
) -> None:
    """It is the first one to meet a quota that is used up: no person must act."""
    outcome = outcome_of(parse_reply(words), riders=1, closed=words.startswith("421"))

    assert (outcome.block_seconds, outcome.stops) == (seconds, False)
    assert (outcome.quota is not None) is is_quota
    assert outcome.accepted == ()


def test_a_temporary_refusal_is_deferred() -> None:
    """Greylisting and look-ups that fail come good later."""
    outcome = outcome_of(OK, LATER, OK, OK)

    assert outcome.deferred == ((PEOPLE[1], LATER),)


def test_a_dialogue_cut_short_accepts_nothing_and_waits() -> None:
    """Offering the same at once would only be cut again."""
    outcome = outcome_of(OK, OK, closed=True)

    assert outcome.accepted == ()
    assert outcome.block_seconds > 0


def test_too_many_at_once_with_none_accepted_waits() -> None:
    """A server that takes nobody must not be asked in a loop."""
    outcome = outcome_of(TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY)

    assert outcome.block_seconds > 0


def test_a_refused_sender_concerns_the_whole_account() -> None:
    """A quota reply to MAIL is nobody's bounce."""
    quota = SmtpReply(550, "5.4.5", "5.4.5 Daily user sending limit exceeded.")

    outcome = read_offer(Offer(quota, ()), PEOPLE, 0, RULES, "")

    assert outcome.block_seconds > 0
    assert not outcome.bounces


@pytest.mark.parametrize(
    ("reply", "fails", "waits"),
    [
        pytest.param(
            SmtpReply(552, "5.3.4", "5.3.4 Message size exceeds fixed limit"),
            True,
            False,
            id="too-big",
        ),
        pytest.param(
            SmtpReply(451, "4.3.0", "4.3.0 Try later"), False, True, id="later"
        ),
    ],
)
def test_a_refused_message_fails_or_waits(
    reply: SmtpReply, *, fails: bool, waits: bool
) -> None:
    """Content refused for good ends the send; the rest is tried again."""
    outcome = read_data_reply(reply, PEOPLE, RULES, "", rider=0)

    assert outcome.fails is fails
    assert bool(outcome.retry_seconds) is waits


def test_a_message_with_too_many_recipients_is_halved() -> None:
    """Some servers say so only at the end of DATA; nothing was sent then."""
    outcome = read_data_reply(TOO_MANY, PEOPLE, RULES, "", rider=0)

    assert outcome.learn == ("recipients_per_message", 2)


def test_too_many_for_one_recipient_waits() -> None:
    """A limit that is not smaller than what was offered would only loop."""
    outcome = read_data_reply(TOO_MANY, PEOPLE[:1], RULES, "", rider=0)

    assert outcome.learn is None
    assert outcome.block_seconds > 0


HOURLY = SmtpReply(452, "4.3.1", "4.3.1 Number recipients per hour exceeded")


def test_a_quota_reply_keeps_what_it_says_for_learning() -> None:
    """Two and our own address were taken before the third was too many."""
    outcome = outcome_of(OK, OK, OK, HOURLY, HOURLY, riders=1)

    assert outcome.quota is not None
    assert outcome.quota.meaning is Meaning.QUOTA_HOUR
    assert (outcome.taken, outcome.beyond) == (3, 0)
    assert outcome.wait > timedelta()


def test_a_message_refused_whole_for_its_quota_says_how_many_it_had() -> None:
    """The limit lies somewhere between what had left and that."""
    outcome = read_data_reply(HOURLY, PEOPLE, RULES, "", rider=1)

    assert outcome.quota is not None
    assert (outcome.taken, outcome.beyond) == (0, 5)
    assert not outcome.fails


def test_waiting_for_other_reasons_teaches_no_quota() -> None:
    """Too many connections are no quota of recipients."""
    busy = SmtpReply(421, "4.7.0", "4.7.0 Too many concurrent connections")

    outcome = read_offer(Offer(busy, ()), PEOPLE, 0, RULES, "")

    assert outcome.block_seconds > 0
    assert outcome.quota is None


@pytest.mark.parametrize(
    "words",
    ["Spam detected", "No thanks", "5.7.1 Message rejected", "Mail rejete ofr_506"],
)
def test_a_refused_content_stops_one_send_and_not_the_others(words: str) -> None:
    """Its owner is told; the rest of the outbox has another content."""
    outcome = read_data_reply(SmtpReply(550, "", words), PEOPLE, RULES, "", rider=0)

    assert outcome.fails
    assert not outcome.stops
    assert outcome.block_seconds == 0


def test_a_blocked_account_stops_everything_at_any_stage() -> None:
    """A person must act; every further try makes it worse."""
    blocked = SmtpReply(550, "", "Your account has been suspended")

    at_data = read_data_reply(blocked, PEOPLE, RULES, "", rider=0)
    at_rcpt = outcome_of(blocked, blocked, blocked, blocked)

    assert at_data.stops
    assert at_rcpt.stops
    assert not at_rcpt.bounces
