"""The booking form: begin, read answers, book or wait, leave. Its questions are next door."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rasa_sdk import Action
from rasa_sdk.events import FollowupAction, SlotSet

from actions import checks
from actions.answering import reply_to, say_also
from actions.boundary import Events, Mouth, Turn, guarded, office
from desk.errors import DeskError, OpeningFull
from desk.models import Appointment
from desk.services import booking, confirmation, inquiries, intake, openings, waitlist, wishes
from desk.services.intake import Asked, Heard
from desk.services.openings import Offer
from desk.services.reply import Button, Reply

WISH = "opening_wish"
# What may be known beside what is asked for.
BESIDE = ("waiting", "about", "uscc")
SLOTS = (*intake.FIELDS, *BESIDE, WISH)
# A question of so long ago is what the visit is about; so much of it is quoted as the subject.
LATELY, MOST_QUOTED = timedelta(hours=1), 300
# The goal's value on the button that leaves it out: a slot without value is asked for.
NOTHING = "-"


def reset() -> Events:
    """Forget everything a form has gathered."""
    return [SlotSet(slot, None) for slot in SLOTS]


def offers(turn: Turn) -> list[Offer]:
    """The openings that can be booked, full ones included."""
    here = office()
    return here.database.read(lambda session: openings.offers(session, here.reception, turn.now))


class ActionBeginBooking(Action):
    """An empty form, but for what the visitor has just asked the desk about: the likely subject."""

    def name(self) -> str:
        return "action_begin_booking"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        say_also(turn, mouth)
        told = checks.subject(turn)
        if told:
            return [*reset(), *told]
        here, since = office(), turn.now - LATELY
        asked = here.database.read(
            lambda session: inquiries.answered_lately(session, turn.conversation, since)
        )
        topic = here.shelf.topic(asked.topic) if asked else None
        if asked is None or topic is None or topic.id.startswith("reception."):
            return reset()
        subject = here.words.label("fact", name=topic.title, value=asked.text[:MOST_QUOTED])
        return [*reset(), SlotSet("about", topic.id), SlotSet("subject", subject)]


class ValidateBookingForm(Action):
    """Reads the answer to what was asked. No slot set means: no answer, let the rules decide."""

    def name(self) -> str:
        return "validate_booking_form"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        heard = _heard(turn, asked_in(turn, turn.asked or "", offers(turn)))
        if heard is None:
            return []
        if heard.leaves:
            mouth.say(Reply(office().words.phrase("form_left")))
            return [*reset(), SlotSet("requested_slot", None)]
        if heard.error is not None:
            mouth.error(heard.error)
        if heard.also_answer:
            answer = reply_to(turn)
            noted = office().words.phrase("subject_noted")
            mouth.say(Reply(f"{noted}\n\n{answer.text}", (), answer.citations, answer.decision))
        return [SlotSet(WISH if k == "wish" else k, v) for k, v in heard.values.items()]


def asked_in(turn: Turn, field: str, found: list[Offer]) -> Asked:
    """What a reading of this turn depends on."""
    return Asked(
        field=field,
        offers=found,
        most_attendees=office().reception.most_attendees,
        now=turn.now,
        wish=turn.slots.get(WISH),
        filled=frozenset(name for name in SLOTS if turn.slots.get(name) is not None),
    )


def _heard(turn: Turn, asked: Asked) -> Heard | None:
    if not asked.field:
        if turn.pressed:
            return Heard()
        # What the form was prefilled with gives way to what was said.
        return intake.begin(asked, turn.text)
    if turn.intent == "inform":
        return Heard(_pressed(turn.entities))
    if turn.intent in {"show", "answer_offer"}:
        return None
    if turn.intent == "stop" and turn.pressed:
        return Heard(leaves=True)
    return intake.hear(asked, turn.text, turn.decision)


def _pressed(entities: dict[str, Any]) -> dict[str, Any]:
    """The slots that a button of the form sets."""
    values = {name: value for name, value in entities.items() if name in SLOTS}
    if "clear" in entities:
        values |= {entities["clear"]: None, "confirm": None}
    if "opening" in values or entities.get("clear") == "opening":
        values.setdefault("waiting", None)
    if values.get("goal") == NOTHING:
        values["goal"] = ""
    return values


class ActionBook(Action):
    """Books what the form gathered, or puts it on the waiting list; the confirmation is spoken
    after the commit."""

    def name(self) -> str:
        return "action_book"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        here, slots = office(), turn.slots
        if not slots.get("confirm"):
            return reset()
        take = waitlist.wait if slots.get("waiting") else booking.book
        try:
            public, opening = here.database.write(
                lambda session: facts_of(take(session, here.reception, _wish(turn), turn.now))
            )
        except DeskError as error:
            mouth.error(error)
            return _again(turn, error)
        mouth.say(_done(public, opening))
        return reset()


def _wish(turn: Turn) -> booking.Booking:
    slots = turn.slots
    return booking.Booking(
        opening=slots["opening"],
        company=slots["company"],
        contact=slots["contact"],
        phone=slots["phone"],
        attendees=int(slots["attendees"]),
        description=slots["subject"],
        goal=slots.get("goal") or None,
        topic=slots.get("about"),
        uscc=slots.get("uscc"),
        conversation=turn.conversation,
        request_key=f"chat:{turn.conversation}:{turn.key}" if turn.key else None,
    )


def _again(turn: Turn, error: DeskError) -> Events:
    """Ask for another time; a full one's neighbours are shown, and its waiting list."""
    wish = None
    if isinstance(error, OpeningFull):
        taken = [o for o in offers(turn) if o.opening.id == turn.slots["opening"]]
        wish = wishes.at_start_of(taken[0]) if taken else None
    cleared: Events = [SlotSet(slot, None) for slot in ("opening", "confirm", "waiting")]
    return [*cleared, SlotSet(WISH, wish), FollowupAction("booking_form")]


def _done(public: dict[str, Any], opening: str) -> Reply:
    words = office().words
    text = words.phrase(
        "booked" if public["status"] == "booked" else "waits", **{**public, "opening": opening}
    )
    if public["place_is_example"]:
        text += "\n" + words.phrase("example_schedule")
    return Reply(text, (Button(words.label("task.lookup"), "lookup"),), appointment=public)


def facts_of(appointment: Appointment) -> tuple[dict[str, Any], str]:
    """The appointment's public facts and its time in words, read inside the transaction."""
    opening, here = appointment.opening, office()
    return (
        confirmation.shown(here.settings.secret, appointment),
        here.words.opening(opening.starts_at, opening.ends_at),
    )
