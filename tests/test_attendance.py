"""Who came, what came of it, what is still to be done: the service and its pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from desk.errors import (
    AlreadyRecorded,
    DeskError,
    FollowUpPast,
    NoFollowUp,
    NotBooked,
    NotNoted,
    RecordChanged,
    TextTooLong,
    TooEarlyToNote,
)
from desk.models import Appointment, Attendance, LogEntry
from desk.office import Office
from desk.services import attendance, booking
from tests.builders import NOW, an_appointment, an_office, an_opening, at
from tests.console_client import NAME, Console

DAY = date(2026, 11, 26)
MORNING, DURING, EVENING = at(11, 26, 8), at(11, 26, 14, 40), at(11, 26, 18)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return an_office(tmp_path)


def do(office: Office, verb: Callable[..., Any], code: str, now: Any = DURING, **facts: Any) -> Any:
    return office.database.write(lambda s: verb(s, booking.by_code(s, code), NAME, now, **facts))


def record(office: Office, code: str, outcome: str = "已说明", **facts: Any) -> Attendance:
    wanted = {"follow_up_on": None, "version": 1, "now": EVENING} | facts
    return do(office, attendance.record, code, outcome=outcome, **wanted)


def arrived(office: Office, **facts: Any) -> str:
    code = an_appointment(office, **facts).code
    do(office, attendance.check_in, code)
    return code


def noted(office: Office, code: str) -> Attendance | None:
    query = select(Attendance).join(Appointment).where(Appointment.code == code)
    return office.database.read(lambda s: s.scalar(query))


def logged(office: Office, code: str) -> list[tuple[str, str]]:
    query = select(LogEntry).where(LogEntry.subject == code).order_by(LogEntry.id)
    return [(e.actor, e.action) for e in office.database.read(lambda s: s.scalars(query).all())]


def test_a_company_is_checked_in_once_and_the_log_says_by_whom(office: Office) -> None:
    code = arrived(office)
    do(office, attendance.check_in, code, EVENING)
    found = noted(office, code)
    assert found and (found.state, found.noted_at) == ("arrived", DURING)
    assert logged(office, code)[1:] == [(NAME, "attendance.arrived")]


def test_a_no_show_may_still_arrive(office: Office) -> None:
    code = an_appointment(office).code
    do(office, attendance.no_show, code)
    do(office, attendance.check_in, code, EVENING)
    found = noted(office, code)
    assert found and (found.state, found.noted_at) == ("arrived", EVENING)


@pytest.mark.parametrize(
    ("verb", "now"),
    [
        (attendance.check_in, NOW),
        (attendance.no_show, MORNING),
        (attendance.no_show, at(11, 26, 14, 29)),
    ],
)
def test_nothing_is_noted_before_its_time(office: Office, verb: Any, now: Any) -> None:
    code = an_appointment(office).code
    with pytest.raises(TooEarlyToNote):
        do(office, verb, code, now)
    assert noted(office, code) is None


def test_a_company_may_be_checked_in_from_the_morning_of_its_day(office: Office) -> None:
    do(office, attendance.check_in, an_appointment(office).code, MORNING)


def test_only_a_booked_seat_is_come_for(office: Office) -> None:
    code = an_appointment(office).code
    office.database.write(
        lambda s: booking.cancel(s, office.reception, booking.by_code(s, code), NOW)
    )
    for verb in (attendance.check_in, attendance.no_show):
        with pytest.raises(NotBooked):
            do(office, verb, code)


def test_a_mistaken_note_is_taken_back_but_not_from_under_an_outcome(office: Office) -> None:
    code = arrived(office)
    do(office, attendance.take_back, code)
    do(office, attendance.take_back, code)
    assert noted(office, code) is None
    do(office, attendance.check_in, code)
    record(office, code)
    with pytest.raises(AlreadyRecorded):
        do(office, attendance.take_back, code)


def test_an_outcome_needs_a_note_first(office: Office) -> None:
    with pytest.raises(NotNoted):
        record(office, an_appointment(office).code)


def test_nobody_writes_over_words_they_have_not_seen(office: Office) -> None:
    code = arrived(office)
    record(office, code, "先写的")
    with pytest.raises(RecordChanged):
        record(office, code, "后写的")
    assert record(office, code, "先写的").version == 2  # the same form twice is no conflict
    assert record(office, code, "看过再写的", version=2).outcome == "看过再写的"


def test_an_outcome_is_not_endless_and_a_follow_up_lies_ahead(office: Office) -> None:
    code = arrived(office)
    with pytest.raises(TextTooLong):
        record(office, code, "长" * 2001)
    with pytest.raises(FollowUpPast):
        record(office, code, follow_up_on=DAY - timedelta(days=1))
    assert record(office, code, follow_up_on=DAY).follow_up_on == DAY


def test_words_can_be_mended_after_the_follow_up_was_due(office: Office) -> None:
    code = arrived(office)
    record(office, code, follow_up_on=DAY)
    later = record(office, code, "改了", follow_up_on=DAY, version=2, now=EVENING + timedelta(9))
    assert (later.outcome, later.follow_up_on) == ("改了", DAY)


def test_the_log_holds_no_words_of_the_outcome(office: Office) -> None:
    code = arrived(office)
    record(office, code, "企业的秘密", follow_up_on=DAY)
    entries = office.database.read(lambda s: s.scalars(select(LogEntry)).all())
    assert "秘密" not in str([entry.facts for entry in entries])
    assert entries[-1].facts == {"follow_up_on": "2026-11-26"}


def test_follow_ups_are_unfinished_until_somebody_finishes_them(office: Office) -> None:
    def listed() -> list[str]:
        rows = office.database.read(attendance.unfinished)
        assert len(rows) == office.database.read(attendance.count_unfinished)
        return [row.appointment.code for row in rows]

    late, soon, none = (
        arrived(office, opening=an_opening(office, at(11, 26, 14, minute))) for minute in (0, 5, 10)
    )
    record(office, late, follow_up_on=DAY + timedelta(days=9))
    record(office, soon, follow_up_on=DAY + timedelta(days=1))
    record(office, none)
    assert listed() == [soon, late]
    done = do(office, attendance.follow_up_done, soon, EVENING)
    assert (done.followed_up_at, done.followed_up_by) == (EVENING, NAME)
    assert listed() == [late]
    for code in (soon, none):
        with pytest.raises(NoFollowUp):
            do(office, attendance.follow_up_done, code)
    # A new day means that there is something to do again.
    record(office, soon, follow_up_on=DAY + timedelta(days=3), version=3)
    assert listed() == [soon, late]


# -- the console ------------------------------------------------------------------------------


def test_the_host_checks_in_records_and_finishes_in_the_console(office: Office) -> None:
    code = an_appointment(office).code
    desk = Console(office, DURING)
    page = f"/console/appointments/{code}"
    assert f"{page}/check-in" in desk.html("/console/appointments?day=2026-11-26")
    answer = desk.press(f"{page}/check-in", back="day")
    assert answer.headers["location"] == f"/console/appointments?day=2026-11-26#{code}"
    assert "已到访" in desk.html("/console/appointments?day=2026-11-26")
    form = {"outcome": "已说明\r\n请补材料", "follow_up_on": "2026-12-03", "version": "1"}
    assert desk.press(f"{page}/record", **form).headers["location"] == page
    html = desk.html(page)
    for words in ("已保存", "已说明\n请补材料", "2026-12-03 前跟进", "登记到访", NAME):
        assert words in html
    listing = desk.html("/console/follow-ups")
    assert code in listing and '<b class="count">1</b>' in listing and "已逾期" not in listing
    assert "已逾期" in desk.at(at(12, 4)).html("/console/follow-ups")
    back = desk.press(f"{page}/follow-up-done", back="follow-ups").headers["location"]
    assert back == "/console/follow-ups"
    assert "没有待跟进的事项" in desk.html(back)
    assert 'class="count"' not in desk.html(back)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"outcome": "刚写的话", "version": "7"}, "刚才有同事改过"),
        ({"outcome": "刚写的话", "follow_up_on": "明天"}, "看不懂跟进日期"),
        ({"outcome": "刚写的话", "follow_up_on": "2026-11-25", "version": "1"}, "不能早于今天"),
        ({"outcome": "刚写的话" + "长" * 2000, "version": "1"}, "2000"),
    ],
)
def test_what_was_typed_is_not_lost_when_it_cannot_be_kept(
    office: Office, form: dict[str, str], words: str
) -> None:
    code = arrived(office)
    answer = Console(office, DURING).press(f"/console/appointments/{code}/record", **form)
    assert answer.status_code in {409, 422}
    assert words in answer.text and "刚写的话" in answer.text
    found = noted(office, code)
    assert found and found.outcome is None


def test_a_broken_rule_is_a_sentence_on_the_page_of_the_visit(office: Office) -> None:
    desk = Console(office, MORNING)
    code = an_appointment(office).code
    answer = desk.press(f"/console/appointments/{code}/no-show")
    assert answer.status_code == 409 and office.words.error(TooEarlyToNote()) in answer.text
    assert desk.press(f"/console/appointments/{code}/explode").status_code == 404
    assert desk.press("/console/appointments/R2222222/check-in").status_code == 404
    assert desk.get("/console/appointments/R2222222").status_code == 404


def test_buttons_of_the_visit_need_their_token(office: Office) -> None:
    code = an_appointment(office).code
    desk = Console(office, DURING)
    for verb in ("check-in", "no-show", "take-back", "record", "follow-up-done"):
        answer = desk.press(f"/console/appointments/{code}/{verb}", csrf="guess")
        assert answer.status_code == 403
    assert noted(office, code) is None


def test_every_broken_rule_of_the_host_has_a_status() -> None:
    from web.problems import STATUS

    ours = {cls for cls in DeskError.__subclasses__() if cls.__module__ == "desk.host_errors"}
    assert ours and ours <= set(STATUS)
