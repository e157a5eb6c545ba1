"""Answer a question, ask back, refuse or hand over, and log the inquiry in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from desk.aspects import read_aspect
from desk.decision import OUT_OF_SCOPE, Decision, chosen, kind_of
from desk.knowledge import ASPECTS, Shelf, Topic
from desk.services import inquiries, laws
from desk.services.citations import citations_of
from desk.services.reply import Button, Reply
from desk.words import Words

MOST_BUTTONS = 3
# Tasks the bot carries out today; the others are answered in words.
OFFERED_TASKS = (
    *("task.book", "task.lookup", "task.cancel", "task.human", "task.inquiry_status"),
    *("task.check_exemption", "task.check_violation", "task.check_trading"),
)
# How long an answered topic stays what follow-ups refer to.
FRESH = timedelta(minutes=30)
HEADLINES = ("eia.registration_exemption", "enforcement.minor_violation", "trading.emission_rights")


@dataclass(frozen=True)
class Question:
    """A visitor's message with the decision about it. ``aspect`` is one of ``knowledge.ASPECTS``
    or ``basis``, when a button or a follow-up asks for it; ``key`` identifies the message, so that
    a repeat logs once; ``bare``: it says nothing but what its decision says."""

    conversation: str
    text: str
    decision: Decision
    key: str | None = None
    aspect: str | None = None
    bare: bool = False


def answer(
    session: Session, shelf: Shelf, words: Words, question: Question, now: datetime
) -> Reply:
    """Reply to a question and log it as an inquiry."""
    told = laws.explain(shelf, words, question.text, now)
    if told is not None:
        topic_of_law, reply = told
        question = replace(question, decision=chosen(topic_of_law))
        inquiries.record(session, **_facts(shelf, question), status="closed", now=now)
        return replace(reply, decision=_public(question.decision))
    question = _in_context(session, question, now)
    decision = question.decision
    topic = shelf.topic(decision.topic)
    if decision.kind == "smalltalk":
        return _chat(words, decision)
    if decision.kind == "dialogue":
        return Reply(
            words.phrase("nothing_pending"), _starters(shelf, words), decision=_public(decision)
        )
    if decision.kind == "clarify":
        reply = _ask_back(shelf, words, decision)
    elif decision.kind == "answer" and topic:
        reply = _tell(shelf, words, question, topic, now)
    elif decision.kind == "refusal" and decision.known:
        reply = Reply(
            words.refusal(question.text, decision.reason),
            (*_starters(shelf, words), _to_human(words)),
        )
    else:
        return hand_over(session, shelf, words, question, now, phrase="unknown")
    inquiries.record(session, **_facts(shelf, question), status="closed", now=now)
    return replace(reply, decision=_public(decision))


def answer_also(
    session: Session, shelf: Shelf, words: Words, question: Question, now: datetime
) -> list[Reply]:
    """Replies to the further topics that a message asks about. Beside a task the first of them is
    what is logged: it is what staff review, and what a booking begun by the message is about."""
    decision = question.decision
    topics = [topic for id_ in decision.also if (topic := shelf.topic(id_))]
    if topics and decision.kind == "task":
        asked = replace(decision, kind="answer", topic=topics[0].id)
        note(session, shelf, replace(question, decision=asked), now)
    return [
        replace(_tell(shelf, words, question, topic, now), decision=_public(chosen(topic.id)))
        for topic in topics
    ]


def note(session: Session, shelf: Shelf, question: Question, now: datetime) -> None:
    """Log a wish that is carried out elsewhere, such as a self-check."""
    inquiries.record(session, **_facts(shelf, question), status="closed", now=now)


def hand_over(
    session: Session,
    shelf: Shelf,
    words: Words,
    question: Question,
    now: datetime,
    *,
    phrase: str = "handed_over",
) -> Reply:
    """Register a question for a person and give its receipt number.

    A bare wish for a person is about the question asked just before, if there is one: staff should
    read that, not the words on a button.
    """
    inquiry = None
    if question.bare:
        inquiry = inquiries.reopen_latest(session, question.conversation, now - FRESH)
    if inquiry is None:
        inquiry = inquiries.record(session, **_facts(shelf, question), status="open", now=now)
    return Reply(
        words.phrase(phrase, code=inquiry.code),
        (Button(words.label("task.book"), "book"),),
        decision=_public(question.decision),
        inquiry=inquiry.code,
    )


def greeting(shelf: Shelf, words: Words) -> Reply:
    """The first message of a conversation."""
    return Reply(
        words.phrase("greeting"),
        (*_starters(shelf, words), Button(words.label("task.book"), "book")),
    )


def title_of(shelf: Shelf, words: Words, id_: str) -> str:
    """The title of a topic or task as a button says it."""
    return shelf.title(id_) or words.label(id_)


def _in_context(session: Session, question: Question, now: datetime) -> Question:
    """A follow-up without a subject as one about the topic just answered, while it is fresh."""
    aspect = None if question.aspect else read_aspect(question.text)
    if aspect is None:
        return question
    topic = inquiries.under_discussion(session, question.conversation, now - FRESH)
    if topic is None:
        return question
    return replace(question, decision=chosen(topic), aspect=aspect)


def _tell(shelf: Shelf, words: Words, question: Question, topic: Topic, now: datetime) -> Reply:
    citations = citations_of(shelf, topic, now)
    aspect = question.aspect
    if aspect is None:
        return Reply(topic.answer, _follow_ups(shelf, words, topic, None), citations)
    if aspect == "basis":
        lines = [
            words.phrase(
                "basis_line",
                document=shelf.documents[citation.document].short,
                clause=citation.clause,
                gist=citation.gist,
            )
            for citation in topic.citations
        ]
        text = "\n".join([words.phrase("basis", title=topic.title), *lines])
        return Reply(text, _follow_ups(shelf, words, topic, aspect), citations)
    heading = words.phrase("aspect", title=topic.title, aspect=words.label("aspect." + aspect))
    told = {str(name): text for name, text in topic.aspects.items()}.get(aspect)
    if told is None:
        buttons = (_to_human(words), Button(words.label("task.book"), "book"))
        return Reply(f"{heading}\n{words.phrase('aspect_unknown')}", buttons)
    return Reply(f"{heading}\n{told}", _follow_ups(shelf, words, topic, aspect), citations)


def _chat(words: Words, decision: Decision) -> Reply:
    text = words.smalltalk(decision.topic) or words.phrase("refusal")
    return Reply(text, decision=_public(decision))


def _ask_back(shelf: Shelf, words: Words, decision: Decision) -> Reply:
    offered = [c.id for c in decision.candidates if kind_of(c.id) in {"answer", "task"}]
    return Reply(
        words.phrase("clarify"),
        (*_buttons(shelf, words, offered[:MOST_BUTTONS]), _to_human(words)),
    )


def _follow_ups(shelf: Shelf, words: Words, topic: Topic, shown: str | None) -> tuple[Button, ...]:
    aspects = [a for a in ASPECTS if a in topic.aspects and a != shown][: 1 if shown is None else 2]
    first = tuple(
        Button(words.label("aspect." + a), "show", {"topic": topic.id, "aspect": a})
        for a in aspects
    )
    related = [r for r in topic.related if kind_of(r) != "task" or r in OFFERED_TASKS]
    return (*first, *_buttons(shelf, words, related))[:MOST_BUTTONS]


def _buttons(shelf: Shelf, words: Words, ids: Iterable[str]) -> tuple[Button, ...]:
    return tuple(
        Button(title_of(shelf, words, id_), id_.removeprefix("task."), {})
        if id_ in OFFERED_TASKS
        else Button(title_of(shelf, words, id_), "show", {"topic": id_})
        for id_ in ids
    )


def _starters(shelf: Shelf, words: Words) -> tuple[Button, ...]:
    return _buttons(shelf, words, [id_ for id_ in HEADLINES if id_ in shelf.topics])


def _to_human(words: Words) -> Button:
    return Button(words.label("leave_it"), "human")


def _public(decision: Decision) -> dict[str, Any]:
    data = decision.as_dict()
    return {name: data[name] for name in ("kind", "topic", "candidates")}


def _facts(shelf: Shelf, question: Question) -> dict[str, Any]:
    decision = question.decision
    kind = decision.kind if decision.known or decision.topic != OUT_OF_SCOPE else "unknown"
    return {
        "conversation": question.conversation,
        "key": question.key,
        "text": question.text,
        "kind": kind,
        "topic": decision.topic,
        "confidence": decision.confidence,
        "candidates": decision.as_dict()["candidates"],
        "closest": decision.as_dict()["closest"],
        "knowledge_version": shelf.version,
    }
