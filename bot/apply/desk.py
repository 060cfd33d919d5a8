"""What the applier works with, and what its parts share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from bot import identity
from bot.actions import Decision
from bot.address import Address, NamedAddress
from bot.apply.letters import Letter, Sent
from bot.compose.headers import mailto
from bot.compose.notices import NoticeFacts, notice
from bot.compose.posts import list_id, subaddress
from bot.compose.texts import Texts
from bot.compose.texts_table import TEXTS
from bot.model import (
    Limits,
    MailingList,
    Message,
    Outgoing,
    Priority,
    SendState,
    Settings,
    shown_send,
)
from bot.ports import BounceLog, Spool, Store
from bot.sending.limits import Expected, History, expected, plan
from bot.sending.quiet import quiet_until

__all__ = ("Desk", "Errand")


@dataclass(frozen=True, slots=True)
class Errand:
    """A decision being carried out; `message` is the mail that it is about."""

    decision: Decision
    message: Message | None
    now: datetime


@dataclass(slots=True)
class Desk:
    """Settings, store and texts; `random` gives bytes, `rider` is 0 or 1."""

    settings: Settings
    store: Store
    spool: Spool
    bounce_log: BounceLog
    texts: Texts
    limits: Callable[[], Limits]
    random: Callable[[int], bytes]
    rider: int = 0

    def new_token(self) -> str:
        """Make a token: 128 random bits."""
        return identity.new_token(self.random)

    def new_ref(self) -> str:
        """Make a short reference for people."""
        return identity.new_ref(self.random)

    def owners_of(self, list_name: str) -> tuple[Address, ...]:
        """Give a list's owners, sorted; the admins without a list or owners."""
        one = self.settings.lists.get(list_name)
        owners = tuple(sorted(one.owners)) if one else ()
        return owners or self.settings.admins

    def mailtos(self, token: str, **subjects: str) -> Mapping[str, str]:
        """Make `mailto:` addresses that answer a request with one tap."""
        box = self.settings.mailbox
        separator = self.settings.subaddressing
        to = f"{box.local_part}{separator}{token}@{box.domain}" if separator else box
        suffix = "" if separator else f" {token}"
        return {
            key: f"mailto:{to}?subject={quote(subject + suffix)}"
            for key, subject in subjects.items()
        }

    def outlook(
        self,
        one: MailingList,
        now: datetime,
        groups: frozenset[str] = frozenset(),
        leave_at: datetime | None = None,
    ) -> Expected:
        """Say how many would get a post to a list, and when the last of them.

        It waits until `leave_at`, and for what waits already.
        """
        return self._expected(
            one, now, self.store.sends(unfinished=True), groups, leave_at
        )

    def outlook_alone(
        self, one: MailingList, now: datetime, groups: frozenset[str]
    ) -> Expected:
        """Say the same as if nothing else waited."""
        return self._expected(one, now, (), groups, None)

    def quiet_until(self, at: datetime | None) -> datetime | None:
        """Give the end of the quiet hours that a time lies in, if it does."""
        hours, zone = self.limits().quiet_hours, self.settings.timezone
        return quiet_until(at, hours, zone) if at else None

    def _expected(
        self,
        one: MailingList,
        now: datetime,
        queue: Sequence[SendState],
        groups: frozenset[str],
        leave_at: datetime | None,
    ) -> Expected:
        """Say how many would get a post to a list, and when the last of them."""
        reach = self.settings.reached_by(one.name, groups)
        recipients = self.store.count_recipients(reach)
        return self._foretold(recipients, queue, now, leave_at)

    def outlook_of(self, recipients: int, now: datetime) -> Expected:
        """Say when the last of so many people would get a post."""
        return self._foretold(recipients, self.store.sends(unfinished=True), now, None)

    def _foretold(
        self,
        recipients: int,
        queue: Sequence[SendState],
        now: datetime,
        leave_at: datetime | None,
    ) -> Expected:
        return expected(
            recipients,
            queue,
            self.limits(),
            History(self.store.usage(now - timedelta(days=1))),
            now,
            self.settings.timezone,
            rider=self.rider,
            leave_at=leave_at,
        )

    def _planned(self, now: datetime) -> Mapping[int, Expected]:
        """Say when each of the sends will have left."""
        return plan(
            self.store.sends(unfinished=True),
            self.limits(),
            History(self.store.usage(now - timedelta(days=1))),
            now,
            self.settings.timezone,
            rider=self.rider,
        ).sends

    def _foreseen(self, letter: Letter, one: MailingList, now: datetime) -> Expected:
        """Say when a post ends that was queued just now, or else would end."""
        queued = [
            send.id
            for send in self.store.sends(unfinished=True)
            if (send.list_name, send.kind, send.created_at) == (one.name, "post", now)
        ]
        planned = self._planned(now) if queued else {}
        if queued and queued[-1] in planned:
            return planned[queued[-1]]
        return self.outlook(one, now, letter.groups)

    def send_facts(self, send_id: int, now: datetime) -> dict[str, object]:
        """Say how far a send is; its end is empty where nobody can tell."""
        send = self.store.send(send_id)
        if send is None:
            return {}
        planned = self._planned(now).get(send_id)
        return shown_send(send) | {
            "everything_paused": self.store.everything_paused(),
            "batches": planned.batches if planned else 0,
            "end": planned.end if planned and planned.recipients else "",
        }

    def with_ends(
        self, facts: Mapping[str, object], now: datetime
    ) -> Mapping[str, object]:
        """Fill in when the sends end that the command `queue` tells of."""
        results = facts.get("results", ())
        if not isinstance(results, tuple):
            return facts
        if not any(one["text_id"] == "queue" for one in results):
            return facts
        planned = self._planned(now)
        ended = tuple(_with_ends(one, planned) for one in results)
        return {**facts, "results": ended}

    def language_of(self, to: Address, one: MailingList | None) -> str:
        """Say in which language to write to somebody about a list."""
        person = self.store.find_person(to)
        known = person.language if person else ""
        return known or (one.language if one else self.settings.language)

    def send_letter(self, letter: Letter, now: datetime) -> Sent:
        """Render a mail of the bot's own and put it into the outbox."""
        person = self.store.find_person(letter.to)
        one = self.settings.lists.get(letter.list_name)
        language = letter.language or self.language_of(letter.to, one)
        facts = {**self._common(one, letter.text_id), **letter.facts}
        facts |= _in_time(facts, now)
        if letter.send_id:
            facts |= self.send_facts(letter.send_id, now)
        elif one is not None and "end" in facts and not facts["end"]:
            outlook = self._foreseen(letter, one, now)
            facts |= {"recipients": outlook.recipients, "end": outlook.end}
        subject, text = self.texts.render(letter.text_id, language, facts)
        name = person.name if person else ""
        rendered = notice(
            NoticeFacts(
                mailbox=self.settings.mailbox,
                mailbox_name=self.settings.name,
                to=NamedAddress(name, letter.to),
                subject=subject,
                text=text,
                message_id=self._message_id(letter),
                date=now,
                token=letter.token,
                reply_to=letter.reply_to,
                subaddressing=self.settings.subaddressing,
                language=language,
                automatic=letter.answers is not None,
                in_reply_to=letter.answers.message_id if letter.answers else "",
                references=letter.answers.references if letter.answers else (),
                list_id=list_id(one, self.settings.mailbox) if one else "",
                original=self.spool.read(letter.attach) if letter.attach else b"",
                files=letter.files,
                html=letter.html,
            )
        )
        mail = Outgoing(
            sha256=self.spool.add(rendered),
            size=len(rendered),
            kind=letter.kind,
            priority=Priority.INTERACTIVE,
            subject=subject,
            list_name=letter.list_name,
        )
        return Sent(subject, self.store.enqueue(mail, [letter.to], now))

    def _message_id(self, letter: Letter) -> str:
        asks = letter.token and not letter.again
        unique = letter.token if asks else self.new_token()
        return f"<{unique}.{letter.kind}@{self.settings.mailbox.domain}>"

    def _common(self, one: MailingList | None, text_id: str) -> dict[str, object]:
        """Give the facts that only the desk knows; what doesn't apply is empty."""
        wanted = TEXTS[text_id].split()
        facts: dict[str, object] = dict.fromkeys(wanted, "")
        facts["mailbox"] = str(self.settings.mailbox)
        if one is not None:
            facts["list_title"] = one.display_name
            facts["mailtos"] = self._service_mailtos(one)
        return facts

    def _service_mailtos(self, one: MailingList) -> Mapping[str, str]:
        """Make the links that join, leave and ask for help."""
        box, separator = self.settings.mailbox, self.settings.subaddressing
        words = {"join": "abonner", "leave": "désabonner"}
        if one.language != "fr":
            words = {"join": "subscribe", "leave": "unsubscribe"}
        links = {"help": mailto(box, "aide" if one.language == "fr" else "help")}
        for key, word in words.items():
            to = subaddress(box, separator, f"{one.name}-{key}")
            links[key] = mailto(to or box, "" if to else f"{word} {one.name}")
        return links


def _in_time(facts: Mapping[str, object], now: datetime) -> dict[str, object]:
    """Tell a time that is over apart from one that is still to come."""
    leave_at = facts.get("leave_at")
    if not isinstance(leave_at, datetime) or leave_at > now:
        return {}
    return {"leave_at": None, "late": leave_at}


def _with_ends(
    result: Mapping[str, object], planned: Mapping[int, Expected]
) -> Mapping[str, object]:
    facts = result.get("facts")
    if result["text_id"] != "queue" or not isinstance(facts, Mapping):
        return result
    sends = tuple(
        {**one, "end": planned[one["id"]].end if one["id"] in planned else None}
        for one in facts["sends"]
    )
    return {**result, "facts": {**facts, "sends": sends}}
