"""Rescheduling: the old seat is given up only with the new one taken."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from desk.errors import (
    AppointmentClosed,
    ChangeClosed,
    DeskError,
    OpeningFull,
    OpeningPast,
    UnknownOpening,
)
from desk.models import Appointment, LogEntry
from desk.office import Office
from desk.services import booking
from tests.builders import NOW, an_appointment, an_office, an_opening, at


def reschedule(
    office: Office, code: str, opening: int, now: datetime = NOW, actor: str = "visitor"
) -> Appointment:
    return office.database.write(
        lambda s: booking.reschedule(
            s, office.reception, booking.by_code(s, code), opening, now, actor=actor
        )
    )


def test_the_appointment_keeps_its_code_and_its_old_seat_is_free(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    old, new = an_opening(office, at(11, 26)), an_opening(office, at(12, 24))
    mine = an_appointment(office, old)
    moved = reschedule(office, mine.code, new.id)
    assert (moved.code, moved.opening_id, moved.seat) == (mine.code, new.id, 1)
    assert moved.changes == 1
    assert an_appointment(office, old).seat == 1


def test_to_where_it_already_is_nothing_changes(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    new = an_opening(office, at(12, 24))
    mine = an_appointment(office)
    for _ in range(2):
        assert reschedule(office, mine.code, new.id).changes == 1
    entries = office.database.read(lambda s: s.query(LogEntry).count())
    assert entries == 2


@pytest.mark.parametrize(
    ("case", "error"),
    [("full", OpeningFull), ("unknown", UnknownOpening), ("near", OpeningPast)],
)
def test_where_the_new_one_cannot_be_had_the_old_seat_is_kept(
    tmp_path: Path, case: str, error: type[DeskError]
) -> None:
    office = an_office(tmp_path)
    mine = an_appointment(office)
    new = an_opening(office, at(11, 23, 11, 0) if case == "near" else at(12, 24))
    if case == "full":
        an_appointment(office, new)
    with pytest.raises(error):
        reschedule(office, mine.code, 99 if case == "unknown" else new.id)
    kept = office.database.read(lambda s: booking.by_code(s, mine.code))
    assert (kept.opening_id, kept.seat, kept.changes) == (mine.opening_id, 1, 0)


def test_a_visitor_can_change_and_cancel_until_the_cut_off_and_staff_until_it_begins(
    tmp_path: Path,
) -> None:
    office = an_office(tmp_path, cancel_cutoff_hours=24)
    opening, new = an_opening(office), an_opening(office, at(12, 24))
    mine = an_appointment(office, opening)
    late = opening.starts_at - timedelta(hours=24) + timedelta(seconds=1)
    for change in (
        lambda: reschedule(office, mine.code, new.id, late),
        lambda: office.database.write(
            lambda s: booking.cancel(s, office.reception, booking.by_code(s, mine.code), late)
        ),
    ):
        with pytest.raises(ChangeClosed) as caught:
            change()
        assert caught.value.facts == {"hours": "24"}
    assert reschedule(office, mine.code, new.id, late, actor="王晓梅").opening_id == new.id


def test_a_cancelled_appointment_cannot_be_moved(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    mine, new = an_appointment(office), an_opening(office, at(12, 24))
    office.database.write(
        lambda s: booking.cancel(s, office.reception, booking.by_code(s, mine.code), NOW)
    )
    with pytest.raises(AppointmentClosed):
        reschedule(office, mine.code, new.id)


def test_a_repeated_booking_request_after_a_change_is_still_the_same(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    old, new = an_opening(office), an_opening(office, at(12, 24))
    mine = an_appointment(office, old, request_key="k1")
    reschedule(office, mine.code, new.id)
    assert an_appointment(office, old, request_key="k1").code == mine.code
