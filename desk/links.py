"""Links that open one appointment: signed, so that they can be handed out but not guessed."""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeSerializer

from desk.errors import AppointmentNotFound


def page_of(secret: str, code: str) -> str:
    """The path of an appointment's page.

    >>> code_of("s" * 40, page_of("s" * 40, "R2345678").removeprefix("/appointments/"))
    'R2345678'
    """
    return f"/appointments/{_signer(secret).dumps(code)}"


def code_of(secret: str, token: str) -> str:
    """The code that a page's token stands for; raises ``AppointmentNotFound`` for a forged one."""
    try:
        return str(_signer(secret).loads(token))
    except BadSignature:
        raise AppointmentNotFound() from None


def _signer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="appointment")
