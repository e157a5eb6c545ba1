"""Edited knowledge shows in the running office; a broken file does not reach a visitor."""

from __future__ import annotations

import logging
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from desk import office as offices
from desk.office import Keeper, open_office
from desk.settings import ROOT, read_settings

TOPIC = "topics/finance.pledge.yml"


@pytest.fixture
def keeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keeper:
    shutil.copytree(ROOT / "knowledge", tmp_path / "knowledge")
    monkeypatch.setattr(offices, "_LOOK_SECONDS", 0.0)
    settings = replace(
        read_settings({"DESK_VAR": str(tmp_path)}), knowledge_dir=tmp_path / "knowledge"
    )
    return Keeper(open_office(settings))


def edit(keeper: Keeper, file: str, old: str, new: str) -> None:
    path = keeper.current().settings.knowledge_dir / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_an_edited_answer_shows_without_a_restart(keeper: Keeper) -> None:
    before = keeper.current()
    edit(keeper, TOPIC, "answer: |-\n  可以。", "answer: |-\n  当然可以。")
    after = keeper.current()
    assert after.shelf.topics["finance.pledge"].answer.startswith("当然可以。")
    assert after.shelf.version != before.shelf.version
    assert after.database is before.database


def test_edited_words_show_too(keeper: Keeper) -> None:
    edit(keeper, "words.yml", "好的，再见。", "再会。")
    assert keeper.current().words.smalltalk("smalltalk.bye").startswith("再会。")


def test_a_broken_file_leaves_the_last_good_knowledge_and_is_named_in_the_log(
    keeper: Keeper, caplog: pytest.LogCaptureFixture
) -> None:
    before = keeper.current()
    with caplog.at_level(logging.ERROR):
        edit(keeper, TOPIC, "citations:", "citation:")
        assert keeper.current().shelf is before.shelf
    assert "finance.pledge.yml" in caplog.text
    edit(keeper, TOPIC, "citation:", "citations:")
    assert keeper.current().shelf.version == before.shelf.version


def test_nothing_is_read_again_while_nothing_changes(keeper: Keeper) -> None:
    assert keeper.current() is keeper.current()
