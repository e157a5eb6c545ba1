"""From a ranking of stable ids to what the bot does: answer, ask back, do a task, chat, refuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
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

    answer: float = 0.6
    margin: float = 0.2
    clarify: float = 0.15
    refuse: float = 0.35


@dataclass(frozen=True)
class Known:
    """A question that the model was trained on: its words, its stable id, its likeness in 0..1."""

    text: str
    id: str
    score: float


@dataclass(frozen=True)
class Decision:
    """What to do with a message. ``candidates`` are best first; ``known`` is False when the
    refusal means "I do not know" rather than "this is not ours". ``also`` are further topics that
    the same message asks about; ``closest`` the known questions nearest to it, for staff;
    ``reason`` the kind of a refusal, an id of ``lexicon/refusals.yml``, if it has one."""

    kind: str
    topic: str
    candidates: tuple[Candidate, ...] = field(default=())
    known: bool = True
    also: tuple[str, ...] = ()
    closest: tuple[Known, ...] = ()
    reason: str = ""

    @property
    def confidence(self) -> float:
        return next((c.score for c in self.candidates if c.id == self.topic), 0.0)

    def as_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "topic": self.topic,
            "known": self.known,
            "candidates": [{"id": c.id, "score": round(c.score, 4)} for c in self.candidates],
            "also": list(self.also),
            "closest": [
                {"text": k.text, "id": k.id, "score": round(k.score, 4)} for k in self.closest
            ],
            "reason": self.reason,
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
            also=tuple(data.get("also", ())),
            closest=tuple(
                Known(k["text"], k["id"], float(k["score"])) for k in data.get("closest", ())
            ),
            reason=str(data.get("reason", "")),
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
    ours = [c for c in ranking if c.id != OUT_OF_SCOPE]
    alien = next((c for c in ranking if c.id == OUT_OF_SCOPE), Candidate(OUT_OF_SCOPE, 0.0))
    if alien.score >= bounds.refuse:
        return Decision("refusal", OUT_OF_SCOPE, (alien, *ours[: keep - 1]))
    top = tuple(ours[:keep])
    first, second = (*ours, Candidate("", 0.0), Candidate("", 0.0))[:2]
    if first.score >= bounds.answer and first.score - second.score >= bounds.margin:
        return Decision(kind_of(first.id), first.id, top)
    offered = tuple(c for c in ours if kind_of(c.id) in {"answer", "task"})[:keep]
    if first.score < bounds.clarify or not offered:
        return Decision("refusal", OUT_OF_SCOPE, top, known=False)
    return Decision("clarify", offered[0].id, offered)


def together(whole: Decision, parts: Sequence[Decision]) -> Decision:
    """The decision about a message that asks several things, from those about its questions.

    Questions that are each certain are all dealt with: a task goes first, the others are ``also``.
    Two tasks cannot run at once, so they are offered.
    Where the whole message would be asked back about, each question's first candidate is offered.

    >>> both = together(chosen("a"), [chosen("a"), chosen("task.book")])
    >>> (both.kind, both.topic, both.also)
    ('task', 'task.book', ('a',))
    """
    certain = list(dict.fromkeys(p.topic for p in parts if p.kind in {"answer", "task"}))
    if len(certain) > 1 and whole.kind != "refusal":
        scores = {c.id: c for part in parts for c in part.candidates if c.id in certain}
        tasks = [id_ for id_ in certain if kind_of(id_) == "task"]
        if len(tasks) > 1:
            offered = sorted(certain, key=lambda id_: id_ not in tasks)
            return replace(
                whole,
                kind="clarify",
                topic=tasks[0],
                candidates=tuple(scores[id_] for id_ in offered),
            )
        main = tasks[0] if tasks else whole.topic if whole.topic in certain else certain[0]
        also = tuple(id_ for id_ in certain if id_ != main)
        first = [scores[id_] for id_ in (main, *also)]
        rest = [c for c in whole.candidates if c.id not in {main, *also}]
        return replace(whole, kind=kind_of(main), topic=main, candidates=(*first, *rest), also=also)
    if whole.kind == "clarify":
        leaders = [p.candidates[0] for p in parts if p.kind in {"answer", "task", "clarify"}]
        merged = {c.id: c for c in (*whole.candidates[:1], *leaders, *whole.candidates)}
        return replace(whole, candidates=tuple(merged.values())[: len(whole.candidates) + 1])
    return whole
