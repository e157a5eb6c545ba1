"""Sign in and out, and who is signed in. The session is a signed cookie below /console."""

from __future__ import annotations

import ipaddress
import time
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from desk.clock import utc_now
from desk.errors import NotAuthorized
from desk.models import Staff
from desk.services import staff as accounts
from web.console.door import HOME, LOGIN, Door, SignInNeeded, new_token, within_console
from web.console.pages import page, take_notice
from web.console.throttle import Throttle
from web.context import office_of
from web.limiting import address_of

router = APIRouter(route_class=Door)


def signed_in(request: Request) -> Staff:
    """The account of this session. Asked anew each time: a reset password ends a session now."""
    found = _account(request)
    if found is None:
        raise SignInNeeded()
    request.state.staff = found
    return found


Signed = Annotated[Staff, Depends(signed_in)]


@router.get("/login")
def login_page(request: Request, next: str = HOME) -> Response:
    """The form to sign in; who is signed in already goes on."""
    if _account(request) is not None:
        return RedirectResponse(within_console(next), status_code=303)
    return _form(request, next)


@router.post("/login")
def login(
    request: Request,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = HOME,
) -> Response:
    """Sign in and go on to ``next``."""
    name = name.replace("\0", "").strip()
    throttle: Throttle = request.app.state.console_throttle
    keys = (f"name {name[:64]}", f"address {_network(request)}")
    wait = throttle.take(*keys, now=time.monotonic())
    if wait:
        # Whole minutes, rounded up: a person is told, not a program.
        return _form(request, next, name, "throttled", 429, minutes=int(wait // 60) + 1)
    try:
        database = office_of(request).database
        account = database.read(lambda session: accounts.authenticate(session, name, password))
        database.write(lambda session: accounts.note_sign_in(session, name, utc_now()))
    except NotAuthorized:
        return _form(request, next, name, "wrong", 401)
    throttle.forgive(*keys)
    request.session.clear()
    request.session.update(
        staff=account.name, stamp=accounts.session_stamp(account), csrf=new_token()
    )
    return RedirectResponse(within_console(next), status_code=303)


@router.post("/logout")
def logout(request: Request) -> Response:
    """Forget the session."""
    request.session.clear()
    return RedirectResponse(LOGIN, status_code=303)


def _account(request: Request) -> Staff | None:
    name, stamp = request.session.get("staff"), request.session.get("stamp")
    if not (isinstance(name, str) and isinstance(stamp, str)):
        return None
    return office_of(request).database.read(
        lambda session: accounts.by_session(session, name, stamp)
    )


def _form(
    request: Request,
    target: str,
    name: str = "",
    problem: str | None = None,
    status: int = 200,
    minutes: int = 0,
) -> Response:
    request.session.setdefault("csrf", new_token())
    context = {
        "next": within_console(target),
        "name": name,
        "problem": problem or take_notice(request),
        "minutes": minutes,
    }
    headers = {"Retry-After": str(minutes * 60)} if minutes else None
    return page(request, "login", context, status=status, headers=headers)


def _network(request: Request) -> str:
    """The visitor's address; of IPv6 the /64, because one subscriber owns all of it."""
    host = address_of(request)
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return host
    return str(ipaddress.ip_network((int(address), 64), strict=False))
