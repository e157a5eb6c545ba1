"""A conversation in the console: its transcript, and what came of it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from desk.errors import ConversationNotFound
from desk.services import booking, conversations, inquiries, verdicts
from web.console.door import Door
from web.console.inquiries import MOST_MESSAGES
from web.console.pages import page
from web.console.session import Signed
from web.context import office_of

router = APIRouter(route_class=Door)


@router.get("/conversations/{id}")
def conversation(request: Request, staff: Signed, id: str) -> Response:
    """The transcript, for an appointment whose visitor asked nothing that became an inquiry."""

    def read(session: Session) -> dict[str, Any]:
        if not id.isalnum() or not conversations.exists(session, id):
            raise ConversationNotFound()
        return {
            "messages": conversations.history(session, id, most=MOST_MESSAGES),
            "inquiries": inquiries.all_of(session, id),
            "appointments": booking.of_conversation(session, id),
            "verdicts": verdicts.of_conversation(session, id),
        }

    return page(request, "conversation", office_of(request).database.read(read))
