"""What the replies to a batch amount to: pure, a table by meaning."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.bounces.reasons import reason_of
from bot.model import BounceEvent, Delivery, Offer, SmtpReply
from bot.sending.learning import QUOTAS
from bot.sending.replies import Meaning, Reading, ReplyRule, Step, bounce_kind, read

__all__ = ("Outcome", "read_data_reply", "read_offer", "unreachable")

_STOP_SECONDS = 6 * 3600  # a person must act; the login is not tried meanwhile
_CLOSED_SECONDS = 300  # the server hung up in the middle of the recipients


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be done with a batch.

    `accepted` may go on to DATA. What stands nowhere stays ready. `deferred` are
    tried again later. `learn` is (key, value) of a limit. The whole
    account waits `block_seconds`, because a person must act where it `stops`, or
    because of a `quota`: then `beyond` are the recipients of the message refused as a
    whole, 0 when it was the next recipient that was too many, and `taken` those that
    the server took before it, our own address counted.
    """

    accepted: tuple[Delivery, ...] = ()
    refused: tuple[Delivery, ...] = ()
    refused_replies: tuple[SmtpReply, ...] = ()
    deferred: tuple[tuple[Delivery, SmtpReply], ...] = ()
    bounces: tuple[BounceEvent, ...] = ()
    learn: tuple[str, int] | None = None
    block_seconds: int = 0
    stops: bool = False
    fails: bool = False
    retry_seconds: int = 0
    words: str = ""
    closed: bool = False
    quota: Reading | None = None
    beyond: int = 0
    taken: int = 0

    @property
    def wait(self) -> timedelta:
        """How long the whole account waits."""
        return timedelta(seconds=self.block_seconds)

    @property
    def says_something(self) -> bool:
        """Whether there is anything to note in the store."""
        return bool(
            self.refused
            or self.deferred
            or self.learn
            or self.block_seconds
            or self.fails
        )


def unreachable(delivery: Delivery, reply: SmtpReply) -> BounceEvent:
    """Give up on a recipient who was put off for days: it counts, if it isn't us."""
    words = str(reply)
    status = reply.enhanced_status_code
    reason = reason_of(status, words)
    return BounceEvent(delivery.address, "soft", status, reason, words)


def read_offer(
    offer: Offer,
    deliveries: Sequence[Delivery],
    riders: int,
    rules: Sequence[ReplyRule],
    provider: str,
) -> Outcome:
    """Read the replies to MAIL and RCPT; the first `riders` are our own address."""
    if not offer.mail.is_positive:
        return _for_all(offer.mail, "mail", deliveries, rules, provider)
    pairs = list(zip(deliveries, offer.recipients[riders:], strict=False))
    accepted = tuple(d for d, reply in pairs if reply.is_positive)
    parts = _Refusals()
    for delivery, reply in pairs:
        if not reply.is_positive:
            parts.add(delivery, reply, read(reply, "rcpt", rules, provider))
    rider = _rider_refusal(offer, riders)
    if rider is not None:  # without its witness nothing may go
        return _without_witness(rider, read(rider, "rcpt", rules, provider))
    learn = parts.learn(len(accepted) + riders)
    return Outcome(
        accepted=() if offer.closed else accepted,
        refused=tuple(parts.refused),
        refused_replies=tuple(parts.replies),
        deferred=tuple(parts.deferred),
        bounces=tuple(parts.bounces),
        learn=learn,
        block_seconds=parts.block or _pause_after(offer, parts, accepted),
        stops=parts.stops,
        words=parts.words,
        closed=offer.closed,
        quota=None if parts.stops else parts.quota,
        taken=len(accepted) + riders if accepted and not offer.closed else 0,
    )


def _rider_refusal(offer: Offer, riders: int) -> SmtpReply | None:
    refusals = (one for one in offer.recipients[:riders] if not one.is_positive)
    return next(refusals, None)


def _without_witness(reply: SmtpReply, reading: Reading) -> Outcome:
    """Read the refusal of our own address, the first one of a batch.

    A quota that was used up meets it first; a person must act only where our own
    mailbox is refused for good.
    """
    outcome = _of(reading, reply)
    if outcome.fails or outcome.stops:
        return Outcome(block_seconds=_STOP_SECONDS, stops=True, words=str(reply))
    if outcome.retry_seconds:
        return Outcome(block_seconds=outcome.retry_seconds, words=str(reply))
    return outcome


def _pause_after(
    offer: Offer, refusals: "_Refusals", accepted: Sequence[Delivery]
) -> int:
    """Wait where going on at once would only repeat the same dialogue."""
    if offer.closed:
        return 0 if refusals.refused else _CLOSED_SECONDS
    return _CLOSED_SECONDS if refusals.too_many and not accepted else 0


class _Refusals:
    """Sorts refused recipients by what their reply means."""

    def __init__(self) -> None:
        self.refused: list[Delivery] = []
        self.replies: list[SmtpReply] = []
        self.deferred: list[tuple[Delivery, SmtpReply]] = []
        self.bounces: list[BounceEvent] = []
        self.block = 0
        self.stops = False
        self.words = ""
        self.too_many = False
        self.quota: Reading | None = None

    def add(self, delivery: Delivery, reply: SmtpReply, reading: Reading) -> None:
        """Sort one refusal."""
        match reading.step:
            case Step.SPLIT:
                self.too_many = True
                self.words = str(reply)
            case Step.WAIT:
                self.block = max(self.block, reading.wait_seconds or 3600)
                self.words = str(reply)
                self.quota = _quota(reading)
            case Step.STOP:
                self.block, self.stops = _STOP_SECONDS, True
                self.words = str(reply)
            case Step.RETRY | Step.RECONNECT:
                self.deferred.append((delivery, reply))
            case Step.BOUNCE | Step.SOFT_BOUNCE | Step.FAIL:
                self._bounce(delivery, reply, reading)

    def _bounce(self, delivery: Delivery, reply: SmtpReply, reading: Reading) -> None:
        kind, reason = bounce_kind(reply, reading)
        self.refused.append(delivery)
        self.replies.append(reply)
        self.bounces.append(
            BounceEvent(
                delivery.address, kind, reply.enhanced_status_code, reason, str(reply)
            )
        )

    def learn(self, accepted: int) -> tuple[str, int] | None:
        """Give the limit of recipients that "too many" taught."""
        if self.too_many and accepted:
            return "recipients_per_message", accepted
        return None


def read_data_reply(
    reply: SmtpReply,
    deliveries: Sequence[Delivery],
    rules: Sequence[ReplyRule],
    provider: str,
    *,
    rider: int,
) -> Outcome:
    """Read a refusal of DATA or of the message."""
    reading = read(reply, "data", rules, provider)
    if reading.step is Step.SPLIT:
        half = reading.limit or max((len(deliveries) + rider) // 2, 1 + rider)
        return _smaller(half, len(deliveries) + rider, reply)
    outcome = _of(reading, reply)
    return replace(outcome, beyond=len(deliveries) + rider if outcome.quota else 0)


def _for_all(
    reply: SmtpReply,
    stage: str,
    deliveries: Sequence[Delivery],
    rules: Sequence[ReplyRule],
    provider: str,
) -> Outcome:
    reading = read(reply, stage, rules, provider)
    if reading.step is Step.SPLIT:
        return _smaller(max(len(deliveries) // 2, 1), len(deliveries), reply)
    outcome = _of(reading, reply)
    if outcome.retry_seconds:
        return Outcome(block_seconds=outcome.retry_seconds, words=str(reply))
    return outcome


def _smaller(limit: int, offered: int, reply: SmtpReply) -> Outcome:
    """Learn a smaller limit; where it isn't smaller, wait instead of looping."""
    if limit >= offered:
        return Outcome(block_seconds=_CLOSED_SECONDS, words=str(reply))
    return Outcome(learn=("recipients_per_message", limit), words=str(reply))


def _of(reading: Reading, reply: SmtpReply) -> Outcome:
    words = str(reply)
    if reading.meaning is Meaning.CONTENT_REFUSED:  # this message; the others go on
        return Outcome(fails=True, words=words)
    match reading.step:
        case Step.WAIT:
            return Outcome(
                block_seconds=reading.wait_seconds or 3600,
                words=words,
                quota=_quota(reading),
            )
        case Step.STOP:
            return Outcome(block_seconds=_STOP_SECONDS, stops=True, words=words)
        case Step.FAIL | Step.BOUNCE | Step.SOFT_BOUNCE:
            if reading.meaning is Meaning.SENDER_REFUSED:
                return Outcome(block_seconds=_STOP_SECONDS, stops=True, words=words)
            return Outcome(fails=True, words=words)
        case Step.SPLIT | Step.RETRY | Step.RECONNECT:
            return Outcome(retry_seconds=reading.wait_seconds or 900, words=words)


def _quota(reading: Reading) -> Reading | None:
    return reading if reading.meaning in QUOTAS else None
