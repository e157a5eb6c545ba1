"""Broken rules of the host's side; import them from ``desk.errors`` like all others."""

from __future__ import annotations

from desk.error import DeskError


class TooEarlyToNote(DeskError):
    """A visit is noted as arrived before its day, or as missed before it began."""

    code = "too_early_to_note"


class NotBooked(DeskError):
    """The appointment holds no confirmed seat, so nobody can come for it; ``facts``: ``code``."""

    code = "not_booked"


class NotNoted(DeskError):
    """An outcome for a visit of which nobody noted whether it took place; ``facts``: ``code``."""

    code = "not_noted"


class AlreadyRecorded(DeskError):
    """The note cannot be taken back: an outcome rests on it; ``facts``: ``code``."""

    code = "already_recorded"


class RecordChanged(DeskError):
    """Somebody else changed the record after it was shown."""

    code = "record_changed"


class NoFollowUp(DeskError):
    """There is nothing to follow up (any more); ``facts``: ``code``."""

    code = "no_follow_up"


class FollowUpPast(DeskError):
    """The day to follow up is over already."""

    code = "follow_up_past"


class AffectedChanged(DeskError):
    """Not the appointments that staff were shown would be affected."""

    code = "affected_changed"


class NotGivenUp(DeskError):
    """Only a message that was given up can be sent anew."""

    code = "not_given_up"
