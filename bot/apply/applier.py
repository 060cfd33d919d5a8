"""The `match` over `Action`."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from bot import logs
from bot.actions import (
    Action,
    Alert,
    AskConfirmation,
    AskCorrection,
    AskModerators,
    AskRest,
    AskToProceed,
    BrakeSend,
    CancelSend,
    ChangeAddress,
    ChangeRole,
    ChangeSetting,
    CopyToOwners,
    CountWrongToken,
    Decision,
    Discuss,
    Distribute,
    EndAbsence,
    Enrol,
    EnrolMany,
    Forget,
    Hold,
    LinkAddress,
    MarkWitness,
    NoteAbsence,
    NoteCall,
    Pause,
    Preview,
    PreviewImport,
    PutOff,
    RecordBounce,
    Reply,
    Resume,
    Revive,
    SendCorrection,
    SendRest,
    SetMark,
    SetPerson,
    SetReception,
    Settle,
    SettleSuspensions,
    ShowPending,
    TakeBack,
    TellOfSend,
    TellOwners,
    Unenrol,
)
from bot.address import Address
from bot.apply import (
    bounces,
    brake,
    calls,
    digests,
    members,
    previews,
    questions,
    sends,
    waiting,
)
from bot.apply.alerts import tell_admins
from bot.apply.desk import Desk, Errand
from bot.apply.letters import Letter
from bot.apply.moderation import ask_moderators
from bot.apply.posts import distribute
from bot.apply.returns import put_off
from bot.errors import StoreConflictError
from bot.model import Bouncing, Message, Request

__all__ = ("Applier",)


class Applier(Desk):
    """Carries out decisions; call it inside a transaction of its store."""

    def __call__(
        self, decision: Decision, message: Message | None, now: datetime
    ) -> None:
        """Carry out every action of a decision about `message`, in order."""
        errand = Errand(decision, message, now)
        for action in decision.actions:
            self._carry_out(action, errand)

    def _carry_out(self, action: Action, errand: Errand) -> None:  # noqa: C901, PLR0912, PLR0915 - one match
        match action:
            case Distribute():
                if not previews.asked_first(self, action, errand):
                    distribute(self, action, errand)
            case Preview():
                previews.ask_sender(self, action, errand)
            case Hold():
                ask_moderators(self, action, errand)
            case Settle():
                self._settle(action, errand)
            case TakeBack():
                waiting.take_back(self, action, errand)
            case ShowPending(address, matters):
                self.remind_moderator(address, matters, errand.now)
            case Discuss():
                waiting.discuss(self, action, errand)
            case SetMark() | NoteAbsence() | EndAbsence():
                self._keep(action, errand)
            case TellOwners():
                self._tell_owners(action, errand)
            case AskConfirmation():
                questions.ask_confirmation(self, action, errand)
            case AskToProceed():
                questions.ask_to_proceed(self, action, errand)
            case PreviewImport():
                questions.preview_import(self, action, errand)
            case AskModerators():
                questions.ask_list_moderators(self, action, errand)
            case Enrol():
                members.enrol(self, action, errand)
            case EnrolMany():
                members.enrol_many(self, action, errand)
            case Unenrol():
                members.unenrol(self, action, errand)
            case LinkAddress():
                members.link_address(self, action, errand)
            case ChangeAddress():
                members.change_address(self, action, errand)
            case Forget():
                members.forget(self, action, errand)
            case SetReception() | Pause() | Resume() | SetPerson():
                self._set_member(action)
            case ChangeSetting() | ChangeRole():
                self._set_list(action, errand)
            case CancelSend() | BrakeSend() | SendRest() | AskRest():
                sends.steer(self, action, errand)
            case AskCorrection():
                sends.ask_correction(self, action, errand)
            case SendCorrection():
                sends.send_correction(self, action, errand)
            case TellOfSend():
                sends.tell_of_send(self, action, errand)
            case Reply():
                self._reply(action, errand)
            case CopyToOwners():
                self._copy(action, errand)
            case Alert():
                tell_admins(self, action, errand.now)
            case RecordBounce():
                bounces.record(self, action, errand)
            case Revive():
                bounces.revive(self, action, errand)
            case SettleSuspensions():
                brake.settle(self, action, errand)
            case NoteCall():
                calls.note_call(self, action, errand)
            case PutOff():
                put_off(self, action, errand)
            case MarkWitness():
                self.store.mark_witness(action.batch_id)
            case CountWrongToken():
                self.store.count_wrong_token(action.address, errand.now)
            case _:
                assert_never(action)

    def _set_member(self, action: SetReception | Pause | Resume | SetPerson) -> None:
        match action:
            case SetReception(person_id, list_name, reception):
                self.store.set_reception(person_id, list_name, reception)
            case Pause(person_id, list_name, until):
                self.store.pause_member(person_id, list_name, until)
            case Resume(person_id, list_name):
                self.store.resume_member(person_id, list_name)
            case SetPerson(person_id, key, value):
                self.store.set_person(person_id, key, value)

    def _set_list(self, action: ChangeSetting | ChangeRole, errand: Errand) -> None:
        by = str(action.by)
        match action:
            case ChangeSetting(list_name, key, value):
                self.store.set_list_setting(list_name, key, value, by, errand.now)
                logs.log("list.changed", list=list_name, key=key, by=by)
            case ChangeRole(list_name, role, address, granted):
                self.store.set_role(
                    list_name, role, address, granted=granted, by=by, now=errand.now
                )
                logs.log("list.changed", list=list_name, key=role, by=by)

    def remind(self, request: Request, now: datetime) -> None:
        """Put a question again, once."""
        questions.remind(self, request, now)

    def remind_moderator(
        self, moderator: Address, matters: Sequence[Request], now: datetime
    ) -> None:
        """Show a moderator all that waits for them, in one mail."""
        waiting.remind_moderator(self, moderator, matters, now)

    def expire(self, matter: Request, now: datetime) -> None:
        """Do what becomes of a matter that nobody decided in time."""
        waiting.expire(self, matter, now)

    def tell_owners(self, now: datetime) -> None:
        """Tell owners who came and who left."""
        members.tell_owners(self, now)

    def send_sheet(
        self, caller: Address, people: Sequence[Bouncing], more: int, now: datetime
    ) -> None:
        """Send a caller the people to telephone."""
        calls.send_sheet(self, caller, people, more, now)

    def tell_of_calls(self, since: datetime, now: datetime) -> None:
        """Tell owners who is suspended, and what came of calls."""
        calls.tell_of_calls(self, since, now)

    def send_digest(
        self, list_name: str, since: datetime, until: datetime, now: datetime
    ) -> None:
        """Put a list's digest into the outbox, if it had posts and has takers."""
        digests.send_digest(self, self.settings.lists[list_name], (since, until), now)

    def _settle(self, action: Settle, errand: Errand) -> None:
        if not self.store.settle_request(
            action.request_id, action.verdict, action.by, errand.now
        ):
            # Nothing of this decision may be done: it is made anew, as too late.
            raise StoreConflictError("somebody else answered first")
        logs.log("request.settled", verdict=action.verdict, address=str(action.by))

    def _keep(self, action: SetMark | NoteAbsence | EndAbsence, errand: Errand) -> None:
        match action:
            case SetMark(list_name, address, mark, by):
                if mark is None:
                    self.store.unmark(list_name, address)
                else:
                    self.store.mark(list_name, address, mark, str(by), errand.now)
                logs.log("author.marked", list=list_name, mark=mark, by=str(by))
            case NoteAbsence(address, why, until):
                self.store.note_absence(address, why, until)
            case EndAbsence(address):
                self.store.end_absence(address)

    def _tell_owners(self, action: TellOwners, errand: Errand) -> None:
        for owner in self.owners_of(action.list_name):
            letter = Letter(
                owner, action.text_id, action.facts, action.list_name, kind="notice"
            )
            self.send_letter(letter, errand.now)

    def _reply(self, action: Reply, errand: Errand) -> None:
        message = errand.message if action.answers else None
        self.send_letter(
            Letter(
                action.to,
                action.text_id,
                self.with_ends(action.facts, errand.now),
                list_name=action.list_name,
                language=action.language,
                kind=action.kind,
                attach=action.attach,
                answers=message,
                files=(*action.files, *sends.roster_of(self, action)),
                token=action.token,
                again=bool(action.token),
                groups=action.groups,
                send_id=action.send_id,
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
                    reply_to=author,
                ),
                errand.now,
            )
