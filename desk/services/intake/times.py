"""Reads the answer to the question for a time."""

from __future__ import annotations

from collections.abc import Sequence

from desk import errors, values
from desk.clock import local
from desk.dates import Wish, is_lunar
from desk.decision import Decision
from desk.services import wishes
from desk.services.intake.asking import MOST_SHOWN, Asked, Heard, is_answer
from desk.services.openings import Offer
from desk.services.wishes import fitting, matching, opening_wish
from desk.utterance import is_question, wants_to_wait


def read_opening(asked: Asked, text: str, decision: Decision) -> Heard | None:
    """One opening, or a wish that several or none match."""
    place = values.place_in(text)
    shown = _shown(asked)
    if place is not None and place <= len(shown):
        return Heard({"opening": shown[place - 1].opening.id, "wish": None})
    if is_lunar(text):
        return Heard({"opening": None}, errors.LunarDate())
    if wants_to_wait(text) and (line := _to_wait_for(asked)):
        return Heard({"opening": line[0].opening.id, "waiting": True, "wish": None})
    wish = opening_wish(text, asked.now)
    about_policy = (
        is_question(text) and decision.kind == "answer" and decision.topic != "reception.about"
    )
    if wish is None or about_policy:
        there = wishes.at_place(asked.offers, text)
        if not about_policy and len(there) < len(asked.offers):
            return _one_of([o for o in there if o.seats_left], text)
        if not is_answer(text, decision, False):
            return None
        return Heard({"opening": None}, errors.OpeningUnclear())
    return settle(asked, text, wish)


def settle(asked: Asked, text: str, wish: Wish) -> Heard:
    """Hold a wish against what is on offer: one opening, a choice, or why there is none."""
    text = wishes.renewed(text, asked.wish, asked.now)
    wish = opening_wish(text, asked.now) or wish
    if wish.last is not None and wish.last < local(asked.now).date():
        return Heard({"opening": None, "wish": text}, errors.OpeningPast())
    here = wishes.at_place(asked.offers, text)
    free = [offer for offer in here if offer.seats_left]
    _, at_time = fitting(free, wish)
    if wish.vague and (wish.first is None or not at_time):
        return Heard({"opening": None, "wish": text}, errors.OpeningVague())
    full = wishes.full(here, wish)
    if not at_time or (wish.is_hour and not wishes.exact(at_time, wish)):
        # A time that was named is never silently replaced by one near it.
        error = errors.WishFull() if full else errors.OpeningNotOffered()
        return Heard({"opening": None, "wish": text}, error)
    if wish.earliest or (len(at_time) == 1 and not wish.vague):
        return Heard({"opening": at_time[0].opening.id, "wish": None})
    return Heard({"opening": None, "wish": text})


def _one_of(offers: Sequence[Offer], text: str) -> Heard:
    if len(offers) == 1:
        return Heard({"opening": offers[0].opening.id, "wish": None})
    return Heard({"opening": None, "wish": text})


def _to_wait_for(asked: Asked) -> list[Offer]:
    wish = opening_wish(asked.wish, asked.now) if asked.wish else None
    return wishes.full(asked.offers, wish) if wish else []


def _shown(asked: Asked) -> Sequence[Offer]:
    """The offers as they were last shown."""
    return shown(asked.offers, asked.wish, asked)


def shown(offers: Sequence[Offer], wish_text: str | None, asked: Asked) -> list[Offer]:
    """The free offers to show for an earlier wish: those that fit or, in order of time, those
    nearest to it; without a wish the first ones."""
    here = wishes.at_place(offers, wish_text) if wish_text else offers
    wish = opening_wish(wish_text, asked.now) if wish_text else None
    free = [offer for offer in here if offer.seats_left]
    chosen = (matching(here, wish) if wish else free)[:MOST_SHOWN]
    return sorted(chosen, key=lambda o: (o.opening.starts_at, o.opening.id))
