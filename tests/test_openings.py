"""Openings: published from the schedule, offered with the seats left."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from desk.clock import local
from desk.models import Opening
from desk.office import Office
from desk.schedule import Reception
from desk.services import booking, openings, publishing
from tests.builders import (
    NOW,
    a_reception,
    a_rule,
    an_appointment,
    an_office,
    an_opening,
    at,
)


def publish(office: Office, reception: Reception, now: datetime = NOW) -> int:
    return office.database.write(lambda s: publishing.publish(s, reception, now))


def stored(office: Office) -> list[Opening]:
    return list(
        office.database.read(lambda s: s.scalars(select(Opening).order_by(Opening.starts_at)).all())
    )


def offered(office: Office, now: datetime = NOW, **span: datetime) -> list[tuple[datetime, int]]:
    found = office.database.read(lambda s: openings.offers(s, office.reception, now, **span))
    return [(offer.opening.starts_at, offer.seats_left) for offer in found]


def test_the_schedule_is_published_once(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    reception = a_reception(weeks_ahead=5)
    assert publish(office, reception) == 10
    assert publish(office, reception) == 0
    assert len(stored(office)) == 10


def test_a_published_opening_says_what_the_rule_says(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    publish(office, a_reception(a_rule(seats=3, place="一楼", host="李科长"), example=True))
    first = stored(office)[0]
    assert (first.starts_at, first.capacity, first.place) == (at(11, 26), 3, "一楼")
    assert (first.host, first.example, first.withdrawn) == ("李科长", True, False)


def test_a_month_later_only_new_days_are_added(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    assert publish(office, a_reception(weeks_ahead=10)) == 15
    assert publish(office, a_reception(weeks_ahead=10), NOW + timedelta(days=30)) == 5


def test_an_unbooked_opening_follows_a_changed_schedule(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    publish(office, a_reception())
    publish(office, a_reception(a_rule(seats=2, place="新地点")))
    assert {(o.capacity, o.place) for o in stored(office)} == {(2, "新地点")}


def test_a_booked_opening_is_not_changed(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    publish(office, a_reception())
    booked = stored(office)[0]
    an_appointment(office, booked)
    publish(office, a_reception(a_rule(place="新地点")))
    found = {o.id: o.place for o in stored(office)}
    assert found.pop(booked.id) == "三楼会议室"
    assert set(found.values()) == {"新地点"}


def test_what_the_schedule_no_longer_holds_is_withdrawn_with_its_appointments_kept(
    tmp_path: Path,
) -> None:
    office = an_office(tmp_path)
    publish(office, a_reception())
    appointment = an_appointment(office, stored(office)[0])
    publish(office, a_reception(a_rule(weekday="friday")))
    assert all(at_.weekday() == 4 for at_, _ in offered(office))
    kept = office.database.read(lambda s: booking.by_code(s, appointment.code))
    assert (kept.status, kept.opening.withdrawn) == ("booked", True)


def test_a_withdrawn_opening_comes_back_with_the_schedule(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    publish(office, a_reception())
    publish(office, a_reception(a_rule(weekday="friday")))
    publish(office, a_reception())
    assert {local(at_).weekday() for at_, _ in offered(office)} == {3}


def test_publishing_on_the_reception_day_itself_keeps_its_openings(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    publish(office, a_reception())
    morning = at(11, 26, 9, 0)
    publish(office, a_reception(), morning)
    assert at(11, 26, 16, 30) in [start for start, _ in offered(office, morning)]


def test_publishing_leaves_the_past_alone(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    publish(office, a_reception())
    publish(office, a_reception(a_rule(weekday="friday")), at(12, 1))
    assert not stored(office)[0].withdrawn


def test_an_offer_tells_the_seats_left(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    opening = an_opening(office, capacity=2)
    assert offered(office) == [(opening.starts_at, 2)]
    an_appointment(office, opening)
    assert offered(office) == [(opening.starts_at, 1)]


def test_a_full_opening_is_listed_and_not_free(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    an_appointment(office, an_opening(office, capacity=1))
    assert [seats for _, seats in offered(office)] == [0]
    assert office.database.read(lambda s: openings.free(s, office.reception, NOW)) == []


def test_a_cancelled_seat_is_offered_again(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    appointment = an_appointment(office, an_opening(office))
    office.database.write(
        lambda s: booking.cancel(s, office.reception, booking.by_code(s, appointment.code), NOW)
    )
    assert [seats for _, seats in offered(office)] == [1]


def test_not_even_by_hand_is_a_capacity_lowered_below_a_taken_seat(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    opening = an_opening(office, capacity=3)
    for _ in range(2):
        an_appointment(office, opening)
    for capacity, allowed in ((2, True), (1, False)):
        with Session(office.database.engine) as session:
            session.get(Opening, opening.id).capacity = capacity
            with nullcontext() if allowed else pytest.raises(IntegrityError):
                session.commit()
    assert [seats for _, seats in offered(office)] == [0]


@pytest.mark.parametrize(
    ("hours", "is_offered"), [(2.01, True), (2, False), (1, False), (-1, False)]
)
def test_an_opening_is_offered_until_the_cut_off(
    tmp_path: Path, hours: float, is_offered: bool
) -> None:
    office = an_office(tmp_path, cutoff_hours=2)
    an_opening(office, NOW + timedelta(hours=hours))
    assert bool(offered(office)) is is_offered


def test_a_withdrawn_opening_is_not_offered(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    an_opening(office, withdrawn=True)
    assert offered(office) == []


def test_offers_come_in_order_of_time_and_within_a_span(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    later, sooner = an_opening(office, at(12, 24)), an_opening(office, at(11, 26))
    assert [start for start, _ in offered(office)] == [sooner.starts_at, later.starts_at]
    assert [s for s, _ in offered(office, since=at(11, 26))] == [sooner.starts_at, later.starts_at]
    assert [s for s, _ in offered(office, since=at(12, 1))] == [later.starts_at]
    assert [s for s, _ in offered(office, until=at(12, 24))] == [sooner.starts_at]


def test_staff_see_a_withdrawn_opening_only_while_somebody_holds_a_seat(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    empty, held = an_opening(office, at(11, 26)), an_opening(office, at(12, 24))
    an_appointment(office, held)
    for opening in (empty, held):
        office.database.write(
            lambda s, id_=opening.id: setattr(s.get(Opening, id_), "withdrawn", True)
        )

    def look(session):
        span = (session, at(11, 1), at(12, 31))
        return (
            [o.id for o in openings.between(*span)],
            openings.first_start(session, at(11, 1)),
            openings.last_start(session, at(12, 31)),
        )

    assert office.database.read(look) == ([held.id], held.starts_at, held.starts_at)
