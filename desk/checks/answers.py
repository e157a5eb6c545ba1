"""Answers as they are stored: JSON by step, and back; and as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from desk.checks.reading import Said
from desk.checks.schema import UNKNOWN, Step, Value
from desk.words import Words


def encode(said: Said) -> dict[str, Any]:
    """A value as JSON; numbers and days are text, so that none loses a digit."""
    value = said.value
    plain = str(value) if isinstance(value, (Decimal, date)) else value
    return {"value": plain, "about": True} if said.about else {"value": plain}


def decode(step: Step, stored: Any) -> Value | None:
    """The value of an answer, or None where it does not fit the question any more: the rules may
    have changed under a check that was begun before."""
    value = stored.get("value") if isinstance(stored, dict) else None
    if value == UNKNOWN:
        return UNKNOWN
    try:
        if step.kind == "yes_no":
            return value if isinstance(value, bool) else None
        if step.kind == "number":
            return Decimal(str(value))
        if step.kind == "date":
            return date.fromisoformat(str(value))
    except (InvalidOperation, ValueError):
        return None
    return value if value in {option.id for option in step.options} else None


def decode_all(steps: list[Step], stored: Mapping[str, Any]) -> dict[str, Value]:
    """All stored answers that fit, by step."""
    values = {}
    for step in steps:
        if step.id in stored:
            value = decode(step, stored[step.id])
            if value is not None:
                values[step.id] = value
    return values


def in_words(step: Step, value: Value, words: Words, about: bool = False) -> str:
    """An answer as people read it."""
    if value == UNKNOWN and not isinstance(value, (bool, Decimal)):
        return words.label("check.unknown")
    if isinstance(value, bool):
        return words.label("check.yes" if value else "check.no")
    if isinstance(value, Decimal):
        shown = words.label("check.amount", value=figures(value), unit=step.unit)
        return words.label("check.about", value=shown) if about else shown
    if isinstance(value, date):
        shown = day_in_words(value, words)
        return words.label("check.about", value=shown) if about else shown
    return next(option.title for option in step.options if option.id == value)


def day_in_words(day: date, words: Words) -> str:
    """A day without its weekday."""
    return words.label("check.date", year=day.year, month=day.month, day=day.day)


def figures(value: Decimal) -> str:
    """A number without needless zeros.

    >>> figures(Decimal("2000")), figures(Decimal("0.50"))
    ('2000', '0.5')
    """
    return f"{value.normalize():f}"
