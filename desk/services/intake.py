"""Reads a visitor's answers to the questions of a booking, in the context of what was asked.

The same words can be a value, a policy question or a wish to leave; only here, where the asked
field is known, can that be told apart. ``hear`` returns None when the message is no answer, so
that the door lets the dialogue handle it and asks again afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from desk import contacts, errors, values
from desk.clock import local
from desk.dates import Wish
from desk.decision import Decision
from desk.errors import DeskError
from desk.services.openings import Offer
from desk.services.wishes import fitting, matching, opening_wish
from desk.utterance import is_question, read_correction, says_yes, wants_to_leave

FIELDS = ("opening", "company", "contact", "phone", "attendees", "subject", "confirm")
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
    """What the reading depends on: the asked field, what is on offer, bounds, and the moment.
    ``wish`` is the text of an earlier wish that several openings matched."""

    field: str
    offers: Sequence[Offer]
    most_attendees: int
    now: datetime
    wish: str | None = None


def hear(asked: Asked, text: str, decision: Decision) -> Heard | None:
    """Read an answer; None if the message is none."""
    text = contacts.clean(text)
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
    curt = asked.field != "subject" or len(text) <= 12
    correction = read_correction(text) if curt else None
    if correction and correction[0] != asked.field:
        return _correct(asked, *correction)
    if asked.field == "confirm":
        return _confirm(asked, text, decision, correction)
    if correction and correction[1]:
        text = correction[1]
    return _READERS[asked.field](asked, text, decision)


def first_wish(asked: Asked, text: str) -> Heard:
    """Read the sentence that began a booking: it may already name a time. Never an error for a
    sentence that names none."""
    wish = opening_wish(text, asked.now)
    if wish is None or not (wish.first or wish.after or wish.earliest):
        return Heard()
    return _settle(asked, text, wish)


def _another_task(asked: Asked, text: str, decision: Decision) -> bool:
    """Whether a message asks for another task that is carried out here. A correction is no
    rescheduling, nor is a time where a time is asked for, and a self-check is as good a subject of
    a visit as any."""
    if decision.kind != "task" or decision.topic == "task.human":
        return False
    if asked.field == "opening" and opening_wish(text, asked.now):
        return False
    subject = asked.field == "subject" and decision.topic.startswith("task.check_")
    return not subject and read_correction(text) is None


def _is_answer(text: str, decision: Decision, fits: bool) -> bool:
    """Whether a message is meant as a value. ``fits``: it has the very form of one."""
    if decision.kind == "smalltalk" and decision.confidence >= CERTAIN:
        return False
    if fits:
        return True
    if is_question(text):
        return False
    return not (decision.kind == "answer" and decision.confidence >= CERTAIN)


def _read(
    name: str, text: str, decision: Decision, fits: bool, check: Callable[[], Any]
) -> Heard | None:
    if not _is_answer(text, decision, fits):
        return None
    try:
        return Heard({name: check()})
    except DeskError as error:
        return Heard({name: None}, error)


def _opening(asked: Asked, text: str, decision: Decision) -> Heard | None:
    place = values.place_in(text)
    if place is not None:
        shown = _shown(asked)
        if place <= len(shown):
            return Heard({"opening": shown[place - 1].opening.id, "wish": None})
    wish = opening_wish(text, asked.now)
    about_policy = (
        is_question(text) and decision.kind == "answer" and decision.topic != "reception.about"
    )
    if wish is None or about_policy:
        if not _is_answer(text, decision, False):
            return None
        return Heard({"opening": None}, errors.OpeningUnclear())
    return _settle(asked, text, wish)


def _settle(asked: Asked, text: str, wish: Wish) -> Heard:
    today = local(asked.now).date()
    if wish.last is not None and wish.last < today:
        return Heard({"opening": None, "wish": None}, errors.OpeningPast())
    on_day, at_time = fitting(asked.offers, wish)
    if not at_time:
        nearest = text if on_day else None
        return Heard({"opening": None, "wish": nearest}, errors.OpeningNotOffered())
    if len(at_time) == 1 or wish.earliest:
        return Heard({"opening": at_time[0].opening.id, "wish": None})
    return Heard({"opening": None, "wish": text})


def _shown(asked: Asked) -> Sequence[Offer]:
    """The offers as they were last shown."""
    wish = opening_wish(asked.wish, asked.now) if asked.wish else None
    return (matching(asked.offers, wish) if wish else asked.offers)[:MOST_SHOWN]


def _company(asked: Asked, text: str, decision: Decision) -> Heard | None:
    name = values.firm_in(text)
    if decision.topic in {"affirm", "deny"}:
        return Heard({"company": None}, errors.InvalidCompany(most=contacts.MOST_COMPANY))
    fits = values.ends_like_a_firm(name) and not is_question(text)
    return _read("company", text, decision, fits, lambda: contacts.check_company(name))


def _contact(asked: Asked, text: str, decision: Decision) -> Heard | None:
    name = values.person_in(text)
    if decision.topic in {"affirm", "deny"}:
        return Heard({"contact": None}, errors.InvalidContact(most=contacts.MOST_CONTACT))
    fits = values.looks_like_a_person(name) and not is_question(text)
    return _read("contact", text, decision, fits, lambda: contacts.check_contact(name))


def _phone(asked: Asked, text: str, decision: Decision) -> Heard | None:
    found = contacts.phone_in(text)
    digits = sum(c.isdigit() for c in text)

    def check() -> str:
        if found is None and digits < 3:
            raise errors.InvalidPhone()
        return contacts.check_phone(found or text)

    return _read("phone", text, decision, found is not None or digits >= 5, check)


def _attendees(asked: Asked, text: str, decision: Decision) -> Heard | None:
    count = values.count_in(text)

    def check() -> int:
        if count is None:
            raise errors.InvalidAttendees(most=asked.most_attendees)
        return contacts.check_attendees(count, asked.most_attendees)

    fits = count is not None and not is_question(text)
    return _read("attendees", text, decision, fits, check)


def _subject(asked: Asked, text: str, decision: Decision) -> Heard | None:
    """Anything said here is the subject, and if it is a question it is answered as well."""
    try:
        value = contacts.check_subject(text)
    except DeskError as error:
        return Heard({"subject": None}, error)
    return Heard({"subject": value}, also_answer=decision.kind == "answer" and is_question(text))


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
    if not _is_answer(text, decision, False):
        return None
    return Heard({"confirm": None}, errors.ConfirmUnclear())


def _correct(asked: Asked, name: str, value: str | None) -> Heard:
    """Put a field to what was said, or clear it so that it is asked again."""
    changed: dict[str, Any] = {name: None, "confirm": None}
    if name == "opening":
        changed["wish"] = None
    if value is None:
        return Heard(changed)
    plain = Decision("refusal", "", known=False)
    again = Asked(name, asked.offers, asked.most_attendees, asked.now)
    heard = _READERS[name](again, value, plain)
    if heard is None:
        return Heard(changed)
    return Heard({**changed, **heard.values}, heard.error)


_READERS: dict[str, Callable[[Asked, str, Decision], Heard | None]] = {
    "opening": _opening,
    "company": _company,
    "contact": _contact,
    "phone": _phone,
    "attendees": _attendees,
    "subject": _subject,
}
