"""What the booking form asks: the time, the head count, the goal, the confirmation."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions.booking import NOTHING, WISH, asked_in, offers, reset
from actions.boundary import Events, Mouth, Turn, guarded, office
from desk.errors import NoOpenings
from desk.services import intake, wishes
from desk.services.intake import times
from desk.services.openings import Offer
from desk.services.reply import Button, Reply


class ActionAskOpening(Action):
    def name(self) -> str:
        return "action_ask_opening"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        found = offers(turn)
        if not found:
            mouth.error(NoOpenings())
            return [ActiveLoop(None), SlotSet("requested_slot", None), *reset()]
        mouth.say(choice(turn, found, "opening"))
        return []


def choice(turn: Turn, found: list[Offer], slot: str, *, waiting: bool = True) -> Reply:
    """The question for a time, with what is free and, with ``waiting``, what can be waited for."""
    words, text = office().words, turn.slots.get(WISH)
    free = times.shown(found, text, asked_in(turn, slot, found))
    wish = wishes.opening_wish(text, turn.now) if text else None
    full: list[Offer] = []
    if waiting:
        full = wishes.full(found, wish)[:2] if wish else [] if free else found[: intake.MOST_SHOWN]
    question = words.phrase(
        "ask_waiting" if not free else "ask_opening_again" if text else "ask_opening"
    )
    if any(offer.opening.example for offer in (*free, *full)):
        question += "\n" + words.phrase("example_schedule")
    several = len({offer.opening.place for offer in found}) > 1
    buttons = [Button(_title(o, several), "inform", {slot: o.opening.id}) for o in free]
    for offer in full:
        title = words.label("wait_for", opening=_title(offer, several))
        buttons.append(Button(title, "inform", {slot: offer.opening.id, "waiting": True}))
    return Reply(question, tuple(buttons))


def _title(offer: Offer, several_places: bool) -> str:
    words, opening = office().words, offer.opening
    title = words.opening(opening.starts_at, opening.ends_at)
    return words.label("at_place", opening=title, place=opening.place) if several_places else title


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


class ActionAskGoal(Action):
    """Asked only where the subject was not asked for: who is asked for both says both at once."""

    def name(self) -> str:
        return "action_ask_goal"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        words = office().words
        text = words.phrase("ask_goal", subject=turn.slots.get("subject"))
        skip = Button(words.label("skip"), "inform", {"goal": NOTHING})
        other = Button(words.label("other_subject"), "inform", {"clear": "subject"})
        mouth.say(Reply(text, (skip, other)))
        return []


class ActionAskConfirm(Action):
    def name(self) -> str:
        return "action_ask_confirm"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        words, slots = office().words, turn.slots
        offer = next((o for o in offers(turn) if o.opening.id == slots["opening"]), None)
        if offer is None or not (offer.seats_left or slots.get("waiting")):
            # Taken while the visitor typed: booking would fail, so say it now.
            mouth.say(Reply(words.phrase("taken_meanwhile")))
            wish = wishes.at_start_of(offer) if offer else None
            return [SlotSet("opening", None), SlotSet(WISH, wish), FollowupAction("booking_form")]
        text = words.phrase(
            "ask_confirm_waiting" if slots.get("waiting") else "ask_confirm",
            facts=_summary(slots, offer),
        )
        buttons = (
            Button(words.label("confirm"), "inform", {"confirm": True}),
            *(
                Button(
                    words.label("correct", field=words.label("field." + name)),
                    "inform",
                    {"clear": name},
                )
                for name in ("opening", "phone")
            ),
            Button(words.label("leave"), "leave"),
        )
        mouth.say(Reply(text, buttons))
        return []


def _summary(slots: dict[str, Any], offer: Offer) -> str:
    """Everything that is about to be stored, one fact a line."""
    words, opening = office().words, offer.opening
    facts: dict[str, Any] = {
        "opening": words.opening(opening.starts_at, opening.ends_at),
        "place": opening.place,
    }
    for name in ("company", "uscc", "contact", "phone", "attendees", "subject", "goal"):
        facts[name] = slots.get(name)
    lines = [
        words.label("fact", name=words.label("field." + name), value=value)
        for name, value in facts.items()
        if value not in (None, "")
    ]
    return "\n".join(lines)
