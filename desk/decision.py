"""From a ranking of stable ids to what the bot does: answer, ask back, do a task, chat, refuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

OUT_OF_SCOPE = "out_of_scope"
DIALOGUE = frozenset({"affirm", "deny", "stop"})
KINDS = ("answer", "clarify", "task", "smalltalk", "refusal", "dialogue")


@dataclass(frozen=True)
class Candidate:
    """One stable id with its calibrated score in 0..1."""

    id: str
    score: float


@dataclass(frozen=True)
class Thresholds:
    """Bounds on calibrated scores, all in 0..1; set in ``config.yml``, chosen with ``make eval``.

    ``answer``  the first candidate is taken from here on;
    ``margin``  … if it leads the second by at least this much;
    ``clarify`` below this first score the bot says that it does not know;
    ``refuse``  the share of ``out_of_scope`` from which a message is not ours, whoever leads.
    """

    answer: float = 0.48
    margin: float = 0.12
    clarify: float = 0.15
    refuse: float = 0.36


@dataclass(frozen=True)
class Decision:
    """What to do with a message. ``candidates`` are best first; ``known`` is False when the
    refusal means "I do not know" rather than "this is not ours"."""

    kind: str
    topic: str
    candidates: tuple[Candidate, ...] = field(default=())
    known: bool = True

    @property
    def confidence(self) -> float:
        return next((c.score for c in self.candidates if c.id == self.topic), 0.0)

    def as_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "topic": self.topic,
            "known": self.known,
            "candidates": [{"id": c.id, "score": round(c.score, 4)} for c in self.candidates],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Decision:
        """The inverse of ``as_dict``; raises ``KeyError`` or ``ValueError`` on another shape."""
        if data["kind"] not in KINDS:
            raise ValueError(f"unknown kind {data['kind']!r}")
        return cls(
            kind=data["kind"],
            topic=data["topic"],
            candidates=tuple(Candidate(c["id"], float(c["score"])) for c in data["candidates"]),
            known=bool(data.get("known", True)),
        )


def chosen(topic: str) -> Decision:
    """The decision of a visitor who pressed the button of a topic: nothing to guess."""
    return Decision(kind_of(topic), topic, (Candidate(topic, 1.0),))


def kind_of(id_: str) -> str:
    """The kind of action an id stands for when it is certain."""
    if id_ == OUT_OF_SCOPE:
        return "refusal"
    if id_ in DIALOGUE:
        return "dialogue"
    prefix = id_.split(".", 1)[0]
    return prefix if prefix in {"task", "smalltalk"} else "answer"


def decide(ranking: Sequence[Candidate], bounds: Thresholds, *, keep: int = 5) -> Decision:
    """Decide on a ranking (best first, scores sum to at most 1).

    A first candidate that is certain enough is taken. Otherwise the bot asks back with the policy
    topics and tasks among the first ones, unless the message is more probably not ours, or nothing
    comes near: an honest "this needs a person".

    >>> decide([Candidate("a.b", 0.9), Candidate("c.d", 0.05)], Thresholds()).kind
    'answer'
    >>> decide([Candidate("a.b", 0.4), Candidate("c.d", 0.35)], Thresholds()).kind
    'clarify'
    >>> decide([Candidate("out_of_scope", 0.8), Candidate("c.d", 0.1)], Thresholds()).kind
    'refusal'
    """
    if not ranking:
        return Decision("refusal", OUT_OF_SCOPE, known=False)
    top = tuple(ranking[:keep])
    alien = next((c.score for c in ranking if c.id == OUT_OF_SCOPE), 0.0)
    if alien >= bounds.refuse:
        return Decision("refusal", OUT_OF_SCOPE, top)
    ours = [c for c in ranking if c.id != OUT_OF_SCOPE]
    first, second = (*ours, Candidate("", 0.0), Candidate("", 0.0))[:2]
    if first.score >= bounds.answer and first.score - second.score >= bounds.margin:
        return Decision(kind_of(first.id), first.id, top)
    offered = tuple(c for c in ours if kind_of(c.id) in {"answer", "task"})[:keep]
    if first.score < bounds.clarify or not offered:
        return Decision("refusal", OUT_OF_SCOPE, top, known=False)
    return Decision("clarify", offered[0].id, offered)
