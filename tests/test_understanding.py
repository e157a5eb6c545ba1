"""The trained model on questions that nobody trained on: ``bench/unseen.jsonl``."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from bot.figures import shares
from desk.knowledge import load_shelf
from desk.settings import ROOT
from desk.text import normalise
from tests.rasa_side import UNSEEN, measured

# Shares below or above which a change of the questions or of the model has to be looked at; what is
# measured stands in bench/README.md.
AT_LEAST = (
    ("enterprise", "right", 0.95),
    ("enterprise", "top3", 0.98),
    ("others", "refused", 0.93),
    ("complaint", "right", 0.95),
)
AT_MOST = (
    ("enterprise", "clarified", 0.12),
    ("enterprise", "false_refusal", 0.03),
    ("enterprise", "wrong", 0.02),
)


def results(group: str) -> list[dict[str, Any]]:
    decisions = {m["text"]: m["decision"] for m in measured()["messages"]}
    return [{**line, **decisions[line["text"][:40]]} for line in UNSEEN if line["group"] == group]


def bare(text: str) -> str:
    return re.sub(r"\W+", "", normalise(text))


def trained_on() -> set[str]:
    texts = {q for topic in load_shelf(ROOT / "knowledge").topics.values() for q in topic.questions}
    for file in (ROOT / "data" / "nlu").glob("*.yml"):
        for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
            texts |= {line.removeprefix("- ") for line in block["examples"].splitlines()}
    return {bare(text) for text in texts}


@pytest.mark.parametrize(("group", "figure", "floor"), AT_LEAST)
def test_what_must_succeed_does(group: str, figure: str, floor: float) -> None:
    assert shares(results(group))[figure] >= floor


@pytest.mark.parametrize(("group", "figure", "ceiling"), AT_MOST)
def test_what_must_be_rare_is(group: str, figure: str, ceiling: float) -> None:
    assert shares(results(group))[figure] <= ceiling


def test_none_of_them_is_trained_on() -> None:
    known = trained_on()
    assert [line["text"] for line in UNSEEN if bare(line["text"]) in known] == []


def test_their_ids_exist_and_no_two_are_alike_to_the_measurement() -> None:
    ids = {i for line in UNSEEN for i in line["topics"]}
    assert ids <= set(measured()["stable_ids"].values())
    beginnings = [line["text"][:40] for line in UNSEEN]
    assert len(beginnings) == len(set(beginnings))
