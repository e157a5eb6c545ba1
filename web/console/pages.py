"""The console's templates: one environment, one filter for moments, what every page needs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from starlette.requests import Request
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from desk.clock import iso, local
from desk.office import Office
from desk.services import attendance, outbox
from web.context import office_of

_FORMATS = {"minute": "%Y-%m-%d %H:%M", "time": "%H:%M", "date": "%Y-%m-%d"}


@pass_context
def _when(context: Context, moment: datetime, style: str = "minute") -> str:
    """A moment on a clock in Shanghai: ``minute``, ``time``, ``date``, or ``day`` in words;
    ``machine`` gives UTC for attributes that programs read."""
    if style == "machine":
        return iso(moment)
    if style == "day":
        office: Office = context["office"]
        return office.words.day(moment)
    return local(moment).strftime(_FORMATS[style])


@pass_context
def _title(context: Context, id_: str) -> str | None:
    """The title of a topic or task; None for the ids that only the templates have words for."""
    office: Office = context["office"]
    title = office.shelf.title(id_)
    return title or (office.words.label(id_) if id_ in office.words.codes["labels"] else None)


def _environment() -> Environment:
    # Strict: a misspelt name fails a test instead of showing an empty cell.
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent.parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["when"] = _when
    environment.filters["title_of"] = _title
    return environment


def _common(request: Request) -> dict[str, Any]:
    return {
        "office": office_of(request),
        "staff": getattr(request.state, "staff", None),
        "csrf": request.session.get("csrf", ""),
        # Called by the pages with a navigation, and by no other.
        "follow_ups": lambda: office_of(request).database.read(attendance.count_unfinished),
        "given_up": lambda: office_of(request).database.read(lambda s: outbox.count(s, "failed")),
    }


_templates = Jinja2Templates(env=_environment(), context_processors=[_common])


def page(
    request: Request,
    name: str,
    context: dict[str, Any] | None = None,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    """Render ``templates/console/<name>.html``."""
    return _templates.TemplateResponse(
        request, f"console/{name}.html", context or {}, status_code=status, headers=headers
    )


def by_htmx(request: Request) -> bool:
    """Whether htmx asks for a part of a page; for its history it wants the whole."""
    headers = request.headers
    return "hx-request" in headers and "hx-history-restore-request" not in headers


def leave_notice(request: Request, code: str) -> None:
    """Remember a notice for the page after the redirect."""
    request.session["notice"] = code


def take_notice(request: Request) -> str | None:
    """The notice left for this page, once."""
    notice: str | None = request.session.pop("notice", None)
    return notice
