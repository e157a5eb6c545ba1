"""What ``make check`` finds in knowledge, and what stops the build."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from desk import manifest
from desk.audit import Finding, audit
from desk.cli import main
from desk.figures import figures_in, unsupported
from desk.knowledge import load_shelf
from desk.settings import ROOT
from tests.builders import TODAY, a_document, a_shelf, save

SHIPPED = ROOT / "knowledge"
QUESTIONS = [f"第{n}种问法怎么说" for n in range(1, 16)]


def found_in(folder: Path, today: date = TODAY, months: int = 6) -> list[Finding]:
    return audit(load_shelf(folder), folder, today, months)


def codes(folder: Path, **when: Any) -> list[str]:
    return [finding.mistake.code for finding in found_in(folder, **when)]


def a_checked_shelf(folder: Path, **topic: Any) -> Path:
    """A shelf that nothing is wrong with but what a test changes afterwards."""
    a_shelf(folder, **{"questions": QUESTIONS, **topic})
    (folder / "clauses").mkdir(exist_ok=True)
    says = {"clause": "第1条", "about": "办理", "says": "30日内办结，罚5万元至20万元。"}
    save(folder / "clauses" / "new-law.yml", [says])
    manifest.write(load_shelf(folder), folder)
    return folder


def test_nothing_stops_the_build_of_the_shipped_knowledge() -> None:
    stopping = [str(f.mistake) for f in found_in(SHIPPED) if f.stops]
    assert stopping == []


def test_the_shipped_citations_of_repealed_documents_name_what_holds_now() -> None:
    assert "repealed_without_clause" not in codes(SHIPPED)


def test_a_good_shelf_has_no_findings(tmp_path: Path) -> None:
    assert codes(a_checked_shelf(tmp_path)) == []


# -- figures ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        "30日内办结，逾期的罚5万元至20万元，请先向主管部门确认。",
        "1. 30日内办结。\n2. 罚5万至20万元，按第1条执行，请先确认。",
        "罚5至20万元，30日内可以申辩，请先向主管部门确认清楚。",
    ],
)
def test_figures_of_the_cited_clause_pass(tmp_path: Path, answer: str) -> None:
    assert codes(a_checked_shelf(tmp_path, answer=answer)) == []


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("60日内办结，请先向主管部门确认以后再来办理。", "60日"),
        ("罚5万元至50万元，请先向主管部门确认以后再来办理。", "50万"),
        ("30个工作日办结，请先向主管部门确认以后再来办理。", "30工作日"),
        ("依照第2条，30日内办结，请先确认以后再来办理。", "第2条"),
    ],
)
@pytest.mark.parametrize("place", ["answer", "aspects", "gist"])
def test_a_figure_that_no_cited_clause_has_stops_the_build(
    tmp_path: Path, text: str, figure: str, place: str
) -> None:
    citation = {"document": "new-law", "clause": "第1条", "gist": "应当办理。"}
    changed: dict[str, Any] = {
        "answer": {"answer": text},
        "aspects": {"aspects": {"fee": text}},
        "gist": {"citations": [{**citation, "gist": text}]},
    }[place]
    (finding,) = found_in(a_checked_shelf(tmp_path, **changed))
    assert finding.stops
    assert finding.mistake.code == "figure"
    assert finding.mistake.facts["figure"] == figure
    assert finding.mistake.number


def test_figures_are_read_with_their_units() -> None:
    assert figures_in("85%以上、7844万余元、2100余个") == ["85%", "7844万", "2100个"]
    assert unsupported("1+10+N", ["10个"]) == ["1+10+N"]
    assert unsupported("5至10倍", ["5倍至10倍"]) == []
    assert unsupported("5日", ["15日"]) == ["5日"]


def test_a_citation_whose_clause_nobody_read_stops_the_build(tmp_path: Path) -> None:
    unread = [{"document": "new-law", "clause": "第7条", "gist": "应当办理。"}]
    assert codes(a_checked_shelf(tmp_path, citations=unread)) == ["unread_clause"]


# -- questions --------------------------------------------------------------------------------


def test_too_few_questions_stop_the_build(tmp_path: Path) -> None:
    assert codes(a_checked_shelf(tmp_path, questions=QUESTIONS[:14])) == ["few_questions"]


@pytest.mark.parametrize(
    "again", ["请问，环评要多久呢？", "环评要多久", "环评  要多久吗", "环评要多久啊!"]
)
def test_nearly_the_same_question_under_two_topics_stops_the_build(
    tmp_path: Path, again: str
) -> None:
    a_checked_shelf(tmp_path, questions=[*QUESTIONS, "环评要多久？"])
    others = [f"另外{n}种问法" for n in range(1, 16)]
    a_checked_shelf(tmp_path, id="eia.other", questions=[*others, again])
    (finding,) = found_in(tmp_path)
    assert (finding.mistake.code, finding.stops) == ("near_duplicate", True)
    assert finding.mistake.file.name == "eia.other.yml"
    assert again in str(finding.mistake)
    assert "eia.example" in str(finding.mistake)


# -- what was there before --------------------------------------------------------------------


def test_a_changed_id_stops_the_build_and_is_never_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = a_copy(tmp_path, monkeypatch)
    file = folder / "topics" / "waste.medical.yml"
    text = file.read_text(encoding="utf-8").replace("id: waste.medical", "id: waste.clinical")
    file.unlink()
    file.with_name("waste.clinical.yml").write_text(text, encoding="utf-8")
    for other in (folder / "topics").glob("*.yml"):
        told = other.read_text(encoding="utf-8").replace("waste.medical", "waste.clinical")
        other.write_text(told, encoding="utf-8")
    assert "lost_topic" in codes(folder)
    assert main(["check"]) == 1
    assert "原来有的事项 waste.medical 不见了" in capsys.readouterr().err
    before = (folder / manifest.NAME).read_text(encoding="utf-8")
    assert main(["accept"]) == 1
    assert (folder / manifest.NAME).read_text(encoding="utf-8") == before


def test_a_lost_citation_stops_the_build_until_it_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = a_copy(tmp_path, monkeypatch)
    file = folder / "topics" / "waste.hazardous.yml"
    topic = yaml.safe_load(file.read_text(encoding="utf-8"))
    del topic["citations"][1]
    save(file, topic)
    assert codes(folder).count("lost_citation") == 1
    assert main(["check"]) == 1
    assert "code-2026 第1242条”不见了" in capsys.readouterr().err
    assert main(["accept"]) == 0
    assert main(["check"]) == 0


def test_a_new_topic_has_to_be_recorded(tmp_path: Path) -> None:
    a_checked_shelf(tmp_path)
    a_shelf(tmp_path, id="eia.other", questions=[f"另外{n}种问法" for n in range(1, 16)])
    assert set(codes(tmp_path)) == {"not_recorded"}
    manifest.write(load_shelf(tmp_path), tmp_path)
    assert codes(tmp_path) == []


def test_a_lost_document_stops_the_build(tmp_path: Path) -> None:
    a_checked_shelf(tmp_path)
    save(tmp_path / "documents.yml", [a_document("new-law")])
    assert codes(tmp_path) == ["lost_document"]


def a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped knowledge for a test to edit, and the command line pointed at it."""
    folder = tmp_path / "knowledge"
    shutil.copytree(SHIPPED, folder)
    monkeypatch.setenv("KNOWLEDGE_DIR", str(folder))
    monkeypatch.setenv("DESK_VAR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'desk.db'}")
    return folder


# -- what is only listed ----------------------------------------------------------------------


def test_a_repealed_citation_without_its_successors_clause_is_listed(tmp_path: Path) -> None:
    old = {"clause": "第9条", "about": "旧规定", "says": "应当办理。"}
    citing = [{"document": "old-law", "clause": "第9条", "gist": "旧规定。"}]
    a_checked_shelf(tmp_path, citations=citing)
    save(tmp_path / "clauses" / "old-law.yml", [old])
    (finding,) = found_in(tmp_path)
    assert (finding.mistake.code, finding.stops) == ("repealed_without_clause", False)
    save(tmp_path / "clauses" / "old-law.yml", [{**old, "now": "第1条"}])
    assert codes(tmp_path) == []


@pytest.mark.parametrize(
    ("today", "months", "due"),
    [
        (date(2027, 5, 22), 6, False),
        (date(2027, 5, 23), 6, True),
        (date(2027, 5, 23), 7, False),
        (date(2026, 11, 23), 1, False),
        (date(2026, 12, 23), 1, True),
    ],
)
def test_what_nobody_checked_for_so_many_months_is_listed(
    tmp_path: Path, today: date, months: int, due: bool
) -> None:
    found = found_in(a_checked_shelf(tmp_path), today=today, months=months)
    assert ({f.mistake.code for f in found} == {"overdue"}) is due
    assert not any(finding.stops for finding in found)


def test_an_unverified_source_is_listed_with_what_rests_on_it(tmp_path: Path) -> None:
    a_checked_shelf(tmp_path)
    old = a_document("old-law", repealed_on="2026-08-15", replaced_by="new-law")
    save(tmp_path / "documents.yml", [old, a_document("new-law", confidence="unverified")])
    (finding,) = found_in(tmp_path)
    assert (finding.mistake.code, finding.stops) == ("unverified", False)
    assert "1 个事项" in str(finding.mistake)


def test_the_command_lists_everything_and_only_fails_for_what_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    a_copy(tmp_path, monkeypatch)
    assert main(["check"]) == 0
    said = capsys.readouterr()
    assert "knowledge/documents.yml" in said.out
    assert "待核实" in said.out
    assert "56 topics" in said.out
    assert said.err == ""
