"""``make check`` for knowledge: what stops the build, and what somebody should look at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from desk import manifest
from desk.documents import Document
from desk.figures import clauses_in, unsupported
from desk.knowledge import Citation, Shelf, Topic
from desk.mistakes import Mistake
from desk.text import normalise

LEAST_QUESTIONS = 15
# What two wordings of one question may differ in.
_FILLERS = re.compile(r"[\W_]|^(?:请问|你好|您好|问一下|想问一下|我想问)|(?:吗|呢|啊|呀|吧|嘛|么)$")


@dataclass(frozen=True)
class Finding:
    """A mistake that loading does not see; ``stops`` the build, or is for somebody to look at."""

    mistake: Mistake
    stops: bool


def audit(shelf: Shelf, folder: Path, today: date, months: int) -> list[Finding]:
    """All findings: first what stops the build.

    ``folder`` is where the shelf was loaded from, ``months`` after how many a check is overdue.
    """
    stopping = [
        *manifest.changes(shelf, folder),
        *_questions(shelf, folder),
        *_unread_clauses(shelf, folder),
        *_figures(shelf, folder),
    ]
    listed = [
        *_repealed(shelf, folder, today),
        *_overdue(shelf, folder, today, months),
        *_unverified(shelf, folder, today),
    ]
    return [Finding(one, True) for one in stopping] + [Finding(one, False) for one in listed]


def _file(folder: Path, topic: Topic) -> Path:
    return folder / "topics" / f"{topic.id}.yml"


def _questions(shelf: Shelf, folder: Path) -> Iterator[Mistake]:
    asked: dict[str, tuple[str, str]] = {}
    for topic in shelf.topics.values():
        file = _file(folder, topic)
        if len(topic.questions) < LEAST_QUESTIONS:
            facts = {"topic": topic.id, "count": len(topic.questions), "least": LEAST_QUESTIONS}
            yield Mistake("few_questions", file, ("questions",), facts=facts)
        for index, question in enumerate(topic.questions):
            owner, other = asked.setdefault(bare(question), (topic.id, question))
            if owner != topic.id:
                told = {"question": question, "topic": owner, "other": other}
                yield Mistake("near_duplicate", file, ("questions", index), facts=told)


def bare(question: str) -> str:
    """A question without what two wordings of it may differ in.

    >>> bare("请问，环评要多久呢？") == bare("环评要多久")
    True
    """
    text, shorter = "", normalise(question)
    while text != shorter:
        text, shorter = shorter, _FILLERS.sub("", shorter)
    return text


def _cited(shelf: Shelf) -> Iterator[tuple[Topic, int, Citation, Document]]:
    for topic in shelf.topics.values():
        for index, citation in enumerate(topic.citations):
            yield topic, index, citation, shelf.documents[citation.document]


def _unread_clauses(shelf: Shelf, folder: Path) -> Iterator[Mistake]:
    for topic, index, citation, document in _cited(shelf):
        if not shelf.register.find(document.id, citation.clause):
            facts = {"document": document.id, "clause": citation.clause}
            place = ("citations", index, "clause")
            yield Mistake("unread_clause", _file(folder, topic), place, facts=facts)


def _figures(shelf: Shelf, folder: Path) -> Iterator[Mistake]:
    for topic in shelf.topics.values():
        texts: dict[tuple[str | int, ...], str] = {("answer",): topic.answer}
        texts |= {("aspects", str(name)): text for name, text in topic.aspects.items()}
        texts |= {
            ("citations", index, "gist"): citation.gist
            for index, citation in enumerate(topic.citations)
        }
        clauses = {c for text in texts.values() for c in clauses_in(text)}
        sources = [*_sources(shelf, topic, clauses)]
        for place, text in texts.items():
            for figure in [*_unknown_clauses(shelf, topic, text), *unsupported(text, sources)]:
                facts = {"figure": figure, "where": ".".join(str(part) for part in place)}
                yield Mistake("figure", _file(folder, topic), place, facts=facts)


def _sources(shelf: Shelf, topic: Topic, clauses: set[str]) -> Iterator[str]:
    """What the topic's citations say, and the other clauses of these documents that it names."""
    for citation in topic.citations:
        document = shelf.documents[citation.document]
        yield f"{document.title} {document.number or ''}"
        for day in (document.published, document.in_force_from, document.repealed_on):
            if day:
                yield f"{day.year}年{day.month}月{day.day}日"
        for clause in (citation.clause, *clauses):
            yield from (found.says for found in shelf.register.find(document.id, clause))


def _unknown_clauses(shelf: Shelf, topic: Topic, text: str) -> list[str]:
    documents = {citation.document for citation in topic.citations}
    return [
        clause
        for clause in clauses_in(text)
        if not any(shelf.register.find(document, clause) for document in documents)
    ]


def _repealed(shelf: Shelf, folder: Path, today: date) -> Iterator[Mistake]:
    for topic, index, citation, document in _cited(shelf):
        if document.status(today) == "repealed":
            read = shelf.register.find(document.id, citation.clause)
            if not any(clause.now for clause in read):
                facts = {"topic": topic.id, "document": document.id, "clause": citation.clause}
                place = ("citations", index)
                yield Mistake("repealed_without_clause", _file(folder, topic), place, facts=facts)


def _overdue(shelf: Shelf, folder: Path, today: date, months: int) -> Iterator[Mistake]:
    checked = [(_file(folder, t), t.id, t.checked_on) for t in shelf.topics.values()]
    checked += [(folder / "documents.yml", d.id, d.checked_on) for d in shelf.documents.values()]
    for file, id_, day in checked:
        passed = (today.year - day.year) * 12 + today.month - day.month - (today.day < day.day)
        if passed >= months:
            facts = {"id": id_, "day": day, "months": months}
            yield Mistake("overdue", file, facts=facts)


def _unverified(shelf: Shelf, folder: Path, today: date) -> Iterator[Mistake]:
    for document in shelf.documents.values():
        resting = shelf.resting_on(document.id)
        if resting and document.status(today) == "unverified":
            facts = {"document": document.short, "count": len(resting)}
            yield Mistake("unverified", folder / "documents.yml", facts=facts)
