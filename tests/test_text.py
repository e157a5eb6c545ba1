"""Text as the ranking sees it."""

from __future__ import annotations

import pytest

from desk.text import ngrams, normalise


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("  环评  怎么办 ", "环评 怎么办"),
        ("ＶＯＣｓ", "vocs"),
        ("COD", "cod"),
        ("急急急急急", "急急"),
        ("我的电话13800138000", "我的电话0"),
        ("2026年", "2026年"),
        ("第\n9\t条", "第 9 条"),
        ("", ""),
        ("   ", ""),
        ("😀😀😀", "😀😀"),
    ],
)
def test_spelling_variants_are_seen_as_the_same_text(text: str, seen: str) -> None:
    assert normalise(text) == seen


@pytest.mark.parametrize("text", ["环评？？？", "Ａ  b　c", "1234567", "！！！！"])
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_ngrams_count_repeats_and_know_where_a_text_begins_and_ends() -> None:
    grams = ngrams("环评环", longest=2)
    assert grams == {"环": 2, "评": 1, "^环": 1, "环评": 1, "评环": 1, "环$": 1}


def test_the_end_marks_alone_are_no_ngrams() -> None:
    assert not {"^", "$"} & set(ngrams("环", longest=3))


def test_an_empty_text_has_next_to_no_ngrams() -> None:
    assert set(ngrams("", longest=3)) == {"^$"}


def test_a_visitors_own_dollar_sign_does_no_harm() -> None:
    assert ngrams("$^$", longest=3)["$^$"] == 1
