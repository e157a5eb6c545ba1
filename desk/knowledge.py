"""The office's shelf: topics with their answers and citations, and the documents they rest on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal, get_args

from pydantic import Field

from desk.decision import OUT_OF_SCOPE, kind_of
from desk.documents import Clause, Document, Register, load_register
from desk.files import Strict, load
from desk.mistakes import Mistake, refuse

Aspect = Literal[
    "conditions", "materials", "steps", "duration", "fee", "consequences", "cases", "contact"
]
ASPECTS: tuple[str, ...] = get_args(Aspect)


class Citation(Strict):
    """A clause of a document and its gist in our own words; ``quote`` only for the Opinion."""

    document: str
    clause: str
    gist: str
    quote: str | None = None


class Topic(Strict):
    """A policy matter: how people ask about it, what the office answers, and on what basis."""

    id: str = Field(pattern=r"^[a-z_]+(\.[a-z_]+)?$")
    title: str
    article: int = Field(ge=1, le=19, description="the Opinion's numbered point")
    answer: str = Field(min_length=20)
    aspects: dict[Aspect, str] = Field(default_factory=dict)
    citations: list[Citation] = Field(min_length=1)
    related: list[str] = Field(default_factory=list)
    checked_on: date
    questions: list[str] = Field(min_length=5)


class Shelf:
    """All topics and documents, checked against each other, with a version of their contents."""

    def __init__(self, topics: list[Topic], register: Register, version: str) -> None:
        self.topics = {topic.id: topic for topic in topics}
        self.register = register
        self.version = version

    @property
    def documents(self) -> dict[str, Document]:
        return self.register.documents

    def topic(self, id_: str) -> Topic | None:
        return self.topics.get(id_)

    def title(self, id_: str) -> str | None:
        """The title of a topic, or None for ids that are not topics."""
        topic = self.topics.get(id_)
        return topic.title if topic else None

    def resting_on(self, document: str, clause: Clause | None = None) -> list[Topic]:
        """The topics that cite a document, or one of its clauses; first those that lead with it."""
        found = []
        for topic in self.topics.values():
            for rank, citation in enumerate(topic.citations):
                read = self.register.find(document, citation.clause)
                if citation.document == document and (clause is None or clause in read):
                    found.append((rank, topic))
                    break
        return [topic for _, topic in sorted(found, key=lambda pair: pair[0])]


def load_shelf(knowledge_dir: Path) -> Shelf:
    """Read and check ``documents.yml``, ``clauses/*.yml`` and ``topics/*.yml``.

    Raises ``KnowledgeInvalid`` for the first file that does not hold, with all of its mistakes:
    unknown document or related id, a repealed document without its successor, two documents of
    one id or name, a topic whose file has another name, one question under two topics.
    """
    register, read = load_register(knowledge_dir)
    files = sorted((knowledge_dir / "topics").glob("*.yml"))
    topics = [(file, load(file, Topic)) for file in files]
    shelf = Shelf([topic for _, topic in topics], register, _version([*read, *files]))
    refuse(_mistaken_homes(knowledge_dir / "documents.yml", shelf))
    # A wrong id first: every topic that names the right one would be blamed for it.
    for file, topic in topics:
        refuse(_mistaken_id(file, topic))
    asked: dict[str, str] = {}
    for file, topic in topics:
        refuse(_mistakes(file, topic, shelf, asked))
    return shelf


def _mistaken_homes(file: Path, shelf: Shelf) -> Iterator[Mistake]:
    for index, document in enumerate(shelf.documents.values()):
        if document.topic and document.topic not in shelf.topics:
            yield Mistake("unknown_related", file, (index, "topic"), facts={"id": document.topic})


def _mistaken_id(file: Path, topic: Topic) -> Iterator[Mistake]:
    if file.stem != topic.id:
        yield Mistake("file_name", file, ("id",), facts={"id": topic.id})
    if topic.id == OUT_OF_SCOPE:
        yield Mistake("reserved", file, ("id",), facts={"id": topic.id})


def _mistakes(file: Path, topic: Topic, shelf: Shelf, asked: dict[str, str]) -> Iterator[Mistake]:
    for index, citation in enumerate(topic.citations):
        if citation.document not in shelf.documents:
            place = ("citations", index, "document")
            yield Mistake("unknown_document", file, place, facts={"id": citation.document})
    for index, id_ in enumerate(topic.related):
        if id_ not in shelf.topics and kind_of(id_) != "task":
            yield Mistake("unknown_related", file, ("related", index), facts={"id": id_})
    for index, question in enumerate(topic.questions):
        owner = asked.setdefault(question, topic.id)
        if owner != topic.id or question in topic.questions[:index]:
            facts = {"question": question, "topic": owner}
            yield Mistake("asked_elsewhere", file, ("questions", index), facts=facts)


def _version(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
