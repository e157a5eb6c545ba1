"""A mistake in a knowledge file as an editor reads it: line, what is wrong, how to mend it."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from desk.cli import main
from desk.errors import KnowledgeInvalid
from desk.files import read_yaml
from desk.knowledge import load_shelf
from desk.mistakes import Mistake, line_of
from desk.settings import ROOT
from tests.builders import repository_files

TOPIC = "topics/waste.medical.yml"
DOCUMENTS = "documents.yml"
SENTENCES = yaml.safe_load((ROOT / "desk" / "mistakes.yml").read_text(encoding="utf-8"))


def replaced(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


@pytest.mark.parametrize(
    ("file", "change", "line", "said"),
    [
        (TOPIC, replaced("\ntitle: ", "\ntitel: "), 2, "没有“titel”这一项"),
        (TOPIC, replaced("\ncheck", "\nanswer: 再写一次\ncheck"), None, "“answer”写了两次"),
        (TOPIC, replaced("article: 14", "article: 十四"), 3, "“article”的“十四”"),
        (TOPIC, replaced("article: 14", "article: 20"), 3, "“article”的“20”"),
        (TOPIC, replaced("  contact: |-", "  kontakt: |-"), None, "只能填"),
        (TOPIC, replaced("document: opinion-2021", "document: opinion"), None, "找不到"),
        (TOPIC, replaced("  - waste.hazardous", "  - waste.hazard"), None, "waste.hazard 不存在"),
        (TOPIC, replaced("checked_on: 2026-11-23", "checked_on: 去年"), None, "“去年”不是日期"),
        (TOPIC, replaced("citations:", "citations: ["), None, "YAML 写法有误"),
        (TOPIC, replaced("related:", "related:\n\t- x"), None, "YAML 写法有误"),
        (TOPIC, replaced("id: waste.medical", "id: waste.medicine"), 1, "和文件名不一致"),
        (DOCUMENTS, replaced("id: code-2026", "id: opinion-2021"), None, "登记了两次"),
        (DOCUMENTS, replaced("confidence: repost", "confidence: maybe"), None, "official"),
        (DOCUMENTS, replaced("replaced_by: code-2026", "replaced_by: null"), None, "由哪份文件"),
        (DOCUMENTS, replaced("topic: pollution.air", "topic: pollution.sky"), None, "不存在"),
        (DOCUMENTS, replaced("环评法]", "环保法]"), None, "同时指"),
        ("clauses/eia-law-2018.yml", replaced("now: 第95条", "now: 第96条"), None, "找不到这一条"),
        ("clauses/code-2026.yml", replaced("第54条", "第95条"), None, "写了两次"),
        ("words.yml", replaced("errors:", "erors:"), None, "没有“erors”这一项"),
        ("words.yml", replaced("weekdays: [星期一, ", "weekdays: ["), None, "七个名称"),
        ("reception.yml", replaced('ends: "17:00"', 'ends: "12:00"'), None, "晚于"),
        ("reception.yml", replaced("example: true", "example: 也许"), None, "true 或 false"),
    ],
)
def test_a_mistake_is_told_in_chinese_with_its_line_and_how_to_mend_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    file: str,
    change: Callable[[str], str],
    line: int | None,
    said: str,
) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(ROOT / "knowledge", folder)
    broken = folder / file
    broken.write_text(change(broken.read_text(encoding="utf-8")), encoding="utf-8")
    monkeypatch.setenv("KNOWLEDGE_DIR", str(folder))
    monkeypatch.setenv("DATABASE_URL", "sqlite://")
    assert main(["check"]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"{broken}\n")
    assert said in told
    assert "改法：" in told
    assert re.search(r"第\d+行：", told)
    assert line is None or re.search(rf"第{line}行：[^\n]*{said}", told)


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(ROOT / "knowledge", folder)
    file = folder / TOPIC
    text = file.read_text(encoding="utf-8").replace("title:", "titel:").replace("gist:", "gists:")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeInvalid) as caught:
        load_shelf(folder)
    told = caught.value.facts["problem"].splitlines()
    assert len(told) == 4  # two keys are missing, two unknown
    assert all(re.match(r"第\d+行：.*改法：", line) for line in told)


def test_the_line_is_that_of_the_nearest_thing(tmp_path: Path) -> None:
    file = tmp_path / "x.yml"
    file.write_text("a: 1\nb:\n  - c: 2\n  - c: 3\n    d: 4\n", encoding="utf-8")
    assert line_of(file, ("b", 1, "d")) == 5
    assert line_of(file, ("b", 1, "missing")) == 4
    assert line_of(file, ("b", 9)) == 2
    assert line_of(file, ()) is None
    assert line_of(tmp_path / "none.yml", ("a",)) is None


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.yml"
    file.write_text("a: 1\nb: 2\na: 3\n", encoding="utf-8")
    with pytest.raises(KnowledgeInvalid) as caught:
        read_yaml(file)
    assert caught.value.facts["line"] == 3


def test_every_mistake_has_a_sentence_and_every_sentence_a_mistake() -> None:
    used: set[str] = set()
    for file in repository_files("desk/**/*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            # A verifier's own short form passes the code on.
            name = getattr(getattr(node, "func", None), "id", "") or getattr(
                getattr(node, "func", None), "attr", ""
            )
            if isinstance(node, ast.Call) and name in {"Mistake", "_mistake"}:
                used |= {a.value for a in node.args[:1] if isinstance(a, ast.Constant)}
    source = (ROOT / "desk" / "files.py").read_text(encoding="utf-8")
    by_kind = {code for code in SENTENCES["mistakes"] if f'"{code}"' in source}
    assert used <= set(SENTENCES["mistakes"])
    assert set(SENTENCES["mistakes"]) == used | by_kind


def test_every_sentence_says_what_is_wrong_and_how_to_mend_it() -> None:
    for code, sentence in SENTENCES["mistakes"].items():
        assert set(sentence) == {"what", "mend"}, code
        assert all(str(text).rstrip().endswith("。") for text in sentence.values()), code


def test_a_mistake_reads_as_one_line(tmp_path: Path) -> None:
    told = str(Mistake("unknown_document", tmp_path / "x.yml", line=7, facts={"id": "no-law"}))
    assert told.startswith("第7行：依据里的文件编号 no-law")
    assert "\n" not in told
