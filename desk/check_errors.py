"""Broken rules of the self-checks; import them from ``desk.errors`` like all others."""

from __future__ import annotations

from desk.error import DeskError


class UnknownCheck(DeskError):
    """There is no self-check of this name, or it is not offered any more."""

    code = "unknown_check"


class ChoiceUnclear(DeskError):
    """The answer to a choice, or to yes or no, could not be read."""

    code = "choice_unclear"


class AmountUnclear(DeskError):
    """The answer holds no number, or more than one; ``facts``: ``unit``."""

    code = "amount_unclear"


class DayUnclear(DeskError):
    """The answer names no day, one to come, or too rough a time for what hangs on it."""

    code = "day_unclear"


class VerdictNotFound(DeskError):
    """There is no such verdict, or it is not this visitor's."""

    code = "verdict_not_found"
