"""The host's table of the reception days; import it from ``desk.models`` like all others."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from desk.booking_tables import Appointment
from desk.tables import Base


class Attendance(Base):
    """What became of a visit: who came, what was said, what is still to be done.

    ``state``: ``arrived`` or ``absent``, noted at ``noted_at``. ``outcome`` are the host's words.
    ``follow_up_on`` is the day by which something is promised, unfinished until ``followed_up_at``.
    ``version`` counts the changes, so that nobody writes over words that they have not seen.
    """

    __tablename__ = "attendance"
    __table_args__ = (CheckConstraint("state IN ('arrived', 'absent')", name="state_known"),)

    appointment_id: Mapped[int] = mapped_column(
        ForeignKey("appointment.id"), primary_key=True, autoincrement=False
    )
    state: Mapped[str] = mapped_column(String(8))
    noted_at: Mapped[datetime]
    outcome: Mapped[str | None] = mapped_column(Text)
    follow_up_on: Mapped[date | None] = mapped_column(index=True)
    followed_up_at: Mapped[datetime | None]
    followed_up_by: Mapped[str | None] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)

    appointment: Mapped[Appointment] = relationship(lazy="joined", innerjoin=True)
