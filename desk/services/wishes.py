"""A visitor's wish for a time, held against the openings on offer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from desk.clock import local
from desk.dates import Wish, read_wish
from desk.services.openings import Offer


def opening_wish(text: str, now: datetime) -> Wish | None:
    """The wish for a time that a text names, if any."""
    return read_wish(text, local(now).date())


def fitting(offers: Sequence[Offer], wish: Wish) -> tuple[list[Offer], list[Offer]]:
    """The offers on the wished days, and those of them at the wished time of day."""
    on_day = [o for o in offers if wish.on_day(local(o.opening.starts_at))]
    return on_day, [o for o in on_day if wish.at_time(local(o.opening.starts_at))]


def matching(offers: Sequence[Offer], wish: Wish) -> list[Offer]:
    """The offers that fit a wish; if none fits its time of day, those of its days."""
    on_day, at_time = fitting(offers, wish)
    return (at_time[:1] if wish.earliest else at_time) or on_day
