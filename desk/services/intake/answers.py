"""Decides what a message is to a running booking: an answer, several at once, a correction, a yes,
leaving, or none of these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from desk import contacts, errors, values
from desk.decision import Decision
from desk.errors import DeskError
from desk.harvest import Harvest, gather
from desk.services import wishes
from desk.services.intake import fields, times
from desk.services.intake.asking import CERTAIN, FIELDS, Asked, Heard, is_answer
from desk.services.wishes import opening_wish
from desk.text import MOST_CHARACTERS
from desk.utterance import is_question, read_correction, says_yes, wants_to_leave

_PLAIN = Decision("refusal", "", known=False)
# What is certain enough by its form to be taken beside the asked field.
_STRONG = {"phone", "uscc", "company"}


def hear(asked: Asked, text: str, decision: Decision) -> Heard | None:
    """Read an answer; None if the message is none."""
    text = contacts.clean(text)
    if asked.field == "goal" and values.says_nothing(text):
        return Heard({"goal": ""})
    if wants_to_leave(text):
        return Heard(leaves=True)
    # 三个人 is no wish for a person, nor is 人工智能科技公司.
    fits = (asked.field == "attendees" and values.only_counts(text)) or (
        asked.field == "company" and values.ends_like_a_firm(text) and not is_question(text)
    )
    if decision.topic == "task.human" and decision.confidence >= CERTAIN and not fits:
        return None
    if not fits and _another_task(asked, text, decision):
        return Heard({asked.field: None}, errors.TaskRunning())
    # A subject may tell of corrections itself (环评批复写错了); only a curt one is meant for us.
    curt = asked.field not in {"subject", "goal"} or len(text) <= 12
    correction = read_correction(text) if curt else None
    if correction and correction[0] != asked.field:
        return _correct(asked, *correction)
    several = None if correction else _several(asked, text)
    if several is not None:
        return several
    if asked.field == "confirm":
        return _confirm(asked, text, decision, correction)
    if correction and correction[1]:
        text = correction[1]
    return READERS[asked.field](asked, text, decision)


def begin(asked: Asked, text: str) -> Heard:
    """Read the sentence that began a booking: it may already name a time, a firm, anything. Never
    an error for what it does not name."""
    text = contacts.clean(text)[:MOST_CHARACTERS]
    found = gather(text)
    heard = _taken(asked, found, (*FIELDS[1:-1], "uscc"))
    wish = opening_wish(found.rest, asked.now)
    if wishes.is_lunar(found.rest):
        return Heard(heard.values, heard.error or errors.LunarDate())
    if wish is None or not (wish.first or wish.after or wish.earliest or wish.next_day):
        return heard
    settled = times.settle(asked, found.rest, wish)
    return Heard({**heard.values, **settled.values}, settled.error or heard.error)


def _several(asked: Asked, text: str) -> Heard | None:
    """Several values given at once, where that is beyond doubt; None otherwise."""
    if asked.field in {"subject", "goal"} or is_question(text):
        return None
    found = gather(text)
    wish = opening_wish(found.rest, asked.now)
    named = set(found.values) | ({"opening"} if wish and wish.names_days else set())
    new = {n for n in named if n == asked.field or n not in asked.filled}
    beside = new - {asked.field}
    if not beside & _STRONG and not (len(new) > 1 and asked.field in new):
        return None
    if new == {"company"} and asked.field == "contact":
        return None
    heard = _taken(asked, found, tuple(sorted(new - {"opening"})))
    values_, error = dict(heard.values), heard.error
    if "opening" in new and wish is not None:
        settled = times.settle(asked, found.rest, wish)
        values_ |= settled.values
        error = settled.error or error
    values_.setdefault(asked.field, None)
    return Heard(values_, error)


def _taken(asked: Asked, found: Harvest, wanted: tuple[str, ...]) -> Heard:
    """The found values that pass their checks; of the others the first one's error."""
    taken: dict[str, Any] = {}
    error: DeskError | None = None
    for name in wanted:
        if name not in found.values:
            continue
        try:
            taken[name] = fields.check(name, found.values[name], asked.most_attendees)
        except DeskError as wrong:
            error = error or wrong
    if "subject" in taken:
        taken["about"] = None
    return Heard(taken, error)


def _another_task(asked: Asked, text: str, decision: Decision) -> bool:
    """Whether a message asks for another task that is carried out here. A correction is no
    rescheduling, nor is a time where a time is asked for; a talk in person or a self-check is as
    good a subject of a visit as any, and whoever says everything again means this booking."""
    if decision.kind != "task" or decision.topic == "task.human":
        return False
    if asked.field == "opening" and opening_wish(text, asked.now):
        return False
    booking = decision.topic == "task.book"
    if booking and len(gather(text).values) > 1:
        return False
    meant = booking or decision.topic.startswith("task.check_")
    subject = asked.field in {"subject", "goal"} and meant
    return not subject and read_correction(text) is None


def _confirm(
    asked: Asked, text: str, decision: Decision, correction: tuple[str, str | None] | None
) -> Heard | None:
    if correction:
        return _correct(asked, *correction)
    # The ranking may recognise a yes in words of its own, but never against a plain no.
    yes = says_yes(text)
    affirmed = decision.topic == "affirm" and not is_question(text)
    if yes or (yes is None and affirmed):
        return Heard({"confirm": True})
    if not is_answer(text, decision, False):
        return None
    return Heard({"confirm": None}, errors.ConfirmUnclear())


def _correct(asked: Asked, name: str, value: str | None) -> Heard:
    """Put a field to what was said, or clear it so that it is asked again."""
    changed: dict[str, Any] = {name: None, "confirm": None}
    if name == "opening":
        changed |= {"wish": None, "waiting": None}
    if value is None:
        return Heard(changed)
    heard = READERS[name](replace(asked, field=name, wish=None), value, _PLAIN)
    if heard is None:
        return Heard(changed)
    if "goal" in heard.values and name != "goal":
        heard.values.pop("goal")
    return Heard({**changed, **heard.values}, heard.error)


READERS: dict[str, Callable[[Asked, str, Decision], Heard | None]] = {
    "opening": times.read_opening,
    "company": fields.read_company,
    "contact": fields.read_contact,
    "phone": fields.read_phone,
    "attendees": fields.read_attendees,
    "subject": fields.read_subject,
    "goal": fields.read_goal,
    "uscc": fields.read_uscc,
}
