"""Accounts of the console."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from desk.errors import NotAuthorized, StaffExists, UnknownStaff
from desk.models import LogEntry, Staff
from desk.services import staff
from tests.builders import NOW, a_database

NAME = "王晓梅"


def test_a_new_account_signs_in_with_its_generated_password(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    _, password = database.write(lambda s: staff.create(s, NAME, NOW))
    assert len(password) >= 16
    assert database.read(lambda s: staff.authenticate(s, NAME, password)).name == NAME


def test_a_password_is_not_stored(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    _, password = database.write(lambda s: staff.create(s, NAME, NOW))
    stored = database.read(lambda s: s.scalar(select(Staff.password_hash)))
    assert password not in stored
    assert stored.startswith("$argon2id$")


@pytest.mark.parametrize(("name", "password"), [(NAME, "wrong"), ("nobody", "x"), ("", "")])
def test_wrong_sign_in_data_are_one_and_the_same_error(
    tmp_path: Path, name: str, password: str
) -> None:
    database = a_database(tmp_path)
    database.write(lambda s: staff.create(s, NAME, NOW))
    with pytest.raises(NotAuthorized) as caught:
        database.read(lambda s: staff.authenticate(s, name, password))
    assert caught.value.facts == {}


def test_a_damaged_hash_locks_the_account_and_breaks_nothing(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    account, password = database.write(lambda s: staff.create(s, NAME, NOW))
    account.password_hash = "damaged"
    database.write(lambda s: s.merge(account))
    with pytest.raises(NotAuthorized):
        database.read(lambda s: staff.authenticate(s, NAME, password))


def test_a_name_is_taken_once(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    database.write(lambda s: staff.create(s, NAME, NOW))
    with pytest.raises(StaffExists) as caught:
        database.write(lambda s: staff.create(s, NAME, NOW))
    assert caught.value.facts == {"name": NAME}


def test_a_reset_password_replaces_the_old_one(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    _, old = database.write(lambda s: staff.create(s, NAME, NOW))
    new = database.write(lambda s: staff.reset_password(s, NAME, NOW + timedelta(days=1)))
    assert database.read(lambda s: staff.authenticate(s, NAME, new)).name == NAME
    with pytest.raises(NotAuthorized):
        database.read(lambda s: staff.authenticate(s, NAME, old))


def test_the_password_of_nobody_cannot_be_reset(tmp_path: Path) -> None:
    with pytest.raises(UnknownStaff):
        a_database(tmp_path).write(lambda s: staff.reset_password(s, NAME, NOW))


def test_a_new_password_signs_old_sessions_out(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    account, _ = database.write(lambda s: staff.create(s, NAME, NOW))
    stamp = staff.session_stamp(account)
    assert database.read(lambda s: staff.by_session(s, NAME, stamp)) is not None
    database.write(lambda s: staff.reset_password(s, NAME, NOW + timedelta(seconds=1)))
    assert database.read(lambda s: staff.by_session(s, NAME, stamp)) is None


def test_a_session_of_nobody_is_no_session(tmp_path: Path) -> None:
    assert a_database(tmp_path).read(lambda s: staff.by_session(s, "nobody", "x")) is None


def test_the_first_account_is_noticed(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    assert not database.read(staff.any_account)
    database.write(lambda s: staff.create(s, NAME, NOW))
    assert database.read(staff.any_account)


def test_what_happens_to_accounts_is_logged_without_passwords(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    _, first = database.write(lambda s: staff.create(s, NAME, NOW))
    second = database.write(lambda s: staff.reset_password(s, NAME, NOW))
    database.write(lambda s: staff.note_sign_in(s, NAME, NOW))
    entries = database.read(lambda s: s.scalars(select(LogEntry).order_by(LogEntry.id)).all())
    assert [(e.actor, e.action, e.subject) for e in entries] == [
        ("cli", "staff.create", NAME),
        ("cli", "staff.reset_password", NAME),
        (NAME, "staff.sign_in", NAME),
    ]
    assert not any(p in str(e.facts) for p in (first, second) for e in entries)
