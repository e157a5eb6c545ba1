"""Inquiries in the console: the list with its filters, one inquiry, the reply to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from desk.clock import utc_now
from desk.codes import INQUIRY, find_code
from desk.decision import OUT_OF_SCOPE
from desk.errors import DeskError, InquiryNotFound
from desk.models import Inquiry, Message
from desk.office import Office
from desk.services import booking, conversations, inquiries, verdicts
from web.console.door import Door
from web.console.filters import KINDS, STATUSES, Filters, read_filters
from web.console.pages import by_htmx, leave_notice, page, take_notice
from web.console.session import Signed
from web.context import office_of
from web.problems import STATUS

router = APIRouter(route_class=Door)

PAGE_SIZE = 50
MOST_MESSAGES = 2000


@router.get("/inquiries")
def listing(request: Request, staff: Signed) -> Response:
    """A page of the list; for htmx only the part below the filters."""
    office = office_of(request)
    groups = _topics(office)
    known = frozenset(id_ for group in groups.values() for id_ in group)
    wanted = read_filters(request.query_params, known)
    context = office.database.read(lambda session: _find(session, wanted))
    if by_htmx(request):
        headers = {"HX-Push-Url": context["filters"].address(), "Vary": "HX-Request"}
        return page(request, "_results", context, headers=headers)
    context |= {"statuses": STATUSES, "kinds": KINDS, "groups": groups}
    return page(request, "inquiries", context, headers={"Vary": "HX-Request"})


@router.get("/inquiries/{code}")
def detail(request: Request, staff: Signed, code: str) -> Response:
    """One inquiry with its conversation."""
    return _detail(request, code, notice=take_notice(request))


@router.post("/inquiries/{code}/reply")
def reply(
    request: Request, staff: Signed, code: str, text: Annotated[str, Form()] = ""
) -> Response:
    """Reply to the visitor; on a broken rule the page comes back with the text kept."""
    office = office_of(request)
    text = text.replace("\r\n", "\n").replace("\0", "")
    try:
        inquiry = office.database.write(
            lambda session: inquiries.reply(session, _known(code), text, staff.name, utc_now())
        )
    except InquiryNotFound:
        raise
    except DeskError as error:
        return _detail(request, code, problem=error, text=text)
    leave_notice(request, "replied")
    return RedirectResponse(f"/console/inquiries/{inquiry.code}#reply", status_code=303)


def _find(session: Session, wanted: Filters) -> dict[str, Any]:
    def rows_of(filters: Filters) -> tuple[Sequence[Inquiry], int]:
        if filters.backwards:
            return (), 0
        return inquiries.listing(
            session,
            status=filters.status,
            kind=filters.kind,
            topic=filters.topic,
            search=filters.search,
            since=filters.begins,
            until=filters.ends,
            page=filters.page,
            size=PAGE_SIZE,
        )

    rows, total = rows_of(wanted)
    pages = max(1, -(-total // PAGE_SIZE))
    if wanted.page > pages:
        wanted = wanted.at(pages)
        rows, total = rows_of(wanted)
    _, waiting = inquiries.listing(session, status="open", size=1)
    return {"rows": rows, "total": total, "pages": pages, "waiting": waiting, "filters": wanted}


def _detail(
    request: Request,
    code: str,
    *,
    notice: str | None = None,
    problem: DeskError | None = None,
    text: str = "",
) -> Response:
    def read(session: Session) -> dict[str, Any]:
        inquiry = inquiries.find(session, _known(code))
        home = inquiry.conversation_id
        messages = conversations.history(session, home, most=MOST_MESSAGES)
        return {
            "inquiry": inquiry,
            "messages": messages,
            "marked": _asked_in(messages, inquiry),
            "can_reply": conversations.exists(session, home),
            "appointments": booking.of_conversation(session, home),
            "verdicts": verdicts.of_conversation(session, home),
        }

    office = office_of(request)
    context = office.database.read(read)
    context |= {
        "notice": notice,
        "problem": office.words.error(problem) if problem else None,
        "text": text,
        "most": inquiries.MOST_REPLY,
    }
    return page(
        request, "inquiry", context, status=STATUS.get(type(problem), 400) if problem else 200
    )


def _asked_in(messages: Sequence[Message], inquiry: Inquiry) -> int | None:
    """The seq of the message that the inquiry is about; by its words where it carries no key."""
    asked = [m for m in messages if m.author == "visitor"]
    for message in asked:
        if inquiry.message_key is not None and message.client_id == inquiry.message_key:
            return message.seq
    same = [m.seq for m in asked if m.text == inquiry.text and m.at <= inquiry.created_at]
    return same[-1] if same else None


def _known(code: str) -> str:
    found = find_code(code, INQUIRY)
    if found is None:
        raise InquiryNotFound(code=code)
    return found


def _topics(office: Office) -> dict[str, list[str]]:
    """The ids to filter by, in the groups of the menu."""
    return {
        "topic": list(office.shelf.topics),
        "task": [id_ for id_ in sorted(office.words.codes["labels"]) if id_.startswith("task.")],
        "other": [OUT_OF_SCOPE],
    }
