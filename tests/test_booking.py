"""Book, look up, cancel; and that no seat is ever given twice."""

from __future__ import annotations

import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from desk.codes import APPOINTMENT, new_code
from desk.errors import (
    AppointmentClosed,
    AppointmentNotFound,
    DeskError,
    IdempotencyConflict,
    InvalidAttendees,
    InvalidCompany,
    InvalidContact,
    InvalidPhone,
    InvalidSubject,
    OpeningFull,
    OpeningPast,
    UnknownOpening,
)
from desk.models import Appointment, LogEntry, Opening
from desk.office import Office
from desk.services import booking
from desk.services.booking import Booking
from tests.builders import (
    CONVERSATION,
    NOW,
    a_booking,
    an_appointment,
    an_office,
    an_opening,
    at,
)


def book(office: Office, wish: Booking, now: datetime = NOW) -> Appointment:
    return office.database.write(lambda s: booking.book(s, office.reception, wish, now))


def cancel(office: Office, code: str, now: datetime = NOW) -> Appointment:
    return office.database.write(
        lambda s: booking.cancel(s, office.reception, booking.by_code(s, code), now)
    )


def find(office: Office, code: str, **proof: str | None) -> Appointment:
    return office.database.read(lambda s: booking.find(s, code, **proof))


def rows(office: Office, table: type) -> int:
    return office.database.read(lambda s: s.scalar(select(func.count()).select_from(table)))


def test_a_booked_seat_is_stored_with_everything_cleaned(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    wish = a_booking(
        an_opening(office),
        company=" 武汉某某（湖北）有限公司 ",
        phone="138 0013 8000",
        conversation=CONVERSATION,
        topic="eia.category",
    )
    code = book(office, wish).code
    found = find(office, code, conversation=CONVERSATION)
    assert (found.company, found.phone) == ("武汉某某(湖北)有限公司", "13800138000")
    assert (found.seat, found.status, found.topic) == (1, "booked", "eia.category")
    assert (found.created_at, found.cancelled_at) == (NOW, None)
    assert code.startswith("R")


def test_each_seat_is_given_once(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    opening = an_opening(office, capacity=3)
    assert [book(office, a_booking(opening)).seat for _ in range(3)] == [1, 2, 3]


def test_a_full_opening_takes_nobody_more(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    opening = an_opening(office, capacity=1)
    book(office, a_booking(opening))
    with pytest.raises(OpeningFull) as caught:
        book(office, a_booking(opening))
    assert caught.value.facts == {"opening": opening.id}
    assert rows(office, Appointment) == 1


def test_a_cancelled_seat_can_be_booked_again(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    opening = an_opening(office, capacity=1)
    cancel(office, book(office, a_booking(opening)).code)
    assert book(office, a_booking(opening)).seat == 1
    assert rows(office, Appointment) == 2


def test_a_seat_that_became_free_in_the_middle_is_taken_first(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    opening = an_opening(office, capacity=3)
    codes = [book(office, a_booking(opening)).code for _ in range(3)]
    cancel(office, codes[1])
    assert book(office, a_booking(opening)).seat == 2


@pytest.mark.parametrize("hours", [2, 1, 0, -1])
def test_a_past_or_too_near_opening_cannot_be_booked(tmp_path: Path, hours: int) -> None:
    office = an_office(tmp_path, cutoff_hours=2)
    opening = an_opening(office, NOW + timedelta(hours=hours))
    with pytest.raises(OpeningPast):
        book(office, a_booking(opening))
    assert rows(office, Appointment) == 0


def test_an_opening_just_before_the_cut_off_can_be_booked(tmp_path: Path) -> None:
    office = an_office(tmp_path, cutoff_hours=2)
    opening = an_opening(office, NOW + timedelta(hours=2, seconds=1))
    assert book(office, a_booking(opening)).seat == 1


def test_an_unknown_or_withdrawn_opening_cannot_be_booked(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    for opening in (an_opening(office, withdrawn=True).id, 999, 0, -1):
        with pytest.raises(UnknownOpening):
            book(office, a_booking(opening))
    assert rows(office, Appointment) == 0


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"company": ""}, InvalidCompany),
        ({"company": "123"}, InvalidCompany),
        ({"company": "'; DROP TABLE appointment;--"}, InvalidCompany),
        ({"contact": "🙂"}, InvalidContact),
        ({"contact": "名" * 31}, InvalidContact),
        ({"phone": "123"}, InvalidPhone),
        ({"phone": "13800138"}, InvalidPhone),
        ({"attendees": 0}, InvalidAttendees),
        ({"attendees": 6}, InvalidAttendees),
        ({"attendees": -1}, InvalidAttendees),
        ({"description": " "}, InvalidSubject),
        ({"description": "题" * 10_000}, InvalidSubject),
    ],
)
def test_bad_input_has_its_own_error_and_nothing_is_stored(
    tmp_path: Path, wrong: dict[str, Any], error: type[DeskError]
) -> None:
    office = an_office(tmp_path)
    wish = a_booking(an_opening(office), **wrong)
    with pytest.raises(error):
        book(office, wish)
    assert (rows(office, Appointment), rows(office, LogEntry)) == (0, 0)


def test_the_same_request_twice_books_once(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    opening = an_opening(office, capacity=2)
    wish = a_booking(opening, request_key="k1")
    assert book(office, wish).code == book(office, wish).code
    assert rows(office, Appointment) == 1


def test_a_repeated_request_succeeds_even_when_the_opening_is_full_or_over(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    wish = a_booking(an_opening(office, capacity=1), request_key="k1")
    code = book(office, wish).code
    assert book(office, wish, NOW + timedelta(days=30)).code == code


def test_the_same_wish_spelt_differently_is_the_same_request(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    wish = a_booking(an_opening(office), request_key="k1")
    code = book(office, wish).code
    assert book(office, replace(wish, phone="138-0013-8000")).code == code


@pytest.mark.parametrize(
    "other",
    [
        {"company": "别的公司"},
        {"contact": "李工"},
        {"phone": "13900139000"},
        {"attendees": 1},
        {"description": "别的问题"},
        {"topic": "planning"},
        {"uscc": "91110000600037341L"},
    ],
)
def test_the_same_key_with_other_contents_is_refused(tmp_path: Path, other: dict[str, Any]) -> None:
    office = an_office(tmp_path)
    wish = a_booking(an_opening(office, capacity=2), request_key="k1")
    book(office, wish)
    with pytest.raises(IdempotencyConflict):
        book(office, replace(wish, **other))
    assert rows(office, Appointment) == 1


def test_the_same_key_for_another_opening_is_refused(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    wish = a_booking(an_opening(office), request_key="k1")
    book(office, wish)
    with pytest.raises(IdempotencyConflict):
        book(office, replace(wish, opening=an_opening(office, at(12, 24)).id))


def test_twelve_visitors_at_once_for_three_seats_get_exactly_three(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    office = an_office(tmp_path)
    opening = an_opening(office, capacity=3)

    def visitor(n: int) -> str:
        try:
            return f"seat {book(office, a_booking(opening, request_key=f'k{n}')).seat}"
        except Exception as error:
            return type(error).__name__

    with ThreadPoolExecutor(12) as pool:
        found = Counter(pool.map(visitor, range(12)))
    assert found == {"seat 1": 1, "seat 2": 1, "seat 3": 1, "OpeningFull": 9}
    assert rows(office, Appointment) == 3


def test_one_request_sent_eight_times_at_once_books_once(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    wish = a_booking(an_opening(office, capacity=8), request_key="k1")
    with ThreadPoolExecutor(8) as pool:
        codes = {a.code for a in pool.map(lambda _: book(office, wish), range(8))}
    assert len(codes) == 1
    assert rows(office, Appointment) == 1


def test_a_lost_race_is_re_run_and_finds_the_next_seat(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    opening = an_opening(office, capacity=2)
    runs = []

    def slow(session: Session) -> Appointment:
        # As on PostgreSQL without the row's lock: the other's seat is not seen, then it is there.
        runs.append(1)
        if len(runs) == 1:
            session.add(a_row(opening, 1))
            session.add(a_row(opening, 1))
            session.flush()
        return booking.book(session, office.reception, a_booking(opening), NOW)

    assert office.database.write(slow).seat == 1
    assert len(runs) == 2


def a_row(opening: Opening, seat: int | None, status: str = "booked") -> Appointment:
    """A row as a careless script would insert it."""
    return Appointment(
        code=new_code(APPOINTMENT),
        opening_id=opening.id,
        opening_capacity=opening.capacity,
        seat=seat,
        status=status,
        company="脚本",
        contact="脚本",
        phone="13800138000",
        attendees=1,
        description="脚本",
        created_at=NOW,
    )


@pytest.mark.parametrize(
    ("seat", "status"),
    [
        (1, "booked"),
        (0, "booked"),
        (3, "booked"),
        (3, "held"),
        (None, "booked"),
        (2, "cancelled"),
        (2, "waiting"),
        (2, "lapsed"),
    ],
)
def test_not_even_a_script_can_break_the_rule_of_seats(
    tmp_path: Path, seat: int | None, status: str
) -> None:
    office = an_office(tmp_path)
    opening = an_opening(office, capacity=2)
    book(office, a_booking(opening))
    with Session(office.database.engine) as session:
        session.add(a_row(opening, seat, status))
        with pytest.raises(IntegrityError):
            session.flush()


def test_an_appointment_is_found_by_its_conversation_or_by_its_phone_tail(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    code = an_appointment(office, conversation=CONVERSATION).code
    assert find(office, code, conversation=CONVERSATION).code == code
    assert find(office, code, phone_tail="8000").code == code
    assert find(office, code.lower(), phone_tail="8000", conversation="d" * 32).code == code


@pytest.mark.parametrize(
    "proof",
    [
        {},
        {"phone_tail": "0000"},
        {"phone_tail": ""},
        {"phone_tail": "13800138000"},
        {"conversation": "d" * 32},
        {"conversation": "d" * 32, "phone_tail": "1380"},
    ],
)
def test_without_proof_an_appointment_looks_as_if_it_did_not_exist(
    tmp_path: Path, proof: dict[str, str]
) -> None:
    office = an_office(tmp_path)
    code = an_appointment(office, conversation=CONVERSATION).code
    with pytest.raises(AppointmentNotFound) as known:
        find(office, code, **proof)
    with pytest.raises(AppointmentNotFound) as unknown:
        find(office, "R2222222", **proof)
    assert str(known.value) == str(unknown.value)


def test_an_appointment_of_the_api_does_not_belong_to_every_nameless_visitor(
    tmp_path: Path,
) -> None:
    office = an_office(tmp_path)
    code = an_appointment(office, conversation=None).code
    with pytest.raises(AppointmentNotFound):
        find(office, code, conversation=None)


def test_cancelling_twice_is_told(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    code = an_appointment(office).code
    assert cancel(office, code).cancelled_at == NOW
    with pytest.raises(AppointmentClosed) as caught:
        cancel(office, code)
    assert caught.value.facts == {"code": code}


def test_a_visit_that_has_begun_cannot_be_cancelled(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    opening = an_opening(office)
    code = an_appointment(office, opening).code
    with pytest.raises(OpeningPast):
        cancel(office, code, opening.starts_at)
    assert cancel(office, code, opening.starts_at - timedelta(seconds=1)).status == "cancelled"


def test_a_conversations_upcoming_appointments_come_in_order_of_time(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    later = an_appointment(office, an_opening(office, at(12, 24)), conversation=CONVERSATION)
    sooner = an_appointment(office, an_opening(office, at(11, 26)), conversation=CONVERSATION)
    gone = an_appointment(office, an_opening(office, at(12, 25)), conversation=CONVERSATION)
    an_appointment(office, an_opening(office, at(12, 26)), conversation="d" * 32)
    cancel(office, gone.code)

    def codes(now: datetime) -> list[str]:
        return [
            a.code for a in office.database.read(lambda s: booking.upcoming(s, CONVERSATION, now))
        ]

    assert codes(NOW) == [sooner.code, later.code]
    assert codes(at(11, 26, 15)) == [later.code]


def test_booking_and_cancelling_are_logged_without_personal_data(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    code = an_appointment(office).code
    office.database.write(
        lambda s: booking.cancel(s, office.reception, booking.by_code(s, code), NOW, actor="王晓梅")
    )
    entries = office.database.read(
        lambda s: s.scalars(select(LogEntry).order_by(LogEntry.id)).all()
    )
    assert [(e.actor, e.action, e.subject) for e in entries] == [
        ("visitor", "appointment.book", code),
        ("王晓梅", "appointment.cancel", code),
    ]
    assert all(set(e.facts) == {"opening"} for e in entries)


def test_the_public_shape_shows_neither_phone_nor_contact(tmp_path: Path) -> None:
    public = booking.as_public(an_appointment(an_office(tmp_path)))
    assert public["starts_at"] == "2026-11-26T06:30:00Z"
    assert not {"13800138000", "王经理"} & {str(value) for value in public.values()}
