"""The rules of the self-checks and their engine: every path, every mistake an editor can make."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from desk.checks import diagram
from desk.checks.engine import Engine, holds, work_out
from desk.checks.load import Rules, load_checks
from desk.checks.paths import Facts, explore, representatives
from desk.checks.schema import UNKNOWN, Bounds, Derived, Step, Verdict
from desk.documents import load_register
from desk.errors import KnowledgeInvalid
from desk.settings import ROOT
from desk.words import Words
from tests.builders import TODAY, a_check, repository_files, save

REGISTER = load_register(ROOT / "knowledge")[0]
CHECKS = load_checks(ROOT / "knowledge", REGISTER, TODAY)
WORDS = Words(ROOT / "knowledge" / "words.yml")
EACH = pytest.mark.parametrize("rules", CHECKS.values(), ids=CHECKS)
# What the office must never be heard to say in a verdict: it is preliminary, and nobody's promise.
CERTAIN = ("保证不", "保证能", "肯定", "一定不", "一定会", "必然", "绝对", "确保")


def mistakes(tmp_path: Path, **changes: Any) -> str:
    """What the loader says about a check of two questions with some parts replaced."""
    folder = tmp_path / "checks"
    folder.mkdir(exist_ok=True)
    save(folder / "example.yml", a_check(**changes))
    with pytest.raises(KnowledgeInvalid) as caught:
        load_checks(tmp_path, REGISTER, TODAY)
    assert caught.value.facts["file"].endswith("example.yml")
    return str(caught.value.facts["problem"])


def every_path(rules: Rules, facts: Facts | None = None) -> Iterator[tuple[Facts, Verdict]]:
    """All ways through a check by answers that can make a difference, none of them merged."""
    facts = facts or {}
    walk = rules.walk(facts, TODAY)
    if walk.verdict is not None:
        yield facts, walk.verdict
        return
    assert walk.asks is not None
    for value in representatives(rules.check, walk.asks, TODAY):
        yield from every_path(rules, {**facts, walk.asks.id: value})


# -- every path of the shipped checks --------------------------------------------------------


def test_the_three_checks_are_there() -> None:
    assert set(CHECKS) == {"exemption", "violation", "trading"}


@EACH
def test_every_path_ends_in_a_verdict_and_every_branch_lies_on_one(rules: Rules) -> None:
    found = explore(rules.check, TODAY)
    assert not found.stuck
    assert not found.loops
    for facts, verdict in found.ends:
        assert rules.walk(facts, TODAY).verdict is verdict
    ended = {verdict.id for _, verdict in found.ends}
    assert ended == {verdict.id for verdict in rules.check.verdicts}
    branches = {(s.id, n) for s in rules.check.steps for n in range(len(s.branches))}
    assert found.taken == branches


@pytest.mark.parametrize("name", ["exemption", "violation"])
def test_trying_every_path_without_merging_any_finds_the_same_ends(name: str) -> None:
    rules = CHECKS[name]
    ends = [verdict.id for _, verdict in every_path(rules)]
    assert len(ends) > 40
    assert set(ends) == {verdict.id for _, verdict in explore(rules.check, TODAY).ends}


@EACH
def test_every_step_and_every_verdict_names_its_clause(rules: Rules) -> None:
    for part in (*rules.check.steps, *rules.check.verdicts):
        assert part.citations
        for citation in part.citations:
            assert REGISTER.find(citation.document, citation.clause), (part.id, citation)
            assert REGISTER.documents[citation.document].status(TODAY) != "repealed"


@EACH
def test_whoever_knows_nothing_is_sent_to_a_person(rules: Rules) -> None:
    values = {step.id: UNKNOWN for step in rules.check.steps}
    verdict = rules.walk(values, TODAY).verdict
    assert verdict is not None
    assert verdict.outcome == "human"


@EACH
def test_no_verdict_claims_more_than_a_preliminary_judgement(rules: Rules) -> None:
    for verdict in rules.check.verdicts:
        label = WORDS.label(f"outcome.{verdict.outcome}")
        assert label.startswith("初步判断") or label == "需人工判断"
        said = [verdict.headline, verdict.text, *(line.text for line in verdict.next)]
        assert not [word for word in CERTAIN for text in said if word in text], verdict.id
    assert "初步判断" in rules.check.disclaimer


@EACH
def test_a_verdict_that_needs_a_person_says_how_to_reach_one(rules: Rules) -> None:
    for verdict in rules.check.verdicts:
        if verdict.outcome == "human":
            said = "".join(line.text for line in verdict.next)
            assert "工作人员" in said or "生态环境部门" in said, verdict.id


@EACH
def test_what_would_change_a_verdict_really_changes_it(rules: Rules) -> None:
    for facts, verdict in explore(rules.check, TODAY).ends[:200]:
        walk = rules.walk(facts, TODAY)
        for taken, value, instead in rules.changes(walk, facts, TODAY):
            again = rules.walk({**facts, taken.step.id: value}, TODAY).verdict
            assert again is instead.verdict is not verdict


@EACH
def test_the_lists_that_nobody_found_are_named_before_the_first_question(rules: Rules) -> None:
    assert "没有查到" in rules.check.intro


def test_the_two_limbs_of_no_penalty_are_kept_apart() -> None:
    known = {"aggravating": False, "protected": False}
    for facts, verdict in every_path(CHECKS["violation"]):
        in_time = facts.get("corrected") in {"at_once", "in_time"}
        clean = in_time and known.items() <= facts.items()
        if verdict.id == "shall":
            assert clean and facts["harm"] == "none" and facts["slight"] is True
            assert "penalised" not in facts, "a first offence is not asked for"
        if verdict.id == "may":
            assert clean and facts["harm"] in {"none", "minor"} and facts["penalised"] is False
        if verdict.outcome == "meets" and verdict.id != "blameless":
            assert UNKNOWN not in {facts[name] for name in ("corrected", "harm", *known)}


def test_an_old_deed_is_not_judged_by_the_engine() -> None:
    two_years = date(TODAY.year - 2, TODAY.month, TODAY.day)
    for day, late in ((two_years, True), (two_years + timedelta(days=1), False)):
        walk = CHECKS["violation"].walk({"stage": "inspected", "done_on": day}, TODAY)
        assert (walk.verdict is not None and walk.verdict.id == "time_limit") is late


def test_without_the_offices_word_no_list_is_taken_for_granted() -> None:
    for facts, verdict in every_path(CHECKS["exemption"]):
        if verdict.id == "exempted":
            assert facts["exempt"] == "written"
        if verdict.id == "commitment":
            assert facts["pilot"] == "confirmed"
        if facts.get("category") == UNKNOWN:
            assert verdict.id in {"category_open", "no_form_needed"}


def test_who_has_nothing_new_need_not_buy_and_unknown_amounts_need_a_person() -> None:
    rules = CHECKS["trading"]
    start = {"purpose": "buy", "project": "new", "approval": "approved", "target": False}
    start |= {"sector": "industry", "source": "same_city"}
    names = ("cod_new", "ammonia_new", "so2_new", "nox_new")

    def ends(*amounts: Any) -> str:
        verdict = rules.walk(start | dict(zip(names, amounts, strict=True)), TODAY).verdict
        assert verdict is not None
        return verdict.id

    none, some = Decimal(0), Decimal("0.3")
    assert ends(none, none, none, none) == "nothing_new"
    assert ends(none, some, none, none) == "buy"
    assert ends(none, UNKNOWN, none, none) == "amount_open"
    assert ends(UNKNOWN, none, none, some) == "buy"


# -- the engine ------------------------------------------------------------------------------


def test_an_amount_to_buy_is_what_is_new_less_what_is_saved_times_the_ratio() -> None:
    facts: Facts = {"new": Decimal(5), "cut": Decimal("1.5"), "spare": Decimal(1)}
    shape = {"id": "need", "label": "要取得", "plus": ["new"], "minus": ["cut", "spare"]}
    assert work_out(Derived(**shape), facts) == Decimal("2.5")
    assert work_out(Derived(**shape, ratio=Decimal("1.2")), facts) == Decimal("3.00")
    assert work_out(Derived(**shape), {**facts, "cut": Decimal(9)}) == 0
    assert work_out(Derived(**shape), {**facts, "spare": UNKNOWN}) == UNKNOWN
    assert work_out(Derived(**shape), {"cut": Decimal(1)}) is None


@pytest.mark.parametrize(
    ("test", "value", "passes"),
    [
        (Bounds(above=Decimal(2)), Decimal(2), False),
        (Bounds(at_least=Decimal(2)), Decimal(2), True),
        (Bounds(above=Decimal(0), below=Decimal(9)), Decimal(9), False),
        (Bounds(above=Decimal(0)), UNKNOWN, False),
        (Bounds(before=date(2026, 8, 15)), date(2026, 8, 14), True),
        (Bounds(since=date(2026, 8, 15)), date(2026, 8, 14), False),
        (Bounds(years_ago=2), date(2024, 11, 23), True),
        (Bounds(years_ago=2), date(2024, 11, 24), False),
        (Bounds(known=True), UNKNOWN, False),
        (Bounds(known=False), None, True),
        ([True], None, False),
        ([True], True, True),
        (["a", UNKNOWN], UNKNOWN, True),
    ],
)
def test_a_condition_holds_for_what_it_names(test: Any, value: Any, passes: bool) -> None:
    assert holds({"fact": test}, {"fact": value}.get, date(2026, 11, 23)) is passes


def test_answers_off_the_path_are_kept_and_do_not_count() -> None:
    rules = CHECKS["exemption"]
    values: Facts = {"nature": "new", "category": "registration", "trade": "catering"}
    walk = rules.walk(values, TODAY)
    assert [taken.step.id for taken in walk.taken] == ["nature", "category"]
    assert walk.asks is rules.check.step("sensitive")


@EACH
def test_a_thousand_verdicts_take_less_than_a_second(rules: Rules) -> None:
    ends = [facts for facts, _ in explore(rules.check, TODAY).ends]
    begun = time.process_time()
    for number in range(1000):
        assert rules.walk(ends[number % len(ends)], TODAY).verdict
    assert time.process_time() - begun < 1


# -- mistakes --------------------------------------------------------------------------------


def steps(**changes: Any) -> list[dict[str, Any]]:
    """The two questions of ``a_check`` with parts of the first one replaced."""
    first, second = a_check()["steps"]
    return [{**first, **changes}, second]


def test_a_loop_is_named(tmp_path: Path) -> None:
    first, second = a_check()["steps"]
    second = {**second, "branches": [{"then": "first"}]}
    told = mistakes(tmp_path, steps=[first, second])
    assert "first → second → first" in told
    assert "改法" in told


def test_a_step_and_a_verdict_that_nothing_leads_to_are_named(tmp_path: Path) -> None:
    told = mistakes(tmp_path, steps=steps(branches=[{"then": "good"}]))
    assert "second 永远走不到" in told
    assert "bad 永远走不到" in told


def test_a_branch_that_those_before_it_make_useless_is_named_with_its_line(tmp_path: Path) -> None:
    branches = [{"then": "second"}, {"when": {"first": True}, "then": "good"}]
    told = mistakes(tmp_path, steps=steps(branches=branches))
    assert "first 的第2条分支永远走不到" in told
    text = (tmp_path / "checks" / "example.yml").read_text().splitlines()
    line = next(n for n, row in enumerate(text, 1) if "when:" in row)
    assert f"第{line}行" in told


def test_an_answer_that_leads_nowhere_is_a_missing_verdict(tmp_path: Path) -> None:
    branches = [
        {"when": {"first": True}, "then": "good"},
        {"when": {"first": False}, "then": "second"},
    ]
    told = mistakes(tmp_path, steps=steps(branches=branches))
    assert "first=unknown" in told
    assert "得不到结论" in told


def test_a_verdict_or_step_without_a_citation_does_not_load(tmp_path: Path) -> None:
    good, bad = a_check()["verdicts"]
    assert "verdicts.0.citations" in mistakes(tmp_path, verdicts=[{**good, "citations": []}, bad])
    assert "steps.0.citations" in mistakes(tmp_path, steps=steps(citations=[]))


def test_a_repealed_law_decides_nothing(tmp_path: Path) -> None:
    old = [{"document": "eia-law-2018", "clause": "第24条", "gist": "旧法。"}]
    told = mistakes(tmp_path, steps=steps(citations=old))
    assert "eia-law-2018 已经废止" in told
    assert "改引 code-2026" in told


def test_a_clause_that_nobody_read_is_named(tmp_path: Path) -> None:
    unread = [{"document": "code-2026", "clause": "第9999条", "gist": "没有这一条。"}]
    assert "第9999条" in mistakes(tmp_path, steps=steps(citations=unread))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"branches": [{"then": "secnd"}]}, "看看是不是：second"),
        ({"branches": [{"when": {"frist": True}, "then": "second"}]}, "看看是不是：first"),
        ({"branches": [{"when": {"first": "yes!"}, "then": "good"}]}, "只能用：unknown, yes, no"),
        ({"branches": [{"when": {"first": {"above": 3}}, "then": "good"}]}, "“above”不会出现"),
        ({"options": [{"id": "a", "title": "甲"}]}, "选项不对"),
        ({"kind": "number"}, "单位不对"),
        ({"kind": "choice"}, "选项不对"),
        ({"colour": "red"}, "没有“steps.0.colour”这一项"),
        ({"id": "second"}, "编号 second 用了两次"),
    ],
)
def test_a_mistake_in_a_step_says_how_to_mend_it(
    tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    assert told in mistakes(tmp_path, steps=steps(**changes))


def test_a_figure_that_no_cited_clause_names_is_refused(tmp_path: Path) -> None:
    told = mistakes(tmp_path, steps=steps(why="没有批准就开工，罚30万元。"))
    assert "“30万”" in told


def test_a_deadline_and_a_table_must_exist(tmp_path: Path) -> None:
    good, bad = a_check()["verdicts"]
    told = mistakes(tmp_path, verdicts=[{**good, "next": ["在{reply_by}前提交。"]}, bad])
    assert "“reply_by”没有定义" in told
    assert "没有写 table" in mistakes(tmp_path, verdicts=[{**good, "table": True}, bad])


def test_a_price_goes_with_its_source(tmp_path: Path) -> None:
    amount = {
        **a_check()["steps"][1],
        "kind": "number",
        "unit": "吨",
        "branches": [{"then": "good"}],
    }
    amount["branches"] = [{"when": {"second": {"above": 0}}, "then": "bad"}, {"then": "good"}]
    table = {"title": "表", "unit": "吨", "columns": ["量"], "note": "说明"}
    table["rows"] = [{"title": "行", "cells": ["second"], "price": 9}]
    told = mistakes(tmp_path, steps=[a_check()["steps"][0], amount], table=table)
    assert "价格没有写明出处" in told


def test_a_key_written_twice_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "checks"
    folder.mkdir()
    text = yaml.safe_dump(a_check(), allow_unicode=True, sort_keys=False)
    (folder / "example.yml").write_text(text + "title: 又一个\n", encoding="utf-8")
    with pytest.raises(KnowledgeInvalid, match="写了两次"):
        load_checks(tmp_path, REGISTER, TODAY)


def test_the_example_for_editors_loads(tmp_path: Path) -> None:
    text = (ROOT / "knowledge" / "README.md").read_text(encoding="utf-8")
    example = text.partition("```yaml\nid: example\n")[2].partition("```")[0]
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "example.yml").write_text("id: example\n" + example, encoding="utf-8")
    rules = load_checks(tmp_path, REGISTER, TODAY)["example"]
    verdict = rules.walk({"approved": UNKNOWN}, TODAY).verdict
    assert verdict is not None
    assert verdict.id == "ask_staff"


def test_another_wording_gives_another_version(tmp_path: Path) -> None:
    versions = []
    for title in ("示例自查", "示例自查二"):
        folder = tmp_path / title / "checks"
        folder.mkdir(parents=True)
        save(folder / "example.yml", a_check(title=title))
        versions.append(load_checks(folder.parent, REGISTER, TODAY)["example"].version)
    assert versions[0] != versions[1]
    assert all(version.startswith("1-") for version in versions)


# -- diagrams --------------------------------------------------------------------------------


def test_the_diagrams_are_those_of_the_rules() -> None:
    assert diagram.stale(CHECKS, WORDS, ROOT / "docs" / "checks") == []


@EACH
def test_a_diagram_shows_every_question_verdict_and_branch(rules: Rules) -> None:
    page = diagram.render(CHECKS, WORDS)[f"{rules.check.id}.md"]
    assert "```mermaid\nflowchart TD\n" in page
    for part in (*rules.check.steps, *rules.check.verdicts):
        assert f"\n  {part.id}[" in page or f"\n  {part.id}([" in page
    branches = sum(len(step.branches) for step in rules.check.steps)
    assert page.count(" --> ") == branches


def test_a_stale_diagram_is_drawn_anew_and_a_left_over_one_removed(tmp_path: Path) -> None:
    (tmp_path / "exemption.md").write_text("old", encoding="utf-8")
    (tmp_path / "gone.md").write_text("old", encoding="utf-8")
    drawn = diagram.write(CHECKS, WORDS, tmp_path)
    assert drawn == ["exemption.md", "gone.md", "trading.md", "violation.md"]
    assert diagram.write(CHECKS, WORDS, tmp_path) == []
    assert not (tmp_path / "gone.md").exists()


def test_every_rule_file_was_loaded() -> None:
    files = repository_files("knowledge/checks/*.yml")
    assert {file.stem for file in files} == set(CHECKS)
    assert all(isinstance(rules, Engine) for rules in CHECKS.values())
    assert all(isinstance(step, Step) for rules in CHECKS.values() for step in rules.check.steps)
