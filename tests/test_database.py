"""Transactions: one writer at a time, re-run on a conflict, and tables as the models say."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlalchemy.orm import Session

from desk import database as module
from desk.database import Database
from desk.errors import DatabaseBusy, OpeningFull
from desk.models import Base, Fault, Staff
from tests.builders import NOW, a_database


def a_staff(name: str) -> Staff:
    return Staff(name=name, password_hash="x", created_at=NOW, password_changed_at=NOW)


def names(database: Database) -> list[str]:
    return sorted(database.read(lambda session: session.scalars(select(Staff.name)).all()))


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """The database while another program writes to it."""
    other = sqlite3.connect(database.engine.url.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def test_what_is_written_is_there_afterwards(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    assert database.write(lambda session: session.add(a_staff("王")) or "done") == "done"
    assert names(database) == ["王"]


def test_a_read_changes_nothing(tmp_path: Path) -> None:
    database = a_database(tmp_path)

    def work(session: Session) -> None:
        session.add(a_staff("王"))
        session.flush()

    database.read(work)
    assert names(database) == []


def test_a_broken_rule_stores_nothing_and_is_not_re_run(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    runs = []

    def work(session: Session) -> None:
        runs.append(1)
        session.add(a_staff("王"))
        session.flush()
        raise OpeningFull(opening=1)

    with pytest.raises(OpeningFull):
        database.write(work)
    assert (names(database), len(runs)) == ([], 1)


def test_a_writer_on_sqlite_begins_immediate(tmp_path: Path) -> None:
    database = a_database(tmp_path)

    def work(session: Session) -> None:
        other = sqlite3.connect(database.engine.url.database, timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()

    database.write(work)


def test_a_reader_is_not_held_up_by_a_writer(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    with locked(database):
        assert names(database) == []


def test_a_conflict_is_re_run_and_sees_the_others_row(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    database.write(lambda session: session.add(a_staff("王")))
    wanted = iter(["王", "王", "李"])
    runs = []

    def work(session: Session) -> str:
        name = next(wanted)
        runs.append(name)
        session.add(a_staff(name))
        return name

    assert database.write(work) == "李"
    assert runs == ["王", "王", "李"]
    assert names(database) == ["李", "王"]


def test_a_race_that_is_always_lost_ends_as_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.time, "sleep", lambda seconds: None)
    database = a_database(tmp_path)
    database.write(lambda session: session.add(a_staff("王")))
    with pytest.raises(DatabaseBusy):
        database.write(lambda session: session.add(a_staff("王")))


def test_a_database_locked_by_another_program_ends_as_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.time, "sleep", lambda seconds: None)
    database = a_database(tmp_path)
    database.engine.dispose()

    @module.event.listens_for(database.engine, "connect")
    def _impatient(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout = 1")

    with locked(database), pytest.raises(DatabaseBusy):
        database.write(lambda session: session.add(a_staff("王")))


def test_a_fault_of_the_database_itself_is_not_taken_for_a_race(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    with pytest.raises(OperationalError):
        database.write(lambda session: session.execute(text("SELECT * FROM nothing")))


def test_an_error_does_not_repeat_what_was_to_be_stored(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    database.write(lambda session: session.add(a_staff("王小姐的名字")))

    def work(session: Session) -> None:
        session.add(a_staff("王小姐的名字"))
        try:
            session.flush()
        except IntegrityError as error:
            raise RuntimeError(str(error)) from None

    with pytest.raises(RuntimeError) as caught:
        database.write(work)
    assert "王小姐" not in str(caught.value)


def test_migrations_make_exactly_the_tables_of_the_models(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrations_make_the_models_checks_and_unique_rules(tmp_path: Path) -> None:
    # Autogenerate does not compare check constraints.
    (tmp_path / "models").mkdir()
    made = Database(f"sqlite:///{tmp_path / 'models' / 'desk.db'}")
    Base.metadata.create_all(made.engine)
    migrated = a_database(tmp_path)
    for table in Base.metadata.tables:
        one, two = inspect(made.engine), inspect(migrated.engine)
        for rules in ("get_check_constraints", "get_unique_constraints", "get_indexes"):
            expected = sorted(getattr(one, rules)(table), key=lambda rule: rule["name"])
            found = sorted(getattr(two, rules)(table), key=lambda rule: rule["name"])
            assert found == expected, (table, rules)


def test_migrating_twice_is_harmless(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    database.write(lambda session: session.add(a_staff("王")))
    database.migrate()
    assert names(database) == ["王"]


def test_the_folder_of_a_new_database_is_made(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new' / 'desk.db'}")
    database.migrate()
    assert database.answers()


def test_a_database_without_tables_does_not_answer(tmp_path: Path) -> None:
    assert not Database(f"sqlite:///{tmp_path / 'desk.db'}").answers()
    assert not Database(f"sqlite:///{tmp_path / 'no' / 'folder' / 'desk.db'}").answers()


def test_a_committed_row_survives_a_power_cut_on_sqlite(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    with database.engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_moments_come_back_aware_and_naive_ones_are_refused(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    database.write(lambda s: s.add(Fault(at=NOW, where="test", reason="none")))
    assert database.read(lambda s: s.scalar(select(Fault.at))) == NOW
    naive = Fault(at=datetime(2026, 11, 23), where="test", reason="none")
    with pytest.raises(StatementError, match="without time zone"):
        database.write(lambda session: session.add(naive))
