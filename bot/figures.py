"""The figures of ``make eval``: shares with bootstrap intervals, topics, confusions, calibration.

A result is a line of the evaluation file: ``kind``, ``topic``, ``candidates`` (best first) and
``topics``, the accepted ids. Everything here is a share in 0..1 of the results given.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from desk.decision import OUT_OF_SCOPE

Result = dict[str, Any]

FIGURES = (
    "first",
    "right",
    "top3",
    "clarified",
    "clarified_well",
    "refused",
    "false_refusal",
    "wrong",
)
# The visitor sees three buttons.
SHOWN = 3
_RESAMPLES = 1000
_BINS = 5


def judge(result: Result) -> frozenset[str]:
    """Which figures a result counts for.

    ``first``: the chosen id is accepted, asking back does not count; ``right``: first, or asked
    back with an accepted id among the three shown; ``top3``: an accepted id is chosen or among the
    first three candidates; ``clarified``: asked back; ``clarified_well``: … rightly; ``refused``;
    ``false_refusal``: refused though ours; ``wrong``: answered with an id that is not accepted.

    >>> sorted(judge({"kind": "answer", "topic": "a", "topics": ["a"], "candidates": []}))
    ['first', 'right', 'top3']
    """
    accepted = set(result["topics"])
    kind, topic = result["kind"], result["topic"]
    offered = {candidate["id"] for candidate in result["candidates"][:SHOWN]}
    first = kind != "clarify" and topic in accepted
    among = bool(accepted & offered)
    hits = {
        "first": first,
        "right": first or (kind == "clarify" and among),
        "top3": first or among,
        "clarified": kind == "clarify",
        "clarified_well": kind == "clarify" and among,
        "refused": kind == "refusal",
        "false_refusal": kind == "refusal" and OUT_OF_SCOPE not in accepted,
        "wrong": kind not in {"clarify", "refusal"} and topic not in accepted,
    }
    return frozenset(name for name, hit in hits.items() if hit)


def shares(results: Sequence[Result]) -> dict[str, float]:
    """Each figure's share of the results."""
    counts = Counter(name for result in results for name in judge(result))
    return {name: counts[name] / max(1, len(results)) for name in FIGURES}


def interval(results: Sequence[Result], figure: str) -> tuple[float, float]:
    """A 95 % bootstrap interval of one figure's share; the same results give the same interval."""
    hits = [figure in judge(result) for result in results]
    if not hits:
        return 0.0, 0.0
    chance = random.Random(len(hits))
    means = sorted(sum(chance.choices(hits, k=len(hits))) / len(hits) for _ in range(_RESAMPLES))
    return means[int(0.025 * _RESAMPLES)], means[int(0.975 * _RESAMPLES) - 1]


def grouped(results: Iterable[Result], key: Callable[[Result], str]) -> dict[str, list[Result]]:
    """The results by a key, in its order."""
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        groups[key(result)].append(result)
    return dict(sorted(groups.items()))


def confusions(results: Iterable[Result], most: int = 15) -> list[tuple[str, str, int]]:
    """Accepted id (the first of several), what was chosen instead, and how often; most first."""
    pairs = Counter(
        (result["topics"][0], f"{result['topic']} ({result['kind']})")
        for result in results
        if "right" not in judge(result)
    )
    return [(*pair, n) for pair, n in sorted(pairs.items(), key=lambda p: (-p[1], p[0]))[:most]]


def calibration(results: Iterable[Result]) -> tuple[list[tuple[float, float, int]], float]:
    """How far scores can be believed: (mean score, share right, results) by bin of the chosen id's
    score, and the expected calibration error. Refusals are judged like any other choice."""
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    total = 0
    for result in results:
        scores = {candidate["id"]: candidate["score"] for candidate in result["candidates"]}
        score = scores.get(result["topic"], 0.0)
        chosen_well = result["topic"] in set(result["topics"])
        bins[min(_BINS - 1, int(score * _BINS))].append((score, chosen_well))
        total += 1
    rows, error = [], 0.0
    for _, pairs in sorted(bins.items()):
        mean = sum(score for score, _ in pairs) / len(pairs)
        well = sum(hit for _, hit in pairs) / len(pairs)
        rows.append((mean, well, len(pairs)))
        error += abs(mean - well) * len(pairs) / max(1, total)
    return rows, error


def report(results: Sequence[Result]) -> str:
    """Everything above as text: by group, by topic, confusion pairs, calibration."""
    judged = [result for result in results if result.get("topics")]
    if not judged:
        return ""
    groups = grouped(judged, lambda result: str(result.get("group", "all")))
    topics = grouped(judged, lambda result: str(result["topics"][0]))
    lines = [_heading("group", groups)]
    for name, members in groups.items():
        lines.append(_row(name, members, groups))
        low, high = interval(members, "right")
        best = interval(members, "top3")
        no = interval(members, "refused")
        lines.append(
            f"  95 %: right {low:.3f}-{high:.3f}, top3 {best[0]:.3f}-{best[1]:.3f},"
            f" refused {no[0]:.3f}-{no[1]:.3f}"
        )
    lines += ["", _heading("topic", topics)]
    lines += [_row(name, members, topics) for name, members in topics.items()]
    pairs = confusions(judged)
    if pairs:
        lines += ["", "not right: accepted -> chosen"]
        lines += [f"{n:5d}  {wanted} -> {found}" for wanted, found, n in pairs]
    rows, error = calibration(judged)
    lines += ["", f"calibration: expected error {error:.3f}", "  score  right      n"]
    lines += [f"  {mean:.3f}  {well:.3f}  {n:5d}" for mean, well, n in rows]
    return "\n".join(lines)


def _heading(what: str, groups: dict[str, list[Result]]) -> str:
    width = max(len(name) for name in groups)
    return f"{what:<{width}}     n " + " ".join(f"{name:>14}" for name in FIGURES)


def _row(name: str, members: Sequence[Result], groups: dict[str, list[Result]]) -> str:
    width = max(len(known) for known in groups)
    found = shares(members)
    figures = " ".join(f"{found[figure]:14.3f}" for figure in FIGURES)
    return f"{name:<{width}} {len(members):5d} {figures}"
