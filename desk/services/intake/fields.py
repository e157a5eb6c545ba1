"""Reads the answers to the other questions, one reader a field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from desk import contacts, errors, values
from desk.decision import Decision
from desk.errors import DeskError
from desk.services.intake.asking import Asked, Heard, is_answer
from desk.utterance import is_question


def read_company(asked: Asked, text: str, decision: Decision) -> Heard | None:
    name = values.firm_in(text)
    if decision.topic in {"affirm", "deny"}:
        return Heard({"company": None}, errors.InvalidCompany(most=contacts.MOST_COMPANY))
    fits = values.ends_like_a_firm(name) and not is_question(text)
    return _read("company", text, decision, fits, lambda: contacts.check_company(name))


def read_contact(asked: Asked, text: str, decision: Decision) -> Heard | None:
    name = values.person_in(text)
    firm = values.ends_like_a_firm(name) and len(name) > 4
    if firm or decision.topic in {"affirm", "deny"}:
        return Heard({"contact": None}, errors.InvalidContact(most=contacts.MOST_CONTACT))
    fits = values.looks_like_a_person(name) and not is_question(text)
    return _read("contact", text, decision, fits, lambda: contacts.check_contact(name))


def read_phone(asked: Asked, text: str, decision: Decision) -> Heard | None:
    found = contacts.phone_in(text)
    digits = sum(c.isdigit() for c in text)

    def check() -> str:
        if found is None and digits < 3:
            raise errors.InvalidPhone()
        return contacts.check_phone(found or text)

    return _read("phone", text, decision, found is not None or digits >= 5, check)


def read_attendees(asked: Asked, text: str, decision: Decision) -> Heard | None:
    count = values.count_in(text)

    def check() -> int:
        if count is None:
            raise errors.InvalidAttendees(most=asked.most_attendees)
        return contacts.check_attendees(count, asked.most_attendees)

    fits = count is not None and not is_question(text)
    return _read("attendees", text, decision, fits, check)


def read_subject(asked: Asked, text: str, decision: Decision) -> Heard | None:
    """Anything said here is the subject, and if it is a question it is answered as well. Who was
    asked for it was asked for what is to be settled, too."""
    try:
        value = contacts.check_subject(text)
    except DeskError as error:
        return Heard({"subject": None}, error)
    also = {} if "goal" in asked.filled or asked.field != "subject" else {"goal": ""}
    return Heard(
        {"subject": value, "about": None, **also},
        also_answer=decision.kind == "answer" and is_question(text),
    )


def read_goal(asked: Asked, text: str, decision: Decision) -> Heard | None:
    """What the company wants settled; it may have nothing to add. A question that asks the desk is
    answered first."""
    if values.says_nothing(text):
        return Heard({"goal": ""})
    if is_question(text) and decision.kind == "answer":
        return None
    return _read("goal", text, decision, True, lambda: contacts.check_goal(text) or _nothing())


def read_uscc(asked: Asked, text: str, decision: Decision) -> Heard | None:
    return _read("uscc", text, decision, True, lambda: contacts.check_uscc(text))


def check(name: str, raw: str, most_attendees: int) -> Any:
    """The checked value of a field that was found in a sentence; raises its ``Invalid…``."""
    if name == "attendees":
        return contacts.check_attendees(int(raw), most_attendees)
    checks: dict[str, Callable[[str], Any]] = {
        "company": contacts.check_company,
        "contact": contacts.check_contact,
        "phone": contacts.check_phone,
        "subject": contacts.check_subject,
        "goal": contacts.check_goal,
        "uscc": contacts.check_uscc,
    }
    return checks[name](raw)


def _nothing() -> str:
    raise errors.InvalidGoal(most=contacts.MOST_SUBJECT)


def _read(
    name: str, text: str, decision: Decision, fits: bool, check_it: Callable[[], Any]
) -> Heard | None:
    if not is_answer(text, decision, fits):
        return None
    try:
        return Heard({name: check_it()})
    except DeskError as error:
        return Heard({name: None}, error)
