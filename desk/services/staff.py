"""Accounts of the console: create, sign in, change the password."""

from __future__ import annotations

import secrets
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from desk.errors import NotAuthorized, StaffExists, UnknownStaff
from desk.models import LogEntry, Staff

_HASHER = PasswordHasher()
# Checked for unknown names too, so that the time of an answer does not tell which names exist.
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))


def create(session: Session, name: str, now: datetime) -> tuple[Staff, str]:
    """A new account with a generated password (about 96 bits), which is returned only here."""
    if session.scalar(select(Staff).where(Staff.name == name)):
        raise StaffExists(name=name)
    password = secrets.token_urlsafe(12)
    staff = Staff(
        name=name, password_hash=_HASHER.hash(password), created_at=now, password_changed_at=now
    )
    session.add(staff)
    session.flush()
    session.add(LogEntry(at=now, actor="cli", action="staff.create", subject=name))
    return staff, password


def reset_password(session: Session, name: str, now: datetime) -> str:
    """A new generated password for an account; signs its sessions out."""
    staff = session.scalar(select(Staff).where(Staff.name == name))
    if staff is None:
        raise UnknownStaff(name=name)
    password = secrets.token_urlsafe(12)
    staff.password_hash, staff.password_changed_at = _HASHER.hash(password), now
    session.add(LogEntry(at=now, actor="cli", action="staff.reset_password", subject=name))
    return password


def authenticate(session: Session, name: str, password: str) -> Staff:
    """The account of a name and password; raises ``NotAuthorized`` otherwise.

    Takes a tenth of a second on purpose: call it in a reading transaction, not a writing one.
    """
    staff = session.scalar(select(Staff).where(Staff.name == name))
    try:
        _HASHER.verify(staff.password_hash if staff else _NOBODY, password)
    except (VerifyMismatchError, InvalidHashError):
        staff = None
    if staff is None:
        raise NotAuthorized()
    return staff


def note_sign_in(session: Session, name: str, now: datetime) -> None:
    """Log that an account signed in."""
    session.add(LogEntry(at=now, actor=name, action="staff.sign_in", subject=name))


def by_session(session: Session, name: str, stamp: str) -> Staff | None:
    """The account a signed-in session belongs to, unless its password has changed since."""
    staff = session.scalar(select(Staff).where(Staff.name == name))
    return staff if staff and session_stamp(staff) == stamp else None


def session_stamp(staff: Staff) -> str:
    """What a session remembers of the password's age."""
    return staff.password_changed_at.isoformat()


def any_account(session: Session) -> bool:
    """Whether there is any account at all."""
    return bool(session.scalar(select(func.count()).select_from(Staff)))
