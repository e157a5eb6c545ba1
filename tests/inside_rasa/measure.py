"""Runs in Rasa's environment for ``test_ranker`` and ``test_acceleration``: prints one JSON object.

It only measures; what must hold is written in the tests.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import sys
import tarfile
import tempfile
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rasa.shared.utils.common
import yaml
from rasa.core.actions.action import RemoteAction
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.events import Event
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data.message import Message

import desk.aspects
import desk.decision
import desk.parts
import desk.text
from bot.components import acceleration, features, fitting, network, ranker
from bot.components.ranker import TopicRanker
from desk.settings import ROOT

OPTIONS: dict[str, Any] = {
    "refusal": "out_of_scope",
    "options": fitting.Options(least_examples=1, rounds=60, units=32),
}
SMALL = [
    ("环评要多少天", "eia"),
    ("环评审批多少天", "eia"),
    ("排污权怎么买", "trading"),
    ("排污权在哪里买", "trading"),
    ("社保怎么交", "out_of_scope"),
    ("社保在哪里交", "out_of_scope"),
]
EVENTS = [
    {"event": "slot", "name": "phone", "value": "13800138000", "timestamp": None},
    {"event": "slot", "name": "phone", "value": None},
    {"event": "followup", "name": "booking_form", "timestamp": None},
    {"event": "active_loop", "name": None, "timestamp": None},
]
RESULTS: dict[str, Any] = {
    "empty": {"events": [], "responses": []},
    "events": {"events": EVENTS, "responses": [{"text": None, "custom": {"text": "x"}}]},
    "nothing": {},
    "more": {"events": [], "responses": [], "extra": 1},
    "no object": [],
    "none": None,
    "events no list": {"events": {}},
    "event without type": {"events": [{"name": "phone"}]},
    "event of unknown type": {"events": [{"event": "nonsense"}]},
    "slot without name": {"events": [{"event": "slot", "value": 1}]},
    "followup without name": {"events": [{"event": "followup"}]},
    "response no object": {"events": [], "responses": ["x"]},
    "responses no list": {"responses": "x"},
}


def main() -> None:
    texts = json.load(sys.stdin)
    print(json.dumps({**accelerations(), **small_models(), **trained(texts)}, ensure_ascii=False))


def accelerations() -> dict[str, Any]:
    """Before and after ``install``, on the same inputs."""
    before = {"validate": _verdicts(), "resolve": _resolved()}
    originals = (RemoteAction._validate_action_result, Event.resolve_by_type)
    acceleration.RASA_VERSION, real = "3.6.20", acceleration.RASA_VERSION
    on_another = [acceleration.matches(), acceleration.install()]
    untouched = originals == (RemoteAction._validate_action_result, Event.resolve_by_type)
    acceleration.RASA_VERSION = real
    changed = {**acceleration.SOURCES, "resolve_by_type": "0" * 16}
    acceleration.SOURCES, sources = changed, acceleration.SOURCES
    on_changed = [acceleration.matches(), acceleration.install()]
    acceleration.SOURCES = sources
    matches = acceleration.matches()
    installed = [acceleration.install(), acceleration.install()]
    replaced = RemoteAction._validate_action_result is not originals[0]
    return {
        "matches": matches,
        "installed": installed,
        "replaced": replaced,
        "still_matches": acceleration.matches(),
        "on_another_version": [*on_another, untouched],
        "on_changed_source": on_changed,
        "before": before,
        "after": {"validate": _verdicts(), "resolve": _resolved()},
    }


def _verdicts() -> dict[str, str]:
    action = RemoteAction("action_answer", None)
    return {
        name: _outcome(lambda r=result: action._validate_action_result(r))
        for name, result in RESULTS.items()
    }


def _resolved() -> dict[str, str]:
    types_ = [c.type_name for c in rasa.shared.utils.common.all_subclasses(Event) if c.type_name]
    found = {name: _outcome(lambda n=name: Event.resolve_by_type(n)) for name in types_}
    for name in ("topic", "nonsense", ""):
        found[f"{name!r}"] = _outcome(lambda n=name: Event.resolve_by_type(n))
        found[f"{name!r} or"] = _outcome(lambda n=name: Event.resolve_by_type(n, Event))
    return found


def _outcome(work: Callable[[], Any]) -> str:
    try:
        return repr(work())
    except Exception as error:
        return type(error).__name__


def small_models() -> dict[str, Any]:
    """Models of a handful of examples."""
    texts, labels = [text for text, _ in SMALL], [label for _, label in SMALL]
    kinds = ["", "", "", "", "", "weather"]
    even = fitting.fit(texts, labels, [1.0] * 6, kinds=kinds, **OPTIONS)
    again = fitting.fit(texts, labels, [1.0] * 6, kinds=kinds, **OPTIONS)
    faint = fitting.fit(texts, labels, [1.0, 1.0, 0.1, 0.1, 1.0, 1.0], **OPTIONS)
    with tempfile.TemporaryDirectory() as directory:
        network.save(even, Path(directory))
        loaded = network.load(Path(directory))
        files = sorted(file.name for file in Path(directory).iterdir())
    probes = [text for text, _ in SMALL] + ["", "asdkjh qwe", "😀", "环评" * 5000]
    return {
        "small": {
            "labels": even.labels,
            "same": _same(even, again),
            "loaded": _same(even, loaded),
            "files": files,
            "probabilities": [_probabilities(even, t, 0.5).tolist() for t in probes],
            "after_loading": [_probabilities(loaded, t, 0.5).tolist() for t in probes],
            "trading": [
                float(_probabilities(m, "排污权", 0.5)[m.labels.index("trading")])
                for m in (even, faint)
            ],
            "homophone": _probabilities(even, "环平要多少田", 0.5).tolist(),
            "closest": network.closest(even, network.read(even, "环评要几天"), 2),
            "kinds": [network.kind(even, network.read(even, t)) for t, _ in SMALL[4:]],
            "as_read": _as_read(even, probes),
            "plain": _length(even, "环评要多少天"),
            "diluted": _length(even, "环评要多少天 zxcvbnm qwertyuiop"),
            "sharp": _probabilities(even, "环评", 0.1).tolist(),
            "blunt": _probabilities(even, "环评", 10.0).tolist(),
        }
    }


def _probabilities(model: network.Model, text: str, temperature: float) -> np.ndarray:
    return network.probabilities(model, network.read(model, text), temperature)


def _as_read(model: network.Model, texts: list[str]) -> bool:
    """Whether training sees in texts what the running bot reads."""
    seen = model.features
    counted = [features.blocks(t, seen.syllables, seen.longest_ngram) for t in texts]
    for row, text in zip(fitting._matrix(seen, counted).toarray(), texts, strict=True):
        found, weights = seen.read(text)
        again = np.zeros(len(row))
        again[found] = weights
        if not np.allclose(row, again, atol=1e-5):
            return False
    return True


def _length(model: network.Model, text: str) -> float:
    """How much of a text's weight is known, 0 to 1."""
    return float(np.linalg.norm(model.features.read(text)[1]))


def _same(one: network.Model, two: network.Model) -> bool:
    arrays = ("vectors", "shift", "weights", "bias")
    return (
        all(np.array_equal(getattr(one, a), getattr(two, a)) for a in arrays)
        and one.features == two.features
        and (one.labels, one.kinds, one.known) == (two.labels, two.kinds, two.known)
        and np.allclose(one.seen, two.seen, atol=1e-3)
    )


def trained(texts: list[str]) -> dict[str, Any]:
    """The component of ``config.yml``, trained on the repository's data, stored and loaded."""
    pipeline = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    config = {**TopicRanker.get_default_config(), **pipeline[0]}
    loaded = TopicRanker(config, None, None, _newest())
    quick = {**config, "rounds": 2, "units": 8, "least_examples": 1}
    with tempfile.TemporaryDirectory() as directory:
        storage, resource = LocalModelStorage(Path(directory)), Resource("ranker")
        component = TopicRanker.create(quick, storage, resource, None)
        untrained = _outcome(lambda: component.rank("环评"))
        with contextlib.redirect_stdout(sys.stderr):
            component.train(
                load_data(str(ROOT / "data" / "nlu" / "complaint.yml")).merge(
                    load_data(str(ROOT / "data" / "nlu" / "out_of_scope.yml")),
                    load_data(str(ROOT / "data" / "nlu" / "tasks.yml")),
                )
            )
        again = TopicRanker.load(quick, storage, resource, None)
    labels = loaded._model.labels
    addon = TopicRanker.fingerprint_addon(config) or ""
    helpers: tuple[types.ModuleType, ...] = (
        *(features, network, fitting),
        *(desk.text, desk.decision, desk.parts, desk.aspects),
    )
    return {
        "untrained": untrained,
        "config_keys": sorted(set(pipeline[0]) - {"name"} - set(TopicRanker.get_default_config())),
        "answer_threshold": config["answer_threshold"],
        "labels": labels,
        "intents": {i: ranker.rasa_intent(desk.decision.chosen(i)) for i in labels},
        "stable_ids": {i: ranker.stable_id(i.replace("task.", "task_", 1)) for i in labels},
        "fingerprint_covers": [inspect.getsource(m) in addon for m in helpers],
        "same_after_loading": all(_near(component, again, t) for t in texts),
        "messages": [_processed(loaded, text) for text in [*texts, None, "环" * 100_000]],
        "together": [
            m.get("intent")["name"]
            for m in loaded.process([Message({"text": "我想预约接待日"})] * 2)
        ],
    }


def _newest() -> network.Model:
    """The ranker of the model that fits the data: training it here again would take a minute."""
    archive = max((ROOT / "models").glob("desk-*.tar.gz"), key=lambda file: file.stat().st_mtime)
    with tempfile.TemporaryDirectory() as directory, tarfile.open(archive) as tar:
        tar.extractall(directory)
        return network.load(next(Path(directory).rglob("ranker.json")).parent)


def _near(one: TopicRanker, two: TopicRanker, text: str) -> bool:
    return [c.id for c in one.rank(text)] == [c.id for c in two.rank(text)]


def _processed(component: TopicRanker, text: str | None) -> dict[str, Any]:
    message = Message(data={"text": text})
    component.process([message])
    return {
        "text": (text or "")[:40],
        "intent": message.get("intent"),
        "ranking": message.get("intent_ranking"),
        "decision": message.get("decision"),
        "sum": sum(candidate.score for candidate in component.rank((text or "")[:2000])),
        "output": sorted(message.as_dict(only_output_properties=True)),
    }


if __name__ == "__main__":
    main()
