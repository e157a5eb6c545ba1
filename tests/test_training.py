"""What the ranker learns from the knowledge."""

from __future__ import annotations

from pathlib import Path

import yaml

from desk.knowledge import load_shelf
from desk.settings import ROOT
from desk.training import render, stale, write
from tests.builders import a_shelf

GENERATED = ROOT / "data" / "nlu" / "generated"


def blocks(text: str) -> list[dict]:
    return yaml.safe_load(text)["nlu"]


def examples(block: dict) -> list[str]:
    return [line.removeprefix("- ") for line in block["examples"].splitlines()]


def test_the_generated_files_of_the_repository_are_fresh() -> None:
    assert stale(load_shelf(ROOT / "knowledge"), GENERATED) == []


def test_nothing_else_lies_among_the_generated_files() -> None:
    names = {file.name for file in GENERATED.iterdir()}
    assert names == set(render(load_shelf(ROOT / "knowledge")))


def test_questions_come_back_as_they_were_asked(tmp_path: Path) -> None:
    shelf = load_shelf(a_shelf(tmp_path))
    (block,) = blocks(render(shelf)["questions.yml"])
    assert block["intent"] == "ask"
    assert block["metadata"] == {"topic": "eia.example"}
    assert examples(block) == shelf.topics["eia.example"].questions


def test_all_questions_of_the_repository_come_back() -> None:
    shelf = load_shelf(ROOT / "knowledge")
    found = {b["metadata"]["topic"]: examples(b) for b in blocks(render(shelf)["questions.yml"])}
    assert found.keys() == shelf.topics.keys()
    for id_, topic in shelf.topics.items():
        assert len(found[id_]) == len(topic.questions), id_


def test_sentences_count_less_than_questions(tmp_path: Path) -> None:
    shelf = load_shelf(a_shelf(tmp_path, aspects={"fee": "办理全程不收取任何费用。"}))
    (block,) = blocks(render(shelf)["sentences.yml"])
    assert block["metadata"] == {"topic": "eia.example", "emphasis": 0.3}
    assert "办理全程不收取任何费用" in examples(block)
    assert "结论在前" not in examples(block)


def test_what_rasas_format_gives_a_meaning_is_made_harmless(tmp_path: Path) -> None:
    odd = "这个[危废](waste){type}怎么办"
    plain = [f"第{n}种问法怎么说" for n in range(4)]
    shelf = load_shelf(a_shelf(tmp_path, questions=[odd, *plain]))
    (block,) = blocks(render(shelf)["questions.yml"])
    assert examples(block)[0] == "这个［危废］(waste)｛type｝怎么办"


def test_a_question_that_looks_like_yaml_stays_a_question(tmp_path: Path) -> None:
    odd = ["- 横线开头怎么办", "冒号: 怎么办", "# 井号怎么办", '"引号"怎么办', "| 竖线怎么办"]
    shelf = load_shelf(a_shelf(tmp_path, questions=odd))
    (block,) = blocks(render(shelf)["questions.yml"])
    assert examples(block) == odd


def test_writing_changes_only_what_is_stale(tmp_path: Path) -> None:
    shelf = load_shelf(a_shelf(tmp_path / "knowledge"))
    there = tmp_path / "generated"
    assert write(shelf, there) == ["questions.yml", "sentences.yml"]
    assert write(shelf, there) == []
    (there / "questions.yml").write_text("by hand")
    assert stale(shelf, there) == ["questions.yml"]
    assert write(shelf, there) == ["questions.yml"]
    assert stale(shelf, there) == []
