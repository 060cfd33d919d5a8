"""A post as it leaves: the author's mail with the header of a list.

The header is spliced (`headers`), the body goes through but for the footer
(`footers`) and the attachments of lists that take none (`attachments`). Nothing
here knows a recipient: they are in the envelope only.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Final

from bot.address import Address, NamedAddress
from bot.compose.attachments import without_attachments
from bot.compose.footers import with_footer
from bot.compose.headers import (
    CRLF,
    address_value,
    decoded,
    field,
    field_name,
    field_value,
    mailto,
    split_fields,
    split_header,
)
from bot.compose.subjects import prefixed, without_groups
from bot.compose.texts import Texts
from bot.model import ListKind, MailingList, Settings

__all__ = (
    "PostFacts",
    "author_name",
    "footer_of",
    "list_address",
    "list_fields",
    "list_id",
    "render",
    "subaddress",
    "witnessed",
)

# RFC 5321 §4.5.3.1.1
_LOCAL_PART_MAX: Final = 64

# Set anew, personal (addresses of people, where the mail came from), or no longer
# true of a mail that a list sends. A name stands for itself, or with * for all
# that begin so.
_REMOVED: Final = (
    # set anew
    "from", "to", "reply-to", "precedence", "list-*", "x-original-from", "x-colporteur",
    # other people's addresses
    "cc", "bcc", "sender", "apparently-to", "mail-followup-to", "mail-reply-to",
    "resent-*", "delivered-to", "envelope-*", "original-recipient", "errors-to",
    "return-path", "x-*-to", "x-bcc", "x-cc", "x-envelope-*", "x-rcpt*",
    "x-failed-recipients", "x-forwarded-*", "x-sender*", "x-from*",
    "require-recipient-valid-since", "for-*", "x-for-*",
    # receipts, and what tells others to do something
    "approved", "approve", "x-approved", "x-approve", "urgent", "auto-submitted",
    "disposition-notification-*", "return-receipt-*", "read-receipt-*",
    "delivery-receipt-*", "x-confirm-*", "x-pmrqc", "generate-delivery-report",
    "expiry-date", "expires", "supersedes", "control", "archived-at", "x-no-archive",
    # the way of the mail, and what was proved on it
    "received", "received-*", "x-received*", "dkim-*", "domainkey-*", "x-dkim*",
    "x-google-*", "x-gm-*", "x-gmail-*", "arc-*", "authentication-results",
    "authentication-results-*", "x-authentication-*", "x-authenticated-*", "x-auth*",
    "x-originating-*", "x-source*", "x-remote-*", "x-client-*", "x-antiabuse",
    "x-get-message-*", "x-ip*", "x-mail-from*", "x-ms-exchange-*", "x-ms-*",
    "x-microsoft-*", "x-forefront-*", "x-exchange-*", "x-tmn", "x-eopattributed*",
    "x-php-*", "x-me-*", "feedback-id", "x-feedback-*",
    # filters
    "x-spam*", "x-virus*", "x-rspam*", "x-amavis*", "x-proofpoint*", "x-mailscanner*",
    "x-barracuda*", "x-vr-*", "x-vade*", "x-ovh-*", "x-bogosity", "x-dspam*",
    "x-quarantine*", "x-cloudmark*", "x-ham*", "x-halone*", "x-scanned*", "x-pmx*",
    # other lists
    "mailing-list", "x-mailing-list", "x-list*", "x-mailman-*", "x-loop",
    "x-beenthere", "x-sequence", "x-sympa*", "x-family-to", "x-mlmmj*", "x-ml-*",
    "x-unsubscribe*", "x-no-auto-response", "x-csa-*", "x-report-abuse*", "x-abuse*",
    "x-auto-response-suppress", "x-campaign*", "x-mailer-recptid", "x-mailgun-*",
    # a mail client's own notes, and lengths that no longer hold
    "status", "x-status", "x-keywords", "x-uid*", "x-mozilla-*", "x-account-key",
    "content-length", "lines", "content-md5",
)  # fmt: skip
_IS_REMOVED = re.compile(
    "|".join(re.escape(name).replace(r"\*", ".*") for name in _REMOVED)
)
# A second one of these would be read by some clients instead of the first.
_ONCE: Final = frozenset(
    {"date", "in-reply-to", "message-id", "mime-version", "references", "subject"}
)
# List-* field: sub-address, or subject to send instead, in French and English.
_SERVICES: Final = {
    "Help": ("request", "aide", "help"),
    "Subscribe": ("join", "abonner {name}", "subscribe {name}"),
    "Unsubscribe": ("leave", "desabonner {name}", "unsubscribe {name}"),
    "Owner": ("owner", "aide", "help"),
}
_LONE_CR = re.compile(rb"\r(?!\n)")
_LONE_LF = re.compile(rb"(?<!\r)\n")
_NOT_IN_LIST_ID = re.compile(r"[^a-z0-9.-]+")
_SPELT_DOMAIN = re.compile(r"@\S*")


@dataclass(frozen=True, slots=True)
class PostFacts:
    """What the header of a post is made of.

    `footer` is the text to add (empty: none); `removed_note` stands in for an
    attachment taken out, with `{name}` for its name. The fallbacks are for mails
    that came without Message-ID or Date.
    """

    list: MailingList
    mailbox: Address
    author: NamedAddress
    fallback_message_id: str
    fallback_date: datetime
    mailbox_name: str = ""
    subaddressing: str = ""
    footer: str = ""
    removed_note: str = "[{name}]"

    @property
    def title(self) -> str:
        """What the list is called in From: and To:."""
        return self.list.display_name


def render(raw: bytes, post: PostFacts) -> bytes:
    """Make the mail that the members of a list get.

    Bare line feeds become CRLF, since SMTP knows no others (RFC 5321 §2.3.8).
    """
    if raw.count(b"\n") != raw.count(CRLF):
        raw = _LONE_LF.sub(CRLF, raw)
    header, start = split_header(raw)
    fields = split_fields(header)
    if post.list.attachments == "strip":
        raw, start, fields = without_attachments(raw, start, fields, post.removed_note)
    body = with_footer(raw, start, fields, post.footer)
    kept = list(_kept(fields, post))
    if not body.untouched:
        kept = [one for one in kept if not field_name(one).startswith("content-")]
        kept += body.fields
    names = {field_name(one) for one in kept}
    if "mime-version" not in names and "content-type" in names:
        kept.append(b"MIME-Version: 1.0\r\n")
    whole = b"".join((*_set(post, names), *kept, CRLF, *body.pieces))
    return whole if whole.endswith(CRLF) else whole + CRLF


def witnessed(rendered: bytes, mark: str) -> tuple[bytes, ...]:
    """Put a batch's mark before a rendered mail, which is not copied."""
    return field("X-Colporteur", mark), rendered


def _kept(fields: list[bytes], post: PostFacts) -> Iterator[bytes]:
    seen = set()
    for one in fields:
        name = field_name(one)
        empty = not field_value(one).strip()
        if _IS_REMOVED.fullmatch(name) or (name in _ONCE and name in seen):
            continue
        if empty and name in {"message-id", "date"}:
            continue
        seen.add(name)
        # RFC 5322 §2.2 knows no lone CR; some servers would take it for a line end.
        clean = _LONE_CR.sub(b" ", one)
        if name == "subject":
            clean = without_groups(clean, post.list.name)
            clean = prefixed(clean, post.list.subject_prefix)
        yield clean
    if "subject" not in seen and post.list.subject_prefix:
        yield prefixed(b"Subject:\r\n", post.list.subject_prefix)


def _set(post: PostFacts, present: set[str]) -> Iterator[bytes]:
    target = list_address(post.list, post.mailbox, post.subaddressing)
    author = author_name(post.author)
    yield field("From", address_value(f"{author} via {post.title}", str(post.mailbox)))
    yield field("To", address_value(post.title, str(target)))
    yield field("Reply-To", _reply_to(post, target))
    if "message-id" not in present:
        yield field("Message-ID", post.fallback_message_id)
    if "date" not in present:
        yield field("Date", format_datetime(post.fallback_date))
    original = address_value(decoded(post.author.name), str(post.author.address))
    yield field("X-Original-From", original)
    yield from list_fields(post.list, post.mailbox, post.subaddressing)


def author_name(author: NamedAddress) -> str:
    """Name the author; a name that spells an address loses the domain.

    Filters take From: names with another domain for phishing.
    """
    name = _SPELT_DOMAIN.sub("", decoded(author.name)).strip(" '\"<>")
    return name or author.address.local_part


def _reply_to(post: PostFacts, target: Address) -> str:
    author = address_value(decoded(post.author.name), str(post.author.address))
    everybody = address_value(post.title, str(target))
    if post.list.kind is ListKind.ANNOUNCEMENT or post.list.reply_to == "author":
        return author
    return f"{everybody},\n {author}" if post.list.reply_to == "both" else everybody


def list_fields(
    mailing_list: MailingList, mailbox: Address, subaddressing: str
) -> Iterator[bytes]:
    """Write the fields of RFC 2369 and RFC 2919, and `Precedence`."""
    target = list_address(mailing_list, mailbox, subaddressing)
    post_to = "NO"
    if mailing_list.kind is not ListKind.ANNOUNCEMENT:
        by_subject = "" if target != mailbox else f"[{mailing_list.name}] "
        post_to = f"<{mailto(target, by_subject)}>"
    yield field("List-Id", list_id(mailing_list, mailbox))
    yield field("List-Post", post_to)
    for what, link in _service_links(mailing_list, mailbox, subaddressing):
        yield field(f"List-{what}", f"<{link}>")
    yield field("Precedence", "list")


def _service_links(
    mailing_list: MailingList, mailbox: Address, subaddressing: str
) -> Iterator[tuple[str, str]]:
    """Make the links to the commands, by sub-address or else by subject.

    Without sub-addresses nothing leads to the owners alone: their own addresses
    would be told to everybody.
    """
    name = mailing_list.name
    for what, (detail, french, english) in _SERVICES.items():
        to = subaddress(mailbox, subaddressing, f"{name}-{detail}")
        word = french if mailing_list.language == "fr" else english
        asked = "" if to and detail != "request" else word.format(name=name)
        yield what, mailto(to or mailbox, asked)


def footer_of(mailing_list: MailingList, settings: Settings, texts: Texts) -> str:
    """Give the footer that a list chose, or the standard one."""
    if mailing_list.footer:
        return mailing_list.footer
    facts = {
        "list_title": mailing_list.display_name,
        "kind": mailing_list.kind.value,
        "address": list_address(mailing_list, settings.mailbox, settings.subaddressing),
        "mailtos": {
            what.lower(): link
            for what, link in _service_links(
                mailing_list, settings.mailbox, settings.subaddressing
            )
        },
    }
    return texts.render("footer", mailing_list.language, facts)[1]


def list_id(mailing_list: MailingList, mailbox: Address) -> str:
    """Make a list's identifier; it stays the same whatever the title (RFC 2919)."""
    spec = f"{mailing_list.name}.{mailbox.local_part}.{mailbox.domain}".lower()
    spec = _NOT_IN_LIST_ID.sub("-", spec)
    return address_value(mailing_list.display_name, spec)


def list_address(
    mailing_list: MailingList, mailbox: Address, subaddressing: str
) -> Address:
    """Give the address that members write to: alias, sub-address, or the mailbox."""
    if mailing_list.address:
        return mailing_list.address
    return subaddress(mailbox, subaddressing, mailing_list.name) or mailbox


def subaddress(mailbox: Address, separator: str, detail: str) -> Address | None:
    """Make `mailbox+detail@…` (RFC 5233); None where the provider has no such thing."""
    local_part = f"{mailbox.local_part}{separator}{detail}"
    if not separator or len(local_part) > _LOCAL_PART_MAX:
        return None
    return Address(local_part, mailbox.domain)
