"""Openings and appointments of the reception days, for any client."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session
from starlette.responses import Response

from desk.clock import SHANGHAI, iso, utc_now
from desk.errors import InvalidRequest, OpeningFull, OpeningPast, UnknownOpening
from desk.models import Appointment
from desk.office import Office
from desk.services import booking, confirmation, openings, waitlist
from desk.services.openings import Offer
from web.confirmation import ics
from web.context import OfficeOf
from web.limiting import address_of, hit

router = APIRouter(tags=["reception days"])

# Enough for a person, too little to try phone tails.
LOOKUPS_PER_MINUTE = 20
BOOKINGS_PER_MINUTE = 20


class NewAppointment(BaseModel):
    """A wish for a seat; with ``wait`` for a place on the waiting list if none is free. Lengths
    here only guard the server; the rules are the service's."""

    opening: int = Field(ge=0, lt=2**31)
    company: str = Field(max_length=500)
    contact: str = Field(max_length=500)
    phone: str = Field(max_length=100)
    attendees: int
    topic: str | None = Field(default=None, max_length=64)
    description: str = Field(max_length=10_000)
    goal: str | None = Field(default=None, max_length=10_000)
    uscc: str | None = Field(default=None, max_length=100)
    wait: bool = False


class PhoneTail(BaseModel):
    """Proof of who booked: the last four digits of the phone."""

    phone_tail: str = Field(pattern=r"^\d{4}$")


class Change(PhoneTail):
    """The opening to change to."""

    opening: int = Field(ge=0, lt=2**31)


Tail = Annotated[str, Query(pattern=r"^\d{4}$")]
# Days that can be converted between time zones: the ends of the calendar cannot.
Day = Annotated[date | None, Query(ge=date(2000, 1, 1), le=date(9000, 1, 1))]


@router.get("/openings")
def list_openings(
    office: OfficeOf,
    since: Annotated[Day, Query(alias="from")] = None,
    to: Day = None,
) -> dict[str, Any]:
    """Openings that can be booked; ``from`` and ``to`` are days in China, both inclusive."""
    offers = office.database.read(
        lambda session: openings.offers(
            session,
            office.reception,
            utc_now(),
            since=_midnight(since) if since else None,
            until=_midnight(to + timedelta(days=1)) if to else None,
        )
    )
    return {"openings": [_opening(offer) for offer in offers]}


@router.post("/appointments", status_code=201)
def book(
    request: Request,
    office: OfficeOf,
    wish: NewAppointment,
    idempotency_key: Annotated[str | None, Header(min_length=8, max_length=100)] = None,
) -> dict[str, Any]:
    """Book a seat. The same ``Idempotency-Key`` with the same contents books once."""
    hit(request, "book", address_of(request), BOOKINGS_PER_MINUTE)
    if wish.topic is not None and office.shelf.topic(wish.topic) is None:
        raise InvalidRequest(fields="topic")
    key = f"api:{idempotency_key}" if idempotency_key else None
    asked = booking.Booking(**wish.model_dump(exclude={"wait"}), request_key=key)
    take = waitlist.wait if wish.wait else booking.book
    return _done(office, lambda session: take(session, office.reception, asked, utc_now()))


@router.get("/appointments/{code}.ics", response_class=Response)
def calendar(request: Request, office: OfficeOf, code: str, phone_tail: Tail) -> Response:
    """The appointment as a calendar file."""
    hit(request, "lookup", address_of(request), LOOKUPS_PER_MINUTE)
    return ics(request, office, office.database.read(_found(code, phone_tail)))


@router.get("/appointments/{code}")
def find(request: Request, office: OfficeOf, code: str, phone_tail: Tail) -> dict[str, Any]:
    """Look an appointment up."""
    hit(request, "lookup", address_of(request), LOOKUPS_PER_MINUTE)
    find_it = _found(code, phone_tail)
    return {
        "appointment": office.database.read(
            lambda session: confirmation.shown(office.settings.secret, find_it(session))
        )
    }


@router.patch("/appointments/{code}")
def reschedule(request: Request, office: OfficeOf, code: str, change: Change) -> dict[str, Any]:
    """Change to another opening; the old seat is given up only with the new one taken."""
    hit(request, "lookup", address_of(request), LOOKUPS_PER_MINUTE)
    find_it = _found(code, change.phone_tail)
    return _done(
        office,
        lambda session: booking.reschedule(
            session, office.reception, find_it(session), change.opening, utc_now()
        ),
    )


@router.post("/appointments/{code}/accept")
def accept(request: Request, office: OfficeOf, code: str, proof: PhoneTail) -> dict[str, Any]:
    """Take the seat that is kept for an appointment of the waiting list."""
    hit(request, "lookup", address_of(request), LOOKUPS_PER_MINUTE)
    find_it = _found(code, proof.phone_tail)
    return _done(
        office,
        lambda session: waitlist.accept(session, office.reception, find_it(session), utc_now()),
    )


@router.delete("/appointments/{code}")
def cancel(request: Request, office: OfficeOf, code: str, proof: PhoneTail) -> dict[str, Any]:
    """Cancel an appointment or leave the waiting list; a seat is free again."""
    hit(request, "lookup", address_of(request), LOOKUPS_PER_MINUTE)
    find_it = _found(code, proof.phone_tail)
    return _done(
        office,
        lambda session: booking.cancel(session, office.reception, find_it(session), utc_now()),
    )


def _found(code: str, phone_tail: str) -> Callable[[Session], Appointment]:
    return lambda session: booking.find(session, code, phone_tail=phone_tail)


def _done(office: Office, work: Callable[[Session], Appointment]) -> dict[str, Any]:
    """Run and commit; the appointment as it is then. Where an opening cannot be had, the refusal
    names ``alternatives``, nearest first."""
    secret = office.settings.secret
    try:
        return {"appointment": office.database.write(lambda s: confirmation.shown(secret, work(s)))}
    except (OpeningFull, OpeningPast, UnknownOpening) as error:
        wanted = int(error.facts["opening"])
        near = office.database.read(
            lambda session: openings.nearest(session, office.reception, utc_now(), wanted)
        )
        error.facts["alternatives"] = [_opening(offer) for offer in near]
        raise


def _opening(offer: Offer) -> dict[str, Any]:
    opening = offer.opening
    return {
        "id": opening.id,
        "starts_at": iso(opening.starts_at),
        "ends_at": iso(opening.ends_at),
        "place": opening.place,
        "place_is_example": opening.example,
        "seats_left": offer.seats_left,
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)
