"""Builders: each makes one thing with sensible values, and a test states only what matters."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from desk.clock import SHANGHAI
from desk.database import Database
from desk.decision import Candidate, Decision, kind_of
from desk.models import Appointment, Opening
from desk.office import Office, open_office
from desk.schedule import Reception, Rule
from desk.services import booking
from desk.services.answering import Question
from desk.services.booking import Booking
from desk.services.intake import Asked
from desk.services.openings import Offer
from desk.settings import ROOT, read_settings

# A Monday, ten o'clock in Shanghai; the fourth Thursdays that follow are 26 November, 24 December.
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY = NOW.astimezone(SHANGHAI).date()
CONVERSATION = "c" * 32


def at(month: int, day: int, hour: int = 14, minute: int = 30, year: int = 2026) -> datetime:
    """A moment on a clock in Shanghai."""
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


@lru_cache(maxsize=1)
def _migrated() -> bytes:
    """The file of an empty, migrated database: migrating for every test would take minutes."""
    with TemporaryDirectory() as directory:
        file = Path(directory) / "desk.db"
        database = Database(f"sqlite:///{file}")
        database.migrate()
        database.engine.dispose()
        return file.read_bytes()


def a_database(directory: Path) -> Database:
    """A migrated SQLite database of its own."""
    file = directory / "desk.db"
    file.write_bytes(_migrated())
    return Database(f"sqlite:///{file}")


def a_rule(**changes: Any) -> Rule:
    facts = {
        "id": "monthly",
        "weekday": "thursday",
        "nth": 4,
        "begins": time(14, 30),
        "ends": time(17),
        "opening_minutes": 30,
        "seats": 1,
        "place": "三楼会议室",
    }
    return Rule(**facts | changes)


def a_reception(*rules: Rule, **changes: Any) -> Reception:
    facts = {"example": False, "weeks_ahead": 10, "cutoff_hours": 2, "most_attendees": 5}
    facts["most_active"] = 50
    return Reception(**facts | changes, rules=list(rules) or [a_rule()])


@lru_cache(maxsize=1)
def _shipped() -> Office:
    return open_office(read_settings({"DATABASE_URL": "sqlite://", "DESK_SECRET": "s" * 40}))


def an_office(directory: Path, **reception: Any) -> Office:
    """The real knowledge and words, a database of its own, and a schedule no office can edit."""
    return replace(_shipped(), database=a_database(directory), reception=a_reception(**reception))


def an_opening(office: Office, starts_at: datetime | None = None, **changes: Any) -> Opening:
    """A stored opening of half an hour, by default on the coming reception day."""
    starts_at = starts_at or at(11, 26)
    facts = {
        "rule": "test",
        "ends_at": starts_at + timedelta(minutes=30),
        "place": "三楼会议室",
        "capacity": 1,
        "example": False,
        "withdrawn": False,
    }
    opening = Opening(starts_at=starts_at, **facts | changes)

    def add(session: Any) -> Opening:
        session.add(opening)
        return opening

    return office.database.write(add)


def a_booking(opening: Opening | int = 1, **changes: Any) -> Booking:
    """A wish for a seat that nothing is wrong with."""
    facts = {
        "opening": opening if isinstance(opening, int) else opening.id,
        "company": "武汉示例涂装有限公司",
        "contact": "王经理",
        "phone": "13800138000",
        "attendees": 2,
        "description": "重大变动怎么认定",
    }
    return Booking(**facts | changes)


def an_appointment(
    office: Office, opening: Opening | None = None, *, now: datetime = NOW, **changes: Any
) -> Appointment:
    """A booked appointment."""
    wish = a_booking(opening or an_opening(office), **changes)
    return office.database.write(lambda s: booking.book(s, office.reception, wish, now))


def a_decision(topic: str = "out_of_scope", score: float = 0.9, *others: Candidate) -> Decision:
    """A decision for one id, as if the ranking had been that sure of it."""
    return Decision(kind_of(topic), topic, (Candidate(topic, score), *others))


def undecided() -> Decision:
    """The decision about words the ranking knows nothing about."""
    return Decision("refusal", "out_of_scope", (Candidate("planning", 0.04),), known=False)


def a_question(
    text: str = "环评要多少天", topic: str = "eia.procedure", **changes: Any
) -> Question:
    facts = {"conversation": CONVERSATION, "decision": a_decision(topic), "key": "m1"}
    return Question(text=text, **facts | changes)


def an_offer(id_: int, starts_at: datetime, seats_left: int = 1) -> Offer:
    """An offer that needs no database."""
    opening = Opening(
        id=id_,
        rule="test",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        place="三楼会议室",
        capacity=1,
        example=False,
    )
    return Offer(opening, seats_left)


def the_offers() -> list[Offer]:
    """Two afternoons: 1 to 3 on 26 November from 14:30, 4 and 5 on 24 December from 14:30."""
    starts = [at(11, 26), at(11, 26, 15, 0), at(11, 26, 15, 30), at(12, 24), at(12, 24, 15, 0)]
    return [an_offer(n, start) for n, start in enumerate(starts, 1)]


def asked(field: str, **changes: Any) -> Asked:
    """A question of the booking form."""
    facts = {"offers": the_offers(), "most_attendees": 5, "now": NOW}
    return Asked(field, **facts | changes)


def a_turn(
    text: str = "",
    *,
    intent: str | None = None,
    entities: dict[str, Any] | None = None,
    decision: Decision | None = None,
    slots: dict[str, Any] | None = None,
    asked: str | None = None,
    form: str | None = None,
    conversation: str = CONVERSATION,
    key: str | None = "m1",
) -> dict[str, Any]:
    """The tracker that Rasa sends with an action call. Typed words come with the ranking's
    ``decision``; a pressed button is an ``intent`` with ``entities``, which Rasa was told behind a
    slash, and has none."""
    pressed = intent is not None and decision is None
    decision = decision or undecided()
    intent = intent or {"task": decision.topic.replace("task.", "task_", 1)}.get(
        decision.kind, decision.topic if decision.kind == "dialogue" else "ask"
    )
    message: dict[str, Any] = {
        "text": f"/{intent}{json.dumps(entities or {})}" if pressed else text,
        "intent": {"name": intent, "confidence": 1.0},
        "entities": [
            {"entity": name, "value": value, "start": 0, "end": 0}
            for name, value in (entities or {}).items()
        ],
        "metadata": {"message": key, "text": text},
        "message_id": "0" * 32,
    }
    if not pressed:
        message["decision"] = decision.as_dict()
    return {
        "sender_id": conversation,
        "slots": {"requested_slot": asked, **(slots or {})},
        "latest_message": message,
        "latest_event_time": NOW.timestamp(),
        "followup_action": None,
        "paused": False,
        "events": [],
        "latest_input_channel": "rest",
        "active_loop": {"name": form, "is_interrupted": False, "rejected": False} if form else {},
        "latest_action_name": "action_listen",
    }


def a_shelf(directory: Path, **topic: Any) -> Path:
    """A knowledge folder of one topic and two documents, one of them repealed; what a keyword
    names is replaced in the topic, or left out where it is None."""
    (directory / "topics").mkdir(parents=True, exist_ok=True)
    old = a_document("old-law", repealed_on="2026-08-15", replaced_by="new-law")
    save(directory / "documents.yml", [old, a_document("new-law")])
    facts: dict[str, Any] = {
        "id": "eia.example",
        "title": "示例事项",
        "article": 9,
        "answer": "结论在前。需要办理的,请向主管部门确认以后再办,不收取任何费用。",
        "citations": [{"document": "new-law", "clause": "第1条", "gist": "应当办理。"}],
        "checked_on": "2026-11-23",
        "questions": [f"第{n}种问法怎么说" for n in "一二三四五"],
    }
    facts |= topic
    facts = {name: value for name, value in facts.items() if value is not None}
    save(directory / "topics" / f"{facts['id']}.yml", facts)
    return directory


def a_check(**changes: Any) -> dict[str, Any]:
    """The file of a self-check of two questions and two verdicts that nothing is wrong with."""
    cited = [{"document": "code-2026", "clause": "第107条", "gist": "没有批准不得开工。"}]
    question = {
        "ask": "是吗？",
        "label": "是否",
        "kind": "yes_no",
        "why": "因为。",
        "citations": cited,
    }
    verdict = {"headline": "结论", "text": "说明。", "next": ["照办。"], "citations": cited}
    first = [{"when": {"first": True}, "then": "good"}, {"then": "second"}]
    second = [{"when": {"second": True}, "then": "good"}, {"then": "bad"}]
    facts = {
        "id": "example",
        "title": "示例自查",
        "version": 1,
        "checked_on": "2026-11-23",
        "intro": "开始。",
        "disclaimer": "初步判断。",
        "steps": [
            {"id": "first", **question, "branches": first},
            {"id": "second", **question, "branches": second},
        ],
        "verdicts": [
            {"id": "good", "outcome": "meets", **verdict},
            {"id": "bad", "outcome": "fails", **verdict},
        ],
    }
    return facts | changes


def a_document(id_: str, **changes: Any) -> dict[str, Any]:
    facts = {
        "id": id_,
        "title": f"关于{id_}的通知",
        "short": id_,
        "issuer": None,
        "number": None,
        "published": None,
        "in_force_from": "2021-01-01",
        "repealed_on": None,
        "replaced_by": None,
        "source": "官方网站",
        "confidence": "official",
        "checked_on": "2026-11-23",
    }
    return facts | changes


def save(file: Path, contents: Any) -> Path:
    """Write a YAML file as an editor would leave it."""
    file.write_text(yaml.safe_dump(contents, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file


def repository_files(*patterns: str) -> list[Path]:
    """Files of the repository by glob, sorted."""
    return sorted({file for pattern in patterns for file in ROOT.glob(pattern)})
