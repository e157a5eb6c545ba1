"""The rescheduling form: which appointment, to when, and a plain yes; then one write for both."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action
from rasa_sdk.events import FollowupAction, SlotSet
from sqlalchemy.orm import Session

from actions.appointments import (
    CODE,
    MOVE_SURE,
    TAIL,
    TO,
    for_the_rules,
    proof,
    reset,
    validate,
)
from actions.booking import WISH, asked_in, facts_of, offers
from actions.booking_questions import choice
from actions.boundary import Events, Mouth, Turn, guarded, office
from desk.errors import DeskError, NoOpenings, OpeningFull
from desk.models import Opening
from desk.services import booking, intake, wishes
from desk.services.intake import Heard
from desk.services.openings import Offer
from desk.services.reply import Button, Reply
from desk.utterance import wants_to_leave


def _current(turn: Turn, code: str) -> Opening:
    """The opening of the appointment that is to change."""
    return office().database.read(
        lambda session: booking.find(session, code, **proof(turn)).opening
    )


def _others(turn: Turn, code: str) -> list[Offer]:
    """What is on offer beside the time that the appointment has."""
    current = _current(turn, code).id
    return [offer for offer in offers(turn) if offer.opening.id != current]


class ValidateRescheduleForm(Action):
    """Reads code, tail, time and consent. The first sentence may name the time already."""

    def name(self) -> str:
        return "validate_reschedule_form"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        code = str(turn.slots.get(CODE))
        if turn.asked == TO and TO in turn.entities and turn.intent == "inform":
            return [SlotSet(TO, turn.entities[TO]), SlotSet(WISH, None)]
        if turn.asked == TO:
            return _new_time(turn, mouth, code)
        events = validate(turn, mouth)
        known = {e["name"]: e["value"] for e in events if e["value"] is not None}
        if not turn.asked and not turn.pressed and {CODE, TAIL} <= set(known):
            events += _wished(turn, mouth, known[CODE])
        return events


def _wished(turn: Turn, mouth: Mouth, code: str) -> Events:
    """The time that the first sentence named, if any; an hour alone is about the same day."""
    if wishes.opening_wish(turn.text, turn.now) is None:
        return []
    text = wishes.renewed(turn.text, wishes.day_of(_current(turn, code).starts_at), turn.now)
    heard = intake.begin(asked_in(turn, "opening", _others(turn, code)), text)
    return _told(mouth, heard)


def _new_time(turn: Turn, mouth: Mouth, code: str) -> Events:
    if wants_to_leave(turn.text) or (turn.intent == "stop" and turn.pressed):
        mouth.say(Reply(office().words.phrase("kept", code=code)))
        return [*reset(), SlotSet("requested_slot", None)]
    wish = wishes.opening_wish(turn.text, turn.now)
    if turn.pressed or (wish is None and for_the_rules(turn)):
        return []
    text = turn.text
    if not turn.slots.get(WISH):
        text = wishes.renewed(text, wishes.day_of(_current(turn, code).starts_at), turn.now)
    asked = asked_in(turn, "opening", _others(turn, code))
    heard = intake.hear(asked, text, turn.decision)
    return [] if heard is None else _told(mouth, heard)


def _told(mouth: Mouth, heard: Heard) -> Events:
    if heard.error is not None:
        mouth.error(heard.error)
    # No waiting for a better seat while one is held.
    to = None if heard.values.get("waiting") else heard.values.get("opening")
    return [SlotSet(TO, to), SlotSet(WISH, heard.values.get("wish"))]


class ActionAskNewOpening(Action):
    """Asks for the new time; a wish of the first sentence narrows the choice."""

    def name(self) -> str:
        return "action_ask_new_opening"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        found = _others(turn, str(turn.slots[CODE]))
        if not any(offer.seats_left for offer in found):
            mouth.error(NoOpenings())
            return [*reset(), SlotSet("requested_slot", None)]
        mouth.say(choice(turn, found, TO, waiting=False))
        return []


class ActionAskMoveConfirmed(Action):
    def name(self) -> str:
        return "action_ask_move_confirmed"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        words = office().words
        offer = next(
            (o for o in _others(turn, str(turn.slots[CODE])) if o.opening.id == turn.slots[TO]),
            None,
        )
        if offer is None or not offer.seats_left:
            mouth.say(Reply(words.phrase("taken_meanwhile")))
            return [SlotSet(TO, None), FollowupAction("reschedule_form")]
        _, old = office().database.read(
            lambda session: facts_of(booking.find(session, turn.slots[CODE], **proof(turn)))
        )
        opening = offer.opening
        text = words.phrase(
            "ask_move",
            code=turn.slots[CODE],
            old=old,
            new=words.opening(opening.starts_at, opening.ends_at),
            place=opening.place,
        )
        yes = Button(words.label("yes_move"), "inform", {MOVE_SURE: True})
        no = Button(words.label("no_keep_time"), "inform", {MOVE_SURE: False})
        mouth.say(Reply(text, (yes, no)))
        return []


class ActionReschedule(Action):
    """Changes the time, if the visitor said so; spoken after the commit."""

    def name(self) -> str:
        return "action_reschedule"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        words, slots = office().words, turn.slots
        if not slots.get(CODE) or slots.get(TO) is None:
            return reset()
        if not slots.get(MOVE_SURE):
            mouth.say(Reply(words.phrase("kept", code=slots[CODE])))
            return reset()
        try:
            public, opening = office().database.write(lambda session: _move(session, turn))
        except OpeningFull as error:
            mouth.error(error)
            again: Events = [SlotSet(TO, None), SlotSet(MOVE_SURE, None)]
            return [*again, FollowupAction("reschedule_form")]
        except DeskError as error:
            mouth.error(error)
            return reset()
        text = words.phrase("moved", **{**public, "opening": opening})
        mouth.say(Reply(text, appointment=public))
        return reset()


def _move(session: Session, turn: Turn) -> tuple[dict[str, Any], str]:
    found = booking.find(session, str(turn.slots[CODE]), **proof(turn))
    to = int(turn.slots[TO])
    return facts_of(booking.reschedule(session, office().reception, found, to, turn.now))
