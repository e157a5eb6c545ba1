"""Many at once, the same twice, killed in the middle: on SQLite and on PostgreSQL.

The full sizes, over HTTP, are measured by ``python -m bench.booking``.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from bench import cluster
from desk.database import Database
from desk.errors import DeskError, OpeningFull, TooManyActive
from desk.models import Appointment, Base, LogEntry
from desk.office import Office
from desk.services import booking, openings, waitlist
from tests.builders import NOW, a_booking, an_office, an_opening, at

CLIENTS, SEATS = 40, 5


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    if not cluster.present():
        if os.environ.get("CI") == "true":
            pytest.fail("no PostgreSQL: install Debian's package postgresql")
        pytest.skip("no PostgreSQL on this machine")
    with cluster.postgresql() as url:
        Database(url).migrate()
        yield url


@pytest.fixture(autouse=True)
def no_deadlocks(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Locks are taken in one order, so PostgreSQL never has to break a tie."""
    caplog.set_level(logging.INFO, "desk.database")
    yield
    assert "OperationalError" not in caplog.text


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    """An office on either database, empty."""
    here = an_office(tmp_path)
    if request.param == "postgresql":
        database = Database(request.getfixturevalue("server"))
        here = replace(here, database=database)
        database.write(
            lambda s: [s.execute(table.delete()) for table in reversed(Base.metadata.sorted_tables)]
        )
    yield here
    here.database.engine.dispose()


def at_once(work: Callable[[int], Any], count: int = CLIENTS) -> list[Any]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


def outcome(office: Office, work: Callable[[Session], Appointment]) -> str:
    try:
        return office.database.write(work).status
    except DeskError as error:
        return error.code


def booked(office: Office) -> list[Appointment]:
    return list(
        office.database.read(
            lambda s: s.scalars(select(Appointment).where(Appointment.status == "booked")).all()
        )
    )


def test_as_many_are_booked_as_there_are_seats_and_the_others_refused(office: Office) -> None:
    opening = an_opening(office, capacity=SEATS)
    an_opening(office, at(12, 24), capacity=SEATS)

    def client(n: int) -> str:
        wish = a_booking(opening, company=f"武汉第{n}有限公司", request_key=f"k{n}")
        try:
            return office.database.write(
                lambda s: booking.book(s, office.reception, wish, NOW)
            ).status
        except OpeningFull as error:
            full = error.facts["opening"]
            near = office.database.read(lambda s: openings.nearest(s, office.reception, NOW, full))
            return f"refused, {len(near)} alternative"

    found = Counter(at_once(client))
    assert found == {"booked": SEATS, "refused, 1 alternative": CLIENTS - SEATS}
    assert sorted(a.seat for a in booked(office)) == list(range(1, SEATS + 1))


def test_one_request_sent_many_times_at_once_books_once(office: Office) -> None:
    wish = a_booking(an_opening(office, capacity=CLIENTS), request_key="k")
    codes = at_once(
        lambda _: (
            office.database.write(lambda s: booking.book(s, office.reception, wish, NOW)).code
        ),
        12,
    )
    assert len(set(codes)) == len(booked(office)) == 1


def test_one_company_at_many_places_at_once_gets_no_more_than_its_share(office: Office) -> None:
    office = replace(office, reception=office.reception.model_copy(update={"most_active": 2}))
    days = [an_opening(office, at(12, day)).id for day in range(1, 13)]
    found = at_once(
        lambda n: outcome(
            office, lambda s: booking.book(s, office.reception, a_booking(days[n]), NOW)
        ),
        len(days),
    )
    assert Counter(found) == {"booked": 2, TooManyActive.code: 10}


def test_a_storm_of_reschedulings_loses_and_doubles_nothing(office: Office) -> None:
    days = [an_opening(office, at(12, day), capacity=4).id for day in range(1, 5)]
    codes = [
        office.database.write(
            lambda s, n=n: booking.book(
                s, office.reception, a_booking(days[n % 4], company=f"武汉第{n}有限公司"), NOW
            )
        ).code
        for n in range(12)
    ]

    def visitor(n: int) -> list[str]:
        choice = random.Random(n)
        return [
            outcome(
                office,
                lambda s: booking.reschedule(
                    s,
                    office.reception,
                    booking.by_code(s, choice.choice(codes)),
                    choice.choice(days),
                    NOW,
                ),
            )
            for _ in range(12)
        ]

    found = Counter(result for results in at_once(visitor, 8) for result in results)
    assert set(found) <= {"booked", "opening_full"}
    after = booked(office)
    assert sorted(a.code for a in after) == sorted(codes)
    seats = Counter((a.opening_id, a.seat) for a in after)
    assert max(seats.values()) == 1 and all(1 <= seat <= 4 for _, seat in seats)


def test_cancelling_waiting_and_booking_at_once_never_gives_a_seat_twice(office: Office) -> None:
    opening = an_opening(office, capacity=3).id

    def visitor(n: int) -> list[str]:
        wish = a_booking(opening, company=f"武汉第{n}有限公司")
        take = waitlist.wait if n % 2 else booking.book
        results = [outcome(office, lambda s: take(s, office.reception, wish, NOW))]
        mine = office.database.read(
            lambda s: s.scalar(select(Appointment.code).where(Appointment.company == wish.company))
        )
        if mine and n % 3:
            results.append(
                outcome(
                    office,
                    lambda s: booking.cancel(s, office.reception, booking.by_code(s, mine), NOW),
                )
            )
        return results

    found = {result for results in at_once(visitor, 24) for result in results}
    assert found <= {"booked", "waiting", "held", "cancelled", "opening_full"}
    rows = office.database.read(lambda s: list(s.scalars(select(Appointment)).all()))
    seated = [a.seat for a in rows if a.seat is not None]
    assert len(seated) == len(set(seated)) <= 3
    assert len(seated) == 3 or not [a for a in rows if a.status == "waiting"]


# -- killed at any point ------------------------------------------------------------------------


def killed_at(statement: int, url: str, work: Callable[[Session], Any]) -> bool:
    """Run a transaction in a process of its own that is killed before its n-th statement (the
    commit counts as one); False once the transaction has fewer than that."""

    def child() -> None:
        database, seen = Database(url), 0

        def count(*_: Any) -> None:
            nonlocal seen
            seen += 1
            if seen == statement:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(database.engine, "before_cursor_execute", count)
        event.listen(database.engine, "commit", count)
        database.write(work)

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()
    return process.exitcode == -signal.SIGKILL


def every_kill(office: Office, work: Callable[[Session], Any]) -> Iterator[int]:
    """Kill at the first, second, … statement until the transaction gets through."""
    url = office.database.url
    office.database.engine.dispose()
    statement = 1
    while killed_at(statement, url, work):
        yield statement
        office.database.engine.dispose()
        statement += 1
    assert statement > 5


def test_a_booking_killed_at_any_point_leaves_nothing_and_can_be_sent_again(
    office: Office,
) -> None:
    opening = an_opening(office, capacity=1)
    wish = a_booking(opening, request_key="k")

    def work(session: Session) -> Any:
        return booking.book(session, office.reception, wish, NOW)

    for _ in every_kill(office, work):
        assert booked(office) == []
        assert office.database.read(lambda s: s.scalars(select(LogEntry)).all()) == []
    # The last run got through, and nobody heard the answer: the same request finds it.
    (there,) = booked(office)
    assert office.database.write(work).code == there.code
    assert len(booked(office)) == 1


def test_a_rescheduling_killed_at_any_point_is_done_or_not(office: Office) -> None:
    old, new = an_opening(office, at(12, 1)), an_opening(office, at(12, 2))
    code = office.database.write(
        lambda s: booking.book(s, office.reception, a_booking(old), NOW)
    ).code

    def work(session: Session) -> Any:
        mine = booking.by_code(session, code)
        return booking.reschedule(session, office.reception, mine, new.id, NOW)

    for _ in every_kill(office, work):
        (mine,) = booked(office)
        assert (mine.opening_id, mine.seat, mine.changes) == (old.id, 1, 0)
    (mine,) = booked(office)
    assert (mine.opening_id, mine.seat, mine.changes) == (new.id, 1, 1)


def test_a_cancellation_killed_at_any_point_keeps_or_hands_on_the_seat(office: Office) -> None:
    opening = an_opening(office, capacity=1)
    code = office.database.write(
        lambda s: booking.book(s, office.reception, a_booking(opening), NOW)
    ).code
    office.database.write(
        lambda s: waitlist.wait(s, office.reception, a_booking(opening, company="另一家公司"), NOW)
    )

    def statuses() -> list[str]:
        return office.database.read(
            lambda s: list(s.scalars(select(Appointment.status).order_by(Appointment.id)).all())
        )

    def work(session: Session) -> Any:
        mine = booking.by_code(session, code)
        return booking.cancel(session, office.reception, mine, NOW + timedelta(minutes=1))

    for _ in every_kill(office, work):
        assert statuses() == ["booked", "waiting"]
    assert statuses() == ["cancelled", "held"]
