"""The office's shelf: what loads, and what names the file that does not."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from desk.documents import Document
from desk.errors import KnowledgeInvalid
from desk.knowledge import load_shelf
from desk.settings import ROOT
from tests.builders import a_document, a_shelf, save

SHIPPED = load_shelf(ROOT / "knowledge")
QUESTIONS = [f"问法{n}怎么说" for n in range(1, 6)]


def problem_of(directory: Path) -> dict[str, Any]:
    with pytest.raises(KnowledgeInvalid) as caught:
        load_shelf(directory)
    return caught.value.facts


def test_a_good_shelf_loads(tmp_path: Path) -> None:
    shelf = load_shelf(a_shelf(tmp_path))
    assert list(shelf.topics) == ["eia.example"]
    assert shelf.title("eia.example") == "示例事项"
    assert shelf.title("task.book") is None
    assert shelf.topic("nothing") is None


def test_the_shipped_knowledge_loads_with_its_topics_and_documents() -> None:
    assert len(SHIPPED.topics) >= 50
    assert len(SHIPPED.documents) >= 5


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"citations": None}, "citations"),
        ({"citations": []}, "citations"),
        ({"citations": [{"document": "no-law", "clause": "1", "gist": "x"}]}, "no-law"),
        ({"citations": [{"document": "new-law", "clause": "1"}]}, "gist"),
        ({"answers": "x"}, "answers"),
        ({"aspects": {"colour": "red"}}, "colour"),
        ({"related": ["eia.other"]}, "eia.other"),
        ({"questions": QUESTIONS[:4]}, "questions"),
        ({"questions": [*QUESTIONS, QUESTIONS[0]]}, QUESTIONS[0]),
        ({"answer": "短"}, "answer"),
        ({"article": 20}, "article"),
        ({"checked_on": "yesterday"}, "checked_on"),
        ({"id": "Eia.Example"}, "id"),
        ({"id": "out_of_scope"}, "out_of_scope"),
        ({"title": None}, "title"),
    ],
)
def test_a_broken_topic_names_the_file_and_the_problem(
    tmp_path: Path, wrong: dict[str, Any], named: str
) -> None:
    facts = problem_of(a_shelf(tmp_path, **wrong))
    assert facts["file"].endswith(f"{wrong.get('id', 'eia.example')}.yml")
    assert named in facts["problem"]


def test_one_question_under_two_topics_names_both(tmp_path: Path) -> None:
    a_shelf(tmp_path)
    a_shelf(tmp_path, id="eia.other")
    facts = problem_of(tmp_path)
    assert facts["file"].endswith("eia.other.yml")
    assert "eia.example" in facts["problem"]


def test_a_topic_in_a_file_of_another_name_is_refused(tmp_path: Path) -> None:
    file = a_shelf(tmp_path) / "topics" / "eia.example.yml"
    file.rename(file.with_name("eia.renamed.yml"))
    facts = problem_of(tmp_path)
    assert "eia.renamed.yml" in facts["file"]
    assert "eia.example" in facts["problem"]


@pytest.mark.parametrize("successor", [None, "no-law"])
def test_a_repealed_document_needs_its_successor(tmp_path: Path, successor: str | None) -> None:
    a_shelf(tmp_path)
    old = a_document("old-law", repealed_on="2026-08-15", replaced_by=successor)
    save(tmp_path / "documents.yml", [old, a_document("new-law")])
    facts = problem_of(tmp_path)
    assert facts["file"].endswith("documents.yml")
    assert "old-law" in facts["problem"]


def test_two_documents_of_one_id_are_refused(tmp_path: Path) -> None:
    a_shelf(tmp_path)
    save(tmp_path / "documents.yml", [a_document("new-law"), a_document("new-law", title="另一份")])
    facts = problem_of(tmp_path)
    assert facts["file"].endswith("documents.yml")
    assert "new-law" in facts["problem"]


def test_broken_yaml_names_the_file_and_the_line(tmp_path: Path) -> None:
    a_shelf(tmp_path)
    (tmp_path / "topics" / "eia.example.yml").write_text("id: eia.example\ntitle: [a\n")
    facts = problem_of(tmp_path)
    assert facts["file"].endswith("eia.example.yml")
    assert facts["line"] == 3
    assert "第3行" in facts["problem"]


def test_a_file_that_is_no_utf_8_is_named(tmp_path: Path) -> None:
    a_shelf(tmp_path)
    (tmp_path / "topics" / "eia.example.yml").write_bytes("标题".encode("gb18030"))
    assert problem_of(tmp_path)["file"].endswith("eia.example.yml")


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    a_shelf(tmp_path)
    (tmp_path / "topics" / "eia.example.yml").write_text("")
    assert problem_of(tmp_path)["file"].endswith("eia.example.yml")


def test_missing_documents_are_named(tmp_path: Path) -> None:
    a_shelf(tmp_path)
    (tmp_path / "documents.yml").unlink()
    assert problem_of(tmp_path)["file"].endswith("documents.yml")


def test_the_version_changes_with_any_word_and_with_nothing_else(tmp_path: Path) -> None:
    before = load_shelf(a_shelf(tmp_path)).version
    assert load_shelf(a_shelf(tmp_path)).version == before
    assert load_shelf(a_shelf(tmp_path, title="另一个标题")).version != before


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({}, "in_force"),
        ({"confidence": "repost"}, "in_force"),
        ({"confidence": "unverified"}, "unverified"),
        ({"in_force_from": None}, "in_force"),
        ({"in_force_from": None, "confidence": "repost"}, "unverified"),
        ({"in_force_from": "2027-01-01"}, "unverified"),
        ({"in_force_from": "2026-11-23"}, "in_force"),
        ({"repealed_on": "2026-11-23"}, "repealed"),
        ({"repealed_on": "2026-11-24"}, "in_force"),
        ({"repealed_on": "2020-01-01", "confidence": "unverified"}, "repealed"),
    ],
)
def test_a_documents_status_depends_on_its_dates_and_confidence(
    facts: dict[str, Any], status: str
) -> None:
    document = Document.model_validate(a_document("law", **facts))
    assert document.status(date(2026, 11, 23)) == status


def test_every_citation_of_a_repealed_document_can_name_its_successor() -> None:
    for document in SHIPPED.documents.values():
        if document.repealed_on:
            assert document.replaced_by in SHIPPED.documents


def test_only_the_opinion_is_quoted() -> None:
    for topic in SHIPPED.topics.values():
        for citation in topic.citations:
            assert citation.quote is None or citation.document == "opinion-2021", topic.id
