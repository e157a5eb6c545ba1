"""The printable page of a self-check's verdict. Its address holds a key that nobody can guess and
that only its visitor is told; no search engine keeps it, and no link leads on from it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.templating import Jinja2Templates

from desk.clock import local
from desk.errors import VerdictNotFound
from desk.services import verdicts
from web.context import OfficeOf
from web.limiting import address_of, hit

router = APIRouter(prefix=verdicts.PAGES, include_in_schema=False)
# Enough for a person who prints, too little to try keys.
PER_MINUTE = 30
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


@router.get("/{key}")
def page(request: Request, office: OfficeOf, key: str) -> Response:
    """The verdict as it was given, with the clauses' validity as of then."""
    hit(request, "verdict", address_of(request), PER_MINUTE)
    try:
        card = office.database.read(lambda session: verdicts.by_key(session, key).card)
    except VerdictNotFound as error:
        return _page(request, {"card": None, "sentence": office.words.error(error)}, 404)
    return _page(request, {"card": card, "sentence": None}, 200)


def _page(request: Request, context: dict[str, Any], status: int) -> Response:
    templates: Jinja2Templates = request.app.state.templates
    context = {**context, "day_of": _day_of}
    return templates.TemplateResponse(request, "verdicts/page.html", context, status, _HEADERS)


def _day_of(moment: str) -> str:
    """A moment of the API on a clock in Shanghai."""
    return f"{local(datetime.fromisoformat(moment)):%Y-%m-%d %H:%M}"
