"""The tables of the self-checks; import them from ``desk.models`` like all others."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from desk.tables import Base


class CheckRun(Base):
    """A visitor's way through a self-check. ``answers`` by step, in the shape of
    ``desk.checks.answers``; ``asking`` is a question about the run itself instead of its next step.

    ``state``: ``running`` (the conversation is at it), ``paused`` (left, may be taken up again),
    ``done`` (has a verdict), ``dropped`` (begun anew). ``last_key`` is the last message that was
    read, so that a repeated one is not read as the answer to the next question.
    """

    __tablename__ = "check_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(64), index=True)
    check: Mapped[str] = mapped_column(String(32))
    version: Mapped[str] = mapped_column(String(32))
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    asking: Mapped[str | None] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    last_key: Mapped[str | None] = mapped_column(String(64))
    started_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Verdict(Base):
    """What a self-check ended in: ``card`` as it was shown, with the version of the rules.

    ``code`` names it to staff; ``key`` opens its printable page and is told to its visitor only.
    ``inquiry`` is the receipt number once it was left to staff.
    """

    __tablename__ = "verdict"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("check_run.id"))
    conversation_id: Mapped[str] = mapped_column(String(64), index=True)
    check: Mapped[str] = mapped_column(String(32))
    version: Mapped[str] = mapped_column(String(32))
    outcome: Mapped[str] = mapped_column(String(16))
    card: Mapped[dict[str, Any]]
    inquiry: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[datetime]
