"""The two places where Rasa is sped up: for this version only, and with the same outcome."""

from __future__ import annotations

import pytest

from tests.rasa_side import measured

VALID = ("empty", "events", "nothing", "more")
INVALID = (
    "no object",
    "none",
    "events no list",
    "event without type",
    "response no object",
    "responses no list",
)


def test_the_installed_rasa_is_the_one_they_were_written_for() -> None:
    assert measured()["matches"]


def test_they_can_be_installed_and_twice_is_once() -> None:
    assert measured()["installed"] == [True, True]
    assert measured()["replaced"]
    assert measured()["still_matches"]


def test_on_another_version_nothing_is_touched() -> None:
    assert measured()["on_another_version"] == [False, False, True]


def test_on_another_source_nothing_is_touched() -> None:
    assert measured()["on_changed_source"] == [False, False]


@pytest.mark.parametrize("result", VALID)
def test_a_valid_answer_of_the_action_server_passes(result: str) -> None:
    assert measured()["after"]["validate"][result] == "True"


@pytest.mark.parametrize("result", INVALID)
def test_an_invalid_answer_of_the_action_server_is_refused(result: str) -> None:
    assert measured()["after"]["validate"][result] == "ValidationError"


def test_every_answer_is_judged_as_rasa_itself_judges_it() -> None:
    assert measured()["after"]["validate"] == measured()["before"]["validate"]


def test_every_event_is_resolved_as_rasa_itself_resolves_it() -> None:
    after, before = measured()["after"]["resolve"], measured()["before"]["resolve"]
    assert len(before) > 20
    assert after == before
    assert before["'nonsense'"] == "ValueError"
