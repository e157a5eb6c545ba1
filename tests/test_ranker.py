"""The ranking component, trained on the repository's data in Rasa's own environment."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from desk.decision import DIALOGUE, KINDS, Decision
from desk.knowledge import load_shelf
from desk.settings import ROOT
from tests.rasa_side import REFUSED, RUBBISH, SURE, UNSEEN, measured

SENTENCES = [
    sentence
    for section in yaml.safe_load((ROOT / "knowledge" / "words.yml").read_text("utf-8")).values()
    if isinstance(section, dict)
    for sentence in section.values()
]


def small() -> dict[str, Any]:
    return measured()["small"]


def processed(text: str | None) -> dict[str, Any]:
    return next(m for m in measured()["messages"] if m["text"] == (text or "")[:40])


# -- the model --------------------------------------------------------------------------------


def test_a_stored_model_gives_the_same_probabilities_when_it_is_loaded() -> None:
    assert small()["loaded"]
    assert small()["after_loading"] == small()["probabilities"]
    assert measured()["same_after_loading"]


def test_a_stored_model_cannot_run_code() -> None:
    assert small()["files"] == ["ranker.json", "ranker.npz"]


def test_the_same_data_give_the_same_model() -> None:
    assert small()["same"]


def test_probabilities_sum_to_one_for_any_text() -> None:
    for scores in small()["probabilities"]:
        assert sum(scores) == pytest.approx(1)
        assert all(0 <= score <= 1 for score in scores)


def test_a_learnt_example_is_recognised() -> None:
    assert small()["labels"] == ["eia", "trading", "out_of_scope"]
    best = [scores.index(max(scores)) for scores in small()["probabilities"][:6]]
    assert best == [0, 0, 1, 1, 2, 2]


def test_an_example_with_less_emphasis_counts_less() -> None:
    even, faint = small()["trading"]
    assert faint < even


def test_training_sees_what_the_running_bot_reads() -> None:
    assert small()["as_read"]


def test_homophones_are_read_alike() -> None:
    assert small()["homophone"][0] == max(small()["homophone"])


def test_the_known_questions_most_alike_explain_a_decision() -> None:
    found = small()["closest"]
    assert [label for _, label, _ in found] == ["eia", "eia"]
    assert 0.5 < found[0][2] <= 1.001
    explained = processed("排污权能抵押贷款吗")["decision"]["closest"]
    assert len(explained) == 3
    assert explained[0]["id"] == "finance.pledge"


def test_the_kind_of_a_refusal_is_learnt() -> None:
    assert small()["kinds"] == ["", "weather"]


@pytest.mark.parametrize(("text", "reason"), REFUSED.items())
def test_the_kind_of_a_refusal_goes_with_the_decision(text: str, reason: str) -> None:
    decision = processed(text)["decision"]
    assert (decision["kind"], decision["reason"]) == ("refusal", reason)


def test_unknown_words_make_a_message_less_certain() -> None:
    assert small()["diluted"] < 0.8 * small()["plain"]


def test_a_low_temperature_is_surer_than_a_high_one() -> None:
    assert small()["sharp"][0] > small()["blunt"][0]
    assert small()["sharp"][-1] == pytest.approx(small()["blunt"][-1])


# -- the component ----------------------------------------------------------------------------


def test_the_component_ranks_every_topic_and_everything_the_domain_knows() -> None:
    labels = set(measured()["labels"])
    assert set(load_shelf(ROOT / "knowledge").topics) | DIALOGUE | {"out_of_scope"} <= labels


@pytest.mark.parametrize(("text", "id_"), SURE.items())
def test_what_the_bot_suggests_to_say_it_also_understands(text: str, id_: str) -> None:
    found = processed(text)
    assert found["ranking"][0]["name"] == id_
    assert found["decision"]["kind"] in {"answer", "task"}
    assert found["decision"]["topic"] == id_
    assert any(text in said for said in SENTENCES)


@pytest.mark.parametrize("text", RUBBISH)
def test_rubbish_stays_below_the_answer_threshold(text: str) -> None:
    found = processed(text)
    ours = [c["confidence"] for c in found["ranking"] if c["name"] != "out_of_scope"]
    assert max(ours, default=0) < measured()["answer_threshold"], found["ranking"][:3]
    assert found["decision"]["kind"] in {"refusal", "clarify"}
    assert found["intent"]["name"] == "ask"


def test_every_message_gets_an_intent_a_ranking_and_a_decision() -> None:
    for found in measured()["messages"]:
        scores = [candidate["confidence"] for candidate in found["ranking"]]
        assert scores == sorted(scores, reverse=True)
        assert len(scores) == 10
        assert found["sum"] == pytest.approx(1)
        assert Decision.from_dict(found["decision"]).kind in KINDS
        assert {"intent", "intent_ranking", "decision"} <= set(found["output"])


def test_a_message_without_text_or_with_far_too_much_is_ranked_too() -> None:
    assert processed(None)["decision"]["kind"] == "refusal"
    asked = len(SURE) + len(REFUSED) + len(RUBBISH) + len(UNSEEN)
    assert len(measured()["messages"]) == asked + 2


def test_rasas_intents_and_stable_ids_translate_both_ways() -> None:
    for id_, intent in measured()["intents"].items():
        if id_.startswith("task."):
            assert intent == id_.replace("task.", "task_", 1)
        else:
            assert intent == (id_ if id_ in DIALOGUE else "ask")
    assert all(id_ == back for id_, back in measured()["stable_ids"].items())


def test_a_component_that_is_not_trained_says_so() -> None:
    assert measured()["untrained"] == "ValueError"


def test_the_fingerprint_covers_every_helper_module() -> None:
    assert all(measured()["fingerprint_covers"])


def test_the_configuration_has_no_key_the_component_does_not_know() -> None:
    assert measured()["config_keys"] == []


def test_several_messages_at_once_are_all_ranked() -> None:
    assert measured()["together"] == ["task_book", "task_book"]
