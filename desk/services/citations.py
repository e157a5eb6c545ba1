"""What a reply rests on, in the public API's shape, with the validity of today."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from desk.clock import local
from desk.documents import Clause
from desk.knowledge import Citation, Shelf, Topic

PAGES = "/sources"


def citations_of(shelf: Shelf, topic: Topic, now: datetime) -> tuple[dict[str, Any], ...]:
    """The topic's citations."""
    return tuple(public(shelf, one, topic.checked_on, now) for one in topic.citations)


def of_clause(shelf: Shelf, document: str, clause: Clause | None, now: datetime) -> dict[str, Any]:
    """A clause as a citation, or the document as a whole."""
    named = Citation(
        document=document,
        clause=clause.clause if clause else "",
        gist=clause.says if clause else "",
    )
    return public(shelf, named, shelf.documents[document].checked_on, now)


def public(shelf: Shelf, citation: Citation, checked_on: date, now: datetime) -> dict[str, Any]:
    """A citation as the public API shows it; ``checked_on`` is when somebody last looked."""
    document = shelf.documents[citation.document]
    status = document.status(local(now).date())
    successor = shelf.documents.get(document.replaced_by or "")
    return {
        "document": document.title,
        "number": document.number,
        "clause": citation.clause,
        "gist": citation.gist,
        "quote": citation.quote,
        "status": status,
        "as_of": max(checked_on, document.checked_on).isoformat(),
        "successor": successor.title if status == "repealed" and successor else None,
        "url": address_of(shelf, citation.document, citation.clause),
    }


def address_of(shelf: Shelf, document: str, clause: str | None = None) -> str:
    """The page of a clause, or of the document where nothing is kept of the clause."""
    found = shelf.register.find(document, clause) if clause else []
    page = f"{PAGES}/{document}"
    return f"{page}/{found[0].slug}" if len(found) == 1 else page
