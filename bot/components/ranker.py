"""Ranks every stable id for a message and decides what to do with it."""

from __future__ import annotations

import inspect
import logging
from dataclasses import replace
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

import desk.aspects
import desk.decision
import desk.parts
import desk.text
from bot.components import acceleration, features, network
from desk.decision import (
    DIALOGUE,
    OUT_OF_SCOPE,
    Candidate,
    Known,
    Thresholds,
    decide,
    together,
)
from desk.parts import questions_in
from desk.text import MOST_CHARACTERS

log = logging.getLogger(__name__)

# How many ids of the ranking go on with the message; the tail carries nothing.
KEPT = 10
# How many known questions explain a decision to staff.
CLOSEST = 3


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TopicRanker(GraphComponent, IntentClassifier):
    """A small network over n-grams, with the decision of ``desk.decision`` on top.

    Training examples of the intent ``ask`` name their stable id in the intent's metadata
    (``topic``; ``emphasis`` is the weight of an example, 1 by default; ``refusal`` the kind of one
    that is refused, an id of ``knowledge/lexicon/refusals.yml``); those of other intents are ids
    themselves (``task_book`` for ``task.book``). For a message the component sets

    - ``intent``: Rasa's intent: ``task_…`` for a task it is certain of, ``affirm``, ``deny`` or
      ``stop``, otherwise ``ask``;
    - ``intent_ranking``: the best stable ids with their scores, which sum to at most 1;
    - ``decision``: ``Decision.as_dict()``, read by the actions and by ``make eval``.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Every key of the configuration, with its default."""
        return {
            # Longest character n-gram that counts as a feature.
            "longest_ngram": 2,
            # Length of the syllables' part of a message; that of the characters is 1.
            "syllable_weight": 0.7,
            # An n-gram in fewer examples says little, and there are very many of them.
            "least_examples": 4,
            # Units of the hidden layer; rounds over all examples, examples a step, AdaGrad's rate.
            "units": 128,
            "rounds": 7,
            "batch": 1024,
            "rate": 0.1,
            # The share of features and of hidden units left out of each step.
            "dropout": 0.3,
            "seed": 1,
            # Divides the topics' scores before they become probabilities: below 1 is surer.
            "temperature": 1.0,
            # See desk.decision.Thresholds.
            "answer_threshold": 0.6,
            "answer_margin": 0.2,
            "clarify_threshold": 0.15,
            "refuse_threshold": 0.4,
        }

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: network.Model | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._model = model
        self._bounds = Thresholds(
            answer=config["answer_threshold"],
            margin=config["answer_margin"],
            clarify=config["clarify_threshold"],
            refuse=config["refuse_threshold"],
        )

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TopicRanker:
        """A component that still has to be trained."""
        return cls(config, model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """The helper modules: they change the model without changing this class."""
        from bot.components import fitting

        helpers = (features, network, fitting, desk.text, desk.decision, desk.parts, desk.aspects)
        return "".join(inspect.getsource(module) for module in helpers)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the model to all examples and store it."""
        texts, labels, emphasis, kinds = [], [], [], []
        for example in training_data.intent_examples:
            texts.append(example.get(TEXT))
            about = (example.get("metadata") or {}).get("intent") or {}
            labels.append(about.get("topic") or stable_id(example.get(INTENT)))
            emphasis.append(float(about.get("emphasis", 1.0)))
            kinds.append(about.get("refusal", ""))
        from bot.components import fitting  # SciPy: for training only

        self._model = fitting.fit(
            texts,
            labels,
            emphasis,
            refusal=OUT_OF_SCOPE,
            kinds=kinds,
            options=fitting.Options(
                **{name: self._config[name] for name in fitting.Options.__annotations__}
            ),
        )
        with self._model_storage.write_to(self._resource) as directory:
            network.save(self._model, directory)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TopicRanker:
        """The trained component; loading is also when Rasa's accelerations are put in place."""
        acceleration.install()
        with model_storage.read_from(resource) as directory:
            return cls(config, model_storage, resource, network.load(directory))

    def process(self, messages: list[Message]) -> list[Message]:
        """Rank and decide for each message."""
        for message in messages:
            self._process(message)
        return messages

    def _process(self, message: Message) -> None:
        text = (message.get(TEXT) or "")[:MOST_CHARACTERS]
        hidden = network.read(self._trained, text)
        ranking = self._ranked(hidden)
        decision = decide(ranking, self._bounds)
        parts = questions_in(text)
        if parts:
            decision = together(decision, [decide(self.rank(p), self._bounds) for p in parts])
        decision = replace(
            decision,
            closest=tuple(Known(*k) for k in network.closest(self._trained, hidden, CLOSEST)),
            reason=network.kind(self._trained, hidden) if decision.kind == "refusal" else "",
        )
        intent = {"name": rasa_intent(decision), "confidence": ranking[0].score}
        message.set(INTENT, intent, add_to_output=True)
        message.set(
            INTENT_RANKING_KEY,
            [{"name": c.id, "confidence": c.score} for c in ranking[:KEPT]],
            add_to_output=True,
        )
        message.set("decision", decision.as_dict(), add_to_output=True)

    @property
    def _trained(self) -> network.Model:
        if self._model is None:
            raise ValueError("the ranker is not trained")
        return self._model

    def rank(self, text: str) -> list[Candidate]:
        """All stable ids, best first; the scores sum to 1."""
        return self._ranked(network.read(self._trained, text))

    def _ranked(self, hidden: np.ndarray) -> list[Candidate]:
        scores = network.probabilities(self._trained, hidden, self._config["temperature"])
        order = np.argsort(-scores, kind="stable")
        return [Candidate(self._trained.labels[i], float(scores[i])) for i in order]


def rasa_intent(decision: desk.decision.Decision) -> str:
    """The intent that Rasa's rules see for a decision."""
    if decision.kind == "task":
        return decision.topic.replace("task.", "task_", 1)
    return decision.topic if decision.topic in DIALOGUE else "ask"


def stable_id(intent: str) -> str:
    """The id that an intent of the training data stands for; the inverse of ``rasa_intent``."""
    return intent.replace("task_", "task.", 1)
