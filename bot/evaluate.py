"""``make eval``: what the trained model decides for a file of questions.

Reads JSON lines ``{"text": …}`` (other keys pass through) and writes them back with ``kind``,
``topic`` and ``candidates``, parsed by the same model archive and pipeline as the running bot.
Where lines carry ``topics`` (the accepted ids) it prints accuracy, coverage and refusals by group.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent, load_agent
from rasa.utils.log_utils import configure_structlog

from desk.decision import OUT_OF_SCOPE

ROOT = Path(__file__).resolve().parent.parent
FIGURES = ("first", "top3", "clarified", "clarified_well", "refused", "false_refusal", "wrong")


def main(arguments: list[str]) -> int:
    """Evaluate one file; returns the exit status."""
    configure_structlog(logging.WARNING)
    source, target = Path(arguments[0]), Path(arguments[1])
    try:
        lines = read(source)
    except (OSError, ValueError) as error:
        print(f"make eval: {source}: {error}", file=sys.stderr)
        return 2
    agent = asyncio.run(load_agent(model_path=str(newest_model())))
    results = asyncio.run(decide_all(agent, lines))
    with target.open("w", encoding="utf-8") as stream:
        for result in results:
            stream.write(json.dumps(result, ensure_ascii=False) + "\n")
    print_figures(results)
    return 0


def read(source: Path) -> list[dict[str, Any]]:
    """The questions; raises ``ValueError`` naming the line that is none."""
    lines = []
    for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(f"line {number}: {error}") from None
        if not isinstance(item, dict) or not isinstance(item.get("text"), str):
            raise ValueError(f'line {number}: no "text"')
        lines.append(item)
    return lines


def newest_model() -> Path:
    """The model that ``deploy/train.py`` made or touched last: the one that fits the data."""
    models = sorted((ROOT / "models").glob("desk-*.tar.gz"), key=lambda file: file.stat().st_mtime)
    if not models:
        raise SystemExit("make eval: no model; run `make train`")
    return models[-1]


async def decide_all(agent: Agent, lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each line with the decision about its text."""
    results = []
    for line in lines:
        parsed = await agent.parse_message(line["text"])
        decision = parsed["decision"]
        kept = {name: decision[name] for name in ("kind", "topic", "candidates")}
        results.append({**line, **kept})
    return results


def print_figures(results: list[dict[str, Any]]) -> None:
    """Shares per ``group`` (or all together), for the lines that say what is accepted.

    ``first``: the chosen id is accepted, asking back does not count; ``top3``: an accepted id is
    among the first three; ``clarified_well``: … when asked back; ``false_refusal``: refused though
    ours; ``wrong``: answered with an id that is not accepted.
    """
    groups: dict[str, Counter] = defaultdict(Counter)
    for result in results:
        accepted = set(result.get("topics") or ())
        if accepted:
            counts = groups[str(result.get("group", "all"))]
            counts["n"] += 1
            counts.update(judge(result, accepted))
    if not groups:
        return
    width = max(len(name) for name in groups)
    print(" " * width, "    n", " ".join(f"{name:>14}" for name in FIGURES))
    for name, counts in sorted(groups.items()):
        shares = " ".join(f"{counts[figure] / counts['n']:14.3f}" for figure in FIGURES)
        print(f"{name:<{width}} {counts['n']:5d} {shares}")


def judge(result: dict[str, Any], accepted: set) -> list[str]:
    """Which figures a result counts for."""
    kind, topic = result["kind"], result["topic"]
    best = [candidate["id"] for candidate in result["candidates"][:3]]
    hits = {
        "first": kind != "clarify" and topic in accepted,
        "top3": topic in accepted or bool(accepted & set(best)),
        "clarified": kind == "clarify",
        "clarified_well": kind == "clarify" and bool(accepted & set(best)),
        "refused": kind == "refusal",
        "false_refusal": kind == "refusal" and OUT_OF_SCOPE not in accepted,
        "wrong": kind not in {"clarify", "refusal"} and topic not in accepted,
    }
    return [name for name, hit in hits.items() if hit]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
