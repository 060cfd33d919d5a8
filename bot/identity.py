"""Who is speaking: proofs of From:, tokens, the signature of our own mails.

Nothing here decides what a proof is good for; everything here errs towards
« not proved ». The only module that knows authres.
"""

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Iterator

import authres

from bot.address import Address
from bot.model import Message, Proof

__all__ = (
    "MARK_FIELD",
    "new_ref",
    "new_token",
    "own_mark",
    "proof",
    "refs_in",
    "refs_typed",
    "sign",
    "sub_details",
    "token_hash",
    "tokens_in",
)

MARK_FIELD = "X-Colporteur"

_TOKEN_BYTES = 16  # 128 bits: 26 letters of base32
_TOKEN = re.compile(r"[a-z2-7]{26}")
# Only these mails may ask something; the others' ids begin with mere chance.
_TOKEN_ID = re.compile(
    r"<([a-z2-7]{26})\.(?:confirm|moderation|notice|preview|receipt)@", re.IGNORECASE
)
_TOKEN_WORD = re.compile(r"(?<![\w@.+-])[a-z2-7]{26}(?![\w@.+-])", re.IGNORECASE)
_CONFIRM_LINE = re.compile(
    r"^\s*confirm(?:er|ez|e)?\s*:?\s+([a-z2-7]{26})\s*\.?\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_TOKENS_MAX = 20

# Nothing that people read for something else: no i, l, o, 0, 1. A letter first and
# a digit last, so that a reference is neither a word nor a number.
_REF_LETTERS = "abcdefghjkmnpqrstuvwxyz"
_REF_DIGITS = "23456789"
_REF_ANY = _REF_LETTERS + _REF_DIGITS
_REF_PARTS = (_REF_LETTERS, *[_REF_ANY] * 4, _REF_DIGITS)
_REF = re.compile(r"\[\s*r[eé]f\b\.?\s*:?\s*([a-z0-9]{6})\s*\]", re.IGNORECASE)

_REF_WORD = re.compile(
    r"(?<![\w@])[a-hjkmnp-z][a-hjkmnp-z2-9]{4}[2-9](?![\w@])", re.IGNORECASE
)

_MARK = re.compile(r"\s*([a-z]+)\s*;\s*id=([0-9]{1,18})\s*;\s*sig=([0-9a-f]{32})\s*")
_SIGNATURE_LENGTH = 32

# Under these, and a country, everybody may have a domain: asso.fr, co.uk.
_OPEN_LABEL = re.compile(
    r"(?:ac|asso|co|com|edu|gob?|gouv|gov|gv|info|ltd|me|mil|ne|net|nom|or|org|plc"
    r"|prd|presse|school|sch|tm|web)\.[a-z]{2}"
)
# Whole domains under which anybody may have one.
_OPEN_DOMAIN = re.compile(
    r"(?:fr\.)?eu\.org|(?:dyndns|no-ip|duckdns)\.org|ddns\.net|git(?:hub|lab)\.io"
    r"|(?:blogspot|herokuapp)\.com|(?:netlify|web)\.app|(?:pages|workers)\.dev"
    r"|(?:co|uk|us|eu)\.com"
)


# ------------------------------------------------------------------ proofs of From


def proof(message: Message, trusted_authserv: str) -> Proof:
    """Say whether the author's domain is proved (RFC 8601, RFC 7489).

    Only the topmost Authentication-Results counts, and only under the trusted
    name: a sender may have put others below it. SPF alone proves nothing about
    From:.

    Args:
        message: the mail.
        trusted_authserv: the provider's authserv-id; empty where it adds none.
    """
    stated = message.first("authentication-results")
    if not trusted_authserv or not stated or message.author is None:
        return Proof.NONE
    try:
        found = authres.AuthenticationResultsHeader.parse(
            f"Authentication-Results: {stated}"
        )
    except Exception:  # noqa: BLE001 - SyntaxError and others; Microsoft's has no id
        return Proof.NONE
    if str(found.authserv_id).lower() != trusted_authserv.strip().lower():
        return Proof.NONE
    return _judge(list(found.results or ()), message.author.address.domain)


def _judge(results: list[object], domain: str) -> Proof:
    dmarc = [_result(one) for one in results if _speaks_of(one, domain)]
    if "fail" in dmarc:
        return Proof.FAIL
    if "pass" in dmarc:
        return Proof.PASS
    signed = (_dkim_domain(one) for one in results if _method(one) == "dkim")
    return Proof.PASS if any(_aligned(one, domain) for one in signed) else Proof.NONE


def _method(result: object) -> str:
    return str(getattr(result, "method", "")).lower()


def _result(result: object) -> str:
    return str(getattr(result, "result", "")).lower()


def _properties(result: object, name: str) -> Iterator[str]:
    for entry in getattr(result, "properties", None) or ():
        if (str(entry.type).lower(), str(entry.name).lower()) == ("header", name):
            yield str(entry.value or "").strip().strip('"').rstrip(".").lower()


def _speaks_of(result: object, domain: str) -> bool:
    """Whether it is a DMARC result, for the domain of the author we read."""
    if _method(result) != "dmarc":
        return False
    stated = [value.rpartition("@")[2] for value in _properties(result, "from")]
    return all(value == domain for value in stated)


def _dkim_domain(result: object) -> str:
    """Give the domain that signed; empty where the signature isn't good."""
    if _result(result) != "pass":
        return ""
    signers = [*_properties(result, "d"), *_properties(result, "i")]
    return signers[0].rpartition("@")[2] if signers else ""


def _aligned(signer: str, domain: str) -> bool:
    """Whether a signer's domain may speak for the author's (RFC 7489 §3.1.1)."""
    if not signer:
        return False
    return signer == domain or _organisation(signer) == _organisation(domain)


def _organisation(domain: str) -> str:
    """Give the organisational domain, without a list of all public suffixes.

    Where in doubt the longer domain is given, so that less is aligned.
    """
    labels = domain.split(".")
    size = 2
    while size < len(labels) and _is_open(".".join(labels[-size:])):
        size += 1
    return ".".join(labels[-size:])


def _is_open(domain: str) -> bool:
    return bool(_OPEN_LABEL.fullmatch(domain) or _OPEN_DOMAIN.fullmatch(domain))


# -------------------------------------------------------------- our own signature


def sign(kind: str, id: int, secret: bytes) -> str:  # noqa: A002 - the mark's own word
    """Make the value of X-Colporteur."""
    return f"{kind}; id={id}; sig={_signature(kind, id, secret)}"


def own_mark(value: str, secret: bytes) -> tuple[str, int] | None:
    """Read the kind and id of a mark, if we made it."""
    match = _MARK.fullmatch(value)
    if match is None:
        return None
    kind, number = match[1], int(match[2])
    if not hmac.compare_digest(_signature(kind, number, secret), match[3]):
        return None
    return kind, number


def _signature(kind: str, number: int, secret: bytes) -> str:
    digest = hmac.new(secret, f"{kind};{number}".encode(), hashlib.sha256)
    return digest.hexdigest()[:_SIGNATURE_LENGTH]


# ---------------------------------------------------------- tokens and references


def new_token(random: Callable[[int], bytes]) -> str:
    """Make a token: 128 random bits as 26 lower-case letters and digits.

    Local parts lose their case on the way, so base32 and nothing denser.
    """
    return base64.b32encode(random(_TOKEN_BYTES)).decode("ascii").rstrip("=").lower()


def new_ref(random: Callable[[int], bytes]) -> str:
    """Make a short reference that people can read and type. It is no secret."""
    number = int.from_bytes(random(8), "big")
    letters = []
    for alphabet in _REF_PARTS:
        number, index = divmod(number, len(alphabet))
        letters.append(alphabet[index])
    return "".join(letters)


def token_hash(token: str) -> str:
    """Hash a token for the store."""
    return hashlib.sha256(token.strip().lower().encode("utf-8", "replace")).hexdigest()


def tokens_in(message: Message, mailbox: Address, separator: str) -> tuple[str, ...]:
    """List what may be a token of ours: surest place first, each once.

    Looked at: sub-addresses of the mailbox, the subject, lines « confirmer TOKEN »
    of the text; where these have none, the id that the mail answers, since our
    questions have `<TOKEN.kind@domain>` for Message-ID. Never what stands further up
    in the thread: « ok, merci » to a receipt is no answer to the question before it.
    """
    found = [
        detail.lower()
        for detail in sub_details(message, mailbox, separator)
        if _TOKEN.fullmatch(detail.lower())
    ]
    found += [word.lower() for word in _TOKEN_WORD.findall(message.subject)]
    found += [word.lower() for word in _CONFIRM_LINE.findall(message.typed)]
    answered = message.in_reply_to or message.references[-1:]
    matches = map(_TOKEN_ID.match, answered if not found else ())
    found += [match[1].lower() for match in matches if match]
    return tuple(dict.fromkeys(found))[:_TOKENS_MAX]


def refs_in(message: Message) -> tuple[str, ...]:
    """List the short references of the subject, as `[réf. k7fm2q]`."""
    subject = unicodedata.normalize("NFC", message.subject)
    return tuple(dict.fromkeys(ref.lower() for ref in _REF.findall(subject)))


def refs_typed(typed: str) -> frozenset[str]:
    """List the short references in what somebody typed, with or without brackets."""
    return frozenset(ref.lower() for ref in _REF_WORD.findall(typed))


def sub_details(message: Message, mailbox: Address, separator: str) -> tuple[str, ...]:
    """List the details of our sub-addresses that a mail went to (RFC 5233).

    The case stays; the mailbox's own name may contain the separator.
    """
    if not separator:
        return ()
    named = [who.address for who in (*message.to, *message.cc)]
    start = f"{mailbox.local_part}{separator}".lower()
    return tuple(
        dict.fromkeys(
            address.local_part[len(start) :]
            for address in (*message.delivered_to, *named)
            if address.domain == mailbox.domain
            and address.local_part.lower().startswith(start)
            and len(address.local_part) > len(start)
        )
    )
