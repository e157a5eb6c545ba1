"""A self-check's verdict in the console, as its visitor saw it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from desk.codes import VERDICT, find_code
from desk.errors import VerdictNotFound
from desk.services import conversations, inquiries, verdicts
from web.console.door import Door
from web.console.pages import page
from web.console.session import Signed
from web.context import office_of

router = APIRouter(route_class=Door)


@router.get("/verdicts/{code}")
def verdict(request: Request, staff: Signed, code: str) -> Response:
    """The card with every fact and clause, and the inquiries of the same conversation."""

    def read(session: Session) -> dict[str, Any]:
        found = find_code(code, VERDICT)
        if found is None:
            raise VerdictNotFound()
        verdict = verdicts.by_code(session, found)
        home = verdict.conversation_id
        return {
            "verdict": verdict,
            "card": verdict.card,
            "at": datetime.fromisoformat(verdict.card["at"]),
            "inquiries": inquiries.all_of(session, home),
            "has_conversation": conversations.exists(session, home),
        }

    return page(request, "verdict", office_of(request).database.read(read))
