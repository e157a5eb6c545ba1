"""Conversations and messages."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field, model_validator

from desk.errors import ConversationNotFound
from desk.services import conversations
from web import chat
from web.context import ConversationOf, OfficeOf, issue_token
from web.limiting import address_of, hit

router = APIRouter(tags=["chat"])


class NewMessage(BaseModel):
    """A visitor's message: ``id`` is the client's; either ``text`` or the id of a ``button``."""

    id: str = Field(min_length=8, max_length=64)
    # The bound only guards the server (and has characters checked that no encoding can store).
    text: str | None = Field(default=None, max_length=100_000)
    button: str | None = Field(default=None, max_length=40)

    @model_validator(mode="after")
    def _one_of_both(self) -> NewMessage:
        if (self.text is None) == (self.button is None):
            raise ValueError("either text or button")
        return self


@router.post("/conversations", status_code=201)
def start(request: Request, office: OfficeOf) -> dict[str, Any]:
    """Start a conversation: its id, its token, and the greeting."""
    hit(request, "conversations", address_of(request), office.settings.conversations_per_minute)
    conversation, messages = chat.begin(office)
    return {
        "conversation": conversation,
        "token": issue_token(office, conversation),
        "messages": messages,
    }


@router.post("/messages")
async def send(
    request: Request, office: OfficeOf, conversation: ConversationOf, message: NewMessage
) -> dict[str, Any]:
    """Send a message; the message and its replies. The same id again gives the same answer."""
    hit(request, "messages", conversation, office.settings.messages_per_minute)
    async with request.app.state.queue.turn(conversation):
        messages = await run_in_threadpool(
            chat.take,
            office,
            request.app.state.rasa,
            conversation,
            message.id,
            text=message.text,
            button=message.button,
        )
    return {"messages": messages}


@router.get("/messages")
def history(
    office: OfficeOf, conversation: ConversationOf, after: Annotated[int, Query(ge=0, lt=2**31)] = 0
) -> dict[str, Any]:
    """The conversation's messages with a seq above ``after``, the latest 500 at most."""

    def look(session: Any) -> list[dict[str, Any]]:
        if not conversations.exists(session, conversation):
            raise ConversationNotFound()
        return [chat.public(m) for m in conversations.history(session, conversation, after)]

    return {"messages": office.database.read(look)}
