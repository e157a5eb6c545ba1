"""What staff decide against the schedule: close, add, move, change the host, undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.clock import local
from desk.errors import (
    AppointmentClosed,
    DayPast,
    DeskError,
    InvalidExtraDay,
    NothingThatDay,
    OpeningCollides,
    UnknownException,
)
from desk.models import LogEntry, Notice, Opening, ScheduleException
from desk.office import Office
from desk.services import booking, exceptions, openings, publishing
from desk.services.exceptions import Extra
from tests.builders import (
    CONVERSATION,
    NOW,
    a_reception,
    a_rule,
    an_appointment,
    an_office,
    at,
)

THURSDAY, NEXT = date(2026, 11, 26), date(2026, 12, 24)
EXTRA = Extra(time(9), time(10), 30, 2, "二楼", "李科长")


def published(directory: Path, **reception: Any) -> Office:
    office = an_office(directory, **reception)
    office.database.write(lambda s: publishing.publish(s, office.reception, NOW))
    return office


def decide(office: Office, verb: Callable[..., Any], *facts: Any, now: datetime = NOW, **more: Any):
    return office.database.write(lambda s: verb(s, office.reception, now, "王晓梅", *facts, **more))


def offered(office: Office, now: datetime = NOW) -> list[datetime]:
    found = office.database.read(lambda s: openings.offers(s, office.reception, now))
    return [offer.opening.starts_at for offer in found]


def days(office: Office) -> list[date]:
    return sorted({local(moment).date() for moment in offered(office)})


def on(office: Office, day: date) -> list[Opening]:
    span = publishing.midnight(day), publishing.midnight(day + timedelta(days=1))
    return list(office.database.read(lambda s: openings.between(s, *span)))


def again(office: Office, now: datetime = NOW) -> int:
    return office.database.write(lambda s: publishing.publish(s, office.reception, now))


def status(office: Office, code: str) -> str:
    return office.database.read(lambda s: booking.by_code(s, code).status)


def notices(office: Office) -> list[str]:
    return office.database.read(
        lambda s: list(s.scalars(select(Notice.event).order_by(Notice.id)).all())
    )


def test_a_closed_day_is_not_offered_and_stays_closed(tmp_path: Path) -> None:
    office = published(tmp_path)
    assert decide(office, exceptions.close, THURSDAY) == []
    assert again(office) == 0
    assert days(office) == [NEXT, date(2027, 1, 28)]


def test_a_day_beyond_the_window_can_be_closed_before_it_is_published(tmp_path: Path) -> None:
    office = published(tmp_path)
    decide(office, exceptions.close, date(2027, 2, 25))
    office.database.write(
        lambda s: publishing.publish(s, a_reception(weeks_ahead=20), NOW + timedelta(days=7))
    )
    assert date(2027, 2, 25) not in days(office)
    assert date(2027, 3, 25) in days(office)


def test_closing_keeps_the_appointments_and_names_them(tmp_path: Path) -> None:
    office = published(tmp_path)
    booked = an_appointment(office, on(office, THURSDAY)[0], conversation=CONVERSATION)
    found = decide(office, exceptions.close, THURSDAY)
    assert [a.code for a in found] == [booked.code]
    assert (status(office, booked.code), notices(office)) == ("booked", [])


def test_closing_can_cancel_the_appointments_and_tells_the_visitors(tmp_path: Path) -> None:
    office = published(tmp_path)
    booked = an_appointment(office, on(office, THURSDAY)[0], conversation=CONVERSATION)
    decide(office, exceptions.close, THURSDAY, cancel_booked=True)
    assert (status(office, booked.code), notices(office)) == ("cancelled", ["appointment.cancel"])
    with pytest.raises(AppointmentClosed):
        office.database.write(
            lambda s: booking.cancel(s, office.reception, booking.by_code(s, booked.code), NOW)
        )


def test_one_opening_or_one_rules_openings_can_be_closed(tmp_path: Path) -> None:
    office = published(tmp_path)
    rules = [a_rule(), a_rule(id="other", place="二楼")]
    office.database.write(lambda s: publishing.publish(s, a_reception(*rules), NOW))
    office = _with(office, a_reception(*rules))
    decide(office, exceptions.close, THURSDAY, rule="other")
    decide(office, exceptions.close, THURSDAY, starts_at=at(11, 26, 15, 0))
    left = [(o.rule, local(o.starts_at).time()) for o in on(office, THURSDAY)]
    assert left == [("monthly", time(h, m)) for h, m in ((14, 30), (15, 30), (16, 0), (16, 30))]


def test_today_can_still_be_closed_and_its_host_changed(tmp_path: Path) -> None:
    office = published(tmp_path)
    morning = at(11, 26, 8, 0)
    decide(office, exceptions.change_host, THURSDAY, "张处长", now=morning)
    assert {o.host for o in on(office, THURSDAY)} == {"张处长"}
    decide(office, exceptions.close, THURSDAY, now=morning)
    assert not [m for m in offered(office, morning) if local(m).date() == THURSDAY]


def test_an_added_day_is_offered_and_is_no_example(tmp_path: Path) -> None:
    office = published(tmp_path, example=True)
    added = decide(office, exceptions.add, date(2026, 12, 1), EXTRA)
    assert again(office) == 0
    first, second = on(office, date(2026, 12, 1))
    assert (first.rule, first.capacity, first.place) == (f"extra-{added.id}", 2, "二楼")
    assert (first.host, first.example, second.starts_at) == ("李科长", False, at(12, 1, 9, 30))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ends": time(9)}, "ends"),
        ({"opening_minutes": 61}, "opening_minutes"),
        ({"opening_minutes": 0}, "opening_minutes"),
        ({"seats": 0}, "seats"),
        ({"place": "  "}, "place"),
    ],
)
def test_an_added_day_that_makes_no_sense_is_refused(
    tmp_path: Path, change: dict[str, Any], field: str
) -> None:
    office = published(tmp_path)
    with pytest.raises(InvalidExtraDay) as caught:
        decide(office, exceptions.add, NEXT, Extra(**{**EXTRA.__dict__, **change}))
    assert caught.value.facts == {"field": field}
    assert office.database.read(lambda s: exceptions.standing_from(s, THURSDAY)) == []


def test_a_moved_day_takes_its_appointments_along_and_tells_the_visitors(tmp_path: Path) -> None:
    office = published(tmp_path)
    booked = an_appointment(office, on(office, THURSDAY)[1], conversation=CONVERSATION)
    to = date(2026, 12, 3)
    moved = decide(office, exceptions.move, THURSDAY, to, begins=time(9), place="一楼")
    assert [a.code for a in moved] == [booked.code]
    assert days(office) == [to, NEXT, date(2027, 1, 28)]
    now_at = office.database.read(lambda s: booking.by_code(s, booked.code))
    assert (now_at.opening.starts_at, now_at.opening.place) == (at(12, 3, 9, 30), "一楼")
    assert (now_at.changes, notices(office)) == (1, ["appointment.move"])
    assert again(office, at(11, 28)) == 0
    assert again(office, at(11, 28)) == 0
    assert to in days(office)
    assert notices(office) == ["appointment.move"]


def test_what_was_moved_can_be_closed_on_its_new_day(tmp_path: Path) -> None:
    office = published(tmp_path)
    decide(office, exceptions.move, THURSDAY, date(2026, 12, 3))
    decide(office, exceptions.close, date(2026, 12, 3))
    assert days(office) == [NEXT, date(2027, 1, 28)]


def test_nothing_is_moved_to_where_the_same_rule_receives(tmp_path: Path) -> None:
    office = published(tmp_path)
    with pytest.raises(OpeningCollides):
        decide(office, exceptions.move, THURSDAY, NEXT)
    assert days(office) == [THURSDAY, NEXT, date(2027, 1, 28)]


def test_another_host_receives_booked_visitors_too_and_nothing_else_changes(
    tmp_path: Path,
) -> None:
    office = published(tmp_path)
    booked = an_appointment(office, on(office, THURSDAY)[0], conversation=CONVERSATION)
    office = _with(office, a_reception(a_rule(place="新地点", host="李科长")))
    again(office)
    decide(office, exceptions.change_host, THURSDAY, "张处长")
    kept = office.database.read(lambda s: booking.by_code(s, booked.code).opening)
    assert (kept.host, kept.place) == ("张处长", "三楼会议室")
    assert {o.host for o in on(office, NEXT)} == {"李科长"}
    assert notices(office) == []


def test_an_undone_exception_lets_the_rules_speak_again(tmp_path: Path) -> None:
    office = published(tmp_path)
    an_appointment(office, on(office, THURSDAY)[0])
    decide(office, exceptions.change_host, THURSDAY, "张处长")
    decide(office, exceptions.close, NEXT)
    for exception in office.database.read(lambda s: exceptions.standing_from(s, THURSDAY)):
        decide(office, exceptions.undo, exception.id)
    assert {o.host for o in on(office, THURSDAY)} == {""}
    assert days(office) == [THURSDAY, NEXT, date(2027, 1, 28)]
    with pytest.raises(UnknownException):
        decide(office, exceptions.undo, 1)
    with pytest.raises(UnknownException):
        decide(office, exceptions.undo, 99)


def test_an_undone_addition_is_withdrawn(tmp_path: Path) -> None:
    office = published(tmp_path)
    added = decide(office, exceptions.add, date(2026, 12, 1), EXTRA)
    decide(office, exceptions.undo, added.id)
    assert date(2026, 12, 1) not in days(office)


@pytest.mark.parametrize(
    ("verb", "facts", "error"),
    [
        (exceptions.close, (date(2026, 11, 25),), NothingThatDay),
        (exceptions.close, (date(2026, 11, 22),), DayPast),
        (exceptions.move, (THURSDAY, date(2026, 11, 22)), DayPast),
        (exceptions.move, (date(2026, 11, 25), NEXT), NothingThatDay),
        (exceptions.change_host, (date(2026, 11, 25), "张"), NothingThatDay),
        (exceptions.add, (date(2026, 11, 22), EXTRA), DayPast),
    ],
)
def test_an_exception_about_nothing_or_about_the_past_is_refused(
    tmp_path: Path, verb: Callable[..., Any], facts: tuple[Any, ...], error: type[DeskError]
) -> None:
    office = published(tmp_path)
    with pytest.raises(error):
        decide(office, verb, *facts)
    count = office.database.read(lambda s: len(s.scalars(select(ScheduleException)).all()))
    assert count == 0


def test_who_decided_what_is_logged(tmp_path: Path) -> None:
    office = published(tmp_path)
    decide(office, exceptions.close, THURSDAY, note="处长出差")
    decide(office, exceptions.undo, 1)

    def read(session: Session) -> list[tuple[str, str, str]]:
        entries = session.scalars(select(LogEntry).order_by(LogEntry.id)).all()
        return [(e.actor, e.action, e.facts["day"]) for e in entries]

    assert office.database.read(read) == [
        ("王晓梅", "exception.close", "2026-11-26"),
        ("王晓梅", "exception.undo", "2026-11-26"),
    ]


def _with(office: Office, reception: Any) -> Office:
    return replace(office, reception=reception)
