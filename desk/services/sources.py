"""What there is to see about the documents: the list, one document, one clause."""

from __future__ import annotations

from datetime import date
from typing import Any

from desk.documents import Document, Status
from desk.errors import NotFound
from desk.knowledge import Shelf


def listing(shelf: Shelf, today: date) -> list[tuple[Document, Status, int]]:
    """All documents with their status and how many topics rest on each."""
    return [
        (document, document.status(today), len(shelf.resting_on(document.id)))
        for document in shelf.documents.values()
    ]


def document(shelf: Shelf, id_: str, today: date) -> dict[str, Any]:
    """A document with its clauses and what rests on it; raises ``NotFound``."""
    found = shelf.documents.get(id_)
    if found is None:
        raise NotFound()
    return {
        "document": found,
        "status": found.status(today),
        "clauses": shelf.register.clauses(id_),
        "replaced": shelf.register.replaced_by(id_),
        "resting": shelf.resting_on(id_),
    }


def clause(shelf: Shelf, id_: str, slug: str, today: date) -> dict[str, Any]:
    """A clause with the short quotes from it, its successor and what rests on it.

    Raises ``NotFound`` for an unknown document or clause.
    """
    of_document = document(shelf, id_, today)
    found = next((one for one in of_document["clauses"] if one.slug == slug), None)
    if found is None:
        raise NotFound()
    resting = shelf.resting_on(id_, found)
    quotes = [
        citation.quote
        for topic in resting
        for citation in topic.citations
        if citation.document == id_
        and citation.quote
        and found in shelf.register.find(id_, citation.clause)
    ]
    replaced_by = of_document["document"].replaced_by
    return {
        **of_document,
        "clause": found,
        "quotes": list(dict.fromkeys(quotes)),
        "successor": shelf.register.find(replaced_by, found.now)[0] if found.now else None,
        "resting": resting,
    }
