"""What the ranker learns from ``knowledge/``: generated NLU files that a person can read in a diff.

``questions.yml`` holds how people ask; ``sentences.yml`` the sentences of titles, answers, aspects
and gists, with less emphasis: they carry the words of a topic that nobody asked with yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from desk.knowledge import Shelf, Topic

SENTENCES = "sentences.yml"

_HEAD = '# Generated from knowledge/ by `make train`; do not edit.\nversion: "3.1"\n\nnlu:\n'
_SENTENCE = re.compile(r"[。；\n]")
# Shorter pieces (list marks, single words) would teach more noise than words.
_LEAST_CHARACTERS = 7
# What Rasa's format gives a meaning of its own, in the training data as in a message.
_MARKUP = str.maketrans({"[": "［", "]": "］", "{": "｛", "}": "｝"})


def render(shelf: Shelf) -> dict[str, str]:
    """The generated files: name to contents."""
    topics = sorted(shelf.topics.values(), key=lambda topic: topic.id)
    questions = "".join(_block(topic.id, topic.questions) for topic in topics)
    sentences = "".join(_block(topic.id, _sentences(topic), emphasis=0.3) for topic in topics)
    return {"questions.yml": _HEAD + questions, SENTENCES: _HEAD + sentences}


def write(shelf: Shelf, directory: Path) -> list[str]:
    """Write the files that changed; returns their names."""
    directory.mkdir(parents=True, exist_ok=True)
    changed = stale(shelf, directory)
    for name in changed:
        (directory / name).write_text(render(shelf)[name], encoding="utf-8")
    return changed


def stale(shelf: Shelf, directory: Path) -> list[str]:
    """The names of generated files that do not say what the knowledge says."""
    return [
        name
        for name, contents in render(shelf).items()
        if not (directory / name).is_file()
        or (directory / name).read_text(encoding="utf-8") != contents
    ]


def _block(id_: str, examples: Iterable[str], emphasis: float | None = None) -> str:
    """Examples of Rasa's intent ``ask``; the stable id and the emphasis are its metadata."""
    metadata = f"    topic: {id_}\n"
    if emphasis is not None:
        metadata += f"    emphasis: {emphasis}\n"
    lines = "".join(f"    - {example.translate(_MARKUP)}\n" for example in examples)
    return f"- intent: ask\n  metadata:\n{metadata}  examples: |\n{lines}"


def _sentences(topic: Topic) -> list[str]:
    texts = [topic.title, topic.answer, *topic.aspects.values()]
    texts += [citation.gist for citation in topic.citations]
    pieces = (piece.strip() for text in texts for piece in _SENTENCE.split(text))
    seen = dict.fromkeys(p for p in pieces if len(p) >= _LEAST_CHARACTERS)
    return list(seen)
