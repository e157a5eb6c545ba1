"""The console's door: forged forms stay out, and whatever goes wrong becomes a page in Chinese.

The app around it answers errors as problem JSON, which is no answer to a person at a desk; that
is why the console's routes translate for themselves.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from desk.errors import DeskError, InternalFault
from web.console.pages import by_htmx, leave_notice, page
from web.context import office_of
from web.problems import STATUS

log = logging.getLogger(__name__)

HOME = "/console/inquiries"
LOGIN = "/console/login"
COOKIE = "desk_console"

# Whitelisted rather than cleaned: nothing that a browser could read as another host or folder.
_WITHIN = re.compile(r"/console(?!/log(?:in|out)\b)(?:/[A-Za-z0-9_-]+)*(?:\?[!-\[\]-~]*)?")


class SignInNeeded(Exception):
    """Nobody is signed in, or no longer."""


class FormExpired(Exception):
    """The form's token is not this session's: an old tab, or a forged form."""


class Door(APIRoute):
    """A console route: checks the token of every form, shows errors as pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            if _lost_its_cookie(request):
                return page(request, "bounce", {"target": within_console(_address(request))})
            try:
                if request.method == "POST":
                    await _check_token(request)
                return await handle(request)
            except SignInNeeded:
                return _to_login(request)
            except FormExpired:
                return _expired(request)
            except DeskError as error:
                return _problem(request, error)
            except RequestValidationError:
                return _refused(request, "bad_request", 400)
            except HTTPException as error:
                return _refused(request, "bad_request", error.status_code)
            except Exception:
                # Not the query: it holds what staff searched for.
                log.exception("console failed at %s", request.url.path)
                return _problem(request, InternalFault())

        return guarded


def within_console(target: str) -> str:
    """``target`` if it is a page of the console, else the console's first page.

    >>> within_console("/console/inquiries?status=open"), within_console("//evil.example/console")
    ('/console/inquiries?status=open', '/console/inquiries')
    """
    return target if _WITHIN.fullmatch(target) else HOME


def new_token() -> str:
    """A fresh token for a session's forms."""
    return secrets.token_urlsafe(24)


async def _check_token(request: Request) -> None:
    expected = request.session.get("csrf")
    if expected is None and request.url.path != LOGIN:
        raise SignInNeeded()
    given = request.headers.get("x-csrf-token") or (await request.form()).get("csrf")
    if not (
        isinstance(expected, str)
        and isinstance(given, str)
        and secrets.compare_digest(given.encode(), expected.encode())
    ):
        raise FormExpired()


def _lost_its_cookie(request: Request) -> bool:
    """Whether a link on another site led here: a strict cookie is then not sent although it may
    exist, and a second step from our own page brings it along."""
    cross_site = request.headers.get("sec-fetch-site") == "cross-site"
    return request.method == "GET" and cross_site and COOKIE not in request.cookies


def _address(request: Request) -> str:
    url = request.url
    return f"{url.path}?{url.query}" if url.query else url.path


def _to_login(request: Request) -> Response:
    if request.method == "GET" and not by_htmx(request):
        target = _address(request)
    else:
        # The address of a form or a part is no page; the person goes back to where they were.
        seen = request.headers.get("hx-current-url") or request.headers.get("referer", "")
        url = urlsplit(seen)
        target = f"{url.path}?{url.query}" if url.query else url.path
    login = f"{LOGIN}?{urlencode({'next': within_console(target)})}"
    if by_htmx(request):
        return Response(status_code=401, headers={"HX-Redirect": login})
    return RedirectResponse(login, status_code=303)


def _expired(request: Request) -> Response:
    if request.url.path == LOGIN:
        leave_notice(request, "expired")
        return RedirectResponse(LOGIN, status_code=303)
    return _refused(request, "form_expired", 403)


def _refused(request: Request, code: str, status: int) -> Response:
    return page(request, "error", {"code": code, "sentence": None}, status=status)


def _problem(request: Request, error: DeskError) -> Response:
    sentence = office_of(request).words.error(error)
    context = {"code": error.code, "sentence": sentence}
    return page(request, "error", context, status=STATUS.get(type(error), 400))
