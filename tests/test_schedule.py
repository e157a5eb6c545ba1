"""The reception schedule becomes openings."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from desk.clock import local
from desk.errors import KnowledgeInvalid
from desk.schedule import (
    PlannedOpening,
    Reception,
    is_public_holiday,
    is_working_day,
    load_reception,
    openings_of,
    window,
)
from desk.settings import ROOT
from tests.builders import TODAY, a_reception, a_rule, save


def days(reception: Any, today: date) -> list[date]:
    """The days that have openings."""
    return sorted({local(o.starts_at).date() for o in of(reception, today)})


def of(reception: Reception, today: date) -> list[PlannedOpening]:
    return list(openings_of(reception, *window(reception, today)))


def test_the_fourth_thursday_of_each_month_is_open() -> None:
    found = days(a_reception(weeks_ahead=10), date(2026, 11, 23))
    assert found == [date(2026, 11, 26), date(2026, 12, 24), date(2027, 1, 28)]


def test_a_fifth_weekday_exists_in_some_months_only() -> None:
    reception = a_reception(a_rule(weekday="monday", nth=5), weeks_ahead=13)
    assert days(reception, date(2026, 11, 1)) == [date(2026, 11, 30)]


def test_a_thursday_in_the_spring_festival_is_closed() -> None:
    # New Year's Day of the lunar calendar is 17 February 2026.
    reception = a_reception(a_rule(nth=3), weeks_ahead=8)
    assert days(reception, date(2026, 2, 1)) == [date(2026, 3, 19)]
    assert is_public_holiday(date(2026, 2, 19))


def test_the_national_day_is_closed() -> None:
    assert is_public_holiday(date(2026, 10, 1))
    assert days(a_reception(a_rule(nth=1), weeks_ahead=2), date(2026, 9, 25)) == []


def test_a_plain_weekend_is_no_public_holiday() -> None:
    assert not is_public_holiday(date(2026, 11, 22))


def test_a_half_day_is_cut_into_visits_of_equal_length() -> None:
    found = of(a_reception(weeks_ahead=1), date(2026, 11, 23))
    assert [local(o.starts_at).time() for o in found] == [
        time(14, 30),
        time(15),
        time(15, 30),
        time(16),
        time(16, 30),
    ]
    assert all((o.ends_at - o.starts_at).total_seconds() == 1800 for o in found)


def test_a_remainder_too_short_for_a_visit_is_left_out() -> None:
    rule = a_rule(begins=time(14), ends=time(15), opening_minutes=40)
    (only,) = of(a_reception(rule, weeks_ahead=1), date(2026, 11, 23))
    assert local(only.ends_at).time() == time(14, 40)


def test_an_opening_carries_the_rules_seats_place_and_host() -> None:
    rule = a_rule(seats=3, place="一楼大厅", host="李科长")
    first = of(a_reception(rule), date(2026, 11, 23))[0]
    assert (first.rule, first.seats, first.place, first.host) == (
        "monthly",
        3,
        "一楼大厅",
        "李科长",
    )


def test_two_rules_may_share_a_day_and_come_in_order_of_days() -> None:
    reception = a_reception(
        a_rule(id="b", weekday="friday"), a_rule(id="a", weekday="thursday"), weeks_ahead=1
    )
    found = [(local(o.starts_at).date(), o.rule) for o in of(reception, date(2026, 11, 23))]
    assert found == sorted(found)
    assert {rule for _, rule in found} == {"a", "b"}


def test_the_schedule_begins_tomorrow_and_ends_after_its_weeks() -> None:
    rule = a_rule(weekday="thursday", nth=4)
    assert days(a_reception(rule, weeks_ahead=1), date(2026, 11, 26)) == []
    assert days(a_reception(rule, weeks_ahead=4), date(2026, 11, 26)) == [date(2026, 12, 24)]


def test_the_last_friday_of_the_second_month_of_each_quarter() -> None:
    rule = a_rule(every="quarter", month=2, weekday="friday", nth="last")
    found = days(a_reception(rule, weeks_ahead=40), date(2026, 10, 1))
    assert found == [date(2026, 11, 27), date(2027, 2, 26), date(2027, 5, 28)]


def test_fixed_dates_are_held_as_listed() -> None:
    rule = a_rule(every="dates", weekday=None, nth=None, dates=[date(2026, 12, 5), TODAY])
    assert days(a_reception(rule), TODAY) == [date(2026, 12, 5)]


@pytest.mark.parametrize(
    ("on_holiday", "named", "held"),
    [
        # 1 October 2026 is a Thursday; the 8th is the first working day after the holiday.
        ("later", date(2026, 10, 1), date(2026, 10, 8)),
        ("earlier", date(2026, 10, 1), date(2026, 9, 30)),
        ("skip", date(2026, 10, 1), None),
        # 19 February 2026 lies in the Spring Festival, between make-up workdays on two Saturdays.
        ("later", date(2026, 2, 19), date(2026, 2, 24)),
        ("earlier", date(2026, 2, 19), date(2026, 2, 14)),
        # 10 October 2026 is a Saturday on which people work.
        ("later", date(2026, 10, 10), date(2026, 10, 10)),
    ],
)
def test_a_day_that_falls_on_a_holiday_moves_as_the_rule_says(
    on_holiday: str, named: date, held: date | None
) -> None:
    rule = a_rule(every="dates", weekday=None, nth=None, dates=[named], on_holiday=on_holiday)
    reception = a_reception(rule, weeks_ahead=8)
    assert days(reception, named - timedelta(days=30)) == ([held] if held else [])


def test_a_day_moved_out_of_the_window_or_into_it_is_judged_by_where_it_is_held() -> None:
    rule = a_rule(
        every="dates", weekday=None, nth=None, dates=[date(2026, 10, 1)], on_holiday="later"
    )
    assert days(a_reception(rule, weeks_ahead=1), date(2026, 9, 25)) == []
    assert days(a_reception(rule, weeks_ahead=1), date(2026, 10, 3)) == [date(2026, 10, 8)]


def test_a_day_named_and_moved_to_is_held_once() -> None:
    dates = [date(2026, 10, 1), date(2026, 10, 8)]
    rule = a_rule(every="dates", weekday=None, nth=None, dates=dates, on_holiday="later")
    assert len(of(a_reception(rule), date(2026, 9, 25))) == 5


def test_make_up_workdays_are_working_days_and_bridged_days_are_not() -> None:
    assert is_working_day(date(2026, 2, 28))  # a Saturday, worked for 23 February
    assert not is_working_day(date(2026, 2, 23))  # a Monday
    assert not is_working_day(date(2026, 11, 28))  # a plain Saturday


def test_rules_have_ids_of_their_own() -> None:
    with pytest.raises(ValidationError):
        a_reception(a_rule(), a_rule())


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekday": "someday"},
        {"nth": 0},
        {"nth": 6},
        {"nth": "first"},
        {"nth": None},
        {"weekday": None},
        {"month": 1},
        {"every": "quarter"},
        {"every": "dates"},
        {"every": "dates", "weekday": None, "nth": None, "dates": []},
        {"on_holiday": "sometimes"},
        {"id": "extra-1"},
        {"ends": time(14, 30)},
        {"opening_minutes": 0},
        {"seats": 0},
        {"place": ""},
        {"colour": "red"},
    ],
)
def test_a_rule_that_makes_no_sense_does_not_load(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        a_rule(**wrong)


def test_the_shipped_schedule_loads_and_is_marked_as_an_example() -> None:
    reception = load_reception(ROOT / "knowledge")
    assert reception.example
    assert reception.rules


def test_a_broken_schedule_names_file_and_key(tmp_path: Path) -> None:
    save(tmp_path / "reception.yml", {"example": True, "weeks_ahead": "many"})
    with pytest.raises(KnowledgeInvalid) as caught:
        load_reception(tmp_path)
    assert caught.value.facts["file"].endswith("reception.yml")
    assert "weeks_ahead" in caught.value.facts["problem"]


def test_a_missing_schedule_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeInvalid) as caught:
        load_reception(tmp_path)
    assert caught.value.facts["file"].endswith("reception.yml")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"nth": 6}, "1–5, last"),
        ({"month": 2}, "nth, weekday"),
        ({"id": "extra-1"}, "extra-"),
    ],
)
def test_a_mistake_in_a_rule_is_explained(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    rule = a_rule().model_dump(mode="json", exclude_none=True) | change
    facts = a_reception().model_dump(mode="json") | {"rules": [rule]}
    save(tmp_path / "reception.yml", facts)
    with pytest.raises(KnowledgeInvalid) as caught:
        load_reception(tmp_path)
    assert words in caught.value.facts["problem"]
