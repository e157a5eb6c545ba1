"""The figures of ``make eval``, and how it reads its file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot import figures
from tests.rasa_side import run_module


def a_result(kind: str, topic: str, *candidates: str, topics: tuple[str, ...] = ("a",)) -> Any:
    scored = [{"id": id_, "score": 0.5 / 2**n} for n, id_ in enumerate(candidates or (topic,))]
    return {"kind": kind, "topic": topic, "candidates": scored, "topics": list(topics)}


def test_an_accepted_answer_is_first_and_right() -> None:
    assert figures.judge(a_result("answer", "a")) == {"first", "right", "top3"}


def test_asking_back_is_right_only_with_the_accepted_id_among_three() -> None:
    well = figures.judge(a_result("clarify", "b", "b", "c", "a"))
    badly = figures.judge(a_result("clarify", "b", "b", "c", "d", "a"))
    assert {"right", "clarified", "clarified_well"} <= well
    assert "first" not in well
    assert badly == {"clarified"}


def test_another_id_is_wrong_and_a_refusal_of_ours_is_false() -> None:
    assert "wrong" in figures.judge(a_result("answer", "b"))
    assert {"refused", "false_refusal"} <= figures.judge(a_result("refusal", "out_of_scope"))


def test_a_refusal_of_what_is_not_ours_is_right() -> None:
    found = figures.judge(a_result("refusal", "out_of_scope", topics=("out_of_scope",)))
    assert found == {"first", "right", "top3", "refused"}


def test_shares_and_intervals_agree() -> None:
    results = [a_result("answer", "a")] * 8 + [a_result("answer", "b")] * 2
    assert figures.shares(results)["right"] == 0.8
    low, high = figures.interval(results, "right")
    assert low <= 0.8 <= high
    assert (low, high) == figures.interval(results, "right")
    assert figures.interval([a_result("answer", "a")] * 5, "right") == (1.0, 1.0)


def test_confusions_name_what_was_chosen_instead() -> None:
    results = [a_result("answer", "b")] * 2 + [a_result("answer", "a")]
    assert figures.confusions(results) == [("a", "b (answer)", 2)]


def test_calibration_compares_scores_with_hits() -> None:
    rows, error = figures.calibration([a_result("answer", "a"), a_result("answer", "b")])
    assert rows == [(0.5, 0.5, 2)]
    assert error == 0.0


def test_the_report_names_groups_topics_and_confusions() -> None:
    results = [{**a_result("answer", "b"), "group": "enterprises"}, a_result("answer", "a")]
    text = figures.report(results)
    assert all(word in text for word in ("enterprises", "all", "a -> b (answer)", "calibration"))
    assert figures.report([{"text": "x"}]) == ""


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "line 1"),
        ("[1]", 'no "text"'),
        ('{"text": 1}', 'no "text"'),
        ('{"text": "x", "topics": "eia"}', '"topics" is no list'),
    ],
)
def test_a_broken_line_is_named_and_nothing_is_written(
    tmp_path: Path, line: str, problem: str
) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(line + "\n", encoding="utf-8")
    done = run_module("bot.evaluate", str(source), str(target))
    assert done.returncode == 2
    assert problem in done.stderr
    assert not target.exists()


def test_lines_come_back_with_kind_topic_and_candidates(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    lines = [
        {"text": "排污权能抵押贷款吗", "topics": ["finance.pledge"], "source": "here"},
        {"text": "/book"},
    ]
    source.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    done = run_module("bot.evaluate", str(source), str(target))
    assert done.returncode == 0, done.stderr
    first, second = (json.loads(line) for line in target.read_text("utf-8").splitlines())
    assert (first["kind"], first["topic"], first["source"]) == ("answer", "finance.pledge", "here")
    assert first["candidates"][0]["id"] == "finance.pledge"
    assert {"kind", "topic", "candidates"} <= set(second)
    assert "calibration" in done.stdout
