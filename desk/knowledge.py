"""The office's shelf: topics with their answers and citations, and the documents they rest on."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from desk.decision import OUT_OF_SCOPE, kind_of
from desk.errors import KnowledgeInvalid
from desk.files import Strict, load

ASPECTS = ("conditions", "materials", "steps", "duration", "fee", "consequences", "contact")
Status = Literal["in_force", "repealed", "unverified"]


class Document(Strict):
    """A law, rule or opinion. Dates are days in China; None means that no source says it."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    title: str
    short: str
    issuer: str | None
    number: str | None
    published: date | None
    in_force_from: date | None
    repealed_on: date | None
    replaced_by: str | None
    source: str
    confidence: Literal["official", "repost", "unverified"]
    note: str | None = None
    checked_on: date

    def status(self, today: date) -> Status:
        """Whether it applies today; ``unverified`` where the sources do not settle it."""
        if self.repealed_on and self.repealed_on <= today:
            return "repealed"
        if self.confidence == "unverified" or (self.in_force_from or date.min) > today:
            return "unverified"
        # Without a known date only an official text counts: a repost may have been replaced.
        return "in_force" if self.in_force_from or self.confidence == "official" else "unverified"


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
    aspects: dict[str, str] = Field(default_factory=dict)
    citations: list[Citation] = Field(min_length=1)
    related: list[str] = Field(default_factory=list)
    checked_on: date
    questions: list[str] = Field(min_length=5)

    @model_validator(mode="after")
    def _aspects_are_known(self) -> Topic:
        unknown = sorted(set(self.aspects) - set(ASPECTS))
        if unknown:
            raise ValueError(f"aspects: unknown {', '.join(unknown)}")
        return self


class Shelf:
    """All topics and documents, checked against each other, with a version of their contents."""

    def __init__(self, topics: list[Topic], documents: list[Document], version: str) -> None:
        self.topics = {topic.id: topic for topic in topics}
        self.documents = {document.id: document for document in documents}
        self.version = version

    def topic(self, id_: str) -> Topic | None:
        return self.topics.get(id_)

    def title(self, id_: str) -> str | None:
        """The title of a topic, or None for ids that are not topics."""
        topic = self.topics.get(id_)
        return topic.title if topic else None


def load_shelf(knowledge_dir: Path) -> Shelf:
    """Read and check ``documents.yml`` and ``topics/*.yml``.

    Raises ``KnowledgeInvalid`` (``file``, ``problem``) for the first file that does not hold:
    unknown document or related id, a repealed document without its successor, two documents of
    one id, a topic whose file has another name, one question under two topics.
    """
    documents_file = knowledge_dir / "documents.yml"
    documents = load(documents_file, list[Document])
    files = sorted((knowledge_dir / "topics").glob("*.yml"))
    topics = [(file, load(file, Topic)) for file in files]
    shelf = Shelf([topic for _, topic in topics], documents, _version([documents_file, *files]))
    for problem in _problems_of_documents(documents):
        raise KnowledgeInvalid(file=str(documents_file), problem=problem)
    asked: dict[str, str] = {}
    for file, topic in topics:
        for problem in _problems(file, topic, shelf, asked):
            raise KnowledgeInvalid(file=str(file), problem=problem)
    return shelf


def _problems_of_documents(documents: list[Document]) -> list[str]:
    ids = [document.id for document in documents]
    found = [f"{id_}: twice" for id_ in sorted(set(ids)) if ids.count(id_) > 1]
    for document in documents:
        if document.repealed_on and document.replaced_by not in ids:
            found.append(f"{document.id}: repealed without replaced_by")
    return found


def _problems(file: Path, topic: Topic, shelf: Shelf, asked: dict[str, str]) -> list[str]:
    found = []
    if file.stem != topic.id:
        found.append(f"id: {topic.id} does not match the file's name")
    for citation in topic.citations:
        if citation.document not in shelf.documents:
            found.append(f"citations: unknown document {citation.document}")
    for id_ in topic.related:
        if id_ not in shelf.topics and kind_of(id_) != "task":
            found.append(f"related: unknown id {id_}")
    for question in topic.questions:
        owner = asked.setdefault(question, topic.id)
        if owner != topic.id or topic.questions.count(question) > 1:
            found.append(f"questions: {question!r} is already asked under {owner}")
    if topic.id == OUT_OF_SCOPE:
        found.append("id: out_of_scope is no topic")
    return found


def _version(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
