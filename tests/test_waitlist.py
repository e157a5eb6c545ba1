"""The waiting list: in order, for a limited time, and nobody books past the line."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.errors import NotBookedYet, OfferGone, OpeningFull, OpeningPast, TooManyActive
from desk.models import Appointment, Notice, Opening
from desk.office import Office
from desk.services import booking, conversations, notices, waitlist
from tests.builders import NOW, a_booking, an_appointment, an_office, an_opening, at

LATER = NOW + timedelta(minutes=121)


def full(directory: Path, **reception: object) -> tuple[Office, Opening, Appointment]:
    """An opening of one seat, and who has it."""
    office = an_office(directory, waitlist_minutes=120, **reception)
    opening = an_opening(office, at(11, 26))
    return office, opening, an_appointment(office, opening)


def wait(office: Office, opening: Opening, now: datetime = NOW, **facts: object) -> Appointment:
    wish = a_booking(opening, **facts)
    return office.database.write(lambda s: waitlist.wait(s, office.reception, wish, now))


def cancel(office: Office, code: str, now: datetime = NOW) -> None:
    office.database.write(
        lambda s: booking.cancel(s, office.reception, booking.by_code(s, code), now)
    )


def accept(office: Office, code: str, now: datetime = NOW) -> Appointment:
    return office.database.write(
        lambda s: waitlist.accept(s, office.reception, booking.by_code(s, code), now)
    )


def sweep(office: Office, now: datetime) -> None:
    for opening in office.database.read(lambda s: waitlist.due(s, office.reception, now)):
        office.database.write(lambda s, id_=opening: waitlist.sweep(s, office.reception, id_, now))


def state(office: Office, code: str) -> str:
    return office.database.read(lambda s: booking.by_code(s, code).status)


def place(office: Office, code: str) -> int | None:
    return office.database.read(
        lambda s: booking.as_public(booking.by_code(s, code)).get("position")
    )


def told(office: Office) -> list[str]:
    return office.database.read(lambda s: list(s.scalars(select(Notice.event)).all()))


def test_waiting_companies_stand_in_line_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    office, opening, _ = full(tmp_path)
    codes = [wait(office, opening, NOW + timedelta(minutes=n)).code for n in range(3)]
    assert [place(office, code) for code in codes] == [1, 2, 3]
    cancel(office, codes[0])
    assert [place(office, code) for code in codes] == [None, 1, 2]


def test_waiting_for_what_is_free_books_it(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    assert wait(office, an_opening(office)).status == "booked"


def test_a_freed_seat_is_kept_for_the_first_in_line_and_nobody_else_gets_it(
    tmp_path: Path,
) -> None:
    office, opening, holder = full(tmp_path)
    first, second = wait(office, opening), wait(office, opening)
    cancel(office, holder.code)
    assert (state(office, first.code), state(office, second.code)) == ("held", "waiting")
    with pytest.raises(OpeningFull):
        an_appointment(office, opening)
    kept = office.database.read(lambda s: booking.by_code(s, first.code))
    assert (kept.seat, kept.held_until) == (1, NOW + timedelta(minutes=120))
    assert accept(office, first.code).status == "booked"
    assert accept(office, first.code).seat == 1


def test_an_offer_that_is_not_taken_in_time_goes_to_the_next(tmp_path: Path) -> None:
    office, opening, holder = full(tmp_path)
    first, second = wait(office, opening), wait(office, opening)
    cancel(office, holder.code)
    sweep(office, NOW + timedelta(minutes=119))
    assert state(office, first.code) == "held"
    with pytest.raises(OfferGone):
        accept(office, first.code, LATER)
    sweep(office, LATER)
    assert (state(office, first.code), state(office, second.code)) == ("lapsed", "held")
    assert accept(office, second.code, LATER).seat == 1


def test_without_a_clock_too_an_overdue_offer_does_not_block_a_booking(tmp_path: Path) -> None:
    office, opening, holder = full(tmp_path)
    first = wait(office, opening)
    cancel(office, holder.code)
    assert an_appointment(office, opening, now=LATER).seat == 1
    assert state(office, first.code) == "lapsed"


def test_a_declined_offer_goes_to_the_next(tmp_path: Path) -> None:
    office, opening, holder = full(tmp_path)
    first, second = wait(office, opening), wait(office, opening)
    cancel(office, holder.code)
    cancel(office, first.code)
    assert (state(office, first.code), state(office, second.code)) == ("cancelled", "held")


def test_a_rescheduled_seat_is_offered_as_well(tmp_path: Path) -> None:
    office, opening, holder = full(tmp_path)
    first = wait(office, opening)
    other = an_opening(office, at(12, 24))
    office.database.write(
        lambda s: booking.reschedule(
            s, office.reception, booking.by_code(s, holder.code), other.id, NOW
        )
    )
    assert state(office, first.code) == "held"


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (at(11, 24, 20, 59), at(11, 24, 22, 59)),
        (at(11, 24, 21, 0), at(11, 25, 10, 0)),
        (at(11, 25, 3, 0), at(11, 25, 10, 0)),
        (at(11, 25, 8, 0), at(11, 25, 10, 0)),
        (at(11, 26, 11, 0), at(11, 26, 12, 30)),  # the cut-off comes first
    ],
)
def test_nobody_loses_an_offer_asleep_and_none_outlasts_the_cut_off(
    tmp_path: Path, now: datetime, until: datetime
) -> None:
    office, opening, holder = full(tmp_path)
    code = wait(office, opening).code
    cancel(office, holder.code, now)
    assert office.database.read(lambda s: booking.by_code(s, code).held_until) == until


def test_from_the_cut_off_on_nobody_waits_any_more(tmp_path: Path) -> None:
    office, opening, holder = full(tmp_path)
    code = wait(office, opening).code
    late = at(11, 26, 12, 30)
    with pytest.raises(OpeningPast):
        wait(office, opening, late)
    sweep(office, late)
    assert state(office, code) == "lapsed"
    cancel(office, holder.code, late)
    assert state(office, code) == "lapsed"


def test_a_company_has_a_limited_number_of_visits_ahead_waiting_ones_included(
    tmp_path: Path,
) -> None:
    office, opening, _ = full(tmp_path, most_active=2)
    wait(office, opening)
    for change in ({}, {"company": "武汉示例 涂装（有限公司）"}):
        with pytest.raises(TooManyActive) as caught:
            an_appointment(office, an_opening(office, at(12, 24), rule=str(change)), **change)
        assert caught.value.facts == {"most": 2}
    assert an_appointment(office, an_opening(office, at(12, 25)), company="另一家公司").seat == 1
    past = at(11, 27)
    assert an_appointment(office, an_opening(office, at(12, 26)), now=past).seat == 1


def test_the_same_credit_code_is_the_same_company(tmp_path: Path) -> None:
    office = an_office(tmp_path, most_active=1)
    an_appointment(office, uscc="91110000600037341L")
    with pytest.raises(TooManyActive):
        an_appointment(
            office, an_opening(office, at(12, 24)), company="别名公司", uscc="91110000600037341l"
        )


def test_a_waiting_place_cannot_be_rescheduled(tmp_path: Path) -> None:
    office, opening, _ = full(tmp_path)
    code, other = wait(office, opening).code, an_opening(office, at(12, 24))
    with pytest.raises(NotBookedYet):
        office.database.write(
            lambda s: booking.reschedule(
                s, office.reception, booking.by_code(s, code), other.id, NOW
            )
        )


def test_the_same_request_twice_stands_in_line_once(tmp_path: Path) -> None:
    office, opening, _ = full(tmp_path)
    codes = {wait(office, opening, request_key="k1").code for _ in range(2)}
    assert len(codes) == 1


def test_an_offer_is_said_once_in_the_visitors_chat_with_both_buttons(tmp_path: Path) -> None:
    office, opening, holder = full(tmp_path)
    home = office.database.write(lambda s: conversations.start(s, NOW).id)
    code = wait(office, opening, conversation=home).code
    assert told(office) == []
    cancel(office, holder.code)
    assert told(office) == ["appointment.offer"]

    def deliver(session: Session) -> int:
        return notices.deliver(session, office.words, NOW)

    assert office.database.read(notices.pending)
    assert [office.database.write(deliver) for _ in range(2)] == [1, 0]
    assert not office.database.read(notices.pending)
    (message,) = office.database.read(lambda s: conversations.history(s, home))
    assert "11月26日" in message.text and "12:00" in message.text
    assert [b["arguments"] for b in message.payload["buttons"]] == [
        {"appointment_code": code, "accepted": True},
        {"appointment_code": code, "accepted": False},
    ]


def test_an_offer_that_is_over_before_it_could_be_said_is_not_said(tmp_path: Path) -> None:
    office, opening, holder = full(tmp_path)
    home = office.database.write(lambda s: conversations.start(s, NOW).id)
    wait(office, opening, conversation=home)
    cancel(office, holder.code)
    sweep(office, LATER)
    assert office.database.write(lambda s: notices.deliver(s, office.words, LATER)) == 1
    (message,) = office.database.read(lambda s: conversations.history(s, home))
    assert "过时" in message.text
