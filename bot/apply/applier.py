"""The `match` over `Action`."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import assert_never

from bot import logs
from bot.actions import (
    Action,
    Alert,
    AskConfirmation,
    CopyToOwners,
    CountWrongToken,
    Decision,
    Distribute,
    Enrol,
    Hold,
    MarkWitness,
    Preview,
    RecordBounce,
    Reply,
    Settle,
    Unenrol,
)
from bot.address import Address
from bot.apply.desk import Desk, Errand
from bot.apply.letters import Letter
from bot.apply.posts import ask_moderators, ask_sender, distribute
from bot.compose.posts import list_address
from bot.model import Message, RequestKind

__all__ = ("Applier",)

_CONFIRM_DAYS = 7
_ALERT_EVERY = timedelta(days=1)


class Applier(Desk):
    """Carries out decisions; call it inside a transaction of its store."""

    def __call__(
        self, decision: Decision, message: Message | None, now: datetime
    ) -> None:
        """Carry out every action of a decision about `message`, in order."""
        errand = Errand(decision, message, now)
        for action in decision.actions:
            self._carry_out(action, errand)

    def _carry_out(self, action: Action, errand: Errand) -> None:  # noqa: C901, PLR0912 - one match
        match action:
            case Distribute():
                distribute(self, action, errand)
            case Preview():
                ask_sender(self, action, errand)
            case Hold():
                ask_moderators(self, action, errand)
            case Settle():
                self._settle(action, errand)
            case AskConfirmation():
                self._ask_confirmation(action, errand)
            case Enrol():
                self._enrol(action, errand)
            case Unenrol():
                self._unenrol(action, errand)
            case Reply():
                self._reply(action, errand)
            case CopyToOwners():
                self._copy(action, errand)
            case Alert():
                self._alert(action, errand)
            case RecordBounce():
                self.bounce_log.record(action.report, action.events, errand.now)
            case MarkWitness():
                self.store.mark_witness(action.batch_id)
            case CountWrongToken():
                self.store.count_wrong_token(action.address, errand.now)
            case _:
                assert_never(action)

    def _settle(self, action: Settle, errand: Errand) -> None:
        self.store.settle_request(
            action.request_id, action.verdict, action.by, errand.now
        )
        logs.log("request.settled", verdict=action.verdict, address=str(action.by))

    def _ask_confirmation(self, action: AskConfirmation, errand: Errand) -> None:
        kind = RequestKind(action.wish)
        token = self.new_token()
        self.store.open_request(
            kind,
            self.new_ref(),
            token,
            action.list_name,
            action.address,
            expires_at=errand.now + timedelta(days=_CONFIRM_DAYS),
            facts={"name": action.name},
            now=errand.now,
        )
        facts = {
            "address": str(action.address),
            "hold_days": _CONFIRM_DAYS,
            "token": token,
            "mailtos": self.mailtos(token, ok="ok"),
        }
        self.send_letter(
            Letter(
                action.address,
                f"{action.wish}-confirm",
                facts,
                list_name=action.list_name,
                kind="confirm",
                token=token,
                answers=errand.message,
            ),
            errand.now,
        )
        # Counted like any answer, so that forged wishes can't flood an address.
        self.store.note_reply(action.address, errand.now)

    def _enrol(self, action: Enrol, errand: Errand) -> None:
        new = self.store.enrol(
            action.address, action.name, action.list_name, action.origin, errand.now
        )
        logs.log("member.enrolled", list=action.list_name, address=str(action.address))
        one = self.settings.lists[action.list_name]
        facts = {"address": str(action.address)}
        text_id = "welcome" if new else "already-member"
        if new:
            settings = self.settings
            to = list_address(one, settings.mailbox, settings.subaddressing)
            facts = {
                "address": str(to),  # the one to write to
                "words": one.welcome,
                "kind": one.kind.value,
            }
        self._letter_to_member(action.address, text_id, facts, one.name, errand)

    def _unenrol(self, action: Unenrol, errand: Errand) -> None:
        left = self.store.unenrol(action.address, action.list_name)
        logs.log("member.left", list=action.list_name, address=str(action.address))
        text_id = "goodbye" if left else "not-a-member"
        self._letter_to_member(action.address, text_id, {}, action.list_name, errand)

    def _letter_to_member(
        self,
        to: Address,
        text_id: str,
        facts: Mapping[str, object],
        list_name: str,
        errand: Errand,
    ) -> None:
        self.send_letter(
            Letter(
                to,
                text_id,
                {"address": str(to), **facts},
                list_name=list_name,
                kind="welcome" if text_id == "welcome" else "notice",
                answers=errand.message,
            ),
            errand.now,
        )

    def _reply(self, action: Reply, errand: Errand) -> None:
        message = errand.message if action.answers else None
        self.send_letter(
            Letter(
                action.to,
                action.text_id,
                action.facts,
                list_name=action.list_name,
                language=action.language,
                kind=action.kind,
                attach=action.attach,
                answers=message,
            ),
            errand.now,
        )
        if action.answers:
            self.store.note_reply(action.to, errand.now)

    def _copy(self, action: CopyToOwners, errand: Errand) -> None:
        author = errand.message.author if errand.message else None
        if author is not None:  # counted, so that no machine makes us write for ever
            self.store.note_reply(author.address, errand.now)
        for owner in self.owners_of(action.list_name):
            self.send_letter(
                Letter(
                    owner,
                    action.text_id,
                    action.facts,
                    list_name=action.list_name,
                    kind="notice",
                    attach=errand.message.sha256 if errand.message else "",
                ),
                errand.now,
            )

    def _alert(self, action: Alert, errand: Errand) -> None:
        key = action.key or f"{action.text_id} {errand.now.isoformat()}"
        if not self.store.alert_due(key, errand.now, _ALERT_EVERY):
            return
        logs.log("alert.sent", key=key, text=action.text_id)
        for admin in self.settings.admins:
            self.send_letter(
                Letter(admin, action.text_id, action.facts, kind="alert"), errand.now
            )
