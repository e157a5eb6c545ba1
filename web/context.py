"""What every route needs: the office, and who is asking."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from desk.errors import NotAuthorized
from desk.office import Keeper, Office

# A visitor who returns within three months finds the conversation again.
TOKEN_SECONDS = 90 * 24 * 3600


def office_of(request: Request) -> Office:
    """The office this app serves, with the knowledge as it is now."""
    keeper: Keeper = request.app.state.keeper
    return keeper.current()


def issue_token(office: Office, conversation: str) -> str:
    """A signed token for a conversation; its id alone opens nothing."""
    return str(_signer(office).dumps(conversation))


def _conversation(
    office: Annotated[Office, Depends(office_of)],
    authorization: Annotated[str, Header()] = "",
) -> str:
    """The conversation of the bearer token; raises ``NotAuthorized``."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise NotAuthorized()
    try:
        return str(_signer(office).loads(token, max_age=TOKEN_SECONDS))
    except BadSignature:
        raise NotAuthorized() from None


def _signer(office: Office) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(office.settings.secret, salt="conversation")


OfficeOf = Annotated[Office, Depends(office_of)]
ConversationOf = Annotated[str, Depends(_conversation)]
