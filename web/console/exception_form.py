"""What staff type into the form of an exception, read once and turned into the service's types."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated

from fastapi import Form

from desk.services.exceptions import Extra
from web.console.filters import read_day

KINDS = ("close", "add", "move", "host")
_Field = Annotated[str, Form()]


class Unreadable(Exception):
    """A field that holds no date, time or number."""

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(field)


@dataclass(frozen=True)
class Typed:
    """The form as typed; ``mark`` stands for the appointments that were shown with it."""

    day: str
    only: str = ""
    mark: str = ""
    note: str = ""
    booked: str = ""
    to_day: str = ""
    begins: str = ""
    ends: str = ""
    opening_minutes: str = ""
    seats: str = ""
    place: str = ""
    host: str = ""

    @property
    def cancel_booked(self) -> bool:
        """Whether the appointments are cancelled rather than kept."""
        return self.booked == "cancel"

    def needed_day(self) -> date:
        return self._date("day")

    def needed_target(self) -> date:
        return self._date("to_day")

    def time(self, field: str) -> time:
        """A clock time as HH:MM; raises ``Unreadable``."""
        value: str = getattr(self, field)
        try:
            # Not fromisoformat: it also takes a time zone, and ours is fixed.
            return datetime.strptime(value, "%H:%M").time()
        except ValueError:
            raise Unreadable(field) from None

    def extra(self) -> Extra:
        """An added reception; raises ``Unreadable``."""
        return Extra(
            self.time("begins"),
            self.time("ends"),
            self._number("opening_minutes"),
            self._number("seats"),
            self.place,
            self.host,
        )

    def _date(self, field: str) -> date:
        found = read_day(getattr(self, field))
        if found is None:
            raise Unreadable(field)
        return found

    def _number(self, field: str) -> int:
        value: str = getattr(self, field)
        if not (value.isascii() and value.isdecimal() and len(value) < 6):
            raise Unreadable(field)
        return int(value)


def read_typed(
    day: _Field = "",
    only: _Field = "",
    mark: _Field = "",
    note: _Field = "",
    booked: _Field = "",
    to_day: _Field = "",
    begins: _Field = "",
    ends: _Field = "",
    opening_minutes: _Field = "",
    seats: _Field = "",
    place: _Field = "",
    host: _Field = "",
) -> Typed:
    """The form of a request, without control characters and outer blanks."""
    typed = locals()
    return Typed(**{name: value.replace("\0", "").strip() for name, value in typed.items()})
