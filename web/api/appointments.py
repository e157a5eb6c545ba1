"""Openings and appointments of the reception days, for any client."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel, Field

from desk.clock import SHANGHAI, iso, utc_now
from desk.errors import InvalidRequest
from desk.services import booking, openings
from desk.services.openings import Offer
from web.context import OfficeOf
from web.limiting import address_of, hit

router = APIRouter(tags=["reception days"])

# Enough for a person, too little to try phone tails.
LOOKUPS_PER_MINUTE = 20
BOOKINGS_PER_MINUTE = 20


class NewAppointment(BaseModel):
    """A wish for a seat. Lengths here only guard the server; the rules are the service's."""

    opening: int = Field(ge=0, lt=2**31)
    company: str = Field(max_length=500)
    contact: str = Field(max_length=500)
    phone: str = Field(max_length=100)
    attendees: int
    topic: str | None = Field(default=None, max_length=64)
    description: str = Field(max_length=10_000)
    uscc: str | None = Field(default=None, pattern=r"^[0-9A-HJ-NP-RTUWXY]{18}$")


class PhoneTail(BaseModel):
    """Proof of who booked: the last four digits of the phone."""

    phone_tail: str = Field(pattern=r"^\d{4}$")


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
    asked = booking.Booking(**wish.model_dump(), request_key=key)
    return {
        "appointment": office.database.write(
            lambda session: booking.as_public(
                booking.book(session, office.reception, asked, utc_now())
            )
        )
    }


@router.get("/appointments/{code}")
def find(request: Request, office: OfficeOf, code: str, phone_tail: Tail) -> dict[str, Any]:
    """Look an appointment up."""
    hit(request, "lookup", address_of(request), LOOKUPS_PER_MINUTE)
    return {
        "appointment": office.database.read(
            lambda session: booking.as_public(booking.find(session, code, phone_tail=phone_tail))
        )
    }


@router.delete("/appointments/{code}")
def cancel(request: Request, office: OfficeOf, code: str, proof: PhoneTail) -> dict[str, Any]:
    """Cancel an appointment; its seat is free again."""
    hit(request, "lookup", address_of(request), LOOKUPS_PER_MINUTE)

    def work(session: Any) -> dict[str, Any]:
        found = booking.find(session, code, phone_tail=proof.phone_tail)
        return booking.as_public(booking.cancel(session, office.reception, found, utc_now()))

    return {"appointment": office.database.write(work)}


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
