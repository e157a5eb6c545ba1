"""``make eval``: what the trained model decides for a file of questions.

Reads JSON lines ``{"text": …}`` (other keys pass through) and writes them back with ``kind``,
``topic`` and ``candidates``, parsed by the same model archive and pipeline as the running bot.
Where lines carry ``topics`` (the accepted ids) it prints the figures of ``bot.figures``.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent, load_agent
from rasa.utils.log_utils import configure_structlog

from bot import figures

ROOT = Path(__file__).resolve().parent.parent


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
    print(figures.report(results))
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
        if not _are_ids(item.get("topics", [])):
            raise ValueError(f'line {number}: "topics" is no list of ids')
        lines.append(item)
    return lines


def _are_ids(topics: Any) -> bool:
    return isinstance(topics, list) and all(isinstance(topic, str) for topic in topics)


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
        # As the gateway does: Rasa would take a leading slash for a command.
        text = line["text"].strip()
        parsed = await agent.parse_message("／" + text[1:] if text.startswith("/") else text)
        decision = parsed["decision"]
        kept = {name: decision[name] for name in ("kind", "topic", "candidates")}
        results.append({**line, **kept})
    return results


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
