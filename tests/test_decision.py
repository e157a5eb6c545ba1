"""From a ranking to what the bot does."""

from __future__ import annotations

import pytest

from desk.decision import (
    DIALOGUE,
    KINDS,
    Candidate,
    Decision,
    Thresholds,
    chosen,
    decide,
    kind_of,
    together,
)

BOUNDS = Thresholds(answer=0.45, margin=0.15, clarify=0.06, refuse=0.6)


def ranking(**scores: float) -> list[Candidate]:
    """A ranking by score; two underscores stand for the dot of an id."""
    found = [Candidate(name.replace("__", "."), score) for name, score in scores.items()]
    return sorted(found, key=lambda candidate: -candidate.score)


def test_a_certain_topic_is_answered() -> None:
    found = decide(ranking(eia__procedure=0.8, planning=0.1), BOUNDS)
    assert (found.kind, found.topic, found.confidence) == ("answer", "eia.procedure", 0.8)


def test_a_certain_task_is_a_task() -> None:
    assert decide(ranking(task__book=0.8, planning=0.1), BOUNDS).kind == "task"


def test_certain_small_talk_is_small_talk() -> None:
    assert decide(ranking(smalltalk__greet=0.8, planning=0.1), BOUNDS).kind == "smalltalk"


@pytest.mark.parametrize("word", sorted(DIALOGUE))
def test_a_yes_a_no_and_a_stop_belong_to_the_dialogue(word: str) -> None:
    found = decide(ranking(**{word: 0.8, "planning": 0.1}), BOUNDS)
    assert (found.kind, found.topic) == ("dialogue", word)


def test_two_near_topics_are_asked_back_about() -> None:
    found = decide(ranking(eia__procedure=0.5, eia__category=0.4), BOUNDS)
    assert found.kind == "clarify"
    assert [c.id for c in found.candidates] == ["eia.procedure", "eia.category"]
    assert found.topic == "eia.procedure"


def test_a_lead_of_exactly_the_margin_is_enough() -> None:
    bounds = Thresholds(answer=0.5, margin=0.25, clarify=0.06, refuse=0.6)
    assert decide(ranking(planning=0.5, low_carbon=0.25), bounds).kind == "answer"


def test_a_score_of_exactly_the_threshold_is_enough() -> None:
    assert decide(ranking(planning=0.45, low_carbon=0.1), BOUNDS).kind == "answer"
    assert decide(ranking(planning=0.449, low_carbon=0.1), BOUNDS).kind == "clarify"


def test_a_message_that_is_probably_not_ours_is_refused_whoever_leads() -> None:
    bounds = Thresholds(answer=0.3, margin=0.0, clarify=0.06, refuse=0.35)
    found = decide(ranking(planning=0.5, out_of_scope=0.4), bounds)
    assert (found.kind, found.known) == ("refusal", True)


def test_a_message_that_nothing_comes_near_to_is_unknown_not_refused() -> None:
    found = decide(ranking(planning=0.05, low_carbon=0.04), BOUNDS)
    assert (found.kind, found.topic, found.known) == ("refusal", "out_of_scope", False)


def test_below_that_share_the_refusal_does_not_compete_with_our_own_topics() -> None:
    found = decide(ranking(out_of_scope=0.5, planning=0.3), BOUNDS)
    assert (found.kind, found.topic) == ("clarify", "planning")
    assert decide(ranking(planning=0.5, out_of_scope=0.45), BOUNDS).kind == "answer"


def test_a_ranking_of_nothing_but_the_refusal_below_its_bound_is_unknown() -> None:
    found = decide(ranking(out_of_scope=0.5), BOUNDS)
    assert (found.kind, found.known) == ("refusal", False)


def test_small_talk_and_dialogue_are_never_offered_as_a_choice() -> None:
    found = decide(
        ranking(smalltalk__greet=0.4, affirm=0.2, planning=0.15, task__book=0.1, stop=0.05), BOUNDS
    )
    assert found.kind == "clarify"
    assert [c.id for c in found.candidates] == ["planning", "task.book"]
    assert found.topic == "planning"


def test_an_empty_ranking_is_unknown() -> None:
    found = decide([], BOUNDS)
    assert (found.kind, found.known, found.confidence) == ("refusal", False, 0.0)


def test_only_the_best_candidates_are_kept() -> None:
    many = [Candidate(f"topic.{n}", 0.1) for n in range(10)]
    assert len(decide(many, BOUNDS, keep=3).candidates) == 3


@pytest.mark.parametrize(
    ("id_", "kind"),
    [
        ("eia.procedure", "answer"),
        ("planning", "answer"),
        ("task.book", "task"),
        ("smalltalk.bot", "smalltalk"),
        ("out_of_scope", "refusal"),
        ("affirm", "dialogue"),
    ],
)
def test_an_id_tells_its_kind(id_: str, kind: str) -> None:
    assert kind_of(id_) == kind
    assert kind in KINDS


def test_a_pressed_topic_leaves_nothing_to_guess() -> None:
    assert chosen("planning") == Decision("answer", "planning", (Candidate("planning", 1.0),))
    assert chosen("planning").confidence == 1.0


@pytest.mark.parametrize(
    "decision",
    [
        chosen("task.book"),
        Decision("refusal", "out_of_scope", known=False),
        Decision("clarify", "a.b", (Candidate("a.b", 0.4), Candidate("c", 0.3))),
    ],
)
def test_a_decision_survives_the_way_through_json(decision: Decision) -> None:
    assert Decision.from_dict(decision.as_dict()) == decision


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"kind": "magic", "topic": "a", "candidates": []}, ValueError),
        ({"topic": "a", "candidates": []}, KeyError),
        ({"kind": "answer", "topic": "a"}, KeyError),
        ({"kind": "answer", "topic": "a", "candidates": [{"id": "a", "score": "x"}]}, ValueError),
    ],
)
def test_a_decision_of_another_shape_is_an_error(data: dict, error: type[Exception]) -> None:
    with pytest.raises(error):
        Decision.from_dict(data)


def test_two_certain_questions_are_both_dealt_with() -> None:
    whole = Decision("clarify", "planning", (Candidate("planning", 0.4),))
    found = together(whole, [chosen("eia.category"), chosen("planning")])
    assert (found.kind, found.topic, found.also) == ("answer", "planning", ("eia.category",))
    assert [c.id for c in found.candidates] == ["planning", "eia.category"]


def test_a_question_beside_a_task_is_answered_and_the_task_begins() -> None:
    found = together(chosen("planning"), [chosen("planning"), chosen("task.book")])
    assert (found.kind, found.topic, found.also) == ("task", "task.book", ("planning",))


def test_two_uncertain_questions_are_both_offered() -> None:
    whole = Decision("clarify", "a", (Candidate("a", 0.4), Candidate("b", 0.3)))
    part = Decision("clarify", "c", (Candidate("c", 0.3),))
    found = together(whole, [whole, part])
    assert (found.kind, [c.id for c in found.candidates]) == ("clarify", ["a", "c", "b"])


def test_a_refused_message_is_refused_whatever_its_parts_say() -> None:
    whole = decide(ranking(out_of_scope=0.9, planning=0.05), BOUNDS)
    assert together(whole, [chosen("planning"), chosen("low_carbon")]) == whole


def test_one_certain_question_leaves_the_decision_as_it_is() -> None:
    assert together(chosen("planning"), [chosen("planning")]) == chosen("planning")


def test_what_is_refused_shows_the_refusal_first_and_what_is_ours_never() -> None:
    refused = decide(ranking(out_of_scope=0.9, planning=0.05), BOUNDS)
    answered = decide(ranking(planning=0.5, out_of_scope=0.4, low_carbon=0.1), BOUNDS)
    assert [c.id for c in refused.candidates] == ["out_of_scope", "planning"]
    assert [c.id for c in answered.candidates] == ["planning", "low_carbon"]


def test_two_tasks_are_offered_because_they_cannot_run_at_once() -> None:
    parts = [chosen("task.book"), chosen("task.inquiry_status"), chosen("planning")]
    found = together(chosen("task.book"), parts)
    assert (found.kind, found.topic) == ("clarify", "task.book")
    assert [c.id for c in found.candidates] == ["task.book", "task.inquiry_status", "planning"]
