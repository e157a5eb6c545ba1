"""The reception schedule: rules of ``knowledge/reception.yml`` turned into openings.

Public holidays and make-up workdays come from the ``holidays`` library (mainland China). For years
whose calendar the State Council has not announced yet it computes the statutory days only;
generation runs hourly, so openings that nobody booked follow the announcement (see
``services.openings.publish``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Literal

import holidays
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from desk.clock import SHANGHAI
from desk.files import Strict, load

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


# What the ids of openings begin with that staff add.
EXTRA = "extra-"
# A rule's day moves at most so far to find a working day; the longest holiday has nine days.
_MOST_MOVED_DAYS = 14


class Rule(Strict):
    """One recurring reception day. Times are local; ``opening_minutes`` the length of a visit.

    ``every`` says which days: ``month`` the ``nth`` ``weekday`` of each month, ``quarter`` the same
    of the ``month``-th month of each quarter, ``dates`` the days listed.
    """

    id: str = Field(pattern=r"^[a-z0-9-]+$", max_length=50)
    every: Literal["month", "quarter", "dates"] = "month"
    weekday: (
        Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] | None
    ) = None
    nth: int | Literal["last"] | None = None
    month: int | None = Field(default=None, ge=1, le=3, description="of the quarter")
    dates: list[date] | None = Field(default=None, min_length=1)
    on_holiday: Literal["skip", "earlier", "later"] = "skip"
    begins: time
    ends: time
    opening_minutes: int = Field(ge=5, le=480)
    seats: int = Field(ge=1, le=100)
    place: str = Field(min_length=1, max_length=200)
    host: str = Field(default="", max_length=200)

    @model_validator(mode="after")
    def _makes_sense(self) -> Rule:
        if self.ends <= self.begins:
            raise PydanticCustomError("ends_first", "ends must be later than begins")
        wanted = {"month": {"weekday", "nth"}, "quarter": {"weekday", "nth", "month"}}.get(
            self.every, {"dates"}
        )
        given = {n for n in ("weekday", "nth", "month", "dates") if getattr(self, n) is not None}
        if given != wanted:
            needs = {"expected": ", ".join(sorted(wanted)), "every": self.every}
            raise PydanticCustomError("rule_parts", "every {every} goes with {expected}", needs)
        if isinstance(self.nth, int) and not 1 <= self.nth <= 5:
            raise PydanticCustomError("not_nth", "nth is {expected}", {"expected": "1–5, last"})
        if self.id.startswith(EXTRA):
            raise PydanticCustomError("reserved_rule", "an id of added days")
        return self

    def falls_on(self, day: date) -> bool:
        """Whether the rule names this day, holidays left aside."""
        if self.dates is not None:
            return day in self.dates
        if self.weekday is None or WEEKDAYS[day.weekday()] != self.weekday:
            return False
        if self.month is not None and (day.month - 1) % 3 + 1 != self.month:
            return False
        if self.nth == "last":
            return (day + timedelta(days=7)).month != day.month
        return (day.day - 1) // 7 + 1 == self.nth

    def held_on(self, day: date) -> date | None:
        """The day that is held instead of a named one: itself, or, if it is a public holiday, the
        working day before or after it as ``on_holiday`` says; None if it is left out."""
        if not is_public_holiday(day):
            return day
        step = {"earlier": -1, "later": 1}.get(self.on_holiday)
        if step is None:
            return None
        days = (day + timedelta(days=step * n) for n in range(1, _MOST_MOVED_DAYS + 1))
        return next((d for d in days if is_working_day(d)), None)


class Reception(Strict):
    """The office's reception schedule. ``example`` marks a schedule nobody has confirmed."""

    example: bool
    weeks_ahead: int = Field(ge=1, le=52, description="the booking window")
    cutoff_hours: float = Field(ge=0, le=240, description="booking ends so early")
    cancel_cutoff_hours: float = Field(
        default=0, ge=0, le=240, description="cancelling and rescheduling end so early"
    )
    most_attendees: int = Field(ge=1, le=50)
    most_active: int = Field(default=2, ge=1, le=100, description="of one company at a time")
    waitlist_minutes: float = Field(
        default=120, ge=1, le=7 * 24 * 60, description="a freed seat is kept so long"
    )
    rules: list[Rule]

    @model_validator(mode="after")
    def _rules_are_told_apart(self) -> Reception:
        ids = [rule.id for rule in self.rules]
        if len(ids) != len(set(ids)):
            raise PydanticCustomError("rule_twice", "two rules have the same id")
        return self


@dataclass(frozen=True)
class PlannedOpening:
    """One opening as rules and exceptions make it; moments are aware. ``rule`` and ``planned_at``
    identify it, ``decided`` names what staff decided against the rule."""

    rule: str
    planned_at: datetime
    starts_at: datetime
    ends_at: datetime
    seats: int
    place: str
    host: str
    example: bool
    decided: frozenset[str] = frozenset()


def load_reception(knowledge_dir: Path) -> Reception:
    """Read ``reception.yml``; raises ``KnowledgeInvalid`` naming file, key and problem."""
    return load(knowledge_dir / "reception.yml", Reception)


@lru_cache(maxsize=8)
def _calendar(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("CN", years=year)


def is_public_holiday(day: date) -> bool:
    """Whether a day is off by law or announcement in mainland China; plain weekends are not."""
    return day in _calendar(day.year)


def is_working_day(day: date) -> bool:
    """Whether offices work: no weekend and no holiday, or a weekend that makes up for one.

    >>> [is_working_day(date(2026, 10, day)) for day in (7, 9, 10, 11)]
    [False, True, True, False]
    """
    return bool(_calendar(day.year).is_working_day(day))


def openings_of(reception: Reception, first: date, last: date) -> Iterator[PlannedOpening]:
    """All openings that the rules give for the days ``first`` to ``last``, earliest day first.

    A rule's day counts by where it is held, not by where it was named.
    """
    reach = timedelta(days=_MOST_MOVED_DAYS)
    named = _days(first - reach, last + reach)
    # The same day may come twice, named by the rule and moved there from a holiday.
    held = {
        (on, rule.id): rule
        for rule in reception.rules
        for day in named
        if rule.falls_on(day) and (on := rule.held_on(day)) and first <= on <= last
    }
    for (day, _), rule in sorted(held.items(), key=lambda item: item[0]):
        yield from cut(
            rule.id,
            datetime.combine(day, rule.begins, SHANGHAI),
            datetime.combine(day, rule.ends, SHANGHAI),
            length=timedelta(minutes=rule.opening_minutes),
            seats=rule.seats,
            place=rule.place,
            host=rule.host,
            example=reception.example,
        )


def window(reception: Reception, today: date) -> tuple[date, date]:
    """The first and the last day that openings are published for: tomorrow, and the end of the
    booking window."""
    return today + timedelta(days=1), today + timedelta(days=reception.weeks_ahead * 7)


def cut(
    rule: str,
    begins: datetime,
    ends: datetime,
    *,
    length: timedelta,
    seats: int,
    place: str,
    host: str,
    example: bool,
) -> Iterator[PlannedOpening]:
    """Cut a span into openings of equal length; a remainder that is too short is left out."""
    start = begins
    while start + length <= ends:
        yield PlannedOpening(
            rule, start, start, start + length, seats=seats, place=place, host=host, example=example
        )
        start += length


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
