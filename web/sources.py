"""Pages about the documents that answers rest on: all of them, one document, one clause."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.templating import Jinja2Templates

from desk.clock import local, utc_now
from desk.errors import NotFound
from desk.office import Office
from desk.services import sources
from web.context import OfficeOf

router = APIRouter(prefix="/sources", include_in_schema=False)
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "frame-ancestors 'self'; base-uri 'none'; form-action 'self'"
)


@router.get("")
@router.get("/")
def index(request: Request, office: OfficeOf) -> Response:
    """All documents with their validity."""
    entries = sources.listing(office.shelf, local(utc_now()).date())
    return _page(request, office, "index", {"entries": entries})


@router.get("/{document}")
def document(request: Request, office: OfficeOf, document: str) -> Response:
    """A document: whether it applies, what its clauses say, which topics rest on it."""
    try:
        found = sources.document(office.shelf, document, local(utc_now()).date())
    except NotFound as error:
        return _missing(request, office, error)
    return _page(request, office, "document", found)


@router.get("/{document}/{slug}")
def clause(request: Request, office: OfficeOf, document: str, slug: str) -> Response:
    """A clause: what it says, whether it applies, which topics rest on it."""
    try:
        found = sources.clause(office.shelf, document, slug, local(utc_now()).date())
    except NotFound as error:
        return _missing(request, office, error)
    return _page(request, office, "clause", found)


def _missing(request: Request, office: Office, error: NotFound) -> Response:
    return _page(request, office, "missing", {"sentence": office.words.error(error)}, 404)


def _page(
    request: Request, office: Office, name: str, context: dict[str, Any], status: int = 200
) -> Response:
    templates: Jinja2Templates = request.app.state.templates
    context = {"shelf": office.shelf, **context}
    headers = {"Content-Security-Policy": POLICY}
    return templates.TemplateResponse(request, f"sources/{name}.html", context, status, headers)
