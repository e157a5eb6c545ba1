"""The reception schedule: rules of ``knowledge/reception.yml`` turned into openings.

Public holidays come from the ``holidays`` library (mainland China). For years whose calendar the
State Council has not announced yet it computes the statutory days only; generation runs daily, so
openings that nobody booked follow the announcement (see ``services.openings.publish``).
"""

from __future__ import annotations

from collections.abc import Iterator
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


class Rule(Strict):
    """One recurring reception day. Times are local; ``opening_minutes`` the length of a visit."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    nth: int = Field(ge=1, le=5, description="which of these weekdays of a month; 5 may not exist")
    begins: time
    ends: time
    opening_minutes: int = Field(ge=5, le=480)
    seats: int = Field(ge=1, le=100)
    place: str = Field(min_length=1)
    host: str = ""

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Rule:
        if self.ends <= self.begins:
            raise PydanticCustomError("ends_first", "ends must be later than begins")
        return self


class Reception(Strict):
    """The office's reception schedule. ``example`` marks a schedule nobody has confirmed."""

    example: bool
    weeks_ahead: int = Field(ge=1, le=52)
    cutoff_hours: float = Field(ge=0, le=240, description="booking and cancelling end so early")
    most_attendees: int = Field(ge=1, le=50)
    rules: list[Rule]


class PlannedOpening(Strict):
    """One opening as a rule makes it: aware UTC-comparable moments, seats and place."""

    rule: str
    starts_at: datetime
    ends_at: datetime
    seats: int
    place: str
    host: str


def load_reception(knowledge_dir: Path) -> Reception:
    """Read ``reception.yml``; raises ``KnowledgeInvalid`` naming file, key and problem."""
    return load(knowledge_dir / "reception.yml", Reception)


@lru_cache(maxsize=8)
def _holidays(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("CN", years=year)


def is_public_holiday(day: date) -> bool:
    """Whether a day is a public holiday in mainland China, weekends left aside."""
    return day in _holidays(day.year)


def openings_of(reception: Reception, today: date) -> Iterator[PlannedOpening]:
    """All openings from tomorrow on for ``weeks_ahead`` weeks, earliest day first.

    A day that is a public holiday yields none.
    """
    for offset in range(1, reception.weeks_ahead * 7 + 1):
        day = today + timedelta(days=offset)
        for rule in reception.rules:
            nth = (day.day - 1) // 7 + 1
            held = WEEKDAYS[day.weekday()] == rule.weekday and nth == rule.nth
            if held and not is_public_holiday(day):
                yield from _openings_on(rule, day)


def _openings_on(rule: Rule, day: date) -> Iterator[PlannedOpening]:
    start = datetime.combine(day, rule.begins, SHANGHAI)
    close = datetime.combine(day, rule.ends, SHANGHAI)
    length = timedelta(minutes=rule.opening_minutes)
    while start + length <= close:
        yield PlannedOpening(
            rule=rule.id,
            starts_at=start,
            ends_at=start + length,
            seats=rule.seats,
            place=rule.place,
            host=rule.host,
        )
        start += length
