"""Reads a visitor's answers to the questions of a booking, in the context of what was asked.

The same words can be a value, a policy question or a wish to leave; only here, where the asked
field is known, can that be told apart. ``hear`` returns None when the message is no answer, so
that the door lets the dialogue handle it and asks again afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import phonenumbers

from desk.clock import local
from desk.contacts import (
    check_attendees,
    check_company,
    check_contact,
    check_phone,
    check_subject,
    clean,
)
from desk.dates import Wish, read_wish
from desk.decision import Decision
from desk.errors import (
    ConfirmUnclear,
    DeskError,
    InvalidAttendees,
    InvalidCompany,
    InvalidContact,
    InvalidPhone,
    OpeningNotOffered,
    OpeningPast,
    OpeningUnclear,
)
from desk.services.openings import Offer
from desk.utterance import is_question, read_correction, says_yes, wants_to_leave

FIELDS = ("opening", "company", "contact", "phone", "attendees", "subject", "confirm")
# From this confidence on a message that is no question still counts as one about a policy.
CERTAIN = 0.6

_FIRM = re.compile(
    r"(公司|集团|厂|店|中心|医院|诊所|学校|院|所|合作社|工作室|部|行|场|站|园|协会|商会|局|馆|城|社)$"
)
# A bare 为 is no lead: firms are called 为民.
_FIRM_LEAD = re.compile(
    r"^(?:我们?(?:这边|这里)?的?)?(?:公司|单位|企业|厂)?的?(?:名称|名字|全称)?(?:就?是|叫做?):?"
    r"|^(?:我们?的?)?(?:公司|单位|企业)的?(?:名称|名字|全称)?(?:为|:)|^(?:名称|名字|全称)(?:为|:)"
)
_NAME = re.compile(r"^[\u4e00-\u9fff·]{2,4}(?:总|经理|先生|女士|工|主任|厂长|老板|部长|科长)?$")
_NAME_LEAD = re.compile(r"^(?:联系人|姓名|名字)?(?:就?是|叫)?[::]?|^我(?:姓|叫|是)|^免贵姓?|^本人")
_COUNT = re.compile(
    r"(?<![\d.~到至-])(\d{1,6})(?![\d.~到至-])"
    r"|(?<![到至~-])([一二两俩三仨四五六七八九十]{1,3})(?=[个位名人]|$)"
)
# Nothing but a head count, whatever else the ranking makes of 人.
_HEADS = re.compile(
    r"[^\d不]{0,4}(?:\d{1,6}|[一二两俩三仨四五六七八九十]{1,3})(?:个人|个|位|名|人)?[来吧]?"
)
_ALONE = re.compile(r"就我(?:自己)?$|我一个|我自己|本人来")
_CHINESE = {c: n for n, c in enumerate("一二三四五六七八九十", 1)} | {"两": 2, "俩": 2, "仨": 3}
_ORDINAL = re.compile(r"^第?([1-9]|[一二三四五六七八九])(?:个|项)?$")
_CORPORATE_REST = "。,,;; "


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
    text = clean(text)
    if wants_to_leave(text):
        return Heard(leaves=True)
    # 三个人 is no wish for a person, nor is 人工智能科技公司.
    fits = (asked.field == "attendees" and _HEADS.fullmatch(text)) or (
        asked.field == "company" and _FIRM.search(text) and not is_question(text)
    )
    if decision.topic == "task.human" and decision.confidence >= CERTAIN and not fits:
        return None
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


def opening_wish(text: str, now: datetime) -> Wish | None:
    """The wish for a time that a text names, if any; days, not only a part of the day."""
    return read_wish(text, local(now).date())


def matching(offers: Sequence[Offer], wish: Wish) -> list[Offer]:
    """The offers that fit a wish; if none fits its time of day, those of its days."""
    on_day = [o for o in offers if wish.on_day(local(o.opening.starts_at))]
    fitting = [o for o in on_day if wish.at_time(local(o.opening.starts_at))]
    return (fitting[:1] if wish.earliest else fitting) or on_day


def first_wish(asked: Asked, text: str) -> Heard:
    """Read the sentence that began a booking: it may already name a time. Never an error for a
    sentence that names none."""
    wish = opening_wish(text, asked.now)
    if wish is None or not (wish.first or wish.after or wish.earliest):
        return Heard()
    return _settle(asked, text, wish)


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
    ordinal = _ORDINAL.match(text)
    if ordinal:
        shown = _shown(asked)
        index = int(ordinal[1]) if ordinal[1].isdigit() else _CHINESE[ordinal[1]]
        if index <= len(shown):
            return Heard({"opening": shown[index - 1].opening.id, "wish": None})
    wish = opening_wish(text, asked.now)
    about_policy = (
        is_question(text) and decision.kind == "answer" and decision.topic != "reception.about"
    )
    if wish is None or about_policy:
        if not _is_answer(text, decision, False):
            return None
        return Heard({"opening": None}, OpeningUnclear())
    return _settle(asked, text, wish)


def _settle(asked: Asked, text: str, wish: Wish) -> Heard:
    today = local(asked.now).date()
    if wish.last is not None and wish.last < today:
        return Heard({"opening": None, "wish": None}, OpeningPast())
    on_day = [o for o in asked.offers if wish.on_day(local(o.opening.starts_at))]
    fitting = [o for o in on_day if wish.at_time(local(o.opening.starts_at))]
    if not fitting:
        nearest = text if on_day else None
        return Heard({"opening": None, "wish": nearest}, OpeningNotOffered())
    if len(fitting) == 1 or wish.earliest:
        return Heard({"opening": fitting[0].opening.id, "wish": None})
    return Heard({"opening": None, "wish": text})


def _shown(asked: Asked) -> Sequence[Offer]:
    """The offers as they were last shown."""
    wish = opening_wish(asked.wish, asked.now) if asked.wish else None
    return matching(asked.offers, wish) if wish else asked.offers


def _company(asked: Asked, text: str, decision: Decision) -> Heard | None:
    name = _FIRM_LEAD.sub("", text).strip(_CORPORATE_REST)
    if decision.topic in {"affirm", "deny"}:
        return Heard({"company": None}, InvalidCompany(most=80))
    fits = bool(_FIRM.search(name)) and not is_question(text)
    return _read("company", text, decision, fits, lambda: check_company(name))


def _contact(asked: Asked, text: str, decision: Decision) -> Heard | None:
    name = _NAME_LEAD.sub("", text).strip(_CORPORATE_REST)
    if decision.topic in {"affirm", "deny"}:
        return Heard({"contact": None}, InvalidContact(most=30))
    fits = bool(_NAME.match(name)) and not is_question(text)
    return _read("contact", text, decision, fits, lambda: check_contact(name))


def _phone(asked: Asked, text: str, decision: Decision) -> Heard | None:
    found = next(iter(phonenumbers.PhoneNumberMatcher(text, "CN")), None)
    digits = sum(c.isdigit() for c in text)

    def check() -> str:
        if found is None and digits < 3:
            raise InvalidPhone()
        return check_phone(found.raw_string if found else text)

    return _read("phone", text, decision, found is not None or digits >= 5, check)


def _attendees(asked: Asked, text: str, decision: Decision) -> Heard | None:
    count = _number(text)

    def check() -> int:
        if count is None:
            raise InvalidAttendees(most=asked.most_attendees)
        return check_attendees(count, asked.most_attendees)

    fits = count is not None and not is_question(text)
    return _read("attendees", text, decision, fits, check)


def _number(text: str) -> int | None:
    if _ALONE.search(text):
        return 1
    match = _COUNT.search(text)
    if match is None:
        return None
    if match[1]:
        return int(match[1])
    words = match[2]
    tens, ten, units = words.partition("十")
    if ten:
        return _CHINESE.get(tens, 1) * 10 + _CHINESE.get(units, 0)
    return _CHINESE[words] if len(words) == 1 else None


def _subject(asked: Asked, text: str, decision: Decision) -> Heard | None:
    """Anything said here is the subject, and if it is a question it is answered as well."""
    try:
        value = check_subject(text)
    except DeskError as error:
        return Heard({"subject": None}, error)
    return Heard({"subject": value}, also_answer=decision.kind == "answer" and is_question(text))


def _confirm(
    asked: Asked, text: str, decision: Decision, correction: tuple[str, str | None] | None
) -> Heard | None:
    if correction:
        return _correct(asked, *correction)
    if says_yes(text) or decision.topic == "affirm":
        return Heard({"confirm": True})
    if not _is_answer(text, decision, False):
        return None
    return Heard({"confirm": None}, ConfirmUnclear())


def _correct(asked: Asked, name: str, value: str | None) -> Heard:
    """Put a field to what was said, or clear it so that it is asked again."""
    values: dict[str, Any] = {name: None, "confirm": None}
    if name == "opening":
        values["wish"] = None
    if value is None:
        return Heard(values)
    plain = Decision("refusal", "", known=False)
    again = Asked(name, asked.offers, asked.most_attendees, asked.now)
    heard = _READERS[name](again, value, plain)
    if heard is None:
        return Heard(values)
    return Heard({**values, **heard.values}, heard.error)


_READERS: dict[str, Callable[[Asked, str, Decision], Heard | None]] = {
    "opening": _opening,
    "company": _company,
    "contact": _contact,
    "phone": _phone,
    "attendees": _attendees,
    "subject": _subject,
}
