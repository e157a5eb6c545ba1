"""Questions about a law itself: is it still in force, what does a clause say, what holds now?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from desk.clauses import read_mention
from desk.clock import local
from desk.documents import WHOLE, Clause, Document
from desk.knowledge import Shelf
from desk.services.citations import of_clause
from desk.services.reply import Button, Reply
from desk.words import Words

# What a law without a topic of its own belongs to: explaining rules is this topic's promise.
ELSEWHERE = "assistance.policy_guidance"


@dataclass(frozen=True)
class _Asked:
    """What is known about the law or clause in question. ``clause`` is as the visitor named it,
    ``said`` what it says, ``now`` what the successor says about the same matter."""

    document: Document
    clause: str | None
    said: Clause | None
    successor: Document | None
    now: Clause | None


def explain(shelf: Shelf, words: Words, text: str, now: datetime) -> tuple[str, Reply] | None:
    """The reply to a question about a law and the topic it belongs to; None for other messages."""
    mention = read_mention(text, shelf.register.names)
    if mention is None:
        return None
    number = mention.clause
    asked = _look_up(shelf, mention.document, words, number, local(now).date())
    lines = [*_validity(shelf, words, asked, local(now).date()), *_contents(words, asked)]
    newest = asked.successor or asked.document
    lines.append(words.phrase("law_checked", day=_day(words, newest.checked_on)))
    topic = _topic(shelf, asked)
    citations = [of_clause(shelf, asked.document.id, asked.said, now)]
    if asked.clause and not asked.said:
        citations[0]["clause"] = asked.clause
    if asked.successor:
        citations.append(of_clause(shelf, asked.successor.id, asked.now, now))
    return topic, Reply("\n".join(lines), _ways_on(shelf, words, topic), tuple(citations))


def _look_up(
    shelf: Shelf, document_id: str, words: Words, number: int | None, today: date
) -> _Asked:
    register = shelf.register
    document = register.documents[document_id]
    clause = words.label("clause", number=number) if number is not None else None
    said = next(iter(register.find(document.id, clause or WHOLE)), None)
    successor = None
    if document.status(today) == "repealed":
        successor = register.documents[document.replaced_by or ""]
    now = None
    if successor and said and said.now:
        now = register.find(successor.id, said.now)[0]
    return _Asked(document, clause, said, successor, now)


def _validity(shelf: Shelf, words: Words, asked: _Asked, today: date) -> list[str]:
    document, status = asked.document, asked.document.status(today)
    law = document.title
    if status == "repealed" and asked.successor and document.repealed_on:
        day = _day(words, document.repealed_on)
        lines = [words.phrase("law_repealed", law=law, day=day, successor=asked.successor.title)]
        lines += [asked.successor.transition] if asked.successor.transition else []
        return lines + ([] if asked.clause else _pairs(shelf, words, document))
    if status == "unverified":
        return [words.phrase("law_unverified", law=law)]
    if document.in_force_from:
        day = _day(words, document.in_force_from)
        lines = [words.phrase("law_in_force_since", law=law, day=day)]
    else:
        lines = [words.phrase("law_in_force", law=law)]
    replaced = [one.title for one in shelf.register.replaced_by(document.id)]
    if replaced and asked.clause is None:
        titles = words.label("and").join(replaced)
        lines.append(words.phrase("law_replaces", count=len(replaced), titles=titles))
    return lines


def _pairs(shelf: Shelf, words: Words, document: Document) -> list[str]:
    """Which clause of the successor holds now, for all clauses where a source says so."""
    known = [clause for clause in shelf.register.clauses(document.id) if clause.now]
    pairs = [words.label("pair", old=clause.clause, new=clause.now) for clause in known]
    return [words.phrase("law_pairs", pairs=words.label("and").join(pairs))] if pairs else []


def _contents(words: Words, asked: _Asked) -> list[str]:
    """What the clause says and what holds now, or that it was not found."""
    if asked.clause is None:
        return [words.phrase("law_gist", says=asked.said.says)] if asked.said else []
    law = asked.document.short
    if asked.successor is None:
        if asked.said is None:
            return [words.phrase("law_clause_unread", law=law, clause=asked.clause)]
        return [_clause(words, law, asked.said, phrase="law_clause")]
    lines = [_clause(words, law, asked.said, phrase="law_clause_then")] if asked.said else []
    if asked.now:
        return [*lines, _clause(words, asked.successor.title, asked.now, phrase="law_clause_now")]
    title = asked.successor.title
    return [*lines, words.phrase("law_clause_unknown", clause=asked.clause, successor=title)]


def _clause(words: Words, law: str, clause: Clause, *, phrase: str) -> str:
    facts = {"law": law, "clause": clause.clause, "about": clause.about, "says": clause.says}
    return words.phrase(phrase, **facts)


def _topic(shelf: Shelf, asked: _Asked) -> str:
    if asked.said and asked.said.topic in shelf.topics:
        return asked.said.topic
    newest, clause = asked.document, asked.said
    if asked.now and asked.successor:
        newest, clause = asked.successor, asked.now
    resting = [topic.id for topic in shelf.resting_on(newest.id, clause)] if clause else []
    home = asked.document.topic
    if home in shelf.topics and (home in resting or not resting):
        return str(home)
    return resting[0] if resting else ELSEWHERE


def _ways_on(shelf: Shelf, words: Words, topic: str) -> tuple[Button, ...]:
    to_human = Button(words.label("leave_it"), "human")
    title = shelf.title(topic)
    if title is None or topic == ELSEWHERE:
        return (to_human,)
    return (Button(title, "show", {"topic": topic}), to_human)


def _day(words: Words, day: date) -> str:
    return words.label("date", year=day.year, month=day.month, day=day.day)
