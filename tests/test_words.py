"""The words people read, by code."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from desk.errors import DeskError, KnowledgeInvalid, OpeningFull
from desk.settings import ROOT
from desk.words import Words
from tests.builders import at, save

SHIPPED = Words(ROOT / "knowledge" / "words.yml")
WEEKDAYS = ["一", "二", "三", "四", "五", "六", "日"]


def words(directory: Path, **sections: Any) -> Words:
    facts = {
        "errors": {"desk_error": "没有完成。", "opening_full": "时段 {opening} 约满了。"},
        "phrases": {"hello": "您好,{name}。"},
        "labels": {"day": "{year}-{month}-{day} {weekday}"},
        "smalltalk": {"smalltalk.greet": "您好。"},
        "weekdays": WEEKDAYS,
    }
    return Words(save(directory / "words.yml", facts | sections))


def test_placeholders_are_filled(tmp_path: Path) -> None:
    assert words(tmp_path).phrase("hello", name="王经理") == "您好,王经理。"


def test_an_errors_facts_fill_its_sentence(tmp_path: Path) -> None:
    assert words(tmp_path).error(OpeningFull(opening=3)) == "时段 3 约满了。"


def test_what_a_visitor_typed_is_never_read_as_a_placeholder(tmp_path: Path) -> None:
    assert words(tmp_path).phrase("hello", name="{code}{0}%s") == "您好,{code}{0}%s。"


def test_a_day_is_written_with_its_weekday_on_a_clock_in_shanghai() -> None:
    # Half past seven in the evening in UTC is already Tuesday in Shanghai.
    moment = datetime(2026, 11, 23, 19, 30, tzinfo=UTC)
    assert SHIPPED.day(moment) == "2026年11月24日（星期二）"


def test_an_opening_is_written_with_day_and_hours() -> None:
    assert (
        SHIPPED.opening(at(12, 24, 14, 30), at(12, 24, 15, 0))
        == "2026年12月24日（星期四） 14:30–15:00"
    )


def test_unknown_small_talk_has_no_words(tmp_path: Path) -> None:
    assert words(tmp_path).smalltalk("smalltalk.greet") == "您好。"
    assert words(tmp_path).smalltalk("smalltalk.weather") is None


def test_a_code_without_words_names_the_file_and_the_code(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeInvalid) as caught:
        words(tmp_path).phrase("goodbye")
    assert caught.value.facts["file"].endswith("words.yml")
    assert "goodbye" in caught.value.facts["problem"]


def test_an_unknown_placeholder_names_the_code(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeInvalid) as caught:
        words(tmp_path, phrases={"hello": "{nmae}"}).phrase("hello", name="x")
    assert "hello" in caught.value.facts["problem"]
    assert "nmae" in caught.value.facts["problem"]


@pytest.mark.parametrize(
    ("section", "contents"),
    [
        ("weekdays", WEEKDAYS[:6]),
        ("phrases", {"hello": 5}),
        ("errors", None),
        ("jokes", {"a": "b"}),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, section: str, contents: Any) -> None:
    with pytest.raises(KnowledgeInvalid) as caught:
        words(tmp_path, **{section: contents})
    assert caught.value.facts["file"].endswith("words.yml")
    assert section in caught.value.facts["problem"]


def test_the_plain_error_has_a_sentence_too() -> None:
    assert SHIPPED.error(DeskError())
