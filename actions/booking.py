"""The booking form: begin, read answers, ask for time and confirmation, book, leave."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions.answering import reply_to
from actions.boundary import Events, Mouth, Turn, guarded, office
from desk.errors import DeskError, NoOpenings
from desk.models import Appointment
from desk.services import booking, intake, openings, wishes
from desk.services.intake import Asked, Heard
from desk.services.openings import Offer
from desk.services.reply import Button, Reply

WISH = "opening_wish"
SLOTS = (*intake.FIELDS, WISH)


def reset() -> Events:
    """Forget everything a form has gathered."""
    return [SlotSet(slot, None) for slot in SLOTS]


def offers(turn: Turn) -> list[Offer]:
    """The openings with a free seat."""
    here = office()
    return here.database.read(lambda session: openings.free(session, here.reception, turn.now))


class ActionBeginBooking(Action):
    def name(self) -> str:
        return "action_begin_booking"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        return reset()


class ValidateBookingForm(Action):
    """Reads the answer to what was asked. No slot set means: no answer, let the rules decide."""

    def name(self) -> str:
        return "validate_booking_form"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        asked = Asked(
            field=turn.asked or "",
            offers=offers(turn),
            most_attendees=office().reception.most_attendees,
            now=turn.now,
            wish=turn.slots.get(WISH),
        )
        heard = _heard(turn, asked)
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


def _heard(turn: Turn, asked: Asked) -> Heard | None:
    if not asked.field:
        return Heard() if turn.intent == "inform" else intake.first_wish(asked, turn.text)
    if turn.intent == "inform":
        cleared = (
            {turn.entities["clear"]: None, "confirm": None} if "clear" in turn.entities else {}
        )
        return Heard({k: v for k, v in {**turn.entities, **cleared}.items() if k in SLOTS})
    if turn.intent == "show":
        return None
    if turn.intent == "stop" and turn.pressed:
        return Heard(leaves=True)
    return intake.hear(asked, turn.text, turn.decision)


class ActionAskOpening(Action):
    def name(self) -> str:
        return "action_ask_opening"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        words = office().words
        found = offers(turn)
        if not found:
            mouth.error(NoOpenings())
            return [ActiveLoop(None), SlotSet("requested_slot", None), *reset()]
        wish_text = turn.slots.get(WISH)
        wish = wishes.opening_wish(wish_text, turn.now) if wish_text else None
        shown = wishes.matching(found, wish) if wish else found
        text = words.phrase("ask_opening_again" if wish else "ask_opening")
        if any(offer.opening.example for offer in shown):
            text += "\n" + words.phrase("example_schedule")
        mouth.say(Reply(text, tuple(_button(offer) for offer in shown[: intake.MOST_SHOWN])))
        return []


def _button(offer: Offer) -> Button:
    words, opening = office().words, offer.opening
    title = words.opening(opening.starts_at, opening.ends_at)
    return Button(title, "inform", {"opening": opening.id})


class ActionAskAttendees(Action):
    def name(self) -> str:
        return "action_ask_attendees"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        words, most = office().words, office().reception.most_attendees
        buttons = tuple(
            Button(words.label("people", count=n), "inform", {"attendees": n})
            for n in range(1, min(most, 5) + 1)
        )
        mouth.say(Reply(words.phrase("ask_attendees", most=most), buttons))
        return []


class ActionAskConfirm(Action):
    def name(self) -> str:
        return "action_ask_confirm"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        words, slots = office().words, turn.slots
        offer = next((o for o in offers(turn) if o.opening.id == slots["opening"]), None)
        if offer is None:  # taken while the visitor typed: booking would fail, so say it now
            mouth.say(Reply(words.phrase("taken_meanwhile")))
            return [SlotSet("opening", None), FollowupAction("booking_form")]
        opening = offer.opening
        facts = {
            name: slots[name] for name in ("company", "contact", "phone", "attendees", "subject")
        }
        text = words.phrase(
            "ask_confirm",
            opening=words.opening(opening.starts_at, opening.ends_at),
            place=opening.place,
            **facts,
        )
        fields = ("opening", "phone")
        buttons = (
            Button(words.label("confirm"), "inform", {"confirm": True}),
            *(
                Button(
                    words.label("correct", field=words.label("field." + name)),
                    "inform",
                    {"clear": name},
                )
                for name in fields
            ),
            Button(words.label("leave"), "leave"),
        )
        mouth.say(Reply(text, buttons))
        return []


class ActionBook(Action):
    """Books what the form gathered; the confirmation is spoken after the commit."""

    def name(self) -> str:
        return "action_book"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        here, words, slots = office(), office().words, turn.slots
        if not slots.get("confirm"):
            return reset()
        wish = booking.Booking(
            opening=slots["opening"],
            company=slots["company"],
            contact=slots["contact"],
            phone=slots["phone"],
            attendees=int(slots["attendees"]),
            description=slots["subject"],
            conversation=turn.conversation,
            request_key=f"chat:{turn.conversation}:{turn.key}" if turn.key else None,
        )
        try:
            public, opening = here.database.write(
                lambda session: facts_of(booking.book(session, here.reception, wish, turn.now))
            )
        except DeskError as error:
            mouth.error(error)
            return [
                SlotSet("opening", None),
                SlotSet("confirm", None),
                FollowupAction("booking_form"),
            ]
        text = words.phrase("booked", opening=opening, **public)
        if public["place_is_example"]:
            text += "\n" + words.phrase("example_schedule")
        mouth.say(Reply(text, (Button(words.label("task.lookup"), "lookup"),), appointment=public))
        return reset()


def facts_of(appointment: Appointment) -> tuple[dict[str, Any], str]:
    """The appointment's public facts and its time in words, read inside the transaction."""
    opening = appointment.opening
    return (
        booking.as_public(appointment),
        office().words.opening(opening.starts_at, opening.ends_at),
    )
