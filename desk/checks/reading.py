"""Reads an answer in a visitor's own words, in the light of the question: 去年罚过一次."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from desk.checks.amounts import amounts, normal, one_amount
from desk.checks.days import read_day
from desk.checks.moves import after_correction, corrects, says_unknown, slipped
from desk.checks.schema import UNKNOWN, Step, Value
from desk.utterance import is_question, says_yes
from desk.values import place_in

_NEGATION = re.compile(r"(?:不|没|没有|未|无|并未|不是|不算|从未|没被|未被|不在)$")
_YES = re.compile(
    r"(?:嗯|哦|啊)*(?:有|是|对|嗯+|会|在|算|能|要|做了|有的|是的|对的|有过|有啊|属于|涉及|符合|行|可以|y|yes|ok)(?:的|了|啊|呀|吧)*"
)
_NO = re.compile(
    r"(?:嗯|哦|啊)*(?:没有|没|无|不是|不|否|不会|不在|不算|不能|没有的|都没有|都不是|没有过|从来没有|不涉及|不符合|不属于|还没有?|暂无|暂时没有|n|no)(?:的|了|啊|呀|吧|过)*"
)
_MILD = re.compile(r"[吧呀啊]+[?]+$")


@dataclass(frozen=True)
class Said:
    """A value as it was said. ``about``: it was said to be rough. ``last`` is the later end where
    a day was named only by its month or week, else None."""

    value: Value
    about: bool = False
    last: date | None = None


def read(step: Step, text: str, today: date) -> Said | None:
    """The answer to a question, or None if the text holds none that is certain."""
    text = normal(text).strip()
    if step.kind == "number":
        return _number(step, text)
    if step.kind == "date":
        span = read_day(text, today)
        if span is not None:
            return Said(span[0], last=span[1] if span[1] != span[0] else None)
        return Said(UNKNOWN) if says_unknown(text) else None
    if says_unknown(text):
        return Said(UNKNOWN)
    value = _choice(step, text) if step.kind == "choice" else _yes_no(step, text)
    return None if value is None else Said(value)


def asks_something(text: str) -> bool:
    """Whether a message is a question rather than an answer with a mild 吧?

    >>> asks_something("没有吧？"), asks_something("多大算轻微？")
    (False, True)
    """
    return is_question(_MILD.sub("", normal(text)))


def read_named(steps: Iterable[Step], text: str) -> dict[str, Said]:
    """Numbers that a text names together with what they are, by step: COD 3.2吨，氨氮0.4吨."""
    text = normal(text)
    places: list[tuple[int, int, Step]] = []
    for step in steps:
        if step.kind == "number":
            for name in step.names:
                places += [
                    (m.start(), m.end(), step) for m in re.finditer(re.escape(normal(name)), text)
                ]
    kept: list[tuple[int, int, Step]] = []
    for place in sorted(places, key=lambda p: (p[0], p[0] - p[1])):
        if not kept or place[0] >= kept[-1][1]:
            kept.append(place)
    found = {}
    ends = [*(start for start, _, _ in kept[1:]), len(text)]
    for (_, begins, step), ends_at in zip(kept, ends[: len(kept)], strict=True):
        part = text[begins:ends_at]
        told = [amount for amount in amounts(part, step.unit or "") if amount.exact]
        if told:
            found[step.id] = Said(told[0].value, told[0].about)
    return found


@dataclass(frozen=True)
class Change:
    """An earlier answer taken back; ``said`` is the new one, None if it has to be asked."""

    step: Step
    said: Said | None


def read_change(answered: Sequence[Step], text: str, today: date) -> Change | None:
    """Which earlier answer a message corrects, or None if it corrects none. A slip without a name
    (点错了) means the last one."""
    if not corrects(text):
        return None
    plain = normal(text)
    named = [
        (len(name), step)
        for step in answered
        for name in (*step.names, step.label)
        if normal(name) in plain
    ]
    if not named and not (slipped(text) and answered):
        return None
    step = max(named, key=lambda item: item[0])[1] if named else answered[-1]
    return Change(step, read(step, after_correction(text), today))


def _number(step: Step, text: str) -> Said | None:
    amount = one_amount(text, step.unit or "")
    if amount is not None:
        return Said(amount.value, amount.about)
    if says_unknown(text):
        return Said(UNKNOWN)
    for quick in step.quick:
        if normal(quick.title) in text or (quick.value == 0 and _NO.fullmatch(text.strip("。,."))):
            return Said(quick.value)
    return None


def _choice(step: Step, text: str) -> Value | None:
    for option in step.options:
        if text in {normal(option.title), option.id}:
            return option.id
    place = place_in(text)
    if place is not None:
        return step.options[place - 1].id if place <= len(step.options) else None
    words = {
        normal(word): option.id for option in step.options for word in (option.title, *option.words)
    }
    hits = {id_ for negated, id_ in _hits(text, words) if not negated}
    return hits.pop() if len(hits) == 1 else None


def _yes_no(step: Step, text: str) -> Value | None:
    words = {normal(w): True for w in step.yes_words} | {normal(w): False for w in step.no_words}
    # A negated yes is not always a no: 没有电镀 says nothing about the rest of a list.
    hits = {bool(value) for negated, value in _hits(text, words) if not negated}
    if hits:
        return hits.pop() if len(hits) == 1 else None
    plain = re.sub(r"[\s。,.!~?]+", "", text)
    if _NO.fullmatch(plain):
        return False
    if _YES.fullmatch(plain):
        return True
    return says_yes(text) if len(plain) <= 4 else None


def _hits(text: str, words: Mapping[str, Value]) -> list[tuple[bool, Value]]:
    """The values whose words occur, and whether each is negated just before; a word inside a
    longer one that occurs does not count."""
    found = [
        (m.start(), m.end(), value)
        for word, value in words.items()
        for m in re.finditer(re.escape(word), text)
    ]
    return [
        (bool(_NEGATION.search(text[:start])), value)
        for start, end, value in found
        if not any((s <= start and end <= e and (s, e) != (start, end)) for s, e, _ in found)
    ]
