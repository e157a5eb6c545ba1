"""What happened to an appointment, told in the transaction in which it happened.

``happened`` is the one place that every change passes through. It calls each of ``LISTENERS`` with
the session of the change, so whatever a listener stores is committed with it or not at all. To send
something elsewhere, add a listener that stores what is to be sent; sending comes after the commit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from desk.models import Appointment, LogEntry, Notice
from desk.services import outbox

# The statuses in which a company still counts on its visit or waits for one.
STANDING = ("booked", "held", "waiting")
# Who acts when nobody does: the waiting list and the schedule.
DESK = "desk"

NAMES = (
    "appointment.book",  # a seat was taken
    "appointment.wait",  # the company went on the waiting list
    "appointment.offer",  # a freed seat is kept for it
    "appointment.accept",  # it took the offered seat
    "appointment.lapse",  # it let the offer pass, or waited in vain
    "appointment.reschedule",  # moved to another opening; facts: from_opening
    "appointment.move",  # the office moved the opening itself
    "appointment.cancel",  # given up, by the visitor or by staff
)


@dataclass(frozen=True)
class Event:
    """One of ``NAMES``, to whom, by whom (``visitor``, ``desk`` or a name of staff), when.
    ``facts`` hold no personal data: they are logged."""

    name: str
    appointment: Appointment
    actor: str
    at: datetime
    facts: dict[str, Any] = field(default_factory=dict)


def happened(session: Session, event: Event) -> None:
    """Tell every listener."""
    session.flush()
    for listener in LISTENERS:
        listener(session, event)


def log(session: Session, event: Event) -> None:
    """The log line: who, when, what."""
    session.add(
        LogEntry(
            at=event.at,
            actor=event.actor,
            action=event.name,
            subject=event.appointment.code,
            facts={"opening": event.appointment.opening_id, **event.facts},
        )
    )


def note(session: Session, event: Event) -> None:
    """A notice for the visitor's chat, if it was not the visitor who did it."""
    if event.actor != "visitor" and event.appointment.conversation_id is not None:
        session.add(
            Notice(
                at=event.at,
                event=event.name,
                appointment_id=event.appointment.id,
                facts=event.facts,
            )
        )


LISTENERS: list[Callable[[Session, Event], None]] = [log, note, outbox.listen]
