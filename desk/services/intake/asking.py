"""What a reading depends on and what it gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from desk.decision import Decision
from desk.errors import DeskError
from desk.services.openings import Offer
from desk.utterance import is_question

FIELDS = ("opening", "company", "contact", "phone", "attendees", "subject", "goal", "confirm")
# From this confidence on a message that is no question still counts as one about a policy.
CERTAIN = 0.6
# More buttons than this nobody reads; the rest is reached by naming a day.
MOST_SHOWN = 6


@dataclass(frozen=True)
class Heard:
    """What an answer gave: field values (None: to be asked again), the error to tell, the wish
    for a time that is not settled yet, whether the text is also a question to answer, and whether
    the visitor breaks off."""

    values: dict[str, Any] = field(default_factory=dict)
    error: DeskError | None = None
    also_answer: bool = False
    leaves: bool = False


@dataclass(frozen=True)
class Asked:
    """What the reading depends on: the asked field, what is on offer (full openings included),
    bounds, and the moment. ``wish`` is the text of an earlier wish that is not settled, ``filled``
    the fields that have a value."""

    field: str
    offers: Sequence[Offer]
    most_attendees: int
    now: datetime
    wish: str | None = None
    filled: frozenset[str] = frozenset()


def is_answer(text: str, decision: Decision, fits: bool) -> bool:
    """Whether a message is meant as a value. ``fits``: it has the very form of one."""
    if decision.kind == "smalltalk" and decision.confidence >= CERTAIN:
        return False
    if fits:
        return True
    if is_question(text):
        return False
    return not (decision.kind == "answer" and decision.confidence >= CERTAIN)
