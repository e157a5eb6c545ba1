"""Broken rules of the reception days; import them from ``desk.errors`` like all others."""

from __future__ import annotations

from desk.error import DeskError


class UnknownOpening(DeskError):
    """There is no such opening, or it is not open for booking."""

    code = "unknown_opening"


class OpeningFull(DeskError):
    """All seats of the opening are taken."""

    code = "opening_full"


class OpeningPast(DeskError):
    """The opening has begun, or the time to book or cancel it is over."""

    code = "opening_past"


class TooManyActive(DeskError):
    """The company already has as many visits ahead as allowed; ``facts``: ``most``."""

    code = "too_many_active"


class ChangeClosed(DeskError):
    """Too near the visit to cancel or reschedule oneself; ``facts``: ``hours`` of the cut-off."""

    code = "change_closed"


class NotBookedYet(DeskError):
    """The appointment is on the waiting list, so there is no seat to move; ``facts``: ``code``."""

    code = "not_booked_yet"


class OfferGone(DeskError):
    """No seat is kept for this appointment (any more)."""

    code = "offer_gone"


class DayPast(DeskError):
    """An exception to the schedule for a day that is over; ``facts``: ``day``."""

    code = "day_past"


class NothingThatDay(DeskError):
    """An exception for a day (or rule, or time) that has no openings; ``facts``: ``day``."""

    code = "nothing_that_day"


class InvalidExtraDay(DeskError):
    """An added day that makes no sense; ``facts``: the ``field`` that is wrong."""

    code = "invalid_extra_day"


class OpeningCollides(DeskError):
    """The moved openings would begin when the same rule already receives."""

    code = "opening_collides"


class UnknownException(DeskError):
    """No such exception to the schedule, or it is undone already; ``facts``: ``exception``."""

    code = "unknown_exception"


class NoOpenings(DeskError):
    """Nothing can be booked at present."""

    code = "no_openings"


class OpeningUnclear(DeskError):
    """The visitor's wish for a time could not be read."""

    code = "opening_unclear"


class OpeningVague(DeskError):
    """The wish is too loose to choose for the visitor."""

    code = "opening_vague"


class LunarDate(DeskError):
    """The wish names a day of the lunar calendar."""

    code = "lunar_date"


class WishFull(DeskError):
    """The wish was read, and what it names is full."""

    code = "wish_full"


class OpeningNotOffered(DeskError):
    """The wish was read, but no opening matches it."""

    code = "opening_not_offered"


class InvalidCompany(DeskError):
    """Not usable as the name of an enterprise."""

    code = "invalid_company"


class InvalidContact(DeskError):
    """Not usable as the name of a person."""

    code = "invalid_contact"


class InvalidPhone(DeskError):
    """Not a telephone number that exists in mainland China's numbering plan."""

    code = "invalid_phone"


class InvalidAttendees(DeskError):
    """The number of visitors is no number, or out of bounds; ``facts``: ``most``."""

    code = "invalid_attendees"


class InvalidSubject(DeskError):
    """The subject of the visit is empty or too long; ``facts``: ``most``."""

    code = "invalid_subject"


class InvalidGoal(DeskError):
    """What the company wants settled is too long; ``facts``: ``most``."""

    code = "invalid_goal"


class InvalidUscc(DeskError):
    """Not a unified social credit code: its form or its check character is wrong."""

    code = "invalid_uscc"


class ConfirmUnclear(DeskError):
    """Neither a yes nor a correction could be read."""

    code = "confirm_unclear"


class InvalidCode(DeskError):
    """The text holds no appointment code."""

    code = "invalid_code"


class InvalidPhoneTail(DeskError):
    """The text holds no four digits."""

    code = "invalid_phone_tail"


class AppointmentNotFound(DeskError):
    """No appointment with this code and phone tail; one error, so that codes cannot be probed."""

    code = "appointment_not_found"


class AppointmentClosed(DeskError):
    """The appointment is already cancelled."""

    code = "appointment_closed"


class IdempotencyConflict(DeskError):
    """The same idempotency key came with other contents."""

    code = "idempotency_conflict"
