"""Broken rules, one class each. People's words for them live in ``knowledge/words.yml`` by code."""

from __future__ import annotations

from desk.booking_errors import *  # noqa: F403
from desk.check_errors import *  # noqa: F403
from desk.error import DeskError as DeskError
from desk.host_errors import *  # noqa: F403


class InvalidSetting(DeskError):
    """A setting of the environment is malformed; the process must not start."""

    code = "invalid_setting"


class KnowledgeInvalid(DeskError):
    """A file of ``knowledge/`` breaks its schema; ``facts`` name the file and what is wrong."""

    code = "knowledge_invalid"


class DatabaseBusy(DeskError):
    """A transaction lost its race too often, or the database is locked by somebody else."""

    code = "database_busy"


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
