"""A visitor's wish for a time, held against the openings on offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time

from desk.clock import SHANGHAI, local
from desk.dates import Wish, day_words, is_lunar, read_wish
from desk.services.openings import Offer

__all__ = ["Wish", "is_lunar"]


def opening_wish(text: str, now: datetime) -> Wish | None:
    """The wish for a time that a text names, if any."""
    return read_wish(text, local(now).date())


def renewed(text: str, earlier: str | None, now: datetime) -> str:
    """A wish in words, with the day of an earlier one if it names none itself: a time of day, said
    after a day was named, is about that day."""
    wish = opening_wish(text, now)
    if earlier is None or wish is None or wish.names_days or wish.vague:
        return text
    return f"{text} {day_words(earlier, local(now).date())}".strip()


def day_of(moment: datetime) -> str:
    """The wish, in words, for the day of a moment."""
    return f"{local(moment):%Y-%m-%d}"


def at_start_of(offer: Offer) -> str:
    """The wish, in words, for exactly one opening."""
    return f"{local(offer.opening.starts_at):%Y-%m-%d %H:%M}"


def fitting(offers: Sequence[Offer], wish: Wish) -> tuple[list[Offer], list[Offer]]:
    """The offers on the wished days, and those of them at the wished time of day."""
    if wish.next_day and wish.first is None and offers:
        day = min(local(o.opening.starts_at).date() for o in offers)
        wish = replace(wish, first=day, last=day)
    on_day = [o for o in offers if wish.on_day(local(o.opening.starts_at))]
    at_time = [o for o in on_day if wish.at_time(local(o.opening.starts_at))]
    if wish.is_hour:  # 15:00 means what begins then, if anything does
        at_time = exact(at_time, wish) or at_time
    if (wish.late or wish.early) and len(at_time) > 1:
        half = (len(at_time) + 1) // 2
        at_time = at_time[-half:] if wish.late else at_time[:half]
    return on_day, at_time


def exact(offers: Sequence[Offer], wish: Wish) -> list[Offer]:
    """The offers that begin exactly when a wish says."""
    return [o for o in offers if local(o.opening.starts_at).time() == wish.after]


def matching(offers: Sequence[Offer], wish: Wish) -> list[Offer]:
    """The free offers that fit a wish; if none fits its time of day, those of its days; if none of
    those, all, nearest to the wish first."""
    free = [offer for offer in offers if offer.seats_left]
    on_day, at_time = fitting(free, wish)
    return (at_time[:1] if wish.earliest else at_time) or on_day or nearest(free, wish)


def nearest(offers: Sequence[Offer], wish: Wish) -> list[Offer]:
    """All offers, those first that are nearest in time to a wish."""
    if wish.first is None:
        return list(offers)
    clock = wish.after or time(12)
    wanted = datetime.combine(wish.first, clock, SHANGHAI)
    return sorted(offers, key=lambda o: (abs(o.opening.starts_at - wanted), o.opening.id))


def full(offers: Sequence[Offer], wish: Wish) -> list[Offer]:
    """The full offers that fit a wish for a certain day exactly: what one could wait for."""
    if wish.first is None or wish.vague:
        return []
    return fitting([offer for offer in offers if not offer.seats_left], wish)[1]


def at_place(offers: Sequence[Offer], text: str) -> list[Offer]:
    """The offers at the place that a text names, if there are several places and it names one: by
    two letters that stand in the name of only one of them."""
    places = {offer.opening.place for offer in offers}
    if len(places) < 2:
        return list(offers)
    pairs = {place: {place[i : i + 2] for i in range(len(place) - 1)} for place in places}
    named = {
        place
        for place in places
        if any(
            pair in text and not any(pair in pairs[other] for other in places - {place})
            for pair in pairs[place]
        )
    }
    return [o for o in offers if o.opening.place in named] if len(named) == 1 else list(offers)
