"""Which variables each text and sentence has: what senders of a text must give.

All must be given; what doesn't apply is the empty string, the empty tuple or
None. Times are aware datetimes (text is shown as it stands), sizes bytes,
durations seconds or timedeltas, addresses `Address` or text.

- `lists`: mappings with name, title, kind (announcement | discussion), may_post,
  calls, member, owner, mailto; of `subscriptions` also state, reception, until,
  address; of `daily-summary` title, joined, left.
- `commands`: mappings with words, usage, about, who, mailto.
- `people`: mappings with id, ok, and the facts of the sentence.
- `refused` of an import: mappings with id, line, text, and the facts.
- `results`: mappings with command, below (lines of it), ok, and either text, or
  text_id and facts (a sentence, or the body of a text).
- `reasons`, `warnings`: ids of sentences, or mappings with `id` and the facts.
- `items`: mappings with ref, kind (moderation | admission | departure), list,
  subject, name, address, when, until, reasons, text (how it begins).
- `attachments` of a held post: mappings with name, type, size.
- `posts`: mappings with author, subject, when, lines (of the text), attachments
  (mappings with name and size), whole (with its attachments), missing (too large).
- `refused` of a receipt: mappings with who, reason (a sentence), words (the server's).
- of a send: `recipients` in all, `accepted` (they have it), `in_flight` (they may have
  it), `remaining` (they wait), `missed` (neither), `before` (by an earlier send).
- `people` of a sheet: mappings with number, name, address, mailto, phone, tel, since,
  titles, reason (a sentence), suggestion, tried_at; of `bounces-weekly` name, address,
  since, titles, reason, new, caller.
- `lines` of an answer to a sheet: mappings with text (what was typed), result (a
  sentence); `left`: of its people mappings with number, name, address.
- `mailtos`: mailto: links by answer (see each text).

A test keeps this table in step with the templates, in both directions.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ("PAGES", "SENTENCES", "TEXTS")

TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # commands
        "help": "mailbox lists subaddressing commands privacy",
        "lists": "lists mailbox",
        "list-info": "name title kind description owners subscription members address",
        "subscriptions": "lists others",
        "unknown-command": "word suggestion commands",
        "command-results": "results doubtful token mailtos waiting hold_days",
        "unclear-help": "mailbox subject lists",
        "unclear-copy": "author subject when why list_title",  # why: owner | answer
        "passed-on": "subject list_title mailbox",  # the title may be empty
        "which-list": "subject lists mailbox",  # lists: those the author may write to
        # coming and going
        "subscribe-confirm": "address list_title token mailtos hold_days",  # .ok
        "unsubscribe-confirm": "address list_title token mailtos hold_days unpublished",
        "subscription-to-owners": "address name list_title mailtos",  # .add
        "subscription-closed": "list_title owners",
        "welcome": (
            "list_title kind address words mailtos description reply_to max_size by"
        ),
        "goodbye": "list_title mailtos by",
        "already-member": "address list_title",
        "not-a-member": "address list_title",
        "bounce-none": "list_title",
        # announcements; mailtos.ok, mailtos.no
        "preview": (
            "list_title subject recipients batches start end leave_at size warnings"
            " doubt asked asked_at excerpt token mailtos"  # doubt: unclear, past, far
        ),
        "preview-long": (  # limit: the setting that makes it so, or empty
            "list_title name subject recipients lasts leave_at end limit number csv"
            " token mailtos"
        ),
        "hosted-list": (
            "list_title name kind description who address association owners number"
            " mailbox lasts csv"
        ),
        "scheduled": "list_title subject recipients leave_at quiet end tag line cancel",
        # leave_at is to come, late is over
        "preview-confirmed": (  # cancel: the link that stops it
            "list_title subject recipients end leave_at late cancel"
        ),
        "preview-dropped": "list_title subject",
        "preview-already-settled": (  # verdict: ok, no, expired, superseded, days
            "list_title subject verdict when leave_at paused"
        ),
        "preview-unclear": "list_title subject token mailtos is_post",
        "receipt": (  # stopped: empty, cancelled or failed
            "list_title subject accepted before dropped refused started ended duration"
            " stopped"
        ),
        # sends, and stepping in
        "send-progress": (
            "list_title subject accepted recipients batches paused everything_paused"
            " end"
        ),
        "send-paused": "list_title subject accepted recipients in_flight",
        "send-resumed": (
            "list_title subject accepted recipients remaining everything_paused end"
        ),
        "send-over": "list_title subject accepted recipients in_flight",
        "send-unclear": (  # mailtos.pause, .resume, .cancel
            "list_title subject accepted recipients paused mailtos"
        ),
        "correction-how": "list_title subject accepted",
        "correction-nobody": "list_title subject",
        "correction-preview": (
            "list_title title recipients end excerpt remaining token mailtos"
        ),
        "correction-confirmed": "list_title subject recipients end",
        "correction-dropped": "list_title subject paused",
        "correction-wait": "list_title subject in_flight",
        "rest-preview": (
            "list_title subject accepted recipients in_flight end token mailtos"
        ),
        "rest-confirmed": "list_title subject recipients before end",
        "rest-nobody": "list_title subject in_flight",
        # posts
        "post-rejected-not-sender": "list_title subject",
        "post-rejected-non-member": "list_title subject mailtos",  # .join
        "post-held": (  # mailtos.join, .leave; cancel: the link that withdraws it
            "list_title subject reasons hold_days mailtos cancel"
        ),
        "post-approved": "list_title subject recipients end stripped leave_at late",
        "post-refused": "list_title subject reason",
        "post-to-correct": "list_title subject reason",
        "post-expired": "list_title subject hold_days",
        "post-withdrawn": "list_title subject",
        "word-passed-on": "subject",
        "post-waits": "subject",
        "no-moderator-now": "list_title",
        "post-held-again": "list_title subject",
        "too-large-mail": "subject size limit",
        "notice-content-refused": "list_title subject words",
        "notice-sent-back": "list_title subject until words",
        "digest": "list_title prefix date number posts",
        # moderation; mailtos.approve, .reject, .discard
        "moderation": (  # authenticated: pass | fail | none; others: their names
            "author who when list_title subject size attachments reasons authenticated"
            " member since posted excerpt recipients end leave_at ref mailtos others"
            " hold_days"
        ),
        "moderation-already-settled": (  # verdict: approve …; own: by the reader
            "list_title about kind by own when verdict"
        ),
        "moderation-talk": (
            "by is_author answers address others subject list_title text mailtos ref"
        ),
        "discuss-sent": "about others",
        "discuss-alone": "about list_title",
        "taken-back": "list_title subject by",
        "send-stopped": (
            "list_title subject accepted recipients in_flight missed digested ref"
        ),
        "too-late-to-stop": "list_title subject accepted digested",
        "pending": "number",
        "pending-reminder": "items",
        "pending-unclear": "refs token",
        "all-pending": "items",
        "admission-expired": "list_title hold_days",
        "owners-banned": "list_title name address by subject",
        # what comes back; mailtos.ok, mailtos.no
        "probe": "name address titles reason suspended mailtos",
        "probe-thanks": "",
        "probe-no": "",
        "complaint-goodbye": "titles mailtos",  # .join
        "suspend-ask": "list_title people more number size mailtos",
        "suspend-settled": "list_title number suspended waiting gone",
        "alert-incident": "subject refused number",
        "alert-bounce-log": "path",
        "moderator-bounces": "titles name address words",
        "moderation-unclear": "list_title about post token mailtos",
        # answers
        "token-invalid": "mailbox",
        "token-expired": "list_title subject",  # both may be empty
        "answer-other-address": "address",  # the one that was asked
        "forged": "address subject",
        # admins
        "alert-problem-mail": "subject author when words",
        "alert-sending-stopped": "words",
        "alert-quota": "words until",
        "alert-quota-unproved": "words addresses",
        "alert-delay": "words",
        "alert-login": "server words",
        "alert-crash": "subject author words",
        "alert-forged": "address subject when",
        "alert-no-moderator": "list_title name addresses",
        "help-command": "spellings usage about who mailto",
        "members": "list_title roster more number",
        "stats": "name list_title figures",
        # people: mappings with who, reason (a sentence), posts, first (the first of
        # them came back), state, since (of the state), probe (when we ask the address)
        "bounces": "name list_title people more number",
        "queue": "sends stopped",
        "people-results": "people",
        "settings": (
            "name list_title rows owners moderators senders callers trusted banned"
        ),
        "welcome-shown": "name list_title words",
        "footer-shown": "name list_title words",
        "mydata": "address forget",
        "privacy": "name mailbox mydata forget",
        "import-confirm": (
            "list_title added first changed changes"
            " unchanged refused refused_number token mailtos hold_days"
        ),
        "import-nothing": "list_title unchanged refused refused_number",
        "import-done": "list_title added changed refused_number",
        "invite-confirm": "list_title by description token mailtos hold_days",
        "also-confirm": "person other titles token mailtos hold_days",
        "link-confirm": "other subject token mailtos hold_days",
        "forget-confirm": "address token mailtos hold_days",
        "admission": "address name list_title others ref mailtos hold_days",
        "departure": "address name list_title others ref mailtos hold_days",
        "asked-moderators": "list_title wish",
        "admission-refused": "list_title reason again",
        "departure-refused": "list_title reason",
        "also-linked": "address known",
        "also-pending": "address",
        "address-changed": "titles new old by",
        "forgotten": "",
        "reminder": "asked when until token mailtos",
        "daily-summary": "lists",
        # callers
        "sheet": "people more token",
        "sheet-answer": "lines left unclear asks example token",
        "bounces-weekly": "people more back calls more_calls",
        "question-unclear": "subject token",
        "question-answered": "subject by verdict",
        "no-such-group": "list_title subject unknown groups",
        # what goes under a post; the body alone is used
        "footer": "list_title kind address mailtos",  # .unsubscribe, .help
    }
)

# HTML: that of a mail, and what is printed.
PAGES: Final[Mapping[str, str]] = MappingProxyType(
    {"sheet": "people more", "sheet-print": "people date mailbox"}
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
        "hour-in-doubt": "",
        "banned": "",
        "program-attached": "",
        "administrivia": "",
        "many-links": "",
        "implicit-destination": "",
        "many-addressees": "",
        # what to do about it
        "advice-too-large": "",
        # what a preview warns of
        "no-text": "",
        "big-attachments": "",
        "local-links": "",
        "empty-subject": "",
        "missing-attachment": "",
        "many-days": "limit number end",
        "end-is-guess": "",
        "quiet-hours": "when",
        "line-stays": "line",
        "tag-taken": "tag",
        "earlier-replaced": "when",
        "earlier-waits": "when ref",
        # why a command can't be carried out
        "list-missing": "known",
        "bad-address": "text",
        "own-address": "address",
        "too-many-commands": "",
        "nothing-to-confirm": "",
        "already-on-list": "address list_title",
        "not-on-list": "address list_title",
        "confirmation-sent": "address",
        "closed-list": "list_title",
        "passed-to-owners": "list_title",
        "not-allowed": "",
        "needs-argument": "usage",
        # commands of members and owners
        "no-such-list": "name known",
        "not-owner": "list_title",
        "address-missing": "",
        "two-addresses": "",
        "was-forgotten": "address",
        "left-before": "address list_title",
        "typo": "address suggestion",
        "also-typo": "address suggestion",
        "no-address": "",
        "twice": "",
        "too-many-people": "number",
        "added": "address list_title",
        "invited": "address list_title",
        "removed": "address list_title",
        "waits-for-ok": "",
        "asked-if-member": "address",
        "passed-to-moderators": "list_title",
        "no-member": "address",
        "bad-date": "text",
        "date-out-of-range": "text",
        "paused": "list_title day back",
        "paused-open": "list_title",
        "resumed": "list_title",
        "not-paused": "list_title",
        "bad-name": "",
        "name-set": "name",
        "bad-language": "text",
        "language-set": "language",
        "also-known": "address",
        "also-asked": "address",
        "set-each": "list_title",
        "set-digest": "list_title list often",
        "set-none": "list_title list",
        "bad-reception": "text",
        "no-digest": "list_title",
        "no-such-setting": "key known",
        "bad-value": "key text choices",
        "setting-changed": "list_title key value",
        "bad-role": "",
        "role-as-it-was": "address list_title",
        "last-owner": "list_title",
        "promoted": "address role list_title",
        "demoted": "address role list_title",
        "no-such-send": "ref",
        # what moderators decided by commands
        "judged-approve": "subject",
        "judged-trust": "subject",
        "judged-reject": "subject",
        "judged-discard": "subject",
        "judged-spam": "subject",
        "judged-ban": "subject",
        "no-such-pending": "ref",
        "decided-before": "subject verdict by",
        "nothing-pending": "",
        "reference-missing": "",
        "moderators-only": "",
        "cancel-by-reply": "",
        "not-banned": "address list_title",
        "not-moderator": "list_title",
        "words-left": "text",
        "unbanned": "address list_title",
        "nothing-to-cancel": "",
        "which-send": "refs",
        "send-cancelled": "subject accepted missed ref",
        "send-on-hold": "subject accepted ref",
        "send-goes-on": "subject accepted remaining",
        "send-continued": "subject unserved",
        "send-finished": "ref",
        "list-or-send": "ref",
        "correction-of": "subject",
        # why an address was refused
        "because-unknown-user": "",
        "because-unknown-host": "",
        "because-mailbox-full": "",
        "because-inactive": "",
        "because-policy": "",
        "because-too-big": "",
        "because-temporary": "",
        "because-other": "",
        "import-unreadable": "words",
        "import-empty": "name",
        "echoed": "text",
        "nothing-to-end": "",
        "address-changed-done": "old new",
        "exported": "list_title number",
        "prefix-taken": "text",
        # what came of a line of a sheet; `line`: what to answer
        "sheet-corrected": "who new",
        "sheet-removed": "who titles",
        "sheet-kept": "who",
        "sheet-unreached": "who",
        "sheet-settled": "who",
        "sheet-not-yours": "who",
        "sheet-said-above": "who",
        "sheet-well": "who address number words",
        "sheet-typo": "new suggestion number",
        "sheet-taken": "new who number",
        "sheet-one-now": "who new",
        "sheet-not-theirs": "new",
        "sheet-who": "",
        "sheet-what": "",
        "sheet-no-such-line": "",
        "sheet-not-on-it": "",
        "sheet-which-address": "",
        "sheet-bad-address": "",
        # in place of an attachment; `{name}` in it is filled in by `compose.posts`
        "attachment-removed": "",
    }
)
