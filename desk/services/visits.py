"""What a visitor asks for when booking or waiting: the checked fields, said once, not too often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from desk import contacts
from desk.codes import APPOINTMENT, new_code
from desk.database import lock_name
from desk.errors import IdempotencyConflict, TooManyActive
from desk.models import Appointment, Opening
from desk.schedule import Reception
from desk.services.events import STANDING


@dataclass(frozen=True)
class Booking:
    """A wish for a seat, as typed. ``request_key`` identifies the request: the same key with the
    same contents books once, with other contents it is refused."""

    opening: int
    company: str
    contact: str
    phone: str
    attendees: int
    description: str
    goal: str | None = None
    topic: str | None = None
    uscc: str | None = None
    conversation: str | None = None
    request_key: str | None = None


def checked(reception: Reception, wish: Booking) -> dict[str, Any]:
    """The columns that a wish fills; raises one ``Invalid…`` error for the first bad field."""
    company = contacts.check_company(wish.company)
    return {
        "company": company,
        "company_key": contacts.company_key(company),
        "contact": contacts.check_contact(wish.contact),
        "phone": contacts.check_phone(wish.phone),
        "attendees": contacts.check_attendees(wish.attendees, reception.most_attendees),
        "description": contacts.check_subject(wish.description),
        "goal": contacts.check_goal(wish.goal),
        "topic": wish.topic,
        "uscc": contacts.check_uscc(wish.uscc) if wish.uscc else None,
        "opening_id": wish.opening,
    }


def repeated(session: Session, wish: Booking, fields: dict[str, Any]) -> Appointment | None:
    """What the same request made before; raises ``IdempotencyConflict`` if its contents differ.

    The opening is no part of the comparison once the visitor has rescheduled.
    """
    if wish.request_key is None:
        return None
    earlier = session.scalar(select(Appointment).where(Appointment.request_key == wish.request_key))
    if earlier is None:
        return None
    same = set(fields) - ({"opening_id"} if earlier.changes else set())
    if any(getattr(earlier, name) != fields[name] for name in same):
        raise IdempotencyConflict()
    return earlier


def guard_active(
    session: Session, reception: Reception, fields: dict[str, Any], now: datetime
) -> None:
    """Raises ``TooManyActive`` if the company has as many visits ahead as allowed.

    Takes a lock of the company's name, so that two requests at once do not both find room; it comes
    before the locks of openings.
    """
    lock_name(session, f"company:{fields['company_key']}")
    same = Appointment.company_key == fields["company_key"]
    if fields["uscc"]:
        same = or_(same, Appointment.uscc == fields["uscc"])
    ahead = session.scalar(
        select(func.count())
        .select_from(Appointment)
        .join(Opening)
        .where(same, Appointment.status.in_(STANDING), Opening.ends_at > now)
    )
    if (ahead or 0) >= reception.most_active:
        raise TooManyActive(most=reception.most_active)


def new(
    wish: Booking, fields: dict[str, Any], opening: Opening, now: datetime, **state: Any
) -> Appointment:
    """The appointment, not yet in the session; ``state`` is its status and what goes with it."""
    columns = {name: value for name, value in fields.items() if name != "opening_id"}
    return Appointment(
        **columns,
        **state,
        code=new_code(APPOINTMENT),
        opening=opening,
        conversation_id=wish.conversation,
        request_key=wish.request_key,
        created_at=now,
        changes=0,
    )
