"""Which variables each text and sentence has: what senders of a text must give.

All must be given; what doesn't apply is the empty string, the empty tuple or
None. Times are aware datetimes (text is shown as it stands), sizes bytes,
durations seconds or timedeltas, addresses `Address` or text.

- `lists`: mappings with name, title, kind (announcement | discussion), may_post,
  member.
- `commands`: mappings with words, usage, about, mailto.
- `results`: mappings with command, ok, and either text, or text_id and facts (a
  sentence, or the body of a text).
- `reasons`, `warnings`: ids of sentences, or mappings with `id` and the facts.
- `posts`: mappings with author, subject, when, lines (of the text), attachments
  (mappings with name and size), whole (with its attachments), missing (too large).
- `refused`: pairs of address and the server's words.
- `mailtos`: mailto: links by answer (see each text).

A test keeps this table in step with the templates, in both directions.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ("SENTENCES", "TEXTS")

TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # commands
        "help": "mailbox lists subaddressing commands",  # subaddressing: "+", or empty
        "lists": "lists mailbox",
        "list-info": "name title kind description owners subscription members address",
        "subscriptions": "lists",  # the command `which`
        "unknown-command": "word suggestion commands",
        "command-results": "results",
        "unclear-help": "mailbox subject lists",
        "unclear-copy": "author subject when",
        "which-list": "subject lists mailbox",  # lists: those the author may write to
        # coming and going
        "subscribe-confirm": "address list_title token mailtos hold_days",  # .ok
        "unsubscribe-confirm": "address list_title token mailtos hold_days",  # .ok
        "subscription-to-owners": "address name list_title mailtos",  # .add
        "subscription-closed": "list_title owners",
        "welcome": "list_title kind address words mailtos",  # .leave; words: the list's
        "goodbye": "list_title mailtos",  # .join
        "already-member": "address list_title",
        "not-a-member": "address list_title",
        "bounce-none": "list_title",
        # announcements; mailtos.ok, mailtos.no
        "preview": (
            "list_title subject recipients batches start end size warnings excerpt"
            " token mailtos"
        ),
        "preview-confirmed": "list_title subject recipients end",
        "preview-dropped": "list_title subject",
        "preview-already-settled": "list_title subject verdict when",  # ok, no, expired
        "preview-unclear": "list_title subject token mailtos",
        "receipt": "list_title subject accepted refused started ended duration",
        # posts
        "post-rejected-not-sender": "list_title subject",
        "post-rejected-non-member": "list_title subject mailtos",  # .join
        "post-held": "list_title subject reasons hold_days",
        "post-approved": "list_title subject recipients end",
        "post-refused": "list_title subject reason",
        "post-expired": "list_title subject hold_days",
        "too-large-mail": "subject size limit",
        "notice-content-refused": "list_title subject words",
        "digest": "list_title prefix date number posts",
        # moderation; mailtos.approve, .reject, .discard
        "moderation": (  # authenticated: pass | fail | none; others: their names
            "author when list_title subject size attachments reasons authenticated"
            " excerpt recipients end token mailtos others hold_days"
        ),
        "moderation-already-settled": "list_title subject by when verdict",  # approve …
        "moderation-unclear": "list_title subject token mailtos",
        # answers
        "token-invalid": "mailbox",
        "token-expired": "list_title subject",  # both may be empty
        "answer-other-address": "address",  # the one that was asked
        "forged": "address subject",
        # admins
        "alert-problem-mail": "subject author when words",
        "alert-sending-stopped": "words",
        "alert-quota": "words until",
        "alert-login": "server words",
        "alert-crash": "subject author words",
        "alert-forged": "address subject when",
        # what goes under a post; the body alone is used
        "footer": "list_title kind address mailtos",  # .unsubscribe, .help
    }
)

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # why a post is held or refused: the posting rules, `detail` is `Hit.detail`
        "too-large": "",
        "non-member": "",
        "not-sender": "",
        "moderated": "",
        "new-member": "",
        "forged": "",
        "unproved": "",
        "no-recipients": "",
        "already-posted": "",
        "empty": "",
        "automatic": "",
        # what to do about it
        "advice-too-large": "",
        # what a preview warns of
        "no-text": "",
        "big-attachments": "",
        "local-links": "",
        "empty-subject": "",
        "missing-attachment": "",
        "many-days": "",
        # why a command can't be carried out
        "no-such-list": "name",
        "list-missing": "",
        "bad-address": "text",
        "too-many-commands": "",
        "nothing-to-confirm": "",
        "already-on-list": "address list_title",
        "not-on-list": "address list_title",
        "confirmation-sent": "address",
        "closed-list": "list_title",
        "passed-to-owners": "list_title",
        "not-allowed": "",
        "needs-argument": "usage",
        # in place of an attachment; `{name}` in it is filled in by `compose.posts`
        "attachment-removed": "",
    }
)
