"""The documents that answers rest on: what they are, whether they apply, what their clauses say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field

from desk.clauses import numbers_of
from desk.files import Strict, load
from desk.mistakes import Mistake, refuse

Status = Literal["in_force", "repealed", "unverified"]
WHOLE = "全文"


class Document(Strict):
    """A law, rule or opinion. Dates are days in China; None means that no source says it.

    ``aliases`` are what people call it; ``topic`` is the policy matter that questions about it
    belong to; ``transition`` says what holds for the time before it.
    """

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    title: str
    short: str
    aliases: list[str] = Field(default_factory=list)
    issuer: str | None
    number: str | None
    published: date | None
    in_force_from: date | None
    repealed_on: date | None
    replaced_by: str | None
    source: str
    confidence: Literal["official", "repost", "unverified"]
    note: str | None = None
    topic: str | None = None
    transition: str | None = None
    checked_on: date

    def status(self, today: date) -> Status:
        """Whether it applies today; ``unverified`` where the sources do not settle it."""
        if self.repealed_on and self.repealed_on <= today:
            return "repealed"
        if self.confidence == "unverified" or (self.in_force_from or date.min) > today:
            return "unverified"
        # Without a known date only an official text counts: a repost may have been replaced.
        return "in_force" if self.in_force_from or self.confidence == "official" else "unverified"


class Clause(Strict):
    """What a clause of a document says, in our words, with every figure that answers take from it.

    In a repealed document ``now`` names the successor's clause for the same matter and ``topic``
    the policy matter that it belongs to; both only where a source says so.
    """

    clause: str
    about: str
    says: str
    now: str | None = None
    topic: str | None = None

    @property
    def numbers(self) -> frozenset[int]:
        return numbers_of(self.clause)

    @property
    def slug(self) -> str:
        """How an address names it: ``102``, ``51-53``, ``all``."""
        return slug_of(self.clause)


def slug_of(clause: str) -> str:
    """How an address names a clause.

    >>> slug_of("第102条"), slug_of("第51条、第53条"), slug_of("第174条至第186条"), slug_of("全文")
    ('102', '51-53', '174-186', 'all')
    """
    numbers = sorted(numbers_of(clause))
    if not numbers:
        return "all"
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}"


class Register:
    """All documents with the clauses that were read, by id."""

    def __init__(self, documents: Iterable[Document], clauses: dict[str, list[Clause]]) -> None:
        self.documents = {document.id: document for document in documents}
        self._clauses = clauses

    @property
    def names(self) -> dict[str, str]:
        """What people call the documents, to their ids."""
        return {
            name: document.id
            for document in self.documents.values()
            for name in (document.title, document.number, *document.aliases)
            if name
        }

    def clauses(self, document: str) -> list[Clause]:
        """The clauses of a document in order; empty when none was read."""
        return self._clauses.get(document, [])

    def find(self, document: str, clause: str) -> list[Clause]:
        """What is kept of the clauses that a citation names."""
        wanted = numbers_of(clause)
        return [
            known
            for known in self.clauses(document)
            if (known.numbers & wanted if wanted else known.clause == clause)
        ]

    def replaced_by(self, document: str) -> list[Document]:
        """The documents that this one replaced."""
        return [one for one in self.documents.values() if one.replaced_by == document]


def load_register(knowledge_dir: Path) -> tuple[Register, list[Path]]:
    """Read ``documents.yml`` and ``clauses/*.yml``; the register and the files it came from.

    Raises ``KnowledgeInvalid`` with all mistakes of the first file that does not hold.
    """
    index = knowledge_dir / "documents.yml"
    documents = load(index, list[Document])
    refuse(_mistakes(index, documents))
    files = sorted((knowledge_dir / "clauses").glob("*.yml"))
    register = Register(documents, {file.stem: load(file, list[Clause]) for file in files})
    for file in files:
        refuse(_mistakes_of_clauses(file, register))
    return register, [index, *files]


def _mistakes(file: Path, documents: list[Document]) -> Iterator[Mistake]:
    ids: dict[str, str] = {}
    names: dict[str, str] = {}
    known = {document.id for document in documents}
    for index, document in enumerate(documents):
        if document.id in ids:
            yield Mistake("document_twice", file, (index, "id"), facts={"id": document.id})
        ids[document.id] = document.id
        if document.repealed_on and document.replaced_by not in known:
            yield Mistake("no_successor", file, (index, "repealed_on"), facts={"id": document.id})
        for name in document.aliases:
            other = names.setdefault(name, document.id)
            if other != document.id:
                facts = {"name": name, "id": document.id, "other": other}
                yield Mistake("name_twice", file, (index, "aliases"), facts=facts)


def _mistakes_of_clauses(file: Path, register: Register) -> Iterator[Mistake]:
    document = register.documents.get(file.stem)
    if document is None:
        yield Mistake("clauses_of_nothing", file, facts={"id": file.stem})
        return
    seen: set[str] = set()
    for index, clause in enumerate(register.clauses(document.id)):
        if clause.slug in seen:
            yield Mistake("clause_twice", file, (index, "clause"), facts={"clause": clause.clause})
        seen.add(clause.slug)
        if clause.now and not register.find(document.replaced_by or "", clause.now):
            facts = {"clause": clause.clause, "now": clause.now}
            yield Mistake("unknown_now", file, (index, "now"), facts=facts)
