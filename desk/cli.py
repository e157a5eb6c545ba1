"""The command line: ``python -m desk init | export | check | accept | draw | staff-add NAME | …``.

Output is for operators, in English; codes of errors are printed with their facts. What concerns
knowledge is for editors, in Chinese.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from desk import manifest, training
from desk.audit import audit
from desk.checks import diagram
from desk.clock import local, utc_now
from desk.database import Database
from desk.errors import DeskError, KnowledgeInvalid
from desk.knowledge import load_shelf
from desk.office import open_office
from desk.services import publishing, staff
from desk.settings import ROOT, Settings, read_settings

GENERATED = ROOT / "data" / "nlu" / "generated"
DIAGRAMS = ROOT / "docs" / "checks"
FIRST_STAFF = "admin"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m desk", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("init", help="secret, database, openings, first staff account")
    export = commands.add_parser("export", help="write data/nlu/generated from knowledge/")
    export.add_argument("--check", action="store_true", help="only fail if they are stale")
    commands.add_parser("check", help="load and check everything in knowledge/")
    commands.add_parser("accept", help="record added ids and changed citations in knowledge/")
    commands.add_parser(
        "draw", help="draw the self-checks into docs/checks; fails if any was stale"
    )
    for name, purpose in (("staff-add", "new account"), ("staff-reset", "new password")):
        commands.add_parser(name, help=purpose).add_argument("name")
    options = parser.parse_args(arguments)
    try:
        return int(_COMMANDS[options.command](read_settings(), options))
    except KnowledgeInvalid as error:
        print(f"{error.facts['file']}\n{error.facts['problem']}", file=sys.stderr)
        return 1
    except DeskError as error:
        facts = ", ".join(f"{name}: {value}" for name, value in error.facts.items())
        print(f"{error.code}: {facts}", file=sys.stderr)
        return 1
    except (SQLAlchemyError, ModuleNotFoundError, OSError) as error:
        # The first line says what is wrong with DATABASE_URL or a folder; none holds a password.
        print(f"{type(error).__name__}: {str(error).splitlines()[0]}", file=sys.stderr)
        return 1


def _init(settings: Settings, options: argparse.Namespace) -> int:
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    if not settings.secret:
        _make_secret(settings)
    office = open_office(settings)
    office.database.migrate()
    now = utc_now()
    office.database.write(lambda session: publishing.publish(session, office.reception, now))
    password = office.database.write(lambda session: _first_account(session, now))
    if password:
        print(f"Console account: {FIRST_STAFF}  password: {password}  (shown only this once)")
    return 0


def _make_secret(settings: Settings) -> None:
    """A signing secret of our own making, readable by the owner only."""
    file = settings.var_dir / "secret"
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(secrets.token_urlsafe(48) + "\n")


def _first_account(session: Session, now: datetime) -> str | None:
    if staff.any_account(session):
        return None
    return staff.create(session, FIRST_STAFF, now)[1]


def _export(settings: Settings, options: argparse.Namespace) -> int:
    shelf = load_shelf(settings.knowledge_dir)
    if options.check:
        stale = training.stale(shelf, GENERATED)
        for name in stale:
            print(f"stale: {GENERATED / name}; run `make train`", file=sys.stderr)
        # A changed answer is shown without training; only changed questions need it.
        return 1 if set(stale) - {training.SENTENCES} else 0
    for name in training.write(shelf, GENERATED):
        print(f"wrote {(GENERATED / name).relative_to(ROOT)}")
    return 0


def _check(settings: Settings, options: argparse.Namespace) -> int:
    office, folder = open_office(settings), settings.knowledge_dir
    shelf, today = office.shelf, local(utc_now()).date()
    found = audit(shelf, folder, today, settings.recheck_months)
    for finding in found:
        stream = sys.stderr if finding.stops else sys.stdout
        file = finding.mistake.file.relative_to(folder.parent)
        print(f"{file} {finding.mistake}", file=stream)
    print(f"{len(shelf.topics)} topics, {len(shelf.documents)} documents, version {shelf.version}")
    for rules in office.checks.values():
        check = rules.check
        ends = f"{len(check.steps)} questions, {len(check.verdicts)} verdicts"
        print(f"self-check {check.id}: {ends}, version {rules.version}")
    return 1 if any(finding.stops for finding in found) else 0


def _accept(settings: Settings, options: argparse.Namespace) -> int:
    shelf, folder = open_office(settings).shelf, settings.knowledge_dir
    changed = list(manifest.changes(shelf, folder))
    lost = [mistake for mistake in changed if mistake.code == "lost_topic"]
    for mistake in lost:
        print(mistake, file=sys.stderr)
    if lost:
        return 1
    manifest.write(shelf, folder)
    print(f"{len(changed)} changes recorded in {manifest.NAME}")
    return 0


def _draw(settings: Settings, options: argparse.Namespace) -> int:
    office = open_office(settings)
    drawn = diagram.write(office.checks, office.words, DIAGRAMS)
    for name in drawn:
        print(f"was stale, drawn anew: {(DIAGRAMS / name).relative_to(ROOT)}", file=sys.stderr)
    return 1 if drawn else 0


def _staff_add(settings: Settings, options: argparse.Namespace) -> int:
    _, password = Database(settings.database_url).write(
        lambda session: staff.create(session, options.name, utc_now())
    )
    print(f"Console account: {options.name}  password: {password}")
    return 0


def _staff_reset(settings: Settings, options: argparse.Namespace) -> int:
    password = Database(settings.database_url).write(
        lambda session: staff.reset_password(session, options.name, utc_now())
    )
    print(f"Console account: {options.name}  new password: {password}")
    return 0


_COMMANDS = {
    "init": _init,
    "export": _export,
    "check": _check,
    "accept": _accept,
    "draw": _draw,
    "staff-add": _staff_add,
    "staff-reset": _staff_reset,
}
