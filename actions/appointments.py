"""Existing appointments: the look-up form and the cancellation form."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from rasa_sdk import Action
from rasa_sdk.events import SlotSet
from sqlalchemy.orm import Session

from actions.answering import say_also
from actions.booking import WISH, facts_of
from actions.boundary import Events, Mouth, Turn, guarded, office
from desk.codes import APPOINTMENT, find_code
from desk.errors import AppointmentNotFound, DeskError, InvalidCode, InvalidPhoneTail
from desk.models import Appointment
from desk.services import booking
from desk.services.intake import CERTAIN
from desk.services.reply import Button, Reply
from desk.utterance import is_question, says_yes, wants_to_leave

CODE, TAIL, SURE = "appointment_code", "phone_tail", "cancel_confirmed"
TO, MOVE_SURE = "new_opening", "move_confirmed"
# The tail slot's value when the conversation itself proves who asks; no visitor can type it,
# because a typed tail is four digits.
OWN = "own"

_TAIL = re.compile(r"(?<![0-9A-Za-z])(\d{4})(?![0-9A-Za-z])")


def reset() -> Events:
    return [SlotSet(slot, None) for slot in (CODE, TAIL, SURE, TO, MOVE_SURE, WISH)]


def proof(turn: Turn) -> dict[str, str | None]:
    """How the appointment may be found: by conversation, and by tail if one was given."""
    tail = turn.slots.get(TAIL)
    return {"phone_tail": tail if tail != OWN else None, "conversation": turn.conversation}


def own_codes(turn: Turn) -> list[str]:
    return office().database.read(
        lambda session: [a.code for a in booking.upcoming(session, turn.conversation, turn.now)]
    )


def _exists(turn: Turn, code: str, tail: str | None) -> bool:
    def look(session: Session) -> bool:
        try:
            booking.find(session, code, phone_tail=tail, conversation=turn.conversation)
        except AppointmentNotFound:
            return False
        return True

    return office().database.read(look)


class ActionBeginAppointment(Action):
    """Starts a look-up or cancellation with an empty form."""

    def name(self) -> str:
        return "action_begin_appointment"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        say_also(turn, mouth)
        return reset()


def validate(turn: Turn, mouth: Mouth) -> Events:
    """Read code, tail and consent out of a message; shared by the forms. No slot set means: no
    answer, let the rules decide."""
    if turn.intent == "answer_offer":
        return []
    code = turn.entities.get(CODE) or find_code(turn.text, APPOINTMENT)
    tail = _TAIL.search(unicodedata.normalize("NFKC", turn.text))
    own = own_codes(turn)
    if not turn.asked and not code and len(own) == 1:
        code = own[0]
    if code:
        return _known(turn, mouth, code, OWN if code in own else tail[1] if tail else None)
    if not turn.asked:
        return []
    if turn.asked in (SURE, MOVE_SURE):
        return _consent(turn, turn.asked)
    if wants_to_leave(turn.text) or (turn.intent == "stop" and turn.pressed):
        mouth.say(Reply(office().words.phrase("form_left")))
        return [*reset(), SlotSet("requested_slot", None)]
    return _heard(turn, mouth, tail[1] if tail else None)


def _consent(turn: Turn, slot: str) -> Events:
    """Whether to do it. Only a plain yes or a pressed button will do; the ranking has no say."""
    if turn.intent == "inform" and slot in turn.entities:
        return [SlotSet(slot, bool(turn.entities[slot]))]
    sure = None if turn.pressed else says_yes(turn.text)
    if sure is None:
        return [] if for_the_rules(turn) else [SlotSet(slot, None)]
    return [SlotSet(slot, sure)]


def for_the_rules(turn: Turn) -> bool:
    """Whether the dialogue goes on with something else: a question, a person, a booking."""
    if turn.intent in {"show", "task_human", "task_book"}:
        return turn.pressed or turn.decision.confidence >= CERTAIN
    asks = is_question(turn.text) or turn.decision.kind == "smalltalk"
    return turn.intent == "ask" and asks


def _known(turn: Turn, mouth: Mouth, code: str, tail: str | None) -> Events:
    """A code was given: with the conversation or a tail it must exist, else the tail is asked."""
    if tail is None and not _exists(turn, code, None):
        return [SlotSet(CODE, code), SlotSet(TAIL, None)]
    if not _exists(turn, code, None if tail == OWN else tail):
        mouth.error(AppointmentNotFound())
        return [SlotSet(CODE, None), SlotSet(TAIL, None)]
    return [SlotSet(CODE, code), SlotSet(TAIL, tail or OWN)]


def _heard(turn: Turn, mouth: Mouth, tail: str | None) -> Events:
    """An answer without a code, in the light of what was asked."""
    asked = str(turn.asked)
    if asked == TAIL and tail:
        return _known(turn, mouth, str(turn.slots[CODE]), tail)
    if for_the_rules(turn):
        return []
    mouth.error(InvalidCode() if asked == CODE else InvalidPhoneTail())
    return [SlotSet(asked, None)]


class ValidateLookupForm(Action):
    def name(self) -> str:
        return "validate_lookup_form"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        return validate(turn, mouth)


class ValidateCancelForm(Action):
    def name(self) -> str:
        return "validate_cancel_form"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        return validate(turn, mouth)


class ActionAskAppointmentCode(Action):
    def name(self) -> str:
        return "action_ask_appointment_code"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        own = own_codes(turn)
        words = office().words
        buttons = tuple(Button(code, "inform", {CODE: code}) for code in own)
        mouth.say(Reply(words.phrase("ask_which" if own else "ask_code"), buttons))
        return []


class ActionAskCancelConfirmed(Action):
    def name(self) -> str:
        return "action_ask_cancel_confirmed"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        words = office().words
        text, public = shown(turn)
        yes = Button(words.label("yes_cancel"), "inform", {SURE: True})
        buttons = (yes, Button(words.label("no_keep"), "inform", {SURE: False}))
        text = f"{text}\n\n{words.phrase('ask_cancel')}"
        mouth.say(Reply(text, buttons, appointment=public))
        return []


class ActionLookup(Action):
    """Shows the appointment that the look-up form identified."""

    def name(self) -> str:
        return "action_lookup"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        if not turn.slots.get(CODE):
            return reset()
        words = office().words
        text, public = shown(turn)
        this, status = {CODE: public["code"]}, public["status"]
        move = Button(words.label("task.reschedule"), "reschedule", this)
        cancel = Button(words.label("task.cancel"), "cancel", this)
        buttons = {"booked": (move, cancel), "waiting": (cancel,)}.get(status, ())
        mouth.say(Reply(text, buttons, appointment=public))
        return reset()


class ActionCancel(Action):
    """Cancels the appointment that the form identified, if the visitor said so."""

    def name(self) -> str:
        return "action_cancel"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        here, words, code = office(), office().words, turn.slots.get(CODE)
        if not code:
            return reset()
        if not turn.slots.get(SURE):
            mouth.say(Reply(words.phrase("kept", code=code)))
            return reset()
        try:
            public, opening = here.database.write(lambda session: facts_of(_cancel(session, turn)))
        except DeskError as error:
            mouth.error(error)
            return reset()
        text = words.phrase("cancelled", code=code, opening=opening)
        mouth.say(Reply(text, (Button(words.label("task.book"), "book"),), appointment=public))
        return reset()


def _cancel(session: Session, turn: Turn) -> Appointment:
    found = booking.find(session, str(turn.slots[CODE]), **proof(turn))
    return booking.cancel(session, office().reception, found, turn.now)


def shown(turn: Turn) -> tuple[str, dict[str, Any]]:
    """The identified appointment in words and in the API's shape."""
    words = office().words
    code = str(turn.slots[CODE])
    public, opening = office().database.read(
        lambda session: facts_of(booking.find(session, code, **proof(turn)))
    )
    text = words.phrase(
        "found", opening=opening, **{**public, "status": words.label(public["status"])}
    )
    if public["place_is_example"]:
        text += "\n" + words.phrase("example_schedule")
    return text, public
