"""Broken rules, one class each. People's words for them live in ``knowledge/words.yml`` by code."""

from __future__ import annotations

from typing import Any


class DeskError(Exception):
    """A rule of the service desk was broken.

    ``code`` is stable and is what programs branch on; ``facts`` are the values a sentence about
    the error may mention. The sentence itself lives in ``knowledge/words.yml`` under ``errors``.

    >>> error = OpeningFull(opening=3)
    >>> (error.code, error.facts)
    ('opening_full', {'opening': 3})
    """

    code = "desk_error"

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(f"{self.code} {facts}" if facts else self.code)


class InvalidSetting(DeskError):
    """A setting of the environment is malformed; the process must not start."""

    code = "invalid_setting"


class KnowledgeInvalid(DeskError):
    """A file of ``knowledge/`` breaks its schema; ``facts`` name the file and what is wrong."""

    code = "knowledge_invalid"


class DatabaseBusy(DeskError):
    """A transaction lost its race too often, or the database is locked by somebody else."""

    code = "database_busy"


class UnknownOpening(DeskError):
    """There is no such opening, or it is not open for booking."""

    code = "unknown_opening"


class OpeningFull(DeskError):
    """All seats of the opening are taken."""

    code = "opening_full"


class OpeningPast(DeskError):
    """The opening has begun, or the time to book or cancel it is over."""

    code = "opening_past"


class NoOpenings(DeskError):
    """Nothing can be booked at present."""

    code = "no_openings"


class OpeningUnclear(DeskError):
    """The visitor's wish for a time could not be read."""

    code = "opening_unclear"


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


class InquiryNotFound(DeskError):
    """No inquiry with this code."""

    code = "inquiry_not_found"


class TextEmpty(DeskError):
    """A message, reply or name is empty."""

    code = "text_empty"


class TextTooLong(DeskError):
    """A text is longer than allowed; ``facts``: ``most`` characters."""

    code = "text_too_long"


class UnknownButton(DeskError):
    """The button was not offered in this conversation."""

    code = "unknown_button"


class NotAuthorized(DeskError):
    """No token, a wrong one or an expired one; or wrong sign-in data."""

    code = "not_authorized"


class ConversationNotFound(DeskError):
    """The token is genuine but its conversation no longer exists."""

    code = "conversation_not_found"


class TooManyRequests(DeskError):
    """A limit on the rate of requests was hit."""

    code = "too_many_requests"


class InvalidRequest(DeskError):
    """The request's shape is wrong; ``facts``: ``fields``."""

    code = "invalid_request"


class BotSilent(DeskError):
    """Rasa gave no usable reply in time; ``facts``: ``reason``. Logged as a fault."""

    code = "bot_silent"


class InternalFault(DeskError):
    """Something broke that nobody foresaw; the log has the details."""

    code = "internal_fault"


class StaffExists(DeskError):
    """There already is an account of this name."""

    code = "staff_exists"


class UnknownStaff(DeskError):
    """There is no account of this name."""

    code = "unknown_staff"


class TaskRunning(DeskError):
    """Another task was asked for while a form runs."""

    code = "task_running"


class NotFound(DeskError):
    """There is nothing at this address."""

    code = "not_found"
